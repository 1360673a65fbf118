//! What a box says of itself each minute, for all of its cameras: which rules ran, and whether it saw and masked.
//!
//! It has no personal data of the public. Counts of events tell of people as far as events that left did; regions that
//! were masked are not counted, for they would tell who was there where no event does.

mod line;

use std::collections::BTreeMap;

use velum_vocab::{CameraId, Digest, Timestamp};

use crate::audit::{AuditError, text};
use crate::order::choice;
pub(crate) use line::AttestationLine;

/// So long after the attestation before there must be another; a longer gap is a finding.
pub const LONGEST_GAP_SECS: i64 = 120;
/// A lapse of masking: the box did not look at itself for a while. An attestation that says so vouches for nothing.
pub const LATE_LOOK: &str = "late_look";
/// More cameras do not fit into one line for certain.
const MOST_CAMERAS: usize = 16;
/// More entries of one map are not written.
const MOST: usize = 64;

choice!(
    /// For how much of the time something held.
    Share {
        /// At no look.
        None = "none",
        /// At some looks.
        Part = "part",
        /// At all looks, and none was missed.
        All = "all",
    }
);

choice!(
    /// Whether a still could have been made, masked and verified.
    Masking {
        /// At no look.
        None = "none",
        /// At some looks.
        Part = "part",
        /// At all looks: the detector fresh, the verifier at hand, the drawn face and person found.
        All = "all",
        /// The policy allows no picture of the camera: no frame is held for one, and there is nothing to mask.
        NoPictures = "no_pictures",
    }
);

choice!(
    /// What a camera may do, by the policy.
    CameraStanding {
        /// All that the policy says.
        Active = "active",
        /// Events only: pictures cannot be masked and verified now.
        MetadataOnly = "metadata_only",
        /// People paused it.
        Paused = "paused",
        /// The policy is suspended, its review or authorisation is overdue, or no window of the schedule is open.
        Suspended = "suspended",
        /// The policy has expired or was retired.
        Expired = "expired",
        /// The clock went back.
        UntrustedTime = "untrusted_time",
        /// No policy that names the camera is in force.
        NoPolicy = "no_policy",
    }
);

/// A policy that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// SHA-256 of it.
    pub digest: Digest,
    /// Its version.
    pub version: String,
}

/// The program that attests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Software {
    /// Its version.
    pub version: String,
    /// SHA-256 of the file that runs, as the program itself measured it at its start; no other machinery (TPM) vouches
    /// for it.
    pub executable: Option<Digest>,
}

/// One camera in one attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraAttested {
    /// At the end.
    pub state: CameraStanding,
    /// All that there were, in their order of privacy, none twice.
    pub states: Vec<CameraStanding>,
    /// Whether the rules saw it: frames came, fast enough, neither dark nor frozen.
    pub analysed: Share,
    /// What its time was spent on, by the names of coverage.
    pub coverage: Vec<String>,
    /// Whether people had paused it.
    pub paused: Share,
    /// Whether pictures could be masked.
    pub masking: Masking,
    /// Why they could not, by the codes of missing stills.
    pub lapses: Vec<String>,
    /// Frames decoded, analysed, and dropped.
    pub frames: [u64; 3],
    /// Events that the gate let out and that tell their camera, by class.
    pub events: BTreeMap<String, u64>,
    /// Redacted stills kept, and handed over.
    pub stills: [u64; 2],
}

/// What a box says of the time since it last said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// From when on it counts; whole seconds.
    pub from: Timestamp,
    /// Up to when. Earlier than `from` where the clock was set back in between.
    pub until: Timestamp,
    /// The policies that were installed, in their order.
    pub policies: Vec<Installed>,
    /// Whether the policy was in force, before any camera is asked about.
    pub in_force: Share,
    /// The country packs that the program has.
    pub packs: Option<String>,
    /// SHA-256 of the models that were open, by what they are for: `detector`, `density`, `redaction`, `verifier`.
    pub models: BTreeMap<String, Vec<Digest>>,
    /// The program.
    pub software: Software,
    /// Where the time comes from.
    pub time_source: String,
    /// Whether the gate trusted it at all looks.
    pub time_trusted: bool,
    /// Attestations that could not be written before this one.
    pub missed: u64,
    /// How often the drawn face and person were found by all models, and how often not.
    pub canaries: [u64; 2],
    /// Events that the gate let out and that do not tell their camera, by class.
    pub events: BTreeMap<String, u64>,
    /// What the gate withheld on all cameras, by the rule; of a whole hour, once that is over.
    pub withheld: BTreeMap<String, u64>,
    /// Each camera.
    pub cameras: BTreeMap<CameraId, CameraAttested>,
}

impl Attestation {
    /// One for each so many cameras. What is of the whole box stands in the first.
    pub(crate) fn in_parts(mut self) -> Vec<Self> {
        let mut parts = Vec::new();
        while self.cameras.len() > MOST_CAMERAS {
            let next = self.cameras.keys().nth(MOST_CAMERAS).cloned();
            let rest = next.map(|next| self.cameras.split_off(&next)).unwrap_or_default();
            let (canaries, events, withheld) = ([0; 2], BTreeMap::new(), BTreeMap::new());
            let remaining = Self { canaries, events, withheld, cameras: rest, ..self.clone() };
            parts.push(std::mem::replace(&mut self, remaining));
        }
        parts.push(self);
        parts
    }

    /// Whether it may be logged.
    ///
    /// # Errors
    /// [`AuditError::Text`].
    pub(crate) fn check(&self) -> Result<(), AuditError> {
        text::name("packs", self.packs.as_deref())?;
        text::name("software", Some(&self.software.version))?;
        text::name("time_source", Some(&self.time_source))?;
        text::count("missed", Some(self.missed))?;
        names("policies", self.policies.iter().map(|installed| &installed.version))?;
        names("models", self.models.keys())?;
        counts("events", &self.events)?;
        counts("withheld", &self.withheld)?;
        for count in self.canaries {
            text::count("canaries", Some(count))?;
        }
        self.cameras.values().try_for_each(CameraAttested::check)
    }
}

impl CameraAttested {
    fn check(&self) -> Result<(), AuditError> {
        counts("events", &self.events)?;
        names("coverage", self.coverage.iter())?;
        names("lapses", self.lapses.iter())?;
        for count in self.frames.iter().chain(&self.stills) {
            text::count("frames", Some(*count))?;
        }
        Ok(())
    }
}

fn names<'n>(field: &'static str, names: impl Iterator<Item = &'n String>) -> Result<(), AuditError> {
    let mut number = 0;
    for name in names {
        number += 1;
        text::name(field, Some(name))?;
    }
    if number <= MOST {
        return Ok(());
    }
    Err(AuditError::Text { field, reason: format!("has at most {MOST} names, found {number}") })
}

fn counts(field: &'static str, counts: &BTreeMap<String, u64>) -> Result<(), AuditError> {
    names(field, counts.keys())?;
    counts.values().try_for_each(|count| text::count(field, Some(*count)))
}
