//! `edge.toml` as it is written. Nothing here is checked beyond its shape; `resolve` makes settings of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::commissioning::RawCommissioning;
use super::finite::Finite;
use super::stills::RawStills;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    #[serde(default, rename = "box")]
    pub(super) edge_box: RawBox,
    pub(super) hub: Option<RawHub>,
    pub(super) policy: Option<RawPolicy>,
    #[serde(default)]
    pub(super) models: RawModels,
    #[serde(default)]
    pub(super) stills: RawStills,
    #[serde(default)]
    pub(super) limits: RawLimits,
    #[serde(default)]
    pub(super) commissioning: RawCommissioning,
    #[serde(default)]
    pub(super) metrics: RawMetrics,
    #[serde(default)]
    pub(super) exercises: RawExercises,
    #[serde(default)]
    pub(super) cameras: BTreeMap<String, RawCamera>,
}

/// `[box]`: where this box keeps what it must remember.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBox {
    pub(super) data_dir: Option<PathBuf>,
}

/// `[hub]`: where events go.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHub {
    pub(super) address: Option<String>,
    pub(super) identity_dir: Option<PathBuf>,
    pub(super) takes_settings: Option<bool>,
}

/// `[policy]`: the signed policy, and whom this box believes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub(super) file: Option<PathBuf>,
    pub(super) packs: Option<PathBuf>,
    pub(super) id: Option<String>,
    pub(super) approvers: Vec<String>,
    pub(super) quorum: Option<u32>,
    pub(super) dpo_key: Option<String>,
}

/// `[models]`: which detector and density model, and where the files are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModels {
    pub(super) detector: Option<String>,
    pub(super) density_model: Option<String>,
    pub(super) dir: Option<PathBuf>,
    pub(super) onnxruntime: Option<PathBuf>,
}

/// `[limits]`: how much of the machine may be used.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    pub(super) inference_threads: Option<u64>,
    pub(super) min_free_disk_mib: Option<u64>,
}

/// `[metrics]`: the local page for Prometheus.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetrics {
    pub(super) listen: Option<String>,
}

/// `[exercises]`: scenarios that may be played in the place of a camera.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExercises {
    pub(super) dir: Option<PathBuf>,
}

/// `[cameras.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCamera {
    pub(super) source: String,
    pub(super) analysis_source: Option<String>,
    pub(super) credentials_file: Option<PathBuf>,
    pub(super) credentials_env: Option<String>,
    pub(super) tls_ca_file: Option<PathBuf>,
    pub(super) transport: Option<String>,
    pub(super) decoder: Option<String>,
    pub(super) site: Option<String>,
    pub(super) analysed_fps: Option<Finite>,
    pub(super) analysed_width_px: Option<u32>,
    pub(super) at_end: Option<RawAtEnd>,
    pub(super) back_tracing: Option<bool>,
    pub(super) density_model: Option<String>,
    pub(super) detector_rest_secs: Option<Finite>,
    pub(super) staged: Option<String>,
    #[serde(default)]
    pub(super) ground_plane: Vec<RawPointPair>,
    #[serde(default)]
    pub(super) zones: Vec<RawZone>,
}

/// What happens at the end of a recording.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawAtEnd {
    Finish,
    Repeat,
}

/// One point that is known in the picture and on the ground.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPointPair {
    pub(super) picture: [Finite; 2],
    pub(super) ground_m: [Finite; 2],
}

/// `[[cameras.NAME.zones]]`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawZone {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) polygon: Option<Vec<[Finite; 2]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) abandoned: Option<RawAbandoned>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) density: Option<RawDensity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) movement: Option<RawMovement>,
}

/// Whether a rule speaks, or is only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawMode {
    Live,
    Shadow,
}

/// The rule *abandoned object* in one zone.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAbandoned {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<RawMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unattended_secs: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attended_radius_m: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner_radius_m: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) valid_up_to_persons: Option<Finite>,
}

/// The rule *crowd density* in one zone.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDensity {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<RawMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lowest_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) levels: Option<Vec<RawLevel>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hysteresis_fraction: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hold_secs: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) valid_up_to_persons: Option<Finite>,
}

/// The rule *crowd movement* in one zone.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMovement {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<RawMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_persons: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_speed_m_per_s: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_counter_flow_fraction: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spreads_above_usual: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hold_secs: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) clear_secs: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) learn_secs: Option<Finite>,
}

/// One level above the lowest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLevel {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_persons: Option<Finite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_persons_per_m2: Option<Finite>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) demo_threshold: bool,
}
