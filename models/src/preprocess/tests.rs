use proptest::prelude::*;
use velum_frame::seal_i420;
use velum_vocab::{CameraId, ObjectClass, Timestamp};

use crate::manifest::Range;

use super::*;

fn frame(width: u32, height: u32, luma: impl Fn(u32, u32) -> u8) -> RawFrame {
    let mut bytes: Vec<u8> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| luma(x, y)).collect();
    bytes.resize((width * height * 3 / 2) as usize, 128);
    let camera = CameraId::parse("c").unwrap();
    seal_i420(camera, Timestamp::from_unix_secs(1), 1, (width, height), bytes).unwrap()
}

fn layout(fit: Fit, range: Range) -> InputLayout {
    InputLayout {
        width_px: 64,
        height_px: 32,
        channels: Channels::Bgr,
        range,
        fit,
        pad_value: 114,
        mean: Vec::new(),
        std: Vec::new(),
    }
}

const SIZE: InputSize = InputSize { width_px: 64, height_px: 32 };

/// Memory in which something else stands.
fn spare() -> Vec<f32> {
    vec![f32::NAN; 3 * 64 * 32 + 100]
}

#[test]
fn letterboxes_and_pads() {
    let grey = frame(32, 32, |_, _| 235);
    let (tensor, placement) = tensor_from_picture(
        &Picture::of_raw(&grey),
        &layout(Fit::LetterboxTopLeft, Range::Bytes),
        SIZE,
        spare(),
    );
    assert_eq!((placement.width, placement.height), (32, 32));
    assert!(tensor[..32].iter().all(|value| (value - 255.0).abs() < 0.1));
    assert!(tensor[32..64].iter().all(|value| *value == 114.0));
    let (tensor, _) = tensor_from_picture(
        &Picture::of_raw(&grey),
        &layout(Fit::LetterboxCentre, Range::Unit),
        SIZE,
        spare(),
    );
    assert!((tensor[0] - 114.0 / 255.0).abs() < 1e-6 && (tensor[16] - 1.0).abs() < 1e-3);
}

#[test]
fn red_is_where_the_layout_says() {
    // BT.601 red: Y 81, U 90, V 240.
    let mut bytes = vec![81; 64 * 32];
    bytes.extend([90; 512]);
    bytes.extend([240; 512]);
    let camera = CameraId::parse("c").unwrap();
    let red = seal_i420(camera, Timestamp::from_unix_secs(1), 1, (64, 32), bytes).unwrap();
    let mut layout = layout(Fit::Stretch, Range::Bytes);
    let colour = |layout: &InputLayout| {
        let (tensor, _) = tensor_from_picture(&Picture::of_raw(&red), layout, SIZE, spare());
        [tensor[700], tensor[2048 + 700], tensor[4096 + 700]].map(|value| value.round())
    };
    assert_eq!(colour(&layout), [0.0, 0.0, 254.0]);
    layout.channels = Channels::Rgb;
    assert_eq!(colour(&layout), [254.0, 0.0, 0.0]);
}

#[test]
fn brightness_is_one_plane_and_colours_do_not_change_it() {
    let mut layout = layout(Fit::LetterboxTopLeft, Range::Bytes);
    (layout.channels, layout.pad_value) = (Channels::Gray, 0);
    let grey = frame(32, 32, |_, _| 126);
    let (tensor, _) = tensor_from_picture(&Picture::of_raw(&grey), &layout, SIZE, spare());
    assert_eq!(tensor.len(), 64 * 32);
    assert!((tensor[0] - 1.164_383 * 110.0).abs() < 0.01 && tensor[63] == 0.0);
}

#[test]
fn mean_and_deviation_belong_to_the_planes_in_their_order_and_padding_goes_through_them_too() {
    let white = frame(32, 32, |_, _| 235);
    let mut layout = layout(Fit::LetterboxTopLeft, Range::Unit);
    (layout.mean, layout.std, layout.pad_value) = (vec![0.5, 0.0, 0.25], vec![0.25, 1.0, 0.5], 51);
    for channels in [Channels::Rgb, Channels::Bgr] {
        layout.channels = channels;
        let (tensor, _) = tensor_from_picture(&Picture::of_raw(&white), &layout, SIZE, spare());
        let check = |at: usize, expected: [f32; 3]| {
            let found = [tensor[at], tensor[2048 + at], tensor[4096 + at]];
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01), "{at}: {found:?}");
        };
        check(0, [2.0, 1.0, 1.5]);
        check(63, [(0.2 - 0.5) / 0.25, 0.2, (0.2 - 0.25) / 0.5]);
    }
}

#[test]
fn reducing_takes_every_sample_into_account() {
    // One bright column in each eight: skipping samples would give 16 or 235; all together give the mean.
    let stripes = frame(512, 256, |x, _| if x % 8 == 3 { 235 } else { 16 });
    let (tensor, _) =
        tensor_from_picture(&Picture::of_raw(&stripes), &layout(Fit::Stretch, Range::Bytes), SIZE, spare());
    let middle = &tensor[16 * 64 + 4..16 * 64 + 60];
    assert!(middle.iter().all(|value| (value - 255.0 / 8.0).abs() < 8.0), "{middle:?}");
}

#[test]
fn a_ramp_stays_a_ramp() {
    let ramp = frame(32, 16, |x, _| 16 + x as u8 * 4);
    let (tensor, _) =
        tensor_from_picture(&Picture::of_raw(&ramp), &layout(Fit::Stretch, Range::Bytes), SIZE, spare());
    let steps: Vec<f32> = tensor[2..62].windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(steps.iter().all(|step| (step - 2.0 * 1.164_383).abs() < 0.05), "{steps:?}");
}

proptest! {
    #[test]
    fn boxes_come_back_to_where_they_were(
        (width, height) in (1_usize..2000, 1_usize..2000),
        (x, y) in (0.0_f32..1.0, 0.0_f32..1.0),
        fit in prop::sample::select(vec![Fit::LetterboxTopLeft, Fit::LetterboxCentre, Fit::Stretch]),
    ) {
        let size = InputSize { width_px: 416, height_px: 256 };
        let placement = Placement::of((width, height), size, fit);
        prop_assert!(placement.left + placement.width <= 416 && placement.top + placement.height <= 256);
        let left_px = placement.left as f32 + x * placement.width as f32;
        let top_px = placement.top as f32 + y * placement.height as f32;
        let found = Candidate { class: ObjectClass::Face, score: 1.0, left_px, top_px, right_px: left_px, bottom_px: top_px };
        let (frame_x, frame_y, ..) = placement.frame_from_tensor(&found);
        prop_assert!((frame_x - x * width as f32).abs() < 0.01 * width as f32 + 0.01);
        prop_assert!((frame_y - y * height as f32).abs() < 0.01 * height as f32 + 0.01);
    }

    #[test]
    fn weights_add_up_and_stay_inside(source in 1_usize..300, target in 1_usize..300) {
        let taps = Taps::of(source, target);
        for at in 0..target {
            let (start, weights) = taps.at(at);
            prop_assert!(start + weights.len() <= source && !weights.is_empty());
            prop_assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        }
    }
}

#[test]
fn a_count_by_itself_gives_the_same_sums_to_the_bit() {
    let source: Vec<f32> = (0..200_u16).map(|at| f32::from(at * 37 % 251)).collect();
    for target in [67, 100, 150, 199, 200, 250] {
        let taps = Taps::of(source.len(), target);
        let mut any = vec![0.0; target];
        taps.weigh_any(&source, &mut any);
        let mut line = vec![0.0; target];
        match taps.count {
            3 => taps.weigh::<3>(&source, &mut line),
            4 => taps.weigh::<4>(&source, &mut line),
            5 => taps.weigh::<5>(&source, &mut line),
            7 => taps.weigh::<7>(&source, &mut line),
            count => panic!("{count} taps to {target}"),
        }
        assert!(line.iter().zip(&any).all(|(one, other)| one.to_bits() == other.to_bits()), "to {target}");
    }
}

#[test]
fn halves_and_what_is_as_wide_are_as_any_other_to_the_bit() {
    for (source, target) in [(2, 1), (4, 2), (6, 3), (200, 100), (200, 200), (3, 3), (1, 1)] {
        let bytes: Vec<u8> = (0..source * 4).map(|at| (at * 37 % 251) as u8).collect();
        let picture = frame(2 * source as u32, 4, |x, y| bytes[y as usize * source + x as usize / 2]);
        let (mut scaler, luma) = (PlaneScaler::of(&picture.luma(), 2 * target, 4), picture.luma());
        scaler.read(&luma, 1);
        let mut expected = vec![0.0; 2 * target];
        let source: Vec<f32> = luma.row(1).iter().map(|sample| f32::from(*sample)).collect();
        scaler.across.weigh_any(&source, &mut expected);
        assert_eq!(scaler.line, expected, "{} to {target}", source.len());
    }
}
