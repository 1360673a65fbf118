//! Whether two zones have an area in common. Zones that only touch have none.

use velum_vocab::{Edge, crossing_at, polygon_edges};

use crate::order::Finite;

type Corner = [Finite; 2];

/// Whether some area lies in both polygons.
pub(super) fn overlap(a: &[Corner], b: &[Corner]) -> bool {
    let (a, b) = (&corners(a), &corners(b));
    polygon_edges(a).any(|one| polygon_edges(b).any(|other| cross(one, other)))
        || reaches_into(a, b)
        || reaches_into(b, a)
}

type Point = (f64, f64);

fn corners(polygon: &[Corner]) -> Vec<Point> {
    polygon.iter().map(|[x, y]| (x.get(), y.get())).collect()
}

/// On which side of the line from `a` to `b` the point lies: positive, negative, or zero on it.
fn side((ax, ay): Point, (bx, by): Point, (x, y): Point) -> f64 {
    (bx - ax) * (y - ay) - (by - ay) * (x - ax)
}

/// Whether two edges cross at a point that is an end of neither.
fn cross((a, b): Edge, (c, d): Edge) -> bool {
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// Whether a corner of `a`, the middle of one of its edges, or a point inside of it lies inside of `b`. That is
/// enough where no edges cross.
fn reaches_into(a: &[Point], b: &[Point]) -> bool {
    let middles = polygon_edges(a).map(|((ax, ay), (bx, by))| ((ax + bx) / 2.0, (ay + by) / 2.0));
    a.iter().copied().chain(middles).chain(inner_point(a)).any(|point| is_inside(point, b))
}

/// A point inside: halfway along the first stretch inside, on a line between the two lowest corners' heights.
fn inner_point(polygon: &[Point]) -> Option<Point> {
    let mut heights: Vec<f64> = polygon.iter().map(|point| point.1).collect();
    heights.sort_by(f64::total_cmp);
    heights.dedup();
    let y = heights.first()? / 2.0 + heights.get(1)? / 2.0;
    let mut crossings: Vec<f64> = polygon_edges(polygon).filter_map(|edge| crossing_at(edge, y)).collect();
    crossings.sort_by(f64::total_cmp);
    Some((crossings.first()? / 2.0 + crossings.get(1)? / 2.0, y))
}

/// Inside, and on no edge.
fn is_inside(point: Point, polygon: &[Point]) -> bool {
    let on = |(a, b): Edge| {
        let between = |p: f64, q: f64, x: f64| p.min(q) <= x && x <= p.max(q);
        side(a, b, point).abs() < 1e-12 && between(a.0, b.0, point.0) && between(a.1, b.1, point.1)
    };
    let to_the_right =
        polygon_edges(polygon).filter_map(|edge| crossing_at(edge, point.1)).filter(|x| *x > point.0).count();
    !polygon_edges(polygon).any(on) && to_the_right % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(points: &[(f64, f64)]) -> Vec<Corner> {
        points.iter().map(|(x, y)| [Finite::new(*x).unwrap(), Finite::new(*y).unwrap()]).collect()
    }

    fn rectangle(left: f64, top: f64, right: f64, bottom: f64) -> Vec<Corner> {
        polygon(&[(left, top), (right, top), (right, bottom), (left, bottom)])
    }

    #[test]
    fn zones_overlap_where_an_area_is_in_both() {
        let square = rectangle(0.2, 0.2, 0.6, 0.6);
        let check = |other: &[Corner], expected: bool| {
            assert_eq!(overlap(&square, other), expected, "{other:?}");
            assert_eq!(overlap(other, &square), expected, "{other:?}");
        };
        check(&square, true);
        check(&rectangle(0.3, 0.3, 0.4, 0.4), true); // within
        check(&rectangle(0.2, 0.2, 0.4, 0.6), true); // half of it, sharing edges
        check(&rectangle(0.3, 0.0, 0.4, 1.0), true); // a stripe through it
        check(&rectangle(0.5, 0.5, 0.9, 0.9), true); // a corner
        check(&rectangle(0.6, 0.2, 0.9, 0.6), false); // touches
        check(&rectangle(0.7, 0.2, 0.9, 0.6), false);
        check(&polygon(&[(0.0, 0.0), (1.0, 0.0), (1.0, 0.1), (0.1, 0.1), (0.1, 1.0), (0.0, 1.0)]), false); // around it
        check(&polygon(&[(0.4, 0.1), (0.8, 0.4), (0.4, 0.7), (0.0, 0.4)]), true); // a rhombus
        check(&polygon(&[]), false);
    }
}
