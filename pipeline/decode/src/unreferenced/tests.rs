use super::*;

/// A picture of these units, each behind a start code.
fn with_start_codes(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&[0, 0, 0, 1], *unit].concat()).collect()
}

fn with_lengths(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&(unit.len() as u32).to_be_bytes(), *unit].concat()).collect()
}

/// What is said of a picture in either framing, after a key frame.
fn is_unreferenced(codec: Codec, units: &[&[u8]], key_frame: &[&[u8]]) -> bool {
    let said =
        [(Framing::StartCodes, with_start_codes as fn(&[&[u8]]) -> _), (Framing::Lengths(4), with_lengths)]
            .map(|(framing, picture)| {
                let mut stream =
                    Unreferenced { framing, has_whole_pictures: true, ..Unreferenced::new(codec) };
                assert!(!stream.look(&picture(key_frame), true), "a key frame is needed");
                stream.look(&picture(units), false)
            });
    assert_eq!(said[0], said[1]);
    said[0]
}

#[test]
fn of_h264_slices_that_say_so_are_unreferenced() {
    let check = |units: &[&[u8]], expected| {
        assert_eq!(is_unreferenced(Codec::H264, units, &[&[0x65, 9]]), expected, "{units:x?}");
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

/// A unit of H.265 of this kind and layer.
fn unit(kind: u8, layer: u8) -> [u8; 3] {
    [kind << 1, layer + 1, 0x80]
}

/// The parameters of a sequence that may have so many layers above the first.
fn parameters(highest_layer: u8) -> [u8; 3] {
    [33 << 1, 1, highest_layer << 1 | 1]
}

#[test]
fn of_h265_the_highest_layer_is_unreferenced_where_it_says_so() {
    let check = |units: &[[u8; 3]], highest, expected| {
        let units: Vec<_> = units.iter().map(|unit| unit.as_slice()).collect();
        let key_frame = [parameters(highest), unit(19, 0)];
        let key_frame = key_frame.each_ref().map(|unit| unit.as_slice());
        assert_eq!(is_unreferenced(Codec::H265, &units, &key_frame), expected, "{units:x?}");
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
fn of_h265_nothing_is_left_out_while_its_layers_are_not_known() {
    let mut stream = Unreferenced { has_whole_pictures: true, ..Unreferenced::new(Codec::H265) };
    let (key, other) = (with_start_codes(&[&unit(19, 0)]), with_start_codes(&[&unit(0, 0)]));
    assert!(!stream.look(&key, true) && !stream.look(&other, false));
    let told = with_start_codes(&[&parameters(0), &unit(19, 0)]);
    assert!(!stream.look(&told, true) && stream.look(&other, false));
}

/// A stream of which the decoder was told this.
fn told(codec: Codec, form: &str, data: Option<&[u8]>) -> Unreferenced {
    crate::init().unwrap();
    let mut caps: gst::Caps = form.parse().unwrap();
    if let Some(data) = data {
        caps.make_mut().set("codec_data", gst::Buffer::from_slice(data.to_vec()));
    }
    let mut stream = Unreferenced::new(codec);
    stream.learn_form(caps.structure(0).unwrap());
    stream
}

#[test]
fn only_whole_pictures_are_left_out() {
    let check = |codec, form, expected| {
        assert_eq!(told(codec, form, None).has_whole_pictures, expected, "{form}");
    };
    check(Codec::H264, "video/x-h264,alignment=au,coded-picture-structure=frame", true);
    // Fields may come one by one; who says nothing is not believed; slices.
    check(Codec::H264, "video/x-h264,alignment=au,coded-picture-structure=field", false);
    check(Codec::H264, "video/x-h264,alignment=au", false);
    check(Codec::H264, "video/x-h264,alignment=nal,coded-picture-structure=frame", false);
    check(Codec::H264, "video/x-h264,alignment=au,coded-picture-structure=frame,interlace-mode=mixed", false);
    check(Codec::H265, "video/x-h265,alignment=au", true);
    check(Codec::H265, "video/x-h265,alignment=au,interlace-mode=progressive", true);
    check(Codec::H265, "video/x-h265,alignment=au,interlace-mode=alternate", false);
    check(Codec::H265, "video/x-h265,alignment=nal", false);
    check(Codec::Mjpeg, "image/jpeg", true);
    check(Codec::Mjpeg, "image/jpeg,interlace-mode=mixed", false);
    check(Codec::Mpeg4, "video/mpeg", false);
    // Before anything was told.
    assert!(!Unreferenced::new(Codec::H264).look(&with_start_codes(&[&[0x01, 7]]), false));
}

#[test]
fn pictures_of_their_own_and_codecs_that_are_not_looked_into() {
    assert!(told(Codec::Mjpeg, "image/jpeg", None).look(&[0xff, 0xd8], true));
    assert!(!told(Codec::Mpeg4, "video/mpeg", None).look(&[0, 0, 1, 0xb6], false));
}

#[test]
fn the_size_of_lengths_and_the_layers_are_learnt() {
    let h264 = "video/x-h264,alignment=au,coded-picture-structure=frame";
    let learnt = |codec, data: &[u8]| {
        let stream = told(codec, h264, Some(data));
        (stream.framing, stream.highest_layer)
    };
    assert_eq!(learnt(Codec::H264, &[1, 100, 0, 31, 0xff]).0, Framing::Lengths(4));
    let hvc = |last: u8| [[1; 21].as_slice(), &[last]].concat();
    assert_eq!(learnt(Codec::H265, &hvc(0b0000_1101)), (Framing::Lengths(2), Some(0)));
    assert_eq!(learnt(Codec::H265, &hvc(0b0001_1111)), (Framing::Lengths(4), Some(2)));
    assert_eq!(learnt(Codec::H265, &hvc(0b0000_0111)), (Framing::Lengths(4), None));
    // Too short: nothing can be told apart, and nothing is left out.
    let mut stream = told(Codec::H264, h264, Some(&[1]));
    assert_eq!(stream.framing, Framing::Lengths(0));
    assert!(!stream.look(&with_lengths(&[&[0x01, 7]]), false));
    assert_eq!(told(Codec::H264, h264, None).framing, Framing::StartCodes);
}

/// Looks into any bytes: never panics, and ends.
fn look_into(bytes: &[u8]) {
    for codec in [Codec::H264, Codec::H265] {
        for framing in [Framing::StartCodes, Framing::Lengths(1), Framing::Lengths(2), Framing::Lengths(4)] {
            let whole = Unreferenced { framing, has_whole_pictures: true, ..Unreferenced::new(codec) };
            let mut stream = Unreferenced { highest_layer: Some(0), ..whole };
            stream.look(bytes, false);
            stream.look(bytes, true);
            assert!(units(bytes, framing).count() <= bytes.len());
        }
    }
}

#[test]
fn fuzz_coded_pictures_of_random_bytes_are_borne() {
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..20_000 {
        let length = random.usize(0..60);
        let byte = |_| {
            let any = random.u8(..);
            *random.choice(&[0, 0, 0, 1, 1, 2, 9, 0x41, any]).unwrap()
        };
        let bytes: Vec<u8> = (0..length).map(byte).collect();
        look_into(&bytes);
    }
}
