//! The edges of a polygon, and where a height crosses them: the one way in which everybody finds what is inside.

/// From corner to corner.
pub type Edge = ((f64, f64), (f64, f64));

/// The edges around a polygon, the last back to the first corner.
pub fn polygon_edges(corners: &[(f64, f64)]) -> impl Iterator<Item = Edge> + '_ {
    corners.iter().copied().zip(corners.iter().copied().cycle().skip(1))
}

/// Where an edge crosses this height; none where it does not, or lies on it. Its upper end belongs to it, its lower
/// end does not: of a whole polygon an even number of edges cross each height.
pub fn crossing_at(((ax, ay), (bx, by)): Edge, y: f64) -> Option<f64> {
    ((ay > y) != (by > y)).then(|| ax + (y - ay) / (by - ay) * (bx - ax))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_height_is_crossed_by_an_even_number_of_edges() {
        let triangle = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)];
        assert_eq!(polygon_edges(&triangle).count(), 3);
        assert_eq!(polygon_edges(&[]).count(), 0);
        for (y, expected) in
            [(-0.1, vec![]), (0.0, vec![1.0, 0.0]), (0.5, vec![0.5, 0.0]), (1.0, vec![]), (1.1, vec![])]
        {
            let found: Vec<f64> = polygon_edges(&triangle).filter_map(|edge| crossing_at(edge, y)).collect();
            assert_eq!(found, expected, "{y}");
        }
    }
}
