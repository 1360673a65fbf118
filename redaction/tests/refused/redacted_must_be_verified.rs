use velum_frame::{RawFrame, seal_i420};
use velum_redaction::{Method, Plan, redact};
use velum_vocab::{CameraId, Timestamp};

fn frame() -> RawFrame {
    let camera = CameraId::parse("c").unwrap();
    seal_i420(camera, Timestamp::from_unix_secs(1), 1, (2, 2), vec![16; 6]).unwrap()
}

fn main() {
    let _bytes = redact(frame(), &Plan::whole_frame(), Method::SolidFill).unwrap().encode_jpeg().unwrap();
}
