use velum_analyse::Suppression;
use velum_vocab::{Band, SimulatedClock, ZoneId};

use super::*;
use crate::testing::START;

const DAY: Duration = Duration::from_secs(86_400);

fn rejected(code: Suppression, contrast: f64) -> Rejected {
    Rejected {
        code,
        zone: ZoneId::parse("plaza").unwrap(),
        height_in_persons: Band::of(0.3, &[0.2, 0.4]),
        contrast: Band::of(contrast, &[10.0, 20.0]),
        stood_secs: Band::of(4.0, &[5.0]),
        person_near: true,
    }
}

fn door() -> CameraId {
    CameraId::parse("door").unwrap()
}

fn open(dir: &Path) -> (Local, SimulatedClock) {
    let clock = SimulatedClock::at(START);
    (Local::new(dir, Arc::new(clock.clone()), DEFAULT_KEEP), clock)
}

/// Codes and counts since the start.
fn counts(dir: &Path) -> Vec<(String, u64)> {
    let all = read_all::<Candidates>(dir).unwrap();
    let (rows, left_out) = all.get(&door()).map(|c| c.since(START)).unwrap_or_default();
    assert_eq!(left_out, 0);
    rows.into_iter().map(|row| (format!("{} {}", row.code, row.contrast), row.count)).collect()
}

#[test]
fn alike_candidates_are_counted_together_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let (local, clock) = open(folder.path());
        local.reject(&door(), &rejected(Suppression::Light, 15.0));
        local.reject(&door(), &rejected(Suppression::Light, 15.5));
        clock.advance(DAY);
        local.reject(&door(), &rejected(Suppression::Light, 25.0));
        local.save();
    }
    assert_eq!(counts(folder.path()), [("light 10-20".to_owned(), 4), ("light >=20".to_owned(), 2)]);
    let text = std::fs::read_to_string(folder.path().join("candidates/door.json")).unwrap();
    assert!(text.starts_with(
        "{\"format\":\"velum-candidates\",\"version\":1,\"content\":{\"days\":{\"2026-11-21\":"
    ));
}

#[test]
fn a_day_goes_before_any_of_it_is_too_old_and_the_policy_shortens_it() {
    let check = |retention: Option<Duration>, after: Duration, left: usize| {
        let folder = tempfile::tempdir().unwrap();
        let (local, _) = open(folder.path());
        local.reject(&door(), &rejected(Suppression::Light, 15.0));
        local.save();
        local.expire(START.plus(after), retention);
        assert_eq!(counts(folder.path()).len(), left, "{retention:?} {after:?}");
        assert_eq!(folder.path().join("candidates/door.json").exists(), left > 0);
    };
    check(None, 29 * DAY, 1);
    check(None, 30 * DAY, 0);
    check(Some(14 * DAY), 13 * DAY, 1);
    check(Some(14 * DAY), 14 * DAY, 0);
    check(Some(90 * DAY), 30 * DAY, 0);
}

#[test]
fn cameras_that_are_gone_grow_old_too() {
    let folder = tempfile::tempdir().unwrap();
    let (local, _) = open(folder.path());
    local.reject(&door(), &rejected(Suppression::Light, 15.0));
    local.save();
    let (later, _) = open(folder.path());
    later.expire(START.plus(40 * DAY), None);
    assert!(read_all::<Candidates>(folder.path()).unwrap().is_empty());
}

#[test]
fn a_file_that_cannot_be_read_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("candidates/door.json");
    std::fs::create_dir(folder.path().join("candidates")).unwrap();
    for odd in [
        "{",
        "{\"format\":\"velum-candidates\",\"version\":2,\"content\":{\"days\":{}}}",
        "{\"format\":\"other\",\"version\":1,\"content\":{\"days\":{}}}",
        "{\"format\":\"velum-candidates\",\"version\":1,\"content\":{\"days\":{},\"more\":1}}",
    ] {
        std::fs::write(&file, odd).unwrap();
        assert!(read_all::<Candidates>(folder.path()).unwrap_err().contains("door.json: "), "{odd}");
        let (local, _) = open(folder.path());
        local.reject(&door(), &rejected(Suppression::Person, 15.0));
        local.save();
        assert_eq!(counts(folder.path()), [("person 10-20".to_owned(), 1)]);
        let aside = folder.path().join("candidates/door.json.unreadable");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), odd);
    }
}

#[test]
fn a_day_has_a_bounded_number_of_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (local, _) = open(folder.path());
    for number in 0..600 {
        let zone = ZoneId::parse(&format!("z{number}")).unwrap();
        local.reject(&door(), &Rejected { zone, ..rejected(Suppression::Light, 1.0) });
    }
    local.save();
    let (rows, left_out) = read_all::<Candidates>(folder.path()).unwrap()[&door()].since(START);
    assert_eq!((rows.len(), left_out), (500, 100));
}

#[test]
fn what_cannot_be_written_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let (local, _) = open(folder.path());
    std::fs::write(folder.path().join("candidates"), "in the way").unwrap();
    local.reject(&door(), &rejected(Suppression::Light, 15.0));
    local.save();
    std::fs::remove_file(folder.path().join("candidates")).unwrap();
    local.save();
    assert_eq!(counts(folder.path()).len(), 1);
}
