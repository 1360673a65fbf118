//! Whether a camera may be analysed now, and which rule says no.

use velum_policy::sections::Status;
use velum_policy::{CameraPolicy, ResolvedPolicy};
use velum_vocab::{CameraId, CoverageState, Timestamp};

/// What the policy makes of a camera now. Only `Active` lets anything out but health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CameraPermission {
    /// It may be analysed, and told of.
    Active,
    /// No policy is installed.
    NoPolicy,
    /// The policy does not name the camera.
    CameraNotNamed,
    /// The policy is a draft.
    Draft,
    /// The policy is suspended.
    Suspended,
    /// The policy is retired.
    Retired,
    /// The policy does not hold yet.
    NotYetEffective,
    /// The policy's review is overdue.
    ReviewOverdue,
    /// The policy has expired.
    Expired,
    /// The authorisation has lapsed.
    Unauthorised,
    /// A waiver has ended without which a rule refuses the policy.
    WaiverEnded,
    /// No window of the site's schedule is open.
    OutOfSchedule,
    /// The clock went back.
    UntrustedTime,
    /// People paused the camera.
    Paused,
}

impl CameraPermission {
    /// Whether the camera may be analysed, and told of.
    pub fn is_active(self) -> bool {
        self == Self::Active
    }

    /// The rule that decided, as in [`crate::Withheld::rule`].
    pub fn rule(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NoPolicy => "no_policy",
            Self::CameraNotNamed => "camera",
            Self::Draft | Self::Suspended | Self::Retired => "status",
            Self::NotYetEffective => "effective_from",
            Self::ReviewOverdue => "review_by",
            Self::Expired => "expires",
            Self::Unauthorised => "authorisation",
            Self::WaiverEnded => "waiver",
            Self::OutOfSchedule => "schedule",
            Self::UntrustedTime => "trusted_time",
            Self::Paused => "paused",
        }
    }

    /// In plain words, with what to do.
    pub fn words(self) -> &'static str {
        match self {
            Self::Active => "the policy allows it now",
            Self::NoPolicy => "no valid policy is installed; install one that two approvers signed",
            Self::CameraNotNamed => "the policy does not name the camera; add a table `[camera.NAME]`",
            Self::Draft => "the policy is a draft; write `status = \"active\"` and have it signed",
            Self::Suspended => "the policy is suspended",
            Self::Retired => "the policy is retired",
            Self::NotYetEffective => "the policy does not hold yet; see `policy.effective_from`",
            Self::ReviewOverdue => {
                "the policy's review is overdue; review the need and move `policy.review_by`"
            }
            Self::Expired => "the policy has expired; review the need and have a new version signed",
            Self::Unauthorised => "the authorisation has lapsed; see `legal.authorisation.valid_until`",
            Self::WaiverEnded => {
                "a waiver has ended; mend what it waived, or have it renewed: see `velum policy lint`"
            }
            Self::OutOfSchedule => "no window of the site's schedule is open",
            Self::UntrustedTime => {
                "the clock went back; set it right, it is trusted again once it has caught up"
            }
            Self::Paused => {
                "people paused the camera; it goes on by itself, or with `velum-edge resume`, or, where the hub suspended it, once an \
                 administrator resumes it on the page *Boxes*"
            }
        }
    }

    /// The date of the policy that decided, in UTC; none where no date did.
    pub fn date(self, policy: &ResolvedPolicy) -> Option<String> {
        match self {
            Self::NotYetEffective => Some(policy.effective_from.to_string()),
            Self::ReviewOverdue => Some(policy.review_by.to_string()),
            Self::Expired => Some(policy.expires.to_string()),
            Self::WaiverEnded => policy.waived_until.map(|end| end.to_string()),
            _ => None,
        }
    }

    /// What the time of such a camera counts as.
    pub fn coverage_state(self) -> CoverageState {
        match self {
            Self::Active => CoverageState::Analysed,
            Self::OutOfSchedule => CoverageState::OutOfSchedule,
            Self::UntrustedTime => CoverageState::UntrustedTime,
            Self::Suspended | Self::Paused => CoverageState::Paused,
            _ => CoverageState::NoPolicy,
        }
    }
}

/// The moment in the calendar's terms; none outside the years -9999 to 9999.
pub(crate) fn calendar(moment: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_microsecond(moment.unix_micros()).ok()
}

/// Whether the policy as a whole is in force at the moment.
pub(crate) fn of_policy(policy: &ResolvedPolicy, moment: Timestamp) -> CameraPermission {
    let Some(moment) = calendar(moment) else { return CameraPermission::UntrustedTime };
    match policy.status {
        Status::Draft => CameraPermission::Draft,
        Status::Suspended => CameraPermission::Suspended,
        Status::Retired => CameraPermission::Retired,
        Status::Active if moment < policy.effective_from => CameraPermission::NotYetEffective,
        Status::Active if moment >= policy.expires => CameraPermission::Expired,
        Status::Active if moment >= policy.review_by => CameraPermission::ReviewOverdue,
        Status::Active if !policy.authorised(moment) => CameraPermission::Unauthorised,
        Status::Active if policy.waived_until.is_some_and(|end| moment >= end) => {
            CameraPermission::WaiverEnded
        }
        Status::Active => CameraPermission::Active,
    }
}

/// Whether the camera may be told of at the moment, and what applies to it.
pub(crate) fn of_camera<'p>(
    policy: &'p ResolvedPolicy,
    camera: &CameraId,
    moment: Timestamp,
) -> Result<&'p CameraPolicy, CameraPermission> {
    match of_policy(policy, moment) {
        CameraPermission::Active => {}
        refused => return Err(refused),
    }
    let named = policy.cameras.get(camera.as_str()).ok_or(CameraPermission::CameraNotNamed)?;
    match calendar(moment) {
        Some(moment) if named.scheduled(moment) => Ok(named),
        _ => Err(CameraPermission::OutOfSchedule),
    }
}
