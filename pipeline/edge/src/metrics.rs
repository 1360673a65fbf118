//! What this box measures about itself, for Prometheus on loopback. Nothing here tells of people: no counts
//! of persons, no alerts by camera; how often a rule withheld is told for the whole box only.

mod page;
mod stills;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use velum_analyse::RuleValidity;
use velum_vocab::{CameraId, CoverageState, FrameCounts};

use crate::attest::Tally;
pub(crate) use page::{bind, loopback_address, serve};
use stills::StillMetrics;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CameraLabel {
    camera: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CameraStateLabel {
    camera: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RuleLabel {
    rule: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CandidateLabel {
    camera: String,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, EncodeLabelSet)]
struct ZoneRuleLabel {
    camera: String,
    zone: String,
    rule: &'static str,
}

/// How the box stood at the last look.
#[derive(Debug)]
struct Standing {
    looked: Instant,
    trouble: Option<String>,
}

/// So long a look may take before it counts as one that does not end.
const LOOK_WITHIN: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PolicyLabel {
    state: &'static str,
}

/// Clones share the same figures.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    frames_decoded: Family<CameraLabel, Counter>,
    frames_analysed: Family<CameraLabel, Counter>,
    frames_dropped: Family<CameraLabel, Counter>,
    camera_state: Family<CameraStateLabel, Gauge>,
    camera_restarts: Family<CameraLabel, Counter>,
    analysis_ms: Histogram,
    frame_age_ms: Histogram,
    delivery_ms: Histogram,
    withheld: Family<RuleLabel, Counter>,
    policy_state: Family<PolicyLabel, Gauge>,
    outbox_pending: Gauge,
    outbox_highest: Gauge,
    outbox_acknowledged: Gauge,
    outbox_failures: Counter,
    outbox_writable: Gauge,
    candidates_rejected: Family<CandidateLabel, Counter>,
    rule_valid: Family<ZoneRuleLabel, Gauge>,
    /// Those of which it was told: a family does not say what it holds.
    rules_told: Arc<Mutex<BTreeSet<ZoneRuleLabel>>>,
    standing: Arc<Mutex<Standing>>,
    hub_connected: Gauge,
    attestations: Counter,
    attestations_failed: Counter,
    /// What is counted for the next attestation.
    pub(crate) tally: Tally,
    /// Of stills, and of what left.
    pub(crate) stills: StillMetrics,
}

/// The states of the policy that the metric names.
pub(crate) const POLICY_STATES: [&str; 4] = ["altered", "installed", "none", "refused"];

impl Metrics {
    /// All at nought.
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            frames_decoded: Family::default(),
            frames_analysed: Family::default(),
            frames_dropped: Family::default(),
            camera_state: Family::default(),
            camera_restarts: Family::default(),
            analysis_ms: Histogram::new(exponential_buckets(1.0, 2.0, 12)),
            frame_age_ms: Histogram::new(exponential_buckets(8.0, 1.5, 16)),
            delivery_ms: Histogram::new(exponential_buckets(8.0, 1.5, 16)),
            withheld: Family::default(),
            policy_state: Family::default(),
            outbox_pending: Gauge::default(),
            outbox_highest: Gauge::default(),
            outbox_acknowledged: Gauge::default(),
            outbox_failures: Counter::default(),
            outbox_writable: Gauge::default(),
            candidates_rejected: Family::default(),
            rule_valid: Family::default(),
            rules_told: Arc::default(),
            standing: Arc::new(Mutex::new(Standing { looked: Instant::now(), trouble: None })),
            hub_connected: Gauge::default(),
            attestations: Counter::default(),
            attestations_failed: Counter::default(),
            tally: Tally::default(),
            stills: StillMetrics::default(),
        };
        metrics.registry = Arc::new(metrics.register());
        metrics
    }

    fn register(&self) -> Registry {
        let mut registry = Registry::with_prefix("velum");
        let r = &mut registry;
        r.register("frames_decoded", "Frames decoded at the analysed rate", self.frames_decoded.clone());
        r.register("frames_analysed", "Frames that the rules saw", self.frames_analysed.clone());
        r.register("frames_dropped", "Frames replaced by a newer one", self.frames_dropped.clone());
        r.register("camera_state", "1 for the state that holds", self.camera_state.clone());
        r.register("camera_restarts", "Times that a camera was started again", self.camera_restarts.clone());
        r.register("analysis_ms", "Milliseconds to analyse one frame", self.analysis_ms.clone());
        r.register(
            "frame_age_ms",
            "Milliseconds from a frame's time until the rules had seen it",
            self.frame_age_ms.clone(),
        );
        r.register(
            "delivery_ms",
            "Milliseconds from a frame's time until the hub had stored what was told of it",
            self.delivery_ms.clone(),
        );
        r.register("withheld", "Observations withheld, by the rule that decided", self.withheld.clone());
        r.register("policy_state", "1 for the state that holds", self.policy_state.clone());
        r.register("outbox_pending", "Records not yet acknowledged", self.outbox_pending.clone());
        r.register("outbox_highest", "Highest number given", self.outbox_highest.clone());
        r.register("outbox_acknowledged", "Highest number acknowledged", self.outbox_acknowledged.clone());
        r.register(
            "outbox_failures",
            "Commits that failed and were tried again",
            self.outbox_failures.clone(),
        );
        r.register("outbox_writable", "1 while events can be committed", self.outbox_writable.clone());
        r.register(
            "candidates_rejected",
            "Things that were found to be no abandoned object, by the reason",
            self.candidates_rejected.clone(),
        );
        r.register(
            "rule_valid",
            "1 while the rule can be believed; else the scene is learnt, too far, too full or moves",
            self.rule_valid.clone(),
        );
        r.register("hub_connected", "1 while the hub takes records", self.hub_connected.clone());
        r.register("attestations", "Minutes that were attested", self.attestations.clone());
        r.register(
            "attestations_failed",
            "Attestations that could not be written: questions about that time are answered with unknown",
            self.attestations_failed.clone(),
        );
        self.stills.register(r);
        registry
    }

    /// Shows whether the hub takes records.
    pub(crate) fn set_hub_connected(&self, connected: bool) {
        self.hub_connected.set(i64::from(connected));
    }

    /// A minute was attested.
    pub(crate) fn attested(&self) {
        self.attestations.inc();
    }

    /// A minute could not be attested.
    pub(crate) fn not_attested(&self) {
        self.attestations_failed.inc();
    }

    /// Adds frames of one camera.
    pub(crate) fn add_frames(&self, camera: &CameraId, more: FrameCounts) {
        self.tally.add_frames(camera, more);
        let label = CameraLabel { camera: camera.to_string() };
        self.frames_decoded.get_or_create(&label).inc_by(more.decoded);
        self.frames_analysed.get_or_create(&label).inc_by(more.analysed);
        self.frames_dropped.get_or_create(&label).inc_by(more.dropped);
    }

    /// Shows the state that holds for one camera.
    pub(crate) fn set_camera_state(&self, camera: &CameraId, state: CoverageState) {
        self.tally.state(camera, state);
        for each in CoverageState::ALL {
            let label = CameraStateLabel { camera: camera.to_string(), state: each.name() };
            self.camera_state.get_or_create(&label).set(i64::from(each == state));
        }
        // No rule can be believed on a camera that does not see.
        if state != CoverageState::Analysed {
            let told = self.rules_told.lock();
            for label in told.iter().filter(|label| label.camera == camera.as_str()) {
                self.rule_valid.get_or_create(label).set(0);
            }
        }
    }

    /// A camera was started again after a failure.
    pub(crate) fn camera_restarted(&self, camera: &CameraId) {
        self.camera_restarts.get_or_create(&CameraLabel { camera: camera.to_string() }).inc();
    }

    /// One frame was analysed: what that took, and how old the frame was then.
    pub(crate) fn analysed_in(&self, duration: Duration, age_secs: f64) {
        self.analysis_ms.observe(duration.as_secs_f64() * 1e3);
        self.frame_age_ms.observe(age_secs.max(0.0) * 1e3);
    }

    /// The hub has stored what was told of a frame: how old that was then.
    pub(crate) fn delivered_in(&self, age_secs: f64) {
        self.delivery_ms.observe(age_secs.max(0.0) * 1e3);
    }

    /// A rule withheld something.
    pub(crate) fn withheld_by(&self, rule: &str) {
        self.tally.withheld(rule);
        self.withheld.get_or_create(&RuleLabel { rule: rule.to_owned() }).inc();
    }

    /// Shows the state of the policy: one of [`POLICY_STATES`].
    pub(crate) fn set_policy_state(&self, state: &str) {
        for each in POLICY_STATES {
            self.policy_state.get_or_create(&PolicyLabel { state: each }).set(i64::from(each == state));
        }
    }

    /// Shows the outbox: records not acknowledged, the highest number given, the highest acknowledged.
    pub(crate) fn set_outbox(&self, pending: u64, highest: u64, acknowledged: u64) {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.outbox_pending, pending);
        set(&self.outbox_highest, highest);
        set(&self.outbox_acknowledged, acknowledged);
    }

    /// A commit to the outbox failed.
    pub(crate) fn outbox_failed(&self) {
        self.outbox_failures.inc();
    }

    /// A thing was found to be no abandoned object.
    pub(crate) fn candidate_rejected(&self, camera: &CameraId, code: &'static str) {
        self.candidates_rejected.get_or_create(&CandidateLabel { camera: camera.to_string(), code }).inc();
    }

    /// Whether the rules of a camera could be believed at the last frame.
    pub(crate) fn set_rules_valid(&self, camera: &CameraId, rules: &[RuleValidity]) {
        for RuleValidity { zone, rule, doubt } in rules {
            let label = ZoneRuleLabel { camera: camera.to_string(), zone: zone.to_string(), rule };
            self.rule_valid.get_or_create(&label).set(i64::from(doubt.is_none()));
            self.rules_told.lock().insert(label);
        }
    }

    /// The box was looked at: why nothing can be committed, if so.
    pub(crate) fn set_trouble(&self, trouble: Option<String>) {
        self.outbox_writable.set(i64::from(trouble.is_none()));
        *self.standing.lock() = Standing { looked: Instant::now(), trouble };
    }

    /// What is wrong with the box as a whole.
    pub(crate) fn trouble(&self) -> Option<String> {
        let standing = self.standing.lock();
        let stands_still = standing.looked.elapsed() > LOOK_WITHIN;
        let secs = standing.looked.elapsed().as_secs();
        let words = || format!("the box has not looked at itself for {secs} s; does its disk answer?");
        if stands_still { Some(words()) } else { standing.trouble.clone() }
    }

    /// The page in the OpenMetrics text format.
    pub(crate) fn page(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_figures_and_nothing_of_people() {
        let metrics = Metrics::new();
        let camera = CameraId::parse("plaza-1").unwrap();
        metrics.add_frames(&camera, FrameCounts { decoded: 7, analysed: 6, dropped: 1 });
        metrics.set_camera_state(&camera, CoverageState::Analysed);
        metrics.withheld_by("min_group");
        metrics.set_policy_state("installed");
        metrics.set_outbox(2, 9, 7);
        metrics.set_trouble(None);
        metrics.candidate_rejected(&camera, "light");
        let (zone, rule) = (velum_vocab::ZoneId::parse("ramp").unwrap(), "abandoned_object");
        metrics.set_rules_valid(&camera, &[RuleValidity { zone, rule, doubt: Some("too_dense") }]);
        let page = metrics.page().unwrap();
        for line in [
            "velum_frames_decoded_total{camera=\"plaza-1\"} 7",
            "velum_frames_dropped_total{camera=\"plaza-1\"} 1",
            "velum_camera_state{camera=\"plaza-1\",state=\"analysed\"} 1",
            "velum_camera_state{camera=\"plaza-1\",state=\"offline\"} 0",
            "velum_withheld_total{rule=\"min_group\"} 1",
            "velum_policy_state{state=\"installed\"} 1",
            "velum_outbox_highest 9",
            "velum_outbox_writable 1",
            "velum_rule_valid{camera=\"plaza-1\",zone=\"ramp\",rule=\"abandoned_object\"} 0",
            "velum_candidates_rejected_total{camera=\"plaza-1\",code=\"light\"} 1",
        ] {
            assert!(page.contains(line), "{line} is missing in\n{page}");
        }
        assert!(!page.contains("person"), "{page}");
    }

    #[test]
    fn no_rule_is_valid_on_a_camera_that_does_not_see() {
        let metrics = Metrics::new();
        let (seen, other) = (CameraId::parse("plaza-1").unwrap(), CameraId::parse("plaza-2").unwrap());
        let (zone, rule) = (velum_vocab::ZoneId::parse("ramp").unwrap(), "abandoned_object");
        let valid = [RuleValidity { zone, rule, doubt: None }];
        let says = |camera: &CameraId, value: u8| {
            let line =
                format!("velum_rule_valid{{camera=\"{camera}\",zone=\"ramp\",rule=\"{rule}\"}} {value}");
            metrics.page().unwrap().contains(&line)
        };
        for camera in [&seen, &other] {
            metrics.set_rules_valid(camera, &valid);
            metrics.set_camera_state(camera, CoverageState::Analysed);
            assert!(says(camera, 1));
        }
        metrics.set_camera_state(&seen, CoverageState::Dark);
        assert!(says(&seen, 0) && says(&other, 1));
        metrics.set_rules_valid(&seen, &valid);
        assert!(says(&seen, 1), "it sees again");
    }
}
