//! The commands against a log that was really written.

mod evidence;
mod questions;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use velum_policy::SigningKey;
use velum_policy::audit::{
    AuditLog, CameraId, Entry, EventId, Operation, Outcome, SimulatedClock, Subject, Timestamp, Writer, files,
};

use super::tail::{Reader, shown};
use super::*;
use crate::screen::Screen;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A closed log with one entry that was allowed and one that was not.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { folder };
        let log = desk.open();
        let _receipt = log.append(entry("review of a new alert", Outcome::Allowed)).unwrap();
        let denied = Outcome::Denied { rule: "imagery_egress".to_owned() };
        let _receipt = log.append(entry("again", denied)).unwrap();
        log.close().unwrap();
        desk
    }

    fn open(&self) -> AuditLog {
        let key = SigningKey::load_or_make(&self.path("audit.key")).unwrap();
        let clock = SimulatedClock::at(Timestamp::from_unix_secs(1_796_285_660));
        AuditLog::open(&self.path("audit"), key, Arc::new(clock), Writer::hub("town-hall").unwrap())
            .unwrap()
            .0
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, more: &[&str]) -> anyhow::Result<ExitCode> {
        let words: Vec<_> = ["verify", "AUDIT", "--key", "AUDIT.pub"].iter().chain(more).copied().collect();
        self.run_words(&words)
    }

    /// `AUDIT` stands for the path of the log, and begins those beside it.
    fn run_words(&self, words: &[&str]) -> anyhow::Result<ExitCode> {
        #[derive(Debug, clap::Parser)]
        struct Line {
            #[command(flatten)]
            audit: AuditArgs,
        }
        let log = self.path("audit").display().to_string();
        let words = ["audit"].iter().chain(words).map(|word| word.replace("AUDIT", &log));
        run(<Line as clap::Parser>::try_parse_from(words)?.audit)
    }

    fn check(&self, more: &[&str], expected: u8) {
        is_code(self.run(more), expected, more);
    }

    fn check_words(&self, words: &[&str], expected: u8) {
        is_code(self.run_words(words), expected, words);
    }

    fn words(&self) -> String {
        let key = crate::policy::public_key(&self.path("audit.pub").display().to_string()).unwrap();
        let report = velum_policy::audit::verify(&self.path("audit"), &[key], &[]).unwrap();
        verify::in_words(&report, Path::new("audit"), &Screen::plain())
    }
}

fn is_code(code: anyhow::Result<ExitCode>, expected: u8, words: &[&str]) {
    let code = code.unwrap_or_else(|error| panic!("{words:?}: {error:#}"));
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(expected)), "{words:?}");
}

fn entry(why: &str, outcome: Outcome) -> Entry {
    Entry {
        camera: Some(CameraId::parse("hall-2").unwrap()),
        operator: Some("op-91c4".to_owned()),
        purpose: Some("left-object".to_owned()),
        justification: Some(why.to_owned()),
        ..Entry::new(Operation::Consultation, Subject::Still(EventId::from_bytes([7; 16])), outcome)
    }
}

#[test]
fn a_sound_log_is_told_in_plain_words() {
    let desk = Desk::new();
    desk.check(&[], 0);
    desk.check(&["--json"], 0);
    let words = desk.words();
    let expected = "audit: audit log of hub/town-hall, 1 file\n\
        verified: 2 records, number 1 of 2026-12-03 08:14:20 UTC to number 2 of 2026-12-03 08:14:20 UTC\n\
        \x20 consultation         1 allowed  1 denied\n\
        signed:   2 checkpoints, the last one at 2 records of 2026-12-03 08:14:20 UTC\n\
        by:       {key}\n\
        nothing is wrong with the lines that are here; that none was cut off at the end, only a checkpoint kept \
        elsewhere can show (--checkpoint)\n\
        to keep elsewhere, for --checkpoint: 2:";
    let key = words.lines().find_map(|line| line.strip_prefix("by:       ")).unwrap_or_default();
    assert!(key.starts_with("ed25519:"), "{words}");
    assert!(words.starts_with(&expected.replace("{key}", key)), "{words}");
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_it_means() {
    let desk = Desk::new();
    let kept = desk.words().rsplit(' ').next().unwrap().to_owned();
    desk.check(&["--checkpoint", &kept], 0);
    let file = files(&desk.path("audit")).unwrap().remove(0);
    let text = std::fs::read_to_string(&file).unwrap();
    let cut: Vec<_> = text.split_inclusive('\n').take(2).collect();
    std::fs::write(&file, cut.concat()).unwrap();
    desk.check(&[], 0);
    desk.check(&["--checkpoint", &kept], 2);
    std::fs::write(&file, text.replacen("op-91c4", "op-0000", 1)).unwrap();
    desk.check(&[], 2);
    desk.check(&["--json"], 2);
    let words = desk.words();
    assert!(
        words.contains("2026-12.jsonl:4: the line does not carry the hash of the line before it"),
        "{words}"
    );
    assert!(words.contains("the line before it was altered"), "{words}");
    assert!(words.contains("1 record that no checkpoint covers"), "{words}");
    assert!(!words.contains("nothing is wrong") && !words.contains("verified"), "{words}");
}

#[test]
fn what_cannot_be_read_is_no_verdict() {
    let desk = Desk::new();
    assert!(desk.run(&["--key", "ed25519:AAAA"]).is_err());
    assert!(desk.run(&["--checkpoint", "nonsense"]).is_err());
    std::fs::remove_dir_all(desk.path("audit")).unwrap();
    assert!(desk.run(&[]).is_err());
}

#[test]
fn tail_shows_entries_and_goes_on_where_it_was() {
    let desk = Desk::new();
    let mut reader = Reader::default();
    let mut read = |json| {
        let mut lines = Vec::new();
        let take = |line: &[u8]| -> anyhow::Result<()> {
            lines.extend(shown(line, json, &Screen::plain()));
            Ok(())
        };
        reader.read(&desk.path("audit"), take).unwrap();
        lines
    };
    let still = "consultation of the still of event 07070707070707070707070707070707";
    assert_eq!(
        read(false),
        [
            format!(
                "2026-12-03 08:14:20 UTC       1  allowed  {still}  camera hall-2  by op-91c4  for left-object  \
                 \u{201c}review of a new alert\u{201d}"
            ),
            format!(
                "2026-12-03 08:14:20 UTC       2  denied (imagery_egress)  {still}  camera hall-2  by op-91c4  \
                 for left-object  \u{201c}again\u{201d}"
            ),
        ]
    );
    assert!(read(false).is_empty());
    let log = desk.open();
    let _receipt = log.append(entry("a third look", Outcome::Allowed)).unwrap();
    let lines = read(true);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with('{') && lines[0].contains("a third look"), "{lines:?}");
    let unreadable = shown(b"\x1b[2J", false, &Screen::plain()).unwrap();
    assert!(unreadable.contains("velum audit verify") && !unreadable.contains('\x1b'), "{unreadable}");
}
