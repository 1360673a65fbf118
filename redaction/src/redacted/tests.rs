use proptest::prelude::*;
use velum_frame::seal_i420;
use velum_vocab::{BoxInFrame, Polygon};

use super::*;
use crate::{FILL_CHROMA, FILL_LUMA};

const WIDTH_PX: u32 = 32;
const HEIGHT_PX: u32 = 24;
const LUMA_LEN: usize = (WIDTH_PX * HEIGHT_PX) as usize;

fn frame(bytes: Vec<u8>) -> RawFrame {
    let camera = CameraId::parse("c").unwrap();
    seal_i420(camera, Timestamp::from_unix_secs(1), 1, (WIDTH_PX, HEIGHT_PX), bytes).unwrap()
}

fn samples(frame: &RedactedFrame) -> Vec<u8> {
    [frame.luma(), frame.chroma_u(), frame.chroma_v()]
        .iter()
        .flat_map(|plane| plane.samples().to_vec())
        .collect()
}

/// Whether the mask covers the byte at this place of a tightly packed I420 picture.
fn is_covered(mask: &Mask, index: usize) -> bool {
    let columns = WIDTH_PX as usize / 2;
    if index < LUMA_LEN {
        mask.covers(index % WIDTH_PX as usize / 2, index / WIDTH_PX as usize / 2)
    } else {
        let at = (index - LUMA_LEN) % (LUMA_LEN / 4);
        mask.covers(at % columns, at / columns)
    }
}

#[test]
fn the_whole_frame_is_one_colour() {
    let redacted = redact(frame(vec![77; LUMA_LEN * 3 / 2]), &Plan::whole_frame()).unwrap();
    assert!(redacted.luma().samples().iter().all(|&sample| sample == FILL_LUMA));
    assert!(redacted.chroma_u().samples().iter().all(|&sample| sample == FILL_CHROMA));
    assert!(redacted.chroma_v().samples().iter().all(|&sample| sample == FILL_CHROMA));
    assert_eq!(redacted.covered_fraction(), 1.0);
}

#[test]
fn printing_shows_no_pixel() {
    let redacted = redact(frame(vec![77; LUMA_LEN * 3 / 2]), &Plan::default()).unwrap();
    assert_eq!(format!("{redacted:?}"), "RedactedFrame(c 32x24)");
}

#[test]
fn a_jpeg_carries_no_metadata() {
    let redacted = redact(frame(vec![77; LUMA_LEN * 3 / 2]), &Plan::whole_frame()).unwrap();
    let bytes = redacted.encode_jpeg().unwrap();
    assert_eq!(&bytes[..2], &[0xff, 0xd8]);
    // Walk the segments up to the start of the scan: APP0 (JFIF) is there, no other APPn, no comment.
    let (mut at, mut markers) = (2, Vec::new());
    while bytes[at + 1] != 0xda {
        markers.push(bytes[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    assert!(!markers.iter().any(|marker| (0xe1..=0xef).contains(marker) || *marker == 0xfe), "{markers:x?}");
    let decoded = image::load_from_memory(&bytes).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (WIDTH_PX, HEIGHT_PX));
    assert!(decoded.to_rgb8().pixels().all(|pixel| pixel.0.iter().all(|&value| value < 4)));
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let any_box = (-5.0_f32..35.0, -5.0_f32..30.0, 0.1_f32..20.0, 0.1_f32..20.0)
        .prop_map(|(x, y, w, h)| BoxInFrame::new(x, y, x + w, y + h).unwrap());
    let corners = prop::collection::vec((0.0_f64..=1.0, 0.0_f64..=1.0), 3..6);
    (prop::collection::vec(any_box, 0..4), corners).prop_map(|(boxes, corners)| {
        let plan = boxes.into_iter().fold(Plan::default(), Plan::with_box);
        Polygon::from_fractions(&corners).map_or(plan.clone(), |area| plan.with_private_area(area))
    })
}

proptest! {
    #[test]
    fn nothing_of_what_is_covered_is_left(plan in any_plan(), seeds in (any::<u64>(), any::<u64>())) {
        let mask = Mask::of(&plan, WIDTH_PX, HEIGHT_PX);
        let noise = |seed: u64, index: usize| (seed.wrapping_mul(index as u64 * 2 + 1) >> 40) as u8;
        let one: Vec<u8> = (0..LUMA_LEN * 3 / 2).map(|index| noise(seeds.0, index)).collect();
        // The other frame differs inside the mask only, and there in every sample.
        let other: Vec<u8> = one
            .iter()
            .enumerate()
            .map(|(index, &byte)| if is_covered(&mask, index) { byte ^ (1 | noise(seeds.1, index)) } else { byte })
            .collect();
        let left = samples(&redact(frame(one.clone()), &plan).unwrap());
        let right = samples(&redact(frame(other), &plan).unwrap());
        prop_assert_eq!(&left, &right);
        for (index, (&before, &after)) in one.iter().zip(&left).enumerate() {
            let fill = if index < LUMA_LEN { FILL_LUMA } else { FILL_CHROMA };
            prop_assert_eq!(after, if is_covered(&mask, index) { fill } else { before });
        }
    }
}
