//! What a pack has that can be made anew from its log, so that it can be compared.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::audit::AuditError;
use crate::audit::entry::Operation;
use crate::audit::follow::follow;
use crate::audit::manifest::{gaps_json, totals_json};
use crate::audit::pack::log_files;
use crate::audit::text;
use crate::audit::verify::Report;

/// The folder of the notes.
pub(super) const CHECKPOINTS: &str = "checkpoints";

#[derive(Serialize)]
struct Counts {
    v: u8,
    from: Option<String>,
    to: Option<String>,
    operations: Vec<Count>,
    policies: Vec<Decided>,
}

#[derive(Serialize)]
struct Count {
    operation: &'static str,
    allowed: u64,
    denied: u64,
}

#[derive(Serialize)]
struct Decided {
    policy_digest: String,
    entries: u64,
}

/// Names in the pack, and bytes.
pub(super) fn derived(log: &Path, report: &Report) -> Result<Vec<(PathBuf, Vec<u8>)>, AuditError> {
    let mut files = vec![(PathBuf::from("counts.json"), counts(report).into_bytes())];
    for path in log_files(log)? {
        let end = follow(&path, None, |_, _, _| {})?;
        let signed = end.chain.and_then(|chain| chain.checkpoint);
        let name = path.file_stem().map(|stem| format!("{}.note", stem.to_string_lossy()));
        files.extend(signed.zip(name).map(|(signed, name)| {
            let name = Path::new(CHECKPOINTS).join(name);
            (name, signed.text().as_bytes().to_vec())
        }));
    }
    Ok(files)
}

/// Of which time no attestation speaks, and what left; nothing where there are none.
pub(super) fn derived_of_attestations(
    log: &Path,
    report: Option<&Report>,
) -> Result<Vec<(PathBuf, Vec<u8>)>, AuditError> {
    let Some(period) = report.and_then(|report| report.period) else { return Ok(Vec::new()) };
    let (gaps, totals) = (gaps_json(log, period.from, period.to)?, totals_json(log, period.from, period.to)?);
    Ok(vec![
        (PathBuf::from("gaps.json"), gaps.into_bytes()),
        (PathBuf::from("manifest.json"), totals.into_bytes()),
    ])
}

fn counts(report: &Report) -> String {
    let operations = Operation::ALL.iter().map(|operation| {
        let counts = report.operations.get(operation).copied().unwrap_or_default();
        Count { operation: operation.name(), allowed: counts.allowed, denied: counts.denied }
    });
    let decided = report.policies.iter();
    let counts = Counts {
        v: 1,
        from: report.period.and_then(|period| text::time(period.from)),
        to: report.period.and_then(|period| text::time(period.to)),
        operations: operations.collect(),
        policies: decided
            .map(|(digest, entries)| Decided { policy_digest: digest.to_string(), entries: *entries })
            .collect(),
    };
    // Texts and whole numbers always serialise.
    serde_json::to_string_pretty(&counts).unwrap_or_default() + "\n"
}
