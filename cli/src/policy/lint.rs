//! `velum policy lint`: what the rules find, as text, JSON, SARIF or JUnit.

mod junit;
mod sarif;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::json;
use velum_policy::pack::Packs;
use velum_policy::{Finding, Findings, PolicyError, Rule, Severity};

use super::{FOUND_ERRORS, moment, read};

const FOUND_WARNINGS: u8 = 1;
pub(super) const DOES_NOT_PARSE: u8 = 3;

/// What to lint, and how to say it.
#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// Policies (TOML), or signed ones (JSON).
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Judge dates as on this day, for example 2026-12-01; today if left out.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    at: Option<jiff::Timestamp>,
    /// Packs (TOML, or signed JSON) that hold beside the built-in ones; signatures are for `packs verify`.
    #[arg(long, value_name = "FILE")]
    packs: Option<PathBuf>,
    /// `text` for people, `json` for programs, `sarif` for code hosts and editors, `junit` for build servers.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Sarif,
    Junit,
}

/// A file and what was found in it.
struct Linted {
    path: String,
    parses: bool,
    findings: Findings,
}

impl Linted {
    fn code(&self) -> u8 {
        if !self.parses {
            DOES_NOT_PARSE
        } else if self.findings.has_errors() {
            FOUND_ERRORS
        } else if self.findings.count(Severity::Warning) > 0 {
            FOUND_WARNINGS
        } else {
            0
        }
    }
}

pub(super) fn run(args: &LintArgs) -> anyhow::Result<ExitCode> {
    let at = args.at.unwrap_or_else(jiff::Timestamp::now);
    let packs = super::packs::with(args.packs.as_deref())?;
    let linted = args.files.iter().map(|path| lint(path, &packs, at)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut stdout = std::io::stdout().lock();
    match args.format {
        Format::Text => linted.iter().try_for_each(|one| text(&mut stdout, one))?,
        Format::Json => writeln!(stdout, "{:#}", as_json(&linted, at))?,
        Format::Sarif => writeln!(stdout, "{:#}", sarif::report(&linted))?,
        Format::Junit => write!(stdout, "{}", junit::report(&linted))?,
    }
    Ok(ExitCode::from(linted.iter().map(Linted::code).max().unwrap_or(0)))
}

fn lint(path: &std::path::Path, packs: &Packs, at: jiff::Timestamp) -> anyhow::Result<Linted> {
    let shown = path.display().to_string();
    let (parses, findings) = match read(path)?.file() {
        Ok(file) => (true, file.lint_under(packs, Some(at))),
        Err(PolicyError::Refused(findings)) => (false, findings),
        Err(error) => return Err(error.into()),
    };
    Ok(Linted { path: shown, parses, findings })
}

fn text(out: &mut impl Write, linted: &Linted) -> anyhow::Result<()> {
    if linted.parses {
        return show(out, &linted.path, &linted.findings);
    }
    writeln!(out, "{}\n{}: does not parse", linted.findings, linted.path)?;
    Ok(())
}

/// Prints every finding, how many there are, and which rules found nothing.
pub(super) fn show(out: &mut impl Write, path: &str, findings: &Findings) -> anyhow::Result<()> {
    for finding in findings.iter() {
        writeln!(out, "{}: {finding}", finding.severity.name())?;
        if let Some(rule) = finding.rule.and_then(Rule::find) {
            writeln!(out, "  {}: {}", rule.article, rule.text().flags)?;
        }
    }
    let counted = |severity, one: &str, more: &str| match findings.count(severity) {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    };
    let errors = counted(Severity::Error, "error", "errors");
    let warnings = counted(Severity::Warning, "warning", "warnings");
    writeln!(out, "{path}: {errors}, {warnings}, {} waived", findings.count(Severity::Waived))?;
    let silent = silent(findings);
    if silent.len() == Rule::all().len() {
        writeln!(out, "none of {} rules found anything; `velum policy explain` lists them", silent.len())?;
    } else {
        writeln!(out, "rules that found nothing: {}", silent.join(" "))?;
    }
    Ok(())
}

/// The rules that found nothing.
fn silent(findings: &Findings) -> Vec<&'static str> {
    let spoke = |id: &str| findings.iter().any(|finding| finding.rule == Some(id));
    Rule::all().iter().map(|rule| rule.id).filter(|id| !spoke(id)).collect()
}

fn as_json(linted: &[Linted], at: jiff::Timestamp) -> serde_json::Value {
    let finding = |one: &Finding| {
        json!({
            "rule": one.rule,
            "severity": one.severity.name(),
            "article": one.rule.and_then(Rule::find).map(|rule| rule.article),
            "line": one.line,
            "column": one.column,
            "key": one.key,
            "expected": one.expected,
            "found": one.found,
            "fix": one.fix,
        })
    };
    let file = |one: &Linted| {
        json!({
            "file": one.path,
            "parses": one.parses,
            "findings": one.findings.iter().map(finding).collect::<Vec<_>>(),
            "rules_that_found_nothing": if one.parses { silent(&one.findings) } else { Vec::new() },
        })
    };
    json!({ "at": at.to_string(), "files": linted.iter().map(file).collect::<Vec<_>>() })
}
