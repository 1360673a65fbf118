//! Exports: the lines of a period, whole, with all that is needed to verify them without the rest of the log.
//!
//! The folder of an export is that of a log, and is verified as one, with three differences: `export.json` says
//! which period it is about, the first file may begin with a [`Cut`] and the last may end with a [`Seal`]. One record
//! before the period and one behind it come along: they show that none in between was left out. A file with a fault
//! is exported whole, as it was found: of it nothing can be cut provably.

mod choose;
mod survey;

use std::fs::{self, DirBuilder};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::audit::chain::Chain;
use crate::audit::fault::{Fault, Located};
use crate::audit::follow::follow;
use crate::audit::line::{Cut, Line, Linked, Seal};
use crate::audit::note::SignedCheckpoint;
use crate::audit::period::{self, Period};
use crate::audit::tree::{self, Leaves};
use crate::audit::{AuditError, folder};
use choose::choose;
use survey::{Survey, survey};

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// What it has all records of: what was asked for, as far as the log reaches and is signed.
    pub period: Period,
    /// How many files of the log it has lines of.
    pub files: usize,
    /// Records behind the last checkpoint, which is yet to come: none of them is in the export.
    pub unsigned: u64,
    /// The first fault of each file that has one; such a file is in the export whole.
    pub faults: Vec<Located>,
}

/// Exports a period of a log into a new folder.
///
/// # Errors
/// [`AuditError::NotExportable`] where `out` exists, or nothing of the period is signed yet; [`AuditError::Io`] and
/// [`AuditError::NoLog`].
pub fn export(log: &Path, period: Period, out: &Path) -> Result<Exported, AuditError> {
    make_whole(out, |folder| write(log, period, folder))
}

/// Writes the lines of a period into a folder that is there.
pub(crate) fn write(log: &Path, period: Period, out: &Path) -> Result<Exported, AuditError> {
    let refuse = |reason| AuditError::NotExportable { path: log.to_owned(), reason };
    if folder::files_of(log)?.iter().any(|path| folder::parse_name(path).is_none()) {
        // What is broken is exported as it is: nothing but a file of a log may be taken for one.
        return Err(refuse(
            "expected the folder of a log, or a file audit-NNNNNN-YYYY-MM.jsonl of it".to_owned(),
        ));
    }
    let mut surveys =
        folder::files_of(log)?.iter().map(|path| survey(path)).collect::<Result<Vec<_>, _>>()?;
    if let Some(last) = surveys.last_mut() {
        // It is being written; what is not whole is not signed either.
        last.fault = last.fault.take().filter(|located| located.fault != Fault::Unfinished);
    }
    let choice = choose(&surveys, period).map_err(refuse)?;
    let (first, last) = (*choice.files.start(), *choice.files.end());
    let mut exported =
        Exported { period: choice.period, files: 0, unsigned: choice.unsigned, faults: Vec::new() };
    for (at, survey) in surveys.iter().enumerate().take(last + 1).skip(first) {
        let to = out.join(survey.name());
        exported.files += 1;
        exported.faults.extend(survey.fault.clone());
        let from = choice.cut_before.filter(|_| at == first);
        let end = choice.end_after.filter(|_| at == last);
        if from.is_none() && end.is_none() {
            copy(&survey.path, &to)?;
            continue;
        }
        let (mut bytes, chain) = cut(survey, from.unwrap_or(1), end.unwrap_or(u64::MAX))?;
        if let Some(chain) = chain.filter(|_| choice.is_sealed && at == last) {
            let seal = seal(surveys.get(at..).unwrap_or_default(), &chain)?;
            let seal = seal.ok_or_else(|| refuse("no checkpoint covers the end of that time".to_owned()))?;
            bytes.extend(Linked { line: Line::Seal(seal), prev: chain.head }.to_bytes()?);
            bytes.push(b'\n');
        }
        put(&to, &bytes)?;
    }
    put(&out.join(period::NAME), choice.period.to_json()?.as_bytes())?;
    Ok(exported)
}

/// The lines of a file from one to another, behind a cut where the first is not the file's own; and the chain there.
fn cut(survey: &Survey, from: u64, to: u64) -> Result<(Vec<u8>, Option<Chain>), AuditError> {
    let (mut bytes, mut before, mut last, mut line) = (Vec::new(), None, None, 0_u64);
    let _end = follow(&survey.path, None, |chain, _, raw| {
        line += 1;
        if line + 1 == from {
            before = Some(chain.clone());
        }
        if (from..=to).contains(&line) {
            bytes.extend_from_slice(raw);
            bytes.push(b'\n');
            last = (line == to).then(|| chain.clone());
        }
    })?;
    let Some(Chain { writer, incarnation, tree, head, .. }) = before else { return Ok((bytes, last)) };
    let mut whole = Linked { line: Line::Cut(Cut { writer, incarnation, tree }), prev: head }.to_bytes()?;
    whole.push(b'\n');
    whole.extend(bytes);
    Ok((whole, last))
}

/// The next checkpoint in these files, the first of which has the last record, and the proof that it covers it.
fn seal(surveys: &[Survey], here: &Chain) -> Result<Option<Seal>, AuditError> {
    let (number, origin) = (here.tree.size(), here.origin());
    let mut leaves: Option<Leaves> = None;
    let mut next: Option<SignedCheckpoint> = None;
    for survey in surveys {
        let _end = follow(&survey.path, None, |chain, read, raw| {
            if next.is_some() || chain.origin() != origin {
                return;
            }
            let leaves = leaves.get_or_insert_with(|| Leaves::after(chain.tree.clone()));
            match read {
                Line::Record(_) => leaves.push(tree::leaf(raw)),
                Line::Checkpoint(signed) if signed.checkpoint().number() >= number => {
                    next = Some(signed.clone());
                }
                _ => {}
            }
        })?;
        if next.is_some() {
            break;
        }
    }
    Ok(next.zip(leaves).and_then(|(checkpoint, leaves)| {
        let steps = leaves.consistency_proof(number, checkpoint.checkpoint().number())?;
        Some(Seal { checkpoint, steps })
    }))
}

/// A new folder, for this user alone, all of it or nothing.
pub(crate) fn make_whole<T>(
    out: &Path,
    write: impl FnOnce(&Path) -> Result<T, AuditError>,
) -> Result<T, AuditError> {
    let refuse = |reason: &str| AuditError::NotExportable { path: out.to_owned(), reason: reason.to_owned() };
    let name = out.file_name().ok_or_else(|| refuse("expected the name of a new folder"))?;
    if out.exists() {
        return Err(refuse("is there already; choose a folder that is not"));
    }
    let unfinished =
        out.with_file_name(format!(".{}.{}.unfinished", name.to_string_lossy(), std::process::id()));
    DirBuilder::new().mode(0o700).create(&unfinished).map_err(AuditError::at(&unfinished))?;
    let made = write(&unfinished).and_then(|made| {
        fs::rename(&unfinished, out).map_err(AuditError::at(out))?;
        Ok(made)
    });
    if made.is_err() {
        // What could not be finished is of no use; the reason is told.
        let _removed = fs::remove_dir_all(&unfinished);
    }
    made
}

/// A new file, for this user alone.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<(), AuditError> {
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(AuditError::at(path))
}

fn copy(from: &Path, to: &Path) -> Result<(), AuditError> {
    let mut source = fs::File::open(from).map_err(AuditError::at(from))?;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(to).map_err(AuditError::at(to))?;
    std::io::copy(&mut source, &mut file).and_then(|_| file.sync_all()).map_err(AuditError::at(to))
}
