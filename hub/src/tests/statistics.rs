use tonic::Code;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::{
    CountBand, CoverageBin, CoverageReport, CoverageState, CrowdDensity, Event, EventKind, EventState, Hello,
    Instant, Record, SetVerdictRequest, StatisticsRequest, StatisticsResponse, Verdict, box_message,
    event::Body, record::End,
};

use super::published;
use super::stills::audit_text;
use super::town::{Conversation, ROLE, Town, hello, operator, soon};
use crate::clock::Clock as _;
use crate::connectors::tests::desk::RECIPIENT;

const HOUR_MS: i64 = 3_600_000;

fn crowd(id: u8, unix_ms: i64, policy_digest: &[u8]) -> Record {
    let body = CrowdDensity {
        level: Some("busy".to_owned()),
        persons: Some(CountBand { at_least: 10, below: Some(20) }),
        ..CrowdDensity::default()
    };
    let event = Event {
        id: vec![id; 16],
        alert_id: vec![id; 16],
        kind: EventKind::CrowdDensity.into(),
        state: EventState::Raised.into(),
        camera: Some("plaza-1".to_owned()),
        zone: Some("steps".to_owned()),
        time: Some(Instant { unix_ms, precision_ms: 60_000 }),
        policy_digest: policy_digest.to_vec(),
        body: Some(Body::CrowdDensity(body)),
        ..Event::default()
    };
    Record { sequence: id.into(), end: Some(End::Event(event)) }
}

async fn ask(town: &Town, name: &str, reason: &str) -> Result<StatisticsResponse, tonic::Status> {
    let holder = town.holder(&format!("velum:operator:{name}:1"));
    let mut client = EventsClient::new(town.channel(Some(&holder)).await.unwrap());
    let from_unix_ms = from(town);
    let request = StatisticsRequest {
        from_unix_ms,
        to_unix_ms: from_unix_ms + HOUR_MS,
        justification: reason.to_owned(),
        ..StatisticsRequest::default()
    };
    client.statistics(request).await.map(tonic::Response::into_inner)
}

/// The hour in which the test runs.
fn from(town: &Town) -> i64 {
    let now = town.clock.unix_ms();
    now - now.rem_euclid(HOUR_MS)
}

/// A hub with three crowds and an hour of which a second was looked at. Anna is a steward, and the machine that may take out
/// what it reads, if the policy has one.
async fn town(edits: &[(&str, &str)]) -> (Town, Conversation) {
    let town = Town::bare().await;
    town.publish("1.0.0", edits).await;
    let store = town.store().await;
    for role in [ROLE, "dispatch-system"] {
        store.give_recipient(&operator("anna"), role, 1).await.unwrap();
    }
    store.close().await;
    let digest = published::digest(&published::text("1.0.0", edits));
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let said = Hello { policy_digest: digest.to_vec(), ..hello(1, 1) };
    let (mut lobby, _) = Conversation::greeted(channel, said).await;
    lobby.batch(vec![crowd(1, from(&town), &digest), crowd(2, from(&town), &digest)]).await.unwrap();
    let bin = CoverageBin {
        camera: "plaza-1".to_owned(),
        hour_unix_secs: from(&town) / 1_000,
        secs_by_state: [(CoverageState::Analysed as i32, 1)].into(),
        ..CoverageBin::default()
    };
    lobby.send(box_message::Message::Coverage(CoverageReport { bins: vec![bin] })).await;
    // Answered in order: the coverage is stored by then.
    lobby.batch(vec![crowd(3, from(&town), &digest)]).await.unwrap();
    (town, lobby)
}

#[tokio::test]
async fn sums_are_taken_out_by_who_may_and_logged_as_a_disclosure() {
    let (mut town, lobby) = town(&[RECIPIENT]).await;
    let verdict = SetVerdictRequest {
        event_id: vec![1; 16],
        verdict: Verdict::Confirmed.into(),
        ..SetVerdictRequest::default()
    };
    town.events().await.set_verdict(verdict).await.unwrap();
    let told = ask(&town, "anna", "the yearly report").await.unwrap();
    assert!(told.held_back.is_empty(), "{told:?}");
    let crowds: Vec<_> = told.rows.iter().filter(|row| row.kind == EventKind::CrowdDensity as i32).collect();
    let [row] = crowds.as_slice() else { panic!("{told:?}") };
    assert_eq!((row.camera.as_str(), row.zone.as_str(), row.raised), ("plaza-1", "steps", 3));
    assert_eq!(row.confirmed + row.outcome_not_told, 1, "{row:?}");
    assert_eq!(row.undecided, 2);
    assert!(row.analysed_permille.is_some(), "{row:?}");
    let none = told.rows.iter().find(|row| row.kind == EventKind::Unspecified as i32).unwrap();
    assert_eq!((none.camera.as_str(), none.raised), ("plaza-1", 0));
    let log = audit_text(&town);
    let is_logged = |line: &&str| {
        ["disclosure", "certificate:anna", "statistics of", "the yearly report"]
            .iter()
            .all(|part| line.contains(part))
    };
    assert!(log.lines().any(|line| is_logged(&line)), "{log}");
    drop(lobby);
    soon("the hub stops", town.stop()).await;
}

#[tokio::test]
async fn who_may_not_export_gives_no_reason_or_is_no_recipient_gets_no_sum() {
    let (mut town, lobby) = town(&[]).await;
    let told = ask(&town, "anna", "the yearly report").await.unwrap();
    assert!(told.rows.iter().all(|row| row.raised == 0 && row.persons.is_none()), "{told:?}");
    let held: Vec<_> = told.held_back.iter().map(|one| (one.rule.as_str(), one.events)).collect();
    assert_eq!(held, [("export", 3)]);
    let refused = ask(&town, "anna", " ").await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("justification: expected why"), "{refused:?}");
    let eve = ask(&town, "eve", "curiosity").await.unwrap();
    assert_eq!((eve.rows.len(), eve.held_back[0].rule.as_str()), (0, "no_recipient"));
    drop(lobby);
    soon("the hub stops", town.stop()).await;
}
