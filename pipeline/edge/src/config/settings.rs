//! Settings as the stages take them: checked, with every default filled in and every path absolute.

use std::net::SocketAddr;
use std::path::PathBuf;

use velum_policy::TrustRoot;
use velum_uplink::HubAccess;

pub(crate) use super::camera::CameraSettings;
use super::commissioning::CommissioningSettings;
use super::problem::ConfigError;
use super::stills::StillSettings;

/// In the place of a model's name.
const NO_DENSITY_MODEL: &str = "none";

/// Everything that this box was told to do.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The configuration file.
    pub(crate) file: PathBuf,
    /// Where the box keeps what it must remember.
    pub(crate) data_dir: PathBuf,
    /// Where events go; without a hub they wait in the outbox.
    pub(crate) hub: Option<HubSettings>,
    /// The policy; without one nothing leaves but health.
    pub(crate) policy: Option<PolicySettings>,
    /// Which models, and from where.
    pub(crate) models: ModelSettings,
    /// Redacted stills, as far as the policy allows any.
    pub(crate) stills: StillSettings,
    /// How much of the machine may be used.
    pub(crate) limits: LimitSettings,
    /// What a rule in shadow must have shown, and how long it is kept.
    pub(crate) commissioning: CommissioningSettings,
    /// Where metrics are served: loopback.
    pub(crate) metrics_listen: SocketAddr,
    /// Where scenarios for exercises lie; none: no exercise is played.
    pub(crate) exercises_dir: Option<PathBuf>,
    /// In the order of their names.
    pub(crate) cameras: Vec<CameraSettings>,
}

/// The settings with which the box can run.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Without the cameras that are wrong.
    pub(crate) settings: Settings,
    /// What is wrong with the cameras that were left out.
    pub(crate) refused: Option<ConfigError>,
}

/// `[hub]`.
#[derive(Debug, Clone)]
pub(crate) struct HubSettings {
    /// `host:port`; where nothing is written, as the enrolment said.
    pub(crate) address: Option<String>,
    /// This box's key, its certificate, and the authority's.
    pub(crate) identity_dir: PathBuf,
    /// Whether its administrators may offer other zones and ground planes for the cameras.
    pub(crate) takes_settings: bool,
}

impl HubSettings {
    /// The way to the hub.
    pub(crate) fn access(&self) -> HubAccess {
        HubAccess { identity_dir: self.identity_dir.clone(), address: self.address.clone() }
    }
}

/// `[policy]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicySettings {
    /// The signed policy; none where only the hub hands one over.
    pub(crate) file: Option<PathBuf>,
    /// Signed country packs that hold beside the built-in ones.
    pub(crate) packs: Option<PathBuf>,
    /// Which policy the hub is to hand over, before there is any.
    pub(crate) id: Option<String>,
    /// The keys of the approvers whom this box believes, and how many of them must have signed.
    pub(crate) trust: TrustRoot,
}

/// `[models]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ModelSettings {
    /// Which detector.
    pub(crate) detector: DetectorChoice,
    /// Which density network counts beside it, for cameras that name none of their own.
    pub(crate) density_model: Option<DensityModel>,
    /// Where model files are, besides the built-in ones.
    pub(crate) dir: Option<PathBuf>,
    /// The ONNX Runtime library, where it is not found by itself.
    pub(crate) onnxruntime: Option<PathBuf>,
}

/// Which detector finds persons.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum DetectorChoice {
    /// The best that is there.
    #[default]
    Auto,
    /// The one with this name in the catalogue.
    Named(String),
}

/// A density network that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DensityModel {
    /// Its name in the catalogue.
    pub(crate) id: String,
    /// The key that names it, for errors.
    pub(crate) key: String,
}

impl DensityModel {
    /// What is written at a key; none where that is `none`.
    pub(super) fn written(key: String, id: String) -> Option<Self> {
        (id != NO_DENSITY_MODEL).then_some(Self { id, key })
    }
}

/// `[limits]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LimitSettings {
    /// Threads that one inference may use.
    pub(crate) inference_threads: usize,
    /// Below this nothing more is recorded, and `check` says so.
    pub(crate) min_free_disk_mib: u64,
}
