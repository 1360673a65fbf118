//! Whether two polygons have an area in common. Those that only touch have none; what they share is looked for to a
//! millionth of the picture's side, so that neighbours of which one was rounded stay neighbours.

use super::edges::{Edge, crossing_at, polygon_edges};

type Point = (f64, f64);

/// Corners are taken to this part of the picture's side.
const PARTS: f64 = 1e6;
/// Nearer to a line than what this area means is on it.
const ON_THE_LINE: f64 = 1e-12;

/// Whether some area lies in both polygons, given by their corners.
pub fn polygons_overlap(a: &[Point], b: &[Point]) -> bool {
    let (a, b) = (&rounded(a), &rounded(b));
    polygon_edges(a).any(|one| polygon_edges(b).any(|other| cross(one, other)))
        || reaches_into(a, b)
        || reaches_into(b, a)
}

fn rounded(polygon: &[Point]) -> Vec<Point> {
    let part = |share: f64| (share * PARTS).round() / PARTS;
    polygon.iter().map(|(x, y)| (part(*x), part(*y))).collect()
}

/// On which side of the line from `a` to `b` the point lies: positive, negative, or zero on it.
fn side((ax, ay): Point, (bx, by): Point, (x, y): Point) -> f64 {
    let side = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
    if side.abs() < ON_THE_LINE { 0.0 } else { side }
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
        side(a, b, point) == 0.0 && between(a.0, b.0, point.0) && between(a.1, b.1, point.1)
    };
    let to_the_right =
        polygon_edges(polygon).filter_map(|edge| crossing_at(edge, point.1)).filter(|x| *x > point.0).count();
    !polygon_edges(polygon).any(on) && to_the_right % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(left: f64, top: f64, right: f64, bottom: f64) -> Vec<Point> {
        vec![(left, top), (right, top), (right, bottom), (left, bottom)]
    }

    #[test]
    fn polygons_overlap_where_an_area_is_in_both() {
        let square = rectangle(0.2, 0.2, 0.6, 0.6);
        let check = |other: &[Point], expected: bool| {
            assert_eq!(polygons_overlap(&square, other), expected, "{other:?}");
            assert_eq!(polygons_overlap(other, &square), expected, "{other:?}");
        };
        check(&square, true);
        check(&rectangle(0.3, 0.3, 0.4, 0.4), true); // within
        check(&rectangle(0.2, 0.2, 0.4, 0.6), true); // half of it, sharing edges
        check(&rectangle(0.3, 0.0, 0.4, 1.0), true); // a stripe through it
        check(&rectangle(0.5, 0.5, 0.9, 0.9), true); // a corner
        check(&rectangle(0.6, 0.2, 0.9, 0.6), false); // touches
        check(&rectangle(0.599_999_9, 0.2, 0.9, 0.6), false); // touches, but for rounding
        check(&rectangle(0.7, 0.2, 0.9, 0.6), false);
        check(&[(0.0, 0.0), (1.0, 0.0), (1.0, 0.1), (0.1, 0.1), (0.1, 1.0), (0.0, 1.0)], false); // around it
        check(&[(0.4, 0.1), (0.8, 0.4), (0.4, 0.7), (0.0, 0.4)], true); // a rhombus
        check(&[(0.4, 0.59), (0.41, 0.8), (0.39, 0.8)], true); // the tip of a splinter
        check(&[], false);
    }
}
