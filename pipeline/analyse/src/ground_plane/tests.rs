use proptest::prelude::*;

use super::*;

fn pair(x_fraction: f64, y_fraction: f64, x_m: f64, y_m: f64) -> PointPair {
    PointPair { x_fraction, y_fraction, ground: GroundPoint { x_m, y_m } }
}

/// A road of 4 m by 10 m, seen in perspective.
fn road() -> Vec<PointPair> {
    vec![
        pair(0.1, 0.9, 0.0, 0.0),
        pair(0.9, 0.9, 4.0, 0.0),
        pair(0.6, 0.3, 4.0, 10.0),
        pair(0.4, 0.3, 0.0, 10.0),
    ]
}

#[test]
fn measures_the_area_that_was_measured() {
    let plane = GroundPlane::fit(&road()).unwrap();
    let zone = Polygon::from_fractions(&[(0.1, 0.9), (0.9, 0.9), (0.6, 0.3), (0.4, 0.3)]).unwrap();
    assert!((plane.area_m2(&zone).unwrap() - 40.0).abs() < 1e-6);
}

#[test]
fn things_grow_towards_the_camera() {
    let plane = GroundPlane::fit(&road()).unwrap();
    let near = plane.person_height_px(0.5, 0.9, 640).unwrap();
    let far = plane.person_height_px(0.5, 0.3, 640).unwrap();
    assert!(near > 3.0 * far, "near {near} far {far}");
    assert!((near - 1.7 * 640.0 * 0.8 / 4.0).abs() < 1.0);
}

#[test]
fn a_zone_beyond_the_horizon_has_no_area() {
    let plane = GroundPlane::fit(&road()).unwrap();
    assert_eq!(plane.area_m2(&Polygon::whole_frame()), None);
}

#[test]
fn refuses_what_determines_no_plane() {
    let check = |pairs: &[PointPair], expected: &str| {
        let error = GroundPlane::fit(pairs).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&road()[..3], "needs at least 4 point pairs, found 3; measure 1 more");
    let line: Vec<_> = (0..6).map(|i| f64::from(i) / 10.0).map(|v| pair(v, v, v, 2.0 * v)).collect();
    check(&line, "lie on one line");
    let mut three_on_a_line = road();
    three_on_a_line[3] = pair(0.5, 0.9, 2.0, 0.0);
    check(&three_on_a_line, "lie on one line");
    check(&[road()[0], road()[0], road()[1], road()[2]], "lie on one line or coincide");
    let mut swapped = road();
    swapped.swap(0, 1);
    let (a, b) = (swapped[0].ground, swapped[1].ground);
    (swapped[0].ground, swapped[1].ground) = (b, b);
    swapped[1].ground = a;
    swapped[0].ground = b;
    swapped.push(pair(0.5, 0.6, 2.0, 9.9));
    check(&swapped, "lies");
    check(&[road()[0], road()[1], road()[2], pair(0.4, f64::NAN, 0.0, 10.0)], "ground_plane[3]: `NaN`");
    check(&[road()[0], road()[1], road()[2], pair(1.4, 0.3, 0.0, 10.0)], "ground_plane[3]: `1.4`");
}

/// A camera at some height that looks down at some angle: pairs made by projection.
fn seen(height_m: f64, tilt: f64, points: &[(f64, f64)]) -> Option<Vec<PointPair>> {
    points
        .iter()
        .map(|&(x_m, y_m)| {
            let depth = y_m * tilt.cos() + height_m * tilt.sin();
            let down = height_m * tilt.cos() - y_m * tilt.sin();
            let (x, y) = (0.5 + 0.8 * x_m / depth, 0.5 + 0.8 * down / depth);
            (depth > 0.1 && (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y))
                .then(|| pair(x, y, x_m, y_m))
        })
        .collect()
}

proptest! {
    #[test]
    fn finds_back_every_point_of_a_plane_that_a_camera_sees(
        height_m in 2.5_f64..12.0, tilt in 0.2_f64..1.0, x_m in -1.5_f64..1.5, y_m in 6.0_f64..14.0,
    ) {
        let marks = [(-2.0, 6.0), (2.0, 6.5), (2.2, 14.0), (-1.8, 13.0), (0.3, 9.0)];
        let (Some(pairs), Some(probe)) = (seen(height_m, tilt, &marks), seen(height_m, tilt, &[(x_m, y_m)])) else {
            return Ok(());
        };
        let plane = GroundPlane::fit(&pairs).unwrap();
        let found = plane.ground_at(probe[0].x_fraction, probe[0].y_fraction).unwrap();
        prop_assert!((found.x_m - x_m).hypot(found.y_m - y_m) < 1e-6);
        let (x, y) = plane.picture_at(GroundPoint { x_m, y_m }).unwrap();
        prop_assert!((x - probe[0].x_fraction).hypot(y - probe[0].y_fraction) < 1e-6);
    }

    #[test]
    fn any_pairs_give_a_plane_or_an_error(
        values in prop::collection::vec((-0.1_f64..1.1, -0.1_f64..1.1, -50.0_f64..50.0, -50.0_f64..50.0), 0..9),
    ) {
        let pairs: Vec<_> = values.into_iter().map(|(x, y, u, v)| pair(x, y, u, v)).collect();
        if let Ok(plane) = GroundPlane::fit(&pairs) {
            for p in &pairs {
                prop_assert!(plane.misfit_m(p).is_finite());
            }
        }
    }
}
