use proptest::prelude::*;
use velum_frame::{Pixels, seal_i420};
use velum_vocab::{BoxInFrame, Detection, ObjectClass, Polygon};

use super::*;
use crate::{FILL_CHROMA, FILL_LUMA, Family, LookError};

const WIDTH_PX: u32 = 32;
const HEIGHT_PX: u32 = 24;
const LUMA_LEN: usize = (WIDTH_PX * HEIGHT_PX) as usize;

fn frame(bytes: Vec<u8>) -> RawFrame {
    let camera = CameraId::parse("c").unwrap();
    seal_i420(camera, Timestamp::from_unix_secs(1), 1, (WIDTH_PX, HEIGHT_PX), bytes).unwrap()
}

fn samples(frame: &UnverifiedFrame) -> Vec<u8> {
    let painted = frame.painted();
    [painted.luma(), painted.chroma_u(), painted.chroma_v()]
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
    for method in [Method::SolidFill, Method::SurroundBlur] {
        let redacted = redact(frame(vec![77; LUMA_LEN * 3 / 2]), &Plan::whole_frame(), method).unwrap();
        let found = samples(&redacted);
        assert!(found[..LUMA_LEN].iter().all(|&sample| sample == FILL_LUMA));
        assert!(found[LUMA_LEN..].iter().all(|&sample| sample == FILL_CHROMA));
        assert_eq!(redacted.covered_fraction(), 1.0);
    }
}

#[test]
fn printing_shows_no_pixel() {
    let unverified = redact(frame(vec![77; LUMA_LEN * 3 / 2]), &Plan::default(), Method::SolidFill).unwrap();
    assert_eq!(format!("{unverified:?}"), "UnverifiedFrame(c 32x24)");
    let redacted = unverified.verified(&Sees(Ok(Vec::new())), 0.3).unwrap();
    assert_eq!(format!("{redacted:?}"), "RedactedFrame(c 32x24)");
}

#[test]
fn a_jpeg_carries_no_metadata() {
    let unverified =
        redact(frame(vec![77; LUMA_LEN * 3 / 2]), &Plan::whole_frame(), Method::SolidFill).unwrap();
    let redacted = unverified.verified(&Sees(Ok(Vec::new())), 0.3).unwrap();
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

/// Classes and scores, or how looking fails.
type Seen = Result<Vec<(ObjectClass, f32)>, fn(LookError) -> RedactionError>;

/// A verifier that sees this.
struct Sees(Seen);

impl Verifier for Sees {
    fn look(&self, _: &UnverifiedFrame) -> Result<Vec<Detection>, RedactionError> {
        let box_in_frame = BoxInFrame::new(0.0, 0.0, 4.0, 4.0).unwrap();
        let seen = self.0.as_ref().map_err(|error| error("broken".into()))?;
        Ok(seen.iter().map(|&(class, score)| Detection { class, score, box_in_frame }).collect())
    }

    fn finds(&self) -> Vec<ObjectClass> {
        vec![ObjectClass::Face]
    }

    fn family(&self) -> Family {
        Family("test")
    }
}

#[test]
fn only_a_picture_in_which_nobody_is_found_is_redacted() {
    use ObjectClass::{Face, Head, Person, Suitcase, Vehicle};
    let check = |sees: Sees, expected: Result<(), PictureWithheld>| {
        let raw = frame(vec![77; LUMA_LEN * 3 / 2]);
        let unverified = redact(raw, &Plan::default(), Method::SolidFill).unwrap();
        assert_eq!(unverified.verified(&sees, 0.3).map(drop), expected);
    };
    check(Sees(Ok(vec![])), Ok(()));
    check(Sees(Ok(vec![(Face, 0.29), (Suitcase, 0.9), (Vehicle, 0.9)])), Ok(()));
    for class in [Face, Head, Person] {
        check(Sees(Ok(vec![(Suitcase, 0.9), (class, 0.3)])), Err(PictureWithheld::Verifier));
        check(Sees(Ok(vec![(class, f32::NAN)])), Err(PictureWithheld::Verifier));
    }
    check(Sees(Err(RedactionError::LookFailed)), Err(PictureWithheld::VerifierFailed));
    check(Sees(Err(RedactionError::LookOverloaded)), Err(PictureWithheld::Overloaded));
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

/// A frame of noise, and one that differs from it inside the mask only, and there in every sample.
fn differing_inside(mask: &Mask, seeds: (u64, u64)) -> (Vec<u8>, Vec<u8>) {
    let noise = |seed: u64, index: usize| (seed.wrapping_mul(index as u64 * 2 + 1) >> 40) as u8;
    let one: Vec<u8> = (0..LUMA_LEN * 3 / 2).map(|index| noise(seeds.0, index)).collect();
    let flipped =
        |index, byte: u8| if is_covered(mask, index) { byte ^ (1 | noise(seeds.1, index)) } else { byte };
    let other = one.iter().enumerate().map(|(index, &byte)| flipped(index, byte)).collect();
    (one, other)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn nothing_of_what_is_covered_is_left(plan in any_plan(), seeds in (any::<u64>(), any::<u64>())) {
        let mask = Mask::of(&plan, WIDTH_PX, HEIGHT_PX);
        let (one, other) = differing_inside(&mask, seeds);
        for method in [Method::SolidFill, Method::SurroundBlur] {
            let left = redact(frame(one.clone()), &plan, method).unwrap();
            let right = redact(frame(other.clone()), &plan, method).unwrap();
            let (found, same) = (samples(&left), samples(&right));
            prop_assert_eq!(&found, &same);
            for (index, (&before, &after)) in one.iter().zip(&found).enumerate() {
                prop_assert!(is_covered(&mask, index) || after == before);
                let fill = if index < LUMA_LEN { FILL_LUMA } else { FILL_CHROMA };
                prop_assert!(!is_covered(&mask, index) || method != Method::SolidFill || after == fill);
            }
            let jpeg = |picture: UnverifiedFrame| {
                picture.verified(&Sees(Ok(Vec::new())), 0.3).unwrap().encode_jpeg().unwrap()
            };
            prop_assert_eq!(jpeg(left), jpeg(right));
        }
    }
}
