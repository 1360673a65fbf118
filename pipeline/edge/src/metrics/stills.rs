//! Figures of stills, and of what left the box. Nothing here tells which camera or alert.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TypeLabel {
    kind: &'static str,
}

/// Clones share the same figures.
#[derive(Debug, Clone, Default)]
pub(crate) struct StillMetrics {
    kept: Counter,
    withheld: Family<ReasonLabel, Counter>,
    released: Counter,
    refused: Family<ReasonLabel, Counter>,
    erased: Counter,
    held: Gauge,
    sent_bytes: Family<TypeLabel, Gauge>,
}

impl StillMetrics {
    /// Shows them on the page.
    pub(super) fn register(&self, r: &mut Registry) {
        r.register("stills_kept", "Redacted stills made, verified and sealed", self.kept.clone());
        r.register("stills_withheld", "Alerts without a still, by the reason", self.withheld.clone());
        r.register("stills_released", "Stills handed over to who asked", self.released.clone());
        r.register("stills_refused", "Requests for stills refused, by the rule", self.refused.clone());
        r.register("stills_erased", "Stills erased", self.erased.clone());
        r.register("stills_held", "Stills that are kept now", self.held.clone());
        r.register(
            "sent_bytes",
            "Bytes of messages handed to the network since the start, by what they are",
            self.sent_bytes.clone(),
        );
        for kind in ["events", "coverage", "stills"] {
            self.set_sent(kind, 0);
        }
    }

    /// One was kept.
    pub(crate) fn kept(&self) {
        self.kept.inc();
    }

    /// There is none of an alert.
    pub(crate) fn withheld(&self, reason: &str) {
        self.withheld.get_or_create(&ReasonLabel { reason: reason.to_owned() }).inc();
    }

    /// One was handed over.
    pub(crate) fn released(&self) {
        self.released.inc();
    }

    /// A request was refused.
    pub(crate) fn refused(&self, rule: &str) {
        self.refused.get_or_create(&ReasonLabel { reason: rule.to_owned() }).inc();
    }

    /// So many were erased.
    pub(crate) fn erased(&self, count: usize) {
        self.erased.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// So many are kept.
    pub(crate) fn set_held(&self, count: u64) {
        self.held.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Bytes sent since the start: of `events`, `coverage` or `stills`.
    pub(crate) fn set_sent(&self, kind: &'static str, bytes: u64) {
        let label = TypeLabel { kind };
        self.sent_bytes.get_or_create(&label).set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {

    #[test]
    fn the_page_says_what_left_and_what_did_not() {
        let metrics = crate::metrics::Metrics::new();
        metrics.stills.kept();
        metrics.stills.withheld("verifier");
        metrics.stills.refused("purpose");
        metrics.stills.released();
        metrics.stills.set_sent("stills", 512);
        let page = metrics.page().unwrap();
        for line in [
            "velum_stills_kept_total 1",
            "velum_stills_withheld_total{reason=\"verifier\"} 1",
            "velum_stills_refused_total{reason=\"purpose\"} 1",
            "velum_stills_released_total 1",
            "velum_sent_bytes{kind=\"stills\"} 512",
            "velum_sent_bytes{kind=\"events\"} 0",
        ] {
            assert!(page.contains(line), "{line} is missing in\n{page}");
        }
    }
}
