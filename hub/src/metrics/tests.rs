use std::collections::BTreeSet;

use super::*;

/// Every name that the page may have, with its labels. Before you add one: does it tell of people? By camera, zone, box,
/// person or kind of alert nothing is told here.
const ALLOWED: [(&str, &[&str]); 20] = [
    ("velum_hub_alerts", &["state"]),
    ("velum_hub_audit_failures_total", &[]),
    ("velum_hub_boxes_connected", &[]),
    ("velum_hub_boxes_known", &[]),
    ("velum_hub_build_info", &["version"]),
    ("velum_hub_certificate_expiry_seconds", &["certificate"]),
    ("velum_hub_connector_acknowledged_age_seconds", &["connector"]),
    ("velum_hub_connector_behind", &["connector"]),
    ("velum_hub_connector_dead", &["connector"]),
    ("velum_hub_connector_state", &["connector", "state"]),
    ("velum_hub_disk_free_bytes", &[]),
    ("velum_hub_ingest_refused_total", &["reason"]),
    ("velum_hub_look_failures_total", &[]),
    ("velum_hub_numbers_missing", &[]),
    ("velum_hub_operators_refused_total", &[]),
    ("velum_hub_otlp_failures_total", &[]),
    ("velum_hub_records", &["end"]),
    ("velum_hub_store_bytes", &[]),
    ("velum_hub_subscribers", &[]),
    ("velum_hub_words_refused_total", &[]),
];

/// Of each line with a value: the name, and the names of its labels.
fn names(page: &str) -> BTreeSet<(String, Vec<String>)> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let named = lines.map(|line| {
        let (series, _value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
        let labels = labels.map(|label| label.split('=').next().unwrap().to_owned()).collect();
        (name.to_owned(), labels)
    });
    named.collect()
}

pub(crate) fn allowed() -> BTreeSet<(String, Vec<String>)> {
    let owned = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
    ALLOWED.iter().map(|(name, labels)| ((*name).to_owned(), owned(labels))).collect()
}

/// With at least one series of each family.
pub(super) fn full() -> Metrics {
    let metrics = Metrics::new(Default::default());
    let figures = &metrics.figures;
    figures.records.get_or_create(&EndLabel { end: "event" }).set(7);
    figures.alerts.get_or_create(&StateLabel { state: "waiting" }).set(2);
    let label = || ConnectorLabel { connector: "dispatch".to_owned() };
    figures.connector_behind.get_or_create(&label()).set(1);
    figures.connector_dead.get_or_create(&label()).set(0);
    figures.connector_acknowledged_age_seconds.get_or_create(&label()).set(60);
    let state = ConnectorStateLabel { connector: "dispatch".to_owned(), state: "retrying" };
    figures.connector_state.get_or_create(&state).set(1);
    figures.certificate_expiry_seconds.get_or_create(&CertificateLabel { certificate: "hub" }).set(-5);
    metrics
}

#[test]
fn the_page_has_these_names_and_labels_and_no_others() {
    let page = full().page().unwrap();
    assert_eq!(names(&page), allowed(), "{page}");
    let forbidden = ["camera", "zone", "person", "site", "box=", "operator=", "kind="];
    let labels: Vec<_> = page.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(!labels.iter().any(|line| forbidden.iter().any(|word| line.contains(word))), "{page}");
}

#[test]
fn what_is_counted_is_on_the_page() {
    let metrics = full();
    metrics.stream_closed(&Status::invalid_argument("records[0]: too long"));
    metrics.stream_closed(&Status::aborted("this box connected again"));
    let subscribed = metrics.subscribed();
    let page = metrics.page().unwrap();
    for line in [
        "velum_hub_records{end=\"event\"} 7",
        "velum_hub_ingest_refused_total{reason=\"invalid\"} 1",
        "velum_hub_ingest_refused_total{reason=\"number_taken\"} 0",
        "velum_hub_subscribers 1",
        "velum_hub_certificate_expiry_seconds{certificate=\"hub\"} -5",
        "velum_hub_connector_state{connector=\"dispatch\",state=\"retrying\"} 1",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is missing in\n{page}");
    }
    drop(subscribed);
    assert!(metrics.page().unwrap().contains("velum_hub_subscribers 0"));
}

#[test]
fn the_states_of_connectors_are_those_of_the_page_that_explains_them() {
    let page = include_str!("../../../docs/integration/README.md");
    for state in look::STATES {
        assert!(page.contains(&format!("| `{state}` |")), "{state}");
    }
}
