//! Reading the figures that nobody counts as they happen: when the page is asked for, and not more often than every few
//! seconds, by one at a time.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, watch};

use super::waiting::{Standing, Waiting};
use super::{CertificateLabel, ConnectorLabel, ConnectorStateLabel, EndLabel, Metrics, StateLabel};
use crate::certificates;
use crate::clock::Clock;
use crate::config::HubConfig;
use crate::disk;
use crate::identity::Name;
use crate::policies::Library;
use crate::sessions::Sessions;
use crate::store::{Store, StoreError};
use crate::tls;

/// What a connector can be, as the store and docs/integration/README.md have it.
pub(super) const STATES: [&str; 5] = ["up_to_date", "delivering", "retrying", "kept_out", "failing"];
const FRESH: Duration = Duration::from_secs(5);
const LOOK_WITHIN: Duration = Duration::from_secs(20);

/// What is looked at.
pub(crate) struct Doors {
    pub(crate) store: Arc<Store>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) library: watch::Receiver<Arc<Library>>,
    pub(crate) clock: Arc<dyn Clock>,
    config: HubConfig,
}

impl Doors {
    /// Of a hub with this configuration.
    pub(crate) fn new(
        config: &HubConfig,
        (store, sessions): (Arc<Store>, Arc<Sessions>),
        library: watch::Receiver<Arc<Library>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, sessions, library, clock, config: config.clone() }
    }
}

/// Looks, and remembers what came of it.
pub(crate) struct Looker {
    doors: Doors,
    metrics: Metrics,
    turn: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    at: Option<Instant>,
    waiting: Waiting,
    trouble: Option<String>,
}

impl Looker {
    /// Nothing was looked at yet.
    pub(crate) fn new(doors: Doors, metrics: Metrics) -> Self {
        Self { doors, metrics, turn: Mutex::default() }
    }

    /// Reads the figures anew, unless that was done a moment ago. Says what is in the way.
    pub(crate) async fn look(&self) -> Option<String> {
        let mut last = self.turn.lock().await;
        if last.at.is_some_and(|at| at.elapsed() < FRESH) {
            return last.trouble.clone();
        }
        let looked =
            tokio::time::timeout(LOOK_WITHIN, look(&self.doors, &mut last.waiting, &self.metrics)).await;
        last.trouble = match looked {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("the store did not answer within {} s", LOOK_WITHIN.as_secs())),
        };
        if let Some(trouble) = &last.trouble {
            tracing::error!(trouble, "the figures of the hub cannot be read");
            self.metrics.figures.look_failures.inc();
        }
        last.at = Some(Instant::now());
        last.trouble.clone()
    }

    /// The figures did not reach the collector.
    pub(crate) fn otlp_failed(&self) {
        self.metrics.figures.otlp_failures.inc();
    }

    /// The page in the OpenMetrics text format.
    pub(crate) fn page(&self) -> Result<String, std::fmt::Error> {
        self.metrics.page()
    }
}

/// One look.
///
/// # Errors
/// Where the store cannot be read.
async fn look(doors: &Doors, waiting: &mut Waiting, metrics: &Metrics) -> Result<(), StoreError> {
    let (figures, now_unix_ms) = (&metrics.figures, doors.clock.unix_ms());
    let account = doors.store.account().await?;
    set(&figures.boxes_known, account.boxes);
    set(&figures.boxes_connected, doors.sessions.count() as u64);
    for (end, count) in account.ends {
        figures.records.get_or_create(&EndLabel { end }).set(signed(count));
    }
    set(&figures.numbers_missing, account.missing);
    for one in &doors.config.connectors {
        connector(doors, metrics, &one.name, now_unix_ms).await?;
    }
    let library = Arc::clone(&doors.library.borrow());
    waiting.look(&doors.store, &library, now_unix_ms).await?;
    for (state, standing) in [("waiting", Standing::Waiting), ("past_deadline", Standing::PastDeadline)] {
        figures.alerts.get_or_create(&StateLabel { state }).set(signed(waiting.count(standing)));
    }
    set(&figures.store_bytes, doors.store.bytes().await?);
    // A disk that cannot be asked is not one that is full.
    if let Ok(free) = disk::free_bytes(&doors.config.data_dir) {
        set(&figures.disk_free_bytes, free);
    }
    expiries(metrics, &doors.config, now_unix_ms);
    Ok(())
}

async fn connector(
    doors: &Doors,
    metrics: &Metrics,
    name: &Name,
    now_unix_ms: i64,
) -> Result<(), StoreError> {
    let (figures, row) = (&metrics.figures, doors.store.connector(name).await?);
    let Some(row) = row else { return Ok(()) };
    let connector = || name.to_string();
    for state in STATES {
        let label = ConnectorStateLabel { connector: connector(), state };
        figures.connector_state.get_or_create(&label).set(i64::from(row.state == state));
    }
    let label = ConnectorLabel { connector: connector() };
    figures.connector_behind.get_or_create(&label).set(signed(row.lag));
    figures.connector_dead.get_or_create(&label).set(signed(row.dead));
    if let Some(acknowledged_unix_ms) = row.acknowledged_unix_ms {
        let age_secs = now_unix_ms.saturating_sub(acknowledged_unix_ms).div_euclid(1_000);
        figures.connector_acknowledged_age_seconds.get_or_create(&label).set(age_secs.max(0));
    }
    Ok(())
}

/// One that cannot be read is told as one that has ended.
fn expiries(metrics: &Metrics, config: &HubConfig, now_unix_ms: i64) {
    let set = |certificate: &'static str, until_secs: Option<i64>| {
        let left_secs = until_secs.unwrap_or(0).saturating_sub(now_unix_ms.div_euclid(1_000));
        let label = CertificateLabel { certificate };
        metrics.figures.certificate_expiry_seconds.get_or_create(&label).set(left_secs);
    };
    let in_file = |path: &Path| tls::validity(path).map(|(_, until_secs)| until_secs).ok();
    set("authority", in_file(&config.authority));
    set("hub", certificates::in_use(config, now_unix_ms).map(|own| own.validity.1).ok());
    if let Some(console) = config.console.as_ref().filter(|it| it.certificate != config.certificate) {
        set("console", in_file(&console.certificate));
    }
}

fn set(gauge: &prometheus_client::metrics::gauge::Gauge, value: u64) {
    gauge.set(signed(value));
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
