//! `velum audit prove`, and what `velum audit verify` says of a proof.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use velum_policy::PublicKey;
use velum_policy::audit::{
    AnswerProof, Content, Fault, InclusionProof, Line, Located, Proof, Record, Remembered, SignedCheckpoint,
    Verdict, prove_growth, prove_record, read_line,
};

use super::verify::{counted, fault, remembered, short, to_keep, verdict};
use super::{ProveArgs, VerifyArgs, tail};
use crate::screen::{Screen, Style, harmless, say};

pub(super) fn prove(args: &ProveArgs) -> anyhow::Result<ExitCode> {
    let proof = match (args.record, &args.from) {
        (Some(number), _) => Proof::Inclusion(prove_record(&args.log, number, args.incarnation)?),
        (None, Some(kept)) => Proof::Consistency(prove_growth(&args.log, remembered(kept)?)?),
        (None, None) => anyhow::bail!("give --record NUMBER or --from CHECKPOINT"),
    };
    let json = proof.to_json();
    let Some(out) = &args.out else {
        say(json.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    };
    write_new(out, &json)?;
    say(&format!("{}: {}", out.display(), what(&proof)))?;
    say(&format!("verify it with: velum audit verify {} --key audit.pub", out.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Nothing is overwritten, and the file is its owner's alone: the line in it names operators.
pub(super) fn write_new(out: &Path, json: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let written = file.and_then(|mut file| file.write_all(json.as_bytes()).and_then(|()| file.sync_all()));
    written.with_context(|| format!("{}: a new file is needed; choose another --out", out.display()))
}

/// What kind of proof it is.
fn what(proof: &Proof) -> String {
    let origin = proof.checkpoint().map_or_else(|| "no log".to_owned(), log_in_words);
    match proof {
        Proof::Answer(proof) => {
            format!("answer from {origin}: {} to \u{201c}{}\u{201d}", proof.verdict.name(), proof.question)
        }
        Proof::Inclusion(proof) => format!("proof of record {} of {origin}", proof.number),
        Proof::Consistency(proof) => {
            let from = counted(proof.earlier.number(), "record");
            let to = counted(proof.checkpoint.checkpoint().number(), "record");
            format!("proof that {origin} grew from {from} to {to}")
        }
    }
}

pub(super) fn verify(
    args: &VerifyArgs,
    read: Result<Proof, String>,
    keys: &[PublicKey],
    kept: &[Remembered],
    screen: &Screen,
) -> anyhow::Result<ExitCode> {
    let found = match &read {
        Ok(proof) => proof.verify(keys, kept),
        Err(reason) => Err(Fault::Unreadable(reason.clone())),
    };
    let fault = found.err().map(|fault| Located::whole(args.path.clone(), fault));
    let text = if args.json {
        serde_json::to_string(&ProofView::of(read.as_ref().ok(), fault.as_ref()))?
    } else {
        in_words(&args.path, read.as_ref().ok(), fault.as_ref(), screen)
    };
    say(&text)?;
    Ok(verdict(fault.is_none()))
}

pub(super) fn in_words(
    path: &Path,
    proof: Option<&Proof>,
    wrong: Option<&Located>,
    screen: &Screen,
) -> String {
    let head = proof.map_or_else(|| "a proof that cannot be read".to_owned(), what);
    let mut lines = vec![format!("{}: {head}", path.display())];
    match (proof, wrong) {
        (_, Some(located)) => lines.push(fault(located, screen)),
        (Some(proof), None) => {
            lines.extend(proved(proof, screen));
            lines.extend(proof.checkpoint().map(to_keep));
        }
        (None, None) => {}
    }
    lines.join("\n")
}

/// What a sound proof proves, and what it does not.
fn proved(proof: &Proof, screen: &Screen) -> Vec<String> {
    let signed = proof.checkpoint().map(|checkpoint| signed(checkpoint, screen)).unwrap_or_default();
    match proof {
        Proof::Answer(answer) => answered(answer, screen),
        Proof::Inclusion(inclusion) => {
            let number = inclusion.number;
            let mut lines = vec![screen.styled(
                Style::Good,
                &format!("proved:   record {number} is in the log, in these words, as it was when {signed}"),
            )];
            lines.extend(record(inclusion).map(|record| format!("  {}", tail::in_words(&record, screen))));
            lines.push(
                "not shown: any other record; that what the record says is true, only that the log says it"
                    .to_owned(),
            );
            lines
        }
        Proof::Consistency(growth) => {
            let kept = counted(growth.earlier.number(), "record");
            let source = match growth.earlier {
                Remembered::Note(_) => "signed by the same log",
                Remembered::Short { .. } => "not signed: compare it with the one that you kept",
            };
            vec![
                format!("earlier:  a checkpoint of {kept}, {source}: {}", earlier(&growth.earlier)),
                screen.styled(
                    Style::Good,
                    &format!(
                        "proved:   the log begins with just those {kept}: none of them was altered, removed or put \
                         in before {signed}"
                    ),
                ),
            ]
        }
    }
}

/// The records of an answer are shown one by one; what stands between them is not here.
fn answered(answer: &AnswerProof, screen: &Screen) -> Vec<String> {
    let mut lines = Vec::new();
    for proof in &answer.records {
        let text = format!("proved:   record {} is in the log, in these words", proof.number);
        lines.push(screen.styled(Style::Good, &text));
        lines.extend(record(proof).map(|record| format!("  {}", tail::in_words(&record, screen))));
    }
    if let Some(growth) = &answer.growth {
        let kept = counted(growth.earlier.number(), "record");
        let text = format!("proved:   the log begins with the {kept} that its earlier checkpoint counts");
        lines.push(screen.styled(Style::Good, &text));
    }
    lines.push(match answer.verdict {
        Verdict::No => "so:       no is proved by the record alone, as far as the box says the truth".to_owned(),
        Verdict::Yes | Verdict::Unknown => {
            "not shown: the records in between; to see that none says otherwise, verify an export of that time and ask \
             the same question of it"
                .to_owned()
        }
    });
    lines
}

fn record(proof: &InclusionProof) -> Option<Record> {
    match read_line(proof.line.as_bytes()) {
        Ok(Line::Record(record)) => Some(*record),
        _ => None,
    }
}

fn earlier(kept: &Remembered) -> String {
    match kept {
        Remembered::Note(signed) => short(signed),
        Remembered::Short { .. } => kept.to_string(),
    }
}

/// The origin is `velum-audit/`, the writer, `/` and the incarnation.
fn log_in_words(signed: &SignedCheckpoint) -> String {
    let origin = signed.checkpoint().origin();
    let parts = origin.strip_prefix("velum-audit/").and_then(|rest| rest.rsplit_once('/'));
    match parts {
        Some((writer, incarnation)) => {
            harmless(&format!("the audit log of {writer} (incarnation {incarnation})"))
        }
        None => harmless(&format!("the log {origin}")),
    }
}

fn signed(signed: &SignedCheckpoint, screen: &Screen) -> String {
    let checkpoint = signed.checkpoint();
    let (records, moment) = (counted(checkpoint.number(), "record"), checkpoint.time().unix_millis());
    format!("its checkpoint of {records} was signed, {}", screen.moment(moment))
}

/// The verdict for other programs; documented in `docs/audit-log.md`.
#[derive(Debug, Serialize)]
struct ProofView {
    kind: Option<&'static str>,
    sound: bool,
    origin: Option<String>,
    record: Option<u64>,
    operation: Option<&'static str>,
    question: Option<String>,
    answer: Option<&'static str>,
    earlier: Option<String>,
    checkpoint: Option<String>,
    fault: Option<String>,
}

impl ProofView {
    fn of(proof: Option<&Proof>, fault: Option<&Located>) -> Self {
        let signed = proof.and_then(Proof::checkpoint);
        let mut view = Self {
            kind: None,
            sound: fault.is_none(),
            origin: signed.map(|signed| signed.checkpoint().origin().to_owned()),
            record: None,
            question: None,
            answer: None,
            operation: None,
            earlier: None,
            checkpoint: signed.map(short),
            fault: fault.map(|located| located.fault.to_string()),
        };
        match proof {
            Some(Proof::Inclusion(inclusion)) => {
                (view.kind, view.record) = (Some("inclusion"), Some(inclusion.number));
                view.operation = match record(inclusion).map(|record| record.content) {
                    Some(Content::Entry(entry)) => Some(entry.operation.name()),
                    _ => None,
                };
            }
            Some(Proof::Answer(answer)) => {
                (view.kind, view.question) = (Some("answer"), Some(answer.question.to_string()));
                view.answer = Some(answer.verdict.name());
            }
            Some(Proof::Consistency(growth)) => {
                (view.kind, view.earlier) = (Some("consistency"), Some(earlier(&growth.earlier)));
            }
            None => {}
        }
        view
    }
}
