use std::time::Duration;

use velum_gate::{CameraPermission, Pauses};
use velum_policy::PublicKey;
use velum_policy::audit::{
    Answer, Asked, CameraStanding, Content, GapCause, Line, Masking, Question, Share, Verdict, answer, files,
    read_line,
};
use velum_vocab::{CameraId, CoverageState, FrameCounts};

use super::tally::CameraSums;
use super::*;
use crate::audit::BoxLog;
use crate::stills::Arming;
use crate::testing::{Approvers, START, TestBox, logged_box};

fn plaza() -> CameraId {
    CameraId::parse("plaza-1").unwrap()
}

/// A box with a policy, whose camera is analysed.
struct Place {
    edge: TestBox,
    attestor: Attestor,
}

impl Place {
    fn new() -> Self {
        let edge = logged_box();
        let approvers = Approvers::in_folder(edge.folder.path());
        approvers.publish(&approvers.signed("1.0.0", 2));
        edge.shared.gate.install(approvers.verified()).unwrap();
        let attestor = Attestor::new(Arc::clone(&edge.shared));
        Self { edge, attestor }
    }

    /// So many seconds pass, each with a look; the camera says that it is in this state, or nothing.
    fn seconds(&mut self, count: u32, state: Option<CoverageState>) {
        for _ in 0..count {
            self.edge.clock.advance(Duration::from_secs(1));
            if let Some(state) = state {
                self.edge.shared.metrics.set_camera_state(&plaza(), state);
                let frames = FrameCounts { decoded: 5, analysed: 4, dropped: 1 };
                self.edge.shared.metrics.add_frames(&plaza(), frames);
            }
            self.attestor.look();
        }
    }

    fn analysed(&mut self, secs: u32) {
        self.seconds(secs, Some(CoverageState::Analysed));
    }

    fn attested(&self) -> Vec<Attestation> {
        let files = files(&self.edge.folder.path().join("attest")).unwrap();
        let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let said = |line: &str| match read_line(line.as_bytes()).unwrap() {
            Line::Record(record) => match record.content {
                Content::Attestation(said) => Some(*said),
                _ => None,
            },
            _ => None,
        };
        text.lines().filter_map(said).collect()
    }

    /// In seconds since the start.
    fn ask(&self, claim: &str, from: i64, to: i64) -> Answer {
        let key = std::fs::read_to_string(self.edge.folder.path().join("audit.pub")).unwrap();
        let [from, to] = [from, to].map(|secs| START.plus(Duration::from_secs(secs as u64)));
        let question = Question { from, to, ..asked(claim) };
        let log = self.edge.folder.path().join("attest");
        match answer(&log, &[PublicKey::parse(&key).unwrap()], &question).unwrap() {
            Asked::Answered(answered) => *answered,
            other => panic!("{other:?}"),
        }
    }

    fn verdict(&self, claim: &str, from: i64, to: i64) -> Verdict {
        self.ask(claim, from, to).verdict
    }
}

fn asked(claim: &str) -> Question {
    let text = format!("{claim}, camera plaza-1, from 2026-11-21T00:00:00Z to 2026-11-22T00:00:00Z");
    Question::parse(&text).unwrap()
}

#[test]
fn each_minute_is_attested_and_answers() {
    let mut place = Place::new();
    place.analysed(200);
    place.attestor.end();
    let said = place.attested();
    let spans: Vec<_> =
        said.iter().map(|one| (one.from.secs_since(START), one.until.secs_since(START))).collect();
    assert_eq!(spans, [(0.0, 60.0), (60.0, 120.0), (120.0, 180.0), (180.0, 200.0)]);
    let camera = &said[0].cameras[&plaza()];
    assert_eq!((camera.frames, camera.analysed), ([300, 240, 60], Share::All));
    assert_eq!((camera.masking, &camera.lapses[..]), (Masking::None, &["no_frame".to_owned()][..]));
    assert_eq!(camera.state, CameraStanding::MetadataOnly);
    assert!(said[0].software.executable.is_some() && said[0].time_trusted);
    assert_eq!(said[0].packs.as_deref(), Some("2026.11"));
    for (claim, verdict) in [
        ("analysing", Verdict::Yes),
        ("policy 1.0.0 in force", Verdict::Yes),
        ("policy 1.1.0 in force", Verdict::No),
        ("paused", Verdict::No),
        ("masking on", Verdict::No),
    ] {
        assert_eq!(place.verdict(claim, 0, 200), verdict, "{claim}");
    }
    assert_eq!(place.verdict("analysing", 0, 201), Verdict::Unknown);
    assert!(place.edge.shared.metrics.page().unwrap().contains("velum_attestations_total 4"));
}

#[test]
fn a_camera_that_does_not_see_or_falls_silent_is_not_analysed_all_the_time() {
    let mut place = Place::new();
    place.analysed(90);
    place.seconds(1, Some(CoverageState::Offline));
    place.analysed(89);
    place.seconds(60, None);
    place.analysed(60);
    place.attestor.end();
    let analysed: Vec<_> = place.attested().iter().map(|one| one.cameras[&plaza()].analysed).collect();
    assert_eq!(analysed, [Share::All, Share::Part, Share::All, Share::Part, Share::All]);
    assert_eq!(place.ask("analysing", 0, 300).contradiction.unwrap().number, 2);
}

#[test]
fn a_box_that_stood_still_vouches_for_nothing_in_between() {
    let mut place = Place::new();
    place.analysed(70);
    place.edge.clock.advance(Duration::from_secs(5));
    place.analysed(60);
    place.attestor.end();
    let said = place.attested();
    assert_eq!(said[1].cameras[&plaza()].analysed, Share::Part);
    assert!(said[1].cameras[&plaza()].lapses.contains(&"late_look".to_owned()));
    let answered = place.ask("analysing", 0, 120);
    assert_eq!((answered.verdict, answered.gaps[0].cause), (Verdict::Unknown, GapCause::Late));
    assert_eq!(place.verdict("analysing", 0, 60), Verdict::Yes);
}

#[test]
fn a_drawing_that_was_not_found_between_two_looks_counts() {
    let state = |is_well: bool, failed: u64| CanaryState { last: Some((START, is_well)), passed: 3, failed };
    assert_eq!(marred(state(true, 2), 2), state(true, 2));
    assert_eq!(marred(state(true, 3), 2), state(false, 3), "it passed again since");
    assert_eq!(marred(state(true, 0), 2), state(true, 0), "other models, of which none failed");
    assert_eq!(marred(state(true, 1), 2), state(false, 1));
}

/// Somebody deletes the folder while the box runs.
#[test]
fn a_folder_that_is_gone_is_made_anew() {
    let mut place = Place::new();
    place.analysed(120);
    std::fs::remove_dir_all(place.edge.folder.path().join("attest")).unwrap();
    place.analysed(120);
    place.attestor.end();
    assert_eq!(place.attested().len(), 2);
    assert_eq!(place.verdict("analysing", 120, 240), Verdict::Yes);
    assert_eq!(place.verdict("analysing", 0, 240), Verdict::Unknown);
}

#[test]
fn what_a_line_cannot_say_is_no_disk_that_fails() {
    let place = Place::new();
    let log = &place.edge.shared.stills.archive.log;
    let egress = |purpose: &str| velum_policy::audit::Egress {
        kind: velum_policy::audit::EgressKind::Event,
        class: "camera_health".to_owned(),
        camera: None,
        fields: BTreeMap::new(),
        bytes: 128,
        policy_digest: None,
        purpose: Some(purpose.to_owned()),
        recipient: "hub".to_owned(),
        commitment: None,
        sequence: None,
        picture: None,
    };
    for (purpose, fits) in [("safety", true), (&"a".repeat(129), false), (" ", false), ("a\u{200e}b", false)]
    {
        assert_eq!(log.leave(vec![egress(purpose)]).is_ok(), fits, "{purpose:?}");
        assert_eq!(velum_policy::audit::is_name(purpose), fits, "{purpose:?}");
    }
    assert_eq!(log.leave(vec![egress("safety")]), Ok(()));
}

#[test]
fn a_pause_is_attested() {
    let mut place = Place::new();
    place.analysed(60);
    let until = START.plus(Duration::from_secs(3_600));
    let cameras = BTreeMap::from([(plaza(), until)]);
    place.edge.shared.gate.set_paused(Pauses { cameras, ..Pauses::default() });
    place.seconds(120, Some(CoverageState::Paused));
    place.attestor.end();
    assert_eq!(place.verdict("paused", 60, 180), Verdict::Yes);
    assert_eq!(place.verdict("paused", 0, 180), Verdict::No);
    assert_eq!(place.verdict("analysing", 60, 180), Verdict::No);
    assert_eq!(place.verdict("policy 1.0.0 in force", 0, 180), Verdict::Yes, "a pause ends no policy");
    assert_eq!(place.attested()[2].cameras[&plaza()].states, [CameraStanding::Paused]);
}

/// As a full disk: nothing can be written, for a while.
#[test]
fn what_cannot_be_written_is_said_and_unknown() {
    let mut place = Place::new();
    let in_the_way = place.edge.folder.path().join("attest");
    std::fs::write(&in_the_way, "").unwrap();
    place.analysed(300);
    let page = place.edge.shared.metrics.page().unwrap();
    assert!(!page.contains("velum_attestations_failed_total 0"), "{page}");
    std::fs::remove_file(&in_the_way).unwrap();
    place.analysed(120);
    place.attestor.end();
    let said = place.attested();
    assert!(said[0].missed > 0 && said[1].missed == 0);
    assert_eq!(said[0].cameras[&plaza()].frames[0], 5 * 301, "nothing that was counted is lost");
    let answered = place.ask("analysing", 0, 420);
    assert_eq!((answered.verdict, answered.gaps[0].cause), (Verdict::Unknown, GapCause::Late));
    assert_eq!(place.verdict("analysing", 301, 420), Verdict::Yes);
}

#[test]
fn a_clock_that_was_set_back_is_attested_at_once_and_unknown() {
    let mut place = Place::new();
    place.analysed(120);
    place.edge.clock.set(START.plus(Duration::from_secs(30)));
    place.analysed(60);
    place.attestor.end();
    let said = place.attested();
    assert!(said[2].until < said[2].from);
    assert!(!said[3].time_trusted);
    assert_eq!(said[3].cameras[&plaza()].states, [CameraStanding::UntrustedTime]);
    assert_eq!(place.verdict("analysing", 60, 120), Verdict::Unknown);
    assert_eq!(place.verdict("analysing", 0, 30), Verdict::Yes);
}

#[test]
fn the_log_goes_on_after_a_restart() {
    let mut place = Place::new();
    place.analysed(60);
    place.attestor.end();
    let Place { edge, attestor } = place;
    let TestBox { folder, clock, shared } = edge;
    drop(attestor);
    drop(shared);
    clock.advance(Duration::from_secs(30));
    let log = BoxLog::open(folder.path(), Arc::new(clock.clone()));
    let from = velum_vocab::Clock::now(&clock);
    let until = from.plus(Duration::from_secs(60));
    clock.set(until);
    let said = Attestation {
        from,
        until,
        policies: Vec::new(),
        in_force: Share::None,
        packs: None,
        models: BTreeMap::new(),
        software: Software { version: "0".to_owned(), executable: None },
        time_source: "system_clock".to_owned(),
        time_trusted: true,
        missed: 0,
        canaries: [0; 2],
        events: BTreeMap::new(),
        withheld: BTreeMap::new(),
        cameras: BTreeMap::new(),
    };
    assert!(log.attest(said));
    log.sign_attestations();
    let key = PublicKey::parse(&std::fs::read_to_string(folder.path().join("audit.pub")).unwrap()).unwrap();
    let report = velum_policy::audit::verify(&folder.path().join("attest"), &[key], &[]).unwrap();
    assert_eq!((report.is_sound(), report.attestations, report.files), (true, 2, 1));
}

/// A minute would tell who was there where no event does.
#[test]
fn what_was_withheld_is_told_by_the_hour_and_of_no_camera() {
    let mut place = Place::new();
    place.edge.shared.metrics.withheld_by("min_group");
    for _ in 0..61 {
        place.analysed(60);
    }
    let said = place.attested();
    let told: Vec<_> = said.iter().enumerate().filter(|(_, one)| !one.withheld.is_empty()).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1.withheld, BTreeMap::from([("min_group".to_owned(), 1)]));
    assert_eq!(told[0].0, 59, "when the hour is over");
    // Ten minutes before the next hour the box starts anew.
    place.analysed(2_940);
    place.attestor = Attestor::new(Arc::clone(&place.edge.shared));
    for _ in 0..2 {
        place.edge.shared.metrics.withheld_by("min_group");
        place.analysed(660);
    }
    let told = |place: &Place| place.attested().iter().filter(|one| !one.withheld.is_empty()).count();
    assert_eq!(told(&place), 1, "a part of an hour is not told");
    place.analysed(3_000);
    assert_eq!((told(&place), place.attested().len()), (2, 61 + 49 + 72));
}

#[test]
fn armed_all_the_time_needs_every_look() {
    let look = |second: i64, arming: Arming| Look {
        now: START.plus(Duration::from_secs(second as u64)),
        policy: None,
        standing: CameraPermission::Active,
        is_trusted: true,
        cameras: BTreeMap::from([(
            plaza(),
            CameraLook { permission: CameraPermission::Active, state: Some(CoverageState::Analysed), arming },
        )]),
    };
    let lapsed = || Arming::Lapsed(std::collections::BTreeSet::from(["canary"]));
    let check = |armings: Vec<Arming>, expected: Masking, state: CameraStanding| {
        let mut looks = Looks::since(START);
        for (second, arming) in armings.into_iter().enumerate() {
            looks.add(look(second as i64, arming));
        }
        let said = looks.camera(&plaza(), &CameraSums::default()).unwrap();
        assert_eq!((said.masking, said.state), (expected, state));
    };
    check(vec![Arming::Armed, Arming::Armed], Masking::All, CameraStanding::Active);
    check(vec![Arming::Armed, lapsed()], Masking::Part, CameraStanding::MetadataOnly);
    check(vec![lapsed(), lapsed()], Masking::None, CameraStanding::MetadataOnly);
    check(vec![Arming::NoPictures, Arming::NoPictures], Masking::NoPictures, CameraStanding::Active);
    check(vec![Arming::NoPictures, Arming::Armed], Masking::Part, CameraStanding::Active);
    check(vec![Arming::NoPictures, lapsed()], Masking::None, CameraStanding::MetadataOnly);
}

/// What a camera's state leaves with, written before it leaves; and read back after a restart.
#[test]
fn what_leaves_is_written_field_by_field_with_a_commitment_that_goes_with_the_day() {
    use velum_uplink::SendLog as _;

    let place = Place::new();
    let shared = &place.edge.shared;
    let health =
        velum_vocab::Health { camera: plaza(), at: START, state: CoverageState::Offline, staged: None };
    let entries = (0..2).map(|_| shared.judge_health(health.clone())).collect();
    shared.outbox.commit(entries, None).unwrap();
    let of = shared.outbox.stats().incarnation;
    let records = shared.outbox.pending(of, 0, 10).unwrap();
    let log = Arc::clone(&shared.stills.archive.log);
    let manifest = EventManifest::to("hub.test:7443".to_owned(), log, Arc::clone(&shared.gate));
    assert_eq!(manifest.written_up_to(of), 0);
    let departures = shared.outbox.departures(of, &records).unwrap();
    assert_eq!(departures, shared.outbox.departures(of, &records).unwrap(), "the same salt each time");
    assert_ne!(departures[0].commitment, departures[1].commitment);
    manifest.leaving(of, departures).unwrap();
    assert_eq!(manifest.written_up_to(of), 2);
    let everything = velum_policy::audit::Wanted {
        from: START,
        to: START.plus(Duration::from_secs(60)),
        camera: Some(plaza()),
    };
    let told = velum_policy::audit::manifest(&place.edge.folder.path().join("attest"), &everything).unwrap();
    let left = &told.left[0].egress;
    assert_eq!(
        (told.left.len(), left.class.as_str(), left.recipient.as_str()),
        (2, "camera_health", "hub.test:7443")
    );
    assert_eq!((left.fields["health_code"].as_str(), left.fields["camera"].as_str()), ("exact", "exact"));
    assert!(left.bytes > 0 && left.commitment.is_some() && left.policy_digest.is_some());
    assert_eq!(left.sequence.map(|(outbox, number)| (outbox.to_string(), number)), Some((of.to_string(), 1)));
    let nothing = EventManifest::to("hub".to_owned(), Arc::new(BoxLog::none()), Arc::clone(&shared.gate));
    let departures = shared.outbox.departures(of, &records).unwrap();
    assert_eq!(nothing.leaving(of, departures), Err("egress_manifest"), "without a log nothing leaves");
}
