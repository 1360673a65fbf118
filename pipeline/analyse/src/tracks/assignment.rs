//! The cheapest assignment of rows to columns.
//!
//! *Source*: the Hungarian method with potentials (Kuhn 1955; Jonker and Volgenant 1987), cubic in the longer side.
#![expect(
    clippy::indexing_slicing,
    reason = "indices run over vectors made here with the lengths of the matrix"
)]

/// Assigns each row a column of its own so that the sum of costs is least; pairs that cost `limit` or more are
/// left apart. Costs above `limit` count as `limit`, so that one hopeless row does not spoil the others.
pub(super) fn assign(costs: &[Vec<f32>], limit: f32) -> Vec<Option<usize>> {
    let rows = costs.len();
    let columns = costs.first().map_or(0, Vec::len);
    if columns == 0 {
        return vec![None; rows];
    }
    // Each row may also take a place of its own at the limit: `columns + row`.
    let wide = columns + rows;
    let cost = |row: usize, column: usize| match costs[row].get(column) {
        Some(cost) if cost.is_finite() => f64::from(cost.min(limit)),
        _ => f64::from(limit),
    };
    let mut row_of = vec![0_usize; wide + 1];
    let (mut u, mut v) = (vec![0.0_f64; rows + 1], vec![0.0_f64; wide + 1]);
    for row in 1..=rows {
        let mut way = vec![0_usize; wide + 1];
        let mut least = vec![f64::INFINITY; wide + 1];
        let mut used = vec![false; wide + 1];
        row_of[0] = row;
        let mut column = 0;
        loop {
            used[column] = true;
            let (current, mut delta, mut next) = (row_of[column], f64::INFINITY, 0);
            for j in 1..=wide {
                if used[j] {
                    continue;
                }
                let reduced = cost(current - 1, j - 1) - u[current] - v[j];
                if reduced < least[j] {
                    (least[j], way[j]) = (reduced, column);
                }
                if least[j] < delta {
                    (delta, next) = (least[j], j);
                }
            }
            for j in 0..=wide {
                if used[j] {
                    u[row_of[j]] += delta;
                    v[j] -= delta;
                } else {
                    least[j] -= delta;
                }
            }
            column = next;
            if row_of[column] == 0 {
                break;
            }
        }
        while column != 0 {
            row_of[column] = row_of[way[column]];
            column = way[column];
        }
    }
    let mut columns_of = vec![None; rows];
    for (j, &row) in row_of.iter().enumerate().skip(1).take(columns) {
        if row > 0 && cost(row - 1, j - 1) < f64::from(limit) {
            columns_of[row - 1] = Some(j - 1);
        }
    }
    columns_of
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prefers_the_sum_to_the_first_row() {
        // Greedily, row 0 would take column 0 and leave row 1 nothing.
        let costs = [vec![0.1, 0.2], vec![0.3, 0.95]];
        assert_eq!(assign(&costs, 0.9), [Some(1), Some(0)]);
        assert_eq!(assign(&costs[..1], 0.9), [Some(0)]);
        assert_eq!(assign(&[vec![], vec![]], 0.9), [None, None]);
        assert_eq!(assign(&[vec![f32::NAN], vec![0.5]], 0.9), [None, Some(0)]);
    }

    fn best_by_trying(costs: &[Vec<f32>], limit: f32, row: usize, taken: &mut Vec<usize>) -> f32 {
        let Some(cells) = costs.get(row) else { return 0.0 };
        let mut best = limit + best_by_trying(costs, limit, row + 1, taken);
        for (column, cost) in cells.iter().enumerate() {
            if *cost < limit && !taken.contains(&column) {
                taken.push(column);
                best = best.min(cost + best_by_trying(costs, limit, row + 1, taken));
                taken.pop();
            }
        }
        best
    }

    proptest! {
        #[test]
        fn costs_as_little_as_the_best_of_all(
            (rows, columns, cells) in (1_usize..5, 1_usize..5)
                .prop_flat_map(|(r, c)| (Just(r), Just(c), prop::collection::vec(0.0_f32..1.0, r * c))),
        ) {
            let costs: Vec<Vec<f32>> = cells.chunks(columns).map(<[f32]>::to_vec).collect();
            prop_assert_eq!(costs.len(), rows);
            let chosen = assign(&costs, 0.8);
            let sum: f32 = chosen.iter().zip(&costs).map(|(c, row)| c.map_or(0.8, |c| row[c])).sum();
            prop_assert!((sum - best_by_trying(&costs, 0.8, 0, &mut Vec::new())).abs() < 1e-4);
        }
    }
}
