//! What is written, and when.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::*;
use crate::audit::{Content, ErasedDay, ErasedTrial, JUSTIFICATION_CHARS, KeyDay, Line, Notice, read_line};

#[test]
fn entries_are_numbered_counted_and_read_back() {
    let desk = Desk::new();
    let log = desk.open();
    let entry = consultation("\"quoted\" \\ und Umlaute: äöü");
    let receipt = log.append(entry.clone()).unwrap();
    assert_eq!(receipt.number, 1);
    let denied = Outcome::Denied { rule: "imagery_egress".to_owned() };
    let denied = Entry { outcome: denied, justification: None, ..entry.clone() };
    assert_eq!(log.append(denied).unwrap().number, 2);
    log.close().unwrap();
    let report = desk.verify();
    sound(&report);
    assert_eq!((report.records, report.unsigned_records, report.checkpoints), (2, 0, 2));
    let counts = report.operations[&Operation::Consultation];
    assert_eq!((counts.allowed, counts.denied), (1, 1));
    let line = &lines_of(&desk.file())[2];
    let Ok(Line::Record(record)) = read_line(line.trim_ascii_end()) else { panic!() };
    assert_eq!(record.content, Content::Entry(Box::new(entry)));
    assert_eq!(Digest::of(line.trim_ascii_end()), receipt.hash);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&desk.dir()), mode(&desk.file())), (0o700, 0o600));
}

#[test]
fn an_entry_is_in_the_file_when_append_returns() {
    let desk = Desk::new();
    let log = desk.open();
    let receipt = log.append(consultation("first")).unwrap();
    assert_eq!(Digest::of(lines_of(&desk.file())[2].trim_ascii_end()), receipt.hash);
}

pub(super) fn everything() -> [Entry; 6] {
    let full = Entry {
        recipient: Some("role:bomb-disposal".to_owned()),
        regime: Some(crate::sections::Regime::Led),
        legal_basis: Some("LED 8(1)".to_owned()),
        reference: Some("PV-2026-117".to_owned()),
        bytes: Some(48_113),
        ..consultation("a suspect object, the hall is cleared")
    };
    let day = ErasedDay {
        key_day: KeyDay::parse("2026-11-19").unwrap(),
        rule: "retention.event=P14D".to_owned(),
        searched: vec!["events".to_owned(), "stills".to_owned()],
        found_after: 0,
    };
    let erasure =
        Entry { records: Some(112), ..Entry::new(Operation::Erasure, Subject::Day(day), Outcome::Allowed) };
    let trial = ErasedTrial {
        trial: "platform-2-night".to_owned(),
        rule: "sandbox.until".to_owned(),
        searched: vec!["shadow".to_owned()],
        found_after: 0,
    };
    let begun =
        Entry::new(Operation::Collection, Subject::Trial("platform-2-night".to_owned()), Outcome::Allowed);
    let ended = Entry::new(Operation::Erasure, Subject::ErasedTrial(trial), Outcome::Allowed);
    let of_box = Entry::new(Operation::Alteration, Subject::Box("tram-hub-3".to_owned()), Outcome::Allowed);
    let person = Entry::new(Operation::Alteration, Subject::Access("anna".to_owned()), Outcome::Allowed);
    [full, erasure, begun, ended, of_box, person]
}

#[test]
fn every_line_is_canonical_json() {
    let desk = Desk::new();
    let log = desk.open();
    for entry in everything() {
        let _receipt = log.append(entry).unwrap();
    }
    log.close().unwrap();
    for line in lines_of(&desk.file()) {
        // The maps of this library are sorted by key, as RFC 8785 wants it.
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(String::from_utf8_lossy(&line).trim_end(), value.to_string());
    }
    sound(&desk.verify());
}

#[test]
fn an_allowed_look_needs_a_person_and_a_reason() {
    let desk = Desk::new();
    let log = desk.open();
    let check = |entry: Entry, expected: &str| {
        let error = log.append(entry).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let fine = consultation("why");
    check(Entry { justification: None, ..fine.clone() }, "needs `justification`");
    check(Entry { operator: None, ..fine.clone() }, "needs `operator`");
    check(Entry { operation: Operation::Disclosure, ..fine.clone() }, "needs `recipient`");
    check(consultation(" "), "`justification` has 1 to 500");
    check(consultation(&"x".repeat(JUSTIFICATION_CHARS + 1)), "found 501");
    check(consultation("two\nlines"), "U+000A");
    check(Entry { operator: Some("op\u{202e}".to_owned()), ..fine.clone() }, "U+202E");
    check(Entry { purpose: Some("x".repeat(129)), ..fine.clone() }, "`purpose`");
    check(Entry { records: Some(u64::MAX), ..fine }, "`records` is at most");
    assert_eq!(desk.verify().records, 0);
}

#[test]
fn the_longest_entry_fits() {
    let desk = Desk::new();
    let wide = |chars| "\u{10ffff}".repeat(chars);
    let day = ErasedDay {
        key_day: KeyDay::parse("2026-11-19").unwrap(),
        rule: "\"".repeat(128),
        searched: vec![wide(128); 16],
        found_after: 0,
    };
    let entry = Entry {
        subject: Subject::Day(day),
        operator: Some(wide(128)),
        recipient: Some(wide(128)),
        purpose: Some(wide(128)),
        legal_basis: Some(wide(128)),
        reference: Some(wide(128)),
        outcome: Outcome::Denied { rule: "\\".repeat(128) },
        ..consultation(&wide(JUSTIFICATION_CHARS))
    };
    let log = desk.open();
    let _receipt = log.append(entry).unwrap();
    log.close().unwrap();
    sound(&desk.verify());
}

#[test]
fn checkpoints_come_by_number_by_time_at_start_and_at_the_end() {
    let desk = Desk::at(Pace { records: 3, secs: 3_600, ..Pace::default() });
    let log = desk.open();
    let number = || log.last_checkpoint().unwrap().unwrap().checkpoint().number();
    assert_eq!(number(), 0);
    desk.append(&log, 3);
    assert_eq!(number(), 3);
    desk.append(&log, 1);
    assert_eq!((number(), log.checkpoint_if_due().unwrap()), (3, None));
    desk.clock.advance(Duration::from_secs(3_600));
    assert_eq!(log.checkpoint_if_due().unwrap().unwrap().checkpoint().number(), 4);
    desk.clock.advance(Duration::from_secs(3_600));
    desk.append(&log, 1);
    assert_eq!(number(), 5, "an entry brings it, too");
    desk.append(&log, 1);
    drop(log);
    let report = desk.verify();
    sound(&report);
    assert_eq!((report.records, report.unsigned_records, report.checkpoints), (6, 0, 5));
}

#[test]
fn each_month_and_each_full_file_begins_another_that_goes_on() {
    let desk = Desk::at(Pace { records: 50, secs: 3_600, file_bytes: 4_000 });
    let log = desk.open();
    desk.append(&log, 12);
    let of_december = desk.files().len();
    assert!(of_december > 1, "{of_december}");
    desk.clock.advance(Duration::from_secs(31 * 86_400));
    desk.append(&log, 1);
    // A clock that is set back does not go back to an earlier file.
    desk.clock.set(Timestamp::from_unix_secs(START_SECS));
    desk.append(&log, 1);
    log.close().unwrap();
    let names: Vec<_> = desk.files().iter().map(|f| f.file_name().unwrap().to_owned()).collect();
    assert_eq!(names.len(), of_december + 1, "{names:?}");
    assert_eq!(names[0], "audit-000001-2026-12.jsonl");
    assert!(names.last().unwrap().to_str().unwrap().ends_with("-2027-01.jsonl"));
    let report = desk.verify();
    sound(&report);
    assert_eq!((report.records, report.times_set_back, report.unsigned_records), (14, 1, 0));
    // Each file can be verified on its own.
    for file in desk.files() {
        sound(&verify(&file, &[desk.public], &[]).unwrap());
    }
    drop(desk.open());
    sound(&desk.verify());
}

#[test]
fn threads_may_log_at_once() {
    let desk = Desk::new();
    let log = desk.open();
    let work = || (0..25).map(|_| log.append(consultation("at once")).unwrap().number).collect::<Vec<_>>();
    let numbers: BTreeSet<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(numbers.len(), 100);
    log.close().unwrap();
    let report = desk.verify();
    sound(&report);
    assert_eq!((report.records, report.last.unwrap().0), (100, 100));
}

#[test]
fn two_processes_do_not_write_one_log() {
    let desk = Desk::new();
    let log = desk.open();
    assert!(matches!(desk.try_open(), Err(AuditError::InUse(_))));
    drop(log);
    drop(desk.open());
    let writer = Writer::edge_box("tram-hub-3").unwrap();
    let error = AuditLog::open(&desk.dir(), desk.key(), Arc::new(desk.clock.clone()), writer).unwrap_err();
    assert!(matches!(error, AuditError::OtherWriter { .. }), "{error}");
}

/// Wherever the power goes while the last line is written: it is set aside, and nothing before it is lost.
#[test]
fn a_torn_line_is_set_aside_and_told() {
    let desk = Desk::new();
    let log = desk.open();
    desk.append(&log, 2);
    let whole = std::fs::read(desk.file()).unwrap();
    drop(log);
    let before: usize = lines_of(&desk.file())[..3].iter().map(Vec::len).sum();
    for cut in (before + 1..whole.len()).step_by(7).chain([whole.len() - 1]) {
        std::fs::write(desk.file(), &whole[..cut]).unwrap();
        assert!(!desk.verify().is_sound(), "cut at {cut}");
        let (log, recovery) = desk.try_open().unwrap();
        let aside = recovery.set_aside.unwrap();
        assert_eq!((recovery.records, aside.bytes, recovery.broken), (1, (cut - before) as u64, None));
        assert_eq!(std::fs::read(&aside.path).unwrap(), &whole[before..cut]);
        assert_eq!(log.append(consultation("after the power cut")).unwrap().number, 3);
        log.close().unwrap();
        let report = desk.verify();
        sound(&report);
        assert!(matches!(report.notices[..], [(_, _, Notice::LineSetAside { file: 1, .. })]));
        std::fs::remove_file(aside.path).unwrap();
    }
    // Zeros where a line should be are no line either.
    std::fs::write(desk.file(), [&whole[..before], &[0; 200], b"\n"].concat()).unwrap();
    assert_eq!(desk.try_open().unwrap().1.set_aside.unwrap().bytes, 201);
}

#[test]
fn a_half_made_file_is_no_file() {
    let desk = Desk::with_entries(2);
    std::fs::write(desk.dir().join("audit-000002-2027-01.new"), "{\"half").unwrap();
    drop(desk.open());
    sound(&desk.verify());
}

#[test]
fn a_broken_chain_is_left_as_it_is_and_told() {
    let desk = Desk::with_entries(6);
    let first = desk.file();
    let bytes = std::fs::read_to_string(&first).unwrap();
    let altered = bytes.replacen("alarm 3", "alarm 9", 1);
    std::fs::write(&first, &altered).unwrap();
    let (log, recovery) = desk.try_open().unwrap();
    let broken = recovery.broken.unwrap();
    // Opening, checkpoint, entries 1 to 4: the line after the altered one does not fit.
    assert_eq!((broken.file, broken.found.line), (1, 6));
    assert_eq!(log.append(consultation("it goes on")).unwrap().number, 2);
    log.close().unwrap();
    assert_eq!(std::fs::read_to_string(&first).unwrap(), altered);
    let report = desk.verify();
    assert_eq!(report.faults.len(), 1);
    assert_eq!((report.faults[0].line, report.faults[0].path == first), (6, true));
    assert_eq!(report.records, 3 + 2, "up to the fault, and all of the new file");
    let [(_, _, Notice::ChainBroken { file: 1, line: 6, sha256, .. })] = &report.notices[..] else {
        panic!("{report:?}")
    };
    assert_eq!(*sha256, Digest::of(altered.as_bytes()));
    // The new file is sound in itself, and the start after it has nothing to tell.
    drop(desk.open());
    sound(&verify(&desk.files()[1], &[desk.public], &[]).unwrap());
}

/// Whoever changes the file under the running program does not stop it, and does not stay hidden.
#[test]
fn changes_while_it_is_written_are_noticed() {
    let check = |change: fn(&Path)| {
        let desk = Desk::new();
        let log = desk.open();
        desk.append(&log, 3);
        change(&desk.file());
        desk.append(&log, 2);
        log.close().unwrap();
        let report = desk.verify();
        assert!(matches!(report.notices[..], [(_, _, Notice::ChainBroken { file: 1, .. })]), "{report:?}");
        assert_eq!(report.last.unwrap().0, 3, "the notice and two entries");
        report
    };
    let report = check(|path| {
        let lines = lines_of(path);
        std::fs::write(path, lines[..lines.len() - 1].concat()).unwrap();
    });
    assert!(matches!(report.faults[0].fault, crate::audit::Fault::BeganAnew), "{:?}", report.faults);
    assert!(!check(|path| std::fs::write(path, "").unwrap()).is_sound());
    check(|path| std::fs::remove_file(path).unwrap());
}
