//! Policies that the hub hands over: judged by the box's program, one at a time, and answered once each.
//!
//! Invariant: nothing of a policy is believed here; an answer tells the hub what became of it, and no more.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::task::JoinSet;
use velum_proto::v1::policy_receipt::Outcome;
use velum_proto::v1::{BoxMessage, PolicyReceipt, SignedPolicy, box_message};

/// As the protocol says.
const REASON_CHARS: usize = 1_000;
/// Offers that may wait to be judged, or to be answered; a hub that sends more is not answered.
const WAITING: usize = 4;

/// What became of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyTaken {
    /// It is in force.
    InForce,
    /// It waits for its day.
    Waits,
}

/// Who judges a policy: the box's program.
pub trait PolicyDesk: Send + Sync + 'static {
    /// Takes the policy, or refuses it. Called on a thread that may wait for the disk, one at a time.
    ///
    /// # Errors
    /// Why it is refused, in words; they travel to the hub.
    fn offered(&self, policy_json: &str, opinion_json: Option<&str>) -> Result<PolicyTaken, String>;
}

/// The offers of one connection.
#[derive(Default)]
pub(crate) struct PolicyLane {
    desk: Option<Arc<dyn PolicyDesk>>,
    judging: JoinSet<PolicyReceipt>,
    receipts: VecDeque<PolicyReceipt>,
}

impl PolicyLane {
    pub(crate) fn new(desk: Option<Arc<dyn PolicyDesk>>) -> Self {
        Self { desk, ..Self::default() }
    }

    /// Has an offer judged.
    pub(crate) fn hear(&mut self, offer: SignedPolicy) {
        let waiting = self.judging.len().saturating_add(self.receipts.len());
        let Some(desk) = self.desk.clone().filter(|_| waiting < WAITING) else { return };
        self.judging.spawn_blocking(move || judge(desk.as_ref(), &offer));
    }

    /// Waits until one more is judged.
    pub(crate) async fn judged(&mut self) {
        match self.judging.join_next().await {
            Some(Ok(receipt)) => self.receipts.push_back(receipt),
            Some(Err(error)) => tracing::error!(%error, "a policy from the hub was not judged to the end"),
            None => std::future::pending().await,
        }
    }

    pub(crate) fn has_receipt(&self) -> bool {
        !self.receipts.is_empty()
    }

    /// The next receipt to send.
    pub(crate) fn next_receipt(&mut self) -> Option<BoxMessage> {
        let receipt = self.receipts.pop_front()?;
        Some(BoxMessage { message: Some(box_message::Message::PolicyReceipt(receipt)) })
    }
}

fn judge(desk: &dyn PolicyDesk, offer: &SignedPolicy) -> PolicyReceipt {
    let judged = desk.offered(&offer.policy_json, offer.opinion_json.as_deref());
    let outcome = match &judged {
        Ok(PolicyTaken::InForce) => Outcome::InForce,
        Ok(PolicyTaken::Waits) => Outcome::Waits,
        Err(_) => Outcome::Refused,
    };
    let reason = judged.err().unwrap_or_default();
    let reason = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_CHARS).collect();
    PolicyReceipt { digest: offer.digest.clone(), outcome: outcome.into(), reason }
}
