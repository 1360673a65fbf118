//! Pictures of BT.709, as most cameras of high definition code them, in the colours of BT.601, in which all else is written.
//!
//! Both have the same range, so that greys stay as they are and only what a colour adds to each plane changes: a few
//! whole numbers a pixel, where GStreamer's own conversion takes every pixel apart (it did so with 4.7 % of all that a
//! camera of 720p cost).

/// What the colour of a pixel adds to its brightness, in parts of 512, and to its colour, in parts of 1,024.
///
/// *Source*: ITU-R BT.601-7 (Kr 0.299, Kb 0.114) times the inverse of ITU-R BT.709-6 (Kr 0.2126, Kb 0.0722).
const LUMA_OF_U: i16 = 51;
const LUMA_OF_V: i16 = 98;
const U_OF_U: i16 = -10;
const U_OF_V: i16 = -113;
const V_OF_U: i16 = -74;
const V_OF_V: i16 = -17;

/// Turns a tightly packed I420 picture of even sides, limited range.
pub(crate) fn bt601_from_bt709(bytes: &mut [u8], (width, height): (usize, usize)) {
    let (luma, chroma) = bytes.split_at_mut((width * height).min(bytes.len()));
    let (u, v) = chroma.split_at_mut(chroma.len() / 2);
    let half = (width / 2).max(1);
    let mut added = vec![0_i16; half];
    let chroma_rows = u.chunks_exact_mut(half).zip(v.chunks_exact_mut(half));
    for (two_rows, (u, v)) in luma.chunks_exact_mut(4 * half).zip(chroma_rows) {
        turn_chroma(u, v, &mut added);
        let (upper, lower) = two_rows.split_at_mut(2 * half);
        add_to_luma(upper, &added);
        add_to_luma(lower, &added);
    }
}

/// One row of colours; `added` is what they add to the brightness of both rows of pixels over them.
fn turn_chroma(u: &mut [u8], v: &mut [u8], added: &mut [i16]) {
    for ((u, v), added) in u.iter_mut().zip(v).zip(added) {
        // At most 128: all sums stay within 16 bits.
        let (from_u, from_v) = (i16::from(*u) - 128, i16::from(*v) - 128);
        *added = (LUMA_OF_U * from_u + LUMA_OF_V * from_v + 256) >> 9;
        *u = byte(from_u + 128 + ((U_OF_U * from_u + U_OF_V * from_v + 512) >> 10));
        *v = byte(from_v + 128 + ((V_OF_U * from_u + V_OF_V * from_v + 512) >> 10));
    }
}

fn add_to_luma(row: &mut [u8], added: &[i16]) {
    for ([left, right], added) in row.as_chunks_mut::<2>().0.iter_mut().zip(added) {
        *left = byte(i16::from(*left) + added);
        *right = byte(i16::from(*right) + added);
    }
}

fn byte(value: i16) -> u8 {
    value.clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one colour, by the standards' own formulas: red, green and blue of 0 to 1.
    fn of((kr, kb): (f64, f64), [red, green, blue]: [f64; 3]) -> Vec<u8> {
        let y = kr * red + (1.0 - kr - kb) * green + kb * blue;
        let (u, v) = ((blue - y) / (2.0 - 2.0 * kb), (red - y) / (2.0 - 2.0 * kr));
        let [y, u, v] = [16.0 + 219.0 * y, 128.0 + 224.0 * u, 128.0 + 224.0 * v].map(|of| of.round() as u8);
        [vec![y; 32], vec![u; 8], vec![v; 8]].concat()
    }

    #[test]
    fn colours_are_those_of_the_other_standard() {
        let steps = || (0..=8).map(|step| f64::from(step) / 8.0);
        for colour in steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b]))) {
            let mut picture = of((0.2126, 0.0722), colour);
            bt601_from_bt709(&mut picture, (8, 4));
            let expected = of((0.299, 0.114), colour);
            let most = picture.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most <= Some(1), "{colour:?}: {picture:?} {expected:?}");
        }
    }

    #[test]
    fn greys_stay_and_nothing_overflows() {
        let mut grey: Vec<u8> = (0..32).map(|index| index * 8).chain([128; 16]).collect();
        let before = grey.clone();
        bt601_from_bt709(&mut grey, (8, 4));
        assert_eq!(grey, before);
        for corner in [[0, 0, 0], [0, 255, 0], [255, 0, 255], [255, 255, 255], [0, 255, 255], [255, 0, 0]] {
            let [y, u, v] = corner;
            bt601_from_bt709(&mut [vec![y; 32], vec![u; 8], vec![v; 8]].concat(), (8, 4));
        }
        for size in [(2, 2), (0, 0)] {
            bt601_from_bt709(&mut [], size);
        }
    }
}
