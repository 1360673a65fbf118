//! Watching a camera for a while: how tall its people are, and one redacted still.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use velum_analyse::calibration::HeightSample;
use velum_analyse::{CameraAnalysis, CameraSettings as AnalysisSettings, Seen, Step};
use velum_decode::{CameraStream, FrameReader, NextFrame, RawFrame};
use velum_models::Detect;
use velum_policy::CameraPolicy;
use velum_vocab::{BoxInFrame, Clock, ObjectClass, SystemClock, Timestamp};

use super::easel::{Easel, Still};
use crate::camera::{narrow, widest_px};
use crate::config::{CameraSettings, Settings};
use crate::detectors::Detectors;

/// A camera that shows nothing for this long is not there.
const SILENT_SECS: u64 = 20;
const FRAME_TIMEOUT: Duration = Duration::from_millis(200);
/// How often it is asked whether people paused the camera or a zone of it meanwhile.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Only boxes that are surely whole, upright persons say how tall people are.
const MIN_SCORE: f32 = 0.5;
const UPRIGHT: std::ops::RangeInclusive<f32> = 1.7..=4.5;
const EDGE_PX: f32 = 3.0;
const APART_IOU: f32 = 0.05;

/// What was seen.
pub(super) struct Watched {
    /// Width and height of the analysed picture.
    pub(super) size_px: (u32, u32),
    /// People.
    pub(super) samples: Vec<HeightSample>,
    /// For how long.
    pub(super) secs: f64,
    /// The picture, or why there is none.
    pub(super) still: Result<Still, String>,
}

/// Watches for so many seconds; a recording no longer than it is, and as fast as it can be analysed.
pub(super) fn watch(settings: &Settings, camera: &CameraSettings, secs: f64) -> anyhow::Result<Watched> {
    let detector = Detectors::new(settings.models.clone(), settings.limits).open()?;
    let mut easel = Easel::open(settings, camera, &detector);
    let unzoned = AnalysisSettings { zones: Vec::new(), ..camera.analysis.clone() };
    let mut analysis = CameraAnalysis::new(unzoned, Arc::clone(&detector) as Arc<dyn Detect>)?;
    let (mut size_px, mut samples) = ((0, 0), Vec::new());
    let (mut began, mut watched_secs) = (None, 0.0);
    let applied = applied(settings, camera)?;
    let mut frames = Frames::open(camera, applied.as_ref())?;
    let private_areas = applied.map(|applied| applied.private_areas).unwrap_or_default();
    let mut asked_at = None;
    while let Some(mut frame) = frames.next()? {
        let at = frame.captured_at();
        watched_secs = at.secs_since(*began.get_or_insert(at));
        if watched_secs > secs {
            break;
        }
        if asked_at.is_none_or(|asked: Instant| asked.elapsed() >= ASK_EVERY) {
            refuse_paused(settings, camera)?;
            asked_at = Some(Instant::now());
        }
        frame.burn_in(&private_areas);
        size_px = (frame.width_px(), frame.height_px());
        let Step { seen, picture, .. } = analysis.step(&frame)?;
        samples.extend(seen.iter().flat_map(|seen| heights(seen, size_px)));
        if let Ok(easel) = &mut easel {
            easel.take(frame, seen, picture);
        }
    }
    anyhow::ensure!(size_px.0 > 0, "camera `{}` showed no frame", camera.id);
    let still = easel.and_then(Easel::finish);
    Ok(Watched { size_px, samples, secs: watched_secs.min(secs), still })
}

/// Nothing is looked at while people have paused the camera or a zone of it.
fn refuse_paused(settings: &Settings, camera: &CameraSettings) -> anyhow::Result<()> {
    let paused = crate::pause::in_force(&settings.data_dir, std::iter::once(&camera.id))
        .map_err(anyhow::Error::msg)?;
    let now = SystemClock.now();
    if paused.cameras.get(&camera.id).is_some_and(|until| now < *until) {
        anyhow::bail!("camera `{}` is paused; `velum-edge resume` lets it go on", camera.id);
    }
    let zones = paused.zones.get(&camera.id);
    if let Some(zone) = zones.into_iter().flatten().find(|zone| now < zone.until) {
        anyhow::bail!(
            "zone `{}` of camera `{}` is paused; `velum-edge resume --zone` lets it go on",
            zone.zone,
            camera.id
        );
    }
    Ok(())
}

/// What the policy in force says of the camera: what is painted over before anything looks, and how detailed a picture
/// may be. Where a policy is configured and does not say it, nothing is looked at. Without any policy there is no picture
/// either, only heights.
fn applied(settings: &Settings, camera: &CameraSettings) -> anyhow::Result<Option<CameraPolicy>> {
    let Some(policy) = &settings.policy else { return Ok(None) };
    let policy = crate::policy::in_force(&settings.data_dir, policy);
    let policy = policy.context("the policy says what must not be looked at")?;
    let applied = policy.resolved().cameras.get(camera.id.as_str());
    let applied = applied.with_context(|| format!("the policy does not name the camera `{}`", camera.id))?;
    Ok(Some(applied.clone()))
}

/// Persons of one frame who stand free of each other and of the picture's edge.
fn heights(seen: &Seen, (width_px, height_px): (u32, u32)) -> Vec<HeightSample> {
    let persons: Vec<BoxInFrame> = (seen.detections.iter())
        .filter(|d| d.class == ObjectClass::Person && d.score >= MIN_SCORE)
        .map(|d| d.box_in_frame)
        .collect();
    let is_whole = |b: &BoxInFrame| {
        b.left_px() > EDGE_PX
            && b.top_px() > EDGE_PX
            && b.right_px() < width_px as f32 - EDGE_PX
            && b.bottom_px() < height_px as f32 - EDGE_PX
            && UPRIGHT.contains(&(b.height_px() / b.width_px()))
    };
    let is_apart = |b: &BoxInFrame| persons.iter().all(|other| other == b || other.iou(b) < APART_IOU);
    let sample = |b: &BoxInFrame| HeightSample {
        foot_fraction: f64::from(b.bottom_px()) / f64::from(height_px),
        height_fraction: f64::from(b.height_px()) / f64::from(height_px),
    };
    persons.iter().filter(|b| is_whole(b) && is_apart(b)).map(sample).collect()
}

/// A recording frame by frame, or a live stream as it comes.
enum Frames {
    Recording(Box<FrameReader>),
    Live { stream: Box<CameraStream>, heard_at: Instant },
}

impl Frames {
    fn open(camera: &CameraSettings, applied: Option<&CameraPolicy>) -> anyhow::Result<Self> {
        let mut config = camera.source_config()?;
        let plane = camera.analysis.ground_plane.as_ref();
        narrow(&mut config, applied.and_then(|applied| widest_px(plane?, applied.capture.max_px_per_m.0)));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let now: Timestamp = clock.now();
        let id = camera.id.clone();
        if config.source.is_live() {
            let stream = Box::new(CameraStream::start(id, config, clock)?);
            return Ok(Self::Live { stream, heard_at: Instant::now() });
        }
        let reader = FrameReader::open(id, &config, now).context("the recording cannot be read")?;
        Ok(Self::Recording(Box::new(reader)))
    }

    fn next(&mut self) -> anyhow::Result<Option<RawFrame>> {
        match self {
            Self::Recording(reader) => Ok(reader.next().transpose()?),
            Self::Live { stream, heard_at } => loop {
                match stream.next_frame(FRAME_TIMEOUT) {
                    NextFrame::Frame(frame) => {
                        *heard_at = Instant::now();
                        return Ok(Some(frame));
                    }
                    NextFrame::Finished => return Ok(None),
                    NextFrame::Waiting => anyhow::ensure!(
                        heard_at.elapsed() < Duration::from_secs(SILENT_SECS),
                        "no frame came for {SILENT_SECS} s; `velum-edge check` says what is wrong with the camera"
                    ),
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use velum_vocab::Detection;

    use super::*;

    #[test]
    fn only_whole_people_who_stand_free_are_measured() {
        let person = |left: f32, top: f32, width: f32, height: f32, score: f32| Detection {
            class: ObjectClass::Person,
            score,
            box_in_frame: BoxInFrame::new(left, top, left + width, top + height).unwrap(),
        };
        let seen = Seen {
            detections: vec![
                person(100.0, 100.0, 40.0, 100.0, 0.9),
                person(300.0, 100.0, 40.0, 100.0, 0.9),
                person(320.0, 110.0, 40.0, 100.0, 0.9),
                person(0.0, 100.0, 40.0, 100.0, 0.9),
                person(400.0, 100.0, 90.0, 100.0, 0.9),
                person(500.0, 100.0, 40.0, 100.0, 0.3),
            ],
            moving_regions: Vec::new(),
        };
        let found = heights(&seen, (640, 400));
        assert_eq!(found, [HeightSample { foot_fraction: 0.5, height_fraction: 0.25 }]);
    }
}
