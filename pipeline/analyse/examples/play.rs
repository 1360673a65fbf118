//! Plays a dump of raw frames through the analysis on simulated time, and prints what it observes.
//!
//! ```text
//! play FRAMES.i420 --size 768x576 [--fps 5] [--detections BOXES.csv | --model ID [--models FOLDER]] [--loops 1]
//!      [--unattended-secs 30] [--boundary 5.5] [--width 640] [--proximity-only]
//!      [--kill-at SECS,SECS,..] [--down-secs 3]
//! ```
//! Frames are tightly packed I420, one after the other. A line of the boxes' file is
//! `frame,class,score,left,top,right,bottom` in pixels, frames counted from 0; with `--model ID` instead, boxes come
//! from that model of the catalogue, looked for in `--models FOLDER` too. At each `--kill-at` the analysis is
//! thrown away and a new one restored from its rule state, after `--down-secs` of frames that nobody saw.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use velum_analyse::{
    AbandonedSettings, CameraAnalysis, CameraSettings, DensitySettings, LevelBoundary, LevelFrom,
    MovementSettings, PictureState, ZoneSettings,
};
use velum_frame::{RawFrame, seal_i420};
use velum_models::{Catalogue, Detect, Detector, DetectorOptions, ModelError, Runtime};
use velum_vocab::{
    AlertState, BoxInFrame, CameraId, Detection, Digest, ObjectClass, Observation, ObservationBody, Polygon,
    Timestamp, ZoneId,
};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Boxes found beforehand, by frame number.
struct Scripted {
    boxes: Vec<Vec<Detection>>,
    frame: Mutex<usize>,
}

impl Detect for Scripted {
    fn detect(&self, _frame: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        let frame = self.frame.lock().map(|frame| *frame).unwrap_or_default();
        Ok(self.boxes.get(frame).cloned().unwrap_or_default())
    }

    fn digest(&self) -> Digest {
        Digest([0; 32])
    }
}

/// The script, and the model that takes its place where one is named.
struct Detectors {
    scripted: Arc<Scripted>,
    model: Option<Arc<dyn Detect>>,
}

impl Detectors {
    fn open(options: &Options) -> Result<Self> {
        let boxes = read_boxes(options.named.get("detections"))?;
        let model = options.named.get("model").map(|id| open_model(id, options)).transpose()?;
        Ok(Self { scripted: Arc::new(Scripted { boxes, frame: Mutex::new(0) }), model })
    }

    fn chosen(&self) -> Arc<dyn Detect> {
        self.model.clone().unwrap_or_else(|| self.scripted.clone())
    }
}

/// ONNX Runtime is found through `ORT_DYLIB_PATH`.
fn open_model(id: &str, options: &Options) -> Result<Arc<dyn Detect>> {
    let folders: Vec<std::path::PathBuf> = options.named.get("models").into_iter().map(Into::into).collect();
    let model = Catalogue::open(&folders)?.load(id)?;
    Ok(Arc::new(Detector::open(&Runtime::load(None)?, &model, DetectorOptions::default())?))
}

struct Options {
    frames: String,
    named: BTreeMap<String, String>,
}

impl Options {
    fn parse() -> Result<Self> {
        let mut words = std::env::args().skip(1);
        let frames = words.next().ok_or("usage: play FRAMES.i420 --size 768x576 [options]")?;
        let mut named = BTreeMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or_else(|| format!("`{word}`: options begin with --"))?;
            let value =
                if name == "proximity-only" { String::new() } else { words.next().unwrap_or_default() };
            named.insert(name.to_owned(), value);
        }
        Ok(Self { frames, named })
    }

    fn number(&self, name: &str, default: f64) -> Result<f64> {
        match self.named.get(name) {
            Some(text) => text.parse().map_err(|_| format!("--{name} `{text}`: expected a number").into()),
            None => Ok(default),
        }
    }

    fn size(&self) -> Result<(u32, u32)> {
        let text = self.named.get("size").ok_or("--size is needed, for example --size 768x576")?;
        let (width, height) = text.split_once('x').ok_or("--size: expected for example 768x576")?;
        Ok((width.parse()?, height.parse()?))
    }

    fn kills(&self) -> Result<Vec<f64>> {
        let text = self.named.get("kill-at").map(String::as_str).unwrap_or_default();
        text.split(',').filter(|t| !t.is_empty()).map(|t| Ok(t.parse()?)).collect()
    }

    fn settings(&self) -> Result<CameraSettings> {
        let mut settings = CameraSettings::new(CameraId::parse("clip")?);
        settings.back_tracing_allowed = !self.named.contains_key("proximity-only");
        settings.background_width_px = self.number("width", 640.0)? as u32;
        let levels = vec![LevelBoundary {
            name: "busy".to_owned(),
            from: LevelFrom::Persons(self.number("boundary", 5.5)?),
            demo: true,
        }];
        let unattended_secs = self.number("unattended-secs", 30.0)?;
        settings.zones.push(ZoneSettings {
            id: ZoneId::parse("whole")?,
            polygon: Polygon::whole_frame(),
            abandoned: Some(AbandonedSettings { unattended_secs, ..AbandonedSettings::default() }),
            density: Some(DensitySettings { levels, ..DensitySettings::default() }),
            movement: Some(MovementSettings::default()),
        });
        Ok(settings)
    }
}

fn read_boxes(path: Option<&String>) -> Result<Vec<Vec<Detection>>> {
    let mut frames: Vec<Vec<Detection>> = Vec::new();
    let Some(path) = path else { return Ok(frames) };
    for line in std::fs::read_to_string(path)?.lines() {
        let mut fields = line.split(',');
        let frame: usize = fields.next().unwrap_or_default().parse()?;
        let class = ObjectClass::parse(fields.next().unwrap_or_default()).ok_or("unknown class")?;
        let numbers: Vec<f32> = fields.map(str::parse).collect::<Result<_, _>>()?;
        let [score, left, top, right, bottom] = numbers[..] else { return Err("expected 7 fields".into()) };
        frames.resize_with(frames.len().max(frame + 1), Vec::new);
        if let (Ok(box_in_frame), Some(boxes)) =
            (BoxInFrame::new(left, top, right, bottom), frames.get_mut(frame))
        {
            boxes.push(Detection { class, score, box_in_frame });
        }
    }
    Ok(frames)
}

/// Processor time of this thread so far.
fn cpu_secs() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn tell(secs: f64, observation: &Observation) {
    let id = observation.alert.to_string();
    let id = id.get(..6).unwrap_or_default();
    let codes: Vec<String> = observation
        .explanation
        .iter()
        .map(|e| e.value.map_or(e.code.name().to_owned(), |v| format!("{}={v:.1}", e.code.name())))
        .collect();
    let (state, sure) = (observation.state, observation.confidence);
    match &observation.body {
        ObservationBody::AbandonedObject(object) => {
            let b = object.box_in_frame;
            let place =
                format!("{:.0},{:.0},{:.0},{:.0}", b.left_px(), b.top_px(), b.right_px(), b.bottom_px());
            println!("{secs:7.1} s  object {id} {state:?} [{place}] {sure:.2} {}", codes.join(" "));
        }
        ObservationBody::CrowdDensity(density) => {
            let p = density.persons;
            let levels = format!("{} -> {}", density.previous_level, density.level);
            println!(
                "{secs:7.1} s  density {id} {state:?} {levels} {:.1} ({:.1}-{:.1})",
                p.estimate, p.low, p.high
            );
        }
        ObservationBody::CrowdMovement(movement) => {
            let (pattern, persons) = (movement.pattern.name(), movement.persons.estimate);
            let (speed, codes) = (movement.speed_m_per_s, codes.join(" "));
            println!("{secs:7.1} s  {pattern} {id} {state:?} {speed:.1} m/s, {persons:.0} persons {codes}");
        }
    }
}

#[derive(Default)]
struct Tally {
    steps: u32,
    cpu_secs: f64,
    raised: u32,
    density_changes: u32,
    movements: u32,
    unseeing: u32,
    suppressed: BTreeMap<&'static str, u32>,
}

impl Tally {
    fn take(&mut self, secs: f64, step: &velum_analyse::Step) {
        self.steps += 1;
        self.unseeing += u32::from(step.picture != PictureState::Normal);
        for reason in &step.suppressed {
            *self.suppressed.entry(reason.name()).or_default() += 1;
        }
        for observation in &step.observations {
            tell(secs, observation);
            match observation.body {
                ObservationBody::AbandonedObject(_) => {
                    self.raised += u32::from(observation.state == AlertState::Raised);
                }
                ObservationBody::CrowdDensity(_) => self.density_changes += 1,
                ObservationBody::CrowdMovement(_) => {
                    self.movements += u32::from(observation.state == AlertState::Raised);
                }
            }
        }
    }
}

fn main() -> Result<()> {
    let options = Options::parse()?;
    let (size, fps) = (options.size()?, options.number("fps", 5.0)?);
    let (loops, down_secs) = (options.number("loops", 1.0)? as u64, options.number("down-secs", 3.0)?);
    let detectors = Detectors::open(&options)?;
    let mut kills = options.kills()?;
    kills.sort_by(f64::total_cmp);
    let mut kills = kills.into_iter().peekable();
    let mut analysis = CameraAnalysis::new(options.settings()?, detectors.chosen())?;
    let mut file = File::open(&options.frames)?;
    let frame_bytes = size.0 as usize * size.1 as usize / 2 * 3;
    let frames = file.metadata()?.len() / frame_bytes as u64;
    let (mut tally, mut down_until) = (Tally::default(), 0.0);
    for number in 0..frames * loops {
        let secs = number as f64 / fps;
        if kills.next_if(|kill| *kill <= secs).is_some() {
            let state = analysis.rule_state();
            println!("{secs:7.1} s  killed with {} objects remembered", state.objects.len());
            analysis = CameraAnalysis::new(options.settings()?, detectors.chosen())?;
            analysis.restore(&state)?;
            down_until = secs + down_secs;
        }
        if secs < down_until {
            continue;
        }
        let in_clip = number % frames;
        let mut bytes = vec![0; frame_bytes];
        file.seek(SeekFrom::Start(in_clip * frame_bytes as u64))?;
        file.read_exact(&mut bytes)?;
        if let Ok(mut frame) = detectors.scripted.frame.lock() {
            *frame = in_clip as usize;
        }
        let at = Timestamp::from_unix_secs(1_000_000).plus(Duration::from_secs_f64(secs));
        let frame = seal_i420(CameraId::parse("clip")?, at, number + 1, size, bytes)?;
        let before = cpu_secs();
        let step = analysis.step(&frame)?;
        tally.cpu_secs += cpu_secs() - before;
        tally.take(secs, &step);
    }
    println!(
        "{} steps, {:.2} cpu-ms each, {} alerts raised, {} density changes, {} movement alerts, {} steps without sight, refused: {:?}",
        tally.steps,
        1000.0 * tally.cpu_secs / f64::from(tally.steps.max(1)),
        tally.raised,
        tally.density_changes,
        tally.movements,
        tally.unseeing,
        tally.suppressed
    );
    Ok(())
}
