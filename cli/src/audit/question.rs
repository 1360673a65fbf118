//! `velum audit question`: what the attestations of a box answer, in words or as JSON.
//!
//! Exit codes: 0 yes, 1 no, 2 unknown, 3 a question that cannot be asked or a log that cannot be believed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use velum_policy::audit::{
    Answer, Asked, Claim, Gap, Proof, Question, Report, SignedCheckpoint, Timestamp, Verdict, Writer, answer,
    prove_answer,
};

use super::QuestionArgs;
use super::proof::write_new;
use super::verify::{counted, fault, keys, short, to_keep};
use crate::screen::{Screen, Style, harmless, remark, say};

/// A question that cannot be asked, or a log that cannot be believed.
pub(crate) const NOT_ANSWERED: u8 = 3;
/// Where attestations lie below the state folder of a box, and in a pack.
const FOLDER: &str = "attest";
/// More gaps are counted, not listed.
const LISTED: usize = 20;

pub(super) fn run(args: &QuestionArgs) -> anyhow::Result<ExitCode> {
    match ask(args) {
        Ok(code) => Ok(code),
        Err(error) if crate::is_broken_pipe(&error) => Err(error),
        Err(error) => {
            remark(&format!("velum: {error:#}"))?;
            Ok(ExitCode::from(NOT_ANSWERED))
        }
    }
}

fn ask(args: &QuestionArgs) -> anyhow::Result<ExitCode> {
    let question = Question::parse(&args.question)
        .map_err(|reason| anyhow::anyhow!("question: {}", harmless(&reason)))?;
    let (keys, log) = (keys(&args.key)?, attestations(&args.log));
    let screen = Screen::of_stdout(&args.screen);
    match answer(&log, &keys, &question)? {
        Asked::Answered(answered) => {
            let proof = args.proof.as_deref().map(|out| prove(&log, &answered, out)).transpose()?;
            let text = if args.json {
                serde_json::to_string(&AnswerView::of(&answered))?
            } else {
                in_words(&answered, proof.as_deref(), &screen)
            };
            say(&text)?;
            Ok(ExitCode::from(code(answered.verdict)))
        }
        Asked::Unsound(report) => {
            say(&if args.json { unsound_json(&report)? } else { unsound(&report, &screen) })?;
            Ok(ExitCode::from(NOT_ANSWERED))
        }
        Asked::NotAttestations(writer) => anyhow::bail!("{}: {}", log.display(), other_log(writer.as_ref())),
    }
}

fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Yes => 0,
        Verdict::No => 1,
        Verdict::Unknown => 2,
    }
}

/// The folder itself, or that inside the state folder of a box or a pack.
pub(super) fn attestations(path: &Path) -> PathBuf {
    let inside = path.join(FOLDER);
    if inside.is_dir() { inside } else { path.to_owned() }
}

pub(super) fn other_log(writer: Option<&Writer>) -> String {
    let found = writer.map_or_else(|| "of an unknown writer".to_owned(), |writer| format!("of `{writer}`"));
    format!(
        "expected the attestations of a box, found the log {}; they lie in the folder `{FOLDER}` beside the box's \
         folder `audit`",
        harmless(&found)
    )
}

fn prove(log: &Path, answered: &Answer, out: &Path) -> anyhow::Result<String> {
    let proof =
        prove_answer(log, answered).context("--proof: the answer stands, and no proof of it was written")?;
    write_new(out, &Proof::Answer(Box::new(proof)).to_json()).context("--proof")?;
    Ok(format!("proof:    {0}; verify it with: velum audit verify {0} --key audit.pub", out.display()))
}

pub(super) fn in_words(answered: &Answer, proof: Option<&str>, screen: &Screen) -> String {
    let moment = |at: Timestamp| screen.moment(at.unix_millis());
    let style = match answered.verdict {
        Verdict::Yes => Style::Good,
        Verdict::No => Style::Alarm,
        Verdict::Unknown => Style::Notice,
    };
    let Question { claim, camera, from, to } = &answered.question;
    let mut lines = vec![
        format!("{}: {claim}, camera {camera}", screen.styled(style, answered.verdict.name())),
        format!("asked:    from {} up to {}", moment(*from), moment(*to)),
    ];
    let records =
        answered.records.map(|(first, last)| format!(", records {first} to {last}")).unwrap_or_default();
    lines.push(format!(
        "looked at: {} of this camera in that time{records}",
        counted(answered.attestations, "attestation")
    ));
    if let Some(found) = &answered.contradiction {
        let why = harmless(&found.why);
        let when = if found.from == found.until {
            moment(found.from)
        } else {
            format!("{} to {}", moment(found.from), moment(found.until))
        };
        lines
            .push(screen.styled(Style::Alarm, &format!("otherwise: record {}, {when}: {why}", found.number)));
    }
    lines.extend(gaps("gap:     ", &answered.gaps, Style::Notice, screen));
    lines.extend(gaps("short:   ", &answered.short, Style::Faint, screen));
    lines.extend(remarks(answered).into_iter().map(|text| screen.styled(Style::Notice, &text)));
    lines.push(signed(&answered.checkpoint, screen));
    lines.push(to_keep(&answered.checkpoint));
    lines.extend(proof.map(str::to_owned));
    lines.push(LIMITS.to_owned());
    lines.join("\n")
}

const LIMITS: &str = "what this rests on: what the box wrote about itself at the time, unchanged since. Whether its \
                      program was the one it should be, compare `software.executable` with the release";

fn remarks(answered: &Answer) -> Vec<String> {
    let mut remarks = Vec::new();
    if !answered.others.is_empty() {
        let others: Vec<_> = answered.others.iter().map(ToString::to_string).collect();
        remarks.push(format!(
            "camera:   `{}` is in no attestation of this log: it was not configured, or has another name; there are {}",
            answered.question.camera,
            harmless(&others.join(", "))
        ));
    }
    if answered.verdict == Verdict::Yes && !answered.short.is_empty() {
        let secs: i64 = answered.short.iter().map(length_secs).sum();
        remarks.push(format!(
            "but for:  {}, together {secs} s, of which the log says nothing",
            counted(answered.short.len() as u64, "interruption")
        ));
    }
    if answered.verdict == Verdict::Yes && answered.question.claim == Claim::NothingSent {
        remarks.push(
            "meaning:  nothing was sent for the first time; what is sent once more is not written down again"
                .to_owned(),
        );
    }
    if answered.verdict == Verdict::No && answered.question.claim == Claim::MaskingOn {
        remarks
            .push("meaning:  while masking is not on, the box keeps and sends no picture at all".to_owned());
    }
    if answered.unsigned > 0 {
        let count = counted(answered.unsigned, "record");
        remarks.push(format!("unsigned: {count} since the last checkpoint; they count for nothing yet"));
    }
    remarks
}

fn length_secs(gap: &Gap) -> i64 {
    gap.to.unix_secs().saturating_sub(gap.from.unix_secs())
}

fn gaps(head: &str, gaps: &[Gap], style: Style, screen: &Screen) -> Vec<String> {
    let moment = |at: Timestamp| screen.moment(at.unix_millis());
    let line = |gap: &Gap| {
        let text = format!("{head} {} to {}: {}", moment(gap.from), moment(gap.to), gap.cause.words());
        screen.styled(style, &text)
    };
    let mut lines: Vec<_> = gaps.iter().take(LISTED).map(line).collect();
    if gaps.len() > LISTED {
        lines
            .push(screen.styled(style, &format!("{head} and {} more (--json has all)", gaps.len() - LISTED)));
    }
    lines
}

fn signed(checkpoint: &SignedCheckpoint, screen: &Screen) -> String {
    let (records, at) = (checkpoint.checkpoint().number(), checkpoint.checkpoint().time());
    format!(
        "signed:   by the checkpoint of {} of {}",
        counted(records, "record"),
        screen.moment(at.unix_millis())
    )
}

fn unsound(report: &Report, screen: &Screen) -> String {
    let mut lines = vec![screen.styled(Style::Alarm, "not answered: something is wrong with the log")];
    lines.extend(report.faults.iter().map(|located| fault(located, screen)));
    if report.faults.is_empty() {
        lines.push("nothing in it is signed".to_owned());
    }
    lines.join("\n")
}

fn unsound_json(report: &Report) -> serde_json::Result<String> {
    let faults: Vec<_> = report.faults.iter().map(ToString::to_string).collect();
    serde_json::to_string(&serde_json::json!({ "answer": null, "sound": false, "faults": faults }))
}

/// The answer for other programs; documented in `docs/audit-log.md`.
#[derive(Debug, Serialize)]
struct AnswerView {
    question: String,
    answer: &'static str,
    sound: bool,
    attestations: u64,
    first_record: Option<u64>,
    last_record: Option<u64>,
    contradiction: Option<ContradictionView>,
    gaps: Vec<GapView>,
    interruptions: Vec<GapView>,
    other_cameras: Vec<String>,
    unsigned_records: u64,
    checkpoint: String,
    to_keep: String,
}

#[derive(Debug, Serialize)]
struct ContradictionView {
    record: u64,
    from_unix_secs: i64,
    until_unix_secs: i64,
    why: String,
}

#[derive(Debug, Serialize)]
pub(super) struct GapView {
    from_unix_secs: i64,
    to_unix_secs: i64,
    cause: &'static str,
}

impl GapView {
    pub(super) fn of(gap: &Gap) -> Self {
        let (from_unix_secs, to_unix_secs) = (gap.from.unix_secs(), gap.to.unix_secs());
        Self { from_unix_secs, to_unix_secs, cause: gap.cause.name() }
    }
}

impl AnswerView {
    fn of(answered: &Answer) -> Self {
        let contradiction = answered.contradiction.as_ref().map(|found| ContradictionView {
            record: found.number,
            from_unix_secs: found.from.unix_secs(),
            until_unix_secs: found.until.unix_secs(),
            why: found.why.clone(),
        });
        Self {
            question: answered.question.to_string(),
            answer: answered.verdict.name(),
            sound: true,
            attestations: answered.attestations,
            first_record: answered.records.map(|(first, _)| first),
            last_record: answered.records.map(|(_, last)| last),
            contradiction,
            gaps: answered.gaps.iter().map(GapView::of).collect(),
            interruptions: answered.short.iter().map(GapView::of).collect(),
            other_cameras: answered.others.iter().map(ToString::to_string).collect(),
            unsigned_records: answered.unsigned,
            checkpoint: answered.checkpoint.text().to_owned(),
            to_keep: short(&answered.checkpoint),
        }
    }
}
