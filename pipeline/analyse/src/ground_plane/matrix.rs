//! 3x3 projective maps, and the smallest eigenvector that fits one.
#![expect(clippy::indexing_slicing, reason = "indices run over arrays of fixed size 3 and 9")]

/// A projective map of the plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix3([[f64; 3]; 3]);

impl Matrix3 {
    /// The third homogeneous coordinate: positive before the horizon, negative beyond.
    pub(super) fn depth(&self, x: f64, y: f64) -> f64 {
        let m = &self.0;
        m[2][0] * x + m[2][1] * y + m[2][2]
    }

    /// The image of a point with positive depth.
    pub(super) fn apply(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        (self.depth(x, y) > 0.0).then(|| self.apply_any(x, y)).flatten()
    }

    /// The image of a point of any depth but zero.
    pub(super) fn apply_any(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let m = &self.0;
        let depth = self.depth(x, y);
        let image =
            ((m[0][0] * x + m[0][1] * y + m[0][2]) / depth, (m[1][0] * x + m[1][1] * y + m[1][2]) / depth);
        (image.0.is_finite() && image.1.is_finite()).then_some(image)
    }

    pub(super) fn scaled(mut self, by: f64) -> Self {
        self.0.iter_mut().flatten().for_each(|v| *v *= by);
        self
    }

    fn times(&self, other: &Self) -> Self {
        let mut out = [[0.0; 3]; 3];
        for (i, row) in out.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell = (0..3).map(|k| self.0[i][k] * other.0[k][j]).sum();
            }
        }
        Self(out)
    }

    pub(super) fn inverse(&self) -> Option<Self> {
        let m = &self.0;
        let minor =
            |r0: usize, r1: usize, c0: usize, c1: usize| m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0];
        let adjoint = [
            [minor(1, 2, 1, 2), -minor(0, 2, 1, 2), minor(0, 1, 1, 2)],
            [-minor(1, 2, 0, 2), minor(0, 2, 0, 2), -minor(0, 1, 0, 2)],
            [minor(1, 2, 0, 1), -minor(0, 2, 0, 1), minor(0, 1, 0, 1)],
        ];
        let determinant = m[0][0] * adjoint[0][0] + m[0][1] * adjoint[1][0] + m[0][2] * adjoint[2][0];
        let inverse = Self(adjoint).scaled(1.0 / determinant);
        inverse.0.iter().flatten().all(|v| v.is_finite()).then_some(inverse)
    }
}

/// Diagonal of the box around the points.
pub(super) fn extent(points: impl Iterator<Item = (f64, f64)>) -> f64 {
    let start = (f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
    let (left, top, right, bottom) =
        points.fold(start, |b, (x, y)| (b.0.min(x), b.1.min(y), b.2.max(x), b.3.max(y)));
    (right - left).hypot(bottom - top)
}

/// The map that takes each `from` to its `to` with least algebraic error; `None` where they do not determine one.
pub(super) fn homography(from: &[(f64, f64)], to: &[(f64, f64)]) -> Option<Matrix3> {
    let (from_normal, to_normal) = (normalising(from)?, normalising(to)?);
    let mut normal_equations = [[0.0; 9]; 9];
    for (&a, &b) in from.iter().zip(to) {
        let (x, y) = from_normal.apply_any(a.0, a.1)?;
        let (u, v) = to_normal.apply_any(b.0, b.1)?;
        accumulate(&mut normal_equations, [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, -u]);
        accumulate(&mut normal_equations, [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, -v]);
    }
    let h = smallest_eigenvector(normal_equations)?;
    let normalised = Matrix3([[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], h[8]]]);
    Some(to_normal.inverse()?.times(&normalised).times(&from_normal))
}

fn accumulate(normal_equations: &mut [[f64; 9]; 9], row: [f64; 9]) {
    for (cells, a) in normal_equations.iter_mut().zip(row) {
        for (cell, b) in cells.iter_mut().zip(row) {
            *cell += a * b;
        }
    }
}

/// Moves the centre to the origin and the mean distance to the square root of 2.
fn normalising(points: &[(f64, f64)]) -> Option<Matrix3> {
    let count = points.len() as f64;
    let (cx, cy) = points.iter().fold((0.0, 0.0), |c, p| (c.0 + p.0 / count, c.1 + p.1 / count));
    let distance = points.iter().map(|p| (p.0 - cx).hypot(p.1 - cy)).sum::<f64>() / count;
    let scale = std::f64::consts::SQRT_2 / distance;
    scale.is_finite().then_some(Matrix3([
        [scale, 0.0, -scale * cx],
        [0.0, scale, -scale * cy],
        [0.0, 0.0, 1.0],
    ]))
}

/// The eigenvector of the smallest eigenvalue of a symmetric matrix, by Jacobi's rotations; `None` where the two
/// smallest eigenvalues are both zero, so that the vector is not determined.
fn smallest_eigenvector(mut a: [[f64; 9]; 9]) -> Option<[f64; 9]> {
    let mut vectors = [[0.0; 9]; 9];
    for (i, row) in vectors.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for _ in 0..64 {
        let off: f64 = (0..9).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        if off < 1e-30 {
            break;
        }
        for p in 0..9 {
            for q in p + 1..9 {
                rotate(&mut a, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..9).collect();
    order.sort_by(|&i, &j| a[i][i].total_cmp(&a[j][j]));
    let (smallest, second, largest) = (order[0], order[1], order[8]);
    let determined = a[second][second] > 1e-12 * a[largest][largest];
    let mut vector = [0.0; 9];
    for (value, row) in vector.iter_mut().zip(&vectors) {
        *value = row[smallest];
    }
    (determined && vector.iter().all(|v| v.is_finite())).then_some(vector)
}

/// One Jacobi rotation that makes `a[p][q]` zero.
fn rotate(a: &mut [[f64; 9]; 9], vectors: &mut [[f64; 9]; 9], p: usize, q: usize) {
    if a[p][q].abs() < 1e-300 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    let (row_p, row_q) = (a[p], a[q]);
    for ((pk, qk), k) in row_p.into_iter().zip(row_q).zip(0..) {
        a[p][k] = c * pk - s * qk;
        a[q][k] = s * pk + c * qk;
    }
    for row in a.iter_mut().chain(vectors) {
        let (vp, vq) = (row[p], row[q]);
        row[p] = c * vp - s * vq;
        row[q] = s * vp + c * vq;
    }
}
