//! Points, boxes and polygons, each in a named coordinate space.
//!
//! *Frame space* is the analysed picture in pixels, origin at the top left corner, x to the right, y down.
//! Polygons of zones are kept as fractions of the picture (0 to 1), so that they hold at every resolution.

mod edges;
mod overlap;

pub use edges::{Edge, crossing_at, polygon_edges};
pub use overlap::polygons_overlap;

/// A point in frame space, pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointInFrame {
    /// Pixels from the left edge.
    pub x_px: f32,
    /// Pixels from the top edge.
    pub y_px: f32,
}

/// A point on the ground, metres, in a camera's own ground coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroundPoint {
    /// Metres along the first ground axis.
    pub x_m: f64,
    /// Metres along the second ground axis.
    pub y_m: f64,
}

/// Why a box or polygon was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GeometryError {
    /// A coordinate is NaN or infinite, or right is not beyond left, or bottom not below top.
    #[error(
        "box {left_px},{top_px},{right_px},{bottom_px}: needs finite coordinates with left < right and top < bottom"
    )]
    Box {
        /// As given.
        left_px: f32,
        /// As given.
        top_px: f32,
        /// As given.
        right_px: f32,
        /// As given.
        bottom_px: f32,
    },
    /// Fewer than three points.
    #[error("needs at least 3 points, found {0}; add a point, or delete the zone to use the whole frame")]
    TooFewPoints(usize),
    /// A coordinate outside 0..=1.
    #[error(
        "point {index} is ({x}, {y}); write fractions of the picture between 0 and 1, for example [0.25, 0.80]"
    )]
    OutsidePicture {
        /// Which point, from 0.
        index: usize,
        /// As given.
        x: f64,
        /// As given.
        y: f64,
    },
    /// Two edges cross, or the polygon has no area.
    #[error("edges {0} and {1} cross; list the corners in order around the zone")]
    Crossing(usize, usize),
    /// All points lie on one line.
    #[error("the points lie on one line and enclose nothing; move one of them")]
    NoArea,
}

/// An axis-aligned box in frame space. Always finite, with positive width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxInFrame {
    left_px: f32,
    top_px: f32,
    right_px: f32,
    bottom_px: f32,
}

impl BoxInFrame {
    /// The box with these edges.
    ///
    /// # Errors
    /// [`GeometryError::Box`] where a coordinate is not finite or the box has no area.
    pub fn new(left_px: f32, top_px: f32, right_px: f32, bottom_px: f32) -> Result<Self, GeometryError> {
        let finite = [left_px, top_px, right_px, bottom_px].iter().all(|v| v.is_finite());
        if !finite || right_px <= left_px || bottom_px <= top_px {
            return Err(GeometryError::Box { left_px, top_px, right_px, bottom_px });
        }
        Ok(Self { left_px, top_px, right_px, bottom_px })
    }

    /// Left edge, pixels.
    pub fn left_px(&self) -> f32 {
        self.left_px
    }

    /// Top edge, pixels.
    pub fn top_px(&self) -> f32 {
        self.top_px
    }

    /// Right edge, pixels.
    pub fn right_px(&self) -> f32 {
        self.right_px
    }

    /// Bottom edge, pixels.
    pub fn bottom_px(&self) -> f32 {
        self.bottom_px
    }

    /// Width, pixels.
    pub fn width_px(&self) -> f32 {
        self.right_px - self.left_px
    }

    /// Height, pixels.
    pub fn height_px(&self) -> f32 {
        self.bottom_px - self.top_px
    }

    /// Area, square pixels.
    pub fn area_px2(&self) -> f32 {
        self.width_px() * self.height_px()
    }

    /// The middle of the box.
    pub fn centre(&self) -> PointInFrame {
        PointInFrame {
            x_px: (self.left_px + self.right_px) / 2.0,
            y_px: (self.top_px + self.bottom_px) / 2.0,
        }
    }

    /// The middle of the lower edge: where a standing person or object touches the ground.
    pub fn foot(&self) -> PointInFrame {
        PointInFrame { x_px: (self.left_px + self.right_px) / 2.0, y_px: self.bottom_px }
    }

    /// The area that both boxes cover, square pixels; 0 where they are disjoint.
    pub fn intersection_px2(&self, other: &Self) -> f32 {
        let width = self.right_px.min(other.right_px) - self.left_px.max(other.left_px);
        let height = self.bottom_px.min(other.bottom_px) - self.top_px.max(other.top_px);
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union, 0..=1.
    pub fn iou(&self, other: &Self) -> f32 {
        let both = self.intersection_px2(other);
        both / (self.area_px2() + other.area_px2() - both)
    }

    /// The share of `self` that `other` covers, 0..=1.
    pub fn covered_fraction_by(&self, other: &Self) -> f32 {
        self.intersection_px2(other) / self.area_px2()
    }

    /// The part inside a picture of this size; `None` where nothing is inside.
    pub fn clipped_to(&self, width_px: u32, height_px: u32) -> Option<Self> {
        Self::new(
            self.left_px.max(0.0),
            self.top_px.max(0.0),
            self.right_px.min(width_px as f32),
            self.bottom_px.min(height_px as f32),
        )
        .ok()
    }

    /// Grown on each side by this share of its own width and height; unchanged for a share that is not
    /// a finite, positive number.
    #[must_use]
    pub fn grown_by(&self, fraction: f32) -> Self {
        let (dx, dy) = (self.width_px() * fraction, self.height_px() * fraction);
        if !(dx.is_finite() && dy.is_finite() && fraction > 0.0) {
            return *self;
        }
        Self::new(self.left_px - dx, self.top_px - dy, self.right_px + dx, self.bottom_px + dy)
            .unwrap_or(*self)
    }
}

/// A simple polygon in fractions of the picture, at least three points, edges do not cross.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon(Vec<(f64, f64)>);

impl Polygon {
    /// The polygon with these corners, in order around it, as fractions of the picture.
    ///
    /// # Errors
    /// [`GeometryError`] names the point or the edges that are wrong.
    pub fn from_fractions(points: &[(f64, f64)]) -> Result<Self, GeometryError> {
        if points.len() < 3 {
            return Err(GeometryError::TooFewPoints(points.len()));
        }
        let inside = |v: f64| (0.0..=1.0).contains(&v);
        if let Some((index, &(x, y))) = points.iter().enumerate().find(|(_, p)| !inside(p.0) || !inside(p.1))
        {
            return Err(GeometryError::OutsidePicture { index, x, y });
        }
        if let Some((a, b)) = first_crossing(points) {
            return Err(GeometryError::Crossing(a, b));
        }
        if signed_area(points).abs() < 1e-9 {
            return Err(GeometryError::NoArea);
        }
        Ok(Self(points.to_vec()))
    }

    /// The whole picture.
    pub fn whole_frame() -> Self {
        Self(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    }

    /// The corners, as fractions of the picture.
    pub fn fractions(&self) -> &[(f64, f64)] {
        &self.0
    }

    /// Whether a point of a picture of this size lies inside (even-odd rule).
    pub fn contains(&self, point: PointInFrame, width_px: u32, height_px: u32) -> bool {
        let (x, y) =
            (f64::from(point.x_px) / f64::from(width_px), f64::from(point.y_px) / f64::from(height_px));
        let to_the_right =
            polygon_edges(&self.0).filter_map(|edge| crossing_at(edge, y)).filter(|at| x < *at);
        to_the_right.count() % 2 == 1
    }

    /// Area as a share of the picture, 0..=1.
    pub fn area_fraction(&self) -> f64 {
        signed_area(&self.0).abs()
    }

    /// Whether both have an area in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        polygons_overlap(&self.0, &other.0)
    }

    /// Whether anything of a box of a picture of this size lies inside.
    pub fn reaches_into(&self, area: &BoxInFrame, width_px: u32, height_px: u32) -> bool {
        let Some(area) = area.clipped_to(width_px, height_px) else { return false };
        let x = |px: f32| (f64::from(px) / f64::from(width_px)).clamp(0.0, 1.0);
        let y = |px: f32| (f64::from(px) / f64::from(height_px)).clamp(0.0, 1.0);
        let (left, right) = (x(area.left_px()), x(area.right_px()));
        let (top, bottom) = (y(area.top_px()), y(area.bottom_px()));
        polygons_overlap(&self.0, &[(left, top), (right, top), (right, bottom), (left, bottom)])
    }
}

fn signed_area(points: &[(f64, f64)]) -> f64 {
    polygon_edges(points).map(|((x0, y0), (x1, y1))| x0 * y1 - x1 * y0).sum::<f64>() / 2.0
}

/// The first pair of edges, not neighbours, that cross.
fn first_crossing(points: &[(f64, f64)]) -> Option<(usize, usize)> {
    let all: Vec<Edge> = polygon_edges(points).collect();
    let count = all.len();
    all.iter().enumerate().find_map(|(i, a)| {
        let last = if i == 0 { count.saturating_sub(1) } else { count };
        all.iter()
            .enumerate()
            .take(last)
            .skip(i.saturating_add(2))
            .find(|(_, b)| crosses(a, b))
            .map(|(j, _)| (i, j))
    })
}

fn crosses(a: &Edge, b: &Edge) -> bool {
    let side = |p: (f64, f64), q: (f64, f64), r: (f64, f64)| {
        ((q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0)).partial_cmp(&0.0)
    };
    side(a.0, a.1, b.0) != side(a.0, a.1, b.1) && side(b.0, b.1, a.0) != side(b.0, b.1, a.1)
}

#[cfg(test)]
mod tests;
