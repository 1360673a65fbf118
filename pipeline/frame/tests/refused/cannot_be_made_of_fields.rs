use velum_frame::{I420Layout, RawFrame};
use velum_vocab::{CameraId, Timestamp};

fn main() {
    let _frame = RawFrame {
        camera: CameraId::parse("c").unwrap(),
        captured_at: Timestamp::from_unix_secs(1),
        number: 1,
        layout: I420Layout::new(2, 2).unwrap(),
    };
}
