//! The egress manifest: one record for each event and still before it leaves, in the log of attestations.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use velum_gate::Gate;
use velum_outbox::{Departure, OpenStill};
use velum_policy::audit::{Egress, EgressKind, EgressPicture, Incarnation, is_name};
use velum_uplink::SendLog;
use velum_vocab::{CameraId, Digest};

use crate::audit::BoxLog;

/// Stills that were opened and may yet be withdrawn.
const REMEMBERED_MAX: usize = 16;

/// Writes of events for the uplink.
pub(crate) struct EventManifest {
    log: Arc<BoxLog>,
    gate: Arc<Gate>,
    /// The hub, as the configuration or the enrolment names it.
    recipient: String,
}

impl EventManifest {
    /// Of what is sent to this hub.
    pub(crate) fn to(recipient: String, log: Arc<BoxLog>, gate: Arc<Gate>) -> Self {
        Self { log, gate, recipient }
    }

    fn egress(&self, of: Option<Incarnation>, departure: Departure) -> Egress {
        let Departure { sequence, class, camera, fields, bytes, policy_digest, commitment } = departure;
        Egress {
            kind: EgressKind::Event,
            class: class.to_owned(),
            camera,
            fields,
            bytes,
            policy_digest,
            purpose: purpose(&self.gate, class, policy_digest),
            recipient: self.recipient.clone(),
            commitment,
            sequence: of.map(|of| (of, sequence)),
            picture: None,
        }
    }
}

/// What the policy tells this class for; none where another policy is installed by now, or where the log has no place
/// for the purpose's name.
fn purpose(gate: &Gate, class: &str, released_under: Option<Digest>) -> Option<String> {
    let policy = gate.policy().filter(|policy| Some(Digest(policy.digest())) == released_under)?;
    policy.resolved().events.get(class).map(|class| class.purpose.clone()).filter(|purpose| is_name(purpose))
}

impl SendLog for EventManifest {
    fn written_up_to(&self, of: velum_outbox::Incarnation) -> u64 {
        let of = of.to_string();
        self.log.last_left().filter(|(written, _)| written.to_string() == of).map_or(0, |(_, number)| number)
    }

    fn leaving(&self, of: velum_outbox::Incarnation, departures: Vec<Departure>) -> Result<(), &'static str> {
        let of = Incarnation::parse(&of.to_string());
        let leaving = departures.into_iter().map(|departure| self.egress(of, departure));
        self.log.leave(leaving.collect())
    }
}

/// Stills that were opened: a still that is not sent after all is told as such.
#[derive(Debug, Default)]
pub(crate) struct StillManifest(Mutex<VecDeque<([u8; 16], Egress)>>);

/// What is known of a still beside its content.
pub(crate) struct StillLeaving<'a> {
    pub(crate) request: [u8; 16],
    pub(crate) camera: &'a CameraId,
    pub(crate) class: &'static str,
    pub(crate) purpose: &'a str,
    pub(crate) recipient: String,
    pub(crate) policy_digest: Option<Digest>,
}

impl StillManifest {
    /// Writes that this still leaves.
    ///
    /// # Errors
    /// The rule: it must not.
    pub(crate) fn leave(
        &self,
        log: &BoxLog,
        still: &OpenStill,
        told: StillLeaving<'_>,
    ) -> Result<(), &'static str> {
        let facts = still.facts();
        let egress = Egress {
            kind: EgressKind::Still,
            class: told.class.to_owned(),
            camera: Some(told.camera.clone()),
            fields: facts.fields,
            bytes: facts.bytes,
            policy_digest: told.policy_digest,
            purpose: Some(told.purpose.to_owned()).filter(|purpose| is_name(purpose)),
            recipient: told.recipient,
            commitment: facts.commitment,
            sequence: None,
            picture: Some(EgressPicture {
                width_px: u64::from(facts.width_px),
                height_px: u64::from(facts.height_px),
                covered_permille: facts.covered_permille,
            }),
        };
        log.leave(vec![egress.clone()])?;
        let mut opened = self.0.lock();
        while opened.len() >= REMEMBERED_MAX {
            opened.pop_front();
        }
        opened.push_back((told.request, egress));
        Ok(())
    }

    /// Writes that the still of this request was not sent after all.
    pub(crate) fn withdraw(&self, log: &BoxLog, request: &[u8; 16]) {
        let mut opened = self.0.lock();
        let at = opened.iter().position(|(of, _)| of == request);
        if let Some((_, egress)) = at.and_then(|at| opened.remove(at)) {
            let withdrawn = Egress { kind: EgressKind::StillWithdrawn, ..egress };
            // Nothing leaves, written or not.
            let _refused = log.leave(vec![withdrawn]);
        }
    }
}
