//! The page of figures as a message of OTLP: every series of it, and nothing else, so that what may be told is decided in
//! one place.
//!
//! *Source*: OpenMetrics 1.0, "Text format"; OpenTelemetry, "Prometheus and OpenMetrics Compatibility".

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric,
    number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

/// When the counters began and when they were read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    pub(crate) began_unix_ns: u64,
    pub(crate) now_unix_ns: u64,
}

/// What a family is, as its `# TYPE` and `# HELP` say.
#[derive(Default)]
struct Family<'p> {
    is_counter: bool,
    help: &'p str,
    points: Vec<NumberDataPoint>,
}

/// The message of one page, by the hub of this name.
pub(crate) fn request(page: &str, hub: &str, moments: Moments) -> ExportMetricsServiceRequest {
    let mut families: BTreeMap<&str, Family<'_>> = BTreeMap::new();
    for line in page.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            families.entry(name).or_default().is_counter = kind == "counter";
        } else if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' '))
        {
            families.entry(name).or_default().help = help;
        } else if let Some((series, point)) = point(line, moments) {
            let name = series.strip_suffix("_total").or(series.strip_suffix("_info")).unwrap_or(series);
            families.entry(name).or_default().points.push(point);
        }
    }
    let told = families.into_iter().filter(|(_, family)| !family.points.is_empty());
    let metrics = told.map(|(name, family)| metric_of(name, family)).collect();
    let version = env!("CARGO_PKG_VERSION");
    let scope = InstrumentationScope {
        name: "velum-hub".to_owned(),
        version: version.to_owned(),
        ..InstrumentationScope::default()
    };
    let attributes =
        [("service.name", "velum-hub"), ("service.version", version), ("service.instance.id", hub)];
    let resource = Resource {
        attributes: attributes.into_iter().map(|(key, value)| attribute(key, value.to_owned())).collect(),
        ..Resource::default()
    };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }],
            ..ResourceMetrics::default()
        }],
    }
}

fn metric_of(name: &str, family: Family<'_>) -> Metric {
    let data_points = family.points;
    let data = match family.is_counter {
        true => metric::Data::Sum(Sum {
            data_points,
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic: true,
        }),
        false => metric::Data::Gauge(Gauge { data_points }),
    };
    Metric {
        name: name.to_owned(),
        // The library ends each with a full stop of its own.
        description: family.help.trim_end_matches('.').to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

/// One line with a value: the name of its series, and the value with its labels. Anything else is none.
fn point(line: &str, moments: Moments) -> Option<(&str, NumberDataPoint)> {
    let (series, value) = line.rsplit_once(' ').filter(|_| !line.starts_with('#'))?;
    let value = match value.parse::<i64>() {
        Ok(whole) => number_data_point::Value::AsInt(whole),
        Err(_) => number_data_point::Value::AsDouble(value.parse().ok()?),
    };
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    let point = NumberDataPoint {
        attributes: labels_of(labels.strip_suffix('}').unwrap_or(labels)),
        start_time_unix_nano: moments.began_unix_ns,
        time_unix_nano: moments.now_unix_ns,
        value: Some(value),
        ..NumberDataPoint::default()
    };
    Some((name, point))
}

/// `state="waiting",end="event"`.
fn labels_of(text: &str) -> Vec<KeyValue> {
    let mut labels = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, behind) = quoted(after);
        labels.push(attribute(name, value));
        rest = behind.strip_prefix(',').unwrap_or(behind);
    }
    labels
}

/// Up to the closing mark, without escapes; and what follows it.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, text.get(at.saturating_add(1)..).unwrap_or_default()),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, other)) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    (value, "")
}

fn attribute(key: &str, value: String) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value)) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MOMENTS: Moments = Moments { began_unix_ns: 1, now_unix_ns: 2 };

    fn metrics(page: &str) -> Vec<Metric> {
        let request = request(page, "hub.example.org", MOMENTS);
        request.resource_metrics[0].scope_metrics[0].metrics.clone()
    }

    fn points(metric: &Metric) -> &[NumberDataPoint] {
        match metric.data.as_ref().unwrap() {
            metric::Data::Gauge(gauge) => &gauge.data_points,
            metric::Data::Sum(sum) => &sum.data_points,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_series_of_the_page_is_in_the_message_and_no_other() {
        let page = crate::metrics::tests::full().page().unwrap();
        let metrics = metrics(&page);
        let series = page.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(metrics.iter().map(|metric| points(metric).len()).sum::<usize>(), series, "{page}");
        let find = |name: &str| metrics.iter().find(|metric| metric.name == name).unwrap();
        let refused = find("velum_hub_ingest_refused");
        assert!(matches!(&refused.data, Some(metric::Data::Sum(sum)) if sum.is_monotonic));
        assert_eq!(
            refused.description,
            "Streams of boxes that were closed because of what came, by the reason"
        );
        let state = &points(find("velum_hub_connector_state"))[0];
        let labels: Vec<_> = state.attributes.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(labels, ["connector", "state"]);
        assert_eq!(state.value, Some(number_data_point::Value::AsInt(1)));
        assert_eq!((state.start_time_unix_nano, state.time_unix_nano), (1, 2));
        assert_eq!(
            points(find("velum_hub_certificate_expiry_seconds"))[0].value,
            Some(number_data_point::Value::AsInt(-5))
        );
    }

    #[test]
    fn labels_are_read_with_their_escapes() {
        let page = "# TYPE a gauge\na{x=\"1,\\\"2\\\"}\",y=\"\\n\\\\\"} 0.5\n# EOF";
        let metrics = metrics(page);
        let point = &points(&metrics[0])[0];
        let labels: Vec<_> = point
            .attributes
            .iter()
            .map(|one| (one.key.as_str(), one.value.clone().unwrap().value.unwrap()))
            .collect();
        let text = |text: &str| any_value::Value::StringValue(text.to_owned());
        assert_eq!(labels, [("x", text("1,\"2\"}")), ("y", text("\n\\"))]);
        assert_eq!(point.value, Some(number_data_point::Value::AsDouble(0.5)));
    }

    proptest! {
        #[test]
        fn fuzz_a_page_of_anything_is_read_to_its_end(page in "(# (TYPE|HELP) )?[a-z{}=\\\\\", \n0-9.#-]{0,200}") {
            let _metrics = metrics(&page);
        }
    }
}
