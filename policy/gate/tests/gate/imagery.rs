//! Redacted pictures are kept and leave only where the policy says so, each time anew.

use std::sync::LazyLock;
use std::time::Duration;

use velum_frame::{I420Layout, seal_i420};
use velum_gate::{AlertStill, EventKind, PausedZone, Pauses, StillAsked};
use velum_redaction::{
    Family, Method, Plan, RedactedFrame, RedactionError, UnverifiedFrame, Verifier, redact,
};
use velum_vocab::{AlertState, CameraId, Detection, Digest, EventId, ObjectClass, Observation, Timestamp};

use super::town::{NOON, Town, camera, crowd, policy, suitcase, with};

/// The policy of a town that lets no picture out.
const NO_IMAGERY: [(&str, &str); 2] = [
    ("imagery_egress      = \"alert-still\"", "imagery_egress      = \"none\""),
    ("imagery       = \"redacted_still\"", "imagery       = \"none\""),
];

/// Finds nobody.
struct Nobody;

impl Verifier for Nobody {
    fn look(&self, _: &UnverifiedFrame) -> Result<Vec<Detection>, RedactionError> {
        Ok(Vec::new())
    }

    fn finds(&self) -> Vec<ObjectClass> {
        vec![ObjectClass::Face]
    }

    fn family(&self) -> Family {
        Family("nobody")
    }
}

fn picture(camera: CameraId, at: Timestamp) -> RedactedFrame {
    let layout = I420Layout::new(16, 16).unwrap();
    let raw = seal_i420(camera, at, 1, (16, 16), vec![0; layout.byte_len()]).unwrap();
    redact(raw, &Plan::whole_frame(), Method::SolidFill).unwrap().verified(&Nobody, 0.3).unwrap()
}

/// By which terms the policy in force there masks.
fn terms_of(town: &Town) -> Digest {
    town.gate.redaction_terms(&camera("plaza-1")).unwrap().digest
}

/// By which terms the usual policy masks.
static USUAL_TERMS: LazyLock<Digest> = LazyLock::new(|| terms_of(&Town::with(&with(&[]))));

fn still() -> AlertStill {
    AlertStill {
        picture: picture(camera("plaza-1"), NOON),
        kind: EventKind::AbandonedObject,
        redaction_terms: *USUAL_TERMS,
        painted: Vec::new(),
        looked_for: vec![ObjectClass::Person, ObjectClass::Vehicle],
        models: vec![Digest::of(b"a model")],
    }
}

fn asked() -> StillAsked {
    StillAsked {
        event: EventId::from_bytes([7; 16]),
        camera: camera("plaza-1"),
        kind: EventKind::AbandonedObject,
        captured_at: NOON,
        redaction_terms: *USUAL_TERMS,
        operator: "operator-1".to_owned(),
        purpose: "plaza-safety".to_owned(),
        justification: "is it a suitcase".to_owned(),
        expires_at: NOON.plus(Duration::from_secs(30)),
    }
}

/// What becomes of the still of an alert, and of the request for it, under a policy with these changes.
fn check(changes: &[(&str, &str)], expected: Option<&str>) {
    let town = Town::with(&with(changes));
    let kept = town.gate.judge(still()).err().map(|withheld| withheld.rule());
    assert_eq!(kept, expected, "keeping, {changes:?}");
    let may = town.gate.may_keep_still(&camera("plaza-1"), EventKind::AbandonedObject);
    assert_eq!(may.err().map(|withheld| withheld.rule()), expected, "asking the gate, {changes:?}");
    let sent = town.gate.judge(asked()).err().map(|withheld| withheld.rule());
    // The schedule decides when pictures are taken, not when they may be looked at.
    assert_eq!(sent, expected, "sending, {changes:?}");
}

#[test]
fn each_rule_of_the_policy_and_its_twin() {
    check(&[], None);
    check(
        &[("imagery_egress      = \"alert-still\"", "imagery_egress      = \"maintenance-still\"")],
        Some("imagery_egress"),
    );
    check(&[("imagery       = \"redacted_still\"", "imagery       = \"none\"")], Some("imagery"));
    check(&[("redacted_still = \"PT24H\"", "redacted_still = \"PT0S\"")], Some("retention"));
    check(&[("redacted_still = \"PT24H\"", "")], Some("retention"));
    check(&[("imagery  = true", "imagery  = false")], Some("recipient"));
    check(&[("events   = [\"abandoned_object_alert\", ", "events   = [")], Some("recipient"));
    check(&[("from = \"00:00\"", "from = \"13:00\"")], Some("schedule"));
    check(&[("allow  = [\"abandoned_object\", ", "allow  = [")], Some("analytics"));
    for status in ["draft", "suspended", "retired"] {
        check(&[("= \"active\"", &format!("= \"{status}\""))], Some("status"));
    }
}

#[test]
fn without_any_imagery_or_policy_nothing_is_kept() {
    for (town, rule) in [(Town::with(&NO_IMAGERY), "imagery"), (Town::without_policy(), "no_policy")] {
        assert_eq!(town.gate.judge(still()).unwrap_err().rule(), rule);
        assert_eq!(town.gate.judge(asked()).unwrap_err().rule(), rule);
    }
    let town = Town::with(&with(&[]));
    let elsewhere = AlertStill { picture: picture(camera("elsewhere"), NOON), ..still() };
    assert_eq!(town.gate.judge(elsewhere).unwrap_err().rule(), "camera");
    let crowd = AlertStill { kind: EventKind::CrowdDensity, ..still() };
    assert_eq!(town.gate.judge(crowd).unwrap_err().rule(), "imagery", "another class of event");
}

#[test]
fn a_still_to_align_the_camera_needs_a_policy_in_force_that_allows_one() {
    let rule = |town: &Town, id: &str| town.gate.maintenance_still(&camera(id)).err().map(|w| w.rule());
    let egress = |value: &str| {
        let line = format!("imagery_egress      = \"{value}\"");
        let changes = [("imagery_egress      = \"alert-still\"", line.as_str())];
        let class = [("imagery       = \"redacted_still\"", "imagery       = \"none\"")];
        let all: Vec<_> = if value == "alert-still" { changes.to_vec() } else { [changes, class].concat() };
        rule(&Town::with(&with(&all)), "plaza-1")
    };
    assert_eq!(egress("alert-still"), None);
    assert_eq!(egress("maintenance-still"), None);
    assert_eq!(rule(&Town::with(&NO_IMAGERY), "plaza-1"), Some("imagery_egress"));
    assert_eq!(rule(&Town::with(&with(&[])), "elsewhere"), Some("camera"));
    assert_eq!(rule(&Town::without_policy(), "plaza-1"), Some("no_policy"));
}

#[test]
fn what_no_model_finds_cannot_be_masked() {
    let town = Town::with(&with(&[]));
    let rule = |looked_for: &[ObjectClass]| {
        let still = AlertStill { looked_for: looked_for.to_vec(), ..still() };
        town.gate.judge(still).err().map(|withheld| withheld.rule())
    };
    assert_eq!(rule(&[ObjectClass::Person, ObjectClass::Vehicle]), None);
    assert_eq!(rule(&[ObjectClass::Person, ObjectClass::Head, ObjectClass::Face]), Some("targets"));
    assert_eq!(rule(&[ObjectClass::Vehicle, ObjectClass::Face]), Some("targets"));
    assert_eq!(rule(&[]), Some("targets"));
}

#[test]
fn a_picture_from_outside_the_schedule_stays_in() {
    let noon_to_one = with(&[("from = \"00:00\", to = \"24:00\"", "from = \"12:00\", to = \"13:00\"")]);
    let town = Town::with(&noon_to_one);
    let before = NOON.minus(Duration::from_secs(60));
    let early = AlertStill { picture: picture(camera("plaza-1"), before), ..still() };
    assert_eq!(town.gate.judge(early).unwrap_err().rule(), "schedule");
    assert_eq!(
        town.gate.judge(StillAsked { captured_at: before, ..asked() }).unwrap_err().rule(),
        "schedule"
    );
    // An alert of the last minute may be looked at when the window has closed.
    town.clock.advance(Duration::from_secs(2 * 3_600));
    let later = StillAsked { expires_at: NOON.plus(Duration::from_secs(86_400)), ..asked() };
    assert!(town.gate.judge(later).is_ok());
    assert_eq!(town.gate.judge(still()).unwrap_err().rule(), "schedule");
}

#[test]
fn each_request_is_judged_at_its_own_moment() {
    let town = Town::with(&with(&[]));
    let rule = |asked: StillAsked| town.gate.judge(asked).err().map(|withheld| withheld.rule());
    let text = |text: &str| text.to_owned();
    assert_eq!(rule(asked()), None);
    assert_eq!(rule(StillAsked { purpose: text("curiosity"), ..asked() }), Some("purpose"));
    assert_eq!(rule(StillAsked { operator: text(" "), ..asked() }), Some("operator"));
    assert_eq!(rule(StillAsked { operator: "x".repeat(201), ..asked() }), Some("operator"));
    assert_eq!(rule(StillAsked { justification: text("\n"), ..asked() }), Some("justification"));
    assert_eq!(rule(StillAsked { justification: "ä".repeat(500), ..asked() }), None);
    assert_eq!(rule(StillAsked { justification: "ä".repeat(501), ..asked() }), Some("justification"));
    assert_eq!(rule(StillAsked { camera: camera("elsewhere"), ..asked() }), Some("camera"));
    assert_eq!(rule(StillAsked { expires_at: NOON, ..asked() }), Some("expired_request"));

    let long =
        |asked: StillAsked| StillAsked { expires_at: NOON.plus(Duration::from_secs(1 << 20)), ..asked };
    town.clock.set(NOON.plus(Duration::from_secs(30)));
    assert_eq!(rule(asked()), Some("expired_request"));
    assert_eq!(rule(long(asked())), None);
    town.pass_until(NOON.plus(Duration::from_secs(86_400 - 1)));
    assert_eq!(rule(long(asked())), None);
    town.clock.set(NOON.plus(Duration::from_secs(86_400)));
    assert_eq!(rule(long(asked())), Some("retention"));
    town.clock.set(NOON);
    assert_eq!(rule(asked()), Some("trusted_time"), "the clock went back");
    assert_eq!(town.gate.judge(still()).unwrap_err().rule(), "trusted_time");
}

#[test]
fn a_recipients_age_limit_holds_for_pictures() {
    let young = with(&[("max_age  = \"P1D\"", "max_age  = \"PT1H\"")]);
    let town = Town::with(&young);
    let late = StillAsked { expires_at: NOON.plus(Duration::from_secs(86_400)), ..asked() };
    town.clock.set(NOON.plus(Duration::from_secs(3_600)));
    assert!(town.gate.judge(late.clone()).is_ok());
    town.clock.set(NOON.plus(Duration::from_secs(3_601)));
    assert_eq!(town.gate.judge(late).unwrap_err().rule(), "recipient");
}

#[test]
fn what_was_kept_may_not_leave_under_a_stricter_policy() {
    let town = Town::with(&with(&[]));
    assert!(town.gate.judge(asked()).is_ok());
    let version = ("version        = \"1.0.0\"", "version        = \"1.1.0\"");
    let tighter = with(&[NO_IMAGERY[0], NO_IMAGERY[1], version]);
    town.gate.install(super::town::policy(&tighter).unwrap()).unwrap();
    assert_eq!(town.gate.judge(asked()).unwrap_err().rule(), "imagery");
}

const MOUNT: &str = "mount    = \"recorded footage\"\n";
const DWELLING: &str = "mount    = \"recorded footage\"\nzone = [ { id = \"door\", kind = \"private_mask\", polygon = \
                        [[0.0,0.0],[0.5,0.0],[0.5,0.5]], reason = \"a dwelling\" } ]\n";
const TARGETS: &str = "\"head\", \"face\", \"plate\"]";

/// What becomes, under the policy with `now`, of a still that was masked under the one with `before`.
fn check_after(before: &[(&str, &str)], now: &[(&str, &str)], expected: Option<&str>) {
    let town = Town::with(&with(before));
    let redaction_terms = terms_of(&town);
    let masked = || AlertStill { redaction_terms, ..still() };
    let kept = StillAsked { redaction_terms, ..asked() };
    assert!(town.gate.judge(masked()).is_ok() && town.gate.judge(kept.clone()).is_ok(), "{before:?}");
    let version = ("version        = \"1.0.0\"", "version        = \"1.1.0\"");
    let changes: Vec<_> = now.iter().copied().chain([version]).collect();
    town.gate.install(super::town::policy(&with(&changes)).unwrap()).unwrap();
    assert_eq!(town.gate.judge(masked()).err().map(|it| it.rule()), expected, "keeping, {now:?}");
    assert_eq!(town.gate.judge(kept).err().map(|it| it.rule()), expected, "sending, {now:?}");
    let anew = StillAsked { redaction_terms: terms_of(&town), ..asked() };
    assert!(town.gate.judge(anew).is_ok(), "what is masked from now on leaves, {now:?}");
}

#[test]
fn what_was_masked_as_another_policy_wanted_it_stays_in() {
    let changed = Some("redaction_changed");
    let no_plates = [(TARGETS, "\"head\", \"face\"]")];
    check_after(&[], &[(MOUNT, DWELLING)], changed);
    check_after(&[(MOUNT, DWELLING)], &[(MOUNT, &DWELLING.replace("0.5", "0.6"))], changed);
    check_after(&no_plates, &[], changed);
    check_after(&[], &no_plates, changed);
    for (from, to) in [
        ("margin              = 0.20", "margin              = 0.25"),
        ("margin              = 0.20", "margin              = 0.15"),
        ("min_confidence      = 0.10", "min_confidence      = 0.05"),
        ("hold_frames         = 3", "hold_frames         = 4"),
        ("lookahead_frames    = 3", "lookahead_frames    = 2"),
        ("method              = \"solid_fill\"", "method              = \"surround_blur\""),
        ("max_detector_age    = \"PT1S\"", "max_detector_age    = \"PT2S\""),
        ("canary_interval     = \"PT30S\"", "canary_interval     = \"PT20S\""),
        ("on_low_light        = \"drop_frame\"", "on_low_light        = \"stop_stream\""),
        ("max_fps      = 10", "max_fps      = 9"),
        ("raw_lifetime = \"PT10S\"", "raw_lifetime = \"PT9S\""),
    ] {
        check_after(&[], &[(from, to)], changed);
    }
}

#[test]
fn what_does_not_decide_the_mask_changes_nothing_of_it() {
    check_after(&[], &[], None);
    check_after(&[], &[("review_by      = 2026-12-20", "review_by      = 2026-12-10")], None);
    check_after(&[], &[("redacted_still = \"PT24H\"", "redacted_still = \"PT12H\"")], None);
    check_after(&[(MOUNT, DWELLING)], &[(MOUNT, &DWELLING.replace("a dwelling", "a home"))], None);
}

#[test]
fn a_picture_of_the_future_stays_in() {
    let town = Town::with(&with(&[]));
    let rule_at = |captured_at| {
        let still = AlertStill { picture: picture(camera("plaza-1"), captured_at), ..still() };
        let kept = town.gate.judge(still).err().map(|withheld| withheld.rule());
        let asked = StillAsked { captured_at, ..asked() };
        assert_eq!(town.gate.judge(asked).err().map(|withheld| withheld.rule()), kept);
        kept
    };
    let minute = NOON.plus(Duration::from_secs(60));
    assert_eq!(rule_at(minute), None);
    assert_eq!(rule_at(minute.plus(Duration::from_micros(1))), Some("trusted_time"));
    assert_eq!(rule_at(NOON.plus(Duration::from_secs(5 * 86_400))), Some("trusted_time"));
}

#[test]
fn the_time_is_told_as_coarsely_as_the_policy_says() {
    let captured = |changes: &[(&str, &str)]| {
        let released = Town::with(&with(changes)).gate.judge(asked()).unwrap().into_released();
        released.captured.map(|time| (time.at, time.precision))
    };
    let second = Duration::from_secs(1);
    assert_eq!(captured(&[]), Some((NOON.floor_to(second), second)));
    let minute = Duration::from_secs(60);
    assert_eq!(
        captured(&[("time     = \"PT1S\"", "time = \"PT60S\"")]),
        Some((NOON.floor_to(minute), minute))
    );
    let unlisted = ("\"zone\", \"time\", \"time_first_seen\"", "\"zone\", \"time_first_seen\"");
    assert_eq!(captured(&[unlisted]), None);
}

#[test]
fn the_event_says_that_a_still_may_be_asked_for_where_the_policy_lists_it() {
    let may_ask = |changes: &[(&str, &str)], seen: Observation| {
        Town::with(&with(changes)).gate.judge(seen).unwrap().into_released().still_may_be_asked_for
    };
    assert!(may_ask(&[], suitcase()));
    assert!(!may_ask(&[], Observation { state: AlertState::Updated, ..suitcase() }));
    assert!(!may_ask(&[], crowd(7.0, "busy", "low")));
    assert!(!may_ask(
        &[("\"explanation\", \"still_ref\", \"model_id\"", "\"explanation\", \"model_id\"")],
        suitcase()
    ));
    assert!(!may_ask(&[("imagery  = true", "imagery  = false")], suitcase()));
    assert!(!Town::with(&NO_IMAGERY).gate.judge(suitcase()).unwrap().into_released().still_may_be_asked_for);
}

#[test]
fn what_the_policy_asks_of_masks_is_told_in_plain_values() {
    let zone = "mount    = \"recorded footage\"\nzone = [ { id = \"door\", kind = \"private_mask\", polygon = \
                [[0.0,0.0],[0.5,0.0],[0.5,0.5]], reason = \"a dwelling\" }, { id = \"all\", kind = \"watch\", polygon = \
                [[0.0,0.0],[1.0,0.0],[1.0,1.0]] } ]\n";
    let town = Town::with(&with(&[("mount    = \"recorded footage\"\n", zone)]));
    let terms = town.gate.redaction_terms(&camera("plaza-1")).unwrap();
    assert_eq!((terms.hold_frames, terms.lookahead_frames), (3, 3));
    assert_eq!(
        (terms.canary_interval, terms.raw_lifetime),
        (Duration::from_secs(30), Duration::from_secs(10))
    );
    assert!(terms.masks_plates);
    assert_eq!(terms.private_areas.len(), 1);
    assert_eq!(terms.private_areas[0].fractions(), &[(0.0, 0.0), (0.5, 0.0), (0.5, 0.5)]);
    assert_eq!(town.gate.redaction_terms(&camera("elsewhere")).unwrap_err().rule(), "camera");
    let none = Town::without_policy();
    assert_eq!(none.gate.redaction_terms(&camera("plaza-1")).unwrap_err().rule(), "no_policy");
    assert_eq!(town.gate.still_retention(&camera("plaza-1")), Some(Duration::from_secs(86_400)));
    assert_eq!(none.gate.still_retention(&camera("plaza-1")), None);
}

#[test]
fn a_policy_with_a_zone_that_is_no_polygon_is_refused() {
    let zone = "mount    = \"recorded footage\"\nzone = [ { id = \"door\", kind = \"private_mask\", polygon = \
                [[0.0,0.0],[0.5,0.0]], reason = \"a dwelling\" } ]\n";
    let refused = policy(&with(&[("mount    = \"recorded footage\"\n", zone)])).unwrap_err().to_string();
    assert!(refused.contains("camera.plaza-1.zone[0].polygon: expected three or more corners"), "{refused}");
}

#[test]
fn nothing_of_a_paused_camera_leaves_until_its_pause_is_over() {
    let town = Town::with(&with(&[]));
    let until = NOON.plus(Duration::from_secs(20));
    town.gate.set_paused(Pauses { cameras: [(camera("plaza-1"), until)].into(), ..Pauses::default() });
    assert_eq!(town.gate.judge(asked()).unwrap_err().rule(), "paused");
    assert_eq!(town.gate.judge(suitcase()).unwrap_err().rule(), "paused");
    assert!(!town.gate.permission(&camera("plaza-1")).is_active());
    assert!(town.gate.permission(&camera("plaza-2")).is_active());
    town.clock.set(until);
    assert!(town.gate.judge(asked()).is_ok());
    assert!(town.gate.private_areas(&camera("plaza-1")).is_empty());
    let unknown = town.gate.private_areas(&camera("elsewhere"));
    assert_eq!(unknown[0].area_fraction(), 1.0, "of what no policy names nothing is seen");
}

#[test]
fn nothing_of_a_paused_zone_leaves_until_its_pause_is_over() {
    let town = Town::with(&with(&[]));
    let areas = vec![velum_vocab::Polygon::whole_frame()];
    let (since, until) = (NOON, NOON.plus(Duration::from_secs(20)));
    let paused = |zone: &str| {
        let paused = PausedZone { zone: zone.to_owned(), areas: areas.clone(), since, until };
        town.gate
            .set_paused(Pauses { zones: [(camera("plaza-1"), vec![paused])].into(), ..Pauses::default() });
    };
    let rule = |judged: Result<(), velum_gate::Withheld>| judged.err().map(|withheld| withheld.rule());
    let told = |seen: Observation| rule(town.gate.judge(seen).map(|_| ()));
    let asked_for = |captured_at| rule(town.gate.judge(StillAsked { captured_at, ..asked() }).map(|_| ()));
    paused(suitcase().zone.as_str());
    assert_eq!(told(suitcase()), Some("paused_zone"));
    assert_eq!(told(crowd(7.0, "busy", "low")), Some("paused_zone"));
    assert_eq!(told(Observation { camera: camera("plaza-2"), ..suitcase() }), None, "of another camera");
    assert!(town.gate.permission(&camera("plaza-1")).is_active(), "the camera goes on");
    paused("elsewhere");
    assert_eq!(told(suitcase()), None);

    assert_eq!(rule(town.gate.judge(still()).map(|_| ())), Some("paused_zone"), "it was not painted over");
    let painted = AlertStill { painted: areas.clone(), ..still() };
    assert_eq!(rule(town.gate.judge(painted).map(|_| ())), None);
    assert_eq!(rule(town.gate.are_painted(&camera("plaza-1"), &[])), Some("paused_zone"));
    assert_eq!(town.gate.paused_areas(&camera("plaza-1")).len(), 1);
    town.clock.set(NOON.plus(Duration::from_secs(4)));
    assert_eq!(asked_for(NOON.minus(Duration::from_secs(1))), Some("paused_zone"));
    assert_eq!(asked_for(NOON.plus(Duration::from_secs(2))), Some("paused_zone"), "perhaps not painted yet");
    assert_eq!(asked_for(NOON.plus(Duration::from_secs(3))), None);

    town.clock.set(until);
    assert_eq!(told(suitcase()), None);
    assert_eq!(asked_for(NOON), None);
    assert!(town.gate.judge(still()).is_ok() && town.gate.paused_areas(&camera("plaza-1")).is_empty());
}
