//! `velum audit`: reads and verifies the log of what was done with data, and takes out of it what others may see.
//! Needs the files, and to verify them the public key; never the private one.
//!
//! Exit codes: 0 nothing is wrong, 2 something is; 1 is left to what could not be read or made at all.

mod export;
mod manifest;
mod pack;
mod proof;
mod question;
mod tail;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use velum_policy::audit::{CameraId, Incarnation, Period, Timestamp};

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
  velum audit prove audit --record 57 --out record-57.json    one record and no other
  velum audit prove audit --from kept --out growth.json       that it only grew since `kept`
  velum audit export audit --from 2026-12-01 --to 2026-12-31 --out december
  velum audit pack audit --key audit.pub --from 2026-12-01 --to 2026-12-31 --out pack
  velum audit verify pack --key audit.pub                     and so exports and proofs
  velum audit question 'masking on, camera plaza-1, from 2026-12-03T14:00:00Z to 2026-12-03T15:00:00Z' \\
    --log attest --key audit.pub                              yes, no or unknown, from a box's attestations
  velum audit manifest --log attest --key audit.pub           what left the box, field by field, and in total
The folder is `audit` in the state folder of hub or box; copy it and audit.pub to read it elsewhere.")]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Verify a log, an export, a pack or a proof: is all there, in its order, as it was written and signed?
    ///
    /// What it is, the command sees by itself. It says how many records there are, from when to when, of which
    /// operations; and where something is wrong, the first line of each file that is, and what that means. Of a
    /// proof it says in words what is proved.
    ///
    /// What no log can show by itself is that its end was cut off right behind a checkpoint. For that, keep a
    /// checkpoint elsewhere (this command prints one to keep, `NUMBER:ROOT`) and give it with --checkpoint later.
    ///
    /// Take the key from elsewhere than from whom you got the log: whoever could exchange the log could exchange a
    /// key beside it.
    ///
    /// Exit code: 0 nothing is wrong, 2 something is, 1 it cannot be read.
    Verify(VerifyArgs),
    /// Prove one record, or that the log only grew, to somebody who may not see the log.
    ///
    /// With --record: a file with the record's line, the hashes that lead from it to a signed
    /// checkpoint, and the checkpoint. It shows that record and no other.
    ///   velum audit prove audit --record 57 --out record-57.json
    ///
    /// With --from: a file that leads from a checkpoint that was kept to the newest. It shows no
    /// record at all, and that none of those the kept one counts was altered, removed or put in.
    ///   velum audit prove audit --from 57:J7Ap... --out growth.json
    ///
    /// Either is verified with the public key alone:
    ///   velum audit verify record-57.json --key audit.pub
    #[command(verbatim_doc_comment)]
    Prove(ProveArgs),
    /// Take the records of some time out of a log, to be verified without the rest of it.
    ///
    /// The new folder has the log's lines as they stand there. One record before that time and one
    /// behind it come along: they show by their times that none in between was left out. Of all
    /// others there are hashes only.
    ///   velum audit export audit --from 2026-12-01 --to 2026-12-31 --out december
    ///   velum audit verify december --key audit.pub
    ///
    /// What no checkpoint covers yet is not exported; the command says how much that is. A file in
    /// which something is wrong is exported whole, as it was found (exit code 2).
    #[command(verbatim_doc_comment)]
    Export(ExportArgs),
    /// Make an audit pack: an export with keys, checkpoints, policies, counts and instructions.
    ///
    /// For somebody who checks alone; it is verified by one command, offline:
    ///   velum audit verify PACK --key audit.pub
    ///
    /// Give all policies that were in force with --policy, as they were signed. The records name the
    /// policy that decided by its digest, and the command says which are missing.
    ///   velum audit pack audit --key audit.pub --from 2026-12-01 --to 2026-12-31 \
    ///     --policy policy.signed.json --out pack-december
    #[command(verbatim_doc_comment)]
    Pack(PackArgs),
    /// Show the last entries. They are not verified by being shown.
    Tail(TailArgs),
    /// Ask the attestations of a box: was masking on, was it analysing, which policy was in force?
    ///
    /// Each minute a box writes down what it did, in a log of its own (the folder `attest` beside `audit`, with the
    /// same key). A question has three parts with commas between: what, of which camera, and from when to when.
    ///   velum audit question "masking on, camera plaza-1, from 2026-12-03T14:00:00Z to 2026-12-03T15:00:00Z" \
    ///     --log attest --key audit.pub
    ///
    /// What can be asked, always whether it held all the time:
    ///   masking on               pictures could be masked and verified: detector fresh, drawn face and person found
    ///   analysing                the rules saw the camera's pictures
    ///   paused                   people had paused the camera
    ///   policy 1.2.0 in force    this version, or this digest, was in force for the camera and no other was installed
    ///   nothing sent             no event and no still of the camera was sent for the first time. What is sent once more
    ///                            is not written down again: unknown up to an hour after the last that was
    /// Times are whole seconds with their zone, Z or an offset as +01:00; the last moment is not part of the time.
    ///
    /// The answer is yes, no (with the first record that says otherwise) or unknown (with the gaps). Gaps of more than
    /// two minutes, alone or together, make it unknown, and so does what no checkpoint signs yet: a box signs every ten
    /// minutes. Shorter interruptions, as a restart, are listed.
    ///
    /// Exit code: 0 yes, 1 no, 2 unknown, 3 the question cannot be asked or the log cannot be believed.
    #[command(verbatim_doc_comment)]
    Question(QuestionArgs),
    /// Show what left a box: each event and still, its fields and how precise they were, and the totals.
    ///
    /// A box writes it before it sends, in the log of its attestations. What an event said is not in it.
    ///   velum audit manifest --log attest --key audit.pub --from 2026-12-01 --to 2026-12-31
    ///
    /// With --key the log is verified, too: exit code 0 nothing is wrong, 2 something is, 1 it cannot be read.
    #[command(verbatim_doc_comment)]
    Manifest(ManifestArgs),
}

#[derive(Debug, Args)]
struct ManifestArgs {
    /// The attestations: the folder `attest` of a box, an export of it, a pack, or the state folder of the box.
    #[arg(long, value_name = "FOLDER")]
    log: PathBuf,
    /// The log's public key, `ed25519:...`, or the file it stands in (audit.pub), to verify it; may be given more than
    /// once.
    #[arg(long, value_name = "PUBLIC")]
    key: Vec<String>,
    /// From the beginning of this day (UTC), or from this moment.
    #[arg(long, value_name = "DATE", value_parser = beginning)]
    from: Option<Timestamp>,
    /// To the end of this day (UTC), or up to this moment.
    #[arg(long, value_name = "DATE", value_parser = end)]
    to: Option<Timestamp>,
    /// Only what tells this camera.
    #[arg(long, value_name = "NAME", value_parser = camera)]
    camera: Option<CameraId>,
    /// As text, as one JSON object (its fields are in docs/audit-log.md), or as CSV.
    #[arg(long, value_enum, default_value_t = ManifestFormat::Text)]
    format: ManifestFormat,
    #[command(flatten)]
    screen: ScreenArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ManifestFormat {
    Text,
    Json,
    Csv,
}

#[derive(Debug, Args)]
struct QuestionArgs {
    /// `CLAIM, camera NAME, from TIME to TIME`, in quotation marks.
    question: String,
    /// The attestations: the folder `attest` of a box, an export of it, a pack, or the state folder of the box.
    #[arg(long, value_name = "FOLDER")]
    log: PathBuf,
    /// The log's public key, `ed25519:...`, or the file it stands in (audit.pub); may be given more than once.
    #[arg(long, value_name = "PUBLIC", required = true)]
    key: Vec<String>,
    /// Write the proof of the answer, to be handed on: the records at both ends, or the one that says otherwise.
    #[arg(long, value_name = "FILE.json")]
    proof: Option<PathBuf>,
    /// One JSON object instead of text; its fields are in docs/audit-log.md.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    screen: ScreenArgs,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The folder of a log, an export or a pack, one file of it, or a proof.
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
struct ProveArgs {
    /// The folder of the log, or one file of it.
    log: PathBuf,
    /// Prove this record, by its number.
    #[arg(long, value_name = "NUMBER", required_unless_present = "from", conflicts_with = "from")]
    record: Option<u64>,
    /// Prove that the log grew from this checkpoint that was kept: a file, or `NUMBER:ROOT`.
    #[arg(long, value_name = "FILE or TEXT")]
    from: Option<String>,
    /// Of which life of the log the record is, where it began anew: its 32 hexadecimal digits; else the last.
    #[arg(long, value_name = "ID", requires = "record", value_parser = incarnation)]
    incarnation: Option<Incarnation>,
    /// Where to write the proof; standard output if left out.
    #[arg(long, value_name = "FILE.json")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct PeriodArgs {
    /// From the beginning of this day (UTC), or from this moment: 2026-12-01 or 2026-12-01T08:00:00+01:00.
    #[arg(long, value_name = "DATE", value_parser = beginning)]
    from: Timestamp,
    /// To the end of this day (UTC), or up to this moment.
    #[arg(long, value_name = "DATE", value_parser = end)]
    to: Timestamp,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// The folder of the log, or one file of it.
    log: PathBuf,
    #[command(flatten)]
    period: PeriodArgs,
    /// The folder to write; it must not exist.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    screen: ScreenArgs,
}

#[derive(Debug, Args)]
struct PackArgs {
    /// The folder of the log, or one file of it.
    log: PathBuf,
    /// The log's public key, `ed25519:...`, or the file it stands in (audit.pub); may be given more than once.
    #[arg(long, value_name = "PUBLIC", required = true)]
    key: Vec<String>,
    #[command(flatten)]
    period: PeriodArgs,
    /// The attestations of the box whose log this is (its folder `attest`): with them go the gaps and what left.
    #[arg(long, value_name = "FOLDER")]
    attest: Option<PathBuf>,
    /// A signed policy that was in force in that time; may be given more than once.
    #[arg(long, value_name = "FILE.signed.json")]
    policy: Vec<PathBuf>,
    /// The folder to write; it must not exist.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
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
        AuditCommand::Prove(args) => proof::prove(&args),
        AuditCommand::Export(args) => export::run(&args),
        AuditCommand::Pack(args) => pack::run(&args),
        AuditCommand::Tail(args) => tail::run(&args),
        AuditCommand::Question(args) => question::run(&args),
        AuditCommand::Manifest(args) => manifest::run(&args),
    }
}

/// The exit code for arguments that cannot be read: of a question, 1 and 2 are answers.
pub(crate) fn usage_code(arguments: &[std::ffi::OsString]) -> Option<u8> {
    let asks = arguments.iter().skip(1).take(2).eq(["audit", "question"].iter());
    asks.then_some(question::NOT_ANSWERED)
}

fn camera(text: &str) -> Result<CameraId, String> {
    CameraId::parse(text).map_err(|error| error.to_string())
}

fn incarnation(text: &str) -> Result<Incarnation, String> {
    Incarnation::parse(text).ok_or_else(|| "expected 32 hexadecimal digits in lower case".to_owned())
}

fn beginning(text: &str) -> Result<Timestamp, String> {
    moment(text, Some)
}

fn end(text: &str) -> Result<Timestamp, String> {
    moment(text, |day| day.tomorrow().ok())
}

/// A moment, or the beginning of what is made of a day.
fn moment(text: &str, of_day: impl Fn(Date) -> Option<Date>) -> Result<Timestamp, String> {
    // Of a time without a zone only the day would be heard.
    let date = || if text.len() == 10 { text.parse().ok() } else { None };
    let day = || Some(of_day(date()?)?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let moment: Option<jiff::Timestamp> = text.parse().ok().or_else(day);
    let moment = moment.map(|moment| Timestamp::from_unix_secs(moment.as_second()));
    moment.ok_or_else(|| {
        "expected a date, or a time with its zone, for example 2026-12-01 or 2026-12-01T12:00:00Z".to_owned()
    })
}

impl PeriodArgs {
    fn period(&self) -> anyhow::Result<Period> {
        anyhow::ensure!(self.from < self.to, "--from is not before --to; exchange them");
        Ok(Period { from: self.from, to: self.to, newest: None })
    }
}

#[cfg(test)]
mod tests;
