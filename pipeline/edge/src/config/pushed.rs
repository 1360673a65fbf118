//! What of a camera's table the hub may offer: its zones, with their rules, and its ground plane, as JSON in the grammar
//! of `edge.toml`.
//!
//! Invariant: whoever wrote it, file or hub, the same parser and the same checks judge it; of all else in the table, such as
//! where the picture comes from, the hub says nothing.

use serde::{Deserialize, Serialize};
use velum_analyse::PointPair;
use velum_vocab::{CameraId, Digest};

use super::camera::{CameraSettings, ShadowRule};
use super::parse::plain_message;
use super::problem::{Problem, Problems};
use super::raw::{RawPointPair, RawZone};
use super::settings::DensityModel;
use super::zones::{point_pairs, resolve_ground_plane, resolve_zones, shadow_rules};

/// More than this nobody draws; each point costs time for each frame.
const MOST_ZONES: usize = 64;
const MOST_CORNERS: usize = 256;
const MOST_PAIRS: usize = 64;
/// No number on a picture, on the ground or in seconds is larger.
const LARGEST: f64 = 1e7;

/// Zones and ground plane as they are written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWatching {
    #[serde(default)]
    pub(super) zones: Vec<RawZone>,
    #[serde(default)]
    pub(super) ground_plane: Vec<RawPointPair>,
}

/// The same, to be told and compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Watching {
    /// Each key in its place, whatever the file looked like.
    json: String,
    /// The density network for the camera, where a zone's density is measured.
    density_model: Option<DensityModel>,
}

impl Watching {
    /// As JSON.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// Of that text.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.json.as_bytes())
    }

    /// Where no zone's density is measured there is nothing to count.
    pub(super) fn density_model_for(&self, analysis: &velum_analyse::CameraSettings) -> Option<DensityModel> {
        let measures_density = analysis.zones.iter().any(|zone| zone.density.is_some());
        self.density_model.clone().filter(|_| measures_density)
    }
}

impl RawWatching {
    pub(super) fn written(&self, density_model: Option<DensityModel>) -> Watching {
        // Numbers are finite and keys are texts: this does not fail.
        let json = serde_json::to_string(self).unwrap_or_default();
        Watching { json, density_model }
    }

    /// What analysis takes; what is wrong goes to `problems`.
    pub(super) fn resolve(
        self,
        path: &str,
        (id, staged): (CameraId, Option<String>),
        problems: &mut Problems,
    ) -> Option<(velum_analyse::CameraSettings, Vec<ShadowRule>)> {
        let plane =
            resolve_ground_plane(&self.ground_plane).map_err(|error| problems.add_below(path, &error)).ok();
        let calibrated = plane.as_ref().is_none_or(Option::is_some);
        let zones_written = self.zones.len();
        let shadow = shadow_rules(&self.zones);
        let zones = resolve_zones(path, self.zones, calibrated, problems);
        let zones_whole = zones.len() == zones_written.max(1);
        let analysis = velum_analyse::CameraSettings {
            zones,
            ground_plane: plane?,
            back_tracing_allowed: false,
            staged,
            ..velum_analyse::CameraSettings::new(id)
        };
        // A zone that was refused is missing in the list: the numbers of the others would be wrong.
        if zones_whole && let Err(error) = analysis.check() {
            problems.add_below(path, &error);
        }
        Some((analysis, shadow))
    }

    fn parse(json: &str) -> Result<Self, Problem> {
        let mut read = serde_json::Deserializer::from_str(json);
        let raw: Self = serde_path_to_error::deserialize(&mut read).map_err(|error| {
            let path = Some(error.path().to_string()).filter(|path| path != ".").unwrap_or_default();
            let message = error.inner().to_string();
            // The place in a text that a program wrote helps nobody.
            let message = message.split(" at line ").next().unwrap_or_default();
            wrong(path, plain_message(message))
        })?;
        read.end().map_err(|_| wrong(String::new(), "expected nothing after the last bracket".to_owned()))?;
        raw.bounded()?;
        Ok(raw)
    }

    /// What comes from elsewhere costs no more than what people draw.
    fn bounded(&self) -> Result<(), Problem> {
        at_most("zones", self.zones.len(), MOST_ZONES)?;
        at_most("ground_plane", self.ground_plane.len(), MOST_PAIRS)?;
        for (index, zone) in self.zones.iter().enumerate() {
            let corners = zone.polygon.as_deref().unwrap_or_default();
            at_most(&format!("zones[{index}].polygon"), corners.len(), MOST_CORNERS)?;
            let levels = zone.density.as_ref().and_then(|rule| rule.levels.as_deref()).unwrap_or_default();
            at_most(&format!("zones[{index}].density.levels"), levels.len(), MOST_ZONES)?;
        }
        for (index, pair) in self.ground_plane.iter().enumerate() {
            if pair.picture.iter().chain(&pair.ground_m).any(|number| number.0.abs() > LARGEST) {
                let message = format!(
                    "expected numbers of at most {LARGEST:e}; give metres, and fractions of the picture"
                );
                return Err(wrong(format!("ground_plane[{index}]"), message));
            }
        }
        Ok(())
    }
}

impl CameraSettings {
    /// The same camera, watching as this JSON says.
    ///
    /// # Errors
    /// Everything that is wrong, each by its place: `zones[1].polygon`.
    pub(crate) fn watching(&self, json: &str) -> Result<Self, Vec<Problem>> {
        let raw = RawWatching::parse(json).map_err(|problem| vec![problem])?;
        let watching = raw.written(self.watching.density_model.clone());
        let (path, mut problems) = (format!("cameras.{}", self.id), Problems::default());
        let resolved = raw.resolve(&path, (self.id.clone(), self.analysis.staged.clone()), &mut problems);
        let found = problems.into_found();
        let Some((analysis, shadow)) = resolved.filter(|_| found.is_empty()) else {
            let prefix = format!("{path}.");
            let below = |problem: Problem| Problem {
                path: problem.path.strip_prefix(&prefix).map(str::to_owned).unwrap_or_default(),
                ..problem
            };
            return Err(found.into_iter().map(below).collect());
        };
        let density_model = watching.density_model_for(&analysis);
        Ok(Self { analysis, shadow, density_model, watching, ..self.clone() })
    }

    /// The point pairs of this JSON, where it can be read.
    pub(crate) fn pairs_of(json: &str) -> Vec<PointPair> {
        RawWatching::parse(json).map(|raw| point_pairs(&raw.ground_plane)).unwrap_or_default()
    }
}

fn at_most(path: &str, found: usize, most: usize) -> Result<(), Problem> {
    if found <= most {
        return Ok(());
    }
    Err(wrong(path.to_owned(), format!("expected at most {most}, found {found}; leave some out")))
}

fn wrong(path: String, message: String) -> Problem {
    Problem { line: None, path, camera: None, message }
}

#[cfg(test)]
mod tests {
    use super::super::{load, load_what_works};
    use super::*;

    fn camera(table: &str) -> CameraSettings {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("edge.toml");
        std::fs::write(&file, format!("[cameras.door]\nsource = \"test:ball\"\n{table}")).unwrap();
        load(&file).unwrap().cameras.remove(0)
    }

    #[test]
    fn what_the_hub_offers_is_judged_as_the_file_is() {
        let zones = "[{ id = \"hall\", polygon = [[0, 0], [1, 0], [0.5, 1]], density = { hold_secs = 3 } }]";
        let of_file = camera(&format!("zones = {zones}\n"));
        let json = of_file.watching.json().to_owned();
        assert_eq!(
            json,
            "{\"zones\":[{\"id\":\"hall\",\"polygon\":[[0.0,0.0],[1.0,0.0],[0.5,1.0]],\"density\":{\"hold_secs\":3.0}}],\
             \"ground_plane\":[]}"
        );
        let offered = camera("").watching(&json).unwrap();
        assert_eq!(offered.watching, of_file.watching);
        assert_eq!(format!("{:?}", offered.analysis), format!("{:?}", of_file.analysis));
        assert_eq!(camera("").watching("{}").unwrap().watching.digest(), camera("").watching.digest());
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        let check = |json: &str, path: &str, message: &str| {
            let found = camera("").watching(json).unwrap_err();
            assert_eq!(found[0].path, path, "{found:?}");
            assert!(found[0].message.contains(message), "{found:?}");
        };
        check(
            "{\"zones\":[{\"id\":\"a\",\"polygon\":[[0,0],[1,1]]}]}",
            "zones[0]",
            "at least 3 points, found 2",
        );
        check(
            "{\"zones\":[{\"id\":\"a\",\"density\":{\"hold_sec\":3}}]}",
            "zones[0].density.hold_sec",
            "did you mean `hold_secs`",
        );
        check("{\"zones\":[{\"polygon\":[]}]}", "zones[0]", "needs the key `id`");
        check("{\"source\":\"rtsp://elsewhere\"}", "source", "`source` is not known here");
        check("{\"zones\":[]} {}", "", "nothing after");
        check("[", "", "");
        check("{\"zones\":[{\"id\":\"a\",\"polygon\":\"x\"}]}", "zones[0].polygon", "expected");
        check(
            "{\"ground_plane\":[{\"picture\":[0,0],\"ground_m\":[1e9,0]}]}",
            "ground_plane[0]",
            "at most 1e7",
        );
        let corners = vec!["[0.1,0.2]"; 257].join(",");
        check(
            &format!("{{\"zones\":[{{\"id\":\"a\",\"polygon\":[{corners}]}}]}}"),
            "zones[0].polygon",
            "at most 256",
        );
    }

    #[test]
    fn fuzz_offered_settings_of_damaged_text() {
        let camera = camera("");
        let good = "{\"zones\":[{\"id\":\"hall\",\"polygon\":[[0.0,0.0],[1.0,0.0],[0.5,1.0]],\"density\":{\"hold_secs\":3.0,\
                    \"levels\":[{\"name\":\"busy\",\"from_persons\":9}]}}],\"ground_plane\":[{\"picture\":[0.1,0.9],\"ground_m\":[1,2]}]}";
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..5_000 {
            let mut bytes = good.as_bytes().to_vec();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..bytes.len());
                bytes[at] = random.u8(32..127);
            }
            bytes.truncate(random.usize(..=bytes.len()));
            let text = String::from_utf8(bytes).unwrap();
            match camera.watching(&text) {
                // What is taken is taken again as it was written down.
                Ok(taken) => {
                    assert_eq!(camera.watching(taken.watching.json()).unwrap().watching, taken.watching)
                }
                Err(problems) => assert!(!problems.is_empty(), "{text}"),
            }
        }
    }

    #[test]
    fn a_file_may_refuse_all_offers() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("edge.toml");
        let takes = |line: &str| {
            std::fs::write(&file, format!("[hub]\n{line}\n[cameras.a]\nsource = \"test:ball\"\n")).unwrap();
            load_what_works(&file).unwrap().settings.hub.unwrap().takes_settings
        };
        assert!(takes("") && !takes("takes_settings = false"));
    }
}
