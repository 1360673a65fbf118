//! Small fields of numbers: gradients, smoothing, growing and shrinking of masks.

use crate::patch::grey;

/// Brightness over a small rectangle.
pub(super) struct Field {
    values: Vec<f32>,
    width: usize,
}

impl Field {
    pub(super) fn of(colours: &[[u8; 3]], width: usize) -> Self {
        Self { values: colours.iter().map(|colour| grey(*colour)).collect(), width: width.max(1) }
    }

    pub(super) fn of_mask(mask: &[bool], width: usize) -> Self {
        Self {
            values: mask.iter().map(|inside| if *inside { 255.0 } else { 0.0 }).collect(),
            width: width.max(1),
        }
    }

    fn height(&self) -> usize {
        self.values.len() / self.width
    }

    /// The value at a place, that of the border beyond it.
    fn at(&self, x: usize, y: usize, dx: isize, dy: isize) -> f32 {
        let x = x.saturating_add_signed(dx).min(self.width - 1);
        let y = y.saturating_add_signed(dy).min(self.height().saturating_sub(1));
        self.values.get(y * self.width + x).copied().unwrap_or(0.0)
    }

    fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.height()).flat_map(|y| (0..self.width).map(move |x| (x, y)))
    }

    /// Smoothed by a Gaussian of sigma 1.2, five wide.
    pub(super) fn smoothed(&self) -> Self {
        const WEIGHTS: [f32; 5] = [0.0856, 0.2426, 0.3436, 0.2426, 0.0856];
        let pass = |field: &Self, dx: isize, dy: isize| {
            let value = |(x, y)| {
                let shifts = (-2..=2_isize).zip(WEIGHTS);
                shifts.map(|(step, weight)| weight * field.at(x, y, step * dx, step * dy)).sum()
            };
            Self { values: field.places().map(value).collect(), width: field.width }
        };
        pass(&pass(self, 1, 0), 0, 1)
    }

    /// Sobel's gradient, a quarter of it: grey levels over two pixels.
    pub(super) fn gradient(&self) -> Gradient {
        let one = |(x, y)| {
            let v = |dx, dy| self.at(x, y, dx, dy);
            let right = v(1, -1) + 2.0 * v(1, 0) + v(1, 1) - v(-1, -1) - 2.0 * v(-1, 0) - v(-1, 1);
            let down = v(-1, 1) + 2.0 * v(0, 1) + v(1, 1) - v(-1, -1) - 2.0 * v(0, -1) - v(1, -1);
            (0.25 * right, 0.25 * down)
        };
        Gradient(self.places().map(one).collect())
    }
}

/// A gradient at each place.
pub(super) struct Gradient(Vec<(f32, f32)>);

impl Gradient {
    pub(super) fn strength(&self) -> Vec<f32> {
        self.0.iter().map(|(x, y)| x.hypot(*y)).collect()
    }

    /// The part of this gradient that points the way of the other.
    pub(super) fn along(&self, direction: &Self) -> Vec<f32> {
        let project =
            |((x, y), (dx, dy)): (&(f32, f32), &(f32, f32))| (x * dx + y * dy) / (dx.hypot(*dy) + 1e-3);
        self.0.iter().zip(&direction.0).map(project).collect()
    }

    /// How alike two gradients are over the masked places, -1..=1.
    pub(super) fn correlation(&self, other: &Self, mask: &[bool]) -> f32 {
        let pairs = self.0.iter().zip(&other.0).zip(mask).filter(|(_, inside)| **inside);
        let (both, own, others) =
            pairs.fold((0.0, 0.0, 0.0), |(both, own, others), (((ax, ay), (bx, by)), _)| {
                (both + ax * bx + ay * by, own + ax * ax + ay * ay, others + bx * bx + by * by)
            });
        both / ((own * others).sqrt() + 1e-6_f32)
    }
}

/// The mask and everything within `by` pixels of it, in both directions.
pub(super) fn grown(mask: &[bool], width: usize, by: usize) -> Vec<bool> {
    let width = width.max(1);
    let rows: Vec<bool> = mask.chunks(width).flat_map(|row| grown_line(row, by)).collect();
    let height = mask.len() / width;
    let mut out = vec![false; mask.len()];
    for x in 0..width {
        let column: Vec<bool> = rows.iter().skip(x).step_by(width).copied().collect();
        for (y, inside) in grown_line(&column, by).into_iter().enumerate().take(height) {
            if let Some(cell) = out.get_mut(y * width + x) {
                *cell = inside;
            }
        }
    }
    out
}

fn grown_line(line: &[bool], by: usize) -> Vec<bool> {
    let near =
        |i: usize| line.iter().skip(i.saturating_sub(by)).take(i.min(by) + by + 1).any(|inside| *inside);
    (0..line.len()).map(near).collect()
}

/// The mask without everything within `by` pixels of what is outside it.
pub(super) fn shrunk(mask: &[bool], width: usize, by: usize) -> Vec<bool> {
    let outside: Vec<bool> = mask.iter().map(|inside| !inside).collect();
    grown(&outside, width, by).into_iter().map(|near_outside| !near_outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_grow_and_shrink_by_pixels() {
        let mut mask = vec![false; 49];
        mask[24] = true;
        let large = grown(&mask, 7, 2);
        assert_eq!(large.iter().filter(|v| **v).count(), 25);
        assert_eq!(shrunk(&large, 7, 2), mask);
    }

    #[test]
    fn gradients_point_uphill() {
        let values: Vec<[u8; 3]> = (0..25).map(|i| [(i % 5) * 10; 3]).collect();
        let gradient = Field::of(&values, 5).gradient();
        assert_eq!(gradient.0[12], (20.0, 0.0));
        assert!((gradient.correlation(&gradient, &[true; 25]) - 1.0).abs() < 1e-3);
    }
}
