//! Recipients over real TLS: who sees what, what is held back and told, and what the audit log knows of it.

use tonic::Code;
use tonic::transport::Channel;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::{
    CountBand, CoverageBin, CoverageReport, CoverageState, CrowdDensity, Event, EventKind, EventState,
    Filter, HeldBack, ListRequest, ListResponse, PublishPolicyRequest, Record, ReviewedRequest,
    SetVerdictRequest, StoredRecord, SubscribeRequest, SummaryRequest, Verdict, Withheld, box_message,
    event::Body, record::End,
};

use super::published::released_under;
use super::stills::audit_text;
use super::town::{Conversation, ROLE, Town, hello, operator, soon};
use crate::clock::Clock as _;
use crate::identity::{Name, Person};
use crate::store::{NewUser, Review};

fn crowd(id: u8, policy_digest: &[u8]) -> Record {
    let body = CrowdDensity {
        level: Some("busy".to_owned()),
        persons: Some(CountBand { at_least: 10, below: Some(15) }),
        ..CrowdDensity::default()
    };
    let event = Event {
        id: vec![id; 16],
        alert_id: vec![id; 16],
        kind: EventKind::CrowdDensity.into(),
        site: Some("plaza".to_owned()),
        zone: Some("steps".to_owned()),
        policy_digest: policy_digest.to_vec(),
        model_digests: vec![vec![4; 32]],
        body: Some(Body::CrowdDensity(body)),
        ..Event::default()
    };
    Record { sequence: id.into(), end: Some(End::Event(event)) }
}

async fn town_with(records: Vec<Record>) -> (Town, Conversation) {
    let town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut lobby, _) = Conversation::greeted(channel, hello(1, 1)).await;
    lobby.batch(records).await.unwrap();
    (town, lobby)
}

async fn list_as(town: &Town, name: &str, request: ListRequest) -> Result<ListResponse, tonic::Status> {
    let holder = town.holder(&format!("velum:operator:{name}:1"));
    let mut client = EventsClient::new(town.channel(Some(&holder)).await.unwrap());
    client.list(request).await.map(tonic::Response::into_inner)
}

fn rules(held: &[HeldBack]) -> Vec<(&str, u64)> {
    held.iter().map(|one| (one.rule.as_str(), one.events)).collect()
}

#[tokio::test]
async fn a_recipient_sees_its_fields_and_somebody_without_a_role_none_and_how_to_get_one() {
    let (mut town, lobby) = town_with(vec![crowd(1, &released_under()), crowd(2, &[9; 32])]).await;
    let anna = list_as(&town, "anna", ListRequest::default()).await.unwrap();
    assert_eq!(rules(&anna.held_back), [("policy_unknown", 1)]);
    assert!(anna.held_back[0].message.contains("velum policy publish"), "{:?}", anna.held_back);
    let [stored] = anna.records.as_slice() else { panic!("{anna:?}") };
    let Some(Record { end: Some(End::Event(event)), .. }) = &stored.record else { panic!("{stored:?}") };
    assert_eq!((event.zone.as_deref(), event.id.as_slice()), (Some("steps"), [1; 16].as_slice()));

    let eve = list_as(&town, "eve", ListRequest::default()).await.unwrap();
    assert!(eve.records.is_empty(), "{eve:?}");
    assert_eq!(rules(&eve.held_back), [("no_recipient", 0)], "told once, and not how many there are");
    let message = &eve.held_back[0].message;
    assert!(message.contains("`velum-hub recipient give ROLE eve --operator`"), "{message}");
    let log = audit_text(&town);
    let line = |parts: &[&str]| log.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(line(&[
        "certificate:anna",
        "\"recipient\":\"plaza-steward\"",
        "\"purpose\":\"plaza-safety\"",
        "allowed"
    ]));
    assert!(line(&["certificate:anna", "plaza-steward", "denied", "policy_unknown", "\"records\":1"]));
    assert!(line(&["certificate:eve", "denied", "no_recipient"]), "{log}");
    drop(lobby);
    town.stop().await;
}

#[tokio::test]
async fn what_the_policy_does_not_give_is_blanked_and_a_new_version_counts_at_once() {
    let (mut town, lobby) = town_with(vec![crowd(1, &released_under())]).await;
    let shown = async |town: &Town| {
        let list = list_as(town, "anna", ListRequest::default()).await.unwrap();
        let mut events = list.records.into_iter().filter_map(|stored| match stored.record?.end? {
            End::Event(event) => Some(event),
            _ => None,
        });
        (events.next(), list.held_back)
    };
    let level = |event: Option<Event>| match event.unwrap().body {
        Some(Body::CrowdDensity(crowd)) => (crowd.level, crowd.persons),
        other => panic!("{other:?}"),
    };
    let (busy, ten) = (Some("busy".to_owned()), Some(CountBand { at_least: 10, below: Some(15) }));
    assert_eq!(level(shown(&town).await.0), (busy, ten));
    let without_level = [("\"object_kind\", \"level\",\n", "\"object_kind\",\n")];
    town.publish("1.1.0", &without_level).await;
    assert_eq!(level(shown(&town).await.0).0, None, "the level is no longer given");
    let without_crowds = [
        (
            "\"abandoned_object_alert\", \"crowd_density_level\", \"camera_health\"]",
            "\"abandoned_object_alert\", \"camera_health\"]",
        ),
        (
            "\"level\",\n            \"previous_level\", \"count_rounded\", \"persons_per_m2\", ",
            "\n            ",
        ),
    ];
    town.publish("1.2.0", &without_crowds).await;
    let (event, held) = shown(&town).await;
    assert_eq!((event, rules(&held)), (None, vec![("event_class", 1)]));
    drop(lobby);
    town.stop().await;
}

#[tokio::test]
async fn what_is_too_old_is_held_back_and_a_wrong_purpose_and_an_export_too() {
    let (mut town, lobby) = town_with(vec![crowd(1, &released_under())]).await;
    let held = async |request: ListRequest| {
        let list = list_as(&town, "anna", request).await.unwrap();
        assert!(list.records.is_empty(), "{list:?}");
        list.held_back.into_iter().map(|one| one.rule).collect::<Vec<_>>()
    };
    let fun = ListRequest { purpose: "fun".to_owned(), ..ListRequest::default() };
    assert_eq!(held(fun).await, ["recipient_purpose"]);
    let export = ListRequest { export: true, justification: "a report".to_owned(), ..ListRequest::default() };
    assert_eq!(held(export).await, ["export"]);
    town.clock.advance_ms(24 * 3_600_000 + 1);
    assert_eq!(held(ListRequest::default()).await, ["max_age"]);
    let long = ListRequest { justification: "x".repeat(301), ..ListRequest::default() };
    assert_eq!(list_as(&town, "anna", long).await.unwrap_err().code(), Code::InvalidArgument);
    assert!(audit_text(&town).contains("because: a report"));
    drop(lobby);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_hears_what_is_held_back_and_follows_its_roles() {
    let (mut town, mut lobby) = town_with(vec![crowd(1, &[9; 32]), crowd(2, &released_under())]).await;
    let request = SubscribeRequest { after_cursor: Some(0), ..SubscribeRequest::default() };
    let mut records = town.events().await.subscribe(request).await.unwrap().into_inner();
    let told = soon("what is held back", records.message()).await.unwrap().unwrap();
    assert_eq!((told.cursor, told.record, rules(&told.held_back)), (1, None, vec![("policy_unknown", 1)]));
    let shown = soon("a record", records.message()).await.unwrap().unwrap();
    assert_eq!((shown.cursor, shown.held_back.is_empty()), (2, true));
    let store = town.store().await;
    assert!(store.take_recipient(&operator("anna"), ROLE).await.unwrap());
    lobby.batch(vec![crowd(3, &released_under())]).await.unwrap();
    let told = soon("what is held back", records.message()).await.unwrap().unwrap();
    assert_eq!((told.cursor, rules(&told.held_back)), (2, vec![("no_recipient", 0)]));
    store.give_recipient(&operator("anna"), ROLE, 1).await.unwrap();
    lobby.batch(vec![crowd(4, &released_under())]).await.unwrap();
    assert_eq!(soon("a record", records.message()).await.unwrap().unwrap().cursor, 4);
    store.close().await;
    drop(lobby);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_a_recipients_fields_and_ends_when_the_role_is_taken() {
    let (mut town, mut lobby) = town_with(vec![crowd(1, &[9; 32]), crowd(2, &released_under())]).await;
    let browser = super::console::first_user(&town).await;
    let session = browser.get("/api/session").await.1;
    assert_eq!(session["recipients"], serde_json::json!([ROLE]));
    assert_eq!(session["purposes"], serde_json::json!(["plaza-safety"]));
    let mut live = browser.ask("GET", "/api/live/0", "").await;
    assert_eq!(live.event("held").await.unwrap()["held"][0]["rule"], "policy_unknown");
    let record = live.event("record").await.unwrap();
    assert_eq!((&record["end"]["zone"], &record["sequence"]), (&"steps".into(), &2.into()));
    let log = audit_text(&town);
    assert!(log.contains("opened the page with the live list"), "{log}");
    let (store, anna) = (town.store().await, Person::Console(Name::parse("anna").unwrap()));
    assert!(store.take_recipient(&anna, ROLE).await.unwrap());
    lobby.batch(vec![crowd(3, &released_under())]).await.unwrap();
    assert_eq!(live.event("ended").await.unwrap()["reason"], "changed");
    let session = browser.get("/api/session").await.1;
    assert_eq!(session["give_command"], "`velum-hub recipient give ROLE anna`");
    let mut live = browser.ask("GET", "/api/live/0", "").await;
    let fleet = live.event("fleet").await.unwrap();
    assert_eq!(
        (&fleet["boxes"][0]["box"], &fleet["boxes"][0]["numbers"]["stored"]),
        (&"lobby".into(), &0.into())
    );
    store.close().await;
    drop(lobby);
    town.stop().await;
}

#[tokio::test]
async fn giving_and_taking_a_role_is_in_the_audit_log_and_ends_with_the_user() {
    let mut town = Town::found().await;
    let store = town.store().await;
    let anna = Person::Console(Name::parse("anna").unwrap());
    let error = store.give_recipient(&anna, ROLE, 1).await.unwrap_err().to_string();
    assert!(error.contains("no user `anna`"), "{error}");
    let now_unix_ms = town.clock.unix_ms();
    let name = Name::parse("anna").unwrap();
    store
        .add_user(
            &name,
            NewUser { roles: &[ROLE.to_owned()], is_administrator: false },
            &[1; 32],
            now_unix_ms,
            now_unix_ms,
        )
        .await
        .unwrap();
    assert_eq!(store.roles_of(&anna).await.unwrap(), [ROLE]);
    assert!(!store.take_recipient(&anna, "another").await.unwrap());
    store.remove_user(&name).await.unwrap();
    assert!(store.roles_of(&anna).await.unwrap().is_empty());
    store.revoke_operator(&Name::parse("ben").unwrap(), 1).await.unwrap();
    assert!(store.roles_of(&operator("ben")).await.unwrap().is_empty());
    let told = async {
        while !store.audit_notes().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    soon("the audit log is told", told).await;
    store.close().await;
    town.stop().await;
    let log = audit_text(&town);
    let given = log.lines().find(|line| line.contains("console:anna") && line.contains(ROLE)).unwrap();
    assert!(given.contains("allowed"), "{given}");
}

#[tokio::test]
async fn a_policy_whose_recipients_cannot_be_used_is_not_published() {
    let town = Town::bare().await;
    let hostile = super::published::text("1.0.0", &[("\"plaza-steward\"\norg", "\"a\\nb\"\norg")]);
    let policy_json = town.approvers.sign(&hostile, 2);
    let request = PublishPolicyRequest { policy_json, opinion_json: None, check_only: false };
    let refused = town.policy().await.publish(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("recipient[0] `a\\nb`"), "{}", refused.message());
}

fn withheld(sequence: u64, rule: &str) -> Record {
    Record { sequence, end: Some(End::Withheld(Withheld { rule: rule.to_owned() })) }
}

/// The sequence, the rule and when it came, of the numbers that were withheld.
fn withheld_of(records: &[StoredRecord]) -> Vec<(u64, &str, i64)> {
    let told = records.iter().filter_map(|stored| {
        let record = stored.record.as_ref()?;
        match record.end.as_ref()? {
            End::Withheld(withheld) => Some((record.sequence, withheld.rule.as_str(), stored.stored_unix_ms)),
            _ => None,
        }
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_without_a_role_learns_neither_that_nor_when_there_are_events() {
    let town = Town::found().await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut lobby, _) = Conversation::greeted(channel, hello(1, 1)).await;
    let hour_unix_secs = town.clock.unix_ms() / 3_600_000 * 3_600;
    let bin = CoverageBin {
        camera: "plaza-1".to_owned(),
        hour_unix_secs,
        secs_by_state: [(CoverageState::Analysed.into(), 60)].into(),
        stills_withheld: [("too_dark".to_owned(), 1)].into(),
        ..CoverageBin::default()
    };
    lobby.send(box_message::Message::Coverage(CoverageReport { bins: vec![bin] })).await;
    let records = vec![
        crowd(1, &released_under()),
        withheld(2, "min_group"),
        withheld(3, "schedule"),
        crowd(4, &[9; 32]),
    ];
    lobby.batch(records).await.unwrap();
    let stored_unix_ms = town.clock.unix_ms();
    let floor = |step_ms: i64| stored_unix_ms - stored_unix_ms.rem_euclid(step_ms);

    let eve = town.holder("velum:operator:eve:1");
    let mut eve = EventsClient::new(town.channel(Some(&eve)).await.unwrap());
    let summary = async |client: &mut EventsClient<Channel>| {
        client.summary(SummaryRequest {}).await.unwrap().into_inner().boxes.remove(0)
    };
    let (full, bare) = (summary(&mut town.events().await).await, summary(&mut eve).await);
    assert_eq!((full.incarnations[0].stored, full.coverage[0].stills_withheld.len()), (2, 1));
    let states = full.coverage[0].secs_by_state.clone();
    assert_eq!((bare.incarnations.len(), bare.coverage[0].stills_withheld.len()), (0, 0));
    assert_eq!((bare.connected, &bare.coverage[0].secs_by_state), (true, &states));
    assert_eq!(bare.last_seen_unix_ms, Some(floor(3_600_000)));

    let crowds = Some(Filter { boxes: Vec::new(), kinds: vec![EventKind::CrowdDensity.into()] });
    let request = ListRequest { limit: 2, filter: crowds.clone(), ..ListRequest::default() };
    let list = eve.list(request).await.unwrap().into_inner();
    let (minute, hour) = (floor(60_000), floor(3_600_000));
    assert_eq!(withheld_of(&list.records), [(2, "not_told", hour), (3, "not_told", hour)]);
    assert_eq!((list.next_cursor, rules(&list.held_back)), (None, vec![("no_recipient", 0)]));
    let list = list_as(&town, "anna", ListRequest::default()).await.unwrap();
    assert_eq!(withheld_of(&list.records), [(2, "not_told", minute), (3, "schedule", minute)]);

    let request = SubscribeRequest { after_cursor: Some(0), filter: crowds, ..SubscribeRequest::default() };
    let mut records = eve.subscribe(request).await.unwrap().into_inner();
    let told = soon("that there is no role", records.message()).await.unwrap().unwrap();
    assert_eq!((told.cursor, rules(&told.held_back)), (0, vec![("no_recipient", 0)]));
    lobby.batch(vec![crowd(5, &released_under())]).await.unwrap();
    lobby.batch(vec![withheld(6, "schedule")]).await.unwrap();
    for cursor in [2, 3, 6] {
        let shown = soon("a number", records.message()).await.unwrap().unwrap();
        assert_eq!((shown.cursor, shown.held_back.len()), (cursor, 0));
    }
    drop((lobby, records));
    let mut town = town;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_follows_what_was_reviewed_in_other_roles_is_logged() {
    let (mut town, lobby) = town_with(vec![alert(1)]).await;
    let stream = town.events().await.reviewed(ReviewedRequest::default()).await.unwrap().into_inner();
    let store = town.store().await;
    assert!(store.take_recipient(&operator("anna"), ROLE).await.unwrap());
    let ben = town.holder("velum:operator:ben:1");
    let mut ben = EventsClient::new(town.channel(Some(&ben)).await.unwrap());
    assert_eq!(say(&mut ben, 1, Verdict::Confirmed).await.unwrap(), (true, Some(1)));
    let logged = async {
        while !audit_text(&town).contains("follows reviewed alerts after number 0 in other roles") {
            tokio::task::yield_now().await;
        }
    };
    soon("the change of roles is logged", logged).await;
    store.close().await;
    drop((lobby, stream));
    town.stop().await;
}

fn alert(id: u8) -> Record {
    let event = Event {
        id: vec![id; 16],
        alert_id: vec![id; 16],
        kind: EventKind::AbandonedObject.into(),
        state: EventState::Raised.into(),
        zone: Some("steps".to_owned()),
        policy_digest: released_under(),
        ..Event::default()
    };
    Record { sequence: id.into(), end: Some(End::Event(event)) }
}

async fn say(
    client: &mut EventsClient<Channel>,
    id: u8,
    verdict: Verdict,
) -> Result<(bool, Option<u64>), tonic::Status> {
    let event_id = vec![id; 16];
    let request = SetVerdictRequest { event_id, verdict: verdict.into(), ..SetVerdictRequest::default() };
    let answer = client.set_verdict(request).await?.into_inner();
    Ok((answer.decided, answer.cursor))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_confirm_is_numbered_by_itself_and_what_was_wrong_is_told() {
    let (mut town, lobby) = town_with(vec![alert(1), alert(2), alert(3)]).await;
    let mut anna = town.events().await;
    let mut stream = anna.reviewed(ReviewedRequest::default()).await.unwrap().into_inner();
    assert_eq!(say(&mut anna, 1, Verdict::Shadow).await.unwrap(), (true, None), "stays here");
    assert_eq!(say(&mut anna, 3, Verdict::Confirmed).await.unwrap(), (true, Some(1)));
    let record = soon("what is confirmed", stream.message()).await.unwrap().unwrap();
    assert_eq!((record.cursor, record.class.as_str()), (1, "abandoned_object_alert"));
    assert_eq!(record.event.unwrap().id, [3; 16]);
    assert_eq!(say(&mut anna, 3, Verdict::Confirmed).await.unwrap(), (true, None), "told once");
    assert_eq!(say(&mut anna, 3, Verdict::Reflection).await.unwrap(), (true, Some(2)));
    let record = soon("that it was wrong", stream.message()).await.unwrap().unwrap();
    assert_eq!((record.cursor, record.outcome()), (2, Verdict::Other));
    let unknown = say(&mut anna, 9, Verdict::Confirmed).await.unwrap_err();
    let eve = town.holder("velum:operator:eve:1");
    let mut eve = EventsClient::new(town.channel(Some(&eve)).await.unwrap());
    let refused = say(&mut eve, 2, Verdict::Confirmed).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!((unknown.code(), unknown.message()), (refused.code(), refused.message()), "no oracle");
    let log = audit_text(&town);
    let line = |parts: &[&str]| log.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(line(&["review of the alert: confirmed", "alteration", "certificate:anna", "allowed"]), "{log}");
    assert!(line(&["review of the alert", "certificate:eve", "denied", "no_recipient"]), "{log}");
    assert!(line(&["review of the alert", "certificate:anna", "denied", "unknown_event"]), "{log}");
    drop((lobby, stream));
    town.stop().await;
}

#[tokio::test]
async fn where_the_policy_wants_a_second_reviewer_one_does_not_decide() {
    let (mut town, lobby) = town_with(vec![alert(1)]).await;
    let store = town.store().await;
    let review = |name: &str, verdict, needed| Review {
        event_id: vec![1; 16],
        person: operator(name),
        role: ROLE.to_owned(),
        verdict,
        needed,
        stored_unix_ms: 1_000,
    };
    let say = async |review: Review| {
        let reviewed = store.review(&review, 61_000).await.unwrap();
        (reviewed.is_decided, reviewed.cursor)
    };
    assert_eq!(say(review("anna", Verdict::Confirmed, 2)).await, (false, None));
    assert_eq!(say(review("anna", Verdict::Confirmed, 1)).await, (false, None), "again is no second person");
    assert_eq!(say(review("ben", Verdict::Shadow, 1)).await, (false, None), "they do not agree");
    assert_eq!(say(review("ben", Verdict::Confirmed, 1)).await, (true, Some(1)));
    let [row] = store.reviewed(0, 10).await.unwrap().try_into().unwrap();
    assert_eq!((row.cursor, row.review_secs, row.verdict), (1, 60, Verdict::Confirmed));
    store.purge(61_001, 61_001).await.unwrap();
    assert!(store.reviewed(0, 10).await.unwrap().is_empty());
    store.close().await;
    drop(lobby);
    town.stop().await;
}
