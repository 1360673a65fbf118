//! What a courier hands on, in which order, how often, and what it does not.

use std::time::Duration;

use velum_proto::v1::{
    CameraHealth, CoverageState, EventKind, Record, Verdict, Withheld, event::Body, record::End,
};

use super::super::Outcome;
use super::super::courier::Step;
use super::desk::{Desk, RECIPIENT, failed, run};
use crate::clock::Clock as _;
use crate::identity::{Name, Person};
use crate::store::{Lapse, Lapsing, Review};

const INCARNATION: &str = "07070707070707070707070707070707";

fn ids(sequences: impl IntoIterator<Item = u64>) -> Vec<String> {
    sequences.into_iter().map(|sequence| format!("lobby/{INCARNATION}/{sequence}")).collect()
}

fn withheld(sequence: u64) -> Record {
    Record { sequence, end: Some(End::Withheld(Withheld { rule: "schedule".to_owned() })) }
}

#[tokio::test]
async fn what_comes_after_the_first_start_is_handed_on_in_order_once_and_disclosed_in_the_log_first() {
    let desk = Desk::new().await;
    desk.ingest(desk.events(1..=2)).await;
    let mut courier = desk.courier("").await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert!(desk.script.got().is_empty(), "what was there before is not handed on");
    desk.ingest(desk.events(3..=50)).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids(3..=50));
    let row = desk.row().await;
    assert_eq!((row.cursor, row.lag, row.state.as_str(), row.dead), (50, 0, "up_to_date", 0));
    let parts = [
        "disclosure",
        "connector:dispatch",
        "dispatch-system",
        "plaza-safety",
        "because: dispatch sends stewards",
    ];
    assert_eq!(desk.audit_lines(&[&parts[..], &["hands on number 7 of its stream by webhook"]].concat()), 1);
    assert_eq!(desk.audit_lines(&[&parts[..], &["hands on"]].concat()), 48);
    // As after a restart.
    let mut courier = desk.courier("").await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert!(desk.script.got().is_empty());
}

#[tokio::test]
async fn a_failure_is_tried_again_after_growing_waits_and_nothing_overtakes_it() {
    let desk = Desk::new().await;
    let mut courier = desk.courier("").await;
    desk.ingest(desk.events(1..=2)).await;
    let asked = Some(Duration::from_secs(90));
    desk.script.answer([failed("no answer", None), failed("no answer", None), failed("503", asked)]);
    let mut waits = Vec::new();
    for attempt in 1..=3 {
        let Step::Wait(wait) = run(&mut courier).await else { panic!("{attempt}") };
        let row = desk.row().await;
        assert_eq!((row.state.as_str(), row.attempts, row.cursor, row.lag), ("retrying", attempt, 0, 2));
        waits.push(wait);
    }
    assert_eq!(desk.row().await.error, "503");
    assert!(waits[0] <= Duration::from_secs(1) && waits[1] <= Duration::from_secs(2), "{waits:?}");
    assert_eq!(waits[2], Duration::from_secs(90));
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids([1, 1, 1, 1, 2]));
    assert_eq!(desk.audit_lines(&["disclosure", "hands on number 1 "]), 1, "a retry is no second disclosure");
    let row = desk.row().await;
    assert_eq!((row.state.as_str(), row.attempts, row.error.as_str()), ("up_to_date", 0, ""));
}

#[tokio::test]
async fn what_is_refused_for_good_is_listed_by_number_and_can_be_replayed() {
    let desk = Desk::new().await;
    let (mut courier, name) = (desk.courier("").await, Name::parse("dispatch").unwrap());
    desk.ingest(desk.events(1..=3)).await;
    desk.script.answer([Outcome::Acknowledged, Outcome::Refused("the target answered 422".to_owned())]);
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids(1..=3), "the others go on");
    let [dead] = desk.doors.store.dead_letters(&name).await.unwrap().try_into().unwrap();
    assert_eq!((dead.cursor, dead.reason.as_str(), dead.attempts), (2, "the target answered 422", 1));
    assert_eq!((desk.row().await.cursor, desk.row().await.dead), (3, 1));
    assert_eq!(desk.doors.store.ask_replay(&name, Some(3)).await.unwrap(), 0);
    let asked = Some(Duration::from_secs(90));
    for (answer, step, attempts, is_asked_for) in [
        (Outcome::Refused("422 again".to_owned()), Step::Idle, 2, false),
        (failed("away", asked), Step::Wait(Duration::from_secs(90)), 3, true),
    ] {
        assert_eq!(desk.doors.store.ask_replay(&name, Some(2)).await.unwrap(), 1);
        desk.script.answer([answer]);
        assert_eq!(run(&mut courier).await, step);
        assert_eq!(desk.script.got(), ids([2]));
        let [left] = desk.doors.store.dead_letters(&name).await.unwrap().try_into().unwrap();
        assert_eq!((left.attempts, left.replay), (attempts, is_asked_for));
    }
    assert_eq!((desk.row().await.state.as_str(), desk.row().await.error.as_str()), ("retrying", "away"));
    desk.ingest(desk.events(4..=5)).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids([4, 5, 2]), "what is new goes first, and nobody need ask again");
    assert!(desk.doors.store.dead_letters(&name).await.unwrap().is_empty());
    assert_eq!(desk.audit_lines(&["disclosure", "hands on number 2 "]), 4, "each is a disclosure of its own");
}

#[tokio::test]
async fn dead_letters_that_are_sent_again_and_what_is_new_take_turns() {
    let desk = Desk::new().await;
    let (mut courier, name) = (desk.courier("").await, Name::parse("dispatch").unwrap());
    desk.ingest(desk.events(1..=3)).await;
    desk.script.answer([(); 3].map(|()| Outcome::Refused("400".to_owned())));
    assert_eq!(run(&mut courier).await, Step::Idle);
    desk.script.got();
    assert_eq!(desk.doors.store.ask_replay(&name, None).await.unwrap(), 3);
    desk.ingest(desk.events(4..=5)).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids([1, 4, 2, 5, 3]));
}

#[tokio::test]
async fn waits_grow_while_the_target_does_not_take_a_dead_letter() {
    let desk = Desk::new().await;
    let (mut courier, name) = (desk.courier("").await, Name::parse("dispatch").unwrap());
    desk.ingest(desk.events(1..=1)).await;
    desk.script.answer([Outcome::Refused("400".to_owned())]);
    assert_eq!(run(&mut courier).await, Step::Idle);
    desk.doors.store.ask_replay(&name, None).await.unwrap();
    desk.script.got();
    for ceiling_secs in [1, 2, 4, 8] {
        desk.script.answer([failed("away", None)]);
        let Step::Wait(wait) = run(&mut courier).await else { panic!("no wait of {ceiling_secs} s") };
        let ceiling = Duration::from_secs(ceiling_secs);
        assert!((ceiling / 2..=ceiling).contains(&wait), "{wait:?}");
        assert_eq!(desk.script.got(), ids([1]));
    }
}

#[tokio::test]
async fn a_dead_letter_whose_event_was_erased_is_no_gap_that_nobody_wanted() {
    let desk = Desk::new().await;
    let (mut courier, name) = (desk.courier("gaps = false\n").await, Name::parse("dispatch").unwrap());
    desk.ingest(desk.events(1..=1)).await;
    desk.script.answer([Outcome::Refused("400".to_owned())]);
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids([1]));
    let Some(End::Event(event)) = desk.event(1).end else { panic!("no event") };
    let found = desk.doors.store.event(&event.id).await.unwrap().unwrap();
    let lapsing = Lapsing { found: &found, lapse: Lapse::Erased };
    assert_eq!(desk.doors.store.lapse_alert(&lapsing, desk.clock.unix_ms()).await.unwrap(), 1);
    desk.doors.store.ask_replay(&name, None).await.unwrap();
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert!(desk.script.got().is_empty());
    let [dead] = desk.doors.store.dead_letters(&name).await.unwrap().try_into().unwrap();
    assert!(dead.reason.contains("deleted") && !dead.replay, "{dead:?}");
}

/// A state of a camera.
fn health(desk: &Desk, sequence: u64) -> Record {
    let mut record = desk.event(sequence);
    if let Some(End::Event(event)) = &mut record.end {
        event.kind = EventKind::CameraHealth.into();
        event.body = Some(Body::CameraHealth(CameraHealth { state: CoverageState::Frozen.into() }));
    }
    record
}

#[tokio::test]
async fn what_a_further_attempt_tells_for_the_first_time_is_disclosed_in_the_log_first() {
    let narrow =
        RECIPIENT.1.replace("\"crowd_density_level\", ", "").replace(", \"level\", \"count_rounded\"", "");
    let wide = RECIPIENT.1.replace("dispatch-system", "dispatch-desk");
    let edits = [(RECIPIENT.0, narrow.as_str()), (RECIPIENT.0, wide.as_str())];
    let name = Name::parse("dispatch").unwrap();
    for (keys, first, logged) in
        [("", vec!["held/2".to_owned()], [1, 1, 1, 1]), ("gaps = false\n", ids([3]), [1, 1, 2, 1])]
    {
        let mut desk = Desk::bare().await;
        desk.release_under(&edits);
        desk.publish("1.0.0", &edits).await;
        let mut courier = desk.courier(keys).await;
        desk.ingest(vec![desk.event(1), desk.event(2), health(&desk, 3), desk.event(4)]).await;
        for _ in 0..2 {
            desk.script.answer([failed("away", None)]);
            assert!(matches!(run(&mut courier).await, Step::Wait(_)), "{keys}");
            assert_eq!(desk.script.got(), first, "{keys}");
        }
        let roles = [(name.clone(), "dispatch-desk".to_owned())];
        desk.doors.store.set_connector_roles(&roles, 2).await.unwrap();
        assert_eq!(run(&mut courier).await, Step::Idle);
        assert_eq!(desk.script.got(), ids(1..=4), "{keys}");
        let lines = |number| desk.audit_lines(&["disclosure", &format!("hands on number {number} ")]);
        assert_eq!([1, 2, 3, 4].map(lines), logged, "{keys}: in another role it is another disclosure");
    }
}

#[tokio::test]
async fn what_became_too_old_or_was_deleted_while_the_target_was_away_is_not_sent() {
    let desk = Desk::new().await;
    let (mut courier, name) = (desk.courier("gaps = false\n").await, Name::parse("dispatch").unwrap());
    desk.ingest(desk.events(1..=2)).await;
    desk.script.answer([failed("away", None)]);
    assert!(matches!(run(&mut courier).await, Step::Wait(_)));
    assert_eq!(desk.script.got(), ids([1]));
    desk.clock.advance_ms(24 * 3_600_000 + 1_000);
    desk.ingest(desk.events(3..=3)).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids([3]), "max_age is a day");
    assert_eq!(desk.audit_lines(&["connector:dispatch", "denied", "max_age"]), 1);
    assert!(desk.row().await.error.contains("held back from it by: max_age"), "{:?}", desk.row().await);

    desk.ingest(desk.events(4..=5)).await;
    desk.script.answer([Outcome::Refused("400".to_owned()), Outcome::Refused("400".to_owned())]);
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids(4..=5));
    desk.doors.store.ask_replay(&name, None).await.unwrap();
    desk.clock.advance_ms(24 * 3_600_000 + 1_000);
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert!(desk.script.got().is_empty());
    let dead = desk.doors.store.dead_letters(&name).await.unwrap();
    assert!(dead.iter().all(|one| one.reason.contains("max_age") && !one.replay), "{dead:?}");
    desk.doors.store.purge(desk.clock.unix_ms() - 1, desk.clock.unix_ms()).await.unwrap();
    assert!(
        desk.doors.store.dead_letters(&name).await.unwrap().is_empty(),
        "dead letters end with the retention"
    );
}

#[tokio::test]
async fn what_is_erased_while_it_waits_its_turn_is_not_sent() {
    let desk = Desk::new().await;
    let mut courier = desk.courier("gaps = false\n").await;
    desk.ingest(desk.events(1..=2)).await;
    while desk.script.got() != ids([1]) {
        let _step = courier.step().await;
    }
    let Some(End::Event(event)) = desk.event(2).end else { panic!("no event") };
    let found = desk.doors.store.event(&event.id).await.unwrap().unwrap();
    let lapsing = Lapsing { found: &found, lapse: Lapse::Erased };
    assert_eq!(desk.doors.store.lapse_alert(&lapsing, desk.clock.unix_ms()).await.unwrap(), 1);
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert!(desk.script.got().is_empty(), "though it had been read before");
}

#[tokio::test]
async fn without_a_published_policy_nothing_is_sent_and_once_there_is_one_nothing_was_lost() {
    let desk = Desk::bare().await;
    let mut courier = desk.courier("").await;
    desk.ingest([desk.events(1..=2), vec![withheld(3)]].concat()).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert!(desk.script.got().is_empty(), "not even that a number was withheld");
    assert!(desk.row().await.error.contains("velum policy publish"), "{:?}", desk.row().await);
    desk.publish("1.0.0", &[RECIPIENT]).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids(1..=3));
    desk.publish("1.1.0", &[]).await;
    desk.ingest(desk.events(4..=4)).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert!(desk.script.got().is_empty(), "a role that is taken away ends it at once");
    assert_eq!(desk.audit_lines(&["connector:dispatch", "denied", "no_recipient"]), 1);
}

#[tokio::test]
async fn without_a_role_in_a_published_policy_nothing_is_sent_and_it_says_so() {
    let mut desk = Desk::bare().await;
    desk.release_under(&[]);
    desk.publish("1.0.0", &[]).await;
    let mut courier = desk.courier("").await;
    desk.ingest([desk.events(1..=2), vec![withheld(3)]].concat()).await;
    for _ in 0..3 {
        assert_eq!(run(&mut courier).await, Step::Idle);
    }
    assert!(desk.script.got().is_empty(), "not even that a number was withheld");
    let row = desk.row().await;
    assert_eq!((row.state.as_str(), row.cursor, row.lag), ("kept_out", 0, 3));
    let words = "no published policy has a [[recipient]] with the role `dispatch-system`";
    assert!(row.error.contains(words), "{row:?}");
    assert_eq!(desk.audit_lines(&["connector:dispatch", "denied", "no_recipient"]), 1, "told once");
}

#[tokio::test]
async fn a_recipient_under_another_law_and_one_that_may_take_nothing_out_get_nothing_and_it_is_logged() {
    // The policy may name such a recipient, by a law of its own; the hub serves it nothing.
    let law = "disclosure = { law = \"Police Act, section 12 (fictional)\", data = \"events\", logged = true }\nlocation";
    let led = RECIPIENT.1.replace("regime = \"gdpr\"", "regime = \"led\"").replace("location", law);
    let led = (RECIPIENT.0, led);
    let no_export = (RECIPIENT.0, RECIPIENT.1.replace("export = true", "export = false"));
    for (edit, rule, state) in [(&led, "regime", "kept_out"), (&no_export, "export", "up_to_date")] {
        let mut desk = Desk::bare().await;
        desk.release_under(&[(edit.0, &edit.1)]);
        desk.publish("1.0.0", &[(edit.0, &edit.1)]).await;
        let mut courier = desk.courier("gaps = false\n").await;
        desk.ingest([desk.events(1..=2), vec![withheld(3)]].concat()).await;
        assert_eq!(run(&mut courier).await, Step::Idle);
        assert!(desk.script.got().is_empty(), "{rule}");
        assert_eq!(desk.row().await.state, state, "{rule}");
        assert_eq!(desk.audit_lines(&["connector:dispatch", "denied", rule]), 1, "{rule}");
        assert_eq!(desk.audit_lines(&["hands on"]), 0, "{rule}");
    }
}

#[tokio::test]
async fn gaps_are_told_as_to_a_subscriber_where_they_are_wanted() {
    for (keys, expected) in [
        (
            "",
            &[
                "velum.event.crowd_density",
                "velum.number.withheld",
                "velum.held_back",
                "velum.event.crowd_density",
            ][..],
        ),
        ("gaps = false\n", &["velum.event.crowd_density", "velum.event.crowd_density"][..]),
    ] {
        let desk = Desk::new().await;
        let mut courier = desk.courier(keys).await;
        let mut unknown = desk.event(3);
        if let Some(End::Event(event)) = &mut unknown.end {
            event.policy_digest = vec![9; 32];
        }
        desk.ingest(vec![desk.event(1), withheld(2), unknown, desk.event(4), withheld(5)]).await;
        assert_eq!(run(&mut courier).await, Step::Idle);
        let mut got = desk.script.got_kinds();
        if keys.is_empty() {
            assert_eq!(got.pop().as_deref(), Some("velum.number.withheld"));
        }
        assert_eq!(got, expected, "{keys}");
        assert_eq!((desk.row().await.cursor, desk.row().await.lag), (5, 0), "{keys}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_setting_is_told_and_the_hub_goes_on() {
    let mut desk = Desk::bare().await;
    let two = RECIPIENT.1.replace("[\"plaza-safety\"]", "[\"plaza-safety\", \"flow\"]");
    let flow = "[[purpose]]\nid = \"flow\"\n\
                dpv = [\"https://w3id.org/dpv/sector/infra#RoadPedestrianSafetyMonitoring\"]\n\
                text.en = \"Notice on the plaza that people move against each other, so that a steward goes and looks.\"\n\n\
                [data_subjects]\n";
    let edits = [("[data_subjects]\n", flow), (RECIPIENT.0, &two)];
    desk.release_under(&edits);
    desk.publish("1.0.0", &edits).await;
    let mut courier = desk.courier("").await;
    assert!(matches!(run(&mut courier).await, Step::Wait(_)));
    let row = desk.row().await;
    assert_eq!(row.state, "failing");
    assert!(row.error.contains("purpose: expected one of flow, plaza-safety"), "{row:?}");
    let mut courier = desk.courier("purpose = \"plaza-safety\"\n").await;
    desk.ingest(desk.events(1..=1)).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert_eq!(desk.script.got(), ids([1]));
}

#[tokio::test]
async fn a_connector_of_the_reviewed_stream_is_told_what_people_decided_and_nothing_else() {
    let desk = Desk::new().await;
    let mut courier = desk.courier("stream = \"reviewed\"\n").await;
    desk.ingest(desk.events(1..=3)).await;
    assert_eq!(run(&mut courier).await, Step::Idle);
    assert!(desk.script.got().is_empty(), "nobody reviewed anything");
    let Some(End::Event(event)) = desk.event(2).end else { panic!("no event") };
    for (verdict, number) in [(Verdict::Confirmed, 1), (Verdict::Shadow, 2)] {
        let expected = format!("reviewed/{number}/{}", hex::encode(&event.id));
        let review = Review {
            event_id: event.id.clone(),
            person: Person::Certificate(Name::parse("anna").unwrap()),
            role: "plaza-steward".to_owned(),
            verdict,
            needed: 1,
            stored_unix_ms: desk.clock.unix_ms(),
        };
        desk.doors.store.review(&review, desk.clock.unix_ms()).await.unwrap();
        assert_eq!(run(&mut courier).await, Step::Idle);
        assert_eq!(desk.script.got(), [expected]);
    }
    let row = desk.row().await;
    assert_eq!((row.stream.as_str(), row.cursor, row.lag), ("reviewed", 2, 0));
    assert_eq!(desk.audit_lines(&["disclosure", "connector:dispatch", "hands on number 1 "]), 1);
}
