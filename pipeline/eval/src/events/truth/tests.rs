use proptest::prelude::*;

use super::*;

const FILE: &str = r#"
fps = 10.0
width_px = 640
height_px = 480
[[objects]]
id = "bag-1"
kind = "object"
put_down_secs = 20.0
owner_left_secs = 23.5
gone_secs = 70.0
box = [100, 200, 32, 40]
contrast = 36.0
height_fraction = 0.4
scenario = "owner_leaves"
[[objects]]
id = "sleeper"
kind = "person_lying"
put_down_secs = 5
box_fraction = [0.5, 0.5, 0.2, 0.1]
tags = { posture = "on the side" }
"#;

#[test]
fn a_composers_file_is_read() {
    let file = TruthFile::parse(FILE, Path::new("t.toml")).unwrap();
    let [bag, sleeper] = file.objects.as_slice() else { panic!("{file:?}") };
    assert_eq!((bag.kind, sleeper.kind), (ObjectKind::Object, ObjectKind::PersonLying));
    let place = bag.box_in(Some(file.size_px()), (320, 240)).unwrap();
    assert_eq!(
        (place.left_px(), place.top_px(), place.right_px(), place.bottom_px()),
        (50.0, 100.0, 66.0, 120.0)
    );
    let place = sleeper.box_in(Some(file.size_px()), (320, 240)).unwrap();
    assert_eq!((place.left_px(), place.width_px()), (160.0, 64.0));
}

#[test]
fn what_is_wrong_is_told_with_its_key() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(FILE.contains(from), "{from}");
        let error =
            TruthFile::parse(&FILE.replacen(from, to, 1), Path::new("t.toml")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("t.toml: {expected}")), "{error}");
    };
    check("width_px = 640\n", "", "line 1: missing field `width_px`");
    check(
        "kind = \"object\"",
        "kind = \"bag\"",
        "objects[0].kind: unknown variant `bag`, expected one of `object`",
    );
    check(
        "gone_secs = 70.0",
        "gone_secs = 7",
        "objects[0].gone_secs: expected no earlier than put_down_secs",
    );
    check("contrast", "kontrast", "objects[0].kontrast: unknown field `kontrast`");
    check("box = [100, 200, 32, 40]\n", "", "objects[0]: expected one of box and box_fraction");
    check(
        "put_down_secs = 5",
        "put_down_secs = nan",
        "objects[1].put_down_secs: expected 0 to 1000000, found `NaN`",
    );
    check("box = [100, 200, 32, 40]", "box = [100, 200, 32, inf]", "objects[0].box: expected left, top");
    check("id = \"sleeper\"", "id = \"bag-1\"", "objects: the id `bag-1` is used twice");
}

proptest! {
    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0_usize..600) {
        let _ = TruthFile::parse(&String::from_utf8_lossy(&bytes), Path::new("t.toml"));
        let mut spoilt = FILE.as_bytes().to_vec();
        let at = cut.min(spoilt.len());
        spoilt.splice(at..at, bytes.iter().copied().take(4));
        let _ = TruthFile::parse(&String::from_utf8_lossy(&spoilt), Path::new("t.toml"));
    }
}
