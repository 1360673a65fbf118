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
