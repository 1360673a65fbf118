//! A scenario for exercises: one small TOML file beside its video, `docs/exercises.md` has the format. A file of a folder that
//! people fill: outside bytes.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use velum_analyse::{GroundPlane, ZoneSettings};
use velum_decode::{AtEnd, SourceConfig, SourceUrl};
use velum_uplink::ExpectedAlert;

use super::camera::CameraSettings;
use super::problem::{Problem, Problems};
use super::raw::{RawPointPair, RawZone};
use super::zones::{resolve_ground_plane, resolve_zones};

/// No file is longer.
const LARGEST_BYTES: u64 = 64 * 1_024;
/// Of one folder so many are read.
const MOST_SCENARIOS: usize = 64;
const MOST_EXPECTED: usize = 32;
/// The longest, seconds.
const LONGEST_SECS: u32 = 1_800;
/// What `staged` begins with, everywhere.
const STAGED: &str = "exercise: ";
/// As the rules are named.
const KINDS: [&str; 3] = ["abandoned_object", "crowd_density", "crowd_movement"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    title: String,
    source: String,
    licence: String,
    video: String,
    secs: u32,
    #[serde(default)]
    expected: Vec<RawExpected>,
    #[serde(default)]
    ground_plane: Vec<RawPointPair>,
    #[serde(default)]
    zones: Vec<RawZone>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpected {
    kind: String,
    at_secs: u32,
    #[serde(default)]
    words: String,
}

/// One scenario, checked.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    /// As the hub is told of it.
    pub(crate) about: velum_uplink::Scenario,
    video: PathBuf,
    /// Where the footage is of another place than the camera's.
    place: Option<(Vec<ZoneSettings>, Option<GroundPlane>)>,
}

impl Scenario {
    /// Reads a scenario whose video lies in the same folder.
    ///
    /// # Errors
    /// In words, key first.
    pub(crate) fn parse(id: &str, text: &str, folder: &Path) -> Result<Self, String> {
        let raw: RawScenario =
            toml::from_str(text).map_err(|error| error.message().trim_end().replace('\n', "; "))?;
        let mut problems = Problems::default();
        check_id(id, &mut problems);
        check_text("title", &raw.title, 1, 80, &mut problems);
        check_text("source", &raw.source, 1, 200, &mut problems);
        check_text("licence", &raw.licence, 1, 200, &mut problems);
        if !(1..=LONGEST_SECS).contains(&raw.secs) {
            let found = raw.secs;
            problems.add(
                "secs",
                format!("expected 1 to {LONGEST_SECS}, found {found}; write for example `secs = 90`"),
            );
        }
        let video = check_video(&raw.video, folder, &mut problems);
        let expected = check_expected(raw.expected, raw.secs, &mut problems);
        let plane = resolve_ground_plane(&raw.ground_plane);
        let plane = plane.map_err(|error| problems.add_below("ground_plane", &error)).ok().flatten();
        let place = if raw.zones.is_empty() {
            if plane.is_some() {
                let fix = "a ground plane of another place needs its zones; add `[[zones]]`, or delete it";
                problems.add("ground_plane", fix);
            }
            None
        } else {
            Some((resolve_zones("scenario", raw.zones, plane.is_some(), &mut problems), plane))
        };
        if let Some(problem) = problems.into_found().first() {
            return Err(words_of(problem));
        }
        let about = velum_uplink::Scenario {
            id: id.to_owned(),
            title: raw.title,
            secs: raw.secs,
            source: raw.source,
            licence: raw.licence,
            expected,
        };
        Ok(Self { about, video, place })
    }

    /// What the events of the exercise say of themselves.
    pub(crate) fn staged(&self) -> String {
        format!("{STAGED}{}", self.about.title)
    }

    /// The camera with this in its place: its rules, but those that are only tried, and nothing else of it.
    ///
    /// # Errors
    /// In words, where the zones do not fit.
    pub(crate) fn in_place_of(&self, camera: &CameraSettings) -> Result<CameraSettings, String> {
        let mut analysis = camera.analysis.clone();
        if let Some((zones, plane)) = &self.place {
            (analysis.zones, analysis.ground_plane) = (zones.clone(), plane.clone());
        }
        analysis.staged = Some(self.staged());
        for zone in &mut analysis.zones {
            let is_tried =
                |rule: &str| camera.shadow.iter().any(|one| one.zone == zone.id && one.rule == rule);
            let [abandoned, density, movement] = KINDS.map(is_tried);
            zone.abandoned = zone.abandoned.take().filter(|_| !abandoned);
            zone.density = zone.density.take().filter(|_| !density);
            zone.movement = zone.movement.take().filter(|_| !movement);
        }
        analysis.check().map_err(|error| error.to_string())?;
        let before = &camera.stream;
        let stream = SourceConfig {
            decoder: before.decoder,
            analysed_fps: before.analysed_fps,
            analysed_width_px: before.analysed_width_px,
            at_end: AtEnd::Finish,
            ..SourceConfig::new(SourceUrl::File(self.video.clone()))
        };
        Ok(CameraSettings { analysis, stream, credentials: None, shadow: Vec::new(), ..camera.clone() })
    }
}

/// The scenarios of a folder, by their files' names, and what is wrong with the others.
pub(crate) fn scenarios(folder: &Path) -> (Vec<Scenario>, Vec<String>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return (Vec::new(), vec![format!("exercises.dir: {}: {error}", folder.display())]),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for path in paths.iter().take(MOST_SCENARIOS) {
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        match read(path).and_then(|text| Scenario::parse(&id, &text, folder)) {
            Ok(scenario) => found.push(scenario),
            Err(problem) => problems.push(format!("{}: {problem}", path.display())),
        }
    }
    if paths.len() > MOST_SCENARIOS {
        problems
            .push(format!("exercises.dir: {}: only the first {MOST_SCENARIOS} are used", folder.display()));
    }
    (found, problems)
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > LARGEST_BYTES {
        return Err(format!("expected at most {LARGEST_BYTES} bytes, found {bytes}"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn words_of(problem: &Problem) -> String {
    format!("{}: {}", problem.path, problem.message)
}

fn check_id(id: &str, problems: &mut Problems) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        problems.add("its name", "expected 1 to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`; name it for example `bag-at-the-bench.toml`");
    }
}

fn check_text(key: &str, text: &str, least: usize, most: usize, problems: &mut Problems) {
    let chars = text.chars().count();
    let is_plain = !text.chars().any(char::is_control) && (least == 0 || !text.trim().is_empty());
    if !(least..=most).contains(&chars) || !is_plain {
        problems.add(key, format!("expected one line of {least} to {most} characters, found {chars}"));
    }
}

/// A file of the same folder, and no way out of it.
fn check_video(name: &str, folder: &Path, problems: &mut Problems) -> PathBuf {
    let is_plain = Path::new(name).components().count() == 1
        && Path::new(name).file_name().is_some_and(|file| file == name)
        && !name.contains('@')
        && !name.chars().any(char::is_control);
    let path = folder.join(name);
    if !is_plain {
        problems.add(
            "video",
            "expected the name of a file in the same folder, for example `video = \"bag.mp4\"`",
        );
    } else if !path.is_file() {
        problems.add("video", format!("there is no file `{name}` in the same folder"));
    }
    path
}

fn check_expected(raw: Vec<RawExpected>, secs: u32, problems: &mut Problems) -> Vec<ExpectedAlert> {
    if raw.len() > MOST_EXPECTED {
        problems.add("expected", format!("expected at most {MOST_EXPECTED}, found {}", raw.len()));
    }
    let check = |(index, one): (usize, RawExpected)| {
        let key = |name: &str| format!("expected[{index}].{name}");
        if !KINDS.contains(&one.kind.as_str()) {
            let known = KINDS.join("`, `");
            problems.add(key("kind"), format!("expected one of `{known}`, found another text"));
        }
        if one.at_secs > secs {
            problems.add(key("at_secs"), format!("expected at most `secs`, {secs}, found {}", one.at_secs));
        }
        check_text(&key("words"), &one.words, 0, 200, problems);
        ExpectedAlert { kind: one.kind, at_secs: one.at_secs, words: one.words }
    };
    raw.into_iter().enumerate().take(MOST_EXPECTED).map(check).collect()
}

#[cfg(test)]
mod tests;
