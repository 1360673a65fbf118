//! From an alert to a still that was asked for, and everything by which there is none.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use velum_analyse::{PictureState, Seen};
use velum_decode::RawFrame;
use velum_frame::{I420Layout, seal_i420};
use velum_gate::PausedAreas;
use velum_models::Alertness;
use velum_outbox::Entry as Kept;
use velum_redaction::{Family, Finder, PictureWithheld, RedactionError, UnverifiedFrame, Verifier};
use velum_uplink::{StillDesk, StillWish};
use velum_vocab::{
    AbandonedObject, AlertId, AlertState, BoxInFrame, Detection, Digest, ObjectClass, Observation,
    ObservationBody, Timestamp, Validity, ZoneId,
};

use super::*;
use crate::config::VerifierChoice;
use crate::testing::{Approvers, START, TestBox, test_box};

/// Frames before the alert, and after it, as the demonstration's policy wants them.
const BEFORE: u64 = 5;
const AFTER: u64 = 5;
const STEP: Duration = Duration::from_millis(200);

type Looked = fn() -> Result<Vec<Detection>, RedactionError>;

/// A model that finds the drawn face and person, and on cameras what it is told.
struct Model {
    family: &'static str,
    classes: Vec<ObjectClass>,
    is_blind: AtomicBool,
    raw: Mutex<Looked>,
    painted: Mutex<Looked>,
    /// Whoever holds it keeps the model from answering.
    stall: Mutex<()>,
}

impl Model {
    fn of(family: &'static str, classes: &[ObjectClass]) -> Arc<Self> {
        Arc::new(Self {
            family,
            classes: classes.to_vec(),
            is_blind: AtomicBool::new(false),
            raw: Mutex::new(|| Ok(Vec::new())),
            painted: Mutex::new(|| Ok(Vec::new())),
            stall: Mutex::new(()),
        })
    }

    fn drawings(&self) -> Vec<Detection> {
        let place = |class| match class {
            ObjectClass::Face => BoxInFrame::new(272.0, 110.0, 368.0, 240.0).unwrap(),
            _ => BoxInFrame::new(282.0, 140.0, 358.0, 342.0).unwrap(),
        };
        let seen = self.classes.iter().filter(|_| !self.is_blind.load(Ordering::SeqCst));
        seen.map(|&class| Detection { class, score: 0.9, box_in_frame: place(class) }).collect()
    }
}

impl Finder for Model {
    fn find(&self, frame: &RawFrame) -> Result<Vec<Detection>, RedactionError> {
        drop(self.stall.lock());
        let looked = *self.raw.lock().unwrap();
        if frame.camera().as_str() == "canary" { Ok(self.drawings()) } else { looked() }
    }

    fn finds(&self) -> Vec<ObjectClass> {
        self.classes.clone()
    }

    fn score_floor(&self, _: ObjectClass) -> f32 {
        0.1
    }

    fn family(&self) -> Family {
        Family(self.family)
    }
}

impl Verifier for Model {
    fn look(&self, picture: &UnverifiedFrame) -> Result<Vec<Detection>, RedactionError> {
        let looked = *self.painted.lock().unwrap();
        if picture.painted().camera().as_str() == "canary" { Ok(self.drawings()) } else { looked() }
    }

    fn finds(&self) -> Vec<ObjectClass> {
        self.classes.clone()
    }

    fn family(&self) -> Family {
        Family("verifier")
    }
}

/// A camera whose policy allows stills, with models of this test.
struct Place {
    edge: TestBox,
    approvers: Approvers,
    stills: Arc<Stills>,
    sight: Arc<Model>,
    other: Arc<Model>,
    keeper: Keeper,
    frames: u64,
    alerts: BTreeMap<EventId, AlertId>,
}

impl Place {
    fn new(log: fn(&TestBox) -> BoxLog, changes: &[(&str, &str)]) -> Self {
        let edge = test_box(1_000);
        let approvers = Approvers::in_folder(edge.folder.path());
        let shared = &edge.shared;
        let (gate, outbox) = (Arc::clone(&shared.gate), Arc::clone(&shared.outbox));
        let clock = Arc::clone(&shared.clock);
        let archive = Archive::new(gate, outbox, log(&edge), clock, shared.metrics.clone());
        let limits = LimitSettings { inference_threads: 1, min_free_disk_mib: 0 };
        let settings = StillSettings::default();
        let stills = Stills::start(archive, &settings, &ModelSettings::default(), limits).unwrap();
        let sight = Model::of("a", &[ObjectClass::Person]);
        let other = Model::of("b", &[ObjectClass::Face]);
        let finder = Arc::clone(&sight) as Arc<dyn Finder>;
        let model = SightModel { finder, digest: Digest::of(b"sight"), id: "sight".to_owned() };
        let second = (Arc::clone(&other) as Arc<dyn Finder>, Digest::of(b"finder"));
        stills.studio.with(
            &model,
            second,
            (Arc::clone(&other) as Arc<dyn Verifier>, Digest::of(b"verifier")),
        );
        let stills = Arc::new(stills);
        let keeper = Keeper::new(camera(), Arc::clone(&stills), model);
        let place =
            Self { edge, approvers, stills, sight, other, keeper, frames: 0, alerts: BTreeMap::new() };
        place.install("1.0.0", changes);
        place
    }

    fn usual() -> Self {
        Self::new(logging, &[])
    }

    fn install(&self, version: &str, changes: &[(&str, &str)]) {
        self.approvers.publish(&self.approvers.changed(version, changes));
        self.edge.shared.gate.install(self.approvers.verified()).unwrap();
    }

    /// The next frame, with what was seen on it and what the rules had to say.
    fn frame(&mut self, seen: Option<Seen>, picture: PictureState, said: &[Said]) {
        let layout = I420Layout::new(640, 384).unwrap();
        let at = self.edge.shared.clock.now();
        self.frames += 1;
        let mut frame =
            seal_i420(camera(), at, self.frames, (640, 384), vec![90; layout.byte_len()]).unwrap();
        let paused = self.edge.shared.gate.paused_areas(&camera());
        self.keeper.follow_policy(&paused);
        frame.burn_in(&paused.into_values().flatten().collect::<Vec<_>>());
        self.keeper.take(frame, seen, picture, said);
        self.edge.clock.advance(STEP);
    }

    fn quiet(&mut self, count: u64) {
        (0..count).for_each(|_| self.frame(Some(nothing()), PictureState::Normal, &[]));
    }

    /// So many frames on which this is seen; each picture is made before the next frame comes.
    fn slowly(&mut self, count: u64, seen: fn() -> Seen) {
        for _ in 0..count {
            self.frame(Some(seen()), PictureState::Normal, &[]);
            self.stills.worker.reached();
        }
    }

    fn said(&self, observation: Observation) -> Said {
        Said::judged(observation, |observation| self.edge.shared.judge_observation(observation))
    }

    /// An alert of an abandoned object on the next frame; its event.
    fn alert(&mut self) -> EventId {
        self.alert_on(nothing())
    }

    fn alert_on(&mut self, seen: Seen) -> EventId {
        let observation = suitcase(self.edge.shared.clock.now());
        let alert = observation.alert;
        let said = self.said(observation);
        let event = said.raised().unwrap().event;
        self.alerts.insert(event, alert);
        self.frame(Some(seen), PictureState::Normal, &[said]);
        event
    }

    /// The end of the alert on the next frame, and all that follows from it.
    fn clear(&mut self, event: EventId) {
        let begun = suitcase(self.edge.shared.clock.now());
        let ended = Observation { alert: self.alerts[&event], state: AlertState::Cleared, ..begun };
        let said = self.said(ended);
        self.stills.worker.reached();
        self.frame(Some(nothing()), PictureState::Normal, &[said]);
        self.stills.worker.reached();
    }

    /// Quiet, an alert, quiet, and the picture made or not.
    fn whole_alert(&mut self) -> EventId {
        self.quiet(BEFORE);
        let event = self.alert();
        self.quiet(AFTER);
        self.stills.worker.reached();
        event
    }

    /// The same, and the alert is over before another picture is tried.
    fn short_alert(&mut self) -> EventId {
        let event = self.whole_alert();
        self.clear(event);
        event
    }

    fn is_kept(&self, event: EventId) -> bool {
        self.edge.shared.outbox.still_facts(event).is_some()
    }

    fn wish(&self, event: EventId) -> StillWish {
        StillWish {
            request_id: [3; 16],
            event,
            operator: "operator-1".to_owned(),
            purpose: "plaza-safety".to_owned(),
            justification: "is it a suitcase".to_owned(),
            expires_at: self.edge.shared.clock.now().plus(Duration::from_secs(30)),
        }
    }

    fn ask(&self, wish: &StillWish) -> Result<usize, &'static str> {
        let desk = Desk::at(self.stills.archive.clone(), "hub.test:7443".to_owned());
        desk.answer(wish).map(|still| still.picture_bytes())
    }

    fn log(&self) -> String {
        let files = velum_policy::audit::files(&self.edge.folder.path().join("audit")).unwrap();
        files.iter().map(|file: &PathBuf| std::fs::read_to_string(file).unwrap()).collect()
    }

    /// That nothing was kept, and the reason is counted and logged.
    #[track_caller]
    fn assert_withheld(&self, event: EventId, reason: &'static str) {
        assert!(!self.is_kept(event), "{reason}");
        assert_eq!(self.edge.shared.outbox.stats().stills, 0);
        let files = std::fs::read_dir(self.edge.folder.path().join("outbox/stills")).unwrap().count();
        assert_eq!(files, 0, "{reason}");
        let page = self.edge.shared.metrics.page().unwrap();
        let line = format!("velum_stills_withheld_total{{reason=\"{reason}\"}} 1");
        assert!(page.contains(&line), "{line} is missing in\n{page}");
        assert_eq!(self.ask(&self.wish(event)), Err(reason), "who asks is told why");
    }
}

fn logging(edge: &TestBox) -> BoxLog {
    BoxLog::open(edge.folder.path(), Arc::clone(&edge.shared.clock))
}

fn camera() -> CameraId {
    CameraId::parse("plaza-1").unwrap()
}

fn nothing() -> Seen {
    Seen { detections: Vec::new(), moving_regions: Vec::new() }
}

fn someone() -> Result<Vec<Detection>, RedactionError> {
    let box_in_frame = BoxInFrame::new(10.0, 10.0, 60.0, 80.0).unwrap();
    Ok(vec![Detection { class: ObjectClass::Face, score: 0.9, box_in_frame }])
}

fn failed() -> Result<Vec<Detection>, RedactionError> {
    Err(RedactionError::LookFailed("a fault".into()))
}

fn starved() -> Result<Vec<Detection>, RedactionError> {
    Err(RedactionError::LookOverloaded("no answer in time".into()))
}

fn suitcase(at: Timestamp) -> Observation {
    Observation {
        alert: AlertId::random().unwrap(),
        camera: camera(),
        zone: ZoneId::parse("plaza").unwrap(),
        at,
        state: AlertState::Raised,
        body: ObservationBody::AbandonedObject(AbandonedObject {
            box_in_frame: BoxInFrame::new(10.0, 10.0, 20.0, 20.0).unwrap(),
            class: Some(ObjectClass::Suitcase),
            put_down_at: at.minus(Duration::from_secs(40)),
            unattended_secs: 31.0,
        }),
        confidence: 0.7,
        validity: Validity::Valid,
        explanation: Vec::new(),
        models: Vec::new(),
        staged: None,
    }
}

#[test]
fn an_alert_leaves_a_still_that_is_given_out_to_who_asks_with_a_reason() {
    let mut place = Place::usual();
    let event = place.whole_alert();
    assert_eq!(place.keeper.alertness(), Alertness::Awake, "of each frame it must be known where people are");
    let facts = place.edge.shared.outbox.still_facts(event).unwrap();
    assert_eq!((facts.width_px, facts.height_px, facts.covered_fraction), (640, 384, 0.0));
    assert_eq!(facts.captured_at, START.plus(STEP * BEFORE as u32));
    assert_eq!(facts.models, [b"sight".as_slice(), b"finder", b"verifier"].map(Digest::of));
    assert!(place.ask(&place.wish(event)).unwrap() > 500);
    let other = StillWish { purpose: "curiosity".to_owned(), ..place.wish(event) };
    assert_eq!(place.ask(&other), Err("purpose"));
    let late = StillWish { expires_at: place.edge.shared.clock.now(), ..place.wish(event) };
    assert_eq!(place.ask(&late), Err("expired_request"));

    let log = place.log();
    let place_of = |part: &str| log.find(part).unwrap_or_else(|| panic!("{part} is not in\n{log}"));
    assert!(place_of("\"collection\"") < place_of("\"disclosure\""));
    assert!(log.contains("is it a suitcase") && log.contains("operator-1") && log.contains(&"03".repeat(16)));
    assert!(log.contains("expired_request"), "{log}");
    let page = place.edge.shared.metrics.page().unwrap();
    for line in [
        "velum_stills_kept_total 1",
        "velum_stills_released_total 1",
        "velum_stills_refused_total{reason=\"purpose\"} 1",
    ] {
        assert!(page.contains(line), "{line} is missing in\n{page}");
    }
}

#[test]
fn a_still_is_in_the_manifest_before_it_leaves_and_so_is_that_it_did_not() {
    let mut place = Place::usual();
    let event = place.whole_alert();
    let desk = Desk::at(place.stills.archive.clone(), "hub.test:7443".to_owned());
    let wish = place.wish(event);
    desk.answer(&wish).unwrap();
    desk.withdrawn(&wish, "expired_request");
    desk.withdrawn(&wish, "expired_request");
    let everything =
        velum_policy::audit::Wanted { from: START, to: START.plus(Duration::from_secs(3_600)), camera: None };
    let folder = place.edge.folder.path().join("attest");
    let told = velum_policy::audit::manifest(&folder, &everything).unwrap().left;
    let kinds: Vec<_> = told.iter().map(|left| left.egress.kind.name()).collect();
    assert_eq!(kinds, ["still", "still_withdrawn"]);
    let left = &told[0].egress;
    assert_eq!(left.commitment, told[1].egress.commitment);
    assert_eq!(
        (left.class.as_str(), left.purpose.as_deref()),
        ("abandoned_object_alert", Some("plaza-safety"))
    );
    let picture = left.picture.unwrap();
    assert_eq!((picture.width_px, picture.height_px, picture.covered_permille), (640, 384, 0));
    assert!(left.bytes > 500 && left.commitment.is_some() && left.fields.contains_key("time"));
}

#[test]
fn a_still_that_cannot_be_written_into_the_manifest_does_not_leave() {
    let mut place = Place::usual();
    let event = place.whole_alert();
    // As a full disk does.
    std::fs::write(place.edge.folder.path().join("attest"), "").unwrap();
    assert_eq!(place.ask(&place.wish(event)), Err("egress_manifest"));
    assert!(place.log().contains("egress_manifest"), "{}", place.log());
}

#[test]
fn masking_is_armed_while_frames_are_seen_and_the_drawings_are_found() {
    let mut place = Place::usual();
    place.whole_alert();
    let archive = &place.stills.archive;
    let redactor = place.stills.studio.redactor().unwrap();
    let look = || archive.board.look(&camera(), archive.clock.now(), Some(redactor.canaries()));
    // What came before the first look counts as well.
    let _since_the_start = look();
    assert_eq!(look(), Arming::Armed);
    assert!(redactor.canaries().passed > 0 && archive.board.canary_interval().is_some());
    place.keeper.close(velum_redaction::PictureWithheld::WindowIncomplete);
    assert!(matches!(look(), Arming::Lapsed(_)));
}

#[test]
fn whatever_goes_wrong_with_a_model_there_is_no_picture() {
    let check = |break_it: fn(&mut Place), reason: &'static str| {
        let mut place = Place::usual();
        break_it(&mut place);
        let event = place.short_alert();
        place.assert_withheld(event, reason);
    };
    check(|place| *place.other.painted.lock().unwrap() = someone, "verifier");
    check(|place| *place.other.painted.lock().unwrap() = failed, "verifier_failed");
    check(|place| *place.other.painted.lock().unwrap() = || panic!("a fault"), "failed");
    check(|place| *place.other.raw.lock().unwrap() = failed, "detector_failed");
    check(|place| *place.other.raw.lock().unwrap() = starved, "overloaded");
    check(|place| place.other.is_blind.store(true, Ordering::SeqCst), "canary");
    check(|place| place.sight.is_blind.store(true, Ordering::SeqCst), "canary");
}

#[test]
fn whatever_was_not_seen_around_an_alert_there_is_no_picture() {
    let check = |odd: fn(&mut Place), reason: &'static str| {
        let mut place = Place::usual();
        place.quiet(BEFORE);
        let event = place.alert();
        odd(&mut place);
        place.quiet(AFTER);
        place.keeper.look();
        place.clear(event);
        place.assert_withheld(event, reason);
    };
    check(|place| place.frame(None, PictureState::Dark, &[]), "too_dark");
    check(|place| place.frame(None, PictureState::Normal, &[]), "detector_stale");
    check(|place| place.frame(Some(nothing()), PictureState::Frozen, &[]), "detector_stale");
    // The stream stood still, or frames were dropped because the box was overloaded.
    check(|place| place.edge.clock.advance(Duration::from_secs(2)), "detector_stale");
    check(|place| place.edge.clock.advance(Duration::from_secs(20)), "window_incomplete");
    check(|place| place.keeper.close(PictureWithheld::DetectorFailed), "detector_failed");
}

#[test]
fn an_alert_in_the_first_moments_has_a_later_picture_or_none() {
    let mut place = Place::usual();
    let event = place.alert();
    place.quiet(AFTER);
    place.clear(event);
    place.assert_withheld(event, "window_incomplete");

    let mut place = Place::usual();
    let event = place.alert();
    place.slowly(14, nothing);
    let facts = place.edge.shared.outbox.still_facts(event).unwrap();
    assert_eq!(facts.captured_at, START.plus(Duration::from_millis(1_600)));
}

#[test]
fn a_camera_that_ends_waits_for_no_picture() {
    let mut place = Place::usual();
    place.quiet(BEFORE);
    let event = place.alert();
    let Place { keeper, stills, .. } = &mut place;
    keeper.close(PictureWithheld::WindowIncomplete);
    stills.worker.reached();
    place.assert_withheld(event, "window_incomplete");
}

#[test]
fn a_stalled_model_fills_no_memory() {
    let mut place = Place::usual();
    let other = Arc::clone(&place.other);
    let stalled = other.stall.lock().unwrap();
    place.quiet(BEFORE);
    let begun = place.edge.clock.now();
    let events: Vec<_> = (0..9).map(|_| place.alert()).collect();
    assert_eq!(place.ask(&place.wish(events[8])), Err("overloaded"), "no more than eight are searched for");
    assert_eq!(place.ask(&place.wish(events[7])), Err("being_made"));
    place.quiet(150);
    assert_eq!(place.ask(&place.wish(events[7])), Err("being_made"), "the worker answers, and is stalled");
    drop(stalled);
    for _ in 0..9 {
        place.stills.worker.reached();
        place.quiet(1);
    }
    let left = events.iter().filter(|event| place.ask(&place.wish(**event)) == Err("being_made")).count();
    assert_eq!(left, 0);
    let kept = events.iter().filter_map(|event| place.edge.shared.outbox.still_facts(*event));
    for facts in kept {
        let secs = facts.captured_at.secs_since(begun);
        assert!(secs > 30.0, "made of a frame that waited for the model, {secs} s after the first alert");
    }
}

#[test]
fn without_the_log_nothing_is_kept_and_nothing_leaves() {
    let mut place = Place::new(|_| BoxLog::none(), &[]);
    let event = place.whole_alert();
    place.assert_withheld(event, "audit_log");

    let mut place = Place::usual();
    let event = place.whole_alert();
    assert!(place.is_kept(event));
    let archive = Archive { log: Arc::new(BoxLog::none()), ..place.stills.archive.clone() };
    let refused = Desk::at(archive, "hub.test:7443".to_owned()).answer(&place.wish(event));
    assert_eq!(refused.map(|still| still.picture_bytes()), Err("audit_log"));
    // Nor may the reason hold what the log cannot.
    let odd = StillWish { justification: "a\u{202e}b".to_owned(), ..place.wish(event) };
    assert_eq!(place.ask(&odd), Err("audit_log"));
}

const NO_IMAGERY: [(&str, &str); 3] = [
    ("imagery_egress      = \"alert-still\"", "imagery_egress      = \"none\""),
    ("imagery       = \"redacted_still\"", "imagery       = \"none\""),
    ("imagery  = true", "imagery  = false"),
];

#[test]
fn where_the_policy_allows_no_imagery_nothing_of_this_runs() {
    let mut place = Place::new(logging, &NO_IMAGERY);
    place.quiet(BEFORE);
    assert_eq!(place.keeper.alertness(), Alertness::MayRest);
    let event = place.whole_alert();
    assert!(!place.is_kept(event) && !place.log().contains("\"collection\""));
    assert_eq!(place.ask(&place.wish(event)), Err("no_still"));
}

fn without_verifier(place: &Place, model: SightModel) -> Keeper {
    let settings = StillSettings { verifier: VerifierChoice::None, ..StillSettings::default() };
    let limits = LimitSettings { inference_threads: 1, min_free_disk_mib: 0 };
    let archive = place.stills.archive.clone();
    let without = Stills::start(archive, &settings, &ModelSettings::default(), limits).unwrap();
    Keeper::new(camera(), Arc::new(without), model)
}

#[test]
fn while_masking_cannot_work_nothing_is_given_out_that_was_made_before() {
    let mut place = Place::usual();
    let event = place.whole_alert();
    assert!(place.ask(&place.wish(event)).is_ok());
    let model = SightModel { id: "velum-person-1".to_owned(), ..place.keeper.sight.clone() };
    let without = without_verifier(&place, model);
    let working = std::mem::replace(&mut place.keeper, without);
    place.keeper.follow_policy(&PausedAreas::new());
    assert_eq!(place.ask(&place.wish(event)), Err("no_verifier"));
    place.keeper = working;
    place.keeper.close(PictureWithheld::WindowIncomplete);
    place.keeper.follow_policy(&PausedAreas::new());
    assert!(place.ask(&place.wish(event)).is_ok());
}

#[test]
fn where_no_picture_can_be_made_the_reason_is_told() {
    let mut place = Place::usual();
    let model = SightModel { id: "velum-person-1".to_owned(), ..place.keeper.sight.clone() };
    place.keeper = without_verifier(&place, model);
    let event = place.whole_alert();
    place.assert_withheld(event, "no_verifier");
    assert!(place.log().contains("\"no_verifier\""));

    // A policy that says nothing of the look-ahead wants one without end.
    let mut place = Place::new(logging, &[("lookahead_frames    = 3\n", "")]);
    let event = place.whole_alert();
    place.assert_withheld(event, "redaction_settings");
}

#[test]
fn a_policy_that_ends_stills_ends_what_waits_and_what_is_kept() {
    let mut place = Place::usual();
    let kept = place.whole_alert();
    assert!(place.is_kept(kept));
    place.quiet(BEFORE);
    let waiting = place.alert();
    place.install("1.1.0", &NO_IMAGERY);
    place.quiet(AFTER);
    place.stills.worker.reached();
    assert!(!place.is_kept(waiting));
    assert_eq!(place.keeper.alertness(), Alertness::MayRest);
    assert_eq!(place.ask(&place.wish(kept)), Err("imagery"));
    place.install(
        "1.2.0",
        &[
            NO_IMAGERY[0],
            NO_IMAGERY[1],
            NO_IMAGERY[2],
            ("redacted_still = \"PT24H\"", "redacted_still = \"PT0S\""),
        ],
    );
    erase_due(&place.stills.archive, place.edge.shared.clock.now());
    assert!(!place.is_kept(kept));
}

#[test]
fn a_still_is_erased_at_its_time_with_a_receipt() {
    let mut place = Place::usual();
    let event = place.whole_alert();
    let day = Duration::from_secs(86_400);
    let captured_at = START.plus(STEP * BEFORE as u32);
    erase_due(&place.stills.archive, captured_at.plus(day).minus(Duration::from_secs(1)));
    assert!(place.is_kept(event));
    erase_due(&place.stills.archive, captured_at.plus(day));
    assert!(!place.is_kept(event));
    let log = place.log();
    assert!(log.contains("\"erasure\"") && log.contains("2026-11-21"), "{log}");
    assert!(log.contains("retention.redacted_still"), "{log}");
    assert!(!place.edge.folder.path().join("keys/stills/2026-11-21.key").exists());
    assert!(place.edge.shared.metrics.page().unwrap().contains("velum_stills_erased_total 1"));
}

#[test]
fn an_event_speaks_of_a_still_only_where_this_box_keeps_any() {
    let may_be_asked_for = |entry: Kept| match entry {
        Kept::Event(event) => match event.content() {
            velum_event::Content::Observation(seen) => seen.still_may_be_asked_for,
            velum_event::Content::Health(_) => false,
        },
        _ => false,
    };
    let mut place = Place::usual();
    let entry = || place.edge.shared.judge_observation(suitcase(START));
    assert!(may_be_asked_for(entry()));
    assert!(!may_be_asked_for(place.keeper.truthful(entry())), "it has not begun");
    place.keeper.follow_policy(&PausedAreas::new());
    assert!(may_be_asked_for(place.keeper.truthful(entry())));
}

#[test]
fn a_verifier_is_of_another_family_and_here() {
    let catalogue = velum_models::Catalogue::open(&[]).unwrap();
    let refused =
        |choice: VerifierChoice| verifier_of(&catalogue, &choice, "velum-person-1").map(drop).unwrap_err();
    assert_eq!(refused(VerifierChoice::Auto).rule(), "no_verifier", "only our own is in this program");
    assert_eq!(refused(VerifierChoice::None).rule(), "no_verifier");
    assert_eq!(refused(VerifierChoice::Named("velum-person-1".to_owned())).rule(), "no_verifier");
    assert_eq!(refused(VerifierChoice::Named("no-such".to_owned())).rule(), "model");
    // Our own model always takes part in the plan, whoever else does.
    let alone = verifier_of(&catalogue, &VerifierChoice::Auto, "centerface").map(drop).unwrap_err();
    assert_eq!(alone.rule(), "no_verifier");
}

/// Only presence matters here: the files are none, and nothing is loaded.
#[test]
fn a_verifier_finds_people_and_is_of_no_planner_s_family() {
    let own = include_str!("../../../../models/catalogue/yolox-nano.toml");
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let v8 = own.replace("\"yolox-nano\"", "\"v8\"").replace("head = \"yolox\"", "head = \"yolov8\"");
    let detr = own.replace("\"yolox-nano\"", "\"detr\"").replace("head = \"yolox\"", "head = \"detr\"");
    put("v8.toml", &v8);
    put("detr.toml", &format!("{detr}\n[detr]\nactivation = \"sigmoid\"\n"));
    let auto = |sight: &str| {
        let catalogue = velum_models::Catalogue::open(&[folder.path().to_owned()]).unwrap();
        verifier_of(&catalogue, &VerifierChoice::Auto, sight).map(|found| found.id().to_owned()).ok()
    };
    put("mcnn-shanghaitech-b.onnx", "");
    assert_eq!(auto("detr"), None, "a density model verifies nothing");
    put("yolox_nano.onnx", "");
    assert_eq!(auto("velum-person-1"), Some("detr".to_owned()));
    assert_eq!(auto("v8"), Some("detr".to_owned()), "yolov8 and yolox heads are of one family");
    assert_eq!(auto("detr"), None, "our own model took part in the plan");
    put("yunet_n_dynamic.onnx", "");
    assert_eq!(auto("detr"), Some("yunet".to_owned()));
    put("centerface.onnx", "");
    assert_eq!(auto("velum-person-1"), Some("centerface".to_owned()));
}

mod changed;
mod moments;
mod paused;
mod raw;
