use super::*;

const SIZE: (u32, u32) = (96, 64);

fn model() -> Background {
    Background::new(WorkingSize::of_frame(SIZE, 640)).unwrap()
}

/// A picture of one colour but for a square in the middle.
fn picture(ground: u8, square: u8) -> Mat {
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let inside = |i: usize| (40..56).contains(&(i % width)) && (24..40).contains(&(i / width));
    let pixels: Vec<Vec3b> =
        (0..width * height).map(|i| Vec3b::from([if inside(i) { square } else { ground }; 3])).collect();
    Mat::new_rows_cols_with_data(height as i32, width as i32, &pixels).unwrap().try_clone().unwrap()
}

/// Plays (seconds, ground, square) at five a second and returns how the centre of the square ends.
fn centre_after(spans: &[(f64, u8, u8)]) -> (u8, Background) {
    let mut model = model();
    let mut step = 0;
    for &(secs, ground, square) in spans {
        for _ in 0..(secs * 5.0) as usize {
            model.step(&picture(ground, square), Timestamp::from_unix_millis(step * 200)).unwrap();
            step += 1;
        }
    }
    (model.stillness()[32 * SIZE.0 as usize + 48], model)
}

fn check(spans: &[(f64, u8, u8)], expected: Stillness) {
    assert_eq!(centre_after(spans).0, expected as u8, "{spans:?}");
}

#[test]
fn what_stays_becomes_static_and_what_moves_does_not() {
    check(&[(10.0, 100, 100)], Stillness::None);
    check(&[(10.0, 100, 100), (0.6, 100, 180)], Stillness::None);
    check(&[(10.0, 100, 100), (1.6, 100, 180)], Stillness::Early);
    check(&[(10.0, 100, 100), (4.0, 100, 180)], Stillness::Static);
    check(&[(10.0, 100, 100), (4.0, 100, 180), (3.0, 100, 100)], Stillness::None);
    check(&[(10.0, 100, 100), (4.0, 100, 110)], Stillness::None);
}

#[test]
fn a_passer_by_does_not_start_it_anew() {
    check(&[(10.0, 100, 100), (6.0, 100, 180), (2.0, 100, 30)], Stillness::Static);
    // Hidden for longer than it had been seen: it comes back with what it had.
    check(&[(10.0, 100, 100), (2.0, 100, 180), (4.0, 100, 30), (1.4, 100, 180)], Stillness::Static);
    // But not when the ground was seen in between.
    check(&[(10.0, 100, 100), (2.0, 100, 180), (4.0, 100, 100), (1.4, 100, 180)], Stillness::Early);
}

#[test]
fn a_change_of_light_is_not_foreground() {
    check(&[(10.0, 100, 160), (6.0, 130, 208)], Stillness::None);
    check(&[(10.0, 100, 160), (6.0, 70, 112)], Stillness::None);
}

#[test]
fn what_stays_for_minutes_is_background() {
    let (still, model) = centre_after(&[(10.0, 100, 100), (310.0, 100, 180)]);
    assert_eq!(still, Stillness::None as u8);
    let behind = model.behind().data_typed::<Vec3b>().unwrap();
    assert!(behind[32 * SIZE.0 as usize + 48].0[0].abs_diff(180) < 3);
}

/// Whether the square's centre is known to be foreground.
fn foreground(model: &Background) -> Option<bool> {
    model.foreground().map(|foreground| foreground[32 * SIZE.0 as usize + 48] == 1)
}

#[test]
fn what_differs_is_known_for_each_picture_but_not_while_the_scene_is_learnt() {
    assert_eq!(foreground(&centre_after(&[(3.0, 100, 100)]).1), None);
    let (_, mut model) = centre_after(&[(10.0, 100, 100)]);
    assert_eq!(foreground(&model), Some(false));
    // Sooner than the model makes a step.
    let stepped = model.step(&picture(100, 180), Timestamp::from_unix_millis(9_900)).unwrap();
    assert_eq!((stepped, foreground(&model)), (false, Some(true)));
    assert_eq!(foreground(&centre_after(&[(10.0, 100, 100), (4.0, 100, 180)]).1), Some(true), "still, too");
    // One half becomes darker, which no change of light explains.
    let halves: Vec<Vec3b> =
        (0..96 * 64).map(|i| Vec3b::from([if i < 48 * 96 { 30 } else { 100 }; 3])).collect();
    let halves = Mat::new_rows_cols_with_data(64, 96, &halves).unwrap().try_clone().unwrap();
    model.step(&halves, Timestamp::from_unix_millis(10_000)).unwrap();
    assert_eq!(foreground(&model), None, "the whole scene changes");
}
