use super::*;
use proptest::prelude::*;

const SMALL: &str = r#"
about = "a test"
folders = ["here"]
[[clips]]
id = "hall"
file = "hall.avi"
half = "report"
size_px = [640, 480]
persons_mot = "gt.txt"
persons_fps = 25
[[clips.objects]]
id = "bag"
put_down_secs = 20
owner_left_secs = 23.5
box = [310, 240, 28, 36]
[[clips]]
id = "empty"
file = "empty.avi"
half = "tuning"
unattended_secs = 10
zones = [{ id = "door", polygon = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]] }]
again = { loops = 10, gain_fraction = 0.1, noise_sigma = 2, seed = 4 }
"#;

#[test]
fn what_is_not_written_has_its_default() {
    let suite = EventSuite::parse(SMALL, Path::new("s.toml")).unwrap();
    assert_eq!((suite.fps, suite.width_px, suite.lead_in_secs), (5.0, 1280, 0.0));
    assert_eq!(suite.detectors, ["yolox-nano", "velum-person-1"]);
    assert_eq!(suite.clips[0].kind, ClipKind::Real);
    assert_eq!(suite.rules_of(&suite.clips[0]).unattended_secs, None);
    assert_eq!(suite.rules_of(&suite.clips[1]).unattended_secs, Some(10.0));
}

#[test]
fn a_clip_names_a_density_model_of_its_own_or_none() {
    let of = |suite: &str, clip: &str| {
        let text = SMALL.replacen("[[clips]]", &format!("{suite}\n[[clips]]"), 1).replacen(
            "half = \"report\"",
            &format!("half = \"report\"\n{clip}"),
            1,
        );
        let suite = EventSuite::parse(&text, Path::new("s.toml")).unwrap();
        suite.density_model_of(&suite.clips[0]).map(str::to_owned)
    };
    assert_eq!(of("", ""), None);
    assert_eq!(of("density_model = \"mcnn\"", ""), Some("mcnn".to_owned()));
    assert_eq!(of("density_model = \"mcnn\"", "density_model = \"own\""), Some("own".to_owned()));
    assert_eq!(of("density_model = \"mcnn\"", "density_model = \"none\""), None);
}

#[test]
fn what_is_wrong_is_told_with_its_key_and_the_fix() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(SMALL.contains(from), "{from}");
        let error =
            EventSuite::parse(&SMALL.replacen(from, to, 1), Path::new("s.toml")).unwrap_err().to_string();
        assert_eq!(error, format!("s.toml: {expected}"));
    };
    check("half = \"report\"\n", "", "clips[0]: missing field `half`");
    check(
        "half = \"report\"",
        "half = \"both\"",
        "clips[0].half: unknown variant `both`, expected `tuning` or `report`",
    );
    check(
        "owner_left_secs = 23.5\n",
        "",
        "clips[0].objects[0].owner_left_secs: an object needs the time when its owner left, found none; write for \
         example 23.5, or say by kind that it must not alert",
    );
    check(
        "owner_left_secs = 23.5",
        "owner_left_secs = 3",
        "clips[0].objects[0].owner_left_secs: expected no earlier than put_down_secs, `20`, found `3`; write times in \
         seconds from the clip's beginning",
    );
    check(
        "box = [310, 240, 28, 36]",
        "box = [310, 240, 338, 276]",
        "clips[0].objects[0].box: expected left, top, width and height inside a picture of 640 x 480, found \
         `[310.0, 240.0, 338.0, 276.0]`; width and height are not the right and lower edge",
    );
    check(
        "size_px = [640, 480]\n",
        "",
        "clips[0].objects[0].box: a box in pixels needs the picture's size; write size_px = [720, 480] at the clip, \
         or box_fraction",
    );
    check(
        "persons_fps = 25\n",
        "",
        "clips[0]: persons need persons_fps, found none; say how many frame numbers are a second, for example \
         persons_fps = 25",
    );
    check(
        "persons_fps = 25",
        "persons_fps = 25\npersons_yolo = \"boxes\"",
        "clips[0]: expected one of persons_mot, persons_yolo and persons_points, found more; keep one",
    );
    check(
        "loops = 10",
        "loops = 1",
        "clips[1].again.loops: expected 2 to 10000, found `1`; write for example 10",
    );
    check(
        "[0.5, 0.9]",
        "[0.5, 9]",
        "clips[1].zones[0].polygon: point 2 is (0.5, 9); write fractions of the picture between 0 and 1, for example \
         [0.25, 0.80]",
    );
    check("id = \"empty\"", "id = \"hall\"", "clips: the id `hall` is used twice; give each one its own");
    check(
        "about = \"a test\"",
        "about = \"a test\"\nfps = 99",
        "fps: expected 1 to 30, found `99`; write for example 5",
    );
    check(
        "about = \"a test\"",
        "about = \"a test\"\ndetectors = []",
        "detectors: needs at least one model, found none; write for example [\"velum-person-1\"]",
    );
}

#[test]
fn a_clip_that_is_played_again_holds_no_objects() {
    let again = SMALL.replacen("size_px", "again = { loops = 3 }\nsize_px", 1);
    let error = EventSuite::parse(&again, Path::new("s.toml")).unwrap_err().to_string();
    assert!(
        error.starts_with("s.toml: clips[0].again: a clip that is played again may hold no objects"),
        "{error}"
    );
}

#[test]
fn the_built_in_suite_holds_together() {
    let suite = EventSuite::built_in().unwrap();
    assert!(suite.clips.iter().all(|clip| !clip.tuned.is_empty()), "every clip says what was tuned on it");
}

proptest! {
    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0_usize..900) {
        let _ = EventSuite::parse(&String::from_utf8_lossy(&bytes), Path::new("s.toml"));
        let mut spoilt = SMALL.as_bytes().to_vec();
        let at = cut.min(spoilt.len());
        spoilt.splice(at..at, bytes.iter().copied().take(4));
        let _ = EventSuite::parse(&String::from_utf8_lossy(&spoilt), Path::new("s.toml"));
    }
}
