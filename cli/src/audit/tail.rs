//! `velum audit tail`: entries as lines for people. Whole lines only; a line that cannot be read is said to be so.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use velum_policy::audit::{
    Attestation, Content, Egress, EgressKind, Entry, Line, Outcome, Record, Subject, Timestamp, files,
    read_line,
};

use super::TailArgs;
use super::verify::notice_in_words;
use crate::screen::{Screen, Style, harmless, say};

/// How long to wait before looking for more.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(super) fn run(args: &TailArgs) -> anyhow::Result<ExitCode> {
    let screen = Screen::of_stdout(&args.screen);
    let mut reader = Reader::default();
    let mut last = VecDeque::new();
    reader.read(&args.path, |line| {
        if let Some(shown) = shown(line, args.json, &screen) {
            last.push_back(shown);
            if args.lines > 0 && last.len() > args.lines {
                last.pop_front();
            }
        }
        Ok(())
    })?;
    for line in last {
        say(&line)?;
    }
    if !args.follow {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        std::thread::sleep(LOOK_EVERY);
        reader.read(&args.path, |line| match shown(line, args.json, &screen) {
            Some(shown) => Ok(say(&shown)?),
            None => Ok(()),
        })?;
    }
}

/// How far a log was read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    path: PathBuf,
    offset: u64,
}

impl Reader {
    /// Hands over the lines that were added, without their line feed.
    pub(super) fn read(
        &mut self,
        log: &Path,
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let files = files(log)?;
        let from = files.iter().position(|path| *path == self.path).unwrap_or(0);
        for path in files.into_iter().skip(from) {
            if path != self.path {
                (self.path, self.offset) = (path, 0);
            }
            self.read_file(&mut take)?;
        }
        Ok(())
    }

    fn read_file(&mut self, take: &mut impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let file = File::open(&self.path).with_context(|| self.path.display().to_string())?;
        let mut reader = BufReader::new(file);
        reader.seek(SeekFrom::Start(self.offset))?;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read =
                reader.read_until(b'\n', &mut line).with_context(|| self.path.display().to_string())?;
            match line.strip_suffix(b"\n") {
                Some(whole) => take(whole)?,
                None => return Ok(()),
            }
            self.offset += read as u64;
        }
    }
}

/// An entry or a notice; other lines are for programs.
pub(super) fn shown(line: &[u8], json: bool, screen: &Screen) -> Option<String> {
    match read_line(line) {
        Ok(Line::Record(_)) if json => Some(String::from_utf8_lossy(line).into_owned()),
        Ok(Line::Record(record)) => Some(in_words(&record, screen)),
        Ok(Line::Opening(_) | Line::Checkpoint(_) | Line::Cut(_) | Line::Seal(_)) => None,
        Err(_) if json => Some(serde_json::json!({ "kind": "unreadable" }).to_string()),
        Err(reason) => {
            let text = format!("a line cannot be read: {reason}; run `velum audit verify`");
            Some(screen.styled(Style::Alarm, &text))
        }
    }
}

pub(super) fn in_words(record: &Record, screen: &Screen) -> String {
    let head = format!("{}  {:>6}", screen.moment(record.time.unix_millis()), record.number);
    match &record.content {
        Content::Entry(entry) => format!("{head}  {}", entry_in_words(entry, screen)),
        Content::Attestation(said) => format!("{head}  {}", attestation_in_words(said, screen)),
        Content::Egress(left) => format!("{head}  {}", egress_in_words(left)),
        Content::Notice(notice) => {
            format!(
                "{head}  {}",
                screen.styled(Style::Notice, &format!("remark: {}", notice_in_words(notice)))
            )
        }
    }
}

fn attestation_in_words(said: &Attestation, screen: &Screen) -> String {
    let moment = |at: Timestamp| screen.moment(at.unix_millis());
    let policies: Vec<_> = said.policies.iter().map(|one| format!("policy {}", one.version)).collect();
    let mut parts = vec![format!("attested from {} to {}", moment(said.from), moment(said.until))];
    parts.push(if policies.is_empty() { "no policy".to_owned() } else { policies.join(", ") });
    parts.push(format!("in force: {}", said.in_force));
    if !said.time_trusted {
        parts.push(screen.styled(Style::Notice, "clock not trusted"));
    }
    for (id, camera) in &said.cameras {
        let text = format!(
            "{id}: {}, analysed {}, masking {}",
            camera.state,
            camera.analysed,
            camera.masking.name().replace('_', " ")
        );
        parts.push(harmless(&text));
    }
    parts.join("  ")
}

fn egress_in_words(left: &Egress) -> String {
    let what = match left.kind {
        EgressKind::Event => "left: an event of the class",
        EgressKind::Still => "left: a still of an alert of the class",
        EgressKind::StillWithdrawn => "not sent after all: the still of an alert of the class",
    };
    let camera = left.camera.as_ref().map(|camera| format!("  camera {camera}")).unwrap_or_default();
    let fields: Vec<_> = left.fields.keys().cloned().collect();
    harmless(&format!(
        "{what} {}{camera}  to {}  bytes: {}  fields: {}",
        left.class,
        left.recipient,
        left.bytes,
        fields.join(", ")
    ))
}

fn entry_in_words(entry: &Entry, screen: &Screen) -> String {
    let mut parts = vec![match &entry.outcome {
        Outcome::Allowed => screen.styled(Style::Good, "allowed"),
        Outcome::Denied { rule } => screen.styled(Style::Alarm, &format!("denied ({rule})")),
    }];
    parts.push(format!("{} of {}", entry.operation, subject_in_words(&entry.subject)));
    let with = |what: &str, text: Option<String>| text.map(|text| format!("{what} {}", harmless(&text)));
    parts.extend(with("camera", entry.camera.as_ref().map(ToString::to_string)));
    parts.push(with("by", entry.operator.clone()).unwrap_or_else(|| "by the program".to_owned()));
    parts.extend(with("to", entry.recipient.clone()));
    parts.extend(with("for", entry.purpose.clone()));
    parts.extend(with("under", law(entry)));
    parts.extend(with("reference", entry.reference.clone()));
    parts.extend(entry.records.map(|count| format!("records: {count}")));
    parts.extend(entry.bytes.map(|count| format!("bytes: {count}")));
    parts.extend(entry.justification.as_deref().map(|why| format!("\u{201c}{}\u{201d}", harmless(why))));
    parts.join("  ")
}

fn law(entry: &Entry) -> Option<String> {
    match (entry.regime, &entry.legal_basis) {
        (Some(regime), Some(basis)) => Some(format!("{regime}, {basis}")),
        (Some(regime), None) => Some(regime.to_string()),
        (None, basis) => basis.clone(),
    }
}

fn subject_in_words(subject: &Subject) -> String {
    match subject {
        Subject::Event(id) => format!("event {id}"),
        Subject::Alert(id) => format!("alert {id}"),
        Subject::Still(id) => format!("the still of event {id}"),
        Subject::Verdict(id) => format!("the verdict on event {id}"),
        Subject::Events => "events".to_owned(),
        Subject::Summary => "counts".to_owned(),
        Subject::Day(day) => {
            format!("the day {} ({}; {})", day.key_day, harmless(&day.rule), found_in_words(day.found_after))
        }
        Subject::Furniture(None) => "furniture".to_owned(),
        Subject::Furniture(Some(event)) => format!("furniture of event {event}"),
        Subject::Trial(id) => format!("the trial {}", harmless(id)),
        Subject::ErasedTrial(erased) => {
            let (id, rule) = (harmless(&erased.trial), harmless(&erased.rule));
            format!("what the trial {id} left ({rule}; {})", found_in_words(erased.found_after))
        }
        Subject::Box(name) => format!("box {}", harmless(name)),
        Subject::Access(name) => format!("the access of {}", harmless(name)),
        Subject::Policy => "the policy".to_owned(),
        Subject::AuditLog => "the audit log".to_owned(),
    }
}

fn found_in_words(found_after: u64) -> String {
    match found_after {
        0 => "nothing was found afterwards".to_owned(),
        count => format!("{count} were found afterwards"),
    }
}
