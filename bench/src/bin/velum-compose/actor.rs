//! A person who walks through the scene: where they are when, and which of their cut-outs shows it.

use crate::ground::{Ground, Place};

/// A moment of a way: between two knots a person walks, or stands where both are at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Knot {
    pub(crate) secs: f64,
    pub(crate) place: Place,
}

/// A way through the scene; nobody is there before its first and after its last knot.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Way(Vec<Knot>);

/// Where somebody is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    pub(crate) place: Place,
    /// So long they have walked until now: the gait follows it.
    pub(crate) walked_secs: f64,
    pub(crate) walks: bool,
    pub(crate) to_the_right: bool,
}

impl Way {
    /// Begins at a place.
    pub(crate) fn from(secs: f64, place: Place) -> Self {
        Self(vec![Knot { secs, place }])
    }

    /// Goes on to a place at so many local person heights a second, and returns when it is reached.
    pub(crate) fn walk(&mut self, to: Place, heights_per_sec: f64, ground: &Ground) -> f64 {
        let Some(last) = self.0.last().copied() else { return 0.0 };
        let secs = last.secs + walk_secs(&last.place, &to, heights_per_sec, ground);
        // A straight line at even pace on the ground is not even in the picture: knots in between.
        for step in 1..=STEPS {
            let share = f64::from(step) / f64::from(STEPS);
            let place = last.place.towards(&to, share);
            let until = last.secs + walk_secs(&last.place, &place, heights_per_sec, ground);
            self.0.push(Knot { secs: if step == STEPS { secs } else { until }, place });
        }
        secs
    }

    /// Stays for so long.
    pub(crate) fn stand(&mut self, secs: f64) -> f64 {
        let Some(last) = self.0.last().copied() else { return 0.0 };
        self.0.push(Knot { secs: last.secs + secs, place: last.place });
        last.secs + secs
    }

    /// Moves the whole way in time so that it reaches a moment at another.
    pub(crate) fn shifted(mut self, by_secs: f64) -> Self {
        self.0.iter_mut().for_each(|knot| knot.secs += by_secs);
        self
    }

    /// Where they are at a moment.
    pub(crate) fn at(&self, secs: f64) -> Option<Standing> {
        let mut walked_secs = 0.0;
        let mut to_the_right = true;
        for (from, to) in self.0.iter().zip(self.0.iter().skip(1)) {
            let moves = from.place.distance_px(&to.place) > 1e-6;
            if moves {
                to_the_right = to.place.x_px >= from.place.x_px;
            }
            if secs <= to.secs {
                let inside = secs >= from.secs;
                let share = (secs - from.secs) / (to.secs - from.secs).max(1e-9);
                let place = from.place.towards(&to.place, share);
                walked_secs += if moves { secs - from.secs } else { 0.0 };
                return inside.then_some(Standing { place, walked_secs, walks: moves, to_the_right });
            }
            walked_secs += if moves { to.secs - from.secs } else { 0.0 };
        }
        None
    }

    /// The first moment after `from_secs` at which whoever goes this way has left `object`: beyond the owner's
    /// radius, out of the picture, or gone.
    pub(crate) fn leaves_at(&self, object: &Place, from_secs: f64, ground: &Ground, width_px: f64) -> f64 {
        const STEP_SECS: f64 = 0.1;
        let left = |secs: f64| {
            self.at(secs).is_none_or(|standing| {
                let half = ground.person_px(standing.place.y_px) * HALF_WIDTH_HEIGHTS;
                let beside = standing.place.x_px < -half || standing.place.x_px > width_px + half;
                beside || ground.has_left(&standing.place, object)
            })
        };
        let mut tick = (from_secs / STEP_SECS).round() as u64;
        while !left(tick as f64 * STEP_SECS) {
            tick += 1;
        }
        tick as f64 * STEP_SECS
    }
}

/// Pieces of a straight walk.
const STEPS: u32 = 8;
/// Half of a walker's width in their heights.
const HALF_WIDTH_HEIGHTS: f64 = 0.2;

/// How long a straight walk takes: the pace follows the local height.
fn walk_secs(from: &Place, to: &Place, heights_per_sec: f64, ground: &Ground) -> f64 {
    let pieces = 16;
    let piece_px = from.distance_px(to) / f64::from(pieces);
    let secs = |piece: u32| {
        let middle = from.towards(to, (f64::from(piece) + 0.5) / f64::from(pieces));
        piece_px / (heights_per_sec * ground.person_px(middle.y_px))
    };
    (0..pieces).map(secs).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground() -> Ground {
        Ground::through([100.0, 50.0], [300.0, 150.0]).unwrap()
    }

    #[test]
    fn walks_stands_and_is_gone() {
        let mut way = Way::from(10.0, Place::of([0.0, 200.0]));
        let arrived = way.walk(Place::of([200.0, 200.0]), 0.5, &ground());
        assert!((arrived - 14.0).abs() < 1e-6, "200 px at 50 px a second");
        way.stand(1.5);
        assert_eq!(way.at(9.9), None);
        let halfway = way.at(12.0).unwrap();
        assert!((halfway.place.x_px - 100.0).abs() < 1.0 && halfway.walks && halfway.to_the_right);
        assert!(!way.at(15.0).unwrap().walks);
        assert_eq!(way.at(15.6), None);
    }

    #[test]
    fn the_owner_has_left_beyond_the_radius_or_out_of_view() {
        let object = Place::of([200.0, 200.0]);
        let mut way = Way::from(20.0, object);
        way.stand(1.0);
        way.walk(Place::of([600.0, 200.0]), 0.5, &ground());
        // 1.7 heights of 100 px at 50 px a second: 3.4 s after the second of standing.
        assert!((way.leaves_at(&object, 20.0, &ground(), 640.0) - 24.5).abs() < 0.11);
        // The picture ends first: its edge is at 290, half a person beyond at 310.
        assert!((way.leaves_at(&object, 20.0, &ground(), 290.0) - 23.3).abs() < 0.11);
    }
}
