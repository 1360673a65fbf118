//! Redacted pictures leave only where the policy says so.

use velum_frame::{I420Layout, seal_i420};
use velum_redaction::{Plan, RedactedFrame, redact};

use super::town::{NOON, Town, camera};

/// What a policy needs before a still may leave; the figures are this test's own.
const STILLS: &str = "imagery_egress = \"alert-still\"\ntargets = [\"person\", \"head\", \"face\", \"plate\"]\n\
    min_confidence = 0.1\nhold_frames = 12\nlookahead_frames = 6\ncanary_interval = \"PT30S\"\n\
    [redaction.measured]\nrecall_head = 0.99\nrecall_plate = 0.99\nworst_subgroup_recall = 0.98\nsample = 1\n\
    dataset = \"a test\"\ndate = 2026-11-20\nreport_sha256 = \"a test\"";

fn still() -> RedactedFrame {
    let layout = I420Layout::new(16, 16).unwrap();
    let raw = seal_i420(camera("plaza-1"), NOON, 1, (16, 16), vec![0; layout.byte_len()]).unwrap();
    redact(raw, &Plan::whole_frame()).unwrap()
}

#[test]
fn a_still_leaves_only_where_the_policy_lets_it() {
    let egress = "imagery_egress = \"none\"";
    let none = Town::with(&[]);
    assert_eq!(none.gate.judge(still()).unwrap_err().rule(), "imagery_egress");
    let maintenance = STILLS.replace("alert-still", "maintenance-still");
    let maintenance = Town::with(&[(egress, &maintenance)]);
    assert_eq!(maintenance.gate.judge(still()).unwrap_err().rule(), "imagery_egress");
    let alert = Town::with(&[(egress, STILLS)]);
    assert_eq!(alert.gate.judge(still()).unwrap().into_released().width_px(), 16);
    assert_eq!(Town::without_policy().gate.judge(still()).unwrap_err().rule(), "no_policy");
    let closed = Town::with(&[(egress, STILLS), ("from = \"00:00\"", "from = \"13:00\"")]);
    assert_eq!(closed.gate.judge(still()).unwrap_err().rule(), "schedule");
}
