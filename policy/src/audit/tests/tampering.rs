//! Whatever is done to a signed log is found.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::audit::tree::{Frontier, Leaves, is_included, leaf};
use crate::audit::{Fault, Line, Proof, SignedCheckpoint, prove_record, read_line};

static CLOSED: LazyLock<(Desk, Vec<Vec<u8>>)> = LazyLock::new(|| {
    let desk = Desk::with_entries(10);
    let lines = lines_of(&desk.file());
    (desk, lines)
});

/// What verifying finds in a file with these bytes.
fn of_bytes(bytes: &[u8]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit-000001-2026-12.jsonl");
    std::fs::write(&path, bytes).unwrap();
    verify(&path, &[CLOSED.0.public], &[]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_changed_byte_is_found(at in any::<prop::sample::Index>(), change in 1_u8..) {
        let mut bytes = CLOSED.1.concat();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(!of_bytes(&bytes).is_sound());
    }

    #[test]
    fn removed_bytes_are_found(at in any::<prop::sample::Index>(), count in 1_usize..400) {
        let whole = CLOSED.1.concat();
        let at = at.index(whole.len());
        let to = whole.len().min(at + count);
        let left = [&whole[..at], &whole[to..]].concat();
        // What is cut off between two lines at the end is found with a kept checkpoint alone.
        let is_cut_between_lines = to == whole.len() && left.ends_with(b"\n");
        prop_assert!(is_cut_between_lines || !of_bytes(&left).is_sound());
    }

    #[test]
    fn put_in_bytes_are_found(
        at in any::<prop::sample::Index>(),
        more in prop::collection::vec(any::<u8>(), 1..80),
    ) {
        let mut bytes = CLOSED.1.concat();
        let at = at.index(bytes.len() + 1);
        bytes.splice(at..at, more);
        prop_assert!(!of_bytes(&bytes).is_sound());
    }

    #[test]
    fn removed_moved_and_repeated_lines_are_found(
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        what in 0..3,
    ) {
        let lines = &CLOSED.1;
        let (from, to) = (from.index(lines.len() - 1), to.index(lines.len()));
        let mut changed = lines.clone();
        match what {
            0 => drop(changed.remove(from)),
            1 => changed.swap(from, to),
            _ => changed.insert(to, lines[from].clone()),
        }
        prop_assert!(changed == *lines || !of_bytes(&changed.concat()).is_sound());
    }

    #[test]
    fn any_bytes_are_read_without_panic(
        bytes in prop::collection::vec(any::<u8>(), 1..600),
        cut in any::<prop::sample::Index>(),
    ) {
        prop_assert!(read_line(&bytes).is_err());
        prop_assert!(!of_bytes(&bytes).is_sound());
        prop_assert!(Remembered::parse(&String::from_utf8_lossy(&bytes)).is_err());
        // Behind the beginning of a real line they get further into the parser.
        let line = cut.get(&CLOSED.1);
        let head = &line[..cut.index(line.len())];
        prop_assert!(read_line(&[head, &bytes].concat()).is_err());
    }
}

/// The last line has no hash after it: it must not be possible to write it in two ways.
#[test]
fn a_line_has_one_notation() {
    let lines = &CLOSED.1;
    let text = |n: usize| String::from_utf8(lines[n].trim_ascii_end().to_vec()).unwrap();
    let (checkpoint, entry) = (text(lines.len() - 1), text(2));
    let check = |line: &str, from: &str, to: &str| {
        assert!(read_line(line.as_bytes()).is_ok());
        let changed = line.replacen(from, to, 1);
        assert!(changed != *line && read_line(changed.as_bytes()).is_err(), "{changed}");
    };
    check(&checkpoint, ":", ": ");
    check(&checkpoint, "}", "}\r");
    check(&checkpoint, "{", "{\"v\":1,");
    check(&checkpoint, "\\n\",", "\\n\\n\",");
    check(&checkpoint, "\\n\",", "\\n\u{2014} witness.example AAAA\\n\",");
    check(&checkpoint, "\u{2014}", "\\u2014");
    check(&entry, "\"number\":1", "\"number\":1.0");
    check(&entry, "\"kind\"", "\"file\":1,\"kind\"");
    check(&entry, "\"kind\"", "\"mood\":1,\"kind\"");
    check(&entry, "\"justification\"", "\"justification\":\"first\",\"justification\"");
    check(&entry, "alarm", "\\u0061larm");
    check(&entry, "alarm", "alarm\\n");
    check(&entry, "\"v\":1", "\"v\":2");
    check(&entry, "\"op\":\"consultation\"", "\"op\":\"disclosure\"");
}

#[test]
fn the_first_wrong_line_is_named() {
    let lines = &CLOSED.1;
    // 1 opening, 2 checkpoint, 3 to 6 entries 1 to 4, 7 checkpoint, 8 to 11 entries 5 to 8, 12 checkpoint, ...
    let check = |change: &dyn Fn(&mut Vec<Vec<u8>>), line: u64, expected: &Fault| {
        let mut changed = lines.clone();
        change(&mut changed);
        let report = of_bytes(&changed.concat());
        let found = report.faults.first().unwrap();
        assert_eq!((found.line, &found.fault), (line, expected), "{found}");
        assert!(!found.fault.meaning().is_empty());
    };
    let middle = Fault::Opening("an opening line stands in the middle of a file");
    let beginning = Fault::Opening("the file does not begin with an opening line");
    check(&|lines| drop(lines.remove(4)), 5, &Fault::Number { expected: 3, found: 4 });
    check(&|lines| lines.swap(3, 4), 4, &Fault::Number { expected: 2, found: 3 });
    check(&|lines| lines.insert(4, lines[3].clone()), 5, &Fault::Number { expected: 3, found: 2 });
    check(&|lines| drop(lines.remove(6)), 7, &Fault::Link);
    check(&|lines| drop(lines.remove(0)), 1, &beginning);
    check(&|lines| lines.insert(5, lines[0].clone()), 6, &middle);
    let last = lines.len() - 1;
    let cut = lines[last].len() - 1;
    check(&|lines| lines[last].truncate(cut), last as u64 + 1, &Fault::Unfinished);
    check(&|lines| lines.truncate(1), 0, &Fault::Unsigned);
}

/// Whoever can write the file and has no key can put a chain together anew, but cannot sign it.
#[test]
fn a_chain_that_is_put_together_anew_needs_the_key() {
    let (desk, lines) = &*CLOSED;
    let mut forged = lines.clone();
    for n in 4..forged.len() {
        let text = String::from_utf8(forged[n].clone()).unwrap();
        let text = if n == 4 { text.replace("op-91c4", "op-0000") } else { text };
        let before = Digest::of(forged[n - 1].trim_ascii_end());
        let (head, rest) = text.split_once("\"prev\":\"").unwrap();
        forged[n] = format!("{head}\"prev\":\"{before}{}", &rest[64..]).into_bytes();
    }
    let found = of_bytes(&forged.concat()).faults.remove(0);
    assert_eq!((found.line, found.fault), (7, Fault::Checkpoint("the root of its tree is another")));
    let stranger = SigningKey::generate().unwrap().public();
    let report = verify(&desk.dir(), &[stranger], &[]).unwrap();
    assert_eq!(report.faults[0].fault, Fault::Signature { names_another_key: true });
    sound(&verify(&desk.dir(), &[stranger, desk.public], &[]).unwrap());
}

#[test]
fn what_is_cut_off_is_found_with_a_checkpoint_that_was_kept() {
    let desk = Desk::new();
    let log = desk.open();
    desk.append(&log, 6);
    let kept = log.checkpoint().unwrap();
    let own_line = String::from_utf8(lines_of(&desk.file()).pop().unwrap()).unwrap();
    desk.append(&log, 3);
    log.close().unwrap();
    let short = format!("6:{}", kept.text().lines().nth(2).unwrap());
    let whole = lines_of(&desk.file());
    for text in [kept.text(), kept.text().trim(), &own_line, &short, &format!(" {short}\n")] {
        let remembered = [Remembered::parse(text).unwrap()];
        std::fs::write(desk.file(), whole.concat()).unwrap();
        let report = desk.verify_with(&remembered);
        sound(&report);
        assert_eq!(report.confirmed, remembered);
        for keep in 2..9 {
            std::fs::write(desk.file(), whole[..keep].concat()).unwrap();
            sound(&desk.verify());
            let report = desk.verify_with(&remembered);
            let Fault::CutOff { witnessed: 6, found } = report.faults[0].fault else {
                panic!("{keep}: {:?}", report.faults)
            };
            assert!(found < 6);
        }
    }
    // Somebody with the key writes another history: the numbers fit, what was kept does not.
    std::fs::remove_dir_all(desk.dir()).unwrap();
    let log = desk.open();
    desk.append(&log, 9);
    log.close().unwrap();
    let note = [Remembered::parse(kept.text()).unwrap()];
    assert_eq!(desk.verify_with(&note).faults[0].fault, Fault::NotComparable { number: 6 });
    let short = [Remembered::parse(&short).unwrap()];
    assert_eq!(desk.verify_with(&short).faults[0].fault, Fault::Witnessed { number: 6 });
    // A note that nobody here signed is refused before anything is read.
    let stranger = SigningKey::generate().unwrap().public();
    assert!(matches!(verify(&desk.dir(), &[stranger], &note), Err(AuditError::Checkpoint(_))));
    assert!(Remembered::parse("6:AAAA").is_err());
}

/// Of several keys, each vouches for its own log alone.
#[test]
fn what_was_kept_must_be_signed_by_a_key_of_this_log() {
    let (desk, other) = (Desk::with_entries(9), SigningKey::generate().unwrap());
    let lines = lines_of(&desk.file());
    let own = lines.iter().find_map(|line| match read_line(line.trim_ascii_end()) {
        Ok(Line::Checkpoint(signed)) => Some(signed),
        _ => None,
    });
    let own = own.unwrap();
    let keys = [other.public(), desk.public];
    let verified = |kept: &Remembered| verify(&desk.dir(), &keys, std::slice::from_ref(kept)).unwrap();
    let note = |signed: &SignedCheckpoint| Remembered::parse(signed.text()).unwrap();
    let report = verified(&note(&own));
    sound(&report);
    assert_eq!(
        (report.signed_by.as_slice(), note(&own).signers(&keys)),
        (&[desk.public][..], vec![&desk.public])
    );
    // The same checkpoint, signed by whoever holds the other key.
    let forged = note(&own.checkpoint().clone().sign(&other).unwrap());
    let report = verified(&forged);
    assert!(report.confirmed.is_empty());
    assert_eq!(report.faults[0].fault, Fault::ForeignKey { number: own.checkpoint().number() });
    let proof = Proof::Inclusion(prove_record(&desk.dir(), 2, None).unwrap());
    let newest = proof.checkpoint().unwrap();
    let last = note(newest);
    assert_eq!(proof.verify(&keys, std::slice::from_ref(&last)), Ok(()));
    let forged = note(&newest.checkpoint().clone().sign(&other).unwrap());
    let number = forged.number();
    assert_eq!(proof.verify(&keys, &[forged]), Err(Fault::ForeignKey { number }));
    // With another key a log begins anew; what was kept of its earlier life is signed by the key of that one.
    let turned = [SigningKey::generate().unwrap().public(), desk.public, other.public()];
    let writer = Writer::hub("town-hall").unwrap();
    let log = AuditLog::open_at(&desk.dir(), other, Arc::new(desk.clock.clone()), writer, desk.pace);
    let (log, _recovery) = log.unwrap();
    desk.append(&log, 9);
    log.close().unwrap();
    let kept = [note(&own)];
    let report = verify(&desk.dir(), &turned, &kept).unwrap();
    assert_eq!(report.confirmed, kept, "{:?}", report.faults);
}

#[test]
fn missing_and_changed_files_are_found() {
    let make = || {
        let desk = Desk::at(Pace { records: 50, secs: 3_600, file_bytes: 2_000 });
        let log = desk.open();
        desk.append(&log, 16);
        log.close().unwrap();
        assert!(desk.files().len() > 3);
        desk
    };
    let check = |change: &dyn Fn(&[PathBuf]), expected: &dyn Fn(&Fault) -> bool| {
        let desk = make();
        change(&desk.files());
        let report = desk.verify();
        assert!(expected(&report.faults[0].fault), "{:?}", report.faults);
    };
    let is_opening = |fault: &Fault| matches!(fault, Fault::Opening(_));
    check(&|files| std::fs::remove_file(&files[1]).unwrap(), &|fault| {
        *fault == Fault::FileNumber { expected: 2, found: 3 }
    });
    check(&|files| std::fs::write(&files[1], "").unwrap(), &is_opening);
    check(&|files| assert!(std::fs::copy(&files[1], &files[2]).is_ok()), &is_opening);
    let cut = |files: &[PathBuf]| {
        let lines = lines_of(&files[1]);
        std::fs::write(&files[1], lines[..lines.len() - 1].concat()).unwrap();
    };
    check(&cut, &|fault| *fault == Fault::FileLink);
    // Old files may be deleted when their time is over: that is said, and no fault.
    let desk = make();
    std::fs::remove_file(&desk.files()[0]).unwrap();
    let report = desk.verify();
    sound(&report);
    assert!(report.records_before > 0 && report.records + report.records_before == 16);
}

/// Vectors that another implementation made, in Python.
#[test]
fn the_tree_equals_the_evidence_samples() {
    let fixture = |name: &str| {
        let path = format!("{}/tests/fixtures/evidence-samples.{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let vectors: serde_json::Value = serde_json::from_str(&fixture("log-vectors.json")).unwrap();
    let hash = |hex: &serde_json::Value| Digest::parse(hex.as_str().unwrap()).unwrap();
    let hashes = |key: &str| -> Vec<Digest> { vectors[key].as_array().unwrap().iter().map(hash).collect() };
    let leaves: Vec<_> = fixture("access-log.jsonl").lines().map(|line| leaf(line.as_bytes())).collect();
    assert_eq!(leaves, hashes("leaf_hashes"));
    let expected = hash(&vectors["root"]);
    let (mut tree, mut grown) = (Leaves::default(), Frontier::default());
    for leaf in &leaves {
        tree.push(*leaf);
        grown.push(*leaf);
    }
    assert_eq!(grown.root(), expected);
    let proof = hashes("inclusion_proof_of_5");
    assert_eq!(tree.inclusion_proof(5, 6).unwrap(), proof);
    assert!(is_included(leaves[5], 5, 6, &proof, expected));
    assert!(!is_included(leaves[4], 5, 6, &proof, expected));
}
