//! What matters of a policy to whoever reads: who may read what, how events are classed, and whether the policy holds.

use std::collections::{BTreeMap, BTreeSet};

use velum_policy::order::AtLeast;
use velum_policy::sections::{
    Document, EventClass, HumanReview, Identifiable, Imagery, Recipient, RecipientRegime, Regime, Status,
};
use velum_policy::{ResolvedPolicy, VerifiedPolicy};

/// The part of a policy that decides about reading.
#[derive(Debug, Clone)]
pub struct Terms {
    id: String,
    digest: [u8; 32],
    pub(crate) regime: Regime,
    pub(crate) status: Status,
    begins_unix_ms: i64,
    pub(crate) expires_unix_ms: i64,
    /// Whose control room it is.
    pub(crate) controller: String,
    pub(crate) recipients: Vec<Recipient>,
    classes: BTreeMap<String, EventClass>,
    time_bin_ms: Option<i64>,
    min_group: u32,
    second_reviewer_for: BTreeSet<String>,
    reviewers: u32,
}

impl Terms {
    /// Of a policy with its signatures.
    pub fn of(policy: &VerifiedPolicy) -> Self {
        Self::of_parts(policy.file().document(), policy.resolved(), policy.digest())
    }

    /// Of a policy that nobody need have signed: to look at one, not to show anybody anything under it.
    pub fn of_parts(document: &Document, resolved: &ResolvedPolicy, digest: [u8; 32]) -> Self {
        let oversight = document.human_oversight.as_ref();
        let bin_ms = |AtLeast(bin): AtLeast<velum_policy::PolicyDuration>| {
            i64::try_from(bin.get().as_millis()).ok().filter(|bin| *bin > 0)
        };
        let bins: Option<Vec<i64>> =
            resolved.cameras.values().map(|camera| bin_ms(camera.aggregation.time_bin)).collect();
        Self {
            id: resolved.id.clone(),
            digest,
            regime: resolved.regime,
            status: resolved.status,
            begins_unix_ms: resolved.effective_from.as_millisecond(),
            expires_unix_ms: resolved.expires.as_millisecond(),
            controller: document.controller.name.clone(),
            recipients: document.recipient.clone(),
            classes: resolved.events.clone(),
            time_bin_ms: bins.and_then(|bins| bins.into_iter().max()),
            min_group: resolved
                .cameras
                .values()
                .map(|camera| camera.aggregation.min_group.0)
                .max()
                .unwrap_or(0),
            second_reviewer_for: oversight
                .map(|oversight| oversight.second_reviewer_for.iter().cloned().collect())
                .unwrap_or_default(),
            reviewers: oversight.and_then(|oversight| oversight.reviewers).unwrap_or(1),
        }
    }

    /// The policy's id, the same in all of its versions.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// SHA-256 of the version that decides.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Under which law.
    pub fn regime(&self) -> Regime {
        self.regime
    }

    /// The coarsest `aggregation.time_bin` of its cameras; none where a camera has no bin.
    pub fn time_bin_ms(&self) -> Option<i64> {
        self.time_bin_ms
    }

    /// The largest `aggregation.min_group` of its cameras.
    pub fn min_group(&self) -> u32 {
        self.min_group
    }

    /// Whether the day of this version has come.
    pub fn has_begun(&self, now_unix_ms: i64) -> bool {
        self.begins_unix_ms <= now_unix_ms
    }

    /// Whether the policy may still be acted on.
    pub(crate) fn is_in_force(&self, now_unix_ms: i64) -> bool {
        self.status == Status::Active && now_unix_ms < self.expires_unix_ms
    }

    /// Whether a recipient works in the control room itself: for the controller, under the policy's own law, and
    /// not as another's processor nor by a disclosure. All others are beyond it.
    pub fn is_inside(&self, recipient: &Recipient) -> bool {
        recipient.organisation == self.controller
            && recipient.processor.is_none()
            && recipient.disclosure.is_none()
            && is_of_regime(recipient.regime, self.regime)
    }

    /// Whether a recipient reads nothing but what people have reviewed: one beyond the control room, under LED.
    pub(crate) fn keeps_to_reviewed(&self, recipient: &Recipient) -> bool {
        self.regime == Regime::Led && !self.is_inside(recipient)
    }

    /// The recipients of a role.
    pub fn recipients_of<'t>(&'t self, role: &'t str) -> impl Iterator<Item = &'t Recipient> {
        self.recipients.iter().filter(move |recipient| recipient.role == role)
    }

    /// Whether an event of this class may go beyond the control room only after a person looked at it. A class that
    /// the policy does not know is owed a review.
    pub(crate) fn needs_review(&self, class: &str) -> bool {
        match (self.regime, self.classes.get(class).map(|class| class.human_review)) {
            (_, None) => true,
            (_, Some(HumanReview::Done | HumanReview::NotApplicable)) => false,
            (_, Some(HumanReview::BeforeTransmission)) | (Regime::Led, Some(HumanReview::BeforeAction)) => {
                true
            }
            (Regime::Gdpr, Some(HumanReview::BeforeAction)) => false,
        }
    }

    pub(crate) fn has_imagery(&self, class: &str) -> bool {
        self.classes.get(class).is_some_and(|class| class.imagery == Imagery::RedactedStill)
    }

    pub(crate) fn is_aggregate(&self, class: &str) -> bool {
        self.classes.get(class).is_some_and(|class| class.identifiable == Identifiable::Aggregate)
    }

    /// How many people must say the same of an alert of this class, before this action.
    pub fn reviewers(&self, class: &str, action: &str) -> u32 {
        let named = self.second_reviewer_for.contains(class) || self.second_reviewer_for.contains(action);
        if named { self.reviewers.max(2) } else { self.reviewers.max(1) }
    }

    /// The class under which an alert of this class is read once people have reviewed it: that of what was confirmed,
    /// where the policy has one.
    pub fn reviewed_class<'t>(&'t self, class: &'t str) -> &'t str {
        self.confirmed_class(class).unwrap_or(class)
    }

    fn confirmed_class(&self, class: &str) -> Option<&str> {
        let stem = class.strip_suffix("_alert").or_else(|| class.strip_suffix("_level"))?;
        let confirmed = self.classes.get_key_value(&format!("{stem}_confirmed"))?;
        (confirmed.1.human_review == HumanReview::Done).then_some(confirmed.0.as_str())
    }
}

/// Whether a recipient may be one of a policy under this law. Open data is made of statistics of GDPR policies.
pub fn is_of_regime(recipient: RecipientRegime, policy: Regime) -> bool {
    matches!(
        (recipient, policy),
        (RecipientRegime::Gdpr | RecipientRegime::Public, Regime::Gdpr) | (RecipientRegime::Led, Regime::Led)
    )
}
