//! A few pixels of the model beside each other: where nothing happens they are followed together.

use super::SAME_COLOUR;
use super::pixel::{self, Colour, PixelState, Rates};

/// Pixels in a block: their channels fill whole vectors.
pub(super) const BLOCK: usize = 16;
/// Their channels, blue, green, red by turns.
pub(super) const CHANNELS: usize = 3 * BLOCK;

/// What is seen and remembered of up to [`BLOCK`] pixels.
pub(super) struct Block<'a> {
    pub(super) now: &'a [u8],
    pub(super) difference: &'a [u8],
    pub(super) shown: &'a mut [u8],
    pub(super) colours: &'a mut [Colour],
    pub(super) states: &'a mut [PixelState],
    pub(super) busy: &'a mut [u8],
    pub(super) still: &'a mut [u8],
}

impl Block<'_> {
    /// Moves the model towards the picture.
    pub(super) fn follow(self, rates: &Rates) {
        let is_quiet = self.busy.iter().all(|busy| *busy == 0)
            && self.difference.iter().copied().fold(0, u8::max) < SAME_COLOUR;
        if is_quiet { self.follow_together(rates) } else { self.follow_each(rates) }
    }

    fn follow_together(self, rates: &Rates) {
        self.still.fill(0);
        pixel::follow_quiet(self.colours.as_flattened_mut(), self.now, self.shown, rates);
    }

    fn follow_each(self, rates: &Rates) {
        let seen = self.now.as_chunks::<3>().0.iter().zip(self.difference);
        let shown = self.shown.as_chunks_mut::<3>().0;
        let model = self.colours.iter_mut().zip(self.states);
        let marks = self.busy.iter_mut().zip(self.still);
        for ((((now, difference), (colour, state)), (busy, still)), shown) in
            seen.zip(model).zip(marks).zip(shown)
        {
            *still = state.step(colour, (*now, *difference), rates) as u8;
            *busy = u8::from(!state.is_quiet());
            *shown = pixel::rounded(*colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::pixel::difference;
    use super::*;

    /// A block as it would lie in a model.
    #[derive(Clone)]
    struct Memory {
        shown: Vec<u8>,
        colours: Vec<Colour>,
        states: Vec<PixelState>,
        busy: Vec<u8>,
        still: Vec<u8>,
    }

    impl Memory {
        fn showing(now: &[u8]) -> Self {
            let pixels = now.as_chunks::<3>().0;
            Self {
                shown: now.to_vec(),
                colours: pixels.iter().map(|now| pixel::fixed(*now)).collect(),
                states: pixels.iter().map(|now| PixelState::showing(*now)).collect(),
                busy: vec![1; pixels.len()],
                still: vec![0; pixels.len()],
            }
        }

        fn follow(&mut self, now: &[u8], rates: &Rates, how: fn(Block<'_>, &Rates)) {
            let pixels = now.as_chunks::<3>().0.iter().zip(self.shown.as_chunks::<3>().0);
            let difference: Vec<u8> = pixels.map(|(now, shown)| difference(*now, *shown)).collect();
            let Self { shown, colours, states, busy, still } = self;
            how(Block { now, difference: &difference, shown, colours, states, busy, still }, rates);
        }
    }

    proptest! {
        #[test]
        fn together_is_as_each_by_itself(
            first in vec(any::<u8>(), CHANNELS),
            pictures in vec((vec(-9..=9_i16, CHANNELS), 0..4_u8, 0.15..=0.5_f64, any::<bool>()), 1..60),
        ) {
            let (mut together, mut each) = (Memory::showing(&first), Memory::showing(&first));
            for (noise, thing, step_secs, is_changing) in pictures {
                // Now and then something else stands over the first pixels.
                let now: Vec<u8> = first.iter().zip(&noise).enumerate().map(|(index, (level, noise))| {
                    let is_covered = thing == 0 && index < 9;
                    if is_covered { level.wrapping_add(90) } else { level.saturating_add_signed(*noise as i8) }
                }).collect();
                let rates = Rates::for_step(step_secs, is_changing);
                together.follow(&now, &rates, |block, rates| block.follow(rates));
                each.follow(&now, &rates, |block, rates| block.follow_each(rates));
                prop_assert_eq!(&together.colours, &each.colours);
                prop_assert_eq!(&together.shown, &each.shown);
                prop_assert_eq!(&together.still, &each.still);
                prop_assert_eq!(&together.busy, &each.busy);
            }
        }
    }

    #[test]
    fn a_quiet_block_is_followed_together() {
        let now = [100; CHANNELS];
        let mut memory = Memory::showing(&now);
        let rates = Rates::for_step(0.2, false);
        memory.follow(&now, &rates, |block, rates| block.follow(rates));
        assert!(memory.busy.iter().all(|busy| *busy == 0));
        memory.follow(&[103; CHANNELS], &rates, |block, rates| block.follow_together(rates));
        assert!(memory.colours.as_flattened().iter().all(|colour| (100 << 8..101 << 8).contains(colour)));
    }
}
