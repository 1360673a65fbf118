use velum_frame::Pixels;
use velum_frame::{RawFrame, seal_i420};
use velum_redaction::{
    Family, Method, Plan, RedactedFrame, RedactionError, UnverifiedFrame, Verifier, redact,
};
use velum_vocab::{CameraId, Detection, ObjectClass, Timestamp};

/// Finds nobody.
struct Nobody;

impl Verifier for Nobody {
    fn look(&self, _: &UnverifiedFrame) -> Result<Vec<Detection>, RedactionError> {
        Ok(Vec::new())
    }

    fn finds(&self) -> Vec<ObjectClass> {
        vec![ObjectClass::Face]
    }

    fn family(&self) -> Family {
        Family("nobody")
    }
}

fn frame() -> RawFrame {
    let camera = CameraId::parse("c").unwrap();
    seal_i420(camera, Timestamp::from_unix_secs(1), 1, (2, 2), vec![16; 6]).unwrap()
}

fn redacted() -> RedactedFrame {
    redact(frame(), &Plan::whole_frame(), Method::SolidFill).unwrap().verified(&Nobody, 0.3).unwrap()
}

pub(crate) fn main() {
    let frame = frame();
    let _pixels = frame.luma();
    let _bytes = redacted().encode_jpeg().unwrap();
}
