//! What is counted between two attestations. It is counted where it happens, and taken by the one who attests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use velum_event::{Content, Event};
use velum_vocab::{CameraId, CoverageState, FrameCounts};

/// Counts by name.
pub(crate) type Counts = BTreeMap<String, u64>;

/// One camera since the last attestation.
#[derive(Debug, Clone, Default)]
pub(crate) struct CameraSums {
    /// Decoded, analysed, dropped.
    pub(crate) frames: [u64; 3],
    /// Released events that tell their camera, by class.
    pub(crate) events: Counts,
    /// Kept, and handed over.
    pub(crate) stills: [u64; 2],
    /// The states that its time was spent on.
    pub(crate) coverage: BTreeSet<CoverageState>,
    /// The last that it told.
    state: Option<CoverageState>,
    /// Whether it told one since the last look.
    is_fresh: bool,
}

/// All since the last attestation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sums {
    /// Each camera that ever told of itself.
    pub(crate) cameras: BTreeMap<CameraId, CameraSums>,
    /// Released events that do not tell their camera, by class.
    pub(crate) events: Counts,
}

/// Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    sums: Arc<Mutex<Sums>>,
    withheld: Arc<Mutex<Counts>>,
}

impl Tally {
    fn of(&self, camera: &CameraId, change: impl FnOnce(&mut CameraSums)) {
        change(self.sums.lock().cameras.entry(camera.clone()).or_default());
    }

    /// Frames of a camera.
    pub(crate) fn add_frames(&self, camera: &CameraId, more: FrameCounts) {
        let counted = [more.decoded, more.analysed, more.dropped];
        self.of(camera, |sums| add(&mut sums.frames, counted));
    }

    /// The state that holds for a camera.
    pub(crate) fn state(&self, camera: &CameraId, state: CoverageState) {
        self.of(camera, |sums| {
            sums.coverage.insert(state);
            (sums.state, sums.is_fresh) = (Some(state), true);
        });
    }

    /// An event was released. It is counted by camera only where it tells its camera.
    pub(crate) fn released(&self, event: &Event) {
        let camera = match event.content() {
            Content::Observation(seen) => seen.camera.as_ref(),
            Content::Health(health) => Some(&health.camera),
        };
        let class = event.kind().class();
        match camera {
            Some(camera) => self.of(camera, |sums| one_more(&mut sums.events, class)),
            None => one_more(&mut self.sums.lock().events, class),
        }
    }

    /// The gate withheld something by this rule.
    pub(crate) fn withheld(&self, rule: &str) {
        one_more(&mut self.withheld.lock(), rule);
    }

    /// A still was kept.
    pub(crate) fn still_kept(&self, camera: &CameraId) {
        self.of(camera, |sums| add(&mut sums.stills, [1, 0]));
    }

    /// A still was handed over.
    pub(crate) fn still_sent(&self, camera: &CameraId) {
        self.of(camera, |sums| add(&mut sums.stills, [0, 1]));
    }

    /// The state of each camera, where it was told since the last look.
    pub(crate) fn look(&self) -> BTreeMap<CameraId, Option<CoverageState>> {
        let mut sums = self.sums.lock();
        let fresh = |sums: &mut CameraSums| {
            let is_fresh = std::mem::take(&mut sums.is_fresh);
            sums.state.filter(|_| is_fresh)
        };
        sums.cameras.iter_mut().map(|(camera, sums)| (camera.clone(), fresh(sums))).collect()
    }

    /// Takes what was counted; the cameras stay known.
    pub(crate) fn take(&self) -> Sums {
        let mut sums = self.sums.lock();
        let taken = sums.clone();
        sums.events.clear();
        for one in sums.cameras.values_mut() {
            *one = CameraSums { state: one.state, is_fresh: one.is_fresh, ..CameraSums::default() };
        }
        taken
    }

    /// What was taken could not be told: it is counted again.
    pub(crate) fn put_back(&self, taken: Sums) {
        let mut sums = self.sums.lock();
        merge(&mut sums.events, taken.events);
        for (camera, one) in taken.cameras {
            let sums = sums.cameras.entry(camera).or_default();
            add(&mut sums.frames, one.frames);
            add(&mut sums.stills, one.stills);
            merge(&mut sums.events, one.events);
            sums.coverage.extend(one.coverage);
        }
    }

    /// What was withheld on all cameras since the last call.
    pub(crate) fn take_withheld(&self) -> Counts {
        std::mem::take(&mut self.withheld.lock())
    }

    /// What was taken could not be told.
    pub(crate) fn put_back_withheld(&self, taken: Counts) {
        merge(&mut self.withheld.lock(), taken);
    }
}

fn one_more(counts: &mut Counts, name: &str) {
    merge(counts, Counts::from([(name.to_owned(), 1)]));
}

fn merge(counts: &mut Counts, more: Counts) {
    for (name, count) in more {
        let sum = counts.entry(name).or_default();
        *sum = sum.saturating_add(count);
    }
}

fn add<const N: usize>(sums: &mut [u64; N], more: [u64; N]) {
    for (sum, count) in sums.iter_mut().zip(more) {
        *sum = sum.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_told_is_counted_again() {
        let (tally, camera) = (Tally::default(), CameraId::parse("a").unwrap());
        tally.add_frames(&camera, FrameCounts { decoded: 5, analysed: 4, dropped: 1 });
        tally.state(&camera, CoverageState::Analysed);
        tally.still_kept(&camera);
        tally.withheld("min_group");
        let taken = tally.take();
        tally.state(&camera, CoverageState::Dark);
        tally.add_frames(&camera, FrameCounts { decoded: 1, analysed: 1, dropped: 0 });
        tally.put_back(taken);
        let again = tally.take().cameras.remove(&camera).unwrap();
        assert_eq!((again.frames, again.stills), ([6, 5, 1], [1, 0]));
        assert_eq!(again.coverage, BTreeSet::from([CoverageState::Analysed, CoverageState::Dark]));
        let nothing = tally.take().cameras.remove(&camera).unwrap();
        assert_eq!((nothing.frames, nothing.coverage.len()), ([0; 3], 0));
        let withheld = tally.take_withheld();
        tally.put_back_withheld(withheld.clone());
        assert_eq!((tally.take_withheld(), tally.take_withheld().len()), (withheld, 0));
    }

    #[test]
    fn a_state_is_fresh_once() {
        let (tally, camera) = (Tally::default(), CameraId::parse("a").unwrap());
        tally.state(&camera, CoverageState::Analysed);
        assert_eq!(tally.look(), BTreeMap::from([(camera.clone(), Some(CoverageState::Analysed))]));
        assert_eq!(tally.look(), BTreeMap::from([(camera, None)]));
    }
}
