//! Who answers the hub for this box: what it may be asked beside stills and policies, and what it tells of itself as a machine.
//!
//! Invariant: nothing told here is of people.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;
use velum_models::Catalogue;
use velum_uplink::{BoxDesk, Identity, SettingsAnswer, SettingsTold, SettingsWish, Standing, SuspensionWish};
use velum_vocab::Digest;

use crate::config::Settings;
use crate::detectors::model_folders;
use crate::overlay::Overlays;
use crate::pause::Suspended;
use crate::shared::Shared;

/// The desk of one box.
pub(crate) struct FleetDesk {
    shared: Arc<Shared>,
    overlays: Arc<Overlays>,
    suspended: Arc<Suspended>,
    /// Names and tasks of models, by their digests.
    catalogue: Vec<(Digest, String, String)>,
    data_dir: PathBuf,
    identity_dir: Option<PathBuf>,
    least_bytes: u64,
    cameras: Vec<String>,
    started: Instant,
}

impl FleetDesk {
    /// Of a box that runs by these settings.
    pub(crate) fn new(
        settings: &Settings,
        shared: Arc<Shared>,
        overlays: Arc<Overlays>,
        suspended: Arc<Suspended>,
    ) -> Self {
        Self {
            shared,
            overlays,
            suspended,
            catalogue: catalogue(settings),
            data_dir: settings.data_dir.clone(),
            identity_dir: settings.hub.as_ref().map(|hub| hub.identity_dir.clone()),
            least_bytes: settings.limits.min_free_disk_mib.saturating_mul(1_024 * 1_024),
            cameras: settings.cameras.iter().map(|camera| camera.id.to_string()).collect(),
            started: Instant::now(),
        }
    }

    /// Those that are loaded; of one that no catalogue names, its digest alone.
    fn models(&self) -> Vec<(String, Digest, String)> {
        let detectors = self.shared.detectors.digests();
        let others = self.shared.density_models.digests();
        let mut digests: Vec<Digest> = Vec::new();
        for digest in detectors.into_iter().chain(others).chain(self.shared.stills.studio.digests()) {
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        let named = |digest: Digest| {
            let known = self.catalogue.iter().find(|(known, _, _)| *known == digest);
            let unnamed = || ("(no name)".to_owned(), String::new());
            let (name, task) = known.map_or_else(unnamed, |(_, name, task)| (name.clone(), task.clone()));
            (name, digest, task)
        };
        digests.into_iter().map(named).collect()
    }
}

impl BoxDesk for FleetDesk {
    fn offered(&self, wish: SettingsWish) {
        self.overlays.offered(&wish);
    }

    fn suspended(&self, all: Vec<SuspensionWish>, lifted: Vec<[u8; 16]>) {
        self.suspended.told(&all, &lifted, self.shared.gate.policy_digest());
    }

    fn answers(&self) -> Vec<SettingsAnswer> {
        self.overlays.take_answers()
    }

    fn settings(&self) -> Vec<SettingsTold> {
        self.overlays.told()
    }

    fn standing(&self) -> Standing {
        let disk = rustix::fs::statvfs(&self.data_dir).ok().map(|space| {
            let bytes = |blocks: u64| blocks.saturating_mul(space.f_frsize);
            (bytes(space.f_bavail), bytes(space.f_blocks), self.least_bytes)
        });
        let untrusted = "it went back behind what it showed before; set it right, it is trusted again once it has caught up";
        let identity = self.identity_dir.as_deref().and_then(|dir| Identity::load(dir).ok());
        Standing {
            disk,
            clock_trouble: (!self.shared.gate.trusts_time()).then(|| untrusted.to_owned()),
            models: self.models(),
            certificate_ends: identity
                .and_then(|identity| identity.validity())
                .map(|validity| validity.ends()),
            uptime: self.started.elapsed(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cameras: self.cameras.clone(),
            suspensions: self.suspended.standing(),
            left: self.shared.stills.archive.log.left(),
        }
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.overlays.news()
    }
}

/// What cannot be read is told by `velum-edge check`; here models are then without a name.
fn catalogue(settings: &Settings) -> Vec<(Digest, String, String)> {
    let Ok(catalogue) = Catalogue::open(&model_folders(&settings.models)) else { return Vec::new() };
    let listed = catalogue.list();
    let named = listed.iter().filter_map(|listing| {
        let manifest = listing.manifest;
        Some((manifest.digest()?, manifest.id().to_owned(), manifest.task().name().to_owned()))
    });
    named.collect()
}
