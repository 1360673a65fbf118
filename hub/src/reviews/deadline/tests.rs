//! Alerts past their time, on simulated time.

use velum_proto::v1::{Event, EventKind, EventState, Record, Verdict, record::End};

use super::super::Doors;
use super::*;
use crate::access::Access;
use crate::audit::Audit;
use crate::clock::Clock as _;
use crate::clock::simulated::SimulatedClock;
use crate::identity::{Name, Person};
use crate::policies::Policies;
use crate::policies::tests::Approvers;
use crate::record::{Incarnation, ValidHello, batch};
use crate::reviews::Sealer;
use crate::store::{Lapse, Review, Source, Store};

const START_UNIX_MS: i64 = 1_795_270_992_000;
const MINUTE_MS: i64 = 60_000;
const STAFFED: &str = "staffed           = \"while somebody watches the terminal\"";
const ERASED: (&str, &str) =
    (STAFFED, "staffed = \"always\"\nreview_deadline = \"PT3M\"\nunreviewed = \"erase\"");
const KEPT: (&str, &str) = (STAFFED, "staffed = \"always\"\nreview_deadline = \"PT3M\"");
const NO_DEADLINE: (&str, &str) = (STAFFED, "staffed = \"always\"\nunreviewed = \"erase\"");

struct Room {
    dir: tempfile::TempDir,
    store: Arc<Store>,
    clock: Arc<SimulatedClock>,
    desk: Arc<ReviewDesk>,
    keeper: Keeper,
    released_under: Vec<u8>,
}

fn source() -> Source {
    Source { name: Name::parse("lobby").unwrap(), incarnation: Incarnation([7; 16]) }
}

impl Room {
    /// A hub whose policy is edited like this.
    async fn with(edits: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SimulatedClock::at(START_UNIX_MS));
        let store = Arc::new(Store::open(&crate::tests::database::at(dir.path())).await.unwrap());
        let audit = Arc::new(Audit::at(dir.path(), "hub", Arc::<SimulatedClock>::clone(&clock)).unwrap());
        let approvers = Approvers::new();
        let trust = Some(approvers.trust());
        let policies = Policies::open(Arc::clone(&store), Arc::clone(&audit), trust).await.unwrap();
        let policies = Arc::new(policies);
        let signed = approvers.sign(&approvers.text("1.0.0", edits), 2);
        let by = Name::parse("anna").unwrap();
        let published = policies.publish((signed, None), &by, (START_UNIX_MS, false)).await.unwrap();
        let released_under = published.published.policy().digest().to_vec();
        let hello = ValidHello {
            incarnation: Incarnation([7; 16]),
            oldest_sequence: 1,
            next_sequence: 1,
            policy_digest: Vec::new(),
            model_digests: Vec::new(),
            version: String::new(),
            policy_id: String::new(),
            abilities: Default::default(),
        };
        store.greet(&source(), &hello, START_UNIX_MS).await.unwrap();
        let library = policies.watch();
        let access =
            Arc::new(Access::new(Arc::clone(&store), library.clone(), Arc::<SimulatedClock>::clone(&clock)));
        let clock_of_desk = Arc::<SimulatedClock>::clone(&clock);
        let sealer = Sealer::below(dir.path());
        let doors = Doors { store: Arc::clone(&store), access, audit, clock: clock_of_desk, library, sealer };
        let desk = Arc::new(ReviewDesk::new(doors));
        let keeper = Keeper::new(Arc::clone(&desk));
        Self { dir, store, clock, desk, keeper, released_under }
    }

    /// A record of the alert `alert`; its event's id is its number.
    fn record(&self, sequence: u8, alert: u8, (kind, state): (EventKind, EventState)) -> Record {
        let event = Event {
            id: vec![sequence; 16],
            alert_id: vec![alert; 16],
            kind: kind.into(),
            state: state.into(),
            zone: Some("by the fountain".to_owned()),
            policy_digest: self.released_under.clone(),
            ..Event::default()
        };
        Record { sequence: sequence.into(), end: Some(End::Event(event)) }
    }

    fn bag(&self, sequence: u8, alert: u8, state: EventState) -> Record {
        self.record(sequence, alert, (EventKind::AbandonedObject, state))
    }

    async fn store_records(&self, records: &[Record]) -> (usize, usize) {
        let records = batch(records, 100).unwrap();
        let done = self.store.ingest(&source(), records, self.clock.unix_ms()).await.unwrap();
        (done.stored, done.duplicates)
    }

    async fn pass(&mut self, by_ms: i64) {
        self.clock.advance_ms(by_ms);
        self.keeper.tick().await.unwrap();
    }

    /// The numbers whose events can be read, and those whose content was erased.
    async fn numbers(&self) -> (Vec<u64>, Vec<u64>) {
        let page = self.store.page(0, 100, &Selection::default()).await.unwrap();
        let (mut whole, mut erased) = (Vec::new(), Vec::new());
        for record in page.records.into_iter().filter_map(|stored| stored.record) {
            match record.end.unwrap() {
                End::Event(_) => whole.push(record.sequence),
                End::Withheld(withheld) => {
                    assert_eq!(withheld.rule, "review_deadline");
                    erased.push(record.sequence);
                }
                other => panic!("{other:?}"),
            }
        }
        (whole, erased)
    }

    async fn say(&self, id: u8, name: &str, needed: u32) {
        self.say_that(id, name, (Verdict::Confirmed, needed)).await;
    }

    async fn say_that(&self, id: u8, name: &str, (verdict, needed): (Verdict, u32)) {
        let review = Review {
            event_id: vec![id; 16],
            person: Person::Certificate(Name::parse(name).unwrap()),
            role: "plaza-steward".to_owned(),
            verdict,
            needed,
            stored_unix_ms: START_UNIX_MS,
        };
        self.store.review(&review, self.clock.unix_ms()).await.unwrap();
    }

    fn logged(&self) -> String {
        let folder = std::fs::read_dir(self.dir.path().join("audit")).unwrap();
        folder.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok()).collect()
    }
}

#[tokio::test]
async fn what_nobody_decides_in_time_is_erased_with_all_that_came_of_it_and_its_numbers_stay() {
    let mut room = Room::with(&[ERASED]).await;
    let records = [
        room.bag(1, 1, EventState::Raised),
        room.bag(2, 2, EventState::Raised),
        room.bag(3, 1, EventState::Updated),
        room.bag(4, 3, EventState::Raised),
    ];
    room.store_records(&records).await;
    room.say(2, "anna", 1).await;
    room.say(4, "anna", 2).await;
    room.pass(3 * MINUTE_MS - 1).await;
    assert_eq!(room.numbers().await, (vec![1, 2, 3, 4], vec![]));
    room.pass(1).await;
    assert_eq!(room.numbers().await, (vec![2], vec![1, 3, 4]), "1 of 2 people is no decision");
    assert_eq!(room.store.event(&[1; 16]).await.unwrap(), None);
    if !crate::tests::database::is_server() {
        let file = std::fs::read(room.dir.path().join("hub.sqlite")).unwrap();
        let copies = file.windows(15).filter(|bytes| *bytes == b"by the fountain").count();
        assert_eq!(copies, 1, "what is erased is overwritten");
    }
    let summary = room.store.summary(room.clock.unix_ms()).await.unwrap();
    assert_eq!((summary[0].incarnations[0].stored, summary[0].incarnations[0].missing), (4, 0));
    assert_eq!(room.logged().matches("its content is erased").count(), 2, "{}", room.logged());

    assert_eq!(room.store_records(&records).await, (0, 4), "sent again, they are known");
    let cleared = room.bag(5, 1, EventState::Cleared);
    assert_eq!(room.store_records(&[cleared]).await, (1, 0));
    assert_eq!(room.numbers().await, (vec![2], vec![1, 3, 4, 5]), "nor is told how it ended");
    room.pass(60 * MINUTE_MS).await;
    assert_eq!(room.numbers().await, (vec![2], vec![1, 3, 4, 5]));
}

#[tokio::test]
async fn without_erase_it_is_marked_and_only_where_the_policy_wants_a_person_to_look() {
    let not_owed = [("human_review  = \"before-action\"", "human_review  = \"not-applicable\"")];
    for (name, edits, expected) in [
        ("kept", &[KEPT][..], Some(Lapse::Kept)),
        ("no deadline", &[NO_DEADLINE][..], None),
        ("nobody must look", &[not_owed[0], ERASED][..], None),
    ] {
        let mut room = Room::with(edits).await;
        room.store_records(&[room.bag(1, 1, EventState::Raised)]).await;
        room.pass(4 * MINUTE_MS).await;
        assert_eq!(room.store.alert(&[1; 16]).await.unwrap().lapse, expected, "{name}");
        assert_eq!(room.numbers().await, (vec![1], vec![]), "{name}");
        assert_eq!(room.logged().contains("marked as unreviewed"), expected.is_some(), "{name}");
    }
}

/// Whether an alert is still there after these moves of time: so many ms pass, and the wall clock is set by so many.
async fn check_moves(name: &str, moves: &[(i64, i64)], is_kept: bool) {
    let mut room = Room::with(&[ERASED]).await;
    room.store_records(&[room.bag(1, 1, EventState::Raised)]).await;
    for (pass_ms, set_ms) in moves {
        room.clock.set_ms(*set_ms);
        room.pass(*pass_ms).await;
    }
    assert_eq!(room.numbers().await.0.len() == 1, is_kept, "{name}");
}

#[tokio::test]
async fn a_clock_that_jumps_ends_nothing_before_its_time() {
    let (minute, hour) = (MINUTE_MS, 60 * MINUTE_MS);
    check_moves("a jump forward", &[(minute, 0), (1_000, hour)], true).await;
    check_moves("and its time anew", &[(minute, 0), (1_000, hour), (3 * minute, 0)], false).await;
    check_moves("a jump back", &[(minute, 0), (1_000, -hour), (2 * minute, 0)], true).await;
    check_moves("and its time anew", &[(minute, 0), (1_000, -hour), (3 * minute, 0)], false).await;
    check_moves("a small correction", &[(minute, 2_000), (2 * minute, 0)], false).await;
}

#[tokio::test]
async fn after_a_restart_there_is_time_to_look_and_what_ended_has_ended() {
    let mut room = Room::with(&[KEPT]).await;
    room.store_records(&[room.bag(1, 1, EventState::Raised), room.bag(2, 2, EventState::Raised)]).await;
    room.pass(3 * MINUTE_MS).await;
    room.say(1, "anna", 1).await;
    let changes = room.store.newest_alert_change().await.unwrap();
    room.desk.count_from(room.clock.unix_ms());
    room.keeper = Keeper::new(Arc::clone(&room.desk));
    room.store_records(&[room.bag(3, 3, EventState::Raised)]).await;
    room.pass(3 * MINUTE_MS - 1).await;
    assert_eq!(room.store.alert(&[3; 16]).await.unwrap().lapse, None);
    room.pass(1).await;
    assert_eq!(room.store.alert(&[3; 16]).await.unwrap().lapse, Some(Lapse::Kept));
    let changed = room.store.alert_changes(changes, 10).await.unwrap();
    assert_eq!(changed.into_iter().map(|(_, id)| id[0]).collect::<Vec<_>>(), [3], "the others as they were");
    let row = room.store.alert(&[1; 16]).await.unwrap();
    assert!(row.decided().is_some() && row.lapse == Some(Lapse::Kept), "a late word counts");
}

#[tokio::test]
async fn a_decision_that_is_taken_back_after_its_time_is_none() {
    let mut room = Room::with(&[ERASED]).await;
    room.store_records(&[room.bag(1, 1, EventState::Raised), room.bag(2, 2, EventState::Raised)]).await;
    for (id, name) in [(1, "anna"), (1, "bert"), (2, "anna"), (2, "bert")] {
        room.say(id, name, 2).await;
    }
    room.pass(10 * MINUTE_MS).await;
    assert_eq!(room.numbers().await, (vec![1, 2], vec![]));
    room.say_that(1, "bert", (Verdict::Shadow, 2)).await;
    room.pass(1_000).await;
    assert_eq!(room.numbers().await, (vec![2], vec![1]));
}

#[tokio::test]
async fn one_person_has_one_word_however_they_come() {
    let room = Room::with(&[ERASED]).await;
    room.store_records(&[room.bag(1, 1, EventState::Raised)]).await;
    let anna = Name::parse("Anna").unwrap();
    let by_page = Name::parse("anna").unwrap();
    let mut decided = Vec::new();
    for person in [
        Person::Console(by_page),
        Person::Certificate(anna),
        Person::Certificate(Name::parse("ben").unwrap()),
    ] {
        let review = Review {
            event_id: vec![1; 16],
            person,
            role: "plaza-steward".to_owned(),
            verdict: Verdict::Confirmed,
            needed: 2,
            stored_unix_ms: START_UNIX_MS,
        };
        decided.push(room.store.review(&review, room.clock.unix_ms()).await.unwrap().is_decided);
    }
    assert_eq!(decided, [false, false, true]);
    assert_eq!(room.store.alert(&[1; 16]).await.unwrap().said.len(), 2);
}

#[tokio::test]
async fn what_is_erased_while_somebody_reads_is_gone_once_they_have_read_of_the_file() {
    let mut room = Room::with(&[ERASED]).await;
    room.store_records(&[room.bag(1, 1, EventState::Raised)]).await;
    let on_disk = |room: &Room| {
        ["hub.sqlite", "hub.sqlite-wal"].iter().any(|name| {
            let bytes = std::fs::read(room.dir.path().join(name)).unwrap_or_default();
            bytes.windows(15).any(|bytes| bytes == b"by the fountain")
        })
    };
    let reading = room.store.reading().await;
    room.pass(3 * MINUTE_MS).await;
    assert_eq!(room.numbers().await, (vec![], vec![1]));
    assert!(on_disk(&room), "the reader still sees it");
    reading.end().await;
    room.pass(1_000).await;
    assert!(!on_disk(&room));
}

#[tokio::test]
async fn two_boxes_with_one_id_both_end() {
    let mut room = Room::with(&[ERASED]).await;
    let record = room.bag(1, 1, EventState::Raised);
    room.store_records(std::slice::from_ref(&record)).await;
    let other = Source { name: Name::parse("station").unwrap(), incarnation: Incarnation([8; 16]) };
    let hello = ValidHello {
        incarnation: Incarnation([8; 16]),
        oldest_sequence: 1,
        next_sequence: 1,
        policy_digest: Vec::new(),
        model_digests: Vec::new(),
        version: String::new(),
        policy_id: String::new(),
        abilities: Default::default(),
    };
    room.store.greet(&other, &hello, START_UNIX_MS).await.unwrap();
    room.clock.advance_ms(MINUTE_MS);
    room.store.ingest(&other, batch(&[record], 100).unwrap(), room.clock.unix_ms()).await.unwrap();
    room.pass(2 * MINUTE_MS).await;
    assert_eq!(room.numbers().await, (vec![1], vec![1]));
    room.pass(MINUTE_MS).await;
    assert_eq!(room.numbers().await, (vec![], vec![1, 1]));
}
