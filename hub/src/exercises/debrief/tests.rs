use velum_proto::v1::EventKind;

use super::*;

fn alert(kind: EventKind, after_secs: Option<i64>) -> SeenAlert {
    SeenAlert {
        event: Event { kind: kind.into(), ..Event::default() },
        after_ms: after_secs.map(|secs| secs * 1_000),
        stored_unix_ms: 0,
        acts: Vec::new(),
        tells_role: true,
        tells_verdict: true,
    }
}

fn expected(kind: &str, at_secs: u32) -> ExpectedEvent {
    ExpectedEvent { kind: kind.to_owned(), at_secs, words: String::new() }
}

#[test]
fn each_expected_event_has_one_answer_of_its_kind_about_then() {
    let check = |wanted: &[ExpectedEvent], alerts: &[SeenAlert], answers: &[Option<usize>]| {
        let found: Vec<_> = answered(wanted, alerts).into_iter().map(|(_, answer)| answer).collect();
        assert_eq!(found, answers, "{wanted:?} {alerts:?}");
    };
    let (bag, crowd) = (EventKind::AbandonedObject, EventKind::CrowdDensity);
    let bag_at = |secs| expected("abandoned_object", secs);
    check(&[bag_at(40)], &[], &[None]);
    check(&[bag_at(40)], &[alert(bag, Some(45))], &[Some(0)]);
    check(&[bag_at(40)], &[alert(crowd, Some(45))], &[None]);
    check(&[bag_at(40)], &[alert(bag, Some(9))], &[None]);
    check(&[bag_at(40)], &[alert(bag, Some(341))], &[None]);
    check(&[bag_at(40)], &[alert(bag, None)], &[Some(0)]);
    check(&[bag_at(90), bag_at(20)], &[alert(bag, Some(25)), alert(bag, Some(95))], &[Some(1), Some(0)]);
    check(&[bag_at(20), bag_at(90)], &[alert(bag, Some(95))], &[Some(0), None]);
    check(
        &[bag_at(20), expected("crowd_density", 20)],
        &[alert(crowd, Some(22)), alert(bag, Some(24))],
        &[Some(1), Some(0)],
    );
}
