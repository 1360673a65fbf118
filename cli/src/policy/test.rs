//! `velum policy test`: what the gate of a box and the recipients' rules of a hub make of given cases.
//!
//! Nothing is asked that is not asked in operation: the gate is `velum-gate`, the rules are `velum-recipients`, and the
//! policy is verified before. Only time is simulated, and the approvers are stand-ins ([`stand_in`]).

mod answer;
mod cases;
mod report;
mod seen;
mod stand_in;
mod starter;
mod told;
mod town;
mod written;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use velum_policy::{Finding, PolicyError, PolicyFile};

use super::lint::DOES_NOT_PARSE;
use super::{FOUND_ERRORS, read, text_of};
use crate::screen::{remark, say};
use cases::{Case, CasesFile};
use report::{Format, Report, Tested};
use town::Town;

/// Some case came out otherwise.
const SOME_FAIL: u8 = 1;
/// The file that `--example` prints.
const EXAMPLE: &str = include_str!("../../../policy/examples/gdpr-market-square.cases.toml");

/// What to test, and how to say it.
#[derive(Debug, Args)]
#[command(after_help = "\
A file of cases:
  policy = \"city.toml\"                      # beside this file; --policy FILE takes its place

  [[case]]
  name     = \"Outside of market hours nothing is told\"
  at       = 2026-12-07T10:00:00+01:00      # a moment with its offset
  camera   = \"mp-01\"                        # a camera of the policy, and one thing asked of it:
  crowd_density = { zone = \"mp-01-noord\", level = \"dense\", persons = 60 }
  withheld = \"schedule\"                     # by this rule; or: released = { FIELD = VALUE, ... }

  [[case]]
  name      = \"A steward reads nothing of last week\"
  at        = 2026-12-07T10:00:00+01:00
  recipient = \"crowd-steward\"               # a role of the policy, and one thing that it asks:
  read      = { event = \"crowd_density_level\", age = \"P7D\", purpose = \"crowd-safety\" }
  held_back = \"max_age\"                     # by this rule; or: shown = [\"FIELD\", ...]

Of a camera, released or withheld:
  abandoned_object = { zone, unattended, object, state, confidence, explanation }
  crowd_density = { zone, level, persons, previous_level, persons_per_m2, state, confidence, ... }
  crowd_movement = { zone, pattern, persons, speed_m_per_s, direction, state, confidence, ... }
  camera_health = { state }    coverage = { missing_stills }    maintenance_still = {}
  keep_still = { of }          ask_still = { of, age, purpose, reason }
Of a camera, tried = the id of a [[sandbox]], or \"nothing\":
  trial = { of }
Of a recipient, shown or held_back:
  read, export, see_still = { event, age, purpose, reason, reviewed }

What is expected is all that there may be: one field more is a FAIL. Run a case with
`released = {}` or `shown = []`, and copy what was found once you have read it. The rules are in
docs/glossary.md. No case has a picture: how well people are covered, `velum-edge eval` measures.

Exit code: 0 every case is as expected, 1 some are not (or a file cannot be read), 2 the policy
has errors, so that no box would take it, 3 a file does not parse, or names what is not there.")]
pub(crate) struct TestArgs {
    /// The cases (TOML).
    #[arg(required_unless_present = "example")]
    cases: Option<PathBuf>,
    /// The policy, as TOML or signed JSON, instead of the one that the cases name.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Text for people, `json` for programs, `junit` for build servers.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print a file of cases to start from: for the cameras and recipients of --policy FILE, as it does things today;
    /// or else that of policy/examples/gdpr-market-square.toml.
    #[arg(long, conflicts_with_all = ["cases", "format"])]
    example: bool,
}

/// Tests it.
pub(super) fn run(args: &TestArgs) -> anyhow::Result<ExitCode> {
    let Some(path) = &args.cases else { return start(args.policy.as_deref()) };
    let shown = path.display().to_string();
    let file = match CasesFile::parse(&text_of(path)?, &shown) {
        Ok(file) => file,
        Err(fault) => return unfit(&[*fault]),
    };
    let policy = match read(&policy_path(args, &file, path)?)?.file() {
        Ok(policy) => policy,
        Err(PolicyError::Refused(findings)) => {
            return unfit(&findings.iter().cloned().collect::<Vec<_>>());
        }
        Err(error) => return Err(error.into()),
    };
    match file.cases(&policy) {
        Ok(cases) => test(args.format, &shown, &policy, &cases),
        Err(findings) => unfit(&findings),
    }
}

/// Prints a file to start from.
fn start(policy: Option<&Path>) -> anyhow::Result<ExitCode> {
    let Some(path) = policy else {
        say(EXAMPLE.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    };
    let policy = match read(path)?.file() {
        Ok(policy) => policy,
        Err(PolicyError::Refused(findings)) => {
            return unfit(&findings.iter().cloned().collect::<Vec<_>>());
        }
        Err(error) => return Err(error.into()),
    };
    match stand_in::approved(&policy) {
        Ok(approved) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            say(starter::file(&policy, &Town::under(approved)?, &name)?.trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => untestable(error),
    }
}

fn test(format: Format, path: &str, policy: &PolicyFile, cases: &[Case]) -> anyhow::Result<ExitCode> {
    let approved = match stand_in::approved(policy) {
        Ok(approved) => approved,
        Err(error) => return untestable(error),
    };
    let town = Town::under(approved)?;
    remark(&format!(
        "velum: {} is tested as if it were approved: in memory its approvers' keys are replaced by keys that are thrown \
         away. Nothing is written, no hub or box would take it so, and who signed it is not looked at here.",
        crate::screen::harmless(policy.path())
    ))?;
    let tested = cases.iter().map(|case| Ok(Tested { case, found: town.ask(case)? }));
    let tested = tested.collect::<anyhow::Result<Vec<_>>>()?;
    let report = Report { path, policy, tested, left_out: cases::left_out(cases, policy) };
    report.print(format)?;
    Ok(if report.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_FAIL) })
}

/// A policy that is not tested, because of its errors.
fn untestable(error: anyhow::Error) -> anyhow::Result<ExitCode> {
    let Some(PolicyError::Refused(findings)) = error.downcast_ref() else { return Err(error) };
    remark(&format!(
        "{findings}\nvelum: no box would take this policy, so that there is nothing to test yet: mend what is named above"
    ))?;
    Ok(ExitCode::from(FOUND_ERRORS))
}

/// That of the command line, or the one that the cases name.
fn policy_path(args: &TestArgs, file: &CasesFile, cases: &Path) -> anyhow::Result<PathBuf> {
    if let Some(policy) = &args.policy {
        return Ok(policy.clone());
    }
    let Some(named) = file.policy() else {
        bail!(
            "{}: names no policy; write `policy = \"city.toml\"` into its first line, or give --policy FILE",
            cases.display()
        );
    };
    let folder = cases.parent().context("a file of cases lies in a folder")?;
    Ok(folder.join(named))
}

/// What does not parse, or does not fit the policy.
fn unfit(findings: &[Finding]) -> anyhow::Result<ExitCode> {
    findings.iter().try_for_each(|finding| remark(&finding.to_string()))?;
    Ok(ExitCode::from(DOES_NOT_PARSE))
}

#[cfg(test)]
mod tests;
