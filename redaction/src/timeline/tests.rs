use proptest::prelude::*;

use super::*;
use crate::SettingsDraft;
use crate::testing::{at, draft, frame, settings};

fn seen() -> Sight {
    Sight { detections: Vec::new(), moving_regions: Vec::new(), seen: SightState::Seen }
}

fn timeline() -> Timeline {
    Timeline::new(CameraId::parse("c").unwrap(), settings())
}

fn pushed(numbers: std::ops::Range<u64>) -> Timeline {
    let mut timeline = timeline();
    numbers.for_each(|number| timeline.push(frame(number), seen()).unwrap());
    timeline
}

fn refused(timeline: &mut Timeline) -> Option<PictureWithheld> {
    timeline.due().and_then(|due| due.job.err())
}

#[test]
fn a_job_is_due_when_its_look_ahead_is_complete() {
    let mut timeline = pushed(0..4);
    let ticket = timeline.ask_newest().unwrap();
    assert_eq!(timeline.ask(at(3)).unwrap(), ticket);
    timeline.push(frame(4), seen()).unwrap();
    assert!(timeline.due().is_none());
    timeline.push(frame(5), seen()).unwrap();
    let due = timeline.due().unwrap();
    let job = due.job.unwrap();
    assert_eq!((due.ticket, job.captured_at(), job.window.len()), (ticket, at(3), 5));
    assert_eq!((job.window[0].at, job.window[4].at), (at(1), at(5)));
    // The frame has left the timeline: there is no second picture of it.
    assert_eq!(timeline.ask(at(3)), Err(PictureWithheld::WindowIncomplete));
    assert!(timeline.due().is_none());
}

#[test]
fn a_frame_of_a_moment_ago_can_be_asked_for() {
    let mut timeline = pushed(0..6);
    timeline.ask(at(3)).unwrap();
    assert_eq!(timeline.due().unwrap().job.unwrap().captured_at(), at(3));
}

#[test]
fn without_the_frames_before_it_there_is_no_picture() {
    let mut timeline = pushed(0..2);
    timeline.ask(at(1)).unwrap();
    (2..4).for_each(|number| timeline.push(frame(number), seen()).unwrap());
    assert_eq!(refused(&mut timeline), Some(PictureWithheld::WindowIncomplete));
    assert_eq!(timeline.ask(at(99)), Err(PictureWithheld::WindowIncomplete));
}

#[test]
fn what_waits_is_withheld_when_time_goes_back_or_all_is_forgotten() {
    let mut timeline = pushed(3..7);
    timeline.ask_newest().unwrap();
    timeline.push(frame(2), seen()).unwrap();
    assert_eq!(refused(&mut timeline), Some(PictureWithheld::WindowIncomplete));
    assert_eq!(timeline.raw_frames(), 1);
    let mut timeline = pushed(0..6);
    timeline.ask(at(3)).unwrap();
    timeline.forget(PictureWithheld::DetectorStale);
    assert_eq!((timeline.raw_frames(), refused(&mut timeline)), (0, Some(PictureWithheld::DetectorStale)));
}

#[test]
fn frames_are_wiped_when_their_lifetime_is_over() {
    let mut timeline = pushed(0..6);
    timeline.ask(at(3)).unwrap();
    timeline.ask(at(5)).unwrap();
    timeline.wipe_expired(at(0).plus(Duration::from_secs(20)));
    assert_eq!(timeline.raw_frames(), 0);
    assert_eq!(refused(&mut timeline), Some(PictureWithheld::Overloaded));
    assert_eq!(refused(&mut timeline), Some(PictureWithheld::WindowIncomplete));
    assert!(timeline.due().is_none());
}

/// A policy may want raw frames gone sooner than the hold lasts: what was seen on them still holds.
#[test]
fn what_was_seen_outlasts_the_raw_frames() {
    let short = SettingsDraft { raw_lifetime: Duration::from_millis(500), ..draft() };
    let settings = Arc::new(Settings::new(short).unwrap());
    let mut timeline = Timeline::new(CameraId::parse("c").unwrap(), settings);
    (0..4).for_each(|number| timeline.push(frame(number), seen()).unwrap());
    timeline.ask_newest().unwrap();
    (4..6).for_each(|number| timeline.push(frame(number), seen()).unwrap());
    assert_eq!(timeline.raw_frames(), 3);
    let job = timeline.due().unwrap().job.unwrap();
    let held: Vec<bool> = job.window.iter().map(|slot| slot.frame.is_some()).collect();
    // The two before it are wiped, the fourth is the picture itself.
    assert_eq!(held, [false, false, false, true, true]);
}

#[test]
fn frames_of_another_camera_are_refused() {
    let mut other = Timeline::new(CameraId::parse("d").unwrap(), settings());
    let error = other.push(frame(1), seen()).unwrap_err().to_string();
    assert_eq!(error, "a frame of camera `c` on the timeline of `d`; it was dropped");
    assert_eq!(other.raw_frames(), 0);
}

#[test]
fn no_more_pictures_wait_than_can_be_held() {
    let roomy = Settings::new(SettingsDraft { lookahead_frames: 20, ..draft() }).unwrap();
    let mut timeline = Timeline::new(CameraId::parse("c").unwrap(), Arc::new(roomy));
    for number in 0..12 {
        timeline.push(frame(number), seen()).unwrap();
        let asked = timeline.ask_newest();
        assert_eq!(asked.is_ok(), (number as usize) < WAITING_MAX, "{number}");
    }
    assert_eq!(timeline.ask_newest(), Err(PictureWithheld::Overloaded));
}

#[derive(Debug, Clone)]
enum Act {
    Push,
    Blind,
    Ask(u64),
    Fetch,
    Wipe,
    Back,
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Push),
        1 => Just(Act::Blind),
        3 => (0_u64..6).prop_map(Act::Ask),
        2 => Just(Act::Fetch),
        1 => Just(Act::Wipe),
        1 => Just(Act::Back),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_ticket_has_one_answer_and_few_frames_are_held(acts in prop::collection::vec(any_act(), 0..60)) {
        let mut timeline = timeline();
        let (mut number, mut tickets, mut answered) = (10, BTreeSet::new(), Vec::new());
        let acts = acts.into_iter().chain([Act::Wipe]).chain(std::iter::repeat_n(Act::Fetch, WAITING_MAX));
        for act in acts {
            match act {
                Act::Push => timeline.push(frame(number), seen()).unwrap(),
                Act::Blind => timeline.push_blind(at(number), SightState::Stale),
                Act::Ask(back) => tickets.extend(timeline.ask(at(number.saturating_sub(back)))),
                Act::Fetch => answered.extend(timeline.due().map(|due| due.ticket)),
                Act::Wipe => timeline.wipe_expired(at(number + 100)),
                Act::Back => number = number.saturating_sub(3),
            }
            number += u64::from(matches!(act, Act::Push | Act::Blind));
            let unfetched = timeline.due.len();
            prop_assert!(timeline.raw_frames() <= 5 * (1 + unfetched) && unfetched <= WAITING_MAX);
            prop_assert!(timeline.ring.len() <= 5);
        }
        answered.sort();
        prop_assert_eq!(answered, tickets.into_iter().collect::<Vec<_>>());
    }
}
