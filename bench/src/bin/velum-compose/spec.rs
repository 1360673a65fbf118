//! What is to be composed: a TOML file, checked once. Whoever has a [`Spec`] has one whose numbers hold together;
//! whether the footage is there is found out later, for a fresh machine does without most of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::ground::Ground;

/// Frames a second of everything that is composed.
pub(crate) const FPS: f64 = 10.0;
/// Widest picture.
pub(crate) const WIDTH_PX: u32 = 640;

/// What is composed where none is named.
const DEFAULT: &str = include_str!("../../../compose.toml");

/// Everything that is composed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    /// What it is for, in a sentence; goes into the suite.
    pub(crate) about: String,
    /// Another seed makes other scenes of the same kind.
    pub(crate) seed: u64,
    /// What the rule is set to in all clips.
    pub(crate) unattended_secs: u32,
    /// Where footage is looked for, in this order; `$VELUM_SHARED` is replaced.
    pub(crate) folders: Vec<String>,
    /// Recordings of which walkers are cut out.
    #[serde(default)]
    pub(crate) walkers: Vec<WalkerSpec>,
    /// Polygons of coco128.
    #[serde(default)]
    pub(crate) cutouts: Vec<CutoutSpec>,
    pub(crate) scenes: Vec<SceneSpec>,
}

/// A recording with people to cut out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WalkerSpec {
    pub(crate) id: String,
    pub(crate) file: PathBuf,
    /// First frame and the one after the last, counted at 10 a second.
    pub(crate) span: Option<[usize; 2]>,
    /// Only people whose feet are between these rows: elsewhere something cuts through them.
    #[serde(default = "all_rows")]
    pub(crate) feet_rows: [usize; 2],
    /// Nothing casts a shadow here: none has to be told apart from people.
    #[serde(default)]
    pub(crate) overcast: bool,
}

fn all_rows() -> [usize; 2] {
    [0, usize::MAX]
}

/// One polygon: line `line` (from 0) of `masks/IMAGE.txt`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CutoutSpec {
    pub(crate) image: String,
    pub(crate) line: usize,
    #[serde(rename = "use")]
    pub(crate) role: Role,
}

/// What a cut-out is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    Object,
    Sitting,
    /// Upright in the picture: turned by a quarter when used.
    Lying,
}

/// Which half of the scenes: rules may be tuned on the one, and are reported on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Half {
    Tuning,
    Report,
}

/// How the footage is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Play {
    /// Forwards and backwards for ever.
    #[default]
    ToAndFro,
    /// Only its empty scene, under fresh noise.
    Still,
}

/// What is behind everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SceneKind {
    #[default]
    Video,
    Photograph,
}

/// One static camera.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SceneSpec {
    pub(crate) id: String,
    pub(crate) half: Half,
    #[serde(default)]
    pub(crate) scene_kind: SceneKind,
    pub(crate) file: PathBuf,
    /// First frame and the one after the last, counted at 10 a second.
    pub(crate) span: Option<[usize; 2]>,
    #[serde(default)]
    pub(crate) play: Play,
    /// Standard deviation of fresh noise, grey levels.
    #[serde(default)]
    pub(crate) noise: f32,
    /// Twice a row of feet and the height of a person there, pixels of the composed picture.
    pub(crate) person_px: [[f64; 2]; 2],
    /// The ground that is watched: all spots lie in it.
    pub(crate) watch: Vec<[f64; 2]>,
    /// Where people come from and go to: outside the picture, or far away in it.
    pub(crate) entries: Vec<[f64; 2]>,
    /// Free places on the ground.
    pub(crate) spots: Vec<[f64; 2]>,
    /// Free places far away.
    #[serde(default)]
    pub(crate) far_spots: Vec<[f64; 2]>,
    /// Left, top, width, height of scenery behind whose left or right edge something can be put.
    #[serde(default)]
    pub(crate) occluders: Vec<[usize; 4]>,
    /// Left, top, width, height of things that can be moved a little.
    #[serde(default)]
    pub(crate) furniture: Vec<[usize; 4]>,
    /// Whose people walk here; those of all recordings where none of them is there.
    pub(crate) walkers: Vec<String>,
    /// How many clips of which scenario.
    pub(crate) scenarios: BTreeMap<Scenario, usize>,
}

/// What happens in a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scenario {
    OwnerLeaves,
    OwnerStays,
    OwnerReturns,
    SeveralPass,
    PartialOcclusion,
    Reflection,
    LowContrast,
    Removed,
    Ghost,
    LightChange,
    Shadow,
    PersonStill,
    Furniture,
    TwoBags,
    SmallFar,
    Night,
    Compression,
}

impl Scenario {
    /// The word in files and names.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::OwnerLeaves => "owner_leaves",
            Self::OwnerStays => "owner_stays",
            Self::OwnerReturns => "owner_returns",
            Self::SeveralPass => "several_pass",
            Self::PartialOcclusion => "partial_occlusion",
            Self::Reflection => "reflection",
            Self::LowContrast => "low_contrast",
            Self::Removed => "removed",
            Self::Ghost => "ghost",
            Self::LightChange => "light_change",
            Self::Shadow => "shadow",
            Self::PersonStill => "person_still",
            Self::Furniture => "furniture",
            Self::TwoBags => "two_bags",
            Self::SmallFar => "small_far",
            Self::Night => "night",
            Self::Compression => "compression",
        }
    }
}

impl Spec {
    /// Reads and checks a file; the built-in one where none is named.
    pub(crate) fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("`{}` cannot be read", path.display()))?,
            None => DEFAULT.to_owned(),
        };
        let name = path.map_or("bench/compose.toml".into(), |path| path.display().to_string());
        Self::parse(&text).with_context(|| name)
    }

    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let reader = toml::Deserializer::parse(text)?;
        let spec: Self = serde_path_to_error::deserialize(reader).map_err(|error| {
            let path = error.path().to_string();
            anyhow::anyhow!("{path}: {}", error.into_inner().message())
        })?;
        spec.check()?;
        Ok(spec)
    }

    /// A file of the footage, in the first folder that has it.
    pub(crate) fn find(&self, file: &Path) -> Option<PathBuf> {
        let shared = std::env::var("VELUM_SHARED").unwrap_or_else(|_| "../shared".to_owned());
        let folder = |folder: &String| PathBuf::from(folder.replace("$VELUM_SHARED", &shared));
        self.folders.iter().map(folder).map(|folder| folder.join(file)).find(|path| path.exists())
    }

    fn check(&self) -> anyhow::Result<()> {
        for (number, scene) in self.scenes.iter().enumerate() {
            let key = format!("scenes[{number}] (`{}`)", scene.id);
            scene.check(&key)?;
            if self.scenes.iter().take(number).any(|other| other.id == scene.id) {
                bail!("{key}.id: is there twice; choose another name");
            }
            let known = |id: &String| self.walkers.iter().any(|walker| walker.id == *id);
            if let Some(id) = scene.walkers.iter().find(|id| !known(id)) {
                bail!("{key}.walkers: `{id}` is not among [[walkers]]; add it there");
            }
        }
        Ok(())
    }
}

impl SceneSpec {
    /// The scale of the scene.
    pub(crate) fn ground(&self) -> Option<Ground> {
        let [first, second] = self.person_px;
        Ground::through(first, second)
    }

    fn check(&self, key: &str) -> anyhow::Result<()> {
        if self.ground().is_none() {
            bail!(
                "{key}.person_px: expected two different rows, found one twice; give [[row, height], [row, height]]"
            );
        }
        if self.watch.len() < 3 {
            bail!("{key}.watch: needs at least 3 points, found {}; add a point", self.watch.len());
        }
        if self.entries.len() < 2 || self.spots.is_empty() {
            bail!("{key}.entries: expected at least 2, and 1 of .spots; add what is missing");
        }
        for (name, spots) in [("spots", &self.spots), ("far_spots", &self.far_spots)] {
            if let Some(spot) = spots.iter().find(|spot| !inside(&self.watch, **spot)) {
                bail!("{key}.{name}: `{spot:?}` lies outside `watch`; move it, or widen `watch`");
            }
        }
        let needs = |scenario, list: bool, name: &str| {
            if self.scenarios.get(&scenario).is_some_and(|clips| *clips > 0) && list {
                let scenario = scenario.word();
                bail!("{key}.scenarios.{scenario}: needs {name}; add one, or ask for no such clip");
            }
            Ok(())
        };
        needs(Scenario::SmallFar, self.far_spots.is_empty(), "far_spots")?;
        needs(Scenario::PartialOcclusion, self.occluders.is_empty(), "occluders")?;
        needs(Scenario::Furniture, self.furniture.is_empty(), "furniture")
    }
}

/// Whether a point lies in a polygon.
fn inside(polygon: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let next = polygon.iter().cycle().skip(1);
    let crossed = polygon
        .iter()
        .zip(next)
        .filter(|([ax, ay], [bx, by])| (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax);
    crossed.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENE: &str = r#"
about = "a test"
seed = 1
unattended_secs = 10
folders = ["."]
[[walkers]]
id = "w"
file = "w.avi"
[[scenes]]
id = "a"
half = "tuning"
file = "a.avi"
person_px = [[100, 50], [200, 90]]
watch = [[0, 0], [100, 0], [100, 100], [0, 100]]
entries = [[-10, 50], [110, 50]]
spots = [[50, 50]]
walkers = ["w"]
scenarios = { owner_leaves = 2 }
"#;

    #[test]
    fn the_built_in_spec_holds_together() {
        let spec = Spec::read(None).unwrap();
        for half in [Half::Tuning, Half::Report] {
            let videos = spec.scenes.iter().filter(|s| s.half == half && s.scene_kind == SceneKind::Video);
            assert!(videos.count() >= 3, "{half:?}");
        }
    }

    #[test]
    fn errors_name_the_key_and_the_way_out() {
        let check = |from: &str, to: &str, expected: &str| {
            let text = SCENE.replacen(from, to, 1);
            assert_ne!(text, SCENE, "`{from}` is in the text");
            let error = format!("{:#}", Spec::parse(&text).unwrap_err());
            assert!(error.contains(expected), "{error}");
        };
        assert!(Spec::parse(SCENE).is_ok());
        check("half = \"tuning\"", "half = \"both\"", "scenes[0].half: unknown variant `both`");
        check("owner_leaves", "owner_flies", "scenes[0].scenarios");
        check("seed = 1", "seeds = 1", "seeds");
        check("[200, 90]", "[100, 90]", "scenes[0] (`a`).person_px: expected two different rows");
        check("[[50, 50]]", "[[150, 50]]", "scenes[0] (`a`).spots: `[150.0, 50.0]` lies outside `watch`");
        check("walkers = [\"w\"]", "walkers = [\"x\"]", "scenes[0] (`a`).walkers: `x` is not among");
        check("owner_leaves", "small_far", "scenes[0] (`a`).scenarios.small_far: needs far_spots");
    }
}
