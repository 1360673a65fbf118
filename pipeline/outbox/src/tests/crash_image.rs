//! What a disk may hold after the power failed. SIGKILL alone does not show this, since the page cache survives it.
//!
//! `Before` is every file as it was when a commit had returned (all of that was synced), `after` as it was when
//! the next had. An image in between takes, page by page, the one or the other, and any length in between.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fastrand::Rng;
use velum_proto::v1::record::End;

use super::{Place, ends, event, read_all, write_all};
use crate::{Outbox, Recovery};

type Files = BTreeMap<PathBuf, Vec<u8>>;

const PAGE: usize = 4_096;

/// One disk that the crash may have left.
fn between(before: &Files, after: &Files, random: &mut Rng) -> Files {
    let mut image = Files::new();
    for name in before.keys().chain(after.keys()) {
        let is_key = name.starts_with("keys");
        let file = match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) => Some(torn(old, new, random)),
            // Keys are renamed into place when they are synced: there or not, never in part.
            (None, Some(new)) if is_key || random.bool() => Some(new.clone()),
            (None, Some(new)) if random.bool() => Some(torn(&[], new, random)),
            (Some(old), None) if random.bool() => Some(old.clone()),
            _ => None,
        };
        image.extend(file.map(|bytes| (name.clone(), bytes)));
    }
    image
}

fn torn(old: &[u8], new: &[u8], random: &mut Rng) -> Vec<u8> {
    if old == new {
        return old.to_vec();
    }
    let length = match random.u8(..4) {
        0 => old.len(),
        1 | 2 => new.len(),
        _ => random.usize(old.len().min(new.len())..=old.len().max(new.len())),
    };
    let keeps_new = random.u8(..=100);
    let mut file = vec![0; length];
    for (index, page) in file.chunks_mut(PAGE).enumerate() {
        let from = if random.u8(..100) < keeps_new { new } else { old };
        let start = index * PAGE;
        for (offset, byte) in page.iter_mut().enumerate() {
            // A page beyond the chosen version's end was never written: zeros.
            *byte = from.get(start + offset).copied().unwrap_or(0);
        }
    }
    file
}

fn open(dir: &Path, place: &Place) -> (Outbox, Recovery) {
    let clock = Arc::new(place.clock.clone());
    Outbox::open(&dir.join("outbox"), &dir.join("keys"), clock, place.settings.clone()).unwrap()
}

fn restore(files: &Files) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write_all(dir.path(), files);
    dir
}

/// Runs `commits` commits of up to `bytes` each, and opens images of every moment between two of them.
fn check(seed: u64, commits: usize, bytes: usize, images: usize) -> (usize, usize) {
    let mut random = Rng::with_seed(seed);
    let place = Place::new();
    let (outbox, _) = place.open();
    let mut given = BTreeMap::new();
    let mut acknowledged = 0;
    let mut before = read_all(place.dir.path());
    let (mut opened, mut set_aside) = (0, 0);
    for _ in 0..commits {
        let known = given.clone();
        if random.u8(..4) == 0 && !given.is_empty() {
            acknowledged = random.u64(acknowledged..=given.len() as u64);
            outbox.acknowledge(acknowledged).unwrap();
        }
        let new: Vec<End> =
            (0..random.usize(1..4)).map(|_| event(random.u8(..), random.usize(..bytes))).collect();
        given.extend(outbox.commit_ends(new.clone(), None).unwrap().into_iter().zip(new));
        let after = read_all(place.dir.path());
        for _ in 0..images {
            let image = between(&before, &after, &mut random);
            set_aside += usize::from(check_image(&image, &place, &known, &given, acknowledged));
            opened += 1;
        }
        assert!(!after.keys().any(|name| name.parent().is_some_and(|parent| parent.ends_with("blobs"))));
        before = after;
    }
    (opened, set_aside)
}

/// Every number that was known before the crash is there, or the database was set aside and says so. What was
/// under way may be there too, whole, or is told as lost.
fn check_image(
    image: &Files,
    place: &Place,
    known: &BTreeMap<u64, End>,
    all: &BTreeMap<u64, End>,
    acknowledged: u64,
) -> bool {
    let dir = restore(image);
    let (outbox, recovery) = open(dir.path(), place);
    let held = ends(&outbox);
    if let Some(ended) = &recovery.set_aside {
        assert!(matches!(&held[&1], End::Lost(_)));
        assert!(ended.last_known_sequence.unwrap_or(0) >= known.len() as u64, "{ended:?}");
    } else {
        for (number, end) in known.range(acknowledged + 1..) {
            assert_eq!(held.get(number), Some(end), "number {number}, {recovery:?}");
        }
        for (number, end) in &held {
            let is_lost_under_way = *number > known.len() as u64 && matches!(end, End::Lost(_));
            assert!(all.get(number) == Some(end) || is_lost_under_way, "number {number}, {recovery:?}");
        }
    }
    let next = outbox.commit_ends(vec![event(0, 1)], None).unwrap();
    assert_eq!(next, [recovery.last_sequence + 1]);
    recovery.set_aside.is_some()
}

#[test]
fn a_power_failure_between_small_commits_loses_no_number() {
    let (opened, set_aside) = check(1, 30, 300, 4);
    println!("{opened} crash images opened, {set_aside} set aside");
}

#[test]
fn a_power_failure_while_segments_fill_and_are_reused_loses_no_number() {
    let (opened, set_aside) = check(2, 60, 24_000, 2);
    println!("{opened} crash images opened, {set_aside} set aside");
}

#[test]
fn files_cut_back_to_the_last_sync_lose_no_number() {
    let mut random = Rng::with_seed(3);
    let place = Place::new();
    let (outbox, _) = place.open();
    let mut given = BTreeMap::new();
    for round in 0..25 {
        let new: Vec<End> = (0..3).map(|_| event(random.u8(..), random.usize(..9_000))).collect();
        given.extend(outbox.commit_ends(new.clone(), None).unwrap().into_iter().zip(new));
        let synced = read_all(place.dir.path());
        let known = given.clone();
        outbox.commit_ends((0..3).map(|_| event(round, random.usize(..9_000))).collect(), None).unwrap();
        given = ends(&outbox);
        let mut cut = read_all(place.dir.path());
        for (name, bytes) in &mut cut {
            bytes.truncate(synced.get(name).map_or(0, Vec::len));
        }
        // The mark of the later numbers may have reached the disk, the numbers not: they are told as lost.
        let dir = restore(&cut);
        let (image, recovery) = open(dir.path(), &place);
        let held = ends(&image);
        assert!(recovery.set_aside.is_none(), "{recovery:?}");
        for (number, end) in &known {
            assert_eq!(held.get(number), Some(end), "number {number}, {recovery:?}");
        }
    }
}

#[test]
fn garbage_is_set_aside_and_never_a_panic() {
    let mut random = Rng::with_seed(4);
    let place = Place::new();
    let (outbox, _) = place.open();
    let new: Vec<End> = (0..60).map(|n| event(n, random.usize(..20_000))).collect();
    let mut given = BTreeMap::new();
    given.extend(outbox.commit_ends(new.clone(), None).unwrap().into_iter().zip(new));
    drop(outbox);
    place.open();
    let whole = read_all(place.dir.path());
    let names: Vec<&PathBuf> = whole.keys().filter(|name| !name.ends_with("lock")).collect();
    let mut set_aside = 0;
    for _ in 0..120 {
        let mut files = whole.clone();
        let name = names[random.usize(..names.len())];
        spoil(files.get_mut(name).unwrap(), &mut random);
        if random.u8(..10) == 0 {
            files.remove(name);
        }
        let dir = restore(&files);
        let (outbox, recovery) = open(dir.path(), &place);
        set_aside += usize::from(recovery.set_aside.is_some());
        for (number, end) in ends(&outbox) {
            let is_right = given.get(&number) == Some(&end) || matches!(end, End::Lost(_));
            assert!(is_right, "{}: number {number}", name.display());
        }
        if recovery.set_aside.is_none() {
            assert_eq!(ends(&outbox).len(), given.len(), "{}: a number without an end", name.display());
        }
        assert!(outbox.commit_ends(vec![event(0, 1)], None).is_ok());
    }
    println!("120 spoilt outboxes opened, {set_aside} set aside");
}

fn spoil(bytes: &mut Vec<u8>, random: &mut Rng) {
    let length = bytes.len();
    match random.u8(..5) {
        0 => bytes.truncate(random.usize(..=length)),
        1 => bytes.extend(std::iter::repeat_with(|| random.u8(..)).take(100)),
        2 => bytes.iter_mut().for_each(|byte| *byte = random.u8(..)),
        3 => {
            let start = random.usize(..=length);
            bytes.iter_mut().skip(start).take(5_000).for_each(|byte| *byte = 0);
        }
        _ => {
            for _ in 0..random.usize(1..10) {
                if let Some(byte) = bytes.get_mut(random.usize(..length.max(1))) {
                    *byte = random.u8(..);
                }
            }
        }
    }
}
