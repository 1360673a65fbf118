//! `make demo`'s own program, run to its end: with a bag and without our partners' footage and models, as on a
//! fresh machine, and without a bag.

use std::process::Command;

use serde_json::Value;
use velum_tests::programs::program;

use crate::one_town_at_a_time;

fn demonstrate(stage: &str, seconds: u32) -> (bool, Value, String) {
    let _alone = one_town_at_a_time();
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(program("velum-demo").unwrap())
        .args(["--stage", stage, "--seconds", &seconds.to_string(), "--dir"])
        .arg(dir.path())
        .env("VELUM_SHARED", "/nonexistent")
        .output()
        .unwrap();
    let printed =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let summary = std::fs::read_to_string(dir.path().join("summary.json")).unwrap_or_default();
    let summary = serde_json::from_str(&summary).unwrap_or_else(|error| panic!("{error}\n{printed}"));
    (output.status.success(), summary, printed)
}

#[test]
fn a_staged_bag_is_reported_once_with_its_explanation_by_our_own_detector() {
    let (passed, summary, printed) = demonstrate("bag", 110);
    assert!(passed, "{printed}");
    assert_eq!(summary["detectors"][0]["id"], "velum-person-1", "{summary:#}");
    assert!(printed.contains("STAGED"), "{printed}");
}

#[test]
fn an_empty_stage_reports_no_abandoned_object() {
    let (passed, summary, printed) = demonstrate("none", 65);
    assert!(passed, "{printed}");
    assert!(summary["events"].get("abandoned_object.raised").is_none(), "{summary:#}");
}
