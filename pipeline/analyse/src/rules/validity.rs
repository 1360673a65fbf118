//! Whether a rule could see well enough to be believed, step by step: for whoever commissions it.

use velum_vocab::ZoneId;

/// The background, or the first seconds of a count, are still being learnt.
pub(crate) const LEARNING: &str = "learning";
/// As the explanations of observations name it.
pub(crate) const TOO_DENSE: &str = "too_dense";
pub(crate) const CAMERA_MOVED: &str = "camera_moved";
pub(crate) const PEOPLE_TOO_SMALL: &str = "people_too_small";

/// How a rule stood in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleValidity {
    /// In which zone.
    pub zone: ZoneId,
    /// `abandoned_object`, `crowd_density` or `crowd_movement`, as events name it.
    pub rule: &'static str,
    /// Why it could not be believed; none where it could.
    pub doubt: Option<&'static str>,
}
