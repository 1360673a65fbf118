use proptest::prelude::*;

use super::*;

fn any_box() -> impl Strategy<Value = BoxInFrame> {
    (0.0_f32..500.0, 0.0_f32..500.0, 0.1_f32..200.0, 0.1_f32..200.0)
        .prop_map(|(x, y, w, h)| BoxInFrame::new(x, y, x + w, y + h).unwrap())
}

proptest! {
    #[test]
    fn iou_is_symmetric_and_within_bounds(a in any_box(), b in any_box()) {
        prop_assert!((a.iou(&b) - b.iou(&a)).abs() < 1e-5);
        prop_assert!((0.0..=1.0 + 1e-5).contains(&a.iou(&b)));
    }

    #[test]
    fn disjoint_boxes_share_nothing(a in any_box(), gap in 0.0_f32..50.0) {
        let b = BoxInFrame::new(a.right_px() + gap, a.bottom_px() + gap, a.right_px() + gap + 5.0, a.bottom_px() + gap + 5.0).unwrap();
        prop_assert_eq!(a.iou(&b), 0.0);
    }

    #[test]
    fn growing_never_loses_ground(a in any_box(), fraction in 0.0_f32..2.0) {
        prop_assert!(a.covered_fraction_by(&a.grown_by(fraction)) > 0.999);
    }
}

#[test]
fn boxes_refuse_what_is_no_box() {
    for (l, t, r, b) in [
        (0.0, 0.0, 0.0, 1.0),
        (0.0, 1.0, 1.0, 0.0),
        (f32::NAN, 0.0, 1.0, 1.0),
        (0.0, 0.0, f32::INFINITY, 1.0),
    ] {
        assert!(BoxInFrame::new(l, t, r, b).is_err(), "{l},{t},{r},{b}");
    }
}

#[test]
fn polygons_name_what_is_wrong() {
    let check = |points: &[(f64, f64)], expected: &str| {
        assert_eq!(Polygon::from_fractions(points).unwrap_err().to_string(), expected);
    };
    check(
        &[(0.0, 0.0), (1.0, 1.0)],
        "needs at least 3 points, found 2; add a point, or delete the zone to use the whole frame",
    );
    check(
        &[(0.0, 0.0), (1.5, 0.0), (1.0, 1.0)],
        "point 1 is (1.5, 0); write fractions of the picture between 0 and 1, for example [0.25, 0.80]",
    );
    check(
        &[(0.0, 0.0), (f64::NAN, 0.0), (1.0, 1.0)],
        "point 1 is (NaN, 0); write fractions of the picture between 0 and 1, for example [0.25, 0.80]",
    );
    check(
        &[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)],
        "edges 0 and 2 cross; list the corners in order around the zone",
    );
    check(
        &[(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)],
        "the points lie on one line and enclose nothing; move one of them",
    );
}

#[test]
fn contains_follows_the_outline() {
    let notch =
        Polygon::from_fractions(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.4), (0.0, 1.0)]).unwrap();
    let at = |x, y| notch.contains(PointInFrame { x_px: x, y_px: y }, 100, 100);
    assert!(at(50.0, 30.0) && at(10.0, 80.0) && at(90.0, 80.0));
    assert!(!at(50.0, 80.0) && !at(150.0, 30.0));
    assert!((Polygon::whole_frame().area_fraction() - 1.0).abs() < 1e-12);
}

fn area(left: f64, top: f64, right: f64, bottom: f64) -> Polygon {
    Polygon::from_fractions(&[(left, top), (right, top), (right, bottom), (left, bottom)]).unwrap()
}

#[test]
fn areas_overlap_where_they_have_more_in_common_than_an_edge() {
    let check = |a: &Polygon, b: &Polygon, expected: bool| {
        assert_eq!((a.overlaps(b), b.overlaps(a)), (expected, expected), "{a:?} {b:?}");
    };
    let (left, right) = (area(0.0, 0.0, 0.5, 1.0), area(0.5, 0.0, 1.0, 1.0));
    let triangle = |points: [(f64, f64); 3]| Polygon::from_fractions(&points).unwrap();
    check(&left, &left, true);
    check(&left, &Polygon::whole_frame(), true);
    check(&left, &right, false);
    check(&left, &area(0.2, 0.2, 0.3, 0.3), true);
    check(&left, &area(0.6, 0.2, 0.7, 0.3), false);
    check(&area(0.0, 0.0, 1.0, 0.5), &area(0.0, 0.5, 1.0, 1.0), false);
    check(&area(0.4, 0.0, 0.6, 1.0), &area(0.0, 0.4, 1.0, 0.6), true);
    // In each other's bounds, and apart.
    check(
        &triangle([(0.0, 0.0), (0.9, 0.0), (0.0, 0.9)]),
        &triangle([(1.0, 1.0), (0.2, 1.0), (1.0, 0.2)]),
        false,
    );
    check(
        &triangle([(0.0, 0.0), (0.9, 0.0), (0.0, 0.9)]),
        &triangle([(1.0, 1.0), (0.0, 0.5), (1.0, 0.2)]),
        true,
    );
}

#[test]
fn a_box_reaches_into_an_area_with_any_part() {
    let left = area(0.0, 0.0, 0.5, 1.0);
    let check = |l: f32, r: f32, expected: bool| {
        let found = BoxInFrame::new(l, 10.0, r, 14.0).unwrap();
        assert_eq!(left.reaches_into(&found, 640, 480), expected, "{l} to {r}");
    };
    check(10.0, 14.0, true);
    check(318.0, 330.0, true);
    check(320.0, 330.0, false);
    check(-20.0, 5.0, true);
    check(700.0, 720.0, false);
}
