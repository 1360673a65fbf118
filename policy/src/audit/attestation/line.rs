//! An attestation as it is written: every object's keys in alphabetical order, all of them always there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use velum_vocab::{CameraId, Digest, Timestamp};

use super::{Attestation, CameraAttested, CameraStanding, Installed, Masking, Share, Software};
use crate::audit::entry::{Content, Record};
use crate::audit::line::VERSION;
use crate::audit::{AuditError, note, text};

/// The fields in the order of RFC 8785.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttestationLine {
    cameras: BTreeMap<String, CameraLine>,
    canaries_failed: u64,
    canaries_passed: u64,
    events: BTreeMap<String, u64>,
    from: String,
    in_force: String,
    kind: String,
    missed: u64,
    models: BTreeMap<String, Vec<String>>,
    number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    packs: Option<String>,
    policies: Vec<InstalledLine>,
    pub(crate) prev: String,
    software: SoftwareLine,
    time: String,
    time_source: String,
    time_trusted: bool,
    until: String,
    v: u8,
    withheld: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CameraLine {
    analysed: String,
    coverage: Vec<String>,
    events: BTreeMap<String, u64>,
    frames_analysed: u64,
    frames_decoded: u64,
    frames_dropped: u64,
    masking: String,
    masking_lapses: Vec<String>,
    paused: String,
    state: String,
    states: Vec<String>,
    stills_kept: u64,
    stills_sent: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstalledLine {
    digest: String,
    version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SoftwareLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    executable: Option<String>,
    version: String,
}

impl AttestationLine {
    pub(crate) fn of(
        number: u64,
        written: Timestamp,
        said: &Attestation,
        prev: Digest,
    ) -> Result<Self, AuditError> {
        let time = |at| text::time(at).ok_or(AuditError::Clock);
        let hex = |digests: &Vec<Digest>| digests.iter().map(Digest::to_string).collect();
        Ok(Self {
            cameras: said.cameras.iter().map(|(id, said)| (id.to_string(), CameraLine::of(said))).collect(),
            canaries_failed: said.canaries[1],
            canaries_passed: said.canaries[0],
            events: said.events.clone(),
            from: time(said.from)?,
            in_force: said.in_force.name().to_owned(),
            kind: "attestation".to_owned(),
            missed: said.missed,
            models: said.models.iter().map(|(role, digests)| (role.clone(), hex(digests))).collect(),
            number,
            packs: said.packs.clone(),
            policies: said.policies.iter().map(InstalledLine::of).collect(),
            prev: prev.to_string(),
            software: SoftwareLine {
                executable: said.software.executable.map(|digest| digest.to_string()),
                version: said.software.version.clone(),
            },
            time: time(written)?,
            time_source: said.time_source.clone(),
            time_trusted: said.time_trusted,
            until: time(said.until)?,
            v: VERSION,
            withheld: said.withheld.clone(),
        })
    }

    /// What it says, or the field that is wrong.
    pub(crate) fn record(self) -> Result<Record, &'static str> {
        let (number, time) = (self.number, text::parse_time(&self.time).ok_or("time")?);
        let executable = self.software.executable.as_deref();
        let mut cameras = BTreeMap::new();
        for (id, line) in self.cameras {
            cameras.insert(CameraId::parse(&id).map_err(|_| "cameras")?, line.said()?);
        }
        let models = self.models.into_iter().map(|(role, hex)| Some((role, note::digests(&hex)?)));
        let said = Attestation {
            from: text::parse_time(&self.from).ok_or("from")?,
            until: text::parse_time(&self.until).ok_or("until")?,
            policies: self.policies.into_iter().map(InstalledLine::said).collect::<Result<_, _>>()?,
            in_force: named(Share::ALL, Share::name, &self.in_force).ok_or("in_force")?,
            packs: self.packs,
            models: models.collect::<Option<_>>().ok_or("models")?,
            software: Software {
                version: self.software.version,
                executable: executable.map(|hex| note::digest(hex).ok_or("software")).transpose()?,
            },
            time_source: self.time_source,
            time_trusted: self.time_trusted,
            missed: self.missed,
            canaries: [self.canaries_passed, self.canaries_failed],
            events: self.events,
            withheld: self.withheld,
            cameras,
        };
        Ok(Record { number, time, content: Content::Attestation(Box::new(said)) })
    }
}

impl CameraLine {
    fn of(said: &CameraAttested) -> Self {
        let [frames_decoded, frames_analysed, frames_dropped] = said.frames;
        let [stills_kept, stills_sent] = said.stills;
        Self {
            analysed: said.analysed.name().to_owned(),
            coverage: said.coverage.clone(),
            events: said.events.clone(),
            frames_analysed,
            frames_decoded,
            frames_dropped,
            masking: said.masking.name().to_owned(),
            masking_lapses: said.lapses.clone(),
            paused: said.paused.name().to_owned(),
            state: said.state.name().to_owned(),
            states: said.states.iter().map(|state| state.name().to_owned()).collect(),
            stills_kept,
            stills_sent,
        }
    }

    fn said(self) -> Result<CameraAttested, &'static str> {
        let share = |text: &str| named(Share::ALL, Share::name, text);
        let state = |text: &str| named(CameraStanding::ALL, CameraStanding::name, text);
        Ok(CameraAttested {
            state: state(&self.state).ok_or("state")?,
            states: self.states.iter().map(|text| state(text)).collect::<Option<_>>().ok_or("states")?,
            analysed: share(&self.analysed).ok_or("analysed")?,
            coverage: self.coverage,
            paused: share(&self.paused).ok_or("paused")?,
            masking: named(Masking::ALL, Masking::name, &self.masking).ok_or("masking")?,
            lapses: self.masking_lapses,
            frames: [self.frames_decoded, self.frames_analysed, self.frames_dropped],
            events: self.events,
            stills: [self.stills_kept, self.stills_sent],
        })
    }
}

impl InstalledLine {
    fn of(said: &Installed) -> Self {
        Self { digest: said.digest.to_string(), version: said.version.clone() }
    }

    fn said(self) -> Result<Installed, &'static str> {
        let digest = note::digest(&self.digest).ok_or("policies")?;
        Ok(Installed { digest, version: self.version })
    }
}

fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, text: &str) -> Option<T> {
    all.iter().copied().find(|one| name(*one) == text)
}
