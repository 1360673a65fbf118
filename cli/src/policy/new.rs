//! `velum policy new`: asks what a policy has to say, and writes it.
//!
//! The file is short: what it does not say is the strictest. What nobody can know yet, such as the digest of an
//! impact assessment, is left open with a comment, and `velum policy lint` finds it. No file is overwritten.

mod answers;
mod draft;
mod interview;
mod kind;
mod questions;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use velum_policy::PolicyFile;

use crate::screen;
use answers::AnswersFile;
use interview::{Interview, Terminal};

/// Where answers come from, and where the policy goes.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// A file with the answers (TOML), for scripts; asked for at the terminal if left out.
    ///
    /// `velum policy new --questions` prints one to fill in.
    #[arg(long, value_name = "FILE.toml")]
    answers: Option<PathBuf>,
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "FILE.toml", default_value = "policy.toml")]
    out: PathBuf,
    /// Print every question, with its default, as a file of answers to fill in, and write nothing.
    #[arg(long, conflicts_with_all = ["answers", "out"])]
    questions: bool,
}

/// Asks, writes, and says what is still open.
pub(crate) fn run(args: &NewArgs) -> anyhow::Result<ExitCode> {
    if args.questions {
        screen::say(questions::as_file().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.out.exists() {
        bail!("{}: a file is there already; choose another --out, or move it away", args.out.display());
    }
    let now = Timestamp::now();
    let answers = match &args.answers {
        Some(path) => {
            AnswersFile::parse(&super::text_of(path)?, &path.display().to_string())?.interview(now)?
        }
        None => {
            let terminal = Terminal::new(io::stdin().lock(), io::stderr());
            Interview::new(now).run(&mut terminal.greet(&args.out.display().to_string())?)?
        }
    };
    let text = draft::policy(&answers);
    // No file is left behind that this program could not read itself.
    let file = PolicyFile::parse(&text, &args.out.display().to_string())
        .context("these answers make no policy that can be read, and nothing was written; change the answer that is named")?;
    write_new(&args.out, &text)?;
    open_points(&file, now)
}

/// What the check finds in the file that was written: what could not be known yet.
fn open_points(file: &PolicyFile, now: Timestamp) -> anyhow::Result<ExitCode> {
    let (shown, findings) = (file.path(), file.lint(Some(now)));
    let errors = findings.errors().len();
    screen::say(&format!(
        "{shown}: {} lines written; {errors} errors and {} warnings are open",
        file.text().lines().count(),
        findings.len() - errors
    ))?;
    for finding in findings.iter() {
        let rule = finding.rule.unwrap_or("no rule");
        screen::remark(&format!("  line {}: {rule}: expected {}", finding.line, finding.expected))?;
    }
    screen::remark(&format!("next: `velum policy lint {shown}` names them, each with how to mend it"))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = || path.display().to_string();
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.with_context(|| format!("{}: a new file is written, none is replaced", shown()))?;
    file.write_all(text.as_bytes()).with_context(shown)?;
    file.sync_all().with_context(shown)
}
