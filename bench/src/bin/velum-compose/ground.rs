//! How tall a person is at a row of the picture: all scale of a scene comes from it.

/// An owner farther than this from what they put down, in local person heights, has left it: the rule's own radius.
pub(crate) const OWNER_RADIUS_HEIGHTS: f64 = 1.7;

/// A place on the ground, pixels of the composed picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) x_px: f64,
    pub(crate) y_px: f64,
}

impl Place {
    pub(crate) fn of([x_px, y_px]: [f64; 2]) -> Self {
        Self { x_px, y_px }
    }

    /// The distance in the picture.
    pub(crate) fn distance_px(&self, other: &Self) -> f64 {
        (self.x_px - other.x_px).hypot(self.y_px - other.y_px)
    }

    /// So much of the way to another place.
    pub(crate) fn towards(&self, other: &Self, share: f64) -> Self {
        let between = |from: f64, to: f64| from + (to - from) * share;
        Self { x_px: between(self.x_px, other.x_px), y_px: between(self.y_px, other.y_px) }
    }

    pub(crate) fn moved(&self, x_px: f64, y_px: f64) -> Self {
        Self { x_px: self.x_px + x_px, y_px: self.y_px + y_px }
    }
}

/// Person height as a straight line over the row of the feet, which is what a level ground gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ground {
    row_px: f64,
    height_px: f64,
    per_row: f64,
}

/// Nobody is painted smaller than this.
const SMALLEST_PERSON_PX: f64 = 4.0;

impl Ground {
    /// Through two pairs of a row and the height of a person who stands there; `None` where the rows are one.
    pub(crate) fn through([row, height]: [f64; 2], [other_row, other_height]: [f64; 2]) -> Option<Self> {
        let per_row = (other_height - height) / (other_row - row);
        per_row.is_finite().then_some(Self { row_px: row, height_px: height, per_row })
    }

    /// The height of a person with feet in this row.
    pub(crate) fn person_px(&self, row_px: f64) -> f64 {
        (self.height_px + (row_px - self.row_px) * self.per_row).max(SMALLEST_PERSON_PX)
    }

    /// Whether somebody at `owner` has left what stands at `object`.
    pub(crate) fn has_left(&self, owner: &Place, object: &Place) -> bool {
        owner.distance_px(object) > OWNER_RADIUS_HEIGHTS * self.person_px(object.y_px)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_grow_with_the_row() {
        let ground = Ground::through([200.0, 60.0], [400.0, 110.0]).unwrap();
        for (row, height) in [(200.0, 60.0), (400.0, 110.0), (300.0, 85.0), (440.0, 120.0), (-900.0, 4.0)] {
            assert!((ground.person_px(row) - height).abs() < 1e-9, "{row}");
        }
        assert!(Ground::through([200.0, 60.0], [200.0, 70.0]).is_none());
    }

    #[test]
    fn left_means_beyond_the_radius_at_the_object() {
        let ground = Ground::through([200.0, 60.0], [400.0, 110.0]).unwrap();
        let object = Place::of([100.0, 200.0]);
        assert!(!ground.has_left(&Place::of([201.9, 200.0]), &object));
        assert!(ground.has_left(&Place::of([202.1, 200.0]), &object));
    }
}
