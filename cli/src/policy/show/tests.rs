use velum_policy::PolicyFile;

use super::*;
use crate::policy::tests::{check, example, run_line};

fn shown(camera: Option<&str>) -> String {
    let path = example("gdpr-market-square.toml");
    let file = PolicyFile::parse(&std::fs::read_to_string(&path).unwrap(), &path).unwrap();
    let mut effective = Effective::of(&file, velum_policy::pack::Packs::built_in());
    effective.cameras.retain(|one| camera.is_none_or(|name| one.camera == name));
    text(&effective)
}

#[test]
fn one_camera_field_by_field() {
    let shown = shown(Some("mp-01"));
    let check = |key: &str, rest: &[&str]| {
        let line =
            shown.lines().find(|line| line.trim_start().starts_with(key)).unwrap_or_else(|| panic!("{key}"));
        assert!(rest.iter().all(|part| line.contains(part)), "{line}");
    };
    check("retention.event ", &["\"P7D\"", "site marktplein, line 371"]);
    check("retention.event_confirmed", &["\"PT0S\"", "not written: the strictest value"]);
    check("capture.max_px_per_m", &["60", "camera mp-01, line 385"]);
    check("analytics", &["city, line 106"]);
    check("crowd_density_level", &["kept P7D", "line 140"]);
    check("woningen", &["private_mask", "dwelling windows"]);
    let windows = shown.lines().filter(|line| line.contains("tz = \"Europe/Amsterdam\"")).count();
    assert_eq!(windows, 2, "{shown}");
}

#[test]
fn all_cameras_what_is_the_same_first() {
    let shown = shown(None);
    let (same, differs) = shown.split_once("WHAT DIFFERS").unwrap();
    assert!(same.contains("THE SAME AT ALL 2 CAMERAS") && same.contains("retention.event "), "{shown}");
    assert!(!same.contains("max_px_per_m"));
    for line in ["60  (camera mp-01, line 385): mp-01", "80  (city, line 99): mp-02"] {
        assert!(differs.contains(line), "{differs}");
    }
    assert!(differs.contains("may tell  road_user_count (kept P730D)"), "{differs}");
}

#[test]
fn exit_codes_and_the_way_out_of_a_wrong_name() {
    let square = example("gdpr-market-square.toml");
    check(&["show", &square, "--effective", "--camera", "mp-01"], 0);
    check(&["show", &square, "--format", "json"], 0);
    check(&["show", &example("refused/typo.toml")], DOES_NOT_PARSE);
    check(&["schema"], 0);
    let wrong = run_line(&["show", &square, "--camera", "mp-1"]).unwrap_err().to_string();
    assert!(wrong.contains("expected one of its cameras (`mp-01`, `mp-02`), found `mp-1`"), "{wrong}");
}
