//! Connected regions of a mask, by its runs: pixels of a row that follow each other. Masks are mostly empty, and a run is one
//! step however long it is; OpenCV's labelling, which visits each pixel, took a tenth of all that a camera cost.

use crate::patch::Area;

/// Pixels `start..end` of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) row: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Pixels looked at together, while nothing is set.
const TOGETHER: usize = 32;

/// Where the first pixel lies that is not 0.
fn first_set(pixels: &[u8]) -> Option<usize> {
    let (chunks, _) = pixels.as_chunks::<TOGETHER>();
    let empty = chunks.iter().take_while(|chunk| **chunk == [0; TOGETHER]).count() * TOGETHER;
    pixels.get(empty..)?.iter().position(|pixel| *pixel != 0).map(|within| empty + within)
}

/// All runs of a mask, and which touch each other, corners included.
pub(crate) struct ConnectedRuns {
    /// In the order of their first pixels.
    runs: Vec<Run>,
    /// Of each run one before it that belongs to the same region, or itself.
    parents: Vec<usize>,
}

/// One region, in the mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    /// Its first run.
    pub(crate) root: usize,
    pub(crate) area: Area,
    pub(crate) pixels: usize,
}

impl ConnectedRuns {
    /// # Shape
    /// `mask`: `[n * width] u8`; what is not 0 belongs to a region.
    pub(crate) fn of(mask: &[u8], width: usize) -> Self {
        let mut found = Self { runs: Vec::new(), parents: Vec::new() };
        let mut above = 0..0;
        for (row, pixels) in mask.chunks_exact(width.max(1)).enumerate() {
            let from = found.runs.len();
            found.read_row(row, pixels);
            let here = from..found.runs.len();
            found.connect(above, here.clone());
            above = here;
        }
        found
    }

    fn read_row(&mut self, row: usize, pixels: &[u8]) {
        let mut at = 0;
        while let Some(start) = pixels.get(at..).and_then(first_set) {
            let start = at + start;
            let rest = pixels.get(start..).unwrap_or_default();
            let end = start + rest.iter().position(|pixel| *pixel == 0).unwrap_or(rest.len());
            self.parents.push(self.runs.len());
            self.runs.push(Run { row, start, end });
            at = end;
        }
    }

    /// Joins the runs of a row with those of the row before that touch them.
    fn connect(&mut self, above: std::ops::Range<usize>, here: std::ops::Range<usize>) {
        let mut first = above.start;
        for one in here {
            let Some(run) = self.runs.get(one).copied() else { continue };
            while first < above.end && self.runs.get(first).is_some_and(|other| other.end < run.start) {
                first += 1;
            }
            // The last of them may touch the next run, too.
            let touching = (first..above.end)
                .take_while(|other| self.runs.get(*other).is_some_and(|o| o.start <= run.end));
            for other in touching.collect::<Vec<_>>() {
                self.join(one, other);
            }
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.parents.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    }

    fn root(&self, mut of: usize) -> usize {
        while let Some(&parent) = self.parents.get(of).filter(|parent| **parent != of) {
            of = parent;
        }
        of
    }

    /// The regions, in the order of their first pixels.
    pub(crate) fn regions(&self) -> Vec<Region> {
        let mut regions: Vec<Region> = Vec::new();
        let mut place = vec![usize::MAX; self.runs.len()];
        for (number, run) in self.runs.iter().enumerate() {
            let root = self.root(number);
            let here = Area { left: run.start, top: run.row, width: run.end - run.start, height: 1 };
            match place.get(root).and_then(|at| regions.get_mut(*at)) {
                Some(region) => region.take(&here),
                None => {
                    place.get_mut(root).into_iter().for_each(|at| *at = regions.len());
                    regions.push(Region { root, area: here, pixels: here.width });
                }
            }
        }
        regions
    }

    /// The runs of a region, by its root.
    pub(crate) fn belonging_to(&self, root: usize) -> impl Iterator<Item = &Run> {
        self.runs.iter().enumerate().filter(move |(number, _)| self.root(*number) == root).map(|(_, run)| run)
    }
}

impl Region {
    fn take(&mut self, run: &Area) {
        let (left, right) =
            (self.area.left.min(run.left), (self.area.left + self.area.width).max(run.left + run.width));
        self.area =
            Area { left, top: self.area.top, width: right - left, height: run.top + 1 - self.area.top };
        self.pixels += run.width;
    }
}

#[cfg(test)]
mod tests {
    use opencv::core::Mat;
    use opencv::imgproc;
    use opencv::prelude::*;
    use proptest::prelude::*;

    use super::*;

    /// Left, top, width, height and pixels of each region, by OpenCV.
    fn by_opencv(mask: &[u8], width: usize) -> Vec<[usize; 5]> {
        let mask = Mat::new_rows_cols_with_data((mask.len() / width) as i32, width as i32, mask).unwrap();
        let (mut labels, mut stats, mut centroids) = (Mat::default(), Mat::default(), Mat::default());
        imgproc::connected_components_with_stats_def(&mask, &mut labels, &mut stats, &mut centroids).unwrap();
        let rows = stats.data_typed::<i32>().unwrap().chunks_exact(5).skip(1);
        let mut found: Vec<[usize; 5]> =
            rows.map(|row| <[i32; 5]>::try_from(row).unwrap().map(|value| value as usize)).collect();
        found.sort_unstable();
        found
    }

    fn by_runs(mask: &[u8], width: usize) -> Vec<[usize; 5]> {
        let regions = ConnectedRuns::of(mask, width).regions();
        let row = |region: &Region| {
            let Area { left, top, width, height } = region.area;
            [left, top, width, height, region.pixels]
        };
        let mut found: Vec<[usize; 5]> = regions.iter().map(row).collect();
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn regions_are_those_of_opencv(
            width in 1_usize..40,
            noise in proptest::collection::vec(any::<u8>(), 40..900),
            share in any::<u8>(),
        ) {
            let whole_rows = noise.len() / width * width;
            let mask: Vec<u8> = noise.iter().take(whole_rows).map(|value| u8::from(*value < share)).collect();
            prop_assert_eq!(by_runs(&mask, width), by_opencv(&mask, width));
            let runs = ConnectedRuns::of(&mask, width);
            let all: usize = runs.regions().iter().map(|region| runs.belonging_to(region.root).map(|run| run.end - run.start).sum::<usize>()).sum();
            prop_assert_eq!(all, mask.iter().filter(|pixel| **pixel != 0).count());
        }
    }
}
