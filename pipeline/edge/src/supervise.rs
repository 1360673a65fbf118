//! `velum-edge run`: opens what the cameras share, starts one thread a camera, and ends everything in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use parking_lot::Mutex;
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};
use velum_gate::{Gate, GateMemory};
use velum_outbox::{Outbox, Recovery};
use velum_uplink::BoxDesk;
use velum_vocab::{CameraId, Clock, SystemClock};

use crate::audit::BoxLog;
use crate::camera::{Crew, Gone, Proofs, RefusedCameras};
use crate::config::{ConfigError, Loaded, Settings};
use crate::deliveries::Deliveries;
use crate::density_models::DensityModels;
use crate::detectors::Detectors;
use crate::exercise::{Book, Exercises};
use crate::fleet::FleetDesk;
use crate::furniture::Suppressions;
use crate::local::Local;
use crate::metrics::{self, Metrics};
use crate::overlay::Overlays;
use crate::pause::{Suspended, Zones};
use crate::policy::{PolicyKeeper, Remember};
use crate::shared::Shared;
use crate::shutdown::Shutdown;
use crate::stills::{Archive, Stills};
use crate::upkeep::Upkeep;
use crate::uplink::{self, Told};

/// A policy that was tampered with stops the release within a second.
const UPKEEP_EVERY: Duration = Duration::from_millis(500);
/// Cameras that do not end within this time are left behind.
const CAMERAS_END_WITHIN: Duration = Duration::from_secs(8);
/// The uplink sends what still waits for some seconds; the rest is sent after the next start.
const UPLINK_ENDS_WITHIN: Duration = Duration::from_secs(6);
const POLL: Duration = Duration::from_millis(50);

/// Runs until a signal asks to stop.
///
/// # Errors
/// What keeps the whole box from running: the outbox, its memory, the metrics' address.
pub(crate) fn run(loaded: &Loaded, produced_log: Option<PathBuf>) -> anyhow::Result<()> {
    let Loaded { settings, refused } = loaded;
    velum_decode::init()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let shared = Arc::new(open(settings, clock, produced_log)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.spawn(stop_at_signals(shared.shutdown.clone()));
    let page = runtime.block_on(metrics::bind(settings.metrics_listen))?;
    runtime.spawn(metrics::serve(page, shared.metrics.clone(), shared.shutdown.subscribe()));

    let policy = Arc::new(Mutex::new(PolicyKeeper::new(
        settings.policy.clone(),
        &settings.data_dir,
        (Arc::clone(&shared.gate), remember(&shared.outbox)),
        Arc::clone(&shared.stills.archive.log),
        shared.metrics.clone(),
    )));
    let overlays = Arc::new(Overlays::open(settings, Arc::clone(&shared)));
    let suspended = settings.hub.as_ref().map(|_| Arc::new(suspended(settings, &shared)));
    let zones = Zones::of(&overlays.running());
    let upkeep = Upkeep::new(Arc::clone(&shared), Arc::clone(&policy), zones);
    let mut upkeep = upkeep.with_suspended(suspended.clone());
    // Before the first camera, so that none begins without the policy that is there; before the uplink, so that
    // nothing is sent that this policy does not let out any more.
    upkeep.look();
    let running = settings.cameras.iter().map(|camera| camera.id.clone());
    let configured: Vec<_> = running.chain(refused_cameras(refused.as_ref())).collect();
    let mut gone = Gone::find(Arc::clone(&shared), &configured)?;
    gone.look();
    let uplink_stop = Shutdown::new();
    let desk = suspended.map(|suspended| {
        let desk = FleetDesk::new(settings, Arc::clone(&shared), Arc::clone(&overlays), suspended);
        Arc::new(desk) as Arc<dyn BoxDesk>
    });
    let suppressions = Arc::new(Suppressions::new(upkeep.furniture(), Arc::clone(&shared)));
    let exercises = Arc::new(Exercises(Arc::clone(&shared)));
    let told = Told { facts: upkeep.facts(), policy, fleet: desk, suppressions, exercises };
    let uplink = uplink::start(runtime.handle(), settings.hub.as_ref(), &shared, told, &uplink_stop)?;
    let mut refused = tell_refused(refused.as_ref(), &shared);
    let mut cameras = Crew::start(&overlays.running(), &shared)?;
    tracing::info!(cameras = cameras.len(), version = env!("CARGO_PKG_VERSION"), "running");
    tell_systemd(NotifyState::Ready);
    while !shared.shutdown.wait(UPKEEP_EVERY) {
        upkeep.look();
        gone.look();
        refused.look();
        for changed in overlays.look() {
            cameras.change(changed);
            upkeep.know_zones(Zones::of(&overlays.running()));
        }
        cameras.look();
    }

    tell_systemd(NotifyState::Stopping);
    tracing::info!("stopping; a second signal ends at once");
    cameras.stop();
    wait_until(CAMERAS_END_WITHIN, || cameras.has_ended());
    refused.end();
    upkeep.remember();
    shared.local.save();
    uplink_stop.request();
    wait_until(UPLINK_ENDS_WITHIN, || uplink.as_ref().is_none_or(|uplink| uplink.is_finished()));
    runtime.shutdown_timeout(Duration::from_secs(1));
    upkeep.end();
    let stats = shared.outbox.stats();
    tracing::info!(waiting = stats.waiting, last_sequence = stats.last_sequence, "stopped");
    Ok(())
}

/// Says nothing where systemd did not start the box.
fn tell_systemd(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd cannot be told how the box stands");
    }
}

/// Of the cameras that run; those that are wrong do not anyway.
fn suspended(settings: &Settings, shared: &Shared) -> Suspended {
    let cameras = settings.cameras.iter().map(|camera| camera.id.clone()).collect();
    Suspended::open(&settings.data_dir, cameras, Arc::clone(&shared.stills.archive.log))
}

/// The gate's memory is kept beside the outbox.
fn remember(outbox: &Arc<Outbox>) -> Remember {
    let outbox = Arc::clone(outbox);
    Arc::new(move |memory| outbox.keep_gate_memory(&memory.to_text()).map_err(std::io::Error::other))
}

fn open(settings: &Settings, clock: Arc<dyn Clock>, produced_log: Option<PathBuf>) -> anyhow::Result<Shared> {
    let data_dir = &settings.data_dir;
    std::fs::create_dir_all(data_dir).with_context(|| format!("box.data_dir: `{}`", data_dir.display()))?;
    let outbox_settings = velum_outbox::Settings {
        produced_log,
        min_free_bytes: min_free_bytes(settings.limits.min_free_disk_mib),
        max_stills: settings.stills.max_count,
        max_still_bytes: settings.stills.max_mib.saturating_mul(1_024 * 1_024),
        ..velum_outbox::Settings::default()
    };
    let (outbox, recovery) =
        Outbox::open(&data_dir.join("outbox"), &data_dir.join("keys"), Arc::clone(&clock), outbox_settings)?;
    say(&recovery);
    let memory = outbox.gate_memory()?.map(|text| GateMemory::parse(&text)).transpose()?;
    let gate = Gate::with_memory(Arc::clone(&clock), memory.unwrap_or_default());
    let log = BoxLog::open(data_dir, Arc::clone(&clock));
    let archive = Archive::new(Arc::new(gate), Arc::new(outbox), log, clock, Metrics::new());
    let stills = Stills::start(archive.clone(), &settings.stills, &settings.models, settings.limits)
        .context("no thread could be started for stills; raise the limit of processes")?;
    let Archive { gate, outbox, clock, metrics, .. } = archive;
    let keep = Duration::from_secs(settings.commissioning.keep_days.saturating_mul(86_400));
    let local = Local::new(data_dir, Arc::clone(&clock), keep);
    let folder = settings.exercises_dir.clone();
    let exercises = Book::open(data_dir, folder, &settings.cameras, Arc::clone(&clock));
    Ok(Shared {
        gate,
        outbox,
        deliveries: Deliveries::default(),
        clock,
        metrics,
        stills: Arc::new(stills),
        local,
        exercises,
        detectors: Detectors::new(settings.models.clone(), settings.limits),
        density_models: DensityModels::new(settings.models.clone(), settings.limits),
        proofs: Proofs::default(),
        shutdown: Shutdown::new(),
    })
}

/// What the outbox leaves free: as configured, and never less than it needs itself to delete.
fn min_free_bytes(configured_mib: u64) -> u64 {
    configured_mib.saturating_mul(1_024 * 1_024).max(velum_outbox::Settings::default().min_free_bytes)
}

fn say(recovery: &Recovery) {
    let Recovery { incarnation, fresh, last_sequence, waiting, unreadable, set_aside } = recovery;
    tracing::info!(%incarnation, fresh, last_sequence, waiting, "the outbox is open");
    if *unreadable > 0 {
        tracing::error!(unreadable, "records could not be read back; each is told to the hub as lost");
    }
    if let Some(set_aside) = set_aside {
        let folder = set_aside.folder.as_ref().map(|folder| folder.display().to_string());
        tracing::error!(
            cause = set_aside.cause,
            folder,
            "the outbox could not be read and was set aside; \
            what it held is told to the hub as lost"
        );
    }
}

/// Cameras that are wrong in the configuration do not run; the hub is told that they are offline.
fn tell_refused(refused: Option<&ConfigError>, shared: &Arc<Shared>) -> RefusedCameras {
    for problem in refused.map(ConfigError::lines).unwrap_or_default() {
        tracing::error!("{problem}; this camera does not run until then, the others do");
    }
    RefusedCameras::begin(refused_cameras(refused), shared)
}

fn refused_cameras(refused: Option<&ConfigError>) -> Vec<CameraId> {
    let names = refused.map(ConfigError::cameras).unwrap_or_default();
    names.into_iter().filter_map(|name| CameraId::parse(name).ok()).collect()
}

/// The first signal asks, the second ends at once.
async fn stop_at_signals(shutdown: Shutdown) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard; the box ends only when it is killed");
        return;
    };
    for _ in 0..2 {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        if shutdown.is_requested() {
            tracing::warn!("ended at once; what was numbered is safe");
            std::process::exit(130);
        }
        shutdown.request();
    }
}

fn wait_until(at_most: Duration, is_done: impl Fn() -> bool) {
    let until = Instant::now() + at_most;
    while !is_done() && Instant::now() < until {
        std::thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outbox_leaves_free_what_is_configured() {
        let least = velum_outbox::Settings::default().min_free_bytes;
        assert_eq!(min_free_bytes(1_024), 1_024 * 1_024 * 1_024);
        assert_eq!(min_free_bytes(0), least);
        assert_eq!(min_free_bytes(u64::MAX), u64::MAX);
    }

    #[test]
    fn the_hub_is_told_of_cameras_that_are_wrong() {
        let edge = crate::testing::test_box(10);
        let problem = |name: &str| crate::config::Problem {
            line: None,
            path: format!("cameras.{name}"),
            camera: Some(name.to_owned()),
            message: "wrong; mend it".to_owned(),
        };
        let problems = vec![problem("plaza-1"), problem("plaza-1"), problem("a b")];
        let approvers = crate::testing::Approvers::in_folder(edge.folder.path());
        approvers.publish(&approvers.signed("1.0.0", 2));
        edge.shared.gate.install(approvers.verified()).unwrap();
        let problems = ConfigError { file: "edge.toml".into(), problems };
        let mut refused = tell_refused(Some(&problems), &edge.shared);
        for _ in 0..20 {
            edge.clock.advance(Duration::from_secs(1));
            refused.look();
        }
        refused.end();
        assert_eq!(edge.shared.outbox.stats().last_sequence, 1);
        let hours = edge.shared.outbox.coverage_since(crate::testing::START).unwrap();
        let offline = hours[0].secs_by_state.get(&velum_vocab::CoverageState::Offline);
        assert_eq!((hours.len(), hours[0].camera.as_str(), offline), (1, "plaza-1", Some(&20)));
        let page = edge.shared.metrics.page().unwrap();
        assert!(page.contains("velum_camera_state{camera=\"plaza-1\",state=\"offline\"} 1"), "{page}");
    }
}
