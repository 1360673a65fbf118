//! Accelerators: the same boxes, and at which cost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use velum_decode::{DecoderChoice, RawFrame};
use velum_models::{
    Catalogue, Detect, Detector, DetectorOptions, LoadedModel, Provider, ProviderChoice, Runtime,
};
use velum_vocab::Detection;

use crate::cost::Cost;
use crate::decode;

/// Width that a box usually analyses.
const WIDTH_PX: u32 = 1280;
/// Scores from here on are compared: the least that any rule of the box believes, and that masks look at.
const SCORE_MIN: f32 = 0.2;
/// Boxes of one class that overlap by so much are the same.
const SAME_IOU: f32 = 0.5;
/// Cameras that ask at once, which lets frames run together.
const CAMERAS: usize = 8;
/// How often the frames are gone through for the time of one.
const ROUNDS: usize = 3;

/// Frames and models.
pub(crate) struct Bench {
    runtime: Runtime,
    catalogue: Catalogue,
    frames: Vec<RawFrame>,
}

impl Bench {
    /// Reads the first frames of a recording, in software.
    pub(crate) fn open(
        onnxruntime: &Path,
        model_folders: &[PathBuf],
        file: &Path,
        frames: usize,
    ) -> anyhow::Result<Self> {
        let reader = decode::open(file, DecoderChoice::Software, Some(WIDTH_PX), 120.0)?;
        let frames: Result<Vec<RawFrame>, _> = reader.take(frames).collect();
        Ok(Self {
            runtime: Runtime::load(Some(onnxruntime))?,
            catalogue: Catalogue::open(&Catalogue::usual_folders(model_folders))?,
            frames: frames?,
        })
    }

    /// Runs a model on every provider that is offered, and holds its boxes against the processor's.
    pub(crate) fn compare(&self, out: &mut impl Write, id: &str) -> anyhow::Result<()> {
        writeln!(out, "\n{id}, {} frames", self.frames.len())?;
        let model = self.catalogue.load(id)?;
        let on_cpu = Self::open_on(&self.runtime, &model, ProviderChoice::Cpu)?.0;
        let reference = self.detect_all(&on_cpu)?;
        drop(on_cpu);
        for provider in self.runtime.providers().into_iter().rev() {
            let choice = ProviderChoice::parse(provider.name()).context("a provider without a choice")?;
            match Self::open_on(&self.runtime, &model, choice) {
                Ok((detector, opened)) => self.measure(out, &detector, opened, &reference)?,
                Err(error) => writeln!(out, "  {provider:8} does not open: {error:#}")?,
            }
        }
        Ok(())
    }

    fn open_on(
        runtime: &Runtime,
        model: &LoadedModel,
        provider: ProviderChoice,
    ) -> anyhow::Result<(Detector, Duration)> {
        let timeout = Duration::from_secs(120);
        let began = Instant::now();
        let detector =
            Detector::open(runtime, model, DetectorOptions { provider, timeout, ..Default::default() })?;
        Ok((detector, began.elapsed()))
    }

    fn measure(
        &self,
        out: &mut impl Write,
        detector: &Detector,
        opened: Duration,
        reference: &[Vec<Detection>],
    ) -> anyhow::Result<()> {
        let provider: Provider = detector.provider();
        let found = self.detect_all(detector)?;
        let agreement = Agreement::of(reference, &found);
        writeln!(out, "  {provider:8} opened in {:.0} ms; {agreement}", 1e3 * opened.as_secs_f64())?;
        let frames = (self.frames.len() * ROUNDS) as u64;
        let ((), alone) = Cost::of(|| (0..ROUNDS).try_for_each(|_| self.detect_all(detector).map(drop)))?;
        let (ms, cpu_ms) = (1e3 / alone.per_sec(frames), alone.cpu_ms_each(frames));
        writeln!(out, "  {provider:8} one camera: {ms:.2} ms and {cpu_ms:.2} cpu-ms a frame")?;
        let before = detector.counts();
        let (longest, together) = Cost::of(|| self.detect_together(detector))?;
        let (frames, runs) = (detector.counts().frames - before.frames, detector.counts().runs - before.runs);
        writeln!(
            out,
            "  {provider:8} {CAMERAS} cameras at once: {:.0} frames/s, {:.2} cpu-ms a frame, {:.1} frames a run, longest \
             wait {:.0} ms",
            together.per_sec(frames),
            together.cpu_ms_each(frames),
            frames as f64 / runs.max(1) as f64,
            1e3 * longest.as_secs_f64()
        )?;
        Ok(())
    }

    fn detect_all(&self, detector: &Detector) -> anyhow::Result<Vec<Vec<Detection>>> {
        Ok(self.frames.iter().map(|frame| detector.detect(frame)).collect::<Result<_, _>>()?)
    }

    /// All cameras ask for the same frames, each begun by whoever is free; the longest that one waited.
    fn detect_together(&self, detector: &Detector) -> anyhow::Result<Duration> {
        let next = AtomicUsize::new(0);
        let watch = || {
            let mut longest = Duration::ZERO;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(frame) = self.frames.get(number % self.frames.len().max(1)) else { break };
                if number >= self.frames.len() * ROUNDS {
                    break;
                }
                let began = Instant::now();
                detector.detect(frame)?;
                longest = longest.max(began.elapsed());
            }
            anyhow::Ok(longest)
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..CAMERAS).map(|_| scope.spawn(watch)).collect();
            let joined =
                threads.into_iter().map(|thread| thread.join().ok().context("a camera's thread failed")?);
            joined.collect::<anyhow::Result<Vec<_>>>().map(|all| all.into_iter().max().unwrap_or_default())
        })
    }
}

/// How far two runs over the same frames agree.
#[derive(Debug, Default)]
struct Agreement {
    matched: usize,
    only_first: usize,
    only_second: usize,
    greatest_score_difference: f32,
    least_iou: Option<f32>,
    /// The best score of what only one of them found.
    best_unmatched: f32,
}

impl Agreement {
    fn of(first: &[Vec<Detection>], second: &[Vec<Detection>]) -> Self {
        first.iter().zip(second).fold(Self::default(), |mut sum, (first, second)| {
            sum.add(first, second);
            sum
        })
    }

    /// What is at least `SCORE_MIN` in one run is looked for in all of the other.
    fn add(&mut self, first: &[Detection], second: &[Detection]) {
        let mut free: Vec<&Detection> = second.iter().collect();
        for one in first {
            let mut overlaps: Vec<(usize, f32)> = (free.iter().enumerate())
                .filter(|(_, other)| other.class == one.class)
                .map(|(at, other)| (at, other.box_in_frame.iou(&one.box_in_frame)))
                .filter(|(_, iou)| *iou >= SAME_IOU)
                .collect();
            overlaps.sort_by(|a, b| b.1.total_cmp(&a.1));
            match overlaps.first() {
                Some(&(at, iou)) => self.add_pair(one, free.swap_remove(at), iou),
                None if one.score >= SCORE_MIN => {
                    self.only_first += 1;
                    self.best_unmatched = self.best_unmatched.max(one.score);
                }
                None => {}
            }
        }
        let left: Vec<f32> =
            free.iter().map(|other| other.score).filter(|score| *score >= SCORE_MIN).collect();
        self.only_second += left.len();
        self.best_unmatched = left.into_iter().fold(self.best_unmatched, f32::max);
    }

    fn add_pair(&mut self, one: &Detection, other: &Detection, iou: f32) {
        if one.score.max(other.score) < SCORE_MIN {
            return;
        }
        self.matched += 1;
        self.greatest_score_difference = self.greatest_score_difference.max((one.score - other.score).abs());
        self.least_iou = Some(self.least_iou.unwrap_or(1.0).min(iou));
    }
}

impl std::fmt::Display for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} boxes as on the processor (scores within {:.4}, IoU at least {:.4}), {} missing, {} more",
            self.matched,
            self.greatest_score_difference,
            self.least_iou.unwrap_or(1.0),
            self.only_first,
            self.only_second
        )?;
        if self.only_first + self.only_second > 0 {
            write!(f, ", of a score of {:.2} at most", self.best_unmatched)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use velum_vocab::{BoxInFrame, ObjectClass};

    use super::*;

    fn person(score: f32, left_px: f32) -> Detection {
        let box_in_frame = BoxInFrame::new(left_px, 0.0, left_px + 10.0, 20.0).unwrap();
        Detection { class: ObjectClass::Person, score, box_in_frame }
    }

    #[test]
    fn boxes_are_paired_and_what_is_left_is_told() {
        let first = [vec![person(0.9, 0.0), person(0.15, 50.0), person(0.5, 100.0)]];
        let second = [vec![person(0.88, 1.0), person(0.25, 50.0), person(0.12, 200.0)]];
        let text = Agreement::of(&first, &second).to_string();
        let expected = "2 boxes as on the processor (scores within 0.1000, IoU at least 0.8182), 1 missing, 0 more, of a \
                        score of 0.50 at most";
        assert_eq!(text, expected);
    }
}
