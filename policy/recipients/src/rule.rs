//! Why something is not shown.

/// Why something is not shown. Later ones come nearer to showing: of several reasons the latest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The hub has no policy of that digest.
    PolicyUnknown,
    /// The recipients of the policy cannot be compiled.
    PolicyRefused,
    /// The policy has expired, or is not active.
    PolicyNotInForce,
    /// The person has no role of a recipient of the policy.
    NoRecipient,
    /// The recipient, or this hub, is under another law.
    Regime,
    /// The class is not among the recipient's events.
    EventClass,
    /// The purpose is none of the recipient's.
    Purpose,
    /// It is older than the recipient may read.
    MaxAge,
    /// Nobody reviewed it, and the recipient is beyond the control room.
    Unreviewed,
    /// The recipient may not take it out.
    Export,
    /// The recipient may see no pictures.
    Imagery,
    /// It needs a reason.
    Justification,
    /// The recipient has no fields.
    Fields,
    /// Cedar could not decide.
    DecisionFailed,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 14] = [
        Self::PolicyUnknown,
        Self::PolicyRefused,
        Self::PolicyNotInForce,
        Self::NoRecipient,
        Self::Regime,
        Self::EventClass,
        Self::Purpose,
        Self::MaxAge,
        Self::Unreviewed,
        Self::Export,
        Self::Imagery,
        Self::Justification,
        Self::Fields,
        Self::DecisionFailed,
    ];

    /// In logs and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::PolicyUnknown => "policy_unknown",
            Self::PolicyRefused => "policy_refused",
            Self::PolicyNotInForce => "policy_not_in_force",
            Self::NoRecipient => "no_recipient",
            Self::Regime => "regime",
            Self::EventClass => "event_class",
            Self::Purpose => "recipient_purpose",
            Self::MaxAge => "max_age",
            Self::Unreviewed => "unreviewed",
            Self::Export => "export",
            Self::Imagery => "recipient_imagery",
            Self::Justification => "justification",
            Self::Fields => "fields",
            Self::DecisionFailed => "decision_failed",
        }
    }
}
