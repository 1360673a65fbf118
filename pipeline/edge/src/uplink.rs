//! The way to the hub, where one is configured.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::watch;
use velum_uplink::{BoxDesk, HelloFacts, Identity, Settings, Uplink, UplinkError};

use crate::attest::EventManifest;
use crate::config::HubSettings;
use crate::exercise::Exercises;
use crate::furniture::Suppressions;
use crate::policy::{Delivery, PolicyKeeper};
use crate::shared::Shared;
use crate::shutdown::Shutdown;
use crate::stills::Desk;

/// A box that was not enrolled yet looks for its identity again after this time.
const IDENTITY_EVERY: Duration = Duration::from_secs(10);

/// What the hub is told of this box, and who does what it hands over.
pub(crate) struct Told {
    /// What a hello says.
    pub(crate) facts: watch::Receiver<HelloFacts>,
    /// Takes policies.
    pub(crate) policy: Arc<Mutex<PolicyKeeper>>,
    /// Takes settings and suspensions, and tells of the box; none where the hub is told nothing of it, and changes nothing.
    pub(crate) fleet: Option<Arc<dyn BoxDesk>>,
    /// Leaves places out.
    pub(crate) suppressions: Arc<Suppressions>,
    /// Plays exercises.
    pub(crate) exercises: Arc<Exercises>,
}

/// Starts sending, on a thread of its own; none where no hub is configured.
pub(crate) fn start(
    runtime: &Handle,
    hub: Option<&HubSettings>,
    shared: &Arc<Shared>,
    told: Told,
    stop: &Shutdown,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(hub) = hub.cloned() else {
        tracing::warn!("no hub is configured: events wait on this box until they expire; add `[hub]`");
        return Ok(None);
    };
    let (runtime, shared, stop) = (runtime.clone(), Arc::clone(shared), stop.subscribe());
    let send = move || {
        runtime.block_on(async {
            let Some(uplink) = open(&hub, &shared, told.facts, stop.clone()).await else { return };
            let uplink = uplink.with_policy_desk(Arc::new(Delivery(told.policy)));
            let uplink = uplink.with_suppression_desk(told.suppressions);
            let mut uplink = uplink.with_exercise_desk(told.exercises);
            if let Some(fleet) = told.fleet {
                uplink = uplink.with_box_desk(fleet);
            }
            let watching = tokio::spawn(watch_status(uplink.status(), Arc::clone(&shared)));
            uplink.run(asked(stop)).await;
            watching.abort();
        });
    };
    let thread = std::thread::Builder::new().name("uplink".to_owned()).spawn(send);
    thread.map(Some).context("no thread could be started for the uplink; raise the limit of processes")
}

/// Waits for the identity; none where the box stops before.
async fn open(
    hub: &HubSettings,
    shared: &Shared,
    facts: watch::Receiver<HelloFacts>,
    stop: watch::Receiver<bool>,
) -> Option<Uplink> {
    let mut told = None;
    loop {
        match connectable(hub, shared, facts.clone()) {
            Ok(uplink) => return Some(uplink),
            Err(error) => {
                if told.replace(error.clone()) != Some(error.clone()) {
                    tracing::error!(%error, "nothing can be sent; events wait on this box");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(IDENTITY_EVERY) => {}
            () = asked(stop.clone()) => return None,
        }
    }
}

fn connectable(
    hub: &HubSettings,
    shared: &Shared,
    facts: watch::Receiver<HelloFacts>,
) -> Result<Uplink, UplinkError> {
    let (outbox, clock) = (Arc::clone(&shared.outbox), Arc::clone(&shared.clock));
    let settings = Settings { stills: shared.stills.limits, ..Settings::default() };
    let uplink = Uplink::new(outbox, hub.access(), facts, clock, settings)?;
    let recipient = recipient(hub);
    let log = Arc::clone(&shared.stills.archive.log);
    let manifest = EventManifest::to(recipient.clone(), log, Arc::clone(&shared.gate));
    let uplink = uplink.with_send_log(Arc::new(manifest));
    let uplink = uplink.with_still_desk(Arc::new(Desk::at(shared.stills.archive.clone(), recipient)));
    if let Some(rights) = Identity::key_rights_too_wide(&hub.identity_dir)? {
        let key = hub.identity_dir.join("box.key");
        tracing::warn!(
            "{}: others may read or write this box's key (mode {rights:03o}, expected 600); run `chmod 600 {0}`",
            key.display()
        );
    }
    Ok(uplink)
}

/// The hub, as the configuration or the enrolment names it.
fn recipient(hub: &HubSettings) -> String {
    let enrolled =
        || Identity::load(&hub.identity_dir).ok().map(|identity| identity.hub_address().to_owned());
    let named = hub.address.clone().or_else(enrolled);
    // As long as a name in a log may be.
    named.map_or_else(|| "hub".to_owned(), |address| address.chars().take(128).collect())
}

async fn watch_status(mut status: watch::Receiver<velum_uplink::UplinkStatus>, shared: Arc<Shared>) {
    let metrics = &shared.metrics;
    while status.changed().await.is_ok() {
        let (is_connected, sent, acknowledged) = {
            let now = status.borrow_and_update();
            (now.is_connected, now.sent, now.acknowledged)
        };
        shared.delivered(shared.deliveries.acknowledged(acknowledged, shared.clock.now()));
        metrics.set_hub_connected(is_connected);
        metrics.stills.set_sent("events", sent.events);
        metrics.stills.set_sent("coverage", sent.coverage);
        metrics.stills.set_sent("stills", sent.stills);
        metrics.stills.set_sent("standing", sent.standing);
    }
}

/// Ends when someone asked to stop, or nobody can ask any more.
async fn asked(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|requested| *requested).await;
}
