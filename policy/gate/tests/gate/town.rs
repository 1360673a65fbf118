//! A box with the demonstration's policy, on simulated time.

use std::sync::Arc;
use std::time::Duration;

use velum_gate::{Gate, GateMemory};
use velum_policy::{PolicyError, SignedPolicy, SigningKey, TrustRoot, VerifiedPolicy};
use velum_vocab::{
    AbandonedObject, AlertId, AlertState, BoxInFrame, CameraId, Clock as _, CrowdDensity, CrowdMovement,
    Digest, Explanation, ExplanationCode, Interval, MovementPattern, ObjectClass, Observation,
    ObservationBody, PictureDirection, SimulatedClock, Timestamp, Validity, ZoneId,
};

/// Saturday 2026-11-21T12:00:00Z, and 234 ms.
pub(crate) const NOON: Timestamp = Timestamp::from_unix_millis(1_795_262_400_234);

/// Tests take fields and pictures away from events; that a recipient's list is then wider than what is told (REC-007,
/// REC-009) is not their subject.
const WAIVERS: &str = r#"
[[waiver]]
rule = "REC-007"
scope = "city"
reason = "a test"
approved_by = ["process-owner", "ciso"]
expires = 2026-12-31
[[waiver]]
rule = "REC-009"
scope = "city"
reason = "a test"
approved_by = ["process-owner", "ciso"]
expires = 2026-12-31
"#;

/// The demonstration's policy with these changes, signed by two approvers and verified.
pub(crate) fn policy(changes: &[(&str, &str)]) -> Result<VerifiedPolicy, PolicyError> {
    let [first, second, dpo] = [(); 3].map(|()| SigningKey::generate().unwrap());
    let path = format!("{}/../examples/demo-policy.toml.in", env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(path)
        .unwrap()
        .replace("@APPROVER_1@", &first.public().to_string())
        .replace("@APPROVER_2@", &second.public().to_string())
        .replace("@DPO_KEY@", &dpo.public().to_string())
        .replace("@DATE_FROM@", "2026-11-20T00:00:00Z")
        .replace("@DATE_EXPIRES@", "2026-12-20T00:00:00Z");
    for (from, to) in changes {
        assert!(text.contains(from), "the policy has no `{from}`");
        text = text.replace(from, to);
    }
    text.push_str(WAIVERS);
    let mut signed = SignedPolicy::unsigned(&text, "policy.toml");
    signed.sign(&first);
    signed.sign(&second);
    signed.verify(&TrustRoot::new(vec![first.public(), second.public()], 2, Some(dpo.public()))?)
}

/// Plates must be masked too, as everywhere but in the demonstration; then these changes.
pub(crate) fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let plates = ("\"head\", \"face\"]", "\"head\", \"face\", \"plate\"]");
    std::iter::once(plates).chain(changes.iter().copied()).collect()
}

/// A gate with a clock that stands at noon.
pub(crate) struct Town {
    pub(crate) gate: Gate,
    pub(crate) clock: SimulatedClock,
}

impl Town {
    pub(crate) fn without_policy() -> Self {
        Self::remembering(GateMemory::default())
    }

    pub(crate) fn remembering(memory: GateMemory) -> Self {
        let clock = SimulatedClock::at(NOON);
        Self { gate: Gate::with_memory(Arc::new(clock.clone()), memory), clock }
    }

    pub(crate) fn with(changes: &[(&str, &str)]) -> Self {
        let town = Self::without_policy();
        town.gate.install(policy(changes).unwrap_or_else(|error| panic!("{error}"))).unwrap();
        town
    }

    /// Time passes, while the gate looks at its clock.
    pub(crate) fn pass_until(&self, until: Timestamp) {
        while self.clock.now() < until {
            self.clock.set(until.min(self.clock.now().plus(Duration::from_secs(300))));
            self.gate.standing();
        }
    }
}

pub(crate) fn camera(name: &str) -> CameraId {
    CameraId::parse(name).unwrap()
}

/// A suitcase that has stood alone for 31.2 s.
pub(crate) fn suitcase() -> Observation {
    let explanation = vec![
        Explanation::with(ExplanationCode::UnattendedSecs, 31.2),
        Explanation::of(ExplanationCode::ProximityOnly),
        Explanation::with(ExplanationCode::OwnerLeftSecsAgo, 33.3),
    ];
    let body = ObservationBody::AbandonedObject(AbandonedObject {
        box_in_frame: BoxInFrame::new(10.0, 10.0, 20.0, 20.0).unwrap(),
        class: Some(ObjectClass::Suitcase),
        put_down_at: NOON.minus(Duration::from_secs(40)),
        unattended_secs: 31.2,
    });
    observation(body, explanation)
}

/// A plaza with this many people.
pub(crate) fn crowd(persons: f64, level: &str, previous_level: &str) -> Observation {
    let around = |estimate: f64| Interval { low: estimate - 1.0, estimate, high: estimate + 1.0 };
    let explanation = vec![
        Explanation::with(ExplanationCode::CountedByDetector, persons),
        Explanation::of(ExplanationCode::LevelRose),
    ];
    let body = ObservationBody::CrowdDensity(CrowdDensity {
        level: level.to_owned(),
        previous_level: previous_level.to_owned(),
        persons: around(persons),
        persons_per_m2: Some(around(persons / 20.0)),
        demo_threshold: true,
    });
    observation(body, explanation)
}

/// What a policy that allows crowd movement has in the place of the demonstration's.
pub(crate) const MOVEMENT: [(&str, &str); 2] = [
    (
        "allow  = [\"abandoned_object\", \"crowd_density\"]",
        "allow  = [\"abandoned_object\", \"crowd_density\", \"crowd_movement\"]",
    ),
    (
        "[[event]]\nclass         = \"camera_health\"",
        "[[event]]\nclass         = \"crowd_movement_alert\"\npurpose       = \"plaza-safety\"\n\
         fields        = [\"alert_id\", \"zone\", \"time\", \"time_bin\", \"movement\", \"count_rounded\", \"speed_band\", \
         \"direction_sector\", \"confidence_band\", \"validity\", \"explanation\"]\nepistemic     = \"assessment\"\n\
         identifiable  = \"treated-as-personal\"\nimagery       = \"none\"\nhuman_review  = \"before-action\"\n\
         retention     = \"event\"\n\n[[event]]\nclass         = \"camera_health\"",
    ),
];

/// What a policy that tries whether things are left alone on the first camera has in the place of the demonstration's.
pub(crate) const TRIAL: [(&str, &str); 2] = [
    ("allow  = [\"abandoned_object\", \"crowd_density\"]", "allow  = [\"crowd_density\"]"),
    (
        "[[event]]\nclass         = \"camera_health\"",
        "[[sandbox]]\nid        = \"bags-by-night\"\nanalytics = [\"abandoned_object\"]\n\
         cameras   = [\"plaza-1\"]\nfrom      = 2026-11-20T18:00:00Z\nuntil     = 2026-11-23T00:00:00Z\n\
         output    = \"shadow\"\nsuccess   = \"few false alarms\"\nevaluation_due = 2026-12-01\n\
         on_expiry = \"disable-and-erase\"\ndpia_annex = \"annex A\"\n\n\
         [[event]]\nclass         = \"camera_health\"",
    ),
];

/// So many people who suddenly run up and to the left.
pub(crate) fn surge(persons: f64) -> Observation {
    let explanation = vec![
        Explanation::of(ExplanationCode::SpeedRose),
        Explanation::with(ExplanationCode::MovementHeldSecs, 2.2),
        Explanation::with(ExplanationCode::LearnedSecs, 612.0),
    ];
    let body = ObservationBody::CrowdMovement(CrowdMovement {
        pattern: MovementPattern::Surge,
        persons: Interval { low: persons - 1.0, estimate: persons, high: persons + 1.0 },
        speed_m_per_s: 2.7,
        relative: true,
        direction: Some(PictureDirection::UpLeft),
        counter_flow_fraction: Some(0.123),
    });
    observation(body, explanation)
}

fn observation(body: ObservationBody, explanation: Vec<Explanation>) -> Observation {
    Observation {
        alert: AlertId::random().unwrap(),
        camera: camera("plaza-1"),
        zone: ZoneId::parse("plaza").unwrap(),
        at: NOON,
        state: AlertState::Raised,
        body,
        confidence: 0.66,
        validity: Validity::Valid,
        explanation,
        models: vec![Digest::of(b"a model")],
        staged: Some("a test".to_owned()),
    }
}
