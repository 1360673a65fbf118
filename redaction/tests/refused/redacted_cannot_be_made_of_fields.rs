use velum_frame::{RawFrame, seal_i420};
use velum_redaction::{Mask, Method, Plan, RedactedFrame, UnverifiedFrame, redact};
use velum_vocab::{CameraId, Timestamp};

fn frame() -> RawFrame {
    let camera = CameraId::parse("c").unwrap();
    seal_i420(camera, Timestamp::from_unix_secs(1), 1, (2, 2), vec![16; 6]).unwrap()
}

fn main() {
    let painted = redact(frame(), &Plan::whole_frame(), Method::SolidFill).unwrap();
    let _redacted = RedactedFrame(painted);
    let _unverified = UnverifiedFrame { painted: frame(), mask: Mask::of(&Plan::whole_frame(), 2, 2) };
}
