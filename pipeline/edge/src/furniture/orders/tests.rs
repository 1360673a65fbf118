use std::time::Duration;

use velum_policy::audit::{Content as Logged, Line};
use velum_vocab::{CameraId, Clock, EventId, SimulatedClock, ZoneId};

use super::*;
use crate::local::{DEFAULT_KEEP, Local, Rectangle};
use crate::testing::START;

const EVENT: [u8; 16] = [0x0f; 16];

struct Scene {
    folder: tempfile::TempDir,
    clock: SimulatedClock,
    log: BoxLog,
}

/// A box that told of an object at the door.
fn scene() -> Scene {
    let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
    let log = BoxLog::open(folder.path(), Arc::new(clock.clone()));
    let scene = Scene { folder, clock, log };
    scene.tell(EVENT, "0.1,0.2,0.15,0.3");
    scene
}

impl Scene {
    fn tell(&self, event: [u8; 16], rectangle: &str) {
        let local = Local::new(self.folder.path(), Arc::new(self.clock.clone()), DEFAULT_KEEP);
        let (camera, zone) = (CameraId::parse("door").unwrap(), ZoneId::parse("plaza").unwrap());
        local.place(&camera, EventId::from_bytes(event), &zone, Rectangle::parse(rectangle).unwrap());
    }

    fn desk(&self) -> Desk {
        Desk::new(self.folder.path(), Arc::new(self.clock.clone()))
    }

    /// As after a restart, each time.
    fn order(&self, wish: &SuppressionWish) -> SuppressionStanding {
        self.desk().suppress(wish, &self.log, None).0
    }

    fn in_force(&self) -> usize {
        self.desk().look(&self.log, None).pieces.len()
    }

    /// Who did what, and by which order.
    fn logged(&self) -> Vec<(String, String, String)> {
        let files = velum_policy::audit::files(&self.folder.path().join("audit")).unwrap();
        let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let lines = text.lines().map(|line| velum_policy::audit::read_line(line.as_bytes()).unwrap());
        let told = |line: Line| {
            let Line::Record(record) = line else { return None };
            let Logged::Entry(entry) = record.content else { return None };
            let words = [entry.operator, entry.justification, entry.reference].map(Option::unwrap_or_default);
            let [who, why, which] = words;
            Some((who, why, which))
        };
        lines.filter_map(told).collect()
    }
}

fn wish(days: u32) -> SuppressionWish {
    SuppressionWish {
        order_id: [1; 16],
        event: EventId::from_bytes(EVENT),
        verdict: "shadow".to_owned(),
        days,
        until: START.plus(DAY.saturating_mul(days)),
        role: "operators".to_owned(),
        is_lifted: false,
    }
}

fn lifted(of: &SuppressionWish) -> SuppressionWish {
    SuppressionWish { is_lifted: true, ..of.clone() }
}

#[test]
fn an_order_is_done_once_logged_and_lifted_once() {
    let scene = scene();
    let until = START.plus(DAY * 7);
    let expected = SuppressionStanding::InForce { number: 1, until };
    assert_eq!(scene.order(&wish(7)), expected);
    assert_eq!(scene.order(&wish(7)), expected, "the receipt was lost");
    assert_eq!(scene.in_force(), 1);
    let removed = SuppressionStanding::Removed { number: 1 };
    assert_eq!(scene.order(&lifted(&wish(7))), removed);
    assert_eq!(scene.order(&lifted(&wish(7))), removed);
    assert_eq!(scene.order(&wish(7)), removed, "an order that was on its way does not begin it anew");
    assert_eq!(scene.in_force(), 0);
    let order = "01".repeat(16);
    let told =
        |why: &str, what: &str| ("hub:operators".to_owned(), why.to_owned(), format!("{what} {order}"));
    let expected = [
        told("shadow for 7 days, ordered by the hub after a review", "furniture-1-added"),
        told("lifted by the hub", "furniture-1-removed"),
    ];
    assert_eq!(scene.logged(), expected);
}

#[test]
fn it_ends_when_the_reviewer_was_told_though_it_came_late() {
    let scene = scene();
    scene.clock.advance(DAY * 3);
    let until = START.plus(DAY * 7);
    assert_eq!(scene.order(&wish(7)), SuppressionStanding::InForce { number: 1, until });
    scene.clock.set(until);
    assert_eq!(scene.in_force(), 0);
    assert_eq!(scene.order(&wish(7)), SuppressionStanding::Refused(OVER));
    // A hub whose clock runs ahead makes it no longer than was chosen.
    let far = SuppressionWish { order_id: [2; 16], until: START.plus(DAY * 300), ..wish(2) };
    let until = scene.clock.now().plus(DAY * 2);
    assert_eq!(scene.order(&far), SuppressionStanding::InForce { number: 2, until });
}

#[test]
fn what_the_box_does_not_remember_or_cannot_log_is_not_done() {
    let scene = scene();
    let other = SuppressionWish { event: EventId::from_bytes([7; 16]), ..wish(7) };
    assert_eq!(scene.order(&other), SuppressionStanding::UnknownPlace);
    let unlogged = scene.desk().suppress(&wish(7), &BoxLog::none(), None).0;
    assert_eq!(unlogged, SuppressionStanding::Refused(AUDIT_LOG));
    // A lift that overtakes its order.
    let late = SuppressionWish { order_id: [3; 16], ..wish(7) };
    assert_eq!(scene.order(&lifted(&late)), SuppressionStanding::Removed { number: 0 });
    assert_eq!(scene.order(&late), SuppressionStanding::Removed { number: 0 });
    assert_eq!((scene.in_force(), scene.logged().len()), (0, 0));
}

#[test]
fn at_most_32_of_a_camera_are_in_force() {
    let scene = scene();
    let order = |number: u8| SuppressionWish { order_id: [number; 16], ..wish(7) };
    for number in 1..=32 {
        assert!(matches!(scene.order(&order(number)), SuppressionStanding::InForce { .. }), "{number}");
    }
    assert_eq!(scene.order(&order(33)), SuppressionStanding::Refused(TOO_MANY));
}

#[test]
fn what_people_at_the_box_remove_stays_removed() {
    let scene = scene();
    scene.order(&wish(7));
    let mut kept = Kept::<Furniture>::open_at(furniture_path(scene.folder.path()));
    let mut next = kept.content().clone();
    next.remove(1).unwrap();
    kept.put(next).unwrap();
    assert_eq!(scene.order(&wish(7)), SuppressionStanding::Removed { number: 1 });
    scene.clock.advance(DAY * 7 + Duration::from_secs(1));
    assert_eq!(scene.in_force(), 0);
    assert_eq!(scene.order(&wish(7)), SuppressionStanding::Refused(OVER), "nothing of it is remembered then");
}

#[test]
fn what_lies_there_raises_no_alert_while_it_is_in_force() {
    let edge = crate::testing::logged_box();
    let (camera, zone) = (CameraId::parse("door").unwrap(), ZoneId::parse("plaza").unwrap());
    let rectangle = Rectangle::parse("0.1,0.2,0.15,0.3").unwrap();
    edge.shared.local.place(&camera, EventId::from_bytes(EVENT), &zone, rectangle);
    let desk = Desk::new(edge.folder.path(), Arc::clone(&edge.shared.clock));
    let suppressions = Suppressions::new(Arc::new(Mutex::new(desk)), Arc::clone(&edge.shared));
    assert!(matches!(suppressions.suppression(&wish(7)), SuppressionStanding::InForce { .. }));
    let (_, analysed) = edge.shared.local.furniture_unless(None, &camera).unwrap();
    assert_eq!((analysed.len(), analysed[0].zone.as_str()), (1, "plaza"));
    suppressions.suppression(&lifted(&wish(7)));
    assert!(edge.shared.local.furniture_unless(None, &camera).unwrap().1.is_empty());
}
