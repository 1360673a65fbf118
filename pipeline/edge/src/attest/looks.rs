//! What was looked at each second since the last attestation, and what may be said of all of that time.

use std::collections::{BTreeMap, BTreeSet};

use velum_gate::CameraPermission;
use velum_policy::audit::{CameraAttested, CameraStanding, Installed, LATE_LOOK, Masking, Share};
use velum_vocab::{CameraId, CoverageState, Timestamp};

use super::tally::CameraSums;
use crate::stills::Arming;

/// Between two looks lies about a second. After a longer time than this nobody knows what was in between.
pub(super) const LONGEST_LOOK_SECS: f64 = 5.0;
/// A camera that said nothing for longer is not taken to be in its last state any more.
const LONGEST_SILENCE_SECS: f64 = 30.0;

/// One look at the box.
pub(super) struct Look {
    pub(super) now: Timestamp,
    pub(super) policy: Option<Installed>,
    pub(super) standing: CameraPermission,
    pub(super) is_trusted: bool,
    pub(super) cameras: BTreeMap<CameraId, CameraLook>,
}

/// One look at a camera.
pub(super) struct CameraLook {
    pub(super) permission: CameraPermission,
    /// What its time is spent on, where it said so since the last look.
    pub(super) state: Option<CoverageState>,
    pub(super) arming: Arming,
}

/// All looks since the last attestation.
pub(super) struct Looks {
    pub(super) count: u64,
    pub(super) policies: Vec<Installed>,
    in_force: u64,
    pub(super) is_trusted: bool,
    /// Whether one came too late, or the clock was set back.
    was_late: bool,
    cameras: BTreeMap<CameraId, CameraLooks>,
    last: Timestamp,
}

#[derive(Default)]
struct CameraLooks {
    analysed: u64,
    paused: u64,
    armed: u64,
    no_pictures: u64,
    lapses: BTreeSet<&'static str>,
    states: BTreeSet<CameraStanding>,
    state: Option<CameraStanding>,
    /// When it last said what its time is spent on, and what.
    told: Option<(Timestamp, CoverageState)>,
}

impl Looks {
    /// Nothing was looked at since then.
    pub(super) fn since(last: Timestamp) -> Self {
        Self {
            count: 0,
            policies: Vec::new(),
            in_force: 0,
            is_trusted: true,
            was_late: false,
            cameras: BTreeMap::new(),
            last,
        }
    }

    /// The next attestation begins; how fresh the cameras' words are is carried over.
    pub(super) fn next(&self) -> Self {
        let told = |looks: &CameraLooks| CameraLooks { told: looks.told, ..CameraLooks::default() };
        let cameras = self.cameras.iter().map(|(camera, looks)| (camera.clone(), told(looks))).collect();
        Self { cameras, ..Self::since(self.last) }
    }

    pub(super) fn add(&mut self, look: Look) {
        let since = look.now.secs_since(self.last);
        self.was_late |= !(0.0..=LONGEST_LOOK_SECS).contains(&since);
        self.last = look.now;
        self.count += 1;
        self.is_trusted &= look.is_trusted;
        self.in_force += u64::from(look.standing.is_active());
        if let Some(policy) = look.policy.filter(|policy| self.policies.last() != Some(policy)) {
            self.policies.push(policy);
        }
        for (camera, one) in look.cameras {
            self.cameras.entry(camera).or_default().add(one, look.now);
        }
    }

    pub(super) fn in_force(&self) -> Share {
        self.share(self.in_force)
    }

    fn share(&self, looks: u64) -> Share {
        match looks {
            0 => Share::None,
            all if all == self.count && !self.was_late => Share::All,
            _ => Share::Part,
        }
    }

    /// What may be said of a camera; none of one that was never looked at.
    pub(super) fn camera(&self, camera: &CameraId, sums: &CameraSums) -> Option<CameraAttested> {
        let looks = self.cameras.get(camera)?;
        let mut analysed = self.share(looks.analysed);
        if sums.coverage.iter().any(|state| *state != CoverageState::Analysed) {
            analysed = analysed.min(Share::Part);
        }
        let masking = match self.share(looks.armed) {
            Share::All => Masking::All,
            Share::Part => Masking::Part,
            Share::None if looks.no_pictures == self.count => Masking::NoPictures,
            Share::None => Masking::None,
        };
        let mut lapses: Vec<_> = looks.lapses.iter().map(|code| (*code).to_owned()).collect();
        if self.was_late {
            lapses.push(LATE_LOOK.to_owned());
        }
        Some(CameraAttested {
            state: looks.state?,
            states: looks.states.iter().copied().collect(),
            analysed,
            coverage: sums.coverage.iter().map(|state| state.name().to_owned()).collect(),
            paused: self.share(looks.paused),
            masking,
            lapses,
            frames: sums.frames,
            events: sums.events.clone(),
            stills: sums.stills,
        })
    }
}

impl CameraLooks {
    fn add(&mut self, look: CameraLook, now: Timestamp) {
        let CameraLook { permission, state, arming } = look;
        if let Some(state) = state {
            self.told = Some((now, state));
        }
        let is_analysed = self.told.is_some_and(|(at, state)| {
            state == CoverageState::Analysed && (0.0..=LONGEST_SILENCE_SECS).contains(&now.secs_since(at))
        });
        self.analysed += u64::from(is_analysed && permission.is_active());
        self.paused += u64::from(permission == CameraPermission::Paused);
        match &arming {
            _ if !permission.is_active() => {
                self.lapses.insert(permission.rule());
            }
            Arming::Armed => self.armed += 1,
            Arming::NoPictures => self.no_pictures += 1,
            Arming::Lapsed(reasons) => self.lapses.extend(reasons),
        }
        let standing = standing_of(permission, &arming);
        self.states.insert(standing);
        self.state = Some(standing);
    }
}

/// One of the seven states.
fn standing_of(permission: CameraPermission, arming: &Arming) -> CameraStanding {
    match permission {
        CameraPermission::Active if matches!(arming, Arming::Lapsed(_)) => CameraStanding::MetadataOnly,
        CameraPermission::Active => CameraStanding::Active,
        CameraPermission::Paused => CameraStanding::Paused,
        CameraPermission::Suspended
        | CameraPermission::ReviewOverdue
        | CameraPermission::Unauthorised
        | CameraPermission::WaiverEnded
        | CameraPermission::OutOfSchedule => CameraStanding::Suspended,
        CameraPermission::Expired | CameraPermission::Retired => CameraStanding::Expired,
        CameraPermission::UntrustedTime => CameraStanding::UntrustedTime,
        CameraPermission::NoPolicy
        | CameraPermission::CameraNotNamed
        | CameraPermission::Draft
        | CameraPermission::NotYetEffective => CameraStanding::NoPolicy,
    }
}
