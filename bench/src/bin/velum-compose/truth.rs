//! What happened in a clip, as the evaluator reads it, and the suite that lists all clips.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use crate::spec::{FPS, Half, Scenario, SceneKind};

/// Whether it must alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The only one that must.
    Object,
    PersonStill,
    PersonLying,
    Removed,
    Ghost,
    Light,
    Shadow,
    Furniture,
    Attended,
}

/// Something that was put into a clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Placed {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) put_down_secs: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner_left_secs: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gone_secs: Option<f64>,
    /// Left, top, width, height; pixels.
    #[serde(rename = "box")]
    pub(crate) box_px: [i64; 4],
    /// Grey levels inside against a ring around it.
    pub(crate) contrast: f64,
    /// Of the local person height.
    pub(crate) height_fraction: f64,
    pub(crate) scenario: Scenario,
}

/// All of a clip.
#[derive(Debug, Serialize)]
struct Truth<'a> {
    fps: f64,
    width_px: usize,
    height_px: usize,
    objects: &'a [Placed],
}

/// Writes a clip's truth.
pub(crate) fn write(
    path: &Path,
    (width_px, height_px): (usize, usize),
    objects: &[Placed],
) -> anyhow::Result<()> {
    let truth = Truth { fps: FPS, width_px, height_px, objects };
    write_text(path, &toml::to_string(&truth)?)
}

/// A clip in the suite.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SuiteClip {
    pub(crate) id: String,
    pub(crate) file: PathBuf,
    pub(crate) truth: PathBuf,
    pub(crate) unattended_secs: u32,
    pub(crate) kind: &'static str,
    pub(crate) half: Half,
    /// What was tuned on it.
    pub(crate) tuned: &'static str,
    pub(crate) tags: Tags,
}

/// What a half is for, as the evaluator's page says it.
pub(crate) fn tuned_on(half: Half) -> &'static str {
    match half {
        Half::Tuning => "the rules",
        Half::Report => "",
    }
}

/// What figures are broken down by.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tags {
    pub(crate) scene: String,
    pub(crate) scenario: Scenario,
    pub(crate) scene_kind: SceneKind,
}

#[derive(Debug, Serialize)]
struct Suite<'a> {
    about: &'a str,
    folders: [&'a str; 1],
    detectors: [&'a str; 2],
    fps: f64,
    width_px: u32,
    clips: &'a [SuiteClip],
}

/// Writes the suite; its files are looked for beside it.
pub(crate) fn write_suite(path: &Path, about: &str, clips: &[SuiteClip]) -> anyhow::Result<()> {
    let suite = Suite {
        about,
        folders: ["."],
        detectors: ["yolox-nano", "velum-person-1"],
        fps: 5.0,
        width_px: crate::spec::WIDTH_PX,
        clips,
    };
    write_text(path, &toml::to_string(&suite)?)
}

fn write_text(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("`{}` cannot be written", path.display()))
}

/// To a hundredth: the same number on every machine.
pub(crate) fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_written_as_the_evaluator_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.toml");
        let placed = Placed {
            id: "bag-1".to_owned(),
            kind: Kind::PersonStill,
            put_down_secs: 20.0,
            owner_left_secs: None,
            gone_secs: Some(70.5),
            box_px: [10, 20, 30, 40],
            contrast: 36.0,
            height_fraction: 0.4,
            scenario: Scenario::OwnerLeaves,
        };
        write(&path, (640, 480), &[placed]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let expected = "fps = 10.0\nwidth_px = 640\nheight_px = 480\n\n[[objects]]\nid = \"bag-1\"\n\
                        kind = \"person_still\"\nput_down_secs = 20.0\ngone_secs = 70.5\nbox = [10, 20, 30, 40]\n\
                        contrast = 36.0\nheight_fraction = 0.4\nscenario = \"owner_leaves\"\n";
        assert_eq!(text, expected);
    }
}
