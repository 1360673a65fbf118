//! The egress manifest, read from a log of attestations; and of an export the gaps of each camera.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use velum_vocab::{CameraId, Timestamp};

use crate::audit::egress::{Egress, EgressKind};
use crate::audit::entry::Content;
use crate::audit::follow::follow;
use crate::audit::line::Line;
use crate::audit::question::{Claim, Gap, Span, gaps_of};
use crate::audit::{AuditError, folder, text};

/// One record of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its number.
    pub number: u64,
    /// When it was written, just before it left.
    pub time: Timestamp,
    /// What left.
    pub egress: Egress,
}

/// Which records are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// From when on.
    pub from: Timestamp,
    /// Up to when.
    pub to: Timestamp,
    /// Of one camera; what does not tell its camera is left out then.
    pub camera: Option<CameraId>,
}

/// How much of one kind left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// One by one.
    pub left: Vec<Left>,
    /// By what it was and its class; stills that were withdrawn are a kind of their own.
    pub by_class: BTreeMap<(String, String), Total>,
    /// How many of the events and stills had each field, by its precision.
    pub by_field: BTreeMap<(String, String), u64>,
}

impl Manifest {
    fn add(&mut self, left: Left) {
        let Egress { kind, class, bytes, fields, .. } = &left.egress;
        let total = self.by_class.entry((kind.name().to_owned(), class.clone())).or_default();
        total.count += 1;
        total.bytes = total.bytes.saturating_add(*bytes);
        if *kind != EgressKind::StillWithdrawn {
            for (field, precision) in fields {
                *self.by_field.entry((field.clone(), precision.clone())).or_default() += 1;
            }
        }
        self.left.push(left);
    }
}

/// What left, by a log of attestations or an export of one. Nothing is verified here: see [`crate::audit::verify()`].
///
/// # Errors
/// [`AuditError::Io`] and [`AuditError::NoLog`].
pub fn manifest(path: &Path, wanted: &Wanted) -> Result<Manifest, AuditError> {
    let mut manifest = Manifest::default();
    for file in folder::files_of(path)? {
        let _end = follow(&file, None, |_, line, _| {
            let Line::Record(record) = line else { return };
            let Content::Egress(left) = &record.content else { return };
            let is_meant = (wanted.from..wanted.to).contains(&record.time)
                && wanted.camera.as_ref().is_none_or(|camera| left.camera.as_ref() == Some(camera));
            if is_meant {
                let (number, time, egress) = (record.number, record.time, (**left).clone());
                manifest.add(Left { number, time, egress });
            }
        })?;
    }
    Ok(manifest)
}

/// The last event of which the log has written: the outbox's life and the number in it.
///
/// # Errors
/// [`AuditError::Io`].
pub fn last_left(dir: &Path) -> Result<Option<(crate::audit::Incarnation, u64)>, AuditError> {
    let files = match folder::files_of(dir) {
        Ok(files) => files,
        Err(AuditError::NoLog(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    for file in files.iter().rev() {
        let mut lines = folder::Lines::open(file)?;
        let mut last = None;
        while let Some(read) = lines.read()? {
            let folder::LineRead::Whole(bytes) = read else { break };
            // Most lines are others, and need not be parsed.
            if !std::str::from_utf8(&bytes).is_ok_and(|line| line.contains("\"kind\":\"egress\"")) {
                continue;
            }
            if let Ok(Line::Record(record)) = crate::audit::read_line(&bytes)
                && let Content::Egress(left) = record.content
            {
                last = left.sequence.or(last);
            }
        }
        if last.is_some() {
            return Ok(last);
        }
    }
    Ok(None)
}

/// Of each camera the findings, and the interruptions of up to two minutes.
type GapsByCamera = BTreeMap<CameraId, (Vec<Gap>, Vec<Gap>)>;

/// The gaps of each camera in an export's time, as a pack has them.
fn gaps_by_camera(path: &Path, from: Timestamp, to: Timestamp) -> Result<GapsByCamera, AuditError> {
    let mut spans: BTreeMap<CameraId, Vec<Span>> = BTreeMap::new();
    for file in folder::files_of(path)? {
        let _end = follow(&file, None, |_, line, _| {
            let Line::Record(record) = line else { return };
            let Content::Attestation(said) = &record.content else { return };
            for (id, camera) in &said.cameras {
                // Gaps are the same for each claim.
                let span = Span::of(&Claim::Analysing, record.number, said, camera);
                spans.entry(id.clone()).or_default().push(span);
            }
        })?;
    }
    Ok(spans.into_iter().map(|(camera, spans)| (camera, gaps_of(&spans, from, to))).collect())
}

#[derive(Serialize)]
struct GapsFile {
    v: u8,
    from: Option<String>,
    to: Option<String>,
    cameras: Vec<CameraGaps>,
}

#[derive(Serialize)]
struct CameraGaps {
    camera: String,
    gaps: Vec<GapLine>,
    interruptions: Vec<GapLine>,
}

#[derive(Serialize)]
struct GapLine {
    from: Option<String>,
    to: Option<String>,
    cause: &'static str,
}

impl GapLine {
    fn of(gap: &Gap) -> Self {
        Self { from: text::time(gap.from), to: text::time(gap.to), cause: gap.cause.name() }
    }
}

#[derive(Serialize)]
struct TotalsFile {
    v: u8,
    from: Option<String>,
    to: Option<String>,
    recipients: BTreeSet<String>,
    by_class: Vec<ClassLine>,
    by_field: Vec<FieldLine>,
}

#[derive(Serialize)]
struct ClassLine {
    what: String,
    class: String,
    count: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct FieldLine {
    field: String,
    precision: String,
    count: u64,
}

/// `gaps.json` of a pack.
pub(crate) fn gaps_json(path: &Path, from: Timestamp, to: Timestamp) -> Result<String, AuditError> {
    let lines = |gaps: Vec<Gap>| gaps.iter().map(GapLine::of).collect();
    let cameras = gaps_by_camera(path, from, to)?.into_iter().map(|(camera, (gaps, short))| CameraGaps {
        camera: camera.to_string(),
        gaps: lines(gaps),
        interruptions: lines(short),
    });
    let file = GapsFile { v: 1, from: text::time(from), to: text::time(to), cameras: cameras.collect() };
    // Texts and whole numbers always serialise.
    Ok(serde_json::to_string_pretty(&file).unwrap_or_default() + "\n")
}

/// `manifest.json` of a pack: the totals; one by one they stand in the log.
pub(crate) fn totals_json(path: &Path, from: Timestamp, to: Timestamp) -> Result<String, AuditError> {
    let manifest = manifest(path, &Wanted { from, to, camera: None })?;
    let class = |((what, class), total): (&(String, String), &Total)| ClassLine {
        what: what.clone(),
        class: class.clone(),
        count: total.count,
        bytes: total.bytes,
    };
    let field = |((field, precision), count): (&(String, String), &u64)| FieldLine {
        field: field.clone(),
        precision: precision.clone(),
        count: *count,
    };
    let file = TotalsFile {
        v: 1,
        from: text::time(from),
        to: text::time(to),
        recipients: manifest.left.iter().map(|left| left.egress.recipient.clone()).collect(),
        by_class: manifest.by_class.iter().map(class).collect(),
        by_field: manifest.by_field.iter().map(field).collect(),
    };
    Ok(serde_json::to_string_pretty(&file).unwrap_or_default() + "\n")
}
