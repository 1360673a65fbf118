//! Raw configuration to settings: defaults, checks, absolute paths.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use velum_policy::{PublicKey, TrustRoot};

use super::camera::resolve_camera;
use super::commissioning::resolve_commissioning;
use super::parse::Parsed;
use super::problem::{ConfigError, Problems};
use super::raw::{RawHub, RawLimits, RawModels, RawPolicy};
use super::settings::{
    DensityModel, DetectorChoice, HubSettings, LimitSettings, Loaded, ModelSettings, PolicySettings, Settings,
};
use super::stills::resolve_stills;
use crate::metrics::loopback_address;

const DEFAULT_DATA_DIR: &str = "velum-data";
const DEFAULT_IDENTITY_DIR: &str = "identity";
const DEFAULT_METRICS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);
/// Two persons must have signed, where nothing is written.
const DEFAULT_QUORUM: u32 = 2;
/// More threads in one inference end it sooner, and take more processor time in all: where there are few processors, cameras share them.
const DEFAULT_INFERENCE_THREADS: u64 = 2;
const FEW_PROCESSORS: usize = 2;
const DEFAULT_MIN_FREE_DISK_MIB: u64 = 1024;

/// Settings of what was read, without the cameras that are wrong; relative paths begin at the folder of `file`.
pub(super) fn resolve(file: &Path, parsed: Parsed) -> Result<Loaded, ConfigError> {
    let Parsed { config: raw, refused } = parsed;
    let folder = folder_of(file)?;
    let mut problems = Problems::default();
    let hub = raw.hub.map(|hub| resolve_hub(hub, &folder, &mut problems));
    let policy = raw.policy.map(|policy| resolve_policy(&policy, &folder, &mut problems));
    let limits = resolve_limits(&raw.limits, &mut problems);
    let stills = resolve_stills(raw.stills, &mut problems);
    let commissioning = resolve_commissioning(&raw.commissioning, &mut problems);
    let metrics_listen = match raw.metrics.listen.as_deref().map(loopback_address) {
        None => Some(DEFAULT_METRICS),
        Some(address) => problems.keep("metrics.listen", address),
    };
    if raw.cameras.is_empty() && refused.is_empty() {
        problems.add(
            "cameras",
            "needs at least one camera, found none; add for example `[cameras.door]` \
             and below it `source = \"rtsp://192.0.2.10/stream1\"`",
        );
    }
    let models = resolve_models(raw.models, &folder);
    let mut cameras = Vec::new();
    for (name, camera) in raw.cameras {
        problems.about(&name);
        let camera = resolve_camera(&name, camera, &folder, models.density_model.as_ref(), &mut problems);
        cameras.extend(camera.filter(|_| problems.spare(&name)));
    }
    let settings = metrics_listen.map(|metrics_listen| Settings {
        file: file.to_owned(),
        data_dir: folder.join(raw.edge_box.data_dir.unwrap_or_else(|| DEFAULT_DATA_DIR.into())),
        hub,
        policy: policy.flatten(),
        models,
        stills,
        limits,
        commissioning,
        metrics_listen,
        exercises_dir: raw.exercises.dir.map(|dir| folder.join(dir)),
        cameras,
    });
    let refused: Vec<_> = refused.into_iter().chain(problems.into_found()).collect();
    match settings {
        Some(settings) if refused.is_empty() => Ok(Loaded { settings, refused: None }),
        Some(settings)
            if !settings.cameras.is_empty() && refused.iter().all(|problem| problem.camera.is_some()) =>
        {
            let refused = ConfigError { file: file.to_owned(), problems: refused };
            Ok(Loaded { settings, refused: Some(refused) })
        }
        _ => Err(ConfigError { file: file.to_owned(), problems: refused }),
    }
}

/// What was read says this of models.
pub(super) fn models(file: &Path, parsed: Parsed) -> Result<ModelSettings, ConfigError> {
    Ok(resolve_models(parsed.config.models, &folder_of(file)?))
}

/// The absolute folder that holds the file.
fn folder_of(file: &Path) -> Result<PathBuf, ConfigError> {
    let absolute = std::path::absolute(file).map_err(|error| {
        ConfigError::of_file(file, format!("the working directory cannot be used: {error}"))
    })?;
    Ok(absolute.parent().unwrap_or(&absolute).to_owned())
}

fn resolve_hub(raw: RawHub, folder: &Path, problems: &mut Problems) -> HubSettings {
    let address = raw.address.as_deref().and_then(|text| problems.keep("hub.address", hub_address(text)));
    let identity_dir = folder.join(raw.identity_dir.unwrap_or_else(|| DEFAULT_IDENTITY_DIR.into()));
    HubSettings { address, identity_dir, takes_settings: raw.takes_settings.unwrap_or(true) }
}

/// `host:port` of `https://host:port`.
fn hub_address(text: &str) -> Result<String, String> {
    let authority = text.strip_prefix("https://").filter(|rest| {
        rest.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && !host.contains(['/', '@', ' ']) && port.parse::<u16>().is_ok()
        })
    });
    authority.map(str::to_owned).ok_or_else(|| {
        let found = text.rsplit('@').next().unwrap_or_default();
        format!("expected `https://HOST:PORT`, found `{found}`; write for example `https://hub.example:7443`")
    })
}

fn resolve_policy(raw: &RawPolicy, folder: &Path, problems: &mut Problems) -> Option<PolicySettings> {
    let keys: Vec<_> = raw
        .approvers
        .iter()
        .enumerate()
        .map(|(index, key)| problems.keep(&format!("policy.approvers[{index}]"), PublicKey::parse(key)))
        .collect();
    let dpo = raw.dpo_key.as_deref().map(|key| problems.keep("policy.dpo_key", PublicKey::parse(key)));
    let approvers = keys.into_iter().collect::<Option<Vec<_>>>()?;
    let trust = TrustRoot::new(approvers, raw.quorum.unwrap_or(DEFAULT_QUORUM), dpo.flatten());
    let trust = trust.map_err(|error| problems.add_in("policy", "trust", &error)).ok()?;
    let [file, packs] = [&raw.file, &raw.packs].map(|path| path.as_ref().map(|path| folder.join(path)));
    Some(PolicySettings { file, packs, id: raw.id.clone(), trust })
}

fn resolve_models(raw: RawModels, folder: &Path) -> ModelSettings {
    let detector = match raw.detector.as_deref() {
        None | Some("auto") => DetectorChoice::Auto,
        Some(name) => DetectorChoice::Named(name.to_owned()),
    };
    let density_model =
        raw.density_model.and_then(|id| DensityModel::written("models.density_model".to_owned(), id));
    let beside = |path: PathBuf| folder.join(path);
    let (dir, onnxruntime) = (raw.dir.map(beside), raw.onnxruntime.map(beside));
    ModelSettings { detector, density_model, dir, onnxruntime }
}

/// Those that this process may use.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn default_inference_threads() -> u64 {
    if processors() > FEW_PROCESSORS { DEFAULT_INFERENCE_THREADS } else { 1 }
}

fn resolve_limits(raw: &RawLimits, problems: &mut Problems) -> LimitSettings {
    let threads = raw.inference_threads.unwrap_or_else(default_inference_threads);
    if !(1..=64).contains(&threads) {
        problems.add(
            "limits.inference_threads",
            format!("expected a whole number from 1 to 64, found `{threads}`; use 2, for example"),
        );
    }
    LimitSettings {
        inference_threads: usize::try_from(threads).unwrap_or(1),
        min_free_disk_mib: raw.min_free_disk_mib.unwrap_or(DEFAULT_MIN_FREE_DISK_MIB),
    }
}
