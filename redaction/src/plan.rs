//! What must not be seen in one picture.

use velum_vocab::{BoxInFrame, Detection, Polygon};

use crate::RedactionError;
use crate::settings::check_margin;

/// What [`crate::redact`] covers: boxes, polygons, or the whole picture.
///
/// An empty plan covers nothing. That is right for a picture in which nobody was found, and it is why a policy
/// asks for private areas and for a [`crate::Verifier`] besides.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    boxes_in_frame: Vec<BoxInFrame>,
    private_areas: Vec<Polygon>,
    covers_whole_frame: bool,
}

impl Plan {
    /// Covers everything.
    pub fn whole_frame() -> Self {
        Self { covers_whole_frame: true, ..Self::default() }
    }

    /// Covers the box of every detection given, of whatever class, grown on each side by `margin_fraction`
    /// of its own width and height. Whoever wants to show a class leaves its detections out.
    ///
    /// # Errors
    /// [`RedactionError::Margin`] where the margin is not a finite share from 0 to 10.
    pub fn from_detections(detections: &[Detection], margin_fraction: f32) -> Result<Self, RedactionError> {
        Self::default().with_boxes(detections.iter().map(|found| found.box_in_frame), margin_fraction)
    }

    /// Covers these boxes too, each grown on each side by `margin_fraction` of its own width and height.
    ///
    /// # Errors
    /// As [`Plan::from_detections`].
    pub fn with_boxes(
        mut self,
        boxes_in_frame: impl IntoIterator<Item = BoxInFrame>,
        margin_fraction: f32,
    ) -> Result<Self, RedactionError> {
        check_margin(margin_fraction)?;
        self.boxes_in_frame.extend(boxes_in_frame.into_iter().map(|area| area.grown_by(margin_fraction)));
        Ok(self)
    }

    /// Covers a box, as it is, too.
    #[must_use]
    pub fn with_box(mut self, box_in_frame: BoxInFrame) -> Self {
        self.boxes_in_frame.push(box_in_frame);
        self
    }

    /// Covers a private area too: a neighbour's window, a garden.
    #[must_use]
    pub fn with_private_area(mut self, area: Polygon) -> Self {
        self.private_areas.push(area);
        self
    }

    /// The boxes to cover, margins added.
    pub fn boxes_in_frame(&self) -> &[BoxInFrame] {
        &self.boxes_in_frame
    }

    /// The private areas to cover.
    pub fn private_areas(&self) -> &[Polygon] {
        &self.private_areas
    }

    /// Whether nothing of the picture may be seen.
    pub fn covers_whole_frame(&self) -> bool {
        self.covers_whole_frame
    }

    /// Whether the whole picture would be shown.
    pub fn covers_nothing(&self) -> bool {
        !self.covers_whole_frame && self.boxes_in_frame.is_empty() && self.private_areas.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use velum_vocab::ObjectClass;

    use super::*;

    fn person() -> Detection {
        let box_in_frame = BoxInFrame::new(10.0, 20.0, 20.0, 60.0).unwrap();
        Detection { class: ObjectClass::Person, score: 0.9, box_in_frame }
    }

    #[test]
    fn boxes_are_grown_by_the_margin() {
        let plan = Plan::from_detections(&[person()], 0.5).unwrap();
        assert_eq!(plan.boxes_in_frame(), &[BoxInFrame::new(5.0, 0.0, 25.0, 80.0).unwrap()]);
    }

    #[test]
    fn a_margin_that_is_no_share_is_refused() {
        for margin in [f32::NAN, f32::INFINITY, -0.1, 10.5] {
            assert!(Plan::from_detections(&[person()], margin).is_err(), "{margin}");
        }
        let text = Plan::from_detections(&[], -1.0).unwrap_err().to_string();
        assert_eq!(
            text,
            "redaction margin `-1`: needs a finite share of the box from 0 to 10, for example 0.15"
        );
    }

    #[test]
    fn says_when_it_covers_nothing() {
        assert!(Plan::default().covers_nothing());
        assert!(!Plan::whole_frame().covers_nothing());
        assert!(!Plan::default().with_private_area(Polygon::whole_frame()).covers_nothing());
    }
}
