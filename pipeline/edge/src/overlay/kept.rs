//! What is remembered of one camera.
//!
//! Content of `settings/CAMERA.json`, version 1:
//! ```text
//! {"settings": "{...}",                     in force over the file; null: the file is
//!  "over": "1f3a...",                       SHA-256 of what the file said beneath it, hex
//!  "trying": {"settings": "{...}",          while they are tried out; null else. What is found here at a start was never
//!             "offer": "9b..."},            seen to run, and is dropped
//!  "last": {"offer": "9b...",               what became of the last offer; null: there was none
//!           "outcome": "in_force",          or "refused", "rolled_back"
//!           "problems": [["zones[0]", "..."]]}}
//! ```

use std::path::Path;

use serde::{Deserialize, Serialize};
use velum_uplink::{SettingsAnswer, SettingsOutcome};
use velum_vocab::Digest;

use crate::config::CameraSettings;
use crate::local::{self, Content};

/// Of one camera.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptSettings {
    pub(super) settings: Option<String>,
    pub(super) over: String,
    pub(super) trying: Option<Trying>,
    pub(super) last: Option<Last>,
}

/// Settings that are tried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trying {
    pub(super) settings: String,
    pub(super) offer: String,
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Last {
    pub(super) offer: String,
    pub(super) outcome: Became,
    pub(super) problems: Vec<(String, String)>,
}

/// The same, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Became {
    InForce,
    Refused,
    RolledBack,
}

impl Content for KeptSettings {
    const FORMAT: &'static str = "velum-settings";
    const FOLDER: &'static str = "settings";

    fn is_empty(&self) -> bool {
        self.settings.is_none() && self.trying.is_none() && self.last.is_none()
    }
}

impl Last {
    /// As the hub is told; none where the offer's name cannot be read.
    pub(super) fn answer(&self, camera: &str, digest: Digest) -> Option<SettingsAnswer> {
        let outcome = match self.outcome {
            Became::InForce => SettingsOutcome::InForce,
            Became::Refused => SettingsOutcome::Refused,
            Became::RolledBack => SettingsOutcome::RolledBack,
        };
        Some(SettingsAnswer {
            id: local::order_id(&self.offer)?,
            camera: camera.to_owned(),
            outcome,
            problems: self.problems.clone(),
            digest: Some(digest),
            plane: None,
        })
    }
}

/// The camera with what is in force over the file; none where the file is. `trying` counts for nothing.
pub(crate) fn in_force(data_dir: &Path, of_file: &CameraSettings) -> Option<CameraSettings> {
    let path = data_dir.join(KeptSettings::FOLDER).join(format!("{}.json", of_file.id));
    let kept = local::read_one::<KeptSettings>(&path).ok().flatten()?;
    let settings = kept.settings.filter(|_| kept.over == of_file.watching.digest().to_string())?;
    of_file.watching(&settings).ok()
}
