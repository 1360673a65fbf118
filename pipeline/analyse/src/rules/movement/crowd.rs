//! One moment of a crowd: how the persons in a zone move, all taken together.

use velum_vocab::{PointInFrame, Polygon, Timestamp};

use crate::flow::{Flow, PixelVelocity};
use crate::ground_plane::{GroundPlane, PERSON_HEIGHT_M};
use crate::person_height::PersonHeight;
use crate::picture::WorkingSize;
use crate::tracks::{Track, Tracker};

use super::usual::median;

/// Boxes of less score are no persons here.
const MIN_SCORE: f32 = 0.3;
/// Slower than this, a person stands: where it turns says nothing.
const MOVING_M_PER_S: f64 = 0.5;
/// Nobody runs faster than this: the vectors are wrong.
const FASTEST_M_PER_S: f64 = 12.0;
/// Against the usual direction: more than 120 degrees from it.
const AGAINST_COSINE: f64 = -0.5;
/// People smaller than this in the working picture have no vectors that mean anything.
pub(super) const MIN_PERSON_PX: f32 = 16.0;

/// What a step of the rule sees.
pub(crate) struct Moving<'a> {
    pub(crate) at: Timestamp,
    pub(crate) tracker: &'a Tracker,
    pub(crate) heights: &'a PersonHeight,
    pub(crate) size: WorkingSize,
    pub(crate) flow: &'a Flow,
    /// Pixels that differ from the background.
    pub(crate) foreground: Option<&'a [u8]>,
    pub(crate) ground_plane: Option<&'a GroundPlane>,
}

/// What was measured of the persons in a zone.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Moment {
    pub(super) persons: usize,
    /// Median speed.
    pub(super) speed_m_per_s: Option<f64>,
    /// Median speed away from the middle of all.
    pub(super) apart_m_per_s: Option<f64>,
    /// Mean of the directions of those who move, as unit vectors in the picture.
    pub(super) heading: Option<(f64, f64)>,
    /// Those who go against the usual direction.
    pub(super) against: usize,
    /// Their share of those who move.
    pub(super) against_fraction: Option<f64>,
    /// Height of a person in the working picture, in the middle.
    pub(super) person_px: Option<f32>,
}

/// One person in metres: where it is, how it moves, and where to in the picture.
struct Mover {
    place: (f64, f64),
    velocity: (f64, f64),
    heading: (f64, f64),
    person_px: f32,
}

impl Moment {
    /// Measures the persons whose feet are in the zone. `usual` is the usual direction, where there is one.
    pub(super) fn of(moving: &Moving<'_>, zone: &Polygon, usual: Option<(f64, f64)>) -> Self {
        let (width, height) = (moving.size.width_px, moving.size.height_px);
        let seen_now = |track: &&Track| track.seen_at == moving.at && track.score >= MIN_SCORE;
        let inside = |track: &&Track| zone.contains(track.box_in_frame.foot(), width, height);
        let tracks = moving.tracker.tracks().iter().filter(seen_now).filter(inside);
        let movers: Vec<Mover> = tracks.filter_map(|track| moving.mover(track)).collect();
        let speeds = movers.iter().map(|m| length(m.velocity)).collect();
        let headings: Vec<(f64, f64)> =
            movers.iter().filter(|m| length(m.velocity) >= MOVING_M_PER_S).map(|m| m.heading).collect();
        let against = usual.map_or(0, |usual| {
            headings.iter().filter(|h| h.0 * usual.0 + h.1 * usual.1 <= AGAINST_COSINE).count()
        });
        let share = |count: usize| (!headings.is_empty()).then(|| count as f64 / headings.len() as f64);
        Self {
            persons: movers.len(),
            speed_m_per_s: median(speeds),
            apart_m_per_s: apart(&movers),
            heading: mean(&headings),
            against,
            against_fraction: usual.and_then(|_| share(against)),
            person_px: median(movers.iter().map(|m| f64::from(m.person_px)).collect()).map(|px| px as f32),
        }
    }
}

impl Moving<'_> {
    fn mover(&self, track: &Track) -> Option<Mover> {
        let found = &track.box_in_frame;
        let velocity = self.flow.of_person(found, self.foreground)?;
        let foot = found.foot();
        let person_px = self.heights.at_px(foot.x_px, foot.y_px, self.ground_plane);
        let (place, in_metres) = match self.ground_plane {
            Some(plane) => self.on_ground(plane, foot, velocity)?,
            None => by_height(foot, velocity, person_px),
        };
        let speed_px = velocity.x_px_per_s.hypot(velocity.y_px_per_s);
        let heading = if speed_px > 0.0 {
            (velocity.x_px_per_s / speed_px, velocity.y_px_per_s / speed_px)
        } else {
            (0.0, 0.0)
        };
        (length(in_metres) <= FASTEST_M_PER_S).then_some(Mover {
            place,
            velocity: in_metres,
            heading,
            person_px,
        })
    }

    fn on_ground(
        &self,
        plane: &GroundPlane,
        foot: PointInFrame,
        velocity: PixelVelocity,
    ) -> Option<((f64, f64), (f64, f64))> {
        /// Short, so that the plane is flat over the step.
        const STEP_SECS: f64 = 0.1;
        let fraction = |x: f64, y: f64| {
            plane.ground_at(x / f64::from(self.size.width_px), y / f64::from(self.size.height_px))
        };
        let (x, y) = (f64::from(foot.x_px), f64::from(foot.y_px));
        let here = fraction(x, y)?;
        let there = fraction(x + velocity.x_px_per_s * STEP_SECS, y + velocity.y_px_per_s * STEP_SECS)?;
        let velocity = ((there.x_m - here.x_m) / STEP_SECS, (there.y_m - here.y_m) / STEP_SECS);
        Some(((here.x_m, here.y_m), velocity))
    }
}

/// Without a ground plane a standing person is the yardstick.
fn by_height(foot: PointInFrame, velocity: PixelVelocity, person_px: f32) -> ((f64, f64), (f64, f64)) {
    let m_per_px = PERSON_HEIGHT_M / f64::from(person_px.max(1.0));
    let place = (f64::from(foot.x_px) * m_per_px, f64::from(foot.y_px) * m_per_px);
    (place, (velocity.x_px_per_s * m_per_px, velocity.y_px_per_s * m_per_px))
}

/// The median speed away from the middle of all: half of the people move apart at least so fast. One who runs, and a
/// crowd that moves as a whole, change it little.
fn apart(movers: &[Mover]) -> Option<f64> {
    let middle = mean(&movers.iter().map(|m| m.place).collect::<Vec<_>>())?;
    let outward = movers.iter().filter_map(|mover| {
        let away = (mover.place.0 - middle.0, mover.place.1 - middle.1);
        let distance = length(away);
        let along = mover.velocity.0 * away.0 + mover.velocity.1 * away.1;
        (distance > 0.1).then(|| along / distance)
    });
    median(outward.collect())
}

fn length(vector: (f64, f64)) -> f64 {
    vector.0.hypot(vector.1)
}

fn mean(vectors: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = vectors.len() as f64;
    let sum = vectors.iter().fold((0.0, 0.0), |sum, v| (sum.0 + v.0, sum.1 + v.1));
    (!vectors.is_empty()).then(|| (sum.0 / count, sum.1 / count))
}
