use velum_proto::v1::{Event, EventKind, Expired, Record, Withheld, record::End};

use super::engine::query;
use super::*;
use crate::record::{ValidHello, ValidRecord, batch};

mod first_release;
mod full_disk;
mod groups;
mod on_a_server;
mod on_nats;

const NOW_UNIX_MS: i64 = 1_795_270_992_000;
const DAY_MS: i64 = 86_400_000;

fn source() -> Source {
    Source { name: Name::parse("lobby").unwrap(), incarnation: Incarnation([7; 16]) }
}

fn hello(oldest_sequence: i64) -> ValidHello {
    ValidHello {
        incarnation: Incarnation([7; 16]),
        oldest_sequence,
        next_sequence: oldest_sequence,
        policy_digest: Vec::new(),
        model_digests: Vec::new(),
        version: String::new(),
        policy_id: String::new(),
        abilities: Default::default(),
    }
}

fn events(sequences: std::ops::RangeInclusive<u64>) -> Vec<ValidRecord> {
    let event = |sequence: u64| Event {
        id: [0; 8].into_iter().chain(sequence.to_be_bytes()).collect(),
        kind: EventKind::CrowdDensity.into(),
        ..Event::default()
    };
    let records: Vec<Record> =
        sequences.map(|sequence| Record { sequence, end: Some(End::Event(event(sequence))) }).collect();
    batch(&records, usize::MAX).unwrap()
}

struct Hub {
    dir: tempfile::TempDir,
    store: Store,
}

impl Hub {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&crate::tests::database::at(dir.path())).await.unwrap();
        store.greet(&source(), &hello(1), NOW_UNIX_MS).await.unwrap();
        Self { dir, store }
    }

    async fn ingest(&self, sequences: std::ops::RangeInclusive<u64>) -> u64 {
        self.store.ingest(&source(), events(sequences), NOW_UNIX_MS).await.unwrap().acknowledged
    }

    /// A statement of one engine, or of the other.
    async fn raw(&self, sqlite: &str, postgres: &str) {
        match &self.store.writer {
            Pool::Sqlite(writer) => drop(sqlx::raw_sql(sqlite).execute(writer).await.unwrap()),
            Pool::Postgres(writer) => drop(sqlx::raw_sql(postgres).execute(writer).await.unwrap()),
        }
    }

    /// stored, missing, highest
    async fn numbers(&self) -> (u64, u64, u64) {
        let summary = self.store.summary(NOW_UNIX_MS).await.unwrap();
        let one = &summary[0].incarnations[0];
        assert_eq!(
            one.stored + one.withheld + one.expired + one.lost + one.missing,
            one.highest_sequence,
            "the account does not add up"
        );
        (one.stored, one.missing, one.highest_sequence)
    }

    async fn stored(&self) -> Vec<u64> {
        let page = self.store.page(0, u32::MAX - 1, &Selection::default()).await.unwrap();
        page.records.into_iter().map(|stored| stored.record.unwrap().sequence).collect()
    }
}

/// Numbers in any order, with duplicates and holes, against a plain model.
#[tokio::test]
async fn the_account_agrees_with_a_model() {
    use std::collections::BTreeSet;
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..15 {
        let mut hub = Hub::new().await;
        let (mut stored, mut missing) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..25 {
            match random.u8(..10) {
                0 => {
                    let oldest = random.i64(1..40);
                    let greeted = hub.store.greet(&source(), &hello(oldest), NOW_UNIX_MS).await.unwrap();
                    let contiguous = contiguous(&stored, &missing);
                    missing.extend((contiguous + 1..oldest as u64).filter(|number| !stored.contains(number)));
                    assert_eq!(greeted.acknowledged, self::contiguous(&stored, &missing));
                }
                1 => {
                    hub.store.close().await;
                    hub.store = Store::open(&crate::tests::database::at(hub.dir.path())).await.unwrap();
                }
                _ => {
                    let first = random.u64(1..40);
                    let batch = first..=first + random.u64(..4);
                    stored.extend(batch.clone());
                    missing.retain(|number| !batch.contains(number));
                    assert_eq!(hub.ingest(batch).await, contiguous(&stored, &missing));
                }
            }
            let highest = stored.union(&missing).max().copied().unwrap_or(0);
            let count = stored.len() as u64;
            assert_eq!(hub.numbers().await, (count, highest - count, highest));
        }
        let mut found = hub.stored().await;
        found.sort_unstable();
        assert_eq!(found, stored.into_iter().collect::<Vec<_>>());
    }
}

fn contiguous(stored: &std::collections::BTreeSet<u64>, missing: &std::collections::BTreeSet<u64>) -> u64 {
    (1..).take_while(|number| stored.contains(number) || missing.contains(number)).last().unwrap_or(0)
}

/// What a kill leaves behind: the files as they are at the moment of the acknowledgement, never closed.
#[tokio::test]
async fn after_a_kill_everything_acknowledged_is_there_of_the_file() {
    let hub = Hub::new().await;
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..20 {
        let first = hub.numbers().await.2 + 1;
        let acknowledged = hub.ingest(first..=first + random.u64(..30)).await;
        let killed = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(hub.dir.path()).unwrap() {
            let file = file.unwrap();
            if !file.file_name().to_string_lossy().ends_with("-shm") {
                std::fs::copy(file.path(), killed.path().join(file.file_name())).unwrap();
            }
        }
        let store = Store::open(&DatabaseConfig::File(killed.path().to_owned())).await.unwrap();
        let again = Hub { dir: killed, store };
        assert_eq!(again.stored().await, (1..=acknowledged).collect::<Vec<_>>());
        assert_eq!(again.ingest(1..=acknowledged).await, acknowledged, "sent again, all are duplicates");
        assert_eq!(again.numbers().await, (acknowledged, 0, acknowledged));
    }
}

#[tokio::test]
async fn the_first_end_of_a_number_counts() {
    let hub = Hub::new().await;
    hub.ingest(1..=2).await;
    // Stored, but its acknowledgement was lost: meanwhile the box's key expired, or its policy was withdrawn.
    for end in [
        End::Expired(Expired { key_day: "2026-11-01".to_owned() }),
        End::Withheld(Withheld { rule: "suspended".to_owned() }),
    ] {
        let again = batch(&[Record { sequence: 2, end: Some(end) }], 10).unwrap();
        let ingested = hub.store.ingest(&source(), again, NOW_UNIX_MS).await.unwrap();
        assert_eq!((ingested.stored, ingested.duplicates, ingested.acknowledged), (0, 1, 2));
    }
    assert_eq!(hub.numbers().await, (2, 0, 2));
}

#[tokio::test]
async fn an_event_under_the_number_of_another_end_is_a_conflict() {
    let hub = Hub::new().await;
    let withheld = Record { sequence: 1, end: Some(End::Withheld(Withheld { rule: "schedule".to_owned() })) };
    let withheld = batch(&[withheld], 10).unwrap();
    hub.store.ingest(&source(), withheld.clone(), NOW_UNIX_MS).await.unwrap();
    let refused = hub.store.ingest(&source(), events(1..=1), NOW_UNIX_MS).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { sequence: 1, .. }), "{refused}");
    let again = hub.store.ingest(&source(), withheld, NOW_UNIX_MS).await.unwrap();
    assert_eq!((again.duplicates, again.acknowledged), (1, 1));
}

#[tokio::test]
async fn another_event_under_a_taken_number_is_a_conflict_and_nothing_is_stored() {
    let hub = Hub::new().await;
    hub.ingest(1..=2).await;
    let mut other = events(2..=3);
    other[0].event_id = Some(vec![9; 16]);
    let refused = hub.store.ingest(&source(), other, NOW_UNIX_MS).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { sequence: 2, .. }), "{refused}");
    assert_eq!(hub.stored().await, [1, 2]);
}

#[tokio::test]
async fn an_event_under_two_numbers_is_counted_twice_and_shown_once() {
    let hub = Hub::new().await;
    hub.ingest(1..=3).await;
    // Renumbered after the box's disk was set back: the events 2 and 3 are the numbers 1 and 2 of a new outbox.
    let set_back = Source { incarnation: Incarnation([8; 16]), ..source() };
    let mut renumbered = events(2..=4);
    for record in &mut renumbered {
        record.sequence -= 1;
    }
    let ingested = hub.store.ingest(&set_back, renumbered.clone(), NOW_UNIX_MS + DAY_MS).await.unwrap();
    assert_eq!((ingested.stored, ingested.duplicates, ingested.acknowledged), (3, 0, 3));
    let again = hub.store.ingest(&set_back, renumbered, NOW_UNIX_MS + DAY_MS).await.unwrap();
    assert_eq!((again.stored, again.duplicates, again.acknowledged), (0, 3, 3));
    let shown = async || {
        let page = hub.store.page(0, 100, &Selection::default()).await.unwrap();
        page.records.into_iter().map(|record| (record.cursor, record.incarnation[0])).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, [(1, 7), (2, 7), (3, 7), (6, 8)]);
    let summary = hub.store.summary(NOW_UNIX_MS).await.unwrap();
    let counts: Vec<_> = summary[0].incarnations.iter().map(|one| (one.stored, one.missing)).collect();
    assert_eq!(counts, [(3, 0), (3, 0)]);
    // Another box's event of the same id is another event.
    let yard = Source { name: Name::parse("yard").unwrap(), ..source() };
    hub.store.greet(&yard, &hello(1), NOW_UNIX_MS).await.unwrap();
    hub.store.ingest(&yard, events(1..=1), NOW_UNIX_MS + DAY_MS).await.unwrap();
    assert_eq!(shown().await.len(), 5);
    // What was shown once does not come up again when its first record is gone.
    hub.store.purge(NOW_UNIX_MS + 1, NOW_UNIX_MS + DAY_MS).await.unwrap();
    let left: Vec<u8> = shown().await.into_iter().map(|(_, incarnation)| incarnation).collect();
    assert_eq!(left, [8, 7]);
}

#[tokio::test]
async fn retention_deletes_and_the_account_stays() {
    let hub = Hub::new().await;
    hub.ingest(1..=3).await;
    hub.store.ingest(&source(), events(4..=5), NOW_UNIX_MS + DAY_MS).await.unwrap();
    let purged = hub.store.purge(NOW_UNIX_MS + 1, NOW_UNIX_MS + DAY_MS).await.unwrap();
    assert_eq!(purged.records, 3);
    assert_eq!(hub.stored().await, [4, 5]);
    assert_eq!(hub.numbers().await, (5, 0, 5));
    assert_eq!(hub.ingest(2..=6).await, 6, "a duplicate of a deleted record stays a duplicate");
    assert_eq!(hub.stored().await, [4, 5, 6]);
    let page = hub.store.page(0, 1, &Selection::default()).await.unwrap();
    assert_eq!(page.records[0].cursor, 4, "cursors are never given twice");
}

#[tokio::test]
async fn what_waits_behind_a_gap_is_not_kept_longer_than_the_rest() {
    let hub = Hub::new().await;
    hub.ingest(1..=2).await;
    hub.ingest(5..=6).await;
    hub.store.purge(NOW_UNIX_MS + 1, NOW_UNIX_MS).await.unwrap();
    assert_eq!(hub.stored().await, [] as [u64; 0]);
    assert_eq!(hub.numbers().await, (4, 2, 6));
    assert_eq!(hub.ingest(5..=7).await, 7, "the gap was given up, and the deleted stay accounted for");
    assert_eq!(hub.numbers().await, (5, 2, 7));
}

#[tokio::test]
async fn a_page_ends_at_its_limit_and_says_where_the_next_begins() {
    let hub = Hub::new().await;
    hub.ingest(1..=5).await;
    let check = async |after, limit, expected: &[u64], next| {
        let page = hub.store.page(after, limit, &Selection::default()).await.unwrap();
        let cursors: Vec<u64> = page.records.iter().map(|record| record.cursor).collect();
        assert_eq!((cursors.as_slice(), page.next_cursor), (expected, next));
    };
    check(0, 2, &[1, 2], Some(2)).await;
    check(2, 3, &[3, 4, 5], None).await;
    check(5, 3, &[], None).await;
    check(u64::MAX, 3, &[], None).await;
}

#[tokio::test]
async fn a_newer_programs_database_is_left_alone() {
    let hub = Hub::new().await;
    hub.raw("PRAGMA user_version = 99", "UPDATE schema_version SET version = 99").await;
    hub.store.close().await;
    let refused = Store::open(&crate::tests::database::at(hub.dir.path())).await.unwrap_err();
    assert!(refused.to_string().contains("written by a newer velum-hub (schema 99"), "{refused}");
}

/// A box in wrong hands tells ever other suspensions that it holds.
#[tokio::test]
async fn a_box_fills_no_list_of_the_hub() {
    use velum_proto::v1::{BoxState, HeldSuspension};
    let (hub, lobby) = (Hub::new().await, source().name);
    let state = |round: u16, camera: &dyn Fn(u16) -> String| {
        let held = |number: u16| HeldSuspension {
            id: [[0; 12].as_slice(), &round.to_be_bytes(), &number.to_be_bytes()].concat(),
            camera: camera(number),
            ..HeldSuspension::default()
        };
        BoxState { suspensions: (0..300).map(held).collect(), ..BoxState::default() }
    };
    for round in 0..3 {
        let camera = |number: u16| format!("camera-{round}-{number}");
        hub.store.keep_box_state(&lobby, &state(round, &camera), NOW_UNIX_MS).await.unwrap();
    }
    assert_eq!(hub.store.suspensions().await.unwrap().len(), 512);
    let hub = Hub::new().await;
    for round in 0..5 {
        let camera = |number: u16| format!("camera-{number}");
        hub.store
            .keep_box_state(&lobby, &state(round, &camera), NOW_UNIX_MS + i64::from(round))
            .await
            .unwrap();
    }
    assert_eq!(hub.store.suspensions().await.unwrap().len(), 300, "each place once");
    let kept = query("SELECT count(*) FROM lifted_suspension").fetch_one(&hub.store.readers).await.unwrap();
    assert_eq!(kept.try_get::<i64>(0).unwrap(), 1_000);
}
