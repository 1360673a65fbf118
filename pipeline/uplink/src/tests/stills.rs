//! Stills over a real connection: answered once, and refused where they must be.

use velum_proto::v1::{Still, StillRequest, still_answer::Answer};

use super::hub::{Behaviour, Hub, Pki};
use super::*;
use crate::StillLimits;
use crate::stills::Desk;
use crate::stills::tests::Moody;

fn ask(id: u8) -> StillRequest {
    StillRequest {
        request_id: vec![id; 16],
        event_id: vec![9; 16],
        operator: "operator-1".to_owned(),
        purpose: "plaza-safety".to_owned(),
        justification: "is it a suitcase".to_owned(),
        expires_unix_ms: NOW.unix_millis() + 30_000,
    }
}

/// Three megabytes for the first, a refusal for every other.
fn with_desk(
    (mut uplink, facts): (Uplink, watch::Sender<HelloFacts>),
) -> (Uplink, watch::Sender<HelloFacts>) {
    let mut desk = Desk::closed(StillLimits::default());
    desk.opened(Moody::new(|wish| match wish.request_id[0] {
        1 => Ok(Still { jpeg: vec![7; 3 << 20], ..Still::default() }),
        _ => Err("imagery_egress"),
    }));
    uplink.desk = Arc::new(desk);
    (uplink, facts)
}

fn told(hub: &Hub) -> Vec<(u8, Result<usize, String>)> {
    let told = |answer: &velum_proto::v1::StillAnswer| match answer.answer.clone().unwrap() {
        Answer::Still(still) => Ok(still.jpeg.len()),
        Answer::Refused(refused) => Err(refused.rule),
    };
    let mut told: Vec<_> =
        hub.seen().answers.iter().map(|answer| (answer.request_id[0], told(answer))).collect();
    told.sort();
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_still_is_answered_once_over_all_connections() {
    let pki = Pki::new();
    let broken = StillRequest { event_id: vec![1], ..ask(3) };
    let behaviour = Behaviour { asks: vec![ask(1), ask(1), ask(2), broken], ..Behaviour::default() };
    let hub = Hub::start(&pki, behaviour).await;
    let edge = Box::new();
    edge.commit(1..=40);
    let (uplink, facts) = with_desk(edge.uplink(&pki, &hub));
    let mut status = uplink.status();
    let running = Running::start((uplink, facts));
    hub.until(|seen| seen.answers.len() >= 3 && seen.acknowledged() >= 40).await;
    let expected = vec![
        (1, Ok(3 << 20)),
        (2, Err("imagery_egress".to_owned())),
        (3, Err("malformed_request".to_owned())),
    ];
    assert_eq!(told(&hub), expected);
    let sent = status.borrow_and_update().sent;
    assert!(sent.stills > 3 << 20 && sent.events > 40 && sent.events < 20_000, "{sent:?}");

    // The hub asks the same again at each connection; a renewed hello makes one.
    running.facts_changed();
    hub.until(|seen| seen.hellos.len() >= 2).await;
    edge.commit(41..=44);
    hub.until(|seen| seen.acknowledged() >= 44).await;
    running.stop().await;
    assert_eq!(told(&hub), expected, "nothing was answered twice");
    assert_eq!(rules(&hub), super::expected(1..=44));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_desk_every_request_is_refused() {
    let pki = Pki::new();
    let hub = Hub::start(&pki, Behaviour { asks: vec![ask(1)], ..Behaviour::default() }).await;
    let edge = Box::new();
    let running = Running::start(edge.uplink(&pki, &hub));
    hub.until(|seen| !seen.answers.is_empty()).await;
    running.stop().await;
    assert_eq!(told(&hub), [(1, Err("no_still".to_owned()))]);
}
