use super::*;

const GOOD: &str = include_str!("../../catalogue/yolox-nano.toml");

#[test]
fn a_good_manifest_reads_back() {
    let manifest = Manifest::parse(GOOD, "good.toml").unwrap();
    assert_eq!(manifest.id(), "yolox-nano");
    assert_eq!(Manifest::parse(&manifest.to_toml().unwrap(), "again.toml").unwrap(), manifest);
}

#[test]
fn a_wrong_manifest_is_refused_with_the_key_and_the_fix() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(GOOD.contains(from), "{from}");
        let error = Manifest::parse(&GOOD.replacen(from, to, 1), "m.toml").unwrap_err().to_string();
        assert!(error.starts_with("`m.toml`: ") && error.contains(expected), "{error}");
    };
    check("id = \"yolox-nano\"", "id = \"../x\"", "id: `../x` needs 1 to 64 letters");
    check("file = \"yolox_nano.onnx\"", "file = \"/etc/x\"", "file: `/etc/x` needs");
    check("licence", "license", "unknown field `license`");
    check("width_px = 416", "width_px = 400", "input.width_px: `400` needs to be a multiple of 32");
    check("nms_iou = 0.5", "nms_iou = nan", "nms_iou: `NaN` needs to be above 0");
    check("class = \"person\"", "class = \"face-id\"", "class `face-id` is not one of person, head");
    check("index = 28", "index = 80", "index: `80` is not below class_count 80");
    check("index = 28", "index = 0", "index: `0` is there twice");
    check("address = \"https", "address = \"ftp", "does not begin with https://");
    check("sha256 = \"c7", "sha256 = \"zz", "64");
    check("head = \"yolox\"", "head = \"arcface\"", "unknown variant `arcface`");
}

#[test]
fn scores_are_told_on_one_scale() {
    let entry = |score_half| ClassEntry {
        index: 0,
        class: ObjectClass::Person,
        score_min: 0.35,
        score_half,
        masks: true,
    };
    let check = |score_half, score, told: Option<f32>| {
        let found = entry(score_half).told_score(score);
        assert!(found.zip(told).map_or(found == told, |(a, b)| (a - b).abs() < 1e-5), "{score}: {found:?}");
    };
    check(None, 0.34, None);
    check(None, 0.4, Some(0.4));
    check(Some(0.53), 0.34, None);
    check(Some(0.53), 0.35, Some(0.1));
    check(Some(0.53), 0.44, Some(0.3));
    check(Some(0.53), 0.53, Some(0.5));
    check(Some(0.53), 1.0, Some(1.0));
    assert_eq!((entry(None).told_floor(), entry(Some(0.53)).told_floor()), (0.35, 0.1));
}

#[test]
fn a_point_of_operation_lies_above_the_least_score() {
    let wrong = GOOD.replacen("score_min = 0.05", "score_min = 0.05\nscore_half = 0.05", 1);
    let error = Manifest::parse(&wrong, "m.toml").unwrap_err().to_string();
    assert!(
        error.contains("classes[0].score_half: `0.05` needs to lie between score_min 0.05 and 1"),
        "{error}"
    );
}

/// Our own model knows too few vehicles for plates to be left to it; and no policy's usual threshold lies below what
/// the models tell.
#[test]
fn redaction_relies_on_what_the_manifests_say() {
    let floors = |text: &str| {
        let manifest = Manifest::parse(text, "m").unwrap();
        [ObjectClass::Person, ObjectClass::Vehicle].map(|class| manifest.mask_floor(class))
    };
    assert_eq!(floors(GOOD), [Some(0.05), Some(0.1)]);
    let own = include_str!("../../catalogue/velum-person-0.toml");
    assert_eq!(floors(own), [Some(0.1), None]);
    let own = Manifest::parse(own, "m").unwrap();
    assert_eq!(own.masks(), [ObjectClass::Person, ObjectClass::Head]);
    assert_eq!(Manifest::parse(&own.to_toml().unwrap(), "again").unwrap(), own);
}
