//! What the benches share: a box's policy, an observation, a frame.

use std::sync::Arc;
use std::time::Duration;

use velum_frame::{RawFrame, seal_i420};
use velum_gate::{Gate, GateMemory};
use velum_policy::{SignedPolicy, SigningKey, TrustRoot};
use velum_redaction::{Family, Plan, RedactionError, UnverifiedFrame, Verifier};
use velum_vocab::{
    AbandonedObject, AlertId, AlertState, BoxInFrame, CameraId, Detection, Digest, Explanation,
    ExplanationCode, ObjectClass, Observation, ObservationBody, SimulatedClock, Timestamp, Validity, ZoneId,
};

/// 2026-11-21T12:00:00Z.
pub const NOON: Timestamp = Timestamp::from_unix_secs(1_795_262_400);
/// As a box usually analyses.
pub const SIZE_PX: (u32, u32) = (1280, 720);

/// The demonstration's policy, as it is written.
pub fn policy_text(approvers: [String; 2], officer: &str) -> String {
    let [first, second] = approvers;
    include_str!("../../../policy/examples/demo-policy.toml.in")
        .replace("@APPROVER_1@", &first)
        .replace("@APPROVER_2@", &second)
        .replace("@DPO_KEY@", officer)
        .replace("@DATE_FROM@", "2026-11-20T00:00:00Z")
        .replace("@DATE_EXPIRES@", "2026-12-20T00:00:00Z")
}

/// A gate under that policy, at noon.
///
/// # Panics
/// Where the policy does not verify any more.
pub fn gate() -> Gate {
    let [first, second, officer] = [(); 3].map(|()| SigningKey::generate().expect("a key"));
    let approvers = [first.public(), second.public()];
    let text = policy_text(approvers.each_ref().map(ToString::to_string), &officer.public().to_string());
    let mut signed = SignedPolicy::unsigned(&text, "policy.toml");
    signed.sign(&first);
    signed.sign(&second);
    let trust = TrustRoot::new(approvers.to_vec(), 2, Some(officer.public())).expect("a trust root");
    let gate = Gate::with_memory(Arc::new(SimulatedClock::at(NOON)), GateMemory::default());
    gate.install(signed.verify(&trust).expect("a policy that verifies")).expect("a policy that follows none");
    gate
}

/// A suitcase that has stood alone for 31.2 s.
///
/// # Panics
/// Never.
pub fn suitcase() -> Observation {
    Observation {
        alert: AlertId::random().expect("random bytes"),
        camera: CameraId::parse("plaza-1").expect("a name"),
        zone: ZoneId::parse("plaza").expect("a name"),
        at: NOON,
        state: AlertState::Raised,
        body: ObservationBody::AbandonedObject(AbandonedObject {
            box_in_frame: BoxInFrame::new(10.0, 10.0, 20.0, 20.0).expect("a box"),
            class: Some(ObjectClass::Suitcase),
            put_down_at: NOON.minus(Duration::from_secs(40)),
            unattended_secs: 31.2,
        }),
        confidence: 0.66,
        validity: Validity::Valid,
        explanation: vec![
            Explanation::with(ExplanationCode::UnattendedSecs, 31.2),
            Explanation::of(ExplanationCode::ProximityOnly),
        ],
        models: vec![Digest::of(b"a model")],
        staged: None,
    }
}

/// A frame of noise, which no encoder finds easy.
///
/// # Panics
/// Never.
pub fn frame() -> RawFrame {
    let (width, height) = SIZE_PX;
    let mut state = 1_u32;
    let noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        96 + (state >> 27) as u8
    };
    let bytes = std::iter::repeat_with(noise).take((width * height) as usize * 3 / 2).collect();
    seal_i420(CameraId::parse("plaza-1").expect("a name"), NOON, 1, SIZE_PX, bytes).expect("a frame")
}

/// Eight people across the picture, each 60 by 160 pixels.
///
/// # Panics
/// Never.
pub fn people() -> Plan {
    let detection = |number: u16| {
        let left = 20.0 + 150.0 * f32::from(number);
        Detection {
            class: ObjectClass::Person,
            score: 0.8,
            box_in_frame: BoxInFrame::new(left, 300.0, left + 60.0, 460.0).expect("a box"),
        }
    };
    Plan::from_detections(&(0..8).map(detection).collect::<Vec<_>>(), 0.2).expect("a plan")
}

/// Finds nobody: what a verifier costs is measured with the models.
pub struct Nobody;

impl Verifier for Nobody {
    fn look(&self, _picture: &UnverifiedFrame) -> Result<Vec<Detection>, RedactionError> {
        Ok(Vec::new())
    }

    fn finds(&self) -> Vec<ObjectClass> {
        vec![ObjectClass::Person]
    }

    fn family(&self) -> Family {
        Family("none")
    }
}
