//! `velum audit verify`: what it is that was given, and of a log or an export the report in words, or as JSON.

mod view;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use velum_policy::PublicKey;
use velum_policy::audit::{
    Located, Notice, Period, Proof, Remembered, Report, SignedCheckpoint, Timestamp, is_pack,
};

use super::VerifyArgs;
use crate::screen::{Screen, Style, harmless, say};
pub(super) use view::ReportView;

const FOUND_FAULTS: u8 = 2;

pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let keys = keys(&args.key)?;
    let kept = args.checkpoint.iter().map(|kept| remembered(kept)).collect::<anyhow::Result<Vec<_>>>()?;
    let screen = Screen::of_stdout(&args.screen);
    if is_pack(&args.path) {
        return super::pack::verify(args, &keys, &kept, &screen);
    }
    if let Some(proof) = Proof::of_file(&args.path)? {
        return super::proof::verify(args, proof, &keys, &kept, &screen);
    }
    let report = velum_policy::audit::verify(&args.path, &keys, &kept)?;
    let text = if args.json {
        serde_json::to_string(&ReportView::of(&report))?
    } else {
        in_words(&report, &args.path, &screen)
    };
    say(&text)?;
    Ok(verdict(report.is_sound()))
}

pub(super) fn verdict(is_sound: bool) -> ExitCode {
    if is_sound { ExitCode::SUCCESS } else { ExitCode::from(FOUND_FAULTS) }
}

pub(super) fn keys(given: &[String]) -> anyhow::Result<Vec<PublicKey>> {
    given.iter().map(|key| crate::policy::public_key(key)).collect()
}

/// A file, or the text itself.
pub(super) fn remembered(given: &str) -> anyhow::Result<Remembered> {
    let path = Path::new(given);
    let text = if path.is_file() {
        std::fs::read_to_string(path).with_context(|| path.display().to_string())?
    } else {
        given.to_owned()
    };
    Remembered::parse(&text).with_context(|| format!("checkpoint `{}`", harmless(given)))
}

pub(super) fn in_words(report: &Report, path: &Path, screen: &Screen) -> String {
    let mut lines = vec![head(report, path), span(report, screen)];
    lines.extend(part(report, screen));
    for (operation, counts) in &report.operations {
        let denied = format!("{} denied", counts.denied);
        let denied = if counts.denied > 0 { screen.styled(Style::Notice, &denied) } else { denied };
        lines.push(format!("  {:<14}{:>8} allowed  {denied}", operation.name(), counts.allowed));
    }
    for (what, count) in [("attestations", report.attestations), ("left the box", report.egress)] {
        lines.extend((count > 0).then(|| format!("  {what:<14}{count:>8}")));
    }
    lines.extend(signed(report, screen));
    lines.extend(remarks(report, screen));
    lines.extend(report.faults.iter().map(|located| fault(located, screen)));
    if report.is_sound() {
        lines.push(screen.styled(Style::Good, conclusion(report)));
        lines.extend(report.last_checkpoint.as_ref().map(to_keep));
    }
    lines.join("\n")
}

fn head(report: &Report, path: &Path) -> String {
    let writer = report.writer.as_ref().map_or_else(|| "unknown writer".to_owned(), ToString::to_string);
    let what = if report.period.is_some() { "export of the audit log" } else { "audit log" };
    format!("{}: {what} of {}, {}", path.display(), harmless(&writer), counted(report.files, "file"))
}

fn span(report: &Report, screen: &Screen) -> String {
    let moment = |at: Timestamp| screen.moment(at.unix_millis());
    let verified = match (report.first, report.last) {
        (Some((first, from)), Some((last, to))) => {
            let records = counted(report.records, "record");
            let read = if report.is_sound() { "verified:" } else { "read:    " };
            format!("{read} {records}, number {first} of {} to number {last} of {}", moment(from), moment(to))
        }
        _ => "read:     no record".to_owned(),
    };
    match report.records_before {
        0 => verified,
        before if report.is_cut => format!("{verified}\nnot here: {} before them", counted(before, "record")),
        before => {
            format!("{verified}\nnot here: {} before them, in earlier files", counted(before, "record"))
        }
    }
}

/// Of an export: what it is about.
fn part(report: &Report, screen: &Screen) -> Option<String> {
    let moment = |at: Timestamp| screen.moment(at.unix_millis());
    match report.period {
        Some(Period { from, to, .. }) => {
            let inside = counted(report.records.saturating_sub(report.outside), "record");
            let outside = match report.outside {
                0 => String::new(),
                count => format!("; {count} more beside it, not counted here, show where it begins and ends"),
            };
            let head = if report.is_sound() { "complete:" } else { "period:  " };
            Some(format!("{head} {inside} from {} up to {}{outside}", moment(from), moment(to)))
        }
        None if report.is_cut || report.is_sealed => {
            let text =
                "part:     this is a part of an export; whether all of its period is here, the folder shows";
            Some(screen.styled(Style::Notice, text))
        }
        None => None,
    }
}

fn signed(report: &Report, screen: &Screen) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(last) = report.last_checkpoint.as_ref().map(SignedCheckpoint::checkpoint) {
        lines.push(format!(
            "signed:   {}, the last one at {} of {}",
            counted(report.checkpoints, "checkpoint"),
            counted(last.number(), "record"),
            screen.moment(last.time().unix_millis())
        ));
    }
    lines.extend(report.signed_by.iter().map(|key| format!("by:       {key}")));
    if report.unsigned_records > 0 {
        let count = counted(report.unsigned_records, "record");
        let text = if report.is_sound() {
            format!("unsigned: {count} since then; the next checkpoint covers them")
        } else {
            format!(
                "unsigned: {count} that no checkpoint covers: what is wrong may be in them, believe none of them"
            )
        };
        lines.push(screen.styled(Style::Notice, &text));
    }
    for kept in &report.confirmed {
        let signers: Vec<_> = kept.signers(&report.signed_by).into_iter().map(ToString::to_string).collect();
        let signed = match signers.join(", ") {
            none if none.is_empty() => "it carries no signature".to_owned(),
            signers => format!("signed by {signers}"),
        };
        let count = counted(kept.number(), "record");
        let text = format!("kept:     the checkpoint of {count} is of this log; {signed}");
        lines.push(screen.styled(Style::Good, &text));
    }
    lines
}

fn remarks(report: &Report, screen: &Screen) -> Vec<String> {
    let mut lines: Vec<_> = report
        .notices
        .iter()
        .map(|(path, line, notice)| {
            let text = format!("remark:   {}:{line}: {}", name(path), notice_in_words(notice));
            screen.styled(Style::Notice, &text)
        })
        .collect();
    if report.times_set_back > 0 {
        let text = format!("remark:   the clock was set back {}", counted(report.times_set_back, "time"));
        lines.push(screen.styled(Style::Notice, &text));
    }
    lines
}

pub(super) fn fault(located: &Located, screen: &Screen) -> String {
    let text = harmless(&located.to_string());
    format!("{} {text}\n      {}", screen.styled(Style::Alarm, "WRONG"), located.fault.meaning())
}

/// No more than was verified: a file alone cannot show that its end was cut off.
fn conclusion(report: &Report) -> &'static str {
    if report.period.is_some_and(|period| period.newest.is_none()) {
        return "nothing is wrong: no line of this time is missing, by the log's own clock, and none was altered";
    }
    if report.confirmed.is_empty() || report.is_cut || report.is_sealed || report.records_before > 0 {
        "nothing is wrong with the lines that are here; that none was cut off at the end, only a checkpoint kept \
         elsewhere can show (--checkpoint)"
    } else {
        "nothing is wrong: up to the checkpoint that was kept no line is missing, and none was altered"
    }
}

pub(super) fn to_keep(signed: &SignedCheckpoint) -> String {
    format!("to keep elsewhere, for --checkpoint: {}", short(signed))
}

/// `NUMBER:ROOT`; the root is the third line of the note.
pub(super) fn short(signed: &SignedCheckpoint) -> String {
    let root = signed.text().lines().nth(2).unwrap_or_default();
    format!("{}:{root}", signed.checkpoint().number())
}

/// What the log remarks about itself.
pub(super) fn notice_in_words(notice: &Notice) -> String {
    match notice {
        Notice::LineSetAside { file, bytes, .. } => {
            format!(
                "a last line of {bytes} bytes in file {file} was not whole (power cut?) and was set aside"
            )
        }
        Notice::ChainBroken { file, line: 0, reason, .. } => {
            format!("the log began anew: file {file}: {reason}")
        }
        Notice::ChainBroken { file, line, reason, .. } => {
            format!("the log began anew: line {line} of file {file} was found wrong: {reason}")
        }
    }
}

pub(super) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn name(path: &Path) -> String {
    harmless(&path.file_name().unwrap_or_default().to_string_lossy())
}
