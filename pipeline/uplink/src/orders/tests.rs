use std::sync::Mutex;

use super::*;

const NOW: Timestamp = Timestamp::from_unix_secs(1_795_219_200);

/// Does everything, and writes it down.
#[derive(Default)]
struct Desk {
    suppressions: Mutex<Vec<SuppressionWish>>,
    exercises: Mutex<Vec<ExerciseWish>>,
}

impl SuppressionDesk for Desk {
    fn suppression(&self, wish: &SuppressionWish) -> SuppressionStanding {
        self.suppressions.lock().unwrap().push(wish.clone());
        SuppressionStanding::InForce { number: 3, until: wish.until }
    }
}

impl ExerciseDesk for Desk {
    fn exercise(&self, wish: &ExerciseWish) -> ExerciseStanding {
        self.exercises.lock().unwrap().push(wish.clone());
        ExerciseStanding::Runs { began: NOW }
    }
}

fn desks(desk: &Arc<Desk>) -> OrderDesks {
    OrderDesks { suppressions: Some(Arc::clone(desk) as _), exercises: Some(Arc::clone(desk) as _) }
}

fn suppression() -> SuppressionOrder {
    SuppressionOrder {
        order_id: vec![1; 16],
        event_id: vec![2; 16],
        verdict: "shadow".to_owned(),
        days: 7,
        until_unix_ms: NOW.unix_millis(),
        role: "operators".to_owned(),
        lift: false,
    }
}

fn exercise() -> ExerciseOrder {
    ExerciseOrder {
        order_id: vec![1; 16],
        camera: "plaza-1".to_owned(),
        scenario: "bag".to_owned(),
        expires_unix_ms: NOW.unix_millis(),
        role: "operators".to_owned(),
        stop: false,
    }
}

/// By which code an order is refused; empty where it is done, none where it is not answered.
fn refused(order: &Order) -> Option<String> {
    match answer(&desks(&Arc::default()), order)?.message? {
        box_message::Message::SuppressionReceipt(receipt) => Some(receipt.reason),
        box_message::Message::ExerciseReport(report) => Some(report.reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_order_is_refused_or_not_answered() {
    let check = |change: fn(&mut SuppressionOrder), expected: Option<&str>| {
        let mut order = suppression();
        change(&mut order);
        assert_eq!(refused(&Order::Suppression(order.clone())).as_deref(), expected, "{order:?}");
    };
    check(|_| {}, Some(""));
    check(|order| order.days = 30, Some(""));
    check(|order| order.order_id = vec![1; 15], None);
    check(|order| order.event_id.clear(), Some(MALFORMED));
    check(|order| order.verdict = "person".to_owned(), Some(MALFORMED));
    check(|order| order.verdict = "confirmed".to_owned(), Some(MALFORMED));
    check(|order| order.days = 0, Some(MALFORMED));
    check(|order| order.days = 31, Some(MALFORMED));
    check(|order| order.role = " ".to_owned(), Some(MALFORMED));
    check(|order| order.role = "a\nb".to_owned(), Some(MALFORMED));
    let check = |change: fn(&mut ExerciseOrder), expected: Option<&str>| {
        let mut order = exercise();
        change(&mut order);
        assert_eq!(refused(&Order::Exercise(order.clone())).as_deref(), expected, "{order:?}");
    };
    check(|_| {}, Some(""));
    check(|order| order.order_id.clear(), None);
    check(|order| order.camera = "../x".to_owned(), Some(MALFORMED));
    check(|order| order.scenario = "x".repeat(65), Some(MALFORMED));
    check(|order| order.role.clear(), Some(MALFORMED));
}

#[test]
fn fuzz_orders_of_any_content_are_answered_in_kind() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let pieces = ["shadow", "", "\u{0}", "plaza-1", "../../etc", "é".repeat(200).leak(), "bag", "\u{202e}"];
    for _ in 0..5_000 {
        let text = |n: u64| pieces[n as usize % pieces.len()].to_owned();
        let bytes = |n: u64| vec![7; [0, 15, 16, 17][n as usize % 4]];
        let order = SuppressionOrder {
            order_id: bytes(next()),
            event_id: bytes(next()),
            verdict: text(next()),
            days: next() as u32 % 40,
            until_unix_ms: (next() as i64) << 30,
            role: text(next()),
            lift: next().is_multiple_of(2),
        };
        let is_answered = order.order_id.len() == 16;
        assert_eq!(refused(&Order::Suppression(order)).is_some(), is_answered);
        let order = ExerciseOrder {
            order_id: bytes(next()),
            camera: text(next()),
            scenario: text(next()),
            expires_unix_ms: (next() as i64) << 30,
            role: text(next()),
            stop: next().is_multiple_of(2),
        };
        let is_answered = order.order_id.len() == 16;
        assert_eq!(refused(&Order::Exercise(order)).is_some(), is_answered);
    }
}

#[test]
fn who_does_no_orders_says_and_answers_nothing() {
    let none = OrderDesks::default();
    assert!(none.understands().is_empty());
    assert!(answer(&none, &Order::Suppression(suppression())).is_none());
    assert!(answer(&none, &Order::Exercise(exercise())).is_none());
    assert_eq!(desks(&Arc::default()).understands(), ["suppressions", "exercises"]);
}

#[tokio::test]
async fn orders_are_done_in_their_order_and_each_is_answered() {
    let desk = Arc::new(Desk::default());
    let mut lane = OrderLane::new(desks(&desk));
    for days in 1..=20 {
        lane.hear(Order::Suppression(SuppressionOrder { days, ..suppression() }));
    }
    for _ in 0..20 {
        lane.done().await;
    }
    let done: Vec<u32> = desk.suppressions.lock().unwrap().iter().map(|wish| wish.days).collect();
    assert_eq!(done, (1..=20).collect::<Vec<_>>());
    assert_eq!(std::iter::from_fn(|| lane.next_answer()).count(), 20);
    for _ in 0..WAITING * 2 {
        lane.hear(Order::Exercise(exercise()));
    }
    assert!(lane.waiting.len() <= WAITING);
}
