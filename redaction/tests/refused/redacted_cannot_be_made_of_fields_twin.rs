use velum_frame::{RawFrame, seal_i420};
use velum_redaction::{Mask, Plan, RedactedFrame, redact};
use velum_vocab::{CameraId, Timestamp};

fn frame() -> RawFrame {
    let camera = CameraId::parse("c").unwrap();
    seal_i420(camera, Timestamp::from_unix_secs(1), 1, (2, 2), vec![16; 6]).unwrap()
}

pub(crate) fn main() {
    let frame = frame();
    let mask = Mask::of(&Plan::default(), 2, 2);
    let redacted: RedactedFrame = redact(frame, &Plan::default()).unwrap();
    assert_eq!(redacted.covered_fraction(), mask.covered_fraction());
}
