//! What is measured, and how each is set up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use velum_tests::town::{Load, Plan, Ports, Program, Town};

use crate::cost::{self, Used};
use crate::peers;

/// Analysed frames a second and camera, of the box and of whoever is compared.
pub(crate) const ANALYSED_FPS: f64 = 5.0;

/// One thing that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// ONNX Runtime alone, with a tensor that is made.
    Inference,
    /// GStreamer alone, from the same camera.
    Decoding,
    /// The whole box.
    Box { cameras: usize, stills: bool },
    /// OpenCV, ONNX Runtime and MOG2 in Python.
    PythonPipeline,
    /// Debian's `motion`.
    Motion,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) recording: String,
    pub(crate) what: String,
    pub(crate) cameras: usize,
    pub(crate) secs: f64,
    /// Processor milliseconds a camera-second; of inference, those of [`ANALYSED_FPS`] frames.
    pub(crate) cpu_ms_per_camera_sec: f64,
    pub(crate) resident_mib: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) frames: Option<Frames>,
}

/// What a box says of its frames.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Frames {
    pub(crate) wanted: f64,
    pub(crate) analysed: f64,
    /// Of those wanted, the share that was not analysed.
    pub(crate) missed: f64,
    /// Upper ends of the buckets in which half and 99 of 100 lie.
    pub(crate) analysis_ms_p50: f64,
    pub(crate) age_ms_p50: f64,
    pub(crate) age_ms_p99: f64,
    /// Records that were told and that the hub stored meanwhile.
    pub(crate) told: f64,
    /// From a frame's time until then: upper ends of the buckets in which half and 99 of 100 lie; none without any.
    pub(crate) told_ms_p50: Option<f64>,
    pub(crate) told_ms_p99: Option<f64>,
}

/// How all of them are measured.
pub(crate) struct Bench {
    pub(crate) dir: PathBuf,
    pub(crate) detector: String,
    pub(crate) weights: PathBuf,
    pub(crate) python: PathBuf,
    pub(crate) time: Duration,
    pub(crate) warm_up: Duration,
    pub(crate) cpus: String,
    pub(crate) other_cpus: String,
}

impl Case {
    pub(crate) fn words(self) -> String {
        match self {
            Self::Inference => "bare inference (onnxruntime, one thread)".to_owned(),
            Self::Decoding => "bare decoding (gst-launch, avdec, one thread)".to_owned(),
            Self::Box { cameras, stills } => {
                let with = if stills { ", stills" } else { "" };
                format!("velum-edge, {cameras} camera{}{with}", if cameras == 1 { "" } else { "s" })
            }
            Self::PythonPipeline => "Python: OpenCV, onnxruntime, MOG2".to_owned(),
            Self::Motion => "motion".to_owned(),
        }
    }
}

impl Bench {
    /// Measures one of them with a recording.
    pub(crate) fn measure(&self, case: &Case, (name, recording): (&str, &Path)) -> Result<Row> {
        let (cameras, stills) = match *case {
            Case::Box { cameras, stills } => (cameras, stills),
            _ => (1, false),
        };
        let row = |used: Used, frames| Row {
            recording: name.to_owned(),
            what: case.words(),
            cameras,
            secs: used.wall.as_secs_f64(),
            cpu_ms_per_camera_sec: 1e3 * used.cpu.as_secs_f64() / used.wall.as_secs_f64() / cameras as f64,
            resident_mib: used.resident as f64 / 1_048_576.0,
            frames,
        };
        if *case == Case::Inference {
            let (per_frame_ms, resident) = peers::inference(self)?;
            let used = Used { cpu: Duration::ZERO, wall: Duration::from_secs(1), resident };
            return Ok(Row { cpu_ms_per_camera_sec: per_frame_ms * ANALYSED_FPS, ..row(used, None) });
        }
        let mut town = self.town(recording, (cameras, stills))?;
        town.start_cameras()?;
        match case {
            Case::Box { .. } => {
                town.start_hub()?;
                town.publish_policy()?;
                town.enroll_box()?;
                town.start_edge()?;
                std::thread::sleep(self.warm_up);
                let pid = town.pid(Program::Edge).context("the box does not run")?;
                let before = town.metrics()?;
                let used = cost::over(pid, self.time)?;
                let frames = Frames::between(&before, &town.metrics()?, cameras, &used);
                if frames.analysed == 0.0 {
                    bail!("no frame was analysed:\n{}", town.edge_log_end());
                }
                town.stop_edge()?;
                Ok(row(used, Some(frames)))
            }
            _ => Ok(row(peers::measure(self, *case, (&self.dir, &town.camera_address(1)))?, None)),
        }
    }

    fn town(&self, recording: &Path, (cameras, stills): (usize, bool)) -> Result<Town> {
        if self.dir.exists() {
            std::fs::remove_dir_all(&self.dir)?;
        }
        let load = Load {
            recording: recording.to_owned(),
            cameras,
            detector: self.detector.clone(),
            analysed_fps: ANALYSED_FPS,
            stills,
            box_cpus: self.cpus.clone(),
            other_cpus: self.other_cpus.clone(),
        };
        let plan = Plan {
            ports: Ports::free()?,
            bag_at_secs: None,
            produced_log: false,
            marker: None,
            load: Some(load),
        };
        Town::found(&self.dir, plan)
    }
}

impl Frames {
    fn between(
        before: &BTreeMap<String, f64>,
        after: &BTreeMap<String, f64>,
        cameras: usize,
        used: &Used,
    ) -> Self {
        let sum = |page: &BTreeMap<String, f64>, name: &str| -> f64 {
            page.iter().filter(|(key, _)| key.starts_with(name)).map(|(_, value)| value).sum()
        };
        let more = |name: &str| sum(after, name) - sum(before, name);
        let wanted = used.wall.as_secs_f64() * ANALYSED_FPS * cameras as f64;
        let analysed = more("velum_frames_analysed_total");
        let of = |name: &str, share: f64| bucket_with(&buckets(before, after, name), share);
        let told = more("velum_delivery_ms_count");
        let told_ms = |share: f64| (told > 0.0).then(|| of("velum_delivery_ms", share));
        Self {
            wanted,
            analysed,
            missed: ((wanted - analysed) / wanted).max(0.0),
            analysis_ms_p50: of("velum_analysis_ms", 0.5),
            age_ms_p50: of("velum_frame_age_ms", 0.5),
            age_ms_p99: of("velum_frame_age_ms", 0.99),
            told,
            told_ms_p50: told_ms(0.5),
            told_ms_p99: told_ms(0.99),
        }
    }
}

/// The upper ends of a histogram's buckets, and how many came into each or a lower one.
fn buckets(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>, name: &str) -> Vec<(f64, f64)> {
    let prefix = format!("{name}_bucket{{le=\"");
    let of = |(key, value): (&String, &f64)| {
        let end = key.strip_prefix(&prefix)?.strip_suffix("\"}")?;
        let end = if end == "+Inf" { f64::INFINITY } else { end.parse().ok()? };
        Some((end, value - before.get(key).copied().unwrap_or_default()))
    };
    let mut found: Vec<(f64, f64)> = after.iter().filter_map(of).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found
}

fn bucket_with(buckets: &[(f64, f64)], share: f64) -> f64 {
    let all = buckets.last().map_or(0.0, |(_, count)| *count);
    let reached = buckets.iter().find(|(_, count)| *count >= share * all && *count > 0.0);
    reached.map_or(f64::NAN, |(end, _)| *end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_box_are_those_of_the_time_between() {
        let page = |analysed: f64, low: f64, all: f64| {
            BTreeMap::from([
                ("velum_frames_analysed_total{camera=\"a\"}".to_owned(), analysed),
                ("velum_frames_analysed_total{camera=\"b\"}".to_owned(), analysed),
                ("velum_frame_age_ms_bucket{le=\"8.0\"}".to_owned(), low),
                ("velum_frame_age_ms_bucket{le=\"12.0\"}".to_owned(), all),
                ("velum_frame_age_ms_bucket{le=\"+Inf\"}".to_owned(), all),
                ("velum_delivery_ms_bucket{le=\"18.0\"}".to_owned(), analysed),
                ("velum_delivery_ms_bucket{le=\"+Inf\"}".to_owned(), analysed),
                ("velum_delivery_ms_count".to_owned(), analysed),
            ])
        };
        let used = Used { cpu: Duration::ZERO, wall: Duration::from_secs(10), resident: 0 };
        let frames = Frames::between(&page(10.0, 5.0, 20.0), &page(59.0, 60.0, 118.0), 2, &used);
        assert_eq!((frames.wanted, frames.analysed, frames.told), (100.0, 98.0, 49.0));
        assert_eq!((frames.told_ms_p50, frames.told_ms_p99), (Some(18.0), Some(18.0)));
        let nothing = Frames::between(&page(10.0, 5.0, 20.0), &page(10.0, 5.0, 20.0), 2, &used);
        assert_eq!((nothing.told, nothing.told_ms_p50), (0.0, None));
        assert!((frames.missed - 0.02).abs() < 1e-9);
        assert_eq!((frames.age_ms_p50, frames.age_ms_p99), (8.0, 12.0));
    }
}
