//! Who answers requests for stills: judged again, logged, and only then opened.

use velum_event::{EventKind, StillOrder};
use velum_gate::{Releasable, StillAsked};
use velum_outbox::{OpenStill, OutboxError};
use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_uplink::{StillDesk, StillWish};
use velum_vocab::{CameraId, Digest};

use super::Archive;
use crate::attest::{StillLeaving, StillManifest};

/// The desk of one box.
pub(crate) struct Desk {
    archive: Archive,
    /// The hub that asks.
    recipient: String,
    manifest: StillManifest,
}

impl Desk {
    /// At this archive, for this hub.
    pub(crate) fn at(archive: Archive, recipient: String) -> Self {
        Self { archive, recipient, manifest: StillManifest::default() }
    }

    /// Judged by the policy of this moment.
    fn judge(&self, wish: &StillWish) -> Result<(CameraId, EventKind, Releasable<StillAsked>), &'static str> {
        let archive = &self.archive;
        let facts = archive.outbox.still_facts(wish.event).ok_or_else(|| archive.reasons.of(wish.event))?;
        let (camera, kind) = (facts.camera.clone(), facts.kind);
        archive.board.may_give_out(&camera)?;
        let asked = StillAsked {
            event: wish.event,
            camera: facts.camera,
            kind: facts.kind,
            captured_at: facts.captured_at,
            redaction_terms: facts.redaction_terms,
            operator: wish.operator.clone(),
            purpose: wish.purpose.clone(),
            justification: wish.justification.clone(),
            expires_at: wish.expires_at,
        };
        let released = archive.gate.judge(asked).map_err(|withheld| withheld.rule())?;
        Ok((camera, kind, released))
    }

    fn decide(&self, wish: &StillWish) -> Result<OpenStill, &'static str> {
        let archive = &self.archive;
        let (camera, kind, released) = self.judge(wish)?;
        let policy_digest = released.policy_digest();
        let still = archive.outbox.open_still(StillOrder::of(released)).map_err(|error| {
            tracing::error!(%error, "a still that was asked for cannot be opened");
            match error {
                OutboxError::NoStill => "no_still",
                _ => "still_unreadable",
            }
        })?;
        // The last thing before the bytes leave: without the entry they do not.
        let mut entry = self.entry(wish, Outcome::Allowed, Some(&camera), policy_digest);
        entry.bytes = u64::try_from(still.picture_bytes()).ok();
        archive.log.append(entry)?;
        let leaving = StillLeaving {
            request: wish.request_id,
            camera: &camera,
            class: kind.class(),
            purpose: &wish.purpose,
            recipient: self.recipient.clone(),
            policy_digest,
        };
        self.manifest.leave(&archive.log, &still, leaving)?;
        archive.metrics.tally.still_sent(&camera);
        Ok(still)
    }

    fn refuse(&self, wish: &StillWish, rule: &'static str) {
        self.archive.metrics.stills.refused(rule);
        let camera = self.archive.outbox.still_facts(wish.event).map(|facts| facts.camera);
        let denied = Outcome::Denied { rule: rule.to_owned() };
        let entry = self.entry(wish, denied, camera.as_ref(), self.archive.gate.policy_digest());
        // Nothing leaves, logged or not; the log has said by itself what is wrong with it.
        let _refused = self.archive.log.append(entry);
    }

    fn entry(
        &self,
        wish: &StillWish,
        outcome: Outcome,
        camera: Option<&CameraId>,
        policy_digest: Option<Digest>,
    ) -> Entry {
        let mut entry = Entry::new(Operation::Disclosure, Subject::Still(wish.event), outcome);
        entry.camera = camera.cloned();
        entry.operator = Some(wish.operator.clone());
        entry.recipient = Some(wish.operator.clone());
        entry.purpose = Some(wish.purpose.clone());
        entry.justification = Some(wish.justification.clone());
        entry.reference = Some(crate::local::order_text(wish.request_id));
        entry.regime = self.archive.gate.policy().map(|policy| policy.resolved().regime);
        entry.policy_digest = policy_digest;
        entry.records = Some(1);
        entry
    }
}

impl StillDesk for Desk {
    fn answer(&self, wish: &StillWish) -> Result<OpenStill, &'static str> {
        let decided = self.decide(wish);
        match &decided {
            Ok(_) => self.archive.metrics.stills.released(),
            Err(rule) => self.refuse(wish, rule),
        }
        decided
    }

    fn still_allowed(&self, wish: &StillWish) -> Result<(), &'static str> {
        self.judge(wish).map(|_| ())
    }

    fn withdrawn(&self, wish: &StillWish, rule: &'static str) {
        self.manifest.withdraw(&self.archive.log, &wish.request_id);
        self.refuse(wish, rule);
    }
}
