use super::*;

fn person(x: f32, score: f32) -> Detection {
    let box_in_frame = BoxInFrame::new(x, 100.0, x + 30.0, 190.0).unwrap();
    Detection { class: ObjectClass::Person, score, box_in_frame }
}

fn at(step: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_000_000 + 200 * step)
}

/// Steps a tracker through the frames and returns the ids seen at the end.
fn run(frames: &[Vec<Detection>]) -> (Tracker, Vec<TrackId>) {
    let mut tracker = Tracker::default();
    for (step, detections) in frames.iter().enumerate() {
        tracker.step(detections, at(step as i64));
    }
    let ids = tracker.tracks().iter().map(|t| t.id).collect();
    (tracker, ids)
}

#[test]
fn two_who_pass_each_other_keep_their_tracks() {
    let frames: Vec<_> = (0..20_u8)
        .map(|i| vec![person(f32::from(i) * 12.0, 0.8), person(240.0 - f32::from(i) * 12.0, 0.7)])
        .collect();
    let (tracker, ids) = run(&frames);
    assert_eq!(ids.len(), 2);
    let first = tracker.find(ids[0]).unwrap();
    assert!(first.last_foot().x_px > 200.0, "the one who went right is on the right");
}

#[test]
fn doubtful_boxes_continue_a_track_and_begin_none() {
    let scores = [0.8, 0.7, 0.2, 0.15, 0.2, 0.8];
    let frames: Vec<_> = scores
        .iter()
        .enumerate()
        .map(|(i, &s)| vec![person(i as f32 * 8.0, s), person(400.0, 0.2)])
        .collect();
    let (tracker, ids) = run(&frames);
    assert_eq!(ids.len(), 1);
    assert_eq!(tracker.find(ids[0]).unwrap().hits, 6);
}

#[test]
fn a_short_gap_is_bridged_and_a_long_one_is_not() {
    let gap = |missing: usize| {
        let seen = vec![person(50.0, 0.8)];
        let mut frames = vec![seen.clone(); 5];
        frames.extend(vec![Vec::new(); missing]);
        frames.push(seen);
        run(&frames).0.tracks()[0].hits
    };
    assert_eq!(gap(8), 6);
    assert_eq!(gap(15), 1);
}

#[test]
fn what_ended_is_remembered_for_a_while_only() {
    let mut frames = vec![vec![person(50.0, 0.8)]; 5];
    frames.extend(vec![Vec::new(); 20]);
    assert_eq!(run(&frames).0.with_past().count(), 1);
    frames.extend(vec![Vec::new(); 80]);
    assert_eq!(run(&frames).0.with_past().count(), 0);
}

#[test]
fn knows_how_far_someone_went() {
    let frames: Vec<_> = (0..20_u8).map(|i| vec![person(f32::from(i) * 12.0, 0.8)]).collect();
    let (tracker, ids) = run(&frames);
    let moved = tracker.find(ids[0]).unwrap().moved_px(2.0).unwrap();
    assert!((moved - 120.0).abs() < 0.5, "moved {moved}");
}

#[test]
fn stays_bounded_whatever_comes() {
    let crowd: Vec<_> = (0..2_000_u16).map(|i| person(f32::from(i) * 7.0, 0.9)).collect();
    let (tracker, _) = run(&vec![crowd; 3]);
    assert!(tracker.tracks().len() <= MAX_TRACKS);
}
