//! How much two pictures differ, pixel by pixel: the largest difference of the three channels.

use opencv::core::Mat;
use opencv::prelude::*;

use crate::error::AnalyseError;

/// The difference of the last two pictures, and the buffers for it.
#[derive(Default)]
pub(super) struct Difference {
    by_channel: Mat,
    channels: [Mat; 3],
    largest: Mat,
}

impl Difference {
    /// # Shape
    /// Both `[height, width, 3] u8`.
    pub(super) fn measure(&mut self, one: &Mat, other: &Mat) -> Result<(), AnalyseError> {
        opencv::core::absdiff(one, other, &mut self.by_channel)?;
        let [first, second, third] = &mut self.channels;
        for (index, channel) in [&mut *first, second, third].into_iter().enumerate() {
            opencv::core::extract_channel(&self.by_channel, channel, index as i32)?;
        }
        opencv::core::max(first, second, &mut self.largest)?;
        // In place: `max` of a Mat with itself as the target is not to be had without a copy.
        opencv::core::max(&self.largest, third, first)?;
        std::mem::swap(&mut self.largest, first);
        Ok(())
    }

    /// How many pixels differ by more.
    pub(super) fn count_above(&self, level: u8) -> Result<usize, AnalyseError> {
        // Eight bits hold the count of so many: vectors of bytes.
        let chunks = self.bytes()?.chunks(255);
        Ok(chunks.map(|of| usize::from(of.iter().map(|one| u8::from(*one > level)).sum::<u8>())).sum())
    }

    /// # Shape
    /// `[height * width] u8`; empty before the first measurement.
    pub(super) fn bytes(&self) -> Result<&[u8], AnalyseError> {
        Ok(self.largest.data_bytes()?)
    }
}

#[cfg(test)]
mod tests {
    use opencv::core::Vec3b;
    use proptest::prelude::*;

    use super::super::pixel;
    use super::*;

    proptest! {
        #[test]
        fn the_largest_of_the_channels_counts(
            pixels in proptest::collection::vec((any::<[u8; 3]>(), any::<[u8; 3]>()), 1..2_000),
            level in any::<u8>(),
        ) {
            let mat = |colours: Vec<Vec3b>| {
                let rows = colours.len() as i32;
                Mat::new_rows_cols_with_data(rows, 1, &colours).unwrap().try_clone().unwrap()
            };
            let one = mat(pixels.iter().map(|(one, _)| Vec3b::from(*one)).collect());
            let other = mat(pixels.iter().map(|(_, other)| Vec3b::from(*other)).collect());
            let expected: Vec<u8> = pixels.iter().map(|(one, other)| pixel::difference(*one, *other)).collect();
            let mut difference = Difference::default();
            for _ in 0..2 {
                difference.measure(&one, &other).unwrap();
                prop_assert_eq!(difference.bytes().unwrap(), &expected);
            }
            let above = expected.iter().filter(|found| **found > level).count();
            prop_assert_eq!(difference.count_above(level).unwrap(), above);
        }
    }
}
