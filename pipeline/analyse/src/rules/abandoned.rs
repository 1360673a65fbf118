//! Abandoned objects: something is put down, its owner goes away, and nobody attends it for a while.
//!
//! *Definition*: PETS 2006 and AVSS 2007; see [`AbandonedSettings`](crate::AbandonedSettings). A static blob that
//! looks plausible is remembered from its first second on, so that it survives a restart; it becomes an object
//! when it has settled and passed the tests of `tests_of_things`; its alert is raised when the evidence that
//! nobody attends it has lasted long enough. Time in which the object cannot be seen counts for nothing.

mod apart;
mod attendance;
mod evidence;
mod finding;
mod furniture;
mod growth;
mod rejected;
mod remembered;
mod restored;
mod telling;
mod tests_of_things;
mod thing;
mod timer;
mod visibility;
mod watched;
mod young;

use velum_vocab::{
    AbandonedCandidate, AlertId, BoxInFrame, Detection, Digest, Observation, PointInFrame, Timestamp,
};

use crate::appearance;
use crate::background::{Background, STATIC_SECS};
use crate::error::AnalyseError;
use crate::patch::Area;
use crate::person_height::PersonHeight;
use crate::picture::WorkingSize;
use crate::seen::Lying;
use crate::settings::{AbandonedSettings, CameraSettings};
use crate::tracks::Tracker;
use attendance::{Ground, Surroundings};
pub use furniture::Furniture;
pub use rejected::Rejected;
pub use tests_of_things::Suppression;
use thing::{Stage, Thing};
pub use watched::Watched;

/// Static blobs are judged when they have settled for this long.
const SETTLE_SECS: f64 = 1.0;
/// Possible objects at a time; what comes on top is not looked at until one is gone.
const MAX_THINGS: usize = 64;
/// Blobs overlapping by this share are the same thing.
const SAME_THING_FRACTION: f32 = 0.4;
/// A blob that could not be judged is kept for this long, so that it is not judged again each second. What a person's
/// height is there may be known better by then.
const REFUSED_SECS: f64 = 6.0;
/// Or for this long, where a better look may tell.
const UNCLEAR_SECS: f64 = 3.0;
/// Light is looked at from this long before the thing appeared.
const LIGHT_BEFORE_SECS: u64 = 2;

/// What a step of the rule sees.
pub(crate) struct Scene<'a> {
    pub(crate) at: Timestamp,
    /// Since the step before; at most a second.
    pub(crate) step_secs: f64,
    pub(crate) background: &'a mut Background,
    /// In working pixels.
    pub(crate) detections: &'a [Detection],
    pub(crate) tracker: &'a Tracker,
    pub(crate) heights: &'a PersonHeight,
    /// Persons in the picture, about.
    pub(crate) persons: f64,
}

/// What the rule said in a step.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) observations: Vec<Observation>,
    pub(crate) suppressed: Vec<Rejected>,
}

/// The rule on one camera.
pub(crate) struct AbandonedRule {
    settings: CameraSettings,
    size: WorkingSize,
    zones: Vec<u8>,
    things: Vec<Thing>,
    /// What has only just appeared; found anew in each step.
    young: Vec<Thing>,
    models: Vec<Digest>,
    furniture: Vec<Furniture>,
    /// Where objects lay after the step before.
    objects: Vec<BoxInFrame>,
}

impl AbandonedRule {
    pub(crate) fn new(settings: CameraSettings, size: WorkingSize, models: Vec<Digest>) -> Self {
        let zones = zone_mask(&settings, &size);
        let (things, young) = (Vec::new(), Vec::new());
        Self { settings, size, zones, things, young, models, furniture: Vec::new(), objects: Vec::new() }
    }

    /// One step; call it when the background model made one.
    pub(crate) fn step(&mut self, scene: &mut Scene<'_>) -> Result<Said, AnalyseError> {
        let mut said = Said::default();
        if !scene.background.is_learning(scene.at) {
            let watched = self.without_persons(scene);
            self.take_static_blobs(scene, &watched)?;
            self.take_early_blobs(scene, &watched)?;
            self.take_young(scene, &watched)?;
            self.judge_settled(scene, &mut said)?;
        }
        for thing in &mut self.things {
            Self::follow(thing, scene, &self.settings, &self.size, &self.objects, &mut said)?;
        }
        self.let_furniture_be(scene, &mut said);
        for thing in &mut self.things {
            telling::tell(thing, scene, &self.settings, &self.size, &self.models, &mut said)?;
        }
        self.things.retain(|thing| thing.stage != Stage::Over);
        let objects = self.things.iter().filter(|thing| thing.stage == Stage::Object);
        self.objects = objects.filter_map(Thing::box_in_working).collect();
        Ok(said)
    }

    /// Tests the things that have settled, once it is known how tall people are in the picture; what fails is refused and, where it is scenery, learnt as such.
    fn judge_settled(&mut self, scene: &mut Scene<'_>, said: &mut Said) -> Result<(), AnalyseError> {
        if !scene.heights.is_known(self.settings.ground_plane.as_ref()) {
            return Ok(());
        }
        let width = self.size.width_px as usize;
        let mut things = std::mem::take(&mut self.things);
        for thing in &mut things {
            let Stage::Settling { since } = thing.stage else { continue };
            if scene.at.secs_since(since) < SETTLE_SECS {
                continue;
            }
            if let Err(reason) = self.judge(thing, scene)? {
                said.suppressed.extend(self.rejected(thing, reason, scene));
                thing.stage = Stage::Refused { at: scene.at, reason };
                if reason.is_scenery() && self.is_clear_view(thing, scene) {
                    let inside = thing.area.indices(width).zip(&thing.mask).filter(|(_, inside)| **inside);
                    let inside: Vec<usize> = inside.map(|(index, _)| index).collect();
                    scene.background.absorb(inside.into_iter());
                    thing.stage = Stage::Over;
                }
            }
        }
        self.things = things;
        Ok(())
    }

    fn rejected(&self, thing: &Thing, reason: Suppression, scene: &Scene<'_>) -> Option<Rejected> {
        let zone = self.settings.zones.get(thing.zone)?;
        let person_px = self.person_px(scene, &thing.area);
        Some(Rejected::of(thing, reason, &zone.id, person_px, scene, &self.size))
    }

    /// Whether nobody is near, whose shadow or feet may have spoilt the judgement.
    fn is_clear_view(&self, thing: &Thing, scene: &Scene<'_>) -> bool {
        let margin_px = (0.3 * self.person_px(scene, &thing.area)) as usize;
        let around = thing.area.grown(margin_px, self.size.width_px, self.size.height_px).as_box();
        around.is_some_and(|around| !evidence::perhaps_person_before(scene.detections, &around))
    }

    fn judge(&self, thing: &mut Thing, scene: &Scene<'_>) -> Result<Result<(), Suppression>, AnalyseError> {
        if self.is_furniture(&thing.area, thing.zone) {
            return Ok(Err(Suppression::Furniture));
        }
        let person_px = self.person_px(scene, &thing.area);
        let reach_px = (0.4 * person_px) as usize;
        let look = appearance::look_at(scene.background, &thing.area, &thing.mask, reach_px, &self.size)?;
        let size = tests_of_things::check_size(&thing.area, thing.pixels, person_px, &self.size);
        thing.put_down_at = self.put_down_at(thing, scene);
        let since = thing.put_down_at.minus(std::time::Duration::from_secs(LIGHT_BEFORE_SECS));
        let light_change = scene.background.light().largest_change_since(since);
        if let Err(reason) = size.and_then(|()| tests_of_things::check_look(&look, light_change)) {
            return Ok(Err(reason));
        }
        let Some(around) = surroundings(thing, scene, &self.settings, &self.size, &self.objects) else {
            return Ok(Err(Suppression::ImplausibleSize));
        };
        thing.attendance.trace_back(scene.tracker, thing.put_down_at, &around);
        if !thing.attendance.witnessed && !tests_of_things::stands_out_by_itself(&look) {
            return Ok(Err(Suppression::NobodyBroughtIt));
        }
        if thing.cut_out && !(thing.attendance.back_traced && tests_of_things::stands_out_by_itself(&look)) {
            return Ok(Err(Suppression::Unclear));
        }
        thing.confirm(look, scene, self.size.width_px as usize)?;
        Ok(Ok(()))
    }

    /// Since when the thing's pixels have looked as they do: half of them for longer, half for less.
    fn put_down_at(&self, thing: &Thing, scene: &Scene<'_>) -> Timestamp {
        let inside =
            thing.area.indices(self.size.width_px as usize).zip(&thing.mask).filter(|(_, inside)| **inside);
        let mut ages: Vec<f64> = inside.map(|(index, _)| scene.background.challenged_secs(index)).collect();
        let middle = ages.len() / 2;
        if ages.is_empty() {
            return thing.put_down_at;
        }
        let age_secs = *ages.select_nth_unstable_by(middle, f64::total_cmp).1;
        earlier(scene.at, age_secs.max(0.0))
    }

    /// Follows one thing through a step: is it seen, is anybody with it, is it gone?
    fn follow(
        thing: &mut Thing,
        scene: &Scene<'_>,
        settings: &CameraSettings,
        size: &WorkingSize,
        objects: &[BoxInFrame],
        said: &mut Said,
    ) -> Result<(), AnalyseError> {
        thing.measure_contrast(scene, size)?;
        match thing.stage {
            Stage::Early => thing.expire_early(scene),
            Stage::Refused { at, reason } => {
                let patience_secs = if reason.may_change() { UNCLEAR_SECS } else { REFUSED_SECS };
                if scene.at.secs_since(at) > patience_secs {
                    thing.stage = Stage::Over;
                }
            }
            Stage::Restored => restored::find_again(thing, scene, size)?,
            Stage::Object => {
                if let Some(around) = surroundings(thing, scene, settings, size, objects) {
                    thing.follow(scene, &around, said)?;
                }
            }
            Stage::Settling { .. } | Stage::Over => {}
        }
        Ok(())
    }

    fn person_px(&self, scene: &Scene<'_>, area: &Area) -> f32 {
        let foot = area.foot();
        scene.heights.at_px(foot.x_px, foot.y_px, self.settings.ground_plane.as_ref())
    }

    /// Whether the policy lets nothing raise an alert whose foot is here.
    fn is_left_alone(&self, foot: PointInFrame) -> bool {
        let inside = PointInFrame { x_px: foot.x_px, y_px: foot.y_px - 0.5 };
        let (width_px, height_px) = (self.size.width_px, self.size.height_px);
        self.settings.no_alert_areas.iter().any(|area| area.contains(inside, width_px, height_px))
    }

    /// The first zone with this rule that holds a point, unless nothing there may raise an alert.
    fn zone_at(&self, point: PointInFrame) -> Option<(usize, AbandonedSettings)> {
        if self.is_left_alone(point) {
            return None;
        }
        let inside = PointInFrame { x_px: point.x_px, y_px: point.y_px - 0.5 };
        self.settings.zones.iter().enumerate().find_map(|(index, zone)| {
            let holds = zone.polygon.contains(inside, self.size.width_px, self.size.height_px);
            zone.abandoned.filter(|_| holds).map(|abandoned| (index, abandoned))
        })
    }

    /// Objects that are there and are surely no persons.
    pub(crate) fn lying(&self) -> impl Iterator<Item = Lying<'_>> {
        let plain = self.things.iter().filter(|thing| thing.is_plainly_there());
        plain.map(|thing| Lying { area: thing.area, mask: &thing.mask })
    }

    /// What must be remembered over a kill, boxes in frame pixels.
    pub(crate) fn state(&self, at: Timestamp) -> Vec<AbandonedCandidate> {
        let all = self.things.iter().chain(&self.young);
        all.filter_map(|thing| thing.state(&self.settings, &self.size, at)).collect()
    }

    /// Takes back what was remembered, boxes in pixels of this camera's frames. An alert that was raised goes on to
    /// its end, even where nothing may raise one any more.
    pub(crate) fn restore(&mut self, candidates: &[AbandonedCandidate]) {
        let mut candidates: Vec<_> = candidates.iter().collect();
        candidates.sort_by_key(|candidate| (!candidate.raised, !candidate.confirmed));
        for candidate in candidates.into_iter().take(MAX_THINGS) {
            let zone =
                self.settings.zones.iter().position(|z| z.id == candidate.zone && z.abandoned.is_some());
            let found = self.size.working_from_frame(&candidate.box_in_frame);
            let area = Area::covering(&found, self.size.width_px, self.size.height_px);
            let known =
                area.is_some_and(|area| self.things.iter().any(|thing| same_thing(&thing.area, &area)));
            let forgotten = area.is_some_and(|area| known || self.is_left_alone(area.foot()));
            if let Some((zone, area)) = zone.zip(area).filter(|_| !forgotten || candidate.raised) {
                self.things.push(Thing::restored(candidate, zone, area));
            }
        }
    }
}

fn same_thing(a: &Area, b: &Area) -> bool {
    a.covered_fraction_by(b) > SAME_THING_FRACTION || b.covered_fraction_by(a) > SAME_THING_FRACTION
}

/// The same, where one may be a part of the other and no more.
fn same_place(a: &Area, b: &Area) -> bool {
    a.covered_fraction_by(b).min(b.covered_fraction_by(a)) > SAME_THING_FRACTION
}

fn surroundings<'a>(
    thing: &Thing,
    scene: &'a Scene<'_>,
    settings: &'a CameraSettings,
    size: &WorkingSize,
    objects: &'a [BoxInFrame],
) -> Option<Surroundings<'a>> {
    let zone = settings.zones.get(thing.zone)?;
    let (foot, plane) = (thing.area.foot(), settings.ground_plane.as_ref());
    Some(Surroundings {
        zone: &zone.id,
        foot,
        person_px: scene.heights.at_px(foot.x_px, foot.y_px, plane),
        ground: Ground { plane, size: *size },
        settings: zone.abandoned?,
        back_tracing_allowed: settings.back_tracing_allowed,
        background: scene.background,
        object: thing.area,
        heights: scene.heights,
        objects,
    })
}

fn before(secs: f64) -> std::time::Duration {
    std::time::Duration::from_secs_f64(secs) + std::time::Duration::from_secs(LIGHT_BEFORE_SECS)
}

fn earlier(at: Timestamp, secs: f64) -> Timestamp {
    at.minus(std::time::Duration::from_secs_f64(secs))
}

/// 1 for each pixel inside a zone with this rule. *Shape*: `[height * width] u8`.
fn zone_mask(settings: &CameraSettings, size: &WorkingSize) -> Vec<u8> {
    let watched: Vec<_> = settings.zones.iter().filter(|zone| zone.abandoned.is_some()).collect();
    (0..size.height_px)
        .flat_map(|y| (0..size.width_px).map(move |x| (x, y)))
        .map(|(x, y)| PointInFrame { x_px: x as f32 + 0.5, y_px: y as f32 + 0.5 })
        .map(|p| watched.iter().any(|zone| zone.polygon.contains(p, size.width_px, size.height_px)))
        .map(u8::from)
        .collect()
}

/// The id under which a new thing's alert would be raised.
fn new_alert() -> Result<AlertId, AnalyseError> {
    Ok(AlertId::random()?)
}
