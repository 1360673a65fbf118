//! How a drawn crowd moves, from pictures to alerts. People are small, so that the scene is some 20 m wide.

use velum_vocab::{CrowdMovement, MovementPattern as Pattern, Validity};

use super::world::{Actor, WIDTH};
use super::*;
use crate::MovementSettings;

const SIZE: (f32, f32) = (10.0, 26.0);
/// Pixels of one metre: a person is 1.7 m tall.
const M: f32 = SIZE.1 / 1.7;
/// Until then people walk, which is learnt.
const EVENT_AT: f64 = 40.0;

/// Somebody who walks to and fro between two columns, so that the picture stays full, until the event.
fn walker(index: usize, then: impl Fn(f64, (f32, f32)) -> (f32, f32) + 'static) -> Actor {
    let row = 90.0 + 14.0 * (index % 8) as f32;
    let (from, to) = (100.0, 220.0);
    let phase = 17.0 * index as f64;
    let place = move |t: f64| {
        let along = (t * f64::from(1.2 * M) + phase) % (2.0 * f64::from(to - from));
        let along = along as f32;
        let x = if along < to - from { from + along } else { to - (along - (to - from)) };
        (x, row)
    };
    let foot = move |t: f64| {
        let (x, y) = if t < EVENT_AT { place(t) } else { then(t - EVENT_AT, place(EVENT_AT)) };
        (x > -10.0 && x < WIDTH as f32 + 10.0 && y > 20.0 && y < 250.0).then_some((x, y))
    };
    let shade = 170 + 9 * (index % 8) as u8;
    Actor { size: SIZE, shade, is_person: true, seen: 0.95, foot: Box::new(foot) }
}

fn world(actors: Vec<Actor>) -> World {
    let mut world = World::of(Vec::new());
    world.actors = actors;
    world.density_only = true;
    world.movement = Some(MovementSettings { learn_secs: 25.0, ..MovementSettings::default() });
    world
}

fn crowd(persons: usize, then: impl Fn(f64, (f32, f32)) -> (f32, f32) + Copy + 'static) -> World {
    world((0..persons).map(|index| walker(index, then)).collect())
}

fn movements(played: &Played) -> Vec<(f64, &Observation, &CrowdMovement)> {
    let all = played.observations().into_iter();
    all.filter_map(|(t, o)| match &o.body {
        ObservationBody::CrowdMovement(movement) => Some((t, o, movement)),
        _ => None,
    })
    .collect()
}

fn told(played: &Played) -> Vec<(AlertState, Pattern)> {
    movements(played).into_iter().map(|(_, o, m)| (o.state, m.pattern)).collect()
}

/// Away from the middle of the picture, so fast.
fn scatter(m_per_s: f32) -> impl Fn(f64, (f32, f32)) -> (f32, f32) + Copy {
    move |secs, (x, y)| {
        let (dx, dy) = (x - 160.0, y - 140.0);
        let away = dx.hypot(dy).max(1.0);
        let moved = m_per_s * M * secs as f32;
        (x + moved * dx / away, y + moved * dy / away)
    }
}

fn to_the_right(m_per_s: f32) -> impl Fn(f64, (f32, f32)) -> (f32, f32) + Copy {
    move |secs, (x, y)| (x + m_per_s * M * secs as f32, y)
}

#[test]
fn people_who_walk_say_nothing() {
    let played = crowd(8, |secs, (x, y)| (x + (0.8 * M) * secs as f32, y)).play(60.0);
    assert_eq!(told(&played), []);
    assert!(!played.state.unwrap().usual.is_empty(), "what is usual was learnt");
}

#[test]
fn a_crowd_that_scatters_raises_one_alert() {
    let played = crowd(10, scatter(3.2)).play(60.0);
    assert_eq!(
        told(&played),
        [(AlertState::Raised, Pattern::Dispersal), (AlertState::Cleared, Pattern::Dispersal)]
    );
    let [(at, raised, movement), _] = movements(&played)[..] else { panic!() };
    assert!((EVENT_AT + 1.0..EVENT_AT + 5.0).contains(&at), "{at}");
    assert_eq!(raised.validity, Validity::Valid, "{:?}", codes(raised));
    assert!((2.0..4.5).contains(&movement.speed_m_per_s), "{movement:?}");
}

#[test]
fn a_crowd_that_runs_together_is_a_surge() {
    let left = |secs: f64, (x, y): (f32, f32)| (x - 100.0 + 3.2 * M * secs as f32, y);
    let played = crowd(9, left).play(60.0);
    let told = told(&played);
    assert_eq!(told[0], (AlertState::Raised, Pattern::Surge), "{told:?}");
    let (_, _, movement) = movements(&played)[0];
    assert_eq!(movement.direction, Some(velum_vocab::PictureDirection::Right));
    assert!((2.2..4.2).contains(&movement.speed_m_per_s), "{movement:?}");
}

#[test]
fn one_who_runs_among_many_who_stand_is_nobodys_business() {
    let mut actors: Vec<_> = (0..9).map(|index| walker(index, |_, place| place)).collect();
    actors.push(walker(9, to_the_right(4.0)));
    assert_eq!(told(&world(actors).play(60.0)), []);
}

#[test]
fn four_who_run_are_no_crowd() {
    assert_eq!(told(&crowd(4, scatter(3.2)).play(60.0)), []);
    assert_eq!(told(&crowd(4, to_the_right(3.2)).play(60.0)), []);
}

#[test]
fn light_that_changes_moves_nobody() {
    for light in [|t: f64| if t > 45.0 { 1.3 } else { 1.0 }, |t: f64| 1.0 + 0.2 * (t * 2.0).sin()] {
        let mut world = crowd(8, |_, place| place);
        world.light = Box::new(move |t, _, _| light(t));
        assert_eq!(told(&world.play(60.0)), []);
    }
}

#[test]
fn a_kill_keeps_what_is_usual_and_what_is_open() {
    let played = crowd(10, scatter(2.4)).play_with_kills(60.0, &[EVENT_AT + 4.4], 1.0);
    let all = movements(&played);
    let alerts: Vec<_> = all.iter().map(|(_, o, _)| o.alert).collect();
    assert_eq!(
        told(&played),
        [(AlertState::Raised, Pattern::Dispersal), (AlertState::Cleared, Pattern::Dispersal)]
    );
    assert_eq!(alerts[0], alerts[1]);
}
