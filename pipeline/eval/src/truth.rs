//! Where people really are, as far as anybody knows: annotations made by people, and, where there are none, what
//! strong detectors find on enlarged pictures (*pseudo truth*).

pub(crate) mod dlib;
pub(crate) mod mot;
pub(crate) mod tiles;
pub(crate) mod yolo;

use serde::{Deserialize, Serialize};
use velum_vocab::BoxInFrame;

/// Less than this share of a box inside the picture is not counted: nobody could say what it shows.
const INSIDE_FRACTION_MIN: f32 = 0.5;

/// What is looked for under the mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whole persons.
    Person,
    /// Faces.
    Face,
}

impl Kind {
    /// The word for several.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Person => "persons",
            Self::Face => "faces",
        }
    }

    /// Lower bounds of the sizes that are told apart, pixels: a person's height, a face's shorter side. What is
    /// smaller than the first is not counted.
    pub fn size_bounds_px(self) -> [f32; 3] {
        match self {
            Self::Person => [24.0, 48.0, 96.0],
            Self::Face => [8.0, 16.0, 32.0],
        }
    }
}

/// One person or face in one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TruthBox {
    /// What it is.
    pub kind: Kind,
    /// The same person in other frames has the same number, where the truth says so.
    pub id: Option<u32>,
    /// Where it is, in the analysed picture.
    pub box_in_frame: BoxInFrame,
}

impl TruthBox {
    /// Somebody without a number.
    pub fn new(kind: Kind, box_in_frame: BoxInFrame) -> Self {
        Self { kind, id: None, box_in_frame }
    }

    /// The size that decides into which class it falls, pixels.
    pub fn size_px(&self) -> f32 {
        match self.kind {
            Kind::Person => self.box_in_frame.height_px(),
            Kind::Face => self.box_in_frame.width_px().min(self.box_in_frame.height_px()),
        }
    }

    /// Which of the sizes that are told apart, from 0; `None` for what is smaller than them all.
    pub fn size_class(&self) -> Option<usize> {
        let reached = self.kind.size_bounds_px().iter().filter(|bound| self.size_px() >= **bound).count();
        reached.checked_sub(1)
    }

    /// The same in a picture of another size; only the part inside it. `None` where most of it is outside.
    pub(crate) fn scaled_to(&self, from_px: (u32, u32), to_px: (u32, u32)) -> Option<Self> {
        let (across, down) =
            (to_px.0 as f32 / from_px.0.max(1) as f32, to_px.1 as f32 / from_px.1.max(1) as f32);
        let b = &self.box_in_frame;
        let edges = (b.left_px() * across, b.top_px() * down, b.right_px() * across, b.bottom_px() * down);
        let scaled = BoxInFrame::new(edges.0, edges.1, edges.2, edges.3).ok()?;
        let inside = scaled.clipped_to(to_px.0, to_px.1)?;
        (inside.area_px2() >= INSIDE_FRACTION_MIN * scaled.area_px2())
            .then_some(Self { box_in_frame: inside, ..*self })
    }
}

/// A box from its upper left corner and size, as annotations have it.
pub(crate) fn box_of_corner(left: f32, top: f32, width: f32, height: f32) -> Option<BoxInFrame> {
    BoxInFrame::new(left, top, left + width, top + height).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_fall_into_their_classes() {
        let check = |kind, width, height, expected| {
            let truth = TruthBox::new(kind, box_of_corner(0.0, 0.0, width, height).unwrap());
            assert_eq!(truth.size_class(), expected, "{kind:?} {width}x{height}");
        };
        check(Kind::Face, 7.9, 20.0, None);
        check(Kind::Face, 8.0, 9.0, Some(0));
        check(Kind::Face, 40.0, 16.0, Some(1));
        check(Kind::Face, 40.0, 32.0, Some(2));
        check(Kind::Person, 9.0, 23.0, None);
        check(Kind::Person, 9.0, 95.0, Some(1));
        check(Kind::Person, 9.0, 960.0, Some(2));
    }

    #[test]
    fn boxes_are_scaled_and_cut_and_dropped_when_mostly_outside() {
        let check = |left: f32, expected: Option<(f32, f32)>| {
            let truth = TruthBox::new(Kind::Person, box_of_corner(left, 0.0, 20.0, 50.0).unwrap());
            let scaled = truth.scaled_to((200, 100), (100, 100));
            let edges = scaled.map(|truth| (truth.box_in_frame.left_px(), truth.box_in_frame.right_px()));
            assert_eq!(edges, expected, "{left}");
        };
        check(40.0, Some((20.0, 30.0)));
        check(-8.0, Some((0.0, 6.0)));
        check(-12.0, None);
        check(300.0, None);
    }
}
