//! Raw configuration to settings: defaults, checks, absolute paths.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::camera::resolve_camera;
use super::problem::{ConfigError, Problems};
use super::raw::{RawConfig, RawHub, RawLimits, RawModels, RawPolicy};
use super::settings::{
    DetectorChoice, HubSettings, LimitSettings, ModelSettings, PolicySettings, Settings,
};
use crate::metrics::loopback_address;

const DEFAULT_DATA_DIR: &str = "velum-data";
const DEFAULT_IDENTITY_DIR: &str = "identity";
const DEFAULT_METRICS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);
/// Two persons must have signed, where nothing is written.
const DEFAULT_QUORUM: usize = 2;
const DEFAULT_INFERENCE_THREADS: u64 = 2;
const DEFAULT_MIN_FREE_DISK_MIB: u64 = 1024;

/// Settings of `raw`; relative paths begin at the folder of `file`.
pub(super) fn resolve(file: &Path, raw: RawConfig) -> Result<Settings, ConfigError> {
    let folder = folder_of(file)?;
    let mut problems = Problems::default();
    let hub = raw.hub.map(|hub| resolve_hub(hub, &folder, &mut problems));
    let policy = raw.policy.map(|policy| resolve_policy(policy, &folder, &mut problems));
    let limits = resolve_limits(&raw.limits, &mut problems);
    let metrics_listen = match raw.metrics.listen.as_deref().map(loopback_address) {
        None => Some(DEFAULT_METRICS),
        Some(address) => problems.keep("metrics.listen", address),
    };
    if raw.cameras.is_empty() {
        problems.add("cameras", "needs at least one camera, found none; add for example `[cameras.door]` \
             and below it `source = \"rtsp://192.0.2.10/stream1\"`");
    }
    let cameras = raw.cameras.into_iter();
    let cameras = cameras.filter_map(|(name, camera)| resolve_camera(&name, camera, &folder, &mut problems)).collect();
    let settings = metrics_listen.map(|metrics_listen| Settings {
        file: file.to_owned(),
        data_dir: folder.join(raw.edge_box.data_dir.unwrap_or_else(|| DEFAULT_DATA_DIR.into())),
        hub: hub.flatten(),
        policy: policy.flatten(),
        models: resolve_models(raw.models, &folder),
        limits,
        metrics_listen,
        cameras,
    });
    problems.finish(file, settings)
}

/// The absolute folder that holds the file.
fn folder_of(file: &Path) -> Result<PathBuf, ConfigError> {
    let absolute = std::path::absolute(file)
        .map_err(|error| ConfigError::of_file(file, format!("the working directory cannot be used: {error}")))?;
    Ok(absolute.parent().unwrap_or(&absolute).to_owned())
}

fn resolve_hub(raw: RawHub, folder: &Path, problems: &mut Problems) -> Option<HubSettings> {
    let plausible = raw.address.rsplit_once(':').is_some_and(|(host, port)| {
        let plain = !host.is_empty() && !host.contains(['/', '@', ' ']);
        plain && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if !plausible {
        problems.add("hub.address", format!(
            "expected `host:port`, found `{}`; write for example `hub.example:7443`, without `https://`",
            raw.address
        ));
        return None;
    }
    let identity_dir = folder.join(raw.identity_dir.unwrap_or_else(|| DEFAULT_IDENTITY_DIR.into()));
    Some(HubSettings { address: raw.address, identity_dir })
}

fn resolve_policy(raw: RawPolicy, folder: &Path, problems: &mut Problems) -> Option<PolicySettings> {
    let quorum = raw.quorum.unwrap_or(DEFAULT_QUORUM);
    if quorum == 0 || quorum > raw.approvers.len() {
        let found = raw.approvers.len();
        problems.add("policy.quorum", format!(
            "expected from 1 to the number of approvers, found `{quorum}` of {found}; list more approvers, \
             for example two, and ask for both"
        ));
        return None;
    }
    Some(PolicySettings { file: folder.join(raw.file), approvers: raw.approvers, quorum })
}

fn resolve_models(raw: RawModels, folder: &Path) -> ModelSettings {
    let detector = match raw.detector.as_deref() {
        None | Some("auto") => DetectorChoice::Auto,
        Some(name) => DetectorChoice::Named(name.to_owned()),
    };
    let beside = |path: PathBuf| folder.join(path);
    ModelSettings { detector, dir: raw.dir.map(beside), onnxruntime: raw.onnxruntime.map(beside) }
}

fn resolve_limits(raw: &RawLimits, problems: &mut Problems) -> LimitSettings {
    let threads = raw.inference_threads.unwrap_or(DEFAULT_INFERENCE_THREADS);
    if !(1..=64).contains(&threads) {
        problems.add("limits.inference_threads", format!(
            "expected a whole number from 1 to 64, found `{threads}`; use 2, for example"
        ));
    }
    LimitSettings {
        inference_threads: usize::try_from(threads).unwrap_or(1),
        min_free_disk_mib: raw.min_free_disk_mib.unwrap_or(DEFAULT_MIN_FREE_DISK_MIB),
    }
}
