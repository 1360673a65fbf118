//! Editing, deleting, reordering, truncating and forking is found in every one of thousands of random tries: of a
//! log with a checkpoint that was kept, of an export, of a proof.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;

use super::exports::{log_of, period};
use super::*;
use crate::audit::{ConsistencyProof, Fault, InclusionProof, Proof, prove_growth, prove_record};

/// Files by name.
type Folder = BTreeMap<String, Vec<u8>>;

/// What somebody does who has no key.
#[derive(Debug, Clone)]
enum Edit {
    Byte(Index, Index, u8),
    RemoveBytes(Index, Index, usize),
    InsertBytes(Index, Index, Vec<u8>),
    RemoveLine(Index, Index),
    SwapLines(Index, Index, Index),
    MoveLine(Index, Index, Index),
    RepeatLine(Index, Index),
    /// Cuts off the end of a file, before a line.
    Truncate(Index, Index),
    /// Cuts off the end of the log: part of a file, and all files behind it.
    TruncateAll(Index, Index),
    RemoveFile(Index),
    SwapFiles(Index, Index),
    /// Changes who did something and puts all hashes behind it together anew.
    Fork(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), at(), 1_u8..).prop_map(|(file, at, change)| Edit::Byte(file, at, change)),
        (at(), at(), 1_usize..300).prop_map(|(file, at, count)| Edit::RemoveBytes(file, at, count)),
        (at(), at(), prop::collection::vec(any::<u8>(), 1..40))
            .prop_map(|(f, a, b)| Edit::InsertBytes(f, a, b)),
        (at(), at()).prop_map(|(file, line)| Edit::RemoveLine(file, line)),
        (at(), at(), at()).prop_map(|(file, line, other)| Edit::SwapLines(file, line, other)),
        (at(), at(), at()).prop_map(|(file, line, to)| Edit::MoveLine(file, line, to)),
        (at(), at()).prop_map(|(file, line)| Edit::RepeatLine(file, line)),
        (at(), at()).prop_map(|(file, line)| Edit::Truncate(file, line)),
        (at(), at()).prop_map(|(file, line)| Edit::TruncateAll(file, line)),
        at().prop_map(Edit::RemoveFile),
        (at(), at()).prop_map(|(file, other)| Edit::SwapFiles(file, other)),
        (at(), at()).prop_map(|(file, line)| Edit::Fork(file, line)),
    ]
}

fn read(dir: &Path) -> Folder {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let named = entries.filter(|path| path.is_file()).filter(|path| !path.ends_with("lock"));
    named
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect()
}

fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

fn nth(folder: &Folder, at: &Index) -> Option<String> {
    (!folder.is_empty()).then(|| folder.keys().nth(at.index(folder.len())).unwrap().clone())
}

fn apply(folder: &mut Folder, edit: &Edit) {
    let (Edit::Byte(file, ..)
    | Edit::RemoveBytes(file, ..)
    | Edit::InsertBytes(file, ..)
    | Edit::RemoveLine(file, ..)
    | Edit::SwapLines(file, ..)
    | Edit::MoveLine(file, ..)
    | Edit::RepeatLine(file, ..)
    | Edit::Truncate(file, ..)
    | Edit::TruncateAll(file, ..)
    | Edit::RemoveFile(file)
    | Edit::SwapFiles(file, ..)
    | Edit::Fork(file, ..)) = edit;
    let Some(name) = nth(folder, file) else { return };
    let mut bytes = folder[&name].clone();
    if bytes.is_empty() {
        return;
    }
    let mut lines = split(&bytes);
    let count = lines.len();
    match edit {
        Edit::Byte(_, at, change) => {
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            lines = vec![bytes];
        }
        Edit::RemoveBytes(_, at, count) => {
            let at = at.index(bytes.len());
            let to = bytes.len().min(at + count);
            bytes.drain(at..to);
            lines = vec![bytes];
        }
        Edit::InsertBytes(_, at, more) => {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..at, more.iter().copied());
            lines = vec![bytes];
        }
        Edit::RemoveLine(_, line) => drop(lines.remove(line.index(count))),
        Edit::SwapLines(_, line, other) => lines.swap(line.index(count), other.index(count)),
        Edit::MoveLine(_, line, to) => {
            let moved = lines.remove(line.index(count));
            lines.insert(to.index(count), moved);
        }
        Edit::RepeatLine(_, line) => {
            let line = line.index(count);
            lines.insert(line, lines[line].clone());
        }
        Edit::Truncate(_, line) => lines.truncate(line.index(count)),
        Edit::TruncateAll(_, line) => {
            lines.truncate(line.index(count));
            folder.retain(|other, _| *other <= name);
        }
        Edit::RemoveFile(_) => {
            folder.remove(&name);
            return;
        }
        Edit::SwapFiles(_, other) => {
            let other = nth(folder, other).unwrap();
            let theirs = folder.insert(other, bytes).unwrap();
            lines = vec![theirs];
        }
        Edit::Fork(_, line) => fork(&mut lines, line.index(count)),
    }
    folder.insert(name, lines.concat());
}

/// From this line on another operator, with hashes that fit.
fn fork(lines: &mut [Vec<u8>], from: usize) {
    for n in from..lines.len() {
        let text = String::from_utf8_lossy(&lines[n]).replace("op-91c4", "op-0000");
        let relinked = match (n.checked_sub(1), text.split_once("\"prev\":\"")) {
            (Some(before), Some((head, rest))) if rest.len() > 64 && rest.is_char_boundary(64) => {
                format!("{head}\"prev\":\"{}{}", Digest::of(lines[before].trim_ascii_end()), &rest[64..])
            }
            _ => text,
        };
        lines[n] = relinked.into_bytes();
    }
}

/// A folder in which only what differs is written: the tries are many.
#[derive(Default)]
struct Shelf {
    dir: Option<tempfile::TempDir>,
    files: Folder,
}

impl Shelf {
    fn hold(&mut self, files: &Folder) -> &Path {
        let dir = self.dir.get_or_insert_with(|| tempfile::tempdir().unwrap()).path();
        for name in self.files.keys().filter(|name| files.get(*name) != self.files.get(*name)) {
            std::fs::remove_file(dir.join(name)).unwrap();
        }
        for (name, bytes) in files.iter().filter(|(name, bytes)| self.files.get(*name) != Some(*bytes)) {
            std::fs::write(dir.join(name), bytes).unwrap();
        }
        self.files.clone_from(files);
        dir
    }
}

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::default();
}

/// What verifying finds in a folder with these files; none where it cannot even be read.
fn verify_files(files: &Folder, key: PublicKey, kept: &[Remembered]) -> Option<Report> {
    SHELF.with_borrow_mut(|shelf| verify(shelf.hold(files), &[key], kept).ok())
}

struct Case {
    desk: Desk,
    log: Folder,
    kept: Vec<Remembered>,
    export: Folder,
    proofs: Vec<String>,
}

static CASE: LazyLock<Case> = LazyLock::new(|| {
    let desk = log_of(23);
    let report = desk.verify();
    let last = report.last_checkpoint.unwrap();
    let kept = vec![Remembered::parse(last.text()).unwrap()];
    desk.export(period(5, 18));
    let (log, export) = (read(&desk.dir()), read(&desk.out()));
    assert!(log.len() > 3 && export.len() > 2);
    assert!(export.values().any(|bytes| String::from_utf8_lossy(bytes).contains("\"kind\":\"cut\"")));
    assert!(export.values().any(|bytes| String::from_utf8_lossy(bytes).contains("\"kind\":\"seal\"")));
    let mut proofs = Vec::new();
    for number in [1, 4, 16, 23] {
        proofs.push(Proof::Inclusion(prove_record(&desk.dir(), number, None).unwrap()).to_json());
    }
    for line in log.values().flat_map(|bytes| split(bytes)) {
        if let Ok(kept) = Remembered::parse(&String::from_utf8_lossy(&line)) {
            let short = format!("{}:{}", kept.number(), crate::audit::note::root_text(kept.root()));
            for kept in [kept, Remembered::parse(&short).unwrap()] {
                proofs.push(Proof::Consistency(prove_growth(&desk.dir(), kept).unwrap()).to_json());
            }
        }
    }
    Case { desk, log, kept, export, proofs }
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_done_to_a_log_is_found_with_a_checkpoint_that_was_kept(
        edits in prop::collection::vec(edit(), 1..3),
    ) {
        let case = &*CASE;
        let mut files = case.log.clone();
        edits.iter().for_each(|edit| apply(&mut files, edit));
        prop_assume!(files != case.log);
        let report = verify_files(&files, case.desk.public, &case.kept);
        // That the oldest files are gone, or the last signature, is said, and no fault in itself.
        let is_found = report.is_none_or(|report| {
            !report.is_sound() || report.records_before > 0 || report.unsigned_records > 0
        });
        prop_assert!(is_found);
    }

    #[test]
    fn whatever_is_done_to_an_export_is_found(edits in prop::collection::vec(edit(), 1..3)) {
        let case = &*CASE;
        let mut files = case.export.clone();
        edits.iter().for_each(|edit| apply(&mut files, edit));
        prop_assume!(files != case.export);
        let whole = verify_files(&case.export, case.desk.public, &[]).unwrap();
        prop_assert!(whole.is_sound());
        let report = verify_files(&files, case.desk.public, &[]);
        // An export that says that it is of another time, and is all of that, is another export.
        let is_found = report.is_none_or(|report| !report.is_sound() || report.period != whole.period);
        prop_assert!(is_found);
    }

    #[test]
    fn whatever_is_done_to_a_proof_is_found(which in any::<Index>(), edits in prop::collection::vec(edit(), 1..3)) {
        let case = &*CASE;
        let text = which.get(&case.proofs);
        let keys = [case.desk.public];
        prop_assert!(Proof::parse(text).unwrap().verify(&keys, &[]).is_ok());
        let mut files = Folder::from([("proof".to_owned(), text.clone().into_bytes())]);
        edits.iter().for_each(|edit| apply(&mut files, edit));
        let changed = files.get("proof").cloned().unwrap_or_default();
        prop_assume!(changed != text.as_bytes());
        let read = Proof::parse(&String::from_utf8_lossy(&changed));
        prop_assert!(read.is_err() || read.unwrap().verify(&keys, &[]).is_err());
    }
}

/// Parts of sound proofs put together prove nothing that is not so.
#[test]
fn proofs_that_are_mixed_prove_nothing() {
    let case = &*CASE;
    let mut tries = 0;
    for (one, other) in case.proofs.iter().flat_map(|one| case.proofs.iter().map(move |other| (one, other))) {
        let theirs: serde_json::Value = serde_json::from_str(other).unwrap();
        for field in ["line", "record", "steps", "earlier"] {
            let mut mixed: serde_json::Value = serde_json::from_str(one).unwrap();
            if mixed.get(field).is_none() || theirs.get(field).is_none() {
                continue;
            }
            mixed[field] = theirs[field].clone();
            let proof = put_together(Proof::parse(one).unwrap(), &mixed);
            // The same checkpoint, signed or copied by hand, is proved by the same hashes.
            if !case.proofs.contains(&proof.to_json()) {
                assert!(proof.verify(&[case.desk.public], &[]).is_err(), "{field}: {mixed}");
                tries += 1;
            }
        }
    }
    assert!(tries > 500, "{tries}");
}

fn put_together(proof: Proof, mixed: &serde_json::Value) -> Proof {
    let text = |field: &str| mixed[field].as_str().unwrap().to_owned();
    let steps = hashes(&mixed["steps"]);
    match proof {
        Proof::Inclusion(proof) => {
            let number = mixed["record"].as_u64().unwrap();
            Proof::Inclusion(InclusionProof { number, line: text("line"), steps, ..proof })
        }
        Proof::Consistency(proof) => {
            let earlier = Remembered::parse(&text("earlier")).unwrap();
            Proof::Consistency(ConsistencyProof { earlier, steps, ..proof })
        }
        Proof::Answer(_) => panic!("tried in the tests of questions"),
    }
}

fn hashes(value: &serde_json::Value) -> Vec<Digest> {
    value.as_array().unwrap().iter().map(|hex| Digest::parse(hex.as_str().unwrap()).unwrap()).collect()
}

/// Somebody with the key goes on otherwise from any record: only a checkpoint that was kept shows it, and it does.
#[test]
fn a_fork_by_the_holder_of_the_key_is_found_with_a_checkpoint_that_was_kept() {
    for at in (0..12).step_by(2) {
        let desk = Desk::new();
        let log = desk.open();
        desk.append(&log, at);
        let begun = read(&desk.dir());
        desk.append(&log, 12 - at);
        let kept = log.close().unwrap();
        let kept = [Remembered::parse(kept.text()).unwrap()];
        sound(&desk.verify_with(&kept));
        std::fs::remove_dir_all(desk.dir()).unwrap();
        std::fs::create_dir(desk.dir()).unwrap();
        for (name, bytes) in &begun {
            std::fs::write(desk.dir().join(name), bytes).unwrap();
        }
        let log = desk.open();
        for _ in at..14 {
            let _receipt = log.append(consultation("something else")).unwrap();
        }
        log.close().unwrap();
        sound(&desk.verify());
        let report = desk.verify_with(&kept);
        assert_eq!(report.faults[0].fault, Fault::Witnessed { number: 12 }, "{at}");
        let error = prove_growth(&desk.dir(), kept[0].clone()).unwrap_err().to_string();
        assert!(error.contains("it was rewritten"), "{error}");
    }
}
