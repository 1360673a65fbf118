//! `velum audit pack`, and what `velum audit verify` says of one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use velum_policy::PublicKey;
use velum_policy::audit::{EnclosedPolicy, Pack, PackReport, Remembered, verify_pack, write_pack};

use super::verify::{ReportView, counted, in_words, keys, verdict};
use super::{PackArgs, VerifyArgs, export};
use crate::screen::{Screen, Style, harmless, say};

const MADE_BY: &str = concat!("velum ", env!("CARGO_PKG_VERSION"));

pub(super) fn run(args: &PackArgs) -> anyhow::Result<ExitCode> {
    let (keys, asked) = (keys(&args.key)?, args.period.period()?);
    let policies = args.policy.iter().map(|path| policy(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let attest = args.attest.as_deref();
    let pack = Pack { period: asked, keys: &keys, attest, policies: &policies, made_by: MADE_BY };
    let exported = write_pack(&args.log, &pack, &args.out)?;
    let screen = Screen::of_stdout(&args.screen);
    for line in export::in_words(&exported, asked, &args.out, &screen) {
        say(&line)?;
    }
    let report = verify_pack(&args.out, &keys, &[])?;
    say(&pack_in_words(&report, &args.out, &screen))?;
    Ok(verdict(report.log.is_sound()))
}

fn policy(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.with_context(|| format!("--policy {}: expected a file", path.display()))?;
    Ok((name, std::fs::read(path).with_context(|| path.display().to_string())?))
}

pub(super) fn verify(
    args: &VerifyArgs,
    keys: &[PublicKey],
    kept: &[Remembered],
    screen: &Screen,
) -> anyhow::Result<ExitCode> {
    let report = verify_pack(&args.path, keys, kept)?;
    let text = if args.json {
        serde_json::to_string(&PackView::of(&report))?
    } else {
        pack_in_words(&report, &args.path, screen)
    };
    say(&text)?;
    Ok(verdict(report.log.is_sound()))
}

pub(super) fn pack_in_words(report: &PackReport, path: &Path, screen: &Screen) -> String {
    let mut lines: Vec<_> = report.policies.iter().map(|policy| enclosed(policy, screen)).collect();
    for (digest, entries) in &report.missing {
        let text = format!(
            "missing:  the policy {digest}, which decided {}, is not in the pack",
            counted_entries(*entries)
        );
        lines.push(screen.styled(Style::Notice, &text));
    }
    if let Some(attest) = &report.attest {
        lines.insert(0, in_words(attest, &path.join("attest"), screen));
    }
    lines.insert(0, in_words(&report.log, &path.join("log"), screen));
    lines.insert(0, format!("{}: audit pack", path.display()));
    lines.join("\n")
}

fn enclosed(policy: &EnclosedPolicy, screen: &Screen) -> String {
    let name = harmless(&policy.name);
    let signatures = counted(policy.signatures as u64, "signature");
    let entries = counted_entries(policy.entries);
    let text =
        format!("policy:   {name} decided {entries}; it carries {signatures} (whose: velum policy verify)");
    if policy.entries == 0 { screen.styled(Style::Faint, &text) } else { text }
}

fn counted_entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// The report for other programs; documented in `docs/audit-log.md`.
#[derive(Debug, Serialize)]
struct PackView {
    kind: &'static str,
    sound: bool,
    log: ReportView,
    attest: Option<ReportView>,
    policies: Vec<PolicyView>,
    policies_missing: Vec<MissingView>,
}

#[derive(Debug, Serialize)]
struct PolicyView {
    path: PathBuf,
    digest: String,
    signatures: usize,
    entries: u64,
}

#[derive(Debug, Serialize)]
struct MissingView {
    digest: String,
    entries: u64,
}

impl PackView {
    fn of(report: &PackReport) -> Self {
        let policies = report.policies.iter().map(|policy| PolicyView {
            path: policy.name.clone().into(),
            digest: policy.digest.to_string(),
            signatures: policy.signatures,
            entries: policy.entries,
        });
        let missing = report.missing.iter();
        Self {
            kind: "pack",
            sound: report.log.is_sound(),
            log: ReportView::of(&report.log),
            attest: report.attest.as_ref().map(ReportView::of),
            policies: policies.collect(),
            policies_missing: missing
                .map(|(digest, entries)| MissingView { digest: digest.to_string(), entries: *entries })
                .collect(),
        }
    }
}
