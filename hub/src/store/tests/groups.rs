//! Batches of several boxes that are stored together are stored as one after the other, and none suffers from another.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use prost::Message as _;

use super::*;
use crate::store::engine::Row;
use crate::tests::town::soon;

type Sent = (Source, Vec<ValidRecord>);

fn from(name: &str, incarnation: u8) -> Source {
    Source { name: Name::parse(name).unwrap(), incarnation: Incarnation([incarnation; 16]) }
}

async fn greet(store: &Store, source: &Source, oldest: i64) {
    let hello = ValidHello { incarnation: source.incarnation, ..hello(oldest) };
    store.greet(source, &hello, NOW_UNIX_MS).await.unwrap();
}

/// Whether it waits still.
async fn waits<F: Future>(one: &mut Pin<Box<F>>) -> bool {
    std::future::poll_fn(|cx| Poll::Ready(one.as_mut().poll(cx).is_pending())).await
}

/// All of them wait for the same transaction.
async fn together(store: &Store, sent: &[Sent]) -> Vec<Result<Ingested, String>> {
    let held = store.begin().await.unwrap();
    let ingest = |(source, records): &Sent| {
        let (source, records) = (source.clone(), records.clone());
        Box::pin(async move { store.ingest(&source, records, NOW_UNIX_MS).await })
    };
    let mut waiting: Vec<_> = sent.iter().map(ingest).collect();
    for one in &mut waiting {
        assert!(waits(one).await, "somebody else writes");
    }
    drop(held);
    let mut answers = Vec::new();
    for one in waiting {
        answers.push(soon("it is answered", one).await.map_err(|error| error.to_string()));
    }
    answers
}

async fn one_by_one(store: &Store, sent: &[Sent]) -> Vec<Result<Ingested, String>> {
    let mut answers = Vec::new();
    for (source, records) in sent {
        let answer = store.ingest(source, records.clone(), NOW_UNIX_MS).await;
        answers.push(answer.map_err(|error| error.to_string()));
    }
    answers
}

/// All that is stored of numbers, row by row.
async fn rows(store: &Store) -> Vec<String> {
    fn text(parts: &[&dyn Debug]) -> String {
        parts.iter().map(|part| format!("{part:?} ")).collect()
    }
    fn integer(row: &Row, place: usize) -> Option<i64> {
        row.try_get(place).unwrap()
    }
    fn bytes(row: &Row, place: usize) -> Option<Vec<u8>> {
        row.try_get(place).unwrap()
    }
    fn name(row: &Row, place: usize) -> String {
        row.try_get(place).unwrap()
    }
    let all = async |sql: &str| query(sql).fetch_all(&store.readers).await.unwrap();
    let records =
        all("SELECT cursor, box, incarnation, sequence, end_kind, event_kind, stored_unix_ms, payload,
         event_id, same_as FROM record ORDER BY cursor")
        .await;
    let record = |row: &Row| {
        let numbers = [0, 3, 4, 5, 6, 9].map(|place| integer(row, place));
        text(&[&name(row, 1), &numbers, &[2, 7, 8].map(|place| bytes(row, place))])
    };
    let accounts = all("SELECT box, incarnation, contiguous, highest, stored, withheld, expired, lost
         FROM incarnation ORDER BY box, incarnation")
    .await;
    let account = |row: &Row| {
        text(&[&name(row, 0), &bytes(row, 1), &[2, 3, 4, 5, 6, 7].map(|place| integer(row, place))])
    };
    let holes = all("SELECT box, incarnation, first_sequence, last_sequence FROM hole
         ORDER BY box, incarnation, first_sequence")
    .await;
    let hole = |row: &Row| text(&[&name(row, 0), &bytes(row, 1), &integer(row, 2), &integer(row, 3)]);
    let boxes = all("SELECT name, last_seen_unix_ms FROM box ORDER BY name").await;
    let seen = |row: &Row| text(&[&name(row, 0), &integer(row, 1)]);
    let (records, accounts) = (records.iter().map(record), accounts.iter().map(account));
    records.chain(accounts).chain(holes.iter().map(hole)).chain(boxes.iter().map(seen)).collect()
}

/// Numbers of a box at random: new ones, some sent again, some of another end, some of another event under the same number, and
/// events that another outbox of the same box had under other numbers.
fn some_records(random: &mut fastrand::Rng, name: &str, incarnation: u8) -> Vec<ValidRecord> {
    let first = random.u64(1..30);
    let other_truth = random.u8(..12) == 0;
    let record = |sequence: u64| {
        let event_number = sequence + u64::from(incarnation) * 3 + u64::from(other_truth) * 1_000;
        let id = |kind: u8, number: u64| {
            let mut id = vec![kind; 16];
            id[1..9].copy_from_slice(&number.to_be_bytes());
            id[9] = name.as_bytes()[0];
            id
        };
        let event = Event {
            id: id(1, event_number),
            alert_id: if event_number.is_multiple_of(4) { Vec::new() } else { id(2, event_number / 4) },
            kind: EventKind::CrowdDensity.into(),
            ..Event::default()
        };
        let end = match event_number % 7 {
            0 => End::Withheld(Withheld { rule: "schedule".to_owned() }),
            _ => End::Event(event),
        };
        Record { sequence, end: Some(end) }
    };
    let records: Vec<Record> = (first..=first + random.u64(..6)).map(record).collect();
    batch(&records, usize::MAX).unwrap()
}

async fn erase_one(stores: [&Store; 2], of: &Sent) {
    let events = of.1.iter().filter_map(|one| Record::decode(one.payload.as_slice()).ok()?.end);
    let Some(event) = events.into_iter().find_map(|end| match end {
        End::Event(event) => Some(event),
        _ => None,
    }) else {
        return;
    };
    let found = FoundEvent { of: of.0.name.clone(), event, stored_unix_ms: NOW_UNIX_MS };
    for store in stores {
        let lapsing = Lapsing { found: &found, lapse: Lapse::Erased };
        store.lapse_alert(&lapsing, NOW_UNIX_MS).await.unwrap();
    }
}

#[tokio::test]
async fn together_they_are_stored_as_one_after_the_other() {
    const NAMES: [&str; 5] = ["attic", "barn", "cellar", "den", "entry"];
    let mut random = fastrand::Rng::with_seed(23);
    let (mut refused, mut again, mut same) = (0, 0, 0);
    for _ in 0..6 {
        let (one, other) = (Hub::new().await, Hub::new().await);
        let stores = [&one.store, &other.store];
        for (name, store) in NAMES.iter().flat_map(|name| stores.map(|store| (name, store))) {
            greet(store, &from(name, 1), 1).await;
            greet(store, &from(name, 2), 1).await;
        }
        for _ in 0..20 {
            if random.u8(..4) == 0 {
                let (source, oldest) =
                    (from(random.choice(NAMES).unwrap(), random.u8(1..=2)), random.i64(1..25));
                greet(stores[0], &source, oldest).await;
                greet(stores[1], &source, oldest).await;
            }
            let mut names = NAMES.to_vec();
            random.shuffle(&mut names);
            names.truncate(random.usize(1..=NAMES.len()));
            let sent: Vec<Sent> = names
                .into_iter()
                .map(|name| {
                    let incarnation = random.u8(1..=2);
                    (from(name, incarnation), some_records(&mut random, name, incarnation))
                })
                .collect();
            let answers = one_by_one(stores[0], &sent).await;
            assert_eq!(together(stores[1], &sent).await, answers);
            refused += answers.iter().filter(|answer| answer.is_err()).count();
            again += answers.iter().flatten().map(|answer| answer.duplicates).sum::<usize>();
            if random.u8(..5) == 0 {
                erase_one(stores, random.choice(&sent).unwrap()).await;
            }
        }
        let expected = rows(stores[0]).await;
        assert_eq!(rows(stores[1]).await, expected);
        let doubled = query("SELECT count(*) FROM record WHERE same_as IS NOT NULL");
        same += doubled.fetch_one(&stores[1].readers).await.unwrap().try_get::<i64>(0).unwrap();
    }
    assert!(refused > 10 && again > 100 && same > 10, "{refused} {again} {same}: the cases were not there");
}

#[tokio::test]
async fn those_who_wait_are_stored_in_one_commit() {
    let hub = Hub::new().await;
    let mut sent = Vec::new();
    for name in ["attic", "barn", "cellar"] {
        greet(&hub.store, &from(name, 1), 1).await;
        sent.push((from(name, 1), events(1..=3)));
    }
    let held = hub.store.begin().await.unwrap();
    let store = &hub.store;
    let mut waiting: Vec<_> = sent
        .iter()
        .map(|(source, records)| Box::pin(store.ingest(source, records.clone(), NOW_UNIX_MS)))
        .collect();
    for one in &mut waiting {
        assert!(waits(one).await);
    }
    drop(held);
    soon("the first is answered", waiting.remove(0)).await.unwrap();
    assert_eq!(hub.stored().await, [1, 2, 3, 1, 2, 3, 1, 2, 3], "in the order in which they came");
    for one in waiting {
        assert_eq!(soon("it is answered", one).await.unwrap().acknowledged, 3);
    }
}

#[tokio::test]
async fn one_that_cannot_be_stored_leaves_the_others_alone() {
    let hub = Hub::new().await;
    greet(&hub.store, &from("yard", 1), 1).await;
    // The database refuses a box that was never heard of.
    let sent =
        [(source(), events(1..=3)), (from("stranger", 1), events(1..=2)), (from("yard", 1), events(1..=4))];
    let answers = together(&hub.store, &sent).await;
    let acknowledged = |answer: &Result<Ingested, String>| answer.as_ref().ok().map(|one| one.acknowledged);
    assert_eq!(answers.iter().map(acknowledged).collect::<Vec<_>>(), [Some(3), None, Some(4)]);
    assert_eq!(hub.stored().await, [1, 2, 3, 1, 2, 3, 4]);
    // One whose number is taken by another event.
    let mut taken = events(3..=5);
    taken[0].event_id = Some(vec![9; 16]);
    let sent = [(source(), taken), (from("yard", 1), events(5..=6))];
    let answers = together(&hub.store, &sent).await;
    assert!(answers[0].as_ref().unwrap_err().contains("number 3 is already stored"), "{answers:?}");
    assert_eq!(acknowledged(&answers[1]), Some(6));
    assert_eq!(hub.numbers().await, (3, 0, 3));
}

#[tokio::test]
async fn a_box_that_sends_twice_at_once_has_each_record_once() {
    let hub = Hub::new().await;
    // A session that ended, and the one that took its place.
    let answers = together(&hub.store, &[(source(), events(1..=3)), (source(), events(1..=5))]).await;
    let counts: Vec<_> =
        answers.into_iter().map(|answer| answer.map(|one| (one.stored, one.duplicates))).collect();
    assert_eq!(counts, [Ok((3, 0)), Ok((2, 3))]);
    assert_eq!(hub.stored().await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn where_the_database_is_away_all_are_told_at_once() {
    let hub = Hub::new().await;
    greet(&hub.store, &from("yard", 1), 1).await;
    let held = hub.store.begin().await.unwrap();
    let (lobby, yard) = (source(), from("yard", 1));
    let mut one = Box::pin(hub.store.ingest(&lobby, events(1..=3), NOW_UNIX_MS));
    let mut other = Box::pin(hub.store.ingest(&yard, events(1..=3), NOW_UNIX_MS));
    assert!(waits(&mut one).await && waits(&mut other).await);
    let mut closing = Box::pin(hub.store.close());
    assert!(waits(&mut closing).await);
    let (one, other) = (soon("an answer", one).await, soon("an answer", other).await);
    assert_eq!(one.unwrap_err().to_string(), other.unwrap_err().to_string());
    drop(held);
    soon("it closes", closing).await;
}

/// Whoever reads on from a cursor misses nothing, however many boxes write.
#[tokio::test(flavor = "multi_thread")]
async fn cursors_become_visible_in_their_order_and_without_a_gap() {
    const BOXES: u8 = 12;
    const BATCHES: u64 = 15;
    let hub = Arc::new(Hub::new().await);
    let mut boxes = tokio::task::JoinSet::new();
    for number in 0..BOXES {
        let (hub, of) = (Arc::clone(&hub), from(&format!("box-{number}"), number));
        greet(&hub.store, &of, 1).await;
        boxes.spawn(async move {
            for first in (1..BATCHES * 3).step_by(3) {
                let done = hub.store.ingest(&of, events(first..=first + 2), NOW_UNIX_MS).await.unwrap();
                assert_eq!((done.acknowledged, done.stored), (first + 2, 3));
            }
        });
    }
    let all = u64::from(BOXES) * BATCHES * 3;
    let watch = async {
        let (mut after, mut seen) = (0, Vec::new());
        while after < all {
            let page = hub.store.page(after, 100, &Selection::default()).await.unwrap();
            seen.extend(page.records.iter().map(|record| record.cursor));
            after = seen.last().copied().unwrap_or(0);
        }
        seen
    };
    assert_eq!(soon("all is seen", watch).await, (1..=all).collect::<Vec<u64>>());
    boxes.join_all().await;
}
