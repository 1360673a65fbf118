//! A drawn scene on simulated time: ground, people, a bag, light; and a detector that knows where people are.

use std::sync::{Arc, Mutex};

use velum_frame::{RawFrame, seal_i420};
use velum_models::{Detect, ModelError};
use velum_vocab::{
    AlertState, BoxInFrame, CameraId, Detection, Digest, ObjectClass, Observation, Polygon, RuleState,
    Timestamp, ZoneId,
};

use crate::{
    AbandonedSettings, CameraAnalysis, CameraSettings, DensitySettings, LevelBoundary, LevelFrom,
    MovementSettings, Step, ZoneSettings,
};

pub(super) const WIDTH: u32 = 320;
pub(super) const HEIGHT: u32 = 240;
pub(super) const FPS: f64 = 5.0;
const PERSON: (f32, f32) = (22.0, 60.0);

/// Somebody or something, and where its foot is at a time; nowhere where it is not there.
pub(super) struct Actor {
    pub(super) size: (f32, f32),
    pub(super) shade: u8,
    pub(super) is_person: bool,
    /// The detector sees it in this share of the frames.
    pub(super) seen: f64,
    pub(super) foot: Box<dyn Fn(f64) -> Option<(f32, f32)>>,
}

/// A person whose feet are at points at given times, walking straight in between.
pub(super) fn person(shade: u8, path: &[(f64, f32, f32)]) -> Actor {
    let path = path.to_vec();
    let foot = move |t: f64| {
        path.windows(2).find(|leg| (leg[0].0..leg[1].0).contains(&t)).map(|leg| {
            let along = ((t - leg[0].0) / (leg[1].0 - leg[0].0)) as f32;
            (leg[0].1 + along * (leg[1].1 - leg[0].1), leg[0].2 + along * (leg[1].2 - leg[0].2))
        })
    };
    Actor { size: PERSON, shade, is_person: true, seen: 1.0, foot: Box::new(foot) }
}

/// A bag that lies at a place from one time to another.
pub(super) fn bag(at: (f32, f32), from: f64, until: f64) -> Actor {
    let foot = move |t: f64| (from..until).contains(&t).then_some(at);
    Actor { size: (20.0, 18.0), shade: 40, is_person: false, seen: 0.0, foot: Box::new(foot) }
}

#[derive(Default)]
struct Known(Mutex<Vec<Detection>>);

impl Detect for Known {
    fn detect(&self, _frame: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn digest(&self) -> Digest {
        Digest([9; 32])
    }
}

pub(super) struct World {
    pub(super) actors: Vec<Actor>,
    /// Brightness as a factor, at a time and a place.
    pub(super) light: Box<dyn Fn(f64, usize, usize) -> f64>,
    pub(super) unattended_secs: f64,
    pub(super) valid_up_to_persons: f64,
    pub(super) back_tracing_allowed: bool,
    /// Only the crowd's density is watched.
    pub(super) density_only: bool,
    /// How the crowd moves is watched, too.
    pub(super) movement: Option<MovementSettings>,
    /// How sure the detector is of what it sees.
    pub(super) score: f32,
    pub(super) background_width_px: u32,
    /// Noise of the sensor, grey levels; 0 repeats frames bit by bit.
    pub(super) noise: u8,
    /// From when on this is furniture.
    pub(super) furniture: Vec<(f64, Vec<crate::Furniture>)>,
}

impl World {
    /// Two people cross at the start, from whom heights are learnt; then what is asked for.
    pub(super) fn of(actors: Vec<Actor>) -> Self {
        let mut all = vec![
            person(200, &[(0.0, -20.0, 130.0), (9.0, 340.0, 130.0)]),
            person(190, &[(1.0, 340.0, 232.0), (10.0, -20.0, 232.0)]),
        ];
        all.extend(actors);
        Self {
            actors: all,
            light: Box::new(|_, _, _| 1.0),
            unattended_secs: 12.0,
            valid_up_to_persons: AbandonedSettings::default().valid_up_to_persons,
            back_tracing_allowed: true,
            density_only: false,
            movement: None,
            score: 0.8,
            background_width_px: 640,
            noise: 5,
            furniture: Vec::new(),
        }
    }

    pub(super) fn settings(&self) -> CameraSettings {
        let mut settings = CameraSettings::new(CameraId::parse("gate").unwrap());
        settings.back_tracing_allowed = self.back_tracing_allowed;
        settings.background_width_px = self.background_width_px;
        settings.staged = Some("a drawn scene".into());
        let (unattended_secs, valid_up_to_persons) = (self.unattended_secs, self.valid_up_to_persons);
        let abandoned =
            AbandonedSettings { unattended_secs, valid_up_to_persons, ..AbandonedSettings::default() };
        let busy = LevelBoundary { name: "busy".into(), from: LevelFrom::Persons(50.0), demo: false };
        let density = DensitySettings { levels: vec![busy], ..DensitySettings::default() };
        settings.zones.push(ZoneSettings {
            id: ZoneId::parse("plaza").unwrap(),
            polygon: Polygon::whole_frame(),
            abandoned: (!self.density_only).then_some(abandoned),
            density: self.density_only.then_some(density),
            movement: self.movement,
        });
        settings
    }

    /// A detector that sees nobody.
    pub(super) fn detector(&self) -> Arc<dyn Detect> {
        Arc::new(Known::default())
    }

    fn detections(&self, t: f64, frame: u64) -> Vec<Detection> {
        let seen =
            |actor: &&Actor| actor.is_person && f64::from(hash(frame as u32, 3, 3)) / 256.0 < actor.seen;
        self.actors
            .iter()
            .filter(seen)
            .filter_map(|actor| {
                let (x, y) = (actor.foot)(t)?;
                let (w, h) = actor.size;
                let found =
                    BoxInFrame::new(x - w / 2.0, y - h, x + w / 2.0, y).ok()?.clipped_to(WIDTH, HEIGHT)?;
                Some(Detection { class: ObjectClass::Person, score: self.score, box_in_frame: found })
            })
            .collect()
    }

    /// The picture at a time, later actors before earlier ones where their feet are lower.
    pub(super) fn draw(&self, t: f64, frame: u64) -> RawFrame {
        let (width, height) = (WIDTH as usize, HEIGHT as usize);
        let mut luma: Vec<u8> = (0..width * height)
            .map(|i| 100 + hash((i % width / 3) as u32, (i / width / 3) as u32, 1) / 10)
            .collect();
        let mut there: Vec<_> = self.actors.iter().filter_map(|a| Some((a, (a.foot)(t)?))).collect();
        there.sort_by(|a, b| a.1.1.total_cmp(&b.1.1));
        for (actor, (x, y)) in there {
            let (w, h) = actor.size;
            let (left, top) = (x - w / 2.0, y - h);
            let rows = luma.chunks_mut(width).enumerate().skip(top.max(0.0) as usize).take(h as usize + 1);
            for (row, samples) in rows {
                for (column, sample) in samples.iter_mut().enumerate() {
                    let (dx, dy) = (column as f32 - left, row as f32 - top);
                    if (0.0..w).contains(&dx) && (0.0..h).contains(&dy) {
                        *sample = actor.shade.saturating_add(hash(dx as u32 / 4, dy as u32 / 4, 2) / 12);
                    }
                }
            }
        }
        for (i, sample) in luma.iter_mut().enumerate() {
            let lit = f64::from(*sample) * (self.light)(t, i % width, i / width);
            let noise = hash(i as u32, frame as u32, 5) % self.noise.max(1);
            *sample = (lit as u8).saturating_add(noise);
        }
        luma.extend(vec![128; width * height / 2]);
        let at = Timestamp::from_unix_millis(1_700_000_000_000 + (t * 1000.0).round() as i64);
        seal_i420(CameraId::parse("gate").unwrap(), at, frame + 1, (WIDTH, HEIGHT), luma).unwrap()
    }

    pub(super) fn play(&self, until: f64) -> Played {
        self.play_with_kills(until, &[], 2.0)
    }

    /// Plays the scene; at each kill the analysis is lost and restored from its state after some downtime.
    pub(super) fn play_with_kills(&self, until: f64, kills: &[f64], down_secs: f64) -> Played {
        let known = Arc::new(Known::default());
        let begin = || CameraAnalysis::new(self.settings(), known.clone()).unwrap();
        let (mut analysis, mut played) = (begin(), Played::default());
        let (mut down_until, mut kills) = (0.0, kills.iter().peekable());
        for frame in 0..(until * FPS) as u64 {
            let t = frame as f64 / FPS;
            if kills.next_if(|kill| **kill <= t).is_some() {
                let state = analysis.rule_state();
                analysis = begin();
                analysis.restore(&state).unwrap();
                assert_eq!(analysis.rule_state(), state, "a state that was not yet used stays as it is");
                down_until = t + down_secs;
            }
            if t >= down_until {
                *known.0.lock().unwrap() = self.detections(t, frame);
                let furniture = self.furniture.iter().rev().find(|(from, _)| *from <= t);
                analysis.set_furniture(furniture.map(|(_, all)| all.clone()).unwrap_or_default());
                let step = analysis.step(&self.draw(t, frame)).unwrap();
                played.steps.push((t, step));
            }
        }
        played.state = Some(analysis.rule_state());
        played
    }
}

/// A number from 0 to 255 that looks random.
fn hash(a: u32, b: u32, c: u32) -> u8 {
    let mut h = a.wrapping_mul(0x9e37_79b1) ^ b.wrapping_mul(0x85eb_ca77) ^ c.wrapping_mul(0xc2b2_ae3d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    h ^= h >> 12;
    (h >> 8) as u8
}

#[derive(Default)]
pub(super) struct Played {
    pub(super) steps: Vec<(f64, Step)>,
    pub(super) state: Option<RuleState>,
}

impl Played {
    pub(super) fn observations(&self) -> Vec<(f64, &Observation)> {
        self.steps.iter().flat_map(|(t, step)| step.observations.iter().map(move |o| (*t, o))).collect()
    }

    /// When, and with what state, something was said; updates left out.
    pub(super) fn said(&self) -> Vec<(f64, AlertState)> {
        let all = self.observations().into_iter().map(|(t, o)| (t, o.state));
        all.filter(|(_, state)| *state != AlertState::Updated).collect()
    }

    pub(super) fn suppressed(&self) -> Vec<&'static str> {
        self.steps.iter().flat_map(|(_, step)| step.suppressed.iter().map(|s| s.name())).collect()
    }
}
