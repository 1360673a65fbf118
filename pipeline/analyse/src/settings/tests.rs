use super::*;

fn settings() -> CameraSettings {
    let mut settings = CameraSettings::new(CameraId::parse("gate").unwrap());
    settings.zones.push(ZoneSettings {
        id: ZoneId::parse("plaza").unwrap(),
        polygon: Polygon::whole_frame(),
        abandoned: Some(AbandonedSettings::default()),
        density: Some(DensitySettings {
            levels: vec![
                LevelBoundary { name: "busy".into(), from: LevelFrom::Persons(5.5), demo: true },
                LevelBoundary { name: "dense".into(), from: LevelFrom::Persons(20.0), demo: false },
            ],
            ..DensitySettings::default()
        }),
        movement: Some(MovementSettings::default()),
    });
    settings
}

fn check(spoil: impl FnOnce(&mut CameraSettings), expected: &str) {
    let mut settings = settings();
    spoil(&mut settings);
    assert_eq!(settings.check().unwrap_err().to_string(), expected);
}

fn density(settings: &mut CameraSettings) -> &mut DensitySettings {
    settings.zones[0].density.as_mut().unwrap()
}

#[test]
fn accepts_what_fits() {
    settings().check().unwrap();
    CameraSettings::new(CameraId::parse("gate").unwrap()).check().unwrap();
}

#[test]
fn names_the_field_and_the_fix() {
    check(
        |s| s.zones[0].abandoned.as_mut().unwrap().unattended_secs = f64::NAN,
        "zones[0].abandoned.unattended_secs: expected a number from 1 to 86400, found `NaN`; use 30, for example",
    );
    check(
        |s| s.zones[0].abandoned.as_mut().unwrap().owner_radius_m = 1.0,
        "zones[0].abandoned.owner_radius_m: `1` is less than attended_radius_m, `2`: one who attends it would \
         have left it; use a larger one, for example 3",
    );
    check(
        |s| density(s).levels.clear(),
        "zones[0].density.levels: needs at least one level above the lowest, found none; add one, for example \
         { name = \"busy\", from_persons = 10 }",
    );
    check(
        |s| density(s).levels[1].from = LevelFrom::Persons(5.0),
        "zones[0].density.levels[1].from_persons: `5` is not above the level below, `5.5`; list the levels in \
         rising order",
    );
    check(
        |s| density(s).levels[0].from = LevelFrom::PersonsPerM2(0.5),
        "zones[0].density.levels[0].from_persons_per_m2: needs a ground plane, found none; add four or more \
         point pairs to ground_plane, or use from_persons",
    );
    check(
        |s| density(s).levels[0].name = "low".into(),
        "zones[0].density.levels[0].name: `low` is empty or used twice; give each level a name of its own",
    );
    check(
        |s| s.zones[0].movement.as_mut().unwrap().min_persons = 1.0,
        "zones[0].movement.min_persons: expected a number from 3 to 1000, found `1`; use 5, for example: the rule is about \
         crowds",
    );
    check(
        |s| {
            let again = s.zones[0].clone();
            s.zones.push(again);
        },
        "zones[1].id: `plaza` is used twice; give each zone a name of its own",
    );
    check(
        |s| s.background_width_px = 4000,
        "background_width_px: expected a number from 160 to 1280, found `4000`; use 640, or 384 for many cameras",
    );
}
