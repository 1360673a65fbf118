//! The drawn bag: a dark trolley case with a lit edge, ribs, a handle, wheels, and a soft shadow on the ground.
//! Our own drawing; nothing is copied from a picture.

/// Samples in each direction within one pixel.
const FINE: usize = 5;

/// A rectangle of whole pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Rect {
    /// The first column beyond.
    pub fn right(&self) -> usize {
        self.left + self.width
    }

    /// The first row below.
    pub fn bottom(&self) -> usize {
        self.top + self.height
    }
}

/// What the drawing does to one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Paint {
    /// Colour of the bag, 0..=255 each.
    pub rgb: [f32; 3],
    /// How much of the pixel the bag covers, 0..=1.
    pub cover: f32,
    /// How much light the bag's shadow takes from the ground, 0..=1.
    pub shadow: f32,
}

/// A bag drawn at one size.
#[derive(Debug, Clone)]
pub struct Bag {
    /// The case itself, without its shadow.
    pub box_px: Rect,
    /// All that is painted, with the shadow; sides and corner are even.
    pub painted: Rect,
    pixels: Vec<Paint>,
}

impl Bag {
    /// Draws a bag whose lower edge has its middle at (`foot_x`, `foot_y`); `None` where it does not fit into
    /// the picture.
    pub fn draw((foot_x, foot_y): (f64, f64), height: f64, picture: (usize, usize)) -> Option<Self> {
        let width = height * 0.72;
        let (left, top) = (foot_x - width / 2.0, foot_y - height);
        let margin = height * 0.35;
        let even_floor = |v: f64| (v.max(0.0) as usize) & !1;
        let painted_left = even_floor(left - margin);
        let painted_top = even_floor(top - 4.0);
        let painted = Rect {
            left: painted_left,
            top: painted_top,
            width: even_floor((left + width + margin).min(picture.0 as f64)).checked_sub(painted_left)?,
            height: even_floor((foot_y + margin * 0.6).min(picture.1 as f64)).checked_sub(painted_top)?,
        };
        let fits =
            left >= 0.0 && top >= 0.0 && left + width <= picture.0 as f64 && foot_y <= picture.1 as f64;
        if !fits || painted.width == 0 || painted.height == 0 {
            return None;
        }
        let box_px = Rect {
            left: left.round() as usize,
            top: top.round() as usize,
            width: width.round() as usize,
            height: height.round() as usize,
        };
        let at = |x: usize, y: usize| {
            let u = (painted.left + x) as f64 - left;
            let v = (painted.top + y) as f64 - top;
            pixel(u, v, width, height)
        };
        let rows = (0..painted.height).flat_map(|y| (0..painted.width).map(move |x| (x, y)));
        let pixels = soften(&rows.map(|(x, y)| at(x, y)).collect::<Vec<_>>(), painted.width);
        Some(Self { box_px, painted, pixels })
    }

    /// The paint of a pixel of the picture; nothing outside the painted rectangle.
    pub fn paint(&self, x: usize, y: usize) -> Paint {
        let inside = |v: usize, from: usize, len: usize| v.checked_sub(from).filter(|v| *v < len);
        inside(x, self.painted.left, self.painted.width)
            .zip(inside(y, self.painted.top, self.painted.height))
            .and_then(|(x, y)| self.pixels.get(y * self.painted.width + x))
            .copied()
            .unwrap_or_default()
    }
}

/// The mean of the fine samples of the pixel whose corner is at (u, v), pixels from the case's corner.
fn pixel(u: f64, v: f64, width: f64, height: f64) -> Paint {
    let mut sum = Paint::default();
    for fine_y in 0..FINE {
        for fine_x in 0..FINE {
            let part = |fine: usize| (fine as f64 + 0.5) / FINE as f64;
            // In the case's own coordinates: 0..1 across and down.
            let (x, y) = ((u + part(fine_x)) / width, (v + part(fine_y)) / height);
            if let Some(rgb) = case(x, y) {
                sum.cover += 1.0;
                sum.rgb.iter_mut().zip(rgb).for_each(|(sum, c)| *sum += c);
            }
            sum.shadow += shadow(x, y);
        }
    }
    let samples = (FINE * FINE) as f32;
    let rgb = sum.rgb.map(|c| if sum.cover > 0.0 { c / sum.cover } else { 0.0 });
    Paint { rgb, cover: sum.cover / samples, shadow: sum.shadow / samples }
}

/// The colour of the case at a point, `None` beside it. The front is lit from the upper left; a narrow side
/// face on the right lies in the shade.
fn case(x: f64, y: f64) -> Option<[f32; 3]> {
    let handle_outer = rounded(x, y, (0.30, 0.0, 0.66, 0.30), 0.05);
    let handle_inner = rounded(x, y, (0.37, 0.05, 0.59, 0.30), 0.03);
    let wheel = (y > 0.93 && y < 1.0)
        && (rounded(x, y, (0.10, 0.90, 0.24, 1.0), 0.05) || rounded(x, y, (0.70, 0.90, 0.84, 1.0), 0.05));
    let front = rounded(x, y, (0.02, 0.17, 0.80, 0.955), 0.07);
    let side = rounded(x, y, (0.60, 0.15, 0.98, 0.93), 0.07);
    if front {
        let light = 1.25 - 0.45 * y as f32 - 0.12 * x as f32;
        let rib = [0.20, 0.41, 0.62].iter().any(|r| (x - r).abs() < 0.022);
        let band = (y - 0.56).abs() < 0.022;
        let edge = (x < 0.055) || (y < 0.205);
        let gain = light
            * if edge {
                1.55
            } else if band {
                0.62
            } else if rib {
                1.28
            } else {
                1.0
            };
        let tag = x > 0.30 && x < 0.50 && y > 0.26 && y < 0.34;
        return Some(if tag { [128.0, 116.0, 96.0] } else { [40.0 * gain, 43.0 * gain, 56.0 * gain] });
    }
    if side {
        let light = 0.80 - 0.30 * y as f32;
        return Some([34.0 * light, 36.0 * light, 47.0 * light]);
    }
    if wheel {
        return Some([16.0, 16.0, 17.0]);
    }
    (handle_outer && !handle_inner).then_some([30.0, 31.0, 35.0])
}

/// Whether a point lies in a rectangle (left, top, right, bottom) with round corners.
fn rounded(x: f64, y: f64, (left, top, right, bottom): (f64, f64, f64, f64), radius: f64) -> bool {
    let dx = (left + radius - x).max(x - right + radius).max(0.0);
    let dy = (top + radius - y).max(y - bottom + radius).max(0.0);
    x >= left && x <= right && y >= top && y <= bottom && dx.hypot(dy) <= radius
}

/// Shadow on the ground under an overcast sky: dark where the case stands, gone within a third of its height.
fn shadow(x: f64, y: f64) -> f32 {
    let contact = ((x - 0.50) / 0.52).powi(2) + ((y - 0.965) / 0.055).powi(2);
    let wide = ((x - 0.54) / 0.80).powi(2) + ((y - 0.96) / 0.15).powi(2);
    let soft = |distance: f64| (-distance * 1.3).exp();
    (0.50 * soft(contact) + 0.24 * soft(wide)).min(0.7) as f32
}

/// The camera's own lack of sharpness: a small binomial blur of everything that is painted.
fn soften(pixels: &[Paint], width: usize) -> Vec<Paint> {
    const KERNEL: [(isize, f32); 3] = [(-1, 0.2), (0, 0.6), (1, 0.2)];
    let blurred = |index: usize| {
        let mut sum = Paint::default();
        for (dy, weight_y) in KERNEL {
            for (dx, weight_x) in KERNEL {
                let at = index.checked_add_signed(dy * width as isize + dx);
                let Some(paint) = at.and_then(|at| pixels.get(at)) else { continue };
                let weight = weight_x * weight_y;
                sum.cover += weight * paint.cover;
                sum.shadow += weight * paint.shadow;
                let into = sum.rgb.iter_mut().zip(paint.rgb);
                into.for_each(|(sum, c)| *sum += weight * paint.cover * c);
            }
        }
        let cover = sum.cover.max(1e-6);
        Paint { rgb: sum.rgb.map(|c| c / cover), ..sum }
    };
    (0..pixels.len()).map(blurred).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_its_box_and_little_else() {
        let bag = Bag::draw((100.0, 100.0), 44.0, (200, 200)).unwrap();
        assert_eq!(bag.box_px, Rect { left: 84, top: 56, width: 32, height: 44 });
        assert!(bag.paint(97, 80).cover > 0.99);
        assert!(bag.paint(70, 80).cover < 0.01 && bag.paint(0, 0) == Paint::default());
        assert!(bag.paint(100, 100).shadow > 0.3 && bag.paint(100, 60).shadow < 0.05);
    }

    #[test]
    fn a_bag_outside_the_picture_is_refused() {
        assert!(Bag::draw((5.0, 100.0), 44.0, (200, 200)).is_none());
        assert!(Bag::draw((100.0, 30.0), 44.0, (200, 200)).is_none());
    }
}
