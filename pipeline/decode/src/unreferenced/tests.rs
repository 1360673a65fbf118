use super::*;

/// A picture of these units, each behind a start code.
fn with_start_codes(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&[0, 0, 0, 1], *unit].concat()).collect()
}

fn with_lengths(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&(unit.len() as u32).to_be_bytes(), *unit].concat()).collect()
}

/// What is said of a picture in either framing, once two groups of pictures have begun.
fn is_unreferenced(codec: Codec, units: &[&[u8]], before: &[u8]) -> bool {
    let said =
        [(Framing::StartCodes, with_start_codes as fn(&[&[u8]]) -> _), (Framing::Lengths(4), with_lengths)]
            .map(|(framing, picture)| {
                let mut stream = Unreferenced { framing, ..Unreferenced::new(codec) };
                assert!(!stream.look(&picture(&[before]), true), "a key frame is needed");
                assert!(!stream.look(&picture(&[before]), true));
                stream.look(&picture(units), false)
            });
    assert_eq!(said[0], said[1]);
    said[0]
}

#[test]
fn of_h264_slices_that_say_so_are_unreferenced() {
    let check = |units: &[&[u8]], expected| {
        assert_eq!(is_unreferenced(Codec::H264, units, &[0x65, 9]), expected, "{units:x?}");
    };
    check(&[&[0x01, 7, 7]], true);
    check(&[&[0x09, 0x30], &[0x06, 5], &[0x01, 7], &[0x01, 8]], true);
    // A slice that is a reference, one beside it, parameters, a key frame, parts of slices, and nothing at all.
    check(&[&[0x21, 7]], false);
    check(&[&[0x01, 7], &[0x41, 8]], false);
    check(&[&[0x67, 7], &[0x01, 8]], false);
    check(&[&[0x05, 7]], false);
    check(&[&[0x02, 7]], false);
    check(&[&[0x09, 0x30]], false);
    check(&[], false);
}

#[test]
fn of_h265_the_highest_layer_is_unreferenced_where_it_says_so() {
    let unit = |kind: u8, layer: u8| [kind << 1, layer + 1, 0x80];
    let check = |units: &[[u8; 3]], highest, expected| {
        let units: Vec<_> = units.iter().map(|unit| unit.as_slice()).collect();
        assert_eq!(is_unreferenced(Codec::H265, &units, &unit(19, highest)), expected, "{units:x?}");
    };
    check(&[unit(0, 0)], 0, true);
    check(&[unit(35, 0), unit(39, 0), unit(8, 0), unit(8, 0)], 0, true);
    check(&[unit(1, 0)], 0, false);
    check(&[unit(8, 0), unit(9, 0)], 0, false);
    check(&[unit(34, 0), unit(0, 0)], 0, false);
    // What the layer above may be decoded from; and the layer above.
    check(&[unit(0, 0)], 1, false);
    check(&[unit(2, 1)], 1, true);
    // Of another view.
    check(&[[0, 9, 0x80]], 0, false);
}

#[test]
fn of_h265_nothing_is_left_out_before_a_group_of_pictures_was_seen() {
    let mut stream = Unreferenced::new(Codec::H265);
    let (key, other) = (with_start_codes(&[&[19 << 1, 1, 0x80]]), with_start_codes(&[&[0, 1, 0x80]]));
    assert!(!stream.look(&key, true) && !stream.look(&other, false));
    assert!(!stream.look(&key, true) && stream.look(&other, false));
}

#[test]
fn pictures_of_their_own_and_codecs_that_are_not_looked_into() {
    assert!(Unreferenced::new(Codec::Mjpeg).look(&[0xff, 0xd8], true));
    assert!(!Unreferenced::new(Codec::Mpeg4).look(&[0, 0, 1, 0xb6], false));
}

#[test]
fn the_size_of_lengths_is_learnt() {
    crate::init().unwrap();
    let learnt = |codec, data: &[u8]| {
        let mut stream = Unreferenced::new(codec);
        let caps =
            gst::Caps::builder("x/y").field("codec_data", gst::Buffer::from_slice(data.to_vec())).build();
        stream.learn_form(caps.structure(0).unwrap());
        stream.framing
    };
    assert_eq!(learnt(Codec::H264, &[1, 100, 0, 31, 0xff]), Framing::Lengths(4));
    assert_eq!(learnt(Codec::H265, &[[1; 21].as_slice(), &[0xfd]].concat()), Framing::Lengths(2));
    // Too short: nothing can be told apart, and nothing is left out.
    assert_eq!(learnt(Codec::H264, &[1]), Framing::Lengths(0));
    let mut stream = Unreferenced { framing: Framing::Lengths(0), ..Unreferenced::new(Codec::H264) };
    assert!(!stream.look(&with_lengths(&[&[0x01, 7]]), false));
    let plain = gst::Caps::builder("x/y").build();
    stream.learn_form(plain.structure(0).unwrap());
    assert_eq!(stream.framing, Framing::StartCodes);
}

/// Looks into any bytes; for the fuzzer and the test that replays it. Never panics, and ends.
fn fuzz_unreferenced(bytes: &[u8]) {
    for codec in [Codec::H264, Codec::H265] {
        for framing in [Framing::StartCodes, Framing::Lengths(1), Framing::Lengths(2), Framing::Lengths(4)] {
            let mut stream = Unreferenced { framing, key_frames: 2, ..Unreferenced::new(codec) };
            stream.look(bytes, false);
            assert!(units(bytes, framing).count() <= bytes.len());
        }
    }
}

#[test]
fn any_bytes_are_borne() {
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..20_000 {
        let length = random.usize(0..60);
        let byte = |_| {
            let any = random.u8(..);
            *random.choice(&[0, 0, 0, 1, 1, 2, 9, 0x41, any]).unwrap()
        };
        let bytes: Vec<u8> = (0..length).map(byte).collect();
        fuzz_unreferenced(&bytes);
    }
}
