use std::sync::Arc;

use velum_proto::v1::{Event, EventKind, EventState, Record, Verdict, record::End};

use super::*;
use crate::audit::Audit;
use crate::clock::SystemClock;
use crate::identity::{Name, Person};
use crate::policies::Policies;
use crate::policies::tests::Approvers;
use crate::record::{Incarnation, ValidHello, batch};
use crate::store::{Lapsing, Review, Source};

const NOW_UNIX_MS: i64 = 1_795_270_992_000;

/// Three bags that nobody looked at, under the demonstration's policy.
async fn three_bags(dir: &std::path::Path) -> (Arc<Store>, Arc<Library>) {
    let store = Arc::new(Store::open(&crate::tests::database::at(dir)).await.unwrap());
    let audit = Arc::new(Audit::at(dir, "hub", Arc::new(SystemClock)).unwrap());
    let approvers = Approvers::new();
    let policies = Policies::open(Arc::clone(&store), audit, Some(approvers.trust())).await.unwrap();
    let policies = Arc::new(policies);
    let signed = approvers.sign(&approvers.text("1.0.0", &[]), 2);
    let by = Name::parse("anna").unwrap();
    let published = policies.publish((signed, None), &by, (NOW_UNIX_MS, false)).await.unwrap().published;
    let library = Arc::clone(&policies.watch().borrow());
    let bag = |sequence: u8| {
        let event = Event {
            id: vec![sequence; 16],
            alert_id: vec![sequence; 16],
            kind: EventKind::AbandonedObject.into(),
            state: EventState::Raised.into(),
            policy_digest: published.policy().digest().to_vec(),
            ..Event::default()
        };
        Record { sequence: sequence.into(), end: Some(End::Event(event)) }
    };
    let source = Source { name: Name::parse("lobby").unwrap(), incarnation: Incarnation([7; 16]) };
    let hello = ValidHello {
        incarnation: source.incarnation,
        oldest_sequence: 1,
        next_sequence: 1,
        policy_digest: Vec::new(),
        model_digests: Vec::new(),
        version: String::new(),
        policy_id: String::new(),
        abilities: Default::default(),
    };
    store.greet(&source, &hello, NOW_UNIX_MS).await.unwrap();
    store.ingest(&source, batch(&[bag(1), bag(2), bag(3)], 10).unwrap(), NOW_UNIX_MS).await.unwrap();
    (store, library)
}

#[tokio::test]
async fn what_people_decide_what_is_past_its_time_and_what_is_deleted_waits_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let (store, library) = three_bags(dir.path()).await;
    let mut waiting = Waiting::default();
    let mut stands = async || {
        waiting.look(&store, &library, NOW_UNIX_MS).await.unwrap();
        (waiting.count(Standing::Waiting), waiting.count(Standing::PastDeadline))
    };
    assert_eq!(stands().await, (3, 0));
    assert_eq!(stands().await, (3, 0), "nothing is counted twice");
    let review = Review {
        event_id: vec![1; 16],
        person: Person::Console(Name::parse("anna").unwrap()),
        role: "plaza-steward".to_owned(),
        verdict: Verdict::Shadow,
        needed: 1,
        stored_unix_ms: NOW_UNIX_MS,
    };
    store.review(&review, NOW_UNIX_MS).await.unwrap();
    assert_eq!(stands().await, (2, 0));
    let found = store.event(&[2; 16]).await.unwrap().unwrap();
    store.lapse_alert(&Lapsing { found: &found, lapse: Lapse::Kept }, NOW_UNIX_MS).await.unwrap();
    assert_eq!(stands().await, (1, 1));
    let found = store.event(&[3; 16]).await.unwrap().unwrap();
    store.lapse_alert(&Lapsing { found: &found, lapse: Lapse::Erased }, NOW_UNIX_MS).await.unwrap();
    assert_eq!(stands().await, (0, 1));
    store.purge(NOW_UNIX_MS + 1, NOW_UNIX_MS + 1).await.unwrap();
    assert_eq!(stands().await, (0, 0));
    store.close().await;
}
