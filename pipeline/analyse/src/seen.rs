//! What of one frame must be covered before a picture of it may be shown: for redaction, and for nothing else.
//!
//! Invariant: where it is not known what moves, there is no [`Seen`] at all, so that whoever needs one withholds.

use velum_vocab::{BoxInFrame, Detection, ObjectClass};

use crate::background::Background;
use crate::blobs;
use crate::error::AnalyseError;
use crate::patch::Area;
use crate::picture::WorkingSize;

/// A detection of a person, head, face or vehicle with at least this score explains what moves inside its box;
/// whoever covers pictures must cover at least these.
pub const EXPLAINED_SCORE: f32 = 0.5;
/// At a width of 640 pixels: regions smaller than this are left out.
const MIN_PIXELS: f32 = 20.0;
const RATED_WIDTH_PX: f32 = 640.0;
/// With more regions than this the scene is in turmoil, and nothing is known.
const MAX_REGIONS: usize = 64;
/// A region is grown by this on each side, working pixels: the working picture is smoothed.
const MARGIN_PX: usize = 3;

/// What was seen in one frame: where people are. It never leaves the process and is never written; it exists so
/// that redaction can cover the frame without a second inference. Boxes are in the frame's pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Everything that the detector found, doubtful boxes included.
    pub detections: Vec<Detection>,
    /// Rectangles around what differs from the background and is explained by no detection (see
    /// [`EXPLAINED_SCORE`]) and by no object that a rule has confirmed. Clipped to the frame, largest first.
    pub moving_regions: Vec<BoxInFrame>,
}

/// An object that a rule has confirmed: its place and which pixels of it belong to it.
pub(crate) struct Lying<'a> {
    pub(crate) area: Area,
    pub(crate) mask: &'a [bool],
}

/// Rectangles of the frame where something moves that nothing explains; `None` where that is not known.
/// `detections` are in working pixels.
pub(crate) fn moving_regions<'a>(
    background: &Background,
    detections: &[Detection],
    lying: impl Iterator<Item = Lying<'a>>,
    size: &WorkingSize,
) -> Result<Option<Vec<BoxInFrame>>, AnalyseError> {
    let Some(mut foreground) = background.foreground() else { return Ok(None) };
    for area in detections.iter().filter(|d| explains(d)).filter_map(|d| covering(&d.box_in_frame, size)) {
        area.indices(size.width_px as usize).for_each(|index| clear(&mut foreground, index));
    }
    for object in lying {
        let pixels = object.area.indices(size.width_px as usize).zip(object.mask);
        pixels.filter(|(_, inside)| **inside).for_each(|(index, _)| clear(&mut foreground, index));
    }
    let scale = size.width_px as f32 / RATED_WIDTH_PX;
    let min_pixels = (MIN_PIXELS * scale * scale).max(9.0) as usize;
    let areas = blobs::areas(&foreground, min_pixels, size)?;
    Ok((areas.len() <= MAX_REGIONS).then(|| areas.iter().filter_map(|area| in_frame(area, size)).collect()))
}

fn explains(detection: &Detection) -> bool {
    let covered = match detection.class {
        ObjectClass::Person | ObjectClass::Head | ObjectClass::Face | ObjectClass::Vehicle => true,
        ObjectClass::Backpack | ObjectClass::Handbag | ObjectClass::Suitcase => false,
    };
    covered && detection.score >= EXPLAINED_SCORE
}

fn covering(found: &BoxInFrame, size: &WorkingSize) -> Option<Area> {
    Area::covering(found, size.width_px, size.height_px)
}

fn clear(foreground: &mut [u8], index: usize) {
    if let Some(pixel) = foreground.get_mut(index) {
        *pixel = 0;
    }
}

fn in_frame(area: &Area, size: &WorkingSize) -> Option<BoxInFrame> {
    let grown = area.grown(MARGIN_PX, size.width_px, size.height_px).as_box()?;
    size.frame_from_working(&grown).clipped_to(size.frame_width_px, size.frame_height_px)
}
