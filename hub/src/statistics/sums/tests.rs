use velum_proto::v1::{CameraHealth, CrowdDensity, Instant, StatisticsRequest};

use super::*;

const FROM: i64 = 1_795_269_600_000;
const MINUTE_MS: i64 = 60_000;

fn sums(bin_hours: u32) -> Sums {
    let request = StatisticsRequest {
        from_unix_ms: FROM,
        to_unix_ms: FROM + 4 * HOUR_MS,
        bin_hours,
        ..StatisticsRequest::default()
    };
    Sums::of(Period::of(&request).unwrap(), 5)
}

/// An event of the camera `a`, so many minutes after the beginning.
fn at(mins: i64, state: EventState, body: Body) -> Event {
    let kind = match &body {
        Body::AbandonedObject(_) => EventKind::AbandonedObject,
        Body::CrowdDensity(_) => EventKind::CrowdDensity,
        Body::CrowdMovement(_) => EventKind::CrowdMovement,
        Body::CameraHealth(_) => EventKind::CameraHealth,
    };
    Event {
        kind: kind.into(),
        state: state.into(),
        camera: Some("a".to_owned()),
        zone: Some("hall".to_owned()),
        time: Some(Instant { unix_ms: FROM + mins * MINUTE_MS, precision_ms: 60_000 }),
        body: Some(body),
        ..Event::default()
    }
}

fn level(mins: i64, level: &str, persons: (u32, u32)) -> Event {
    let band = CountBand { at_least: persons.0, below: Some(persons.1) };
    let body = CrowdDensity { level: Some(level.to_owned()), persons: Some(band), ..CrowdDensity::default() };
    at(mins, EventState::Raised, Body::CrowdDensity(body))
}

fn add(sums: &mut Sums, event: &Event) {
    sums.add("lobby", event, 0, Outcome::Undecided);
}

/// The seconds of a level in each bin of the camera's zone.
fn secs(sums: &Sums, level: &str) -> Vec<(i64, u32)> {
    let of_level =
        |row: StatisticsRow| Some(((row.bin_unix_ms - FROM) / HOUR_MS, *row.secs_by_level.get(level)?));
    sums.rows().into_iter().filter_map(of_level).collect()
}

#[test]
fn a_level_holds_until_the_next_over_bins_and_from_before_the_period() {
    let mut sums = sums(1);
    add(&mut sums, &level(-30, "busy", (10, 20)));
    add(&mut sums, &level(90, "full", (20, 30)));
    sums.close(FROM + 150 * MINUTE_MS);
    assert_eq!(secs(&sums, "busy"), [(0, 3_600), (1, 1_800)]);
    assert_eq!(secs(&sums, "full"), [(1, 1_800), (2, 1_800)], "not beyond now");
    assert_eq!(sums.rows()[0].persons, None, "what was told before the period is not of it");
}

#[test]
fn a_camera_that_does_not_see_has_no_level() {
    let mut sums = sums(4);
    add(&mut sums, &level(0, "busy", (10, 20)));
    let dark = CameraHealth { state: CoverageState::Dark.into() };
    add(&mut sums, &at(10, EventState::Updated, Body::CameraHealth(dark)));
    sums.close(FROM + 4 * HOUR_MS);
    assert_eq!(secs(&sums, "busy"), [(0, 600)]);
}

#[test]
fn alerts_are_counted_by_what_people_found_and_bands_widened_never_narrowed() {
    let mut sums = sums(4);
    for outcome in [Outcome::Confirmed, Outcome::Rejected, Outcome::Rejected, Outcome::NotTold] {
        let bag = at(5, EventState::Raised, Body::AbandonedObject(Default::default()));
        sums.add("lobby", &bag, 0, outcome);
    }
    let cleared = at(6, EventState::Cleared, Body::AbandonedObject(Default::default()));
    sums.add("lobby", &cleared, 0, Outcome::Undecided);
    for (mins, persons) in [(1, (10, 20)), (2, (30, 40)), (3, (21, 23))] {
        add(&mut sums, &level(mins, "busy", persons));
    }
    let rows = sums.rows();
    let [bags, crowds] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((bags.raised, bags.confirmed, bags.rejected), (4, 1, 2));
    assert_eq!((bags.undecided, bags.outcome_not_told), (0, 1));
    assert_eq!(
        crowds.persons,
        Some(CountBand { at_least: 10, below: Some(40) }),
        "a band of 2 is too narrow"
    );
}

#[test]
fn what_was_staged_or_has_no_time_is_in_no_sum() {
    let mut sums = sums(1);
    let staged = Event { staged: Some("exercise".to_owned()), ..level(1, "busy", (10, 20)) };
    let timeless = Event { time: None, ..level(1, "busy", (10, 20)) };
    for event in [&staged, &timeless] {
        add(&mut sums, event);
        assert!(!sums.counts(event, 0));
    }
    sums.close(FROM + HOUR_MS);
    assert_eq!((sums.rows(), sums.staged, sums.without_time), (Vec::new(), 1, 1));
}

#[test]
fn how_much_was_looked_at_stands_beside_each_sum_and_where_there_is_none() {
    let mut sums = sums(2);
    let bin = |hours: i64, analysed: u32| CoverageBin {
        camera: "a".to_owned(),
        hour_unix_secs: (FROM + hours * HOUR_MS) / 1_000,
        secs_by_state: [(CoverageState::Analysed as i32, analysed)].into(),
        ..CoverageBin::default()
    };
    [bin(0, 3_600), bin(1, 0), bin(2, 0), bin(3, 0)].iter().for_each(|bin| sums.cover("lobby", bin));
    add(&mut sums, &level(5, "busy", (10, 20)));
    sums.close(FROM + 4 * HOUR_MS);
    let told: Vec<_> = sums.rows().iter().map(|row| (row.kind, row.analysed_permille)).collect();
    let (none, crowd) = (EventKind::Unspecified as i32, EventKind::CrowdDensity as i32);
    assert_eq!(told, [(none, Some(500)), (crowd, Some(500)), (none, Some(0)), (crowd, Some(0))]);
}
