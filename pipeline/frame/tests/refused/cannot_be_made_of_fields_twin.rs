use velum_frame::{I420Layout, seal_i420};
use velum_vocab::{CameraId, Timestamp};

pub(crate) fn main() {
    let layout = I420Layout::new(2, 2).unwrap();
    let _frame = seal_i420(
        CameraId::parse("c").unwrap(),
        Timestamp::from_unix_secs(1),
        1,
        (layout.width_px(), layout.height_px()),
        vec![16; layout.byte_len()],
    );
}
