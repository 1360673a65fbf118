use velum_analyse::{AbandonedSettings, DensitySettings, MovementSettings};
use velum_vocab::{AbandonedCandidate, AlertId, BoxInFrame, CameraId, DensityLevelState, Timestamp};

use super::*;

fn square(left: f64, right: f64) -> Polygon {
    Polygon::from_fractions(&[(left, 0.0), (right, 0.0), (right, 1.0), (left, 1.0)]).unwrap()
}

fn id(zone: &str) -> ZoneId {
    ZoneId::parse(zone).unwrap()
}

fn zone(name: &str, polygon: Polygon) -> ZoneSettings {
    ZoneSettings {
        id: id(name),
        polygon,
        abandoned: Some(AbandonedSettings::default()),
        density: Some(DensitySettings::default()),
        movement: Some(MovementSettings::default()),
    }
}

/// Two zones beside each other, and one around both.
fn zones() -> Vec<ZoneSettings> {
    vec![zone("left", square(0.0, 0.5)), zone("right", square(0.5, 1.0)), zone("all", Polygon::whole_frame())]
}

fn paused(zone: &str, area: Polygon) -> PausedAreas {
    [(zone.to_owned(), vec![area])].into()
}

fn object(zone: &str, left_px: f32) -> AbandonedCandidate {
    AbandonedCandidate {
        alert: AlertId::random().unwrap(),
        zone: id(zone),
        box_in_frame: BoxInFrame::new(left_px, 10.0, left_px + 10.0, 20.0).unwrap(),
        put_down_at: Timestamp::from_unix_secs(1),
        owner_left_at: None,
        owner_back_traced: false,
        drop_off_witnessed: false,
        unattended_secs: 1.0,
        hidden_secs: 0.0,
        raised: true,
        confirmed: true,
        luma_contrast: 1.0,
    }
}

fn level(zone: &str) -> DensityLevelState {
    let (zone, alert) = (id(zone), AlertId::random().unwrap());
    DensityLevelState { zone, alert, level: "busy".to_owned(), since: Timestamp::from_unix_secs(1) }
}

fn state(objects: Vec<AbandonedCandidate>, levels: Vec<DensityLevelState>) -> RuleState {
    RuleState {
        camera: CameraId::parse("a").unwrap(),
        at: Timestamp::from_unix_secs(2),
        frame_width_px: 200,
        frame_height_px: 100,
        objects,
        levels,
        movements: Vec::new(),
        usual: Vec::new(),
    }
}

#[test]
fn rules_rest_in_the_zone_and_crowds_wherever_people_are_counted_short() {
    let check = |paused: PausedAreas, expected: [(bool, bool); 3]| {
        let mut zones = zones();
        rest(&mut zones, &paused);
        let left: Vec<_> =
            zones.iter().map(|zone| (zone.abandoned.is_some(), zone.density.is_some())).collect();
        assert_eq!(left, expected, "{paused:?}");
        assert!(zones.iter().all(|zone| zone.density.is_some() == zone.movement.is_some()));
    };
    check(PausedAreas::new(), [(true, true); 3]);
    check(paused("left", square(0.0, 0.5)), [(false, false), (true, true), (true, false)]);
    check(paused("of-the-policy", square(0.4, 0.6)), [(true, false); 3]);
}

#[test]
fn what_rests_is_set_aside_as_it_was_and_put_back() {
    let levels = ["left", "right", "all", "gone"].map(level).to_vec();
    // In the paused zone, in it by place, half in it, and elsewhere.
    let objects = vec![object("left", 10.0), object("all", 30.0), object("all", 95.0), object("all", 150.0)];
    let before = state(objects.clone(), levels.clone());
    let (on, aside) = set_aside(before.clone(), &zones(), &paused("left", square(0.0, 0.5)));
    assert_eq!(on.objects, objects[3..]);
    assert_eq!(on.levels, [levels[1].clone(), levels[3].clone()]);
    assert_eq!((aside.objects.len(), aside.levels.len()), (3, 2));

    let back = put_back(on, &aside);
    assert!(before.objects.iter().all(|one| back.objects.contains(one)) && back.objects.len() == 4);
    assert!(before.levels.iter().all(|one| back.levels.contains(one)) && back.levels.len() == 4);
    let now = RuleState { frame_width_px: 400, ..state(Vec::new(), Vec::new()) };
    let scaled = put_back(now, &aside);
    assert_eq!(scaled.objects[0].box_in_frame, BoxInFrame::new(20.0, 10.0, 40.0, 20.0).unwrap());

    let (on, aside) = set_aside(before.clone(), &zones(), &PausedAreas::new());
    assert_eq!((on, aside.is_idle()), (before, true));
}
