//! `velum audit`: reads and verifies the log of what was done with data. Needs the files, and to verify them the
//! public key; never the private one.
//!
//! Exit codes of `verify`: 0 nothing is wrong, 2 something is; 1 is left to what could not be read at all.

mod tail;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::screen::ScreenArgs;

/// Read and verify the audit log: who did what with which record, why, and whether it was allowed.
///
/// Hub and boxes write an entry before they collect, alter, show, hand on, combine or erase data (Directive (EU)
/// 2016/680, article 25). Every line carries the hash of the line before it, and signed checkpoints say how many
/// records there are, so that nobody without the private key can change what was signed without being found out.
/// The log has no personal data of the public: records are named by random ids.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  velum audit verify audit --key audit.pub                    the whole folder
  velum audit verify audit --key audit.pub --checkpoint kept  was anything cut off since `kept`?
  velum audit tail audit                                      the last entries
  velum audit tail audit --follow                             and those to come
The folder is `audit` in the state folder of hub or box; copy it and audit.pub to read it elsewhere.")]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Verify a log: is every line there, in its order, as it was written and signed?
    ///
    /// Says how many records there are, from when to when, of which operations; and where something is wrong, the
    /// first line of each file that is, and what that means.
    ///
    /// What no file can show by itself is that its end was cut off right behind a checkpoint. For that, keep a
    /// checkpoint elsewhere (this command prints one to keep, `NUMBER:ROOT`) and give it with --checkpoint later.
    ///
    /// Exit code: 0 nothing is wrong, 2 something is, 1 the log or the key cannot be read.
    Verify(VerifyArgs),
    /// Show the last entries. They are not verified by being shown.
    Tail(TailArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The folder of the log, or one file of it.
    path: PathBuf,
    /// The log's public key, `ed25519:...`, or the file it stands in (audit.pub); may be given more than once.
    #[arg(long, value_name = "PUBLIC", required = true)]
    key: Vec<String>,
    /// A checkpoint that was kept elsewhere: a file, or `NUMBER:ROOT`; may be given more than once.
    #[arg(long, value_name = "FILE or TEXT")]
    checkpoint: Vec<String>,
    /// One JSON object instead of text; its fields are in docs/audit-log.md.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    screen: ScreenArgs,
}

#[derive(Debug, Args)]
struct TailArgs {
    /// The folder of the log, or one file of it.
    path: PathBuf,
    /// Go on with what is written from now on, until interrupted.
    #[arg(long, short)]
    follow: bool,
    /// How many of the last entries to show; 0 for all.
    #[arg(long, short = 'n', default_value_t = 20, value_name = "COUNT")]
    lines: usize,
    /// The lines of the log as they stand there (JSON) instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    screen: ScreenArgs,
}

/// Runs one of the subcommands.
pub(crate) fn run(args: AuditArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        AuditCommand::Verify(args) => verify::run(&args),
        AuditCommand::Tail(args) => tail::run(&args),
    }
}

#[cfg(test)]
mod tests;
