use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Place, ends, event};
use crate::OutboxError;

#[test]
fn a_full_outbox_gives_no_number_and_forgets_none() {
    let mut place = Place::new();
    place.settings.max_records = 3;
    let (outbox, _) = place.open();
    outbox.commit_ends(vec![event(1, 10), event(2, 10)], None).unwrap();
    let refused = outbox.commit_ends(vec![event(3, 10), event(4, 10)], None);
    assert!(matches!(refused, Err(OutboxError::Full { records: 2, .. })), "{refused:?}");
    assert_eq!(outbox.stats().refused, 1);
    outbox.acknowledge(1).unwrap();
    assert_eq!(outbox.commit_ends(vec![event(3, 10), event(4, 10)], None), Ok(vec![3, 4]));
    assert_eq!(ends(&outbox).into_keys().collect::<Vec<_>>(), [2, 3, 4]);
    drop(outbox);

    place.settings.max_bytes = 10;
    let (outbox, _) = place.open();
    assert!(matches!(outbox.commit_ends(vec![event(5, 10)], None), Err(OutboxError::Full { .. })));
    assert_eq!(outbox.commit_ends(vec![], None), Ok(vec![]), "rules' state still has room");
}

#[test]
fn a_disk_without_reserve_gives_no_number() {
    let mut place = Place::new();
    place.settings.min_free_bytes = u64::MAX;
    let (outbox, _) = place.open();
    let refused = outbox.commit_ends(vec![event(1, 10)], None);
    assert!(matches!(refused, Err(OutboxError::DiskFull { needed_bytes: u64::MAX, .. })), "{refused:?}");
    drop(outbox);
    place.settings.min_free_bytes = 0;
    assert_eq!(place.open().0.commit_ends(vec![event(1, 10)], None), Ok(vec![1]));
}

#[test]
fn the_outbox_says_why_nothing_can_be_committed() {
    let mut place = Place::new();
    place.settings.max_records = 1;
    let (outbox, _) = place.open();
    assert_eq!(outbox.trouble(), None);
    outbox.commit_ends(vec![event(1, 10)], None).unwrap();
    assert!(matches!(outbox.trouble(), Some(OutboxError::Full { records: 1, .. })));
    outbox.acknowledge(1).unwrap();
    assert_eq!(outbox.trouble(), None);

    // The folder of keys is gone: nothing can be sealed on a new day.
    std::fs::remove_dir_all(place.keys_dir()).unwrap();
    place.later(24);
    let refused = outbox.commit_ends(vec![event(2, 10)], None).unwrap_err();
    assert_eq!(outbox.trouble(), Some(refused));
    std::fs::create_dir(place.keys_dir()).unwrap();
    outbox.commit_ends(vec![event(2, 10)], None).unwrap();
    outbox.acknowledge(2).unwrap();
    assert_eq!(outbox.trouble(), None);
    drop(outbox);

    place.settings.min_free_bytes = u64::MAX;
    assert!(matches!(place.open().0.trouble(), Some(OutboxError::DiskFull { .. })));
}

#[test]
fn what_a_caller_gave_up_is_never_numbered() {
    let mut place = Place::new();
    place.settings.confirm_timeout = Duration::from_millis(30);
    let (outbox, _) = place.open();
    // The writing thread cannot begin without the position.
    let held = outbox.shared.position.lock();
    assert_eq!(outbox.commit_ends(vec![event(1, 10)], None), Err(OutboxError::NotBegun(0)));
    drop(held);
    // Another job behind the given-up one, waited for as long as it takes.
    while outbox.acknowledge(0).is_err() {}
    assert_eq!((outbox.stats().last_sequence, outbox.stats().refused), (0, 1));
}

#[test]
fn what_is_being_written_is_waited_for() {
    let mut place = Place::new();
    place.settings.confirm_timeout = Duration::from_millis(1);
    let (outbox, _) = place.open();
    // The last step of a commit needs the marks.
    let held = outbox.shared.marks.lock();
    std::thread::scope(|scope| {
        let caller = scope.spawn(|| {
            loop {
                match outbox.commit_ends(vec![event(1, 10)], None) {
                    Err(OutboxError::NotBegun(_)) => {}
                    done => break done,
                }
            }
        });
        while outbox.stats().last_sequence == 0 || !outbox.is_stalled.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        drop(held);
        assert_eq!(caller.join().unwrap(), Ok(vec![1]));
    });
    assert_eq!(ends(&outbox), [(1, event(1, 10))].into_iter().collect());
}

#[test]
fn an_entry_too_large_is_refused_alone() {
    let place = Place::new();
    let (outbox, _) = place.open();
    let refused = outbox.commit_ends(vec![event(1, 70_000)], None);
    assert!(matches!(refused, Err(OutboxError::TooLarge { .. })), "{refused:?}");
    assert_eq!(outbox.commit_ends(vec![event(1, 10)], None), Ok(vec![1]));
}

/// Months of events pass through a disk that holds a few hours of them.
#[test]
fn the_database_stays_small_while_numbers_come_and_go() {
    let place = Place::new();
    let (outbox, _) = place.open();
    let mut largest_bytes = 0;
    for round in 0..1_000_u64 {
        outbox.commit_ends((0..5).map(|n| event(n, 3_000)).collect(), None).unwrap();
        if round % 10 == 9 {
            outbox.acknowledge(round * 5).unwrap();
        }
        largest_bytes = largest_bytes.max(outbox.stats().database_bytes);
    }
    assert!(largest_bytes < 32 * 1_024 * 1_024, "{largest_bytes} bytes for 15 MB in all, 160 kB at a time");
}
