//! Stage directions: which scenario needs whom and what, when and where. All that is left to chance comes from the
//! clip's own seed, so that a clip is the same whichever others are made.

mod acts;
mod scenarios;

use velum_bench::bag::Rect;

use crate::backdrop::Backdrop;
use crate::clip::Clip;
use crate::cutouts::Cutouts;
use crate::ground::{Ground, Place};
use crate::paint::Grade;
use crate::spec::{Play, Scenario, SceneSpec};
use crate::walker::Walker;

/// Nothing happens before: the rule learns the empty scene.
pub(crate) const LEARNING_SECS: f64 = 12.0;
/// A clip goes on for so long after the last alert is due.
const AFTER_ALERT_SECS: f64 = 12.0;
const CLIP_SECS: std::ops::RangeInclusive<f64> = 45.0..=75.0;
const BITS_PER_SEC: u32 = 160_000;

/// What a scene offers.
pub(crate) struct Stage<'a> {
    pub(crate) scene: &'a SceneSpec,
    pub(crate) ground: Ground,
    pub(crate) backdrop: &'a Backdrop,
    pub(crate) walkers: &'a [&'a Walker],
    pub(crate) cutouts: &'a Cutouts,
    pub(crate) unattended_secs: f64,
}

/// A clip that is being planned.
pub(crate) struct Planning<'a> {
    stage: &'a Stage<'a>,
    rng: fastrand::Rng,
    clip: Clip,
    /// Free spots, in the order in which they are taken.
    spots: Vec<Place>,
    taken: Vec<Place>,
    /// When the next one may come in.
    next_secs: f64,
    mirrored: f32,
}

/// The name of a clip.
pub(crate) fn clip_id(scene: &str, scenario: Scenario, number: usize) -> String {
    format!("{scene}-{}-{}", scenario.word().replace('_', "-"), number + 1)
}

/// Plans a clip; `None` where cut-outs that it needs are not there.
pub(crate) fn clip(stage: &Stage<'_>, scenario: Scenario, number: usize, seed: u64) -> Option<Clip> {
    let id = clip_id(&stage.scene.id, scenario, number);
    let seed = seed_of(seed, &id);
    let mut planning = Planning::new(stage, scenario, id, seed);
    planning.play(scenario, number)?;
    Some(planning.finish())
}

/// The clip's own seed: FNV-1a of its name, from the spec's seed on.
fn seed_of(seed: u64, id: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    id.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl<'a> Planning<'a> {
    fn new(stage: &'a Stage<'a>, scenario: Scenario, id: String, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let scene = stage.scene;
        let listed = if scenario == Scenario::SmallFar { &scene.far_spots } else { &scene.spots };
        let mut spots: Vec<Place> = listed.iter().map(|spot| Place::of(*spot)).collect();
        rng.shuffle(&mut spots);
        let first_frame = match scene.play {
            Play::Still => 0,
            Play::ToAndFro => rng.usize(..2 * stage.backdrop.len()),
        };
        let rect = |[left, top, width, height]: [usize; 4]| Rect { left, top, width, height };
        let clip = Clip {
            id,
            scenario,
            secs: *CLIP_SECS.start(),
            first_frame,
            occluders: scene.occluders.iter().copied().map(rect).collect(),
            seed,
            props: Vec::new(),
            actors: Vec::new(),
            lights: Vec::new(),
            shades: Vec::new(),
            shifts: Vec::new(),
            grade: Grade { noise: scene.noise, ..Grade::DAY },
            bits_per_sec: BITS_PER_SEC,
            placed: Vec::new(),
        };
        Self { stage, rng, clip, spots, taken: Vec::new(), next_secs: LEARNING_SECS, mirrored: 0.0 }
    }

    /// The clip, as long as its last alert needs.
    fn finish(mut self) -> Clip {
        let due = |left: Option<f64>| left.map_or(0.0, |left| left + self.stage.unattended_secs);
        let ends = self.clip.placed.iter().map(|placed| {
            let last = placed.put_down_secs.max(due(placed.owner_left_secs));
            last.max(placed.gone_secs.unwrap_or(0.0)) + AFTER_ALERT_SECS
        });
        let secs = ends.fold(self.clip.secs, f64::max);
        self.clip.secs = secs.clamp(*CLIP_SECS.start(), *CLIP_SECS.end()).ceil();
        self.clip
    }
}

#[cfg(test)]
mod tests;
