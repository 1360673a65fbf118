//! How many persons there are where, without finding any of them.
//!
//! A density network answers with a map whose cells add up to the persons in the picture. In a crowd, where people
//! hide each other, it errs less than a count of boxes; where there are few, more. Neither the map nor its sums say
//! anything of a single person.

use velum_frame::RawFrame;
use velum_vocab::{Digest, Polygon};

use crate::head::{PersonMap, density::Map};
use crate::manifest::{CountError, Manifest, Task};
use crate::preprocess::{Picture, Placement, tensor_from_picture};
use crate::shared_session::{SessionCounts, SharedSession};
use crate::{DetectorOptions, LoadedModel, ModelError, Provider, Runtime};

/// Lines on which the area inside a polygon is measured, a cell.
const LINES_PER_CELL: usize = 4;

/// Persons by place in one picture.
///
/// # Shape
/// `columns` by `lines` cells, row by row, over the model's tensor; the picture lies on a part of them, and what lies
/// beside it (padding) is never counted.
///
/// # Units
/// Persons a cell: finite. A network without a last rectification gives small negative values; they are kept, for
/// their errors cancel out in a sum. Sums are never below 0.
#[derive(Clone, PartialEq)]
pub struct DensityMap {
    columns: usize,
    lines: usize,
    persons: Vec<f32>,
    picture: PictureOnMap,
}

/// Where the picture lies, in cells.
#[derive(Debug, Clone, Copy, PartialEq)]
struct PictureOnMap {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl DensityMap {
    /// A map over the whole picture, row by row; none where the cells are not `columns` times `lines` finite numbers.
    pub fn over_picture(columns: usize, lines: usize, persons: Vec<f32>) -> Option<Self> {
        let fits = columns > 0 && columns.checked_mul(lines) == Some(persons.len()) && lines > 0;
        let picture = PictureOnMap { left: 0.0, top: 0.0, width: columns as f64, height: lines as f64 };
        let finite = persons.iter().all(|count| count.is_finite());
        (fits && finite).then_some(Self { columns, lines, persons, picture })
    }

    fn of_answer(map: Map, placement: &Placement, stride_px: u32) -> Self {
        let (left, top, width, height) = placement.on_tensor_px();
        let cells = |px: usize| px as f64 / f64::from(stride_px);
        let picture =
            PictureOnMap { left: cells(left), top: cells(top), width: cells(width), height: cells(height) };
        let Map { columns, lines, persons } = map;
        Self { columns, lines, persons, picture }
    }

    /// Persons in the whole picture.
    pub fn persons(&self) -> f64 {
        self.persons_in(&Polygon::whole_frame())
    }

    /// Persons inside an area of the picture. A cell that lies in it in part counts in part, so that areas which
    /// share the picture out without overlap add up to the whole.
    pub fn persons_in(&self, area: &Polygon) -> f64 {
        let rows = self.persons.chunks_exact(self.columns).take(self.lines).enumerate();
        let sum: f64 = rows
            .flat_map(|(line, row)| (0..LINES_PER_CELL).map(move |part| (line, row, part)))
            .map(|(line, row, part)| {
                let y_cells = line as f64 + (part as f64 + 0.5) / LINES_PER_CELL as f64;
                let spans = spans_inside(area, (y_cells - self.picture.top) / self.picture.height);
                let inside = spans.iter().map(|(from, to)| {
                    let x = |share: f64| self.picture.left + share * self.picture.width;
                    persons_between(row, x(*from), x(*to))
                });
                inside.sum::<f64>() / LINES_PER_CELL as f64
            })
            .sum();
        sum.max(0.0)
    }
}

/// Tells its size, never where somebody is.
impl std::fmt::Debug for DensityMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DensityMap({}x{} cells)", self.columns, self.lines)
    }
}

/// The stretches of a level line that lie inside, as shares of the picture's width (even-odd rule).
fn spans_inside(area: &Polygon, y: f64) -> Vec<(f64, f64)> {
    let corners = area.fractions();
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    let mut crossings: Vec<f64> = edges
        .filter(|((_, y0), (_, y1))| (*y0 > y) != (*y1 > y))
        .map(|((x0, y0), (x1, y1))| x0 + (y - y0) / (y1 - y0) * (x1 - x0))
        .collect();
    crossings.sort_by(f64::total_cmp);
    crossings.as_chunks::<2>().0.iter().map(|[from, to]| (*from, *to)).collect()
}

/// What a row of cells holds between two places along it, in cells.
fn persons_between(row: &[f32], from: f64, to: f64) -> f64 {
    let cells = row.iter().enumerate().skip(from.max(0.0) as usize).take_while(|(at, _)| (*at as f64) < to);
    cells
        .map(|(at, persons)| {
            let covered = (to.min(at as f64 + 1.0) - from.max(at as f64)).max(0.0);
            covered * f64::from(*persons)
        })
        .sum()
}

/// Whatever counts the persons of a frame by place.
pub trait EstimateDensity: Send + Sync {
    /// The map of a frame.
    ///
    /// # Errors
    /// [`ModelError`]: this frame was not looked at, and nothing may be concluded of it.
    fn density(&self, frame: &RawFrame) -> Result<DensityMap, ModelError>;

    /// The sha256 of the model's file.
    fn digest(&self) -> Digest;

    /// How wrong its counts are, by its manifest.
    fn count_error(&self) -> CountError;

    /// Persons inside each area of a frame.
    ///
    /// # Errors
    /// As [`EstimateDensity::density`].
    fn persons_in(&self, frame: &RawFrame, areas: &[Polygon]) -> Result<Vec<f64>, ModelError> {
        let map = self.density(frame)?;
        Ok(areas.iter().map(|area| map.persons_in(area)).collect())
    }
}

/// A density model that runs; shared by all cameras as `Arc<dyn EstimateDensity>`.
pub struct DensityEstimator(SharedSession<PersonMap>);

impl DensityEstimator {
    /// Loads the model and runs it once.
    ///
    /// # Errors
    /// [`ModelError::Session`], [`ModelError::Provider`], [`ModelError::Answer`], [`ModelError::Refused`].
    pub fn open(
        runtime: &Runtime,
        model: &LoadedModel,
        options: DetectorOptions,
    ) -> Result<Self, ModelError> {
        let manifest = model.manifest();
        if manifest.task() != Task::Density {
            let reason = format!(
                "it finds {}, and makes no map of persons: that needs task \"density\"",
                manifest.task().name()
            );
            return Err(ModelError::refused(manifest.id(), reason));
        }
        SharedSession::open(runtime, model, options).map(Self)
    }

    /// What it runs on.
    pub fn provider(&self) -> Provider {
        self.0.provider()
    }

    /// The model's manifest.
    pub fn manifest(&self) -> &Manifest {
        self.0.manifest()
    }

    /// What it has done so far.
    pub fn counts(&self) -> SessionCounts {
        self.0.counts()
    }
}

impl EstimateDensity for DensityEstimator {
    fn density(&self, frame: &RawFrame) -> Result<DensityMap, ModelError> {
        let manifest = self.manifest();
        let (tensor, placement) =
            tensor_from_picture(&Picture::of_raw(frame), manifest.input(), self.0.size(), self.0.memory());
        let map = self.0.ask(tensor)?;
        let stride_px = manifest.density.map_or(1, |layout| layout.stride_px);
        Ok(DensityMap::of_answer(map, &placement, stride_px))
    }

    fn digest(&self) -> Digest {
        self.0.digest()
    }

    fn count_error(&self) -> CountError {
        self.manifest().count_error().unwrap_or(CountError::UNKNOWN)
    }
}

impl std::fmt::Debug for DensityEstimator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DensityEstimator({} on {})", self.manifest().id(), self.provider())
    }
}

#[cfg(test)]
mod tests;
