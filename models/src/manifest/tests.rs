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
    check("address = \"https", "address = \"http", "does not begin with https://");
    check("bytes = 3659407", "bytes = 0", "source.bytes: `0` needs to be the file's size");
    check("nms_iou = 0.5", "", "nms_iou: missing; write for example 0.5");
    check(
        "head = \"yolox\"",
        "head = \"density\"",
        "task: `objects` does not go with head `density`; write for example \"density\"",
    );
    check("task = \"objects\"", "task = \"density\"", "task: `density` does not go with head `yolox`");
    check("head = \"yolox\"", "head = \"detr\"", "detr: missing; write [detr]");
    check("head = \"yolox\"", "head = \"yunet\"", "class_count: a yunet head has 1, found `80`");
    check(
        "[input]",
        "[detr]\nactivation = \"softmax\"\n[input]",
        "detr: head `yolox` has no such table; delete it",
    );
    check("[input]", "[density]\nstride_px = 4\n[input]", "density: head `yolox` has no such table");
    check(
        "pad_value = 114",
        "pad_value = 114\nmean = [0.5]",
        "input.mean: needs 3 values, one a plane, found 1",
    );
    check("pad_value = 114", "pad_value = 114\nstd = [1, 0, 1]", "input.std: `0` needs to be above 0");
    check(
        "pad_value = 114",
        "pad_value = 114\nmean = [1, inf, 1]",
        "input.mean: `inf` is not a finite number",
    );
    check("nms_iou = 0.5", "nms_iou = 0.5\noutputs = [\"a\", \"a\"]", "outputs: `a` is there twice");
    check("sha256 = \"c7", "sha256 = \"zz", "64");
    check("head = \"yolox\"", "head = \"arcface\"", "unknown variant `arcface`");
}

#[test]
fn an_unknown_digest_needs_an_address_to_be_fetched_from() {
    let unknown = include_str!("../../catalogue/yolox-s.toml");
    let manifest = Manifest::parse(unknown, "m").unwrap();
    assert_eq!(manifest.digest(), None);
    assert_eq!(Manifest::parse(&manifest.to_toml().unwrap(), "again").unwrap(), manifest);
    let without: String = unknown
        .lines()
        .filter(|line| !line.contains("[source]") && !line.contains("address"))
        .map(|line| format!("{line}\n"))
        .collect();
    let error = Manifest::parse(&without, "m").unwrap_err().to_string();
    assert!(
        error
            .contains("sha256: `unknown` needs a source.address; write what `sha256sum yolox_s.onnx` prints"),
        "{error}"
    );
}

#[test]
fn a_density_manifest_has_what_it_needs_and_nothing_of_boxes() {
    let good = include_str!("../../catalogue/mcnn.toml");
    let check = |from: &str, to: &str, expected: &str| {
        assert!(good.contains(from), "{from}");
        let error = Manifest::parse(&good.replacen(from, to, 1), "m.toml").unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let manifest = Manifest::parse(good, "m").unwrap();
    assert_eq!(Manifest::parse(&manifest.to_toml().unwrap(), "again").unwrap(), manifest);
    let without = good.split("[density]").next().unwrap();
    let error = Manifest::parse(without, "m.toml").unwrap_err().to_string();
    assert!(error.contains("density: missing; write [density] with"), "{error}");
    check("stride_px = 4", "stride_px = 5", "density.stride_px: `5` needs to be 1, 2, 4, 8, 16 or 32");
    check(
        "stride_px = 4",
        "stride_px = 4\nvalue_per_person = 0",
        "density.value_per_person: `0` needs to be above 0",
    );
    check(
        "error_persons = 18",
        "",
        "density.error_persons: missing; write how wrong the model's counts were",
    );
    check("error_fraction = 0.3", "", "density.error_fraction: missing; write how wrong");
    check(
        "error_persons = 18",
        "error_persons = -1",
        "density.error_persons: `-1` needs to lie between 0 and",
    );
    check("error_persons = 18", "error_persons = nan", "density.error_persons: `NaN` needs to lie between 0");
    check(
        "error_fraction = 0.3",
        "error_fraction = 11",
        "density.error_fraction: `11` needs to lie between 0",
    );
    check(
        "error_persons = 18\nerror_fraction = 0.3",
        "error_persons = 0\nerror_fraction = 0",
        "density.error_persons: `0` beside error_fraction 0 says that the model never errs",
    );
    check(
        "width_px = 768",
        "width_px = 4096",
        "input.width_px: `4096` needs to be at most 2048 for a density model",
    );
    check(
        "[input]",
        "nms_iou = 0.5\n[input]",
        "nms_iou: a density model finds no boxes and has none; delete it",
    );
    check("[input]", "class_count = 1\n[input]", "class_count: a density model finds no boxes");
}

#[test]
fn a_count_errs_by_both_parts_of_its_error() {
    let manifest = Manifest::parse(include_str!("../../catalogue/mcnn.toml"), "m").unwrap();
    let error = manifest.count_error().unwrap();
    assert!((error.sigma(0.0) - 18.0).abs() < 1e-6 && (error.sigma(80.0) - 30.0).abs() < 1e-3);
    let boxes = Manifest::parse(include_str!("../../catalogue/yolox-nano.toml"), "m").unwrap();
    assert_eq!(boxes.count_error(), None);
}

#[test]
fn only_this_very_machine_may_be_asked_without_encryption() {
    let check =
        |address: &str, may: bool| assert_eq!(check::may_be_fetched(address).is_ok(), may, "{address}");
    check("https://models.example/a.onnx", true);
    check("http://127.0.0.1:8080/a.onnx", true);
    check("http://localhost/a.onnx", true);
    check("http://[::1]:80/a.onnx", true);
    for wrong in [
        "http://models.example/a.onnx",
        "http://127.0.0.1@models.example/a",
        "http://127.0.0.1:80@models.example/a",
        "http://localhost.models.example/a",
        "http://10.0.0.1/a",
        "HTTP://models.example/a",
        "file:///etc/passwd",
        "",
    ] {
        check(wrong, false);
    }
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
    let own = include_str!("../../catalogue/velum-person-1.toml");
    assert_eq!(floors(own), [Some(0.1), None]);
    let own = Manifest::parse(own, "m").unwrap();
    assert_eq!(own.masks(), [ObjectClass::Person, ObjectClass::Head]);
    assert_eq!(Manifest::parse(&own.to_toml().unwrap(), "again").unwrap(), own);
}
