use proptest::prelude::*;

use super::*;
use crate::head::InputSize;
use crate::manifest::Fit;

fn area(points: &[(f64, f64)]) -> Polygon {
    Polygon::from_fractions(points).unwrap()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

#[test]
fn cells_count_by_the_part_of_them_that_lies_inside() {
    // 4 by 2 cells: 1 to 4 persons in the upper row, none in the lower.
    let map = DensityMap::over_picture(4, 2, vec![1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    let check = |points: &[(f64, f64)], expected: f64| near(map.persons_in(&area(points)), expected);
    near(map.persons(), 10.0);
    check(&[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)], 3.0);
    check(&[(0.125, 0.0), (0.375, 0.0), (0.375, 0.5), (0.125, 0.5)], 1.5);
    check(&[(0.0, 0.0), (1.0, 0.0), (1.0, 0.25), (0.0, 0.25)], 5.0);
    check(&[(0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)], 0.0);
    // A notch: the even-odd rule leaves the second and third cell out.
    let notched =
        [(0.0, 0.0), (0.25, 0.0), (0.25, 0.9), (0.75, 0.9), (0.75, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    check(&notched, 5.0);
}

#[test]
fn what_lies_beside_the_picture_is_not_counted() {
    let size = InputSize { width_px: 64, height_px: 64 };
    let map = |fit| {
        let placement = Placement::of((640, 320), size, fit);
        let map = Map { columns: 16, lines: 16, persons: vec![1.0; 256] };
        DensityMap::of_answer(map, &placement, 4)
    };
    near(map(Fit::LetterboxTopLeft).persons(), 128.0);
    near(map(Fit::LetterboxCentre).persons(), 128.0);
    near(map(Fit::Stretch).persons(), 256.0);
    let upper = area(&[(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5)]);
    near(map(Fit::LetterboxCentre).persons_in(&upper), 64.0);
}

#[test]
fn a_map_is_made_of_as_many_finite_numbers_as_it_has_cells() {
    assert!(DensityMap::over_picture(2, 2, vec![0.0; 3]).is_none());
    assert!(DensityMap::over_picture(0, 0, Vec::new()).is_none());
    assert!(DensityMap::over_picture(1, 1, vec![f32::NAN]).is_none());
    let negative = DensityMap::over_picture(2, 1, vec![-0.5, 0.25]).unwrap();
    near(negative.persons(), 0.0);
    assert_eq!(format!("{negative:?}"), "DensityMap(2x1 cells)");
}

proptest! {
    #[test]
    fn areas_that_share_the_picture_out_add_up_to_it(
        (columns, lines) in (1_usize..40, 1_usize..40),
        (x, y) in (0.05_f64..0.95, 0.05_f64..0.95),
        seed in any::<u64>(),
    ) {
        let mut random = fastrand::Rng::with_seed(seed);
        let persons: Vec<f32> = (0..columns * lines).map(|_| random.f32()).collect();
        let map = DensityMap::over_picture(columns, lines, persons).unwrap();
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
        let parts = (0..4).map(|at| map.persons_in(&area(&[corners[at], corners[(at + 1) % 4], (x, y)])));
        let sum: f64 = parts.sum();
        prop_assert!((sum - map.persons()).abs() < 1e-6 * (1.0 + sum), "{sum} of {}", map.persons());
    }
}
