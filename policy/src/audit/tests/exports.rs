//! An export is verified without the rest of the log, and shows by itself that nothing of its period is missing.

use proptest::prelude::*;

use super::*;
use crate::audit::chain::Chain;
use crate::audit::line::{Linked, Seal};
use crate::audit::{Fault, Line, Period, SignedCheckpoint, export, text};

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_unix_secs(START_SECS + secs)
}

pub(super) fn period(from: i64, to: i64) -> Period {
    Period { from: at(from), to: at(to), newest: None }
}

/// A log of several files, one record a second: record 1 in second 1.
pub(super) fn log_of(count: u64) -> Desk {
    let desk = Desk::at(Pace { records: 5, secs: 3_600, file_bytes: 2_600 });
    let log = desk.open();
    desk.append(&log, count);
    log.close().unwrap();
    desk
}

impl Desk {
    pub(super) fn out(&self) -> PathBuf {
        self.folder.path().join("export")
    }

    pub(super) fn export(&self, period: Period) -> crate::audit::Exported {
        let _absent = std::fs::remove_dir_all(self.out());
        export(&self.dir(), period, &self.out()).unwrap()
    }

    fn verify_export(&self) -> Report {
        verify(&self.out(), &[self.public], &[]).unwrap()
    }
}

#[test]
fn a_period_can_be_cut_out_and_verified_alone() {
    let desk = log_of(23);
    let files = desk.files().len();
    assert!(files > 2);
    for from in (0..=23).step_by(3) {
        for to in (from + 1..=24).step_by(2) {
            let exported = desk.export(period(from, to));
            let report = desk.verify_export();
            assert!(report.is_sound(), "{from}..{to}: {:?}", report.faults);
            assert_eq!(report.period, Some(exported.period), "{from}..{to}");
            let inside = (from.max(1)..to).count() as u64;
            assert_eq!(report.records - report.outside, inside, "{from}..{to}");
            assert!(report.outside <= 2, "{from}..{to}");
            let counted: u64 = report.operations.values().map(|counts| counts.allowed).sum();
            assert_eq!((counted, report.unsigned_records), (inside, 0), "{from}..{to}");
            assert_eq!(report.is_cut, report.first.unwrap().0 > 1 && exported.files > 0 && report.is_cut);
        }
    }
    // Of all there is, nothing is cut.
    desk.export(period(-1_000, 1_000));
    let report = desk.verify_export();
    assert!(!report.is_cut && !report.is_sealed && report.outside == 0, "{report:?}");
    for file in desk.files() {
        let copy = desk.out().join(file.file_name().unwrap());
        assert_eq!(std::fs::read(copy).unwrap(), std::fs::read(file).unwrap());
    }
    assert_eq!(report.period.unwrap().newest, Some(23));
}

#[test]
fn what_is_not_signed_yet_is_not_exported_and_told() {
    let desk = Desk::at(Pace { records: 5, secs: 3_600, ..Pace::default() });
    let log = desk.open();
    desk.append(&log, 8);
    let exported = desk.export(period(0, 100));
    assert_eq!((exported.unsigned, exported.period.to, exported.period.newest), (3, at(6), Some(5)));
    let report = desk.verify_export();
    sound(&report);
    assert_eq!((report.records, report.last.unwrap().0), (5, 5));
    let refused =
        |period| export(&desk.dir(), period, &desk.folder.path().join("other")).unwrap_err().to_string();
    let error = refused(period(7, 100));
    assert!(error.contains("signed up to 2026-12-03T08:14:25Z"), "{error}");
    assert!(!desk.folder.path().join("other").exists());
    let error = export(&desk.dir(), period(0, 100), &desk.out()).unwrap_err().to_string();
    assert!(error.contains("is there already"), "{error}");
    let error = export(&desk.out(), period(0, 3), &desk.folder.path().join("other"));
    assert!(error.is_ok(), "an export without cut or seal is a log");
}

#[test]
fn what_is_left_out_of_an_export_is_found() {
    let desk = log_of(23);
    let check = |change: &dyn Fn(&[PathBuf]), expected: &str| {
        desk.export(period(6, 18));
        sound(&desk.verify_export());
        change(&files(&desk.out()).unwrap());
        let report = desk.verify_export();
        let found = report.faults.first().map(ToString::to_string).unwrap_or_default();
        assert!(found.contains(expected), "{found}");
        assert!(!report.faults[0].fault.meaning().is_empty());
    };
    let edit = |path: &Path, change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut lines = lines_of(path);
        change(&mut lines);
        std::fs::write(path, lines.concat()).unwrap();
    };
    check(&|files| std::fs::remove_file(&files[0]).unwrap(), "that the beginning of its period");
    check(&|files| std::fs::remove_file(&files[files.len() - 1]).unwrap(), "that the end of its period");
    check(&|files| std::fs::remove_file(&files[1]).unwrap(), "expected file 2 of the log, found file 3");
    check(&|files| edit(&files[0], &|lines| drop(lines.remove(0))), "does not begin with an opening");
    check(&|files| edit(&files[0], &|lines| drop(lines.remove(1))), "the hash of the line before it");
    check(&|files| edit(files.last().unwrap(), &|lines| drop(lines.pop())), "");
    check(&|files| edit(files.last().unwrap(), &|lines| lines.push(lines[1].clone())), "behind the seal");
    check(&|files| edit(files.last().unwrap(), &|lines| drop(lines.remove(lines.len() - 2))), "");
    check(
        &|files| std::fs::remove_file(files[0].with_file_name("export.json")).unwrap(),
        "beginning and end",
    );
    let manifest = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        move |files: &[PathBuf]| {
            let path = files[0].with_file_name("export.json");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(&from), "{text}");
            std::fs::write(path, text.replace(&from, &to)).unwrap();
        }
    };
    check(&manifest("08:14:26", "08:14:24"), "the beginning of its period");
    check(&manifest("08:14:38", "08:14:40"), "the end of its period");
    check(&manifest("08:14:38", "08:14:20"), "`from` is not before `to`");
    check(&manifest("08:14:38Z", "tomorrow"), "`to` is `");
    check(&manifest("\"v\":1", "\"v\":2"), "version 2");
    check(&manifest("\"v\":1", "\"v\": 1"), "not in the form");
}

/// A log must not pass for whole where an export's lines were put into it; and the writer begins anew behind one.
#[test]
fn lines_of_an_export_in_a_log_are_found() {
    let desk = log_of(23);
    desk.export(period(6, 18));
    let cut = files(&desk.out()).unwrap().remove(0);
    let name = cut.file_name().unwrap();
    for file in desk.files().iter().filter(|file| file.file_name().unwrap() < name) {
        std::fs::remove_file(file).unwrap();
    }
    std::fs::copy(&cut, desk.dir().join(name)).unwrap();
    let report = desk.verify();
    assert!(report.is_cut && matches!(report.faults[0].fault, Fault::Incomplete(_)), "{:?}", report.faults);
    // The last file is the one that the writer reads.
    for file in desk.files().iter().filter(|file| file.file_name().unwrap() > name) {
        std::fs::remove_file(file).unwrap();
    }
    let broken = desk.try_open().unwrap().1.broken.unwrap();
    assert_eq!(broken.found.line, 1);
}

#[test]
fn a_broken_file_is_exported_as_it_was_found() {
    let desk = log_of(23);
    let second = desk.files()[1].clone();
    let bytes = std::fs::read_to_string(&second).unwrap();
    let altered = bytes.replacen("op-91c4", "op-0000", 1);
    assert_ne!(bytes, altered);
    std::fs::write(&second, &altered).unwrap();
    let expected = desk.verify().faults;
    let exported = desk.export(period(1, 22));
    assert_eq!(exported.faults.len(), 1);
    let copy = desk.out().join(second.file_name().unwrap());
    assert_eq!(std::fs::read_to_string(copy).unwrap(), altered);
    let report = desk.verify_export();
    assert_eq!(report.faults[0].line, expected[0].line);
    assert_eq!(report.faults[0].fault, expected[0].fault);
    // Where the broken file does not matter, it does not come along.
    desk.export(period(22, 23));
    sound(&desk.verify_export());
}

/// A month ends with a checkpoint of the next: what is in that is neither needed nor shown.
#[test]
fn a_month_needs_nothing_of_the_next() {
    let desk = Desk::at(Pace { records: 50, secs: 3_600, ..Pace::default() });
    let log = desk.open();
    desk.append(&log, 7);
    desk.clock.advance(std::time::Duration::from_secs(31 * 86_400));
    desk.append(&log, 7);
    log.close().unwrap();
    let december = |from| {
        let to = text::parse_time("2027-01-01T00:00:00Z").unwrap();
        desk.export(Period { from: at(from), to, newest: None })
    };
    let exported = december(-100);
    assert_eq!((exported.files, exported.period.newest), (1, None));
    let report = desk.verify_export();
    sound(&report);
    assert_eq!((report.records, report.outside, report.is_sealed), (7, 0, false));
    // Nor does it matter what is wrong there.
    let january = desk.files().pop().unwrap();
    let bytes = std::fs::read_to_string(&january).unwrap();
    std::fs::write(&january, bytes.replacen("op-91c4", "op-0000", 1)).unwrap();
    assert!(december(3).faults.is_empty());
    sound(&desk.verify_export());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Also where the clock is set back in between.
    #[test]
    fn all_of_a_period_is_exported_whatever_the_clock_does(
        steps in prop::collection::vec(-4_i64..8, 1..25),
        from in 0_i64..60,
        length in 1_i64..40,
    ) {
        let desk = Desk::at(Pace { records: 4, secs: 3_600, file_bytes: 3_000 });
        let log = desk.open();
        let (mut now, mut times) = (0_i64, Vec::new());
        for step in steps {
            now = (now + step).max(0);
            desk.clock.set(at(now));
            times.push(at(now));
            let _receipt = log.append(consultation("at any time")).unwrap();
        }
        log.close().unwrap();
        let asked = period(from, from + length);
        let Ok(exported) = export(&desk.dir(), asked, &desk.out()) else {
            // The log's last signature is earlier.
            prop_assert!(now < from);
            return Ok(());
        };
        let report = desk.verify_export();
        prop_assert!(report.is_sound(), "{:?}", report.faults);
        let inside = times.iter().filter(|time| exported.period.contains(**time)).count() as u64;
        prop_assert_eq!(report.records - report.outside, inside);
        prop_assert_eq!(exported.period.from, asked.from);
        prop_assert!(exported.period.to == asked.to || exported.period.to == at(now + 1));
    }
}

/// The first line of an export is bound to the tree only by a record behind it: anybody can write an opening, and copy
/// the note of a checkpoint into a seal.
#[test]
fn a_seal_behind_no_record_is_refused() {
    let desk = log_of(23);
    let lines = |path: &PathBuf| -> Vec<Vec<u8>> {
        std::fs::read(path).unwrap().split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    };
    let mut tried = 0;
    for pair in desk.files().windows(2) {
        let (before, after) = (lines(&pair[0]), lines(&pair[1]));
        let mut checkpoints = before.iter().filter_map(|line| match Linked::parse(line).ok()?.line {
            Line::Checkpoint(checkpoint) => Some(checkpoint),
            _ => None,
        });
        let (mut chain, linked) = Chain::open_part(&after[0], 2).unwrap();
        let Line::Opening(opening) = linked.line else { panic!("no opening") };
        let same = |one: &SignedCheckpoint| one.checkpoint().number() == opening.tree.size();
        let Some(checkpoint) = checkpoints.rfind(same) else { continue };
        let seal =
            Linked { line: Line::Seal(Seal { checkpoint, steps: Vec::new() }), prev: Digest::of(&after[0]) };
        let refused = chain.follow_part(&seal.to_bytes().unwrap(), Some(&[desk.public])).unwrap_err();
        assert!(matches!(refused, Fault::Part(_)), "{refused:?}");
        tried += 1;
    }
    assert!(tried > 0, "no file of the log begins where a checkpoint is");
}
