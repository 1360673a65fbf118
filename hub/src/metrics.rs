//! What this hub measures about itself, for Prometheus and OpenTelemetry. `look` reads the figures when they are asked for, `waiting` counts
//! alerts that people owe a word, `page` serves them.
//!
//! Invariant: nothing here tells of people. No figure is by camera, zone, box or person, none counts persons, and alerts
//! are counted for the whole hub by where they stand, never by kind. A test lists every name and label: a new one is a
//! decision.

mod look;
mod otlp;
mod page;
mod waiting;

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tonic::{Code, Status};

pub(crate) use look::{Doors, Looker};
pub(crate) use otlp::{Moments, request as otlp_request};
pub(crate) use page::serve;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabel {
    end: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectorLabel {
    connector: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectorStateLabel {
    connector: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CertificateLabel {
    certificate: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VersionLabel {
    version: &'static str,
}

/// Clones share the same figures.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    figures: Figures,
}

/// The figures, each as it is registered below.
#[derive(Debug, Clone, Default)]
struct Figures {
    boxes_known: Gauge,
    boxes_connected: Gauge,
    records: Family<EndLabel, Gauge>,
    numbers_missing: Gauge,
    ingest_refused: Family<ReasonLabel, Counter>,
    subscribers: Gauge,
    connector_state: Family<ConnectorStateLabel, Gauge>,
    connector_behind: Family<ConnectorLabel, Gauge>,
    connector_dead: Family<ConnectorLabel, Gauge>,
    connector_acknowledged_age_seconds: Family<ConnectorLabel, Gauge>,
    alerts: Family<StateLabel, Gauge>,
    store_bytes: Gauge,
    disk_free_bytes: Gauge,
    certificate_expiry_seconds: Family<CertificateLabel, Gauge>,
    audit_failures: Counter,
    operators_refused: Counter,
    words_refused: Counter,
    look_failures: Counter,
    otlp_failures: Counter,
}

/// The reasons why what a box sent was refused.
const REFUSALS: [&str; 5] = ["invalid", "number_taken", "revoked", "store", "unknown_message"];

impl Metrics {
    /// All at nought. What others count is shown here: entries that the audit log did not take, operators that were
    /// refused, words to other hubs that a stream did not take.
    pub(crate) fn new([audit_failures, operators_refused, words_refused]: [Counter; 3]) -> Self {
        let figures = Figures { audit_failures, operators_refused, words_refused, ..Figures::default() };
        for reason in REFUSALS {
            drop(figures.ingest_refused.get_or_create(&ReasonLabel { reason }));
        }
        Self { registry: Arc::new(figures.register()), figures }
    }

    /// A box's stream was closed with this; where what it sent was refused, that counts.
    pub(crate) fn stream_closed(&self, status: &Status) {
        let reason = match status.code() {
            Code::InvalidArgument => "invalid",
            // The only use of this code is a number that is taken.
            Code::FailedPrecondition => "number_taken",
            Code::PermissionDenied => "revoked",
            Code::Unavailable => "store",
            Code::Unimplemented => "unknown_message",
            _ => return,
        };
        self.figures.ingest_refused.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Somebody follows the events, until this is dropped.
    pub(crate) fn subscribed(&self) -> Subscribed {
        self.figures.subscribers.inc();
        Subscribed(self.figures.subscribers.clone())
    }

    /// The page in the OpenMetrics text format.
    fn page(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// One subscription.
#[derive(Debug)]
pub(crate) struct Subscribed(Gauge);

impl Drop for Subscribed {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Figures {
    fn register(&self) -> Registry {
        let mut registry = Registry::with_prefix("velum_hub");
        let r = &mut registry;
        let version = VersionLabel { version: env!("CARGO_PKG_VERSION") };
        r.register("build", "The program that runs", Info::new(version));
        r.register("boxes_known", "Boxes that were ever enrolled or heard of", self.boxes_known.clone());
        r.register("boxes_connected", "Boxes that are connected now", self.boxes_connected.clone());
        r.register(
            "records",
            "Numbers that boxes handed over, of the whole hub, by their end",
            self.records.clone(),
        );
        r.register("numbers_missing", "Numbers without an end: gaps", self.numbers_missing.clone());
        r.register(
            "ingest_refused",
            "Streams of boxes that were closed because of what came, by the reason",
            self.ingest_refused.clone(),
        );
        r.register("subscribers", "Programs that follow events by gRPC", self.subscribers.clone());
        r.register("connector_state", "1 for the state that holds", self.connector_state.clone());
        r.register(
            "connector_behind",
            "Numbers that come after the last one handed on",
            self.connector_behind.clone(),
        );
        r.register(
            "connector_dead",
            "Dead letters: refused for good by the target",
            self.connector_dead.clone(),
        );
        r.register(
            "connector_acknowledged_age_seconds",
            "Since the target acknowledged something last",
            self.connector_acknowledged_age_seconds.clone(),
        );
        r.register("alerts", "Alerts that people owe a word, by where they stand", self.alerts.clone());
        r.register("store_bytes", "The database with its log, on disk", self.store_bytes.clone());
        r.register("disk_free_bytes", "Free on the disk of data_dir", self.disk_free_bytes.clone());
        r.register(
            "certificate_expiry_seconds",
            "Until the certificate ends; negative once it has",
            self.certificate_expiry_seconds.clone(),
        );
        r.register(
            "audit_failures",
            "Entries that the audit log did not take: what they were about was not done",
            self.audit_failures.clone(),
        );
        r.register(
            "operators_refused",
            "Calls refused because the operator's certificates are revoked",
            self.operators_refused.clone(),
        );
        r.register(
            "words_refused",
            "How often the stream of NATS did not take a word of stored records: boxes are not acknowledged meanwhile",
            self.words_refused.clone(),
        );
        r.register(
            "otlp_failures",
            "Times that these figures did not reach the OTLP collector",
            self.otlp_failures.clone(),
        );
        r.register("look_failures", "Looks at these figures that failed", self.look_failures.clone());
        registry
    }
}

#[cfg(test)]
pub(crate) mod tests;
