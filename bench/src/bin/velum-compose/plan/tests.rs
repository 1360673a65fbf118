use std::collections::BTreeMap;
use std::path::PathBuf;

use velum_bench::colour::moved;
use velum_bench::footage::Picture;

use super::*;
use crate::spec::{Half, SceneKind};
use crate::sprite::Sprite;
use crate::truth::Kind;

fn scene() -> SceneSpec {
    SceneSpec {
        id: "grey".to_owned(),
        half: Half::Tuning,
        scene_kind: SceneKind::Video,
        file: PathBuf::from("grey.avi"),
        span: None,
        play: Play::Still,
        noise: 1.0,
        person_px: [[200.0, 60.0], [400.0, 100.0]],
        watch: vec![[0.0, 100.0], [640.0, 100.0], [640.0, 480.0], [0.0, 480.0]],
        entries: vec![[-40.0, 250.0], [680.0, 300.0]],
        spots: vec![[100.0, 250.0], [300.0, 300.0], [500.0, 350.0], [200.0, 400.0]],
        far_spots: vec![[150.0, 150.0], [450.0, 160.0]],
        occluders: vec![[330, 100, 20, 200]],
        furniture: vec![[400, 200, 40, 60]],
        walkers: Vec::new(),
        scenarios: BTreeMap::new(),
    }
}

fn cutouts() -> Cutouts {
    let sprite = |luma: f32| Sprite::from_fn(40, 60, |_, _| [luma, 120.0, 140.0, 1.0]);
    Cutouts {
        objects: vec![sprite(30.0), sprite(210.0)],
        sitting: vec![sprite(60.0)],
        lying: vec![sprite(60.0)],
    }
}

fn backdrop() -> Backdrop {
    let mut bytes = vec![120; 640 * 480];
    bytes.resize(640 * 480 * 3 / 2, 128);
    Backdrop::of(vec![Picture { width: 640, height: 480, bytes }], Play::Still, moved).unwrap()
}

fn planned(scenario: Scenario, number: usize, seed: u64) -> Clip {
    let (scene, cutouts, backdrop) = (scene(), cutouts(), backdrop());
    let ground = scene.ground().unwrap();
    let stage = Stage {
        scene: &scene,
        ground,
        backdrop: &backdrop,
        walkers: &[],
        cutouts: &cutouts,
        unattended_secs: 10.0,
    };
    clip(&stage, scenario, number, seed).unwrap()
}

#[test]
fn objects_suit_their_place() {
    for number in 0..6 {
        let clip = planned(Scenario::OwnerLeaves, number, 4);
        assert_eq!(clip.placed.len(), 3);
        let ground = scene().ground().unwrap();
        for (placed, prop) in clip.placed.iter().zip(&clip.props) {
            let [left, top, width, height] = placed.box_px.map(|v| v as f64);
            let person_px = ground.person_px(prop.foot.y_px);
            assert!((0.2..=0.62).contains(&placed.height_fraction), "{placed:?}");
            assert!((height - placed.height_fraction * person_px).abs() <= 3.0, "{placed:?}");
            assert!(
                (left + width / 2.0 - prop.foot.x_px).abs() <= 2.0
                    && (top + height - prop.foot.y_px).abs() <= 2.5
            );
            assert!(placed.contrast >= 28.0);
        }
    }
}

#[test]
fn the_scene_is_left_alone_to_be_learned_and_every_alert_has_time() {
    for number in 0..4 {
        let clip = planned(Scenario::OwnerLeaves, number, 4);
        for placed in &clip.placed {
            let left = placed.owner_left_secs.unwrap();
            assert!(placed.put_down_secs > LEARNING_SECS && left > placed.put_down_secs, "{placed:?}");
            assert!(left + 10.0 + 10.0 <= clip.secs, "{placed:?} in {} s", clip.secs);
        }
        assert!(CLIP_SECS.contains(&clip.secs));
    }
}

#[test]
fn owners_leave_when_their_way_does() {
    let clip = planned(Scenario::TwoBags, 0, 4);
    let (placed, actor) = (&clip.placed[0], &clip.actors[0]);
    let ground = scene().ground().unwrap();
    let left = placed.owner_left_secs.unwrap();
    let spot = clip.props[0].foot;
    let beyond = |secs: f64| {
        actor.way.at(secs).is_none_or(|at| at.place.distance_px(&spot) > 1.7 * ground.person_px(spot.y_px))
    };
    assert!(beyond(left) && !beyond(left - 0.2) && !beyond(placed.put_down_secs), "{left}");
    assert_eq!(clip.placed.len(), 2);
    assert_eq!(clip.placed[1].owner_left_secs, Some(left));
}

#[test]
fn truth_says_what_must_alert() {
    let check = |scenario, number, expected: &[Kind]| {
        let clip = planned(scenario, number, 4);
        let kinds: Vec<Kind> = clip.placed.iter().map(|placed| placed.kind).collect();
        assert_eq!(kinds, expected, "{scenario:?} {number}");
        clip
    };
    check(Scenario::OwnerStays, 0, &[Kind::Attended]);
    let at_once = check(Scenario::OwnerReturns, 0, &[Kind::Attended]);
    let (left, gone) = (at_once.placed[0].owner_left_secs.unwrap(), at_once.placed[0].gone_secs.unwrap());
    assert!(gone > left && gone < left + 10.0, "taken before the time: {left} {gone}");
    let late = check(Scenario::OwnerReturns, 1, &[Kind::Object]);
    let (left, gone) = (late.placed[0].owner_left_secs.unwrap(), late.placed[0].gone_secs.unwrap());
    assert!(gone >= left + 10.0 + 10.0 && gone < late.secs, "taken after the alert: {left} {gone}");
    check(Scenario::Removed, 0, &[Kind::Removed; 2]);
    check(Scenario::Ghost, 0, &[Kind::Ghost; 2]);
    check(Scenario::Shadow, 0, &[Kind::Shadow; 2]);
    check(Scenario::PersonStill, 0, &[Kind::PersonStill, Kind::PersonLying]);
    check(Scenario::Furniture, 0, &[Kind::Furniture]);
    check(Scenario::LightChange, 0, &[Kind::Light; 3]);
    check(Scenario::LightChange, 1, &[Kind::Object; 2]);
}

#[test]
fn low_contrast_is_low_and_hidden_parts_are_not_in_the_box() {
    for placed in &planned(Scenario::LowContrast, 0, 4).placed {
        assert!((30.0..=40.0).contains(&placed.contrast), "{placed:?}");
    }
    let clip = planned(Scenario::PartialOcclusion, 0, 4);
    let [left, _, width, _] = clip.placed[0].box_px;
    assert_eq!(left + width, 330, "up to the post and no farther");
    assert!((width as f64) < 0.8 * clip.props[0].sprite.width as f64);
}

#[test]
fn every_box_lies_in_the_picture() {
    for scenario in
        [Scenario::Ghost, Scenario::Shadow, Scenario::Furniture, Scenario::LightChange, Scenario::Removed]
    {
        for placed in planned(scenario, 0, 4).placed {
            let [left, top, width, height] = placed.box_px;
            assert!(left >= 0 && top >= 0 && width > 0 && height > 0, "{placed:?}");
            assert!(left + width <= 640 && top + height <= 480, "{placed:?}");
        }
    }
}

#[test]
fn the_seed_decides_everything() {
    let truth = |seed| planned(Scenario::OwnerLeaves, 0, seed).placed;
    assert_eq!(truth(4), truth(4));
    assert_ne!(truth(4), truth(5));
    let (clip, backdrop, ground) = (planned(Scenario::Night, 0, 4), backdrop(), scene().ground().unwrap());
    let noise = crate::paint::Noise::new(4);
    let picture = || clip.paint(300, &backdrop, &ground, &[], &noise);
    assert_eq!(picture(), picture());
}
