//! Sends the hub's figures to an OpenTelemetry collector, by OTLP over HTTP.
//!
//! Invariants: what is sent is the page of figures and nothing else; the figures are cumulative, so that what did not
//! arrive is told by the next; a collector that is slow, away or hostile holds up nobody.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message as _;

use super::connection::Destination;
use super::http::{self, AGENT};
use super::{ConnectorError, Fault, Work};
use crate::clock::Clock;
use crate::config::{HubConfig, OtlpConfig};
use crate::metrics::{Looker, Moments, otlp_request};
use crate::secret_file;

const PORT: u16 = 443;
/// Of an answer; a collector says little.
const ANSWER_BYTES: usize = 4 * 1_024;

/// One collector.
struct Exporter {
    destination: Destination,
    path: String,
    header: Option<(HeaderName, HeaderValue)>,
    hub: String,
    looker: Arc<Looker>,
    clock: Arc<dyn Clock>,
    began_unix_ns: u64,
}

/// Readies the collector that hub.toml names.
///
/// # Errors
/// [`ConnectorError::Setting`].
pub(crate) fn open(
    config: &HubConfig,
    otlp: &OtlpConfig,
    looker: Arc<Looker>,
    clock: Arc<dyn Clock>,
) -> Result<Work, ConnectorError> {
    let (destination, header) = opened(otlp)?;
    let exporter = Exporter {
        destination,
        path: otlp.target.path.clone(),
        header,
        hub: config.name().to_owned(),
        looker,
        began_unix_ns: unix_ns(&*clock),
        clock,
    };
    Ok(Box::pin(exporter.run(otlp.every)))
}

type Opened = (Destination, Option<(HeaderName, HeaderValue)>);

/// Whether the hub could start with it.
///
/// # Errors
/// [`ConnectorError::Setting`].
pub(crate) fn can_open(otlp: &OtlpConfig) -> Result<(), ConnectorError> {
    opened(otlp).map(drop)
}

fn opened(otlp: &OtlpConfig) -> Result<Opened, ConnectorError> {
    let refuse = |(field, reason): Fault| ConnectorError::Setting { name: "otlp".to_owned(), field, reason };
    let header = otlp.header_file.as_deref().map(header).transpose().map_err(refuse)?;
    Ok((Destination::open(&otlp.target).map_err(refuse)?, header))
}

/// The one header of a file, `name: value`.
fn header(file: &std::path::Path) -> Result<(HeaderName, HeaderValue), Fault> {
    let text = secret_file::read(file).map_err(|reason| ("header_file", reason))?;
    let refuse = || {
        let expected = "expected one line such as `Authorization: Bearer KEY`";
        ("header_file", format!("`{}`: {expected}", file.display()))
    };
    let (name, value) = text.split_once(':').ok_or_else(refuse)?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| refuse())?;
    let mut value = HeaderValue::from_str(value.trim()).map_err(|_| refuse())?;
    value.set_sensitive(true);
    Ok((name, value))
}

fn unix_ns(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.unix_ms()).unwrap_or_default().saturating_mul(1_000_000)
}

impl Exporter {
    async fn run(self, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut trouble: Option<String> = None;
        loop {
            ticks.tick().await;
            let found = self.send().await.err();
            if found != trouble {
                match &found {
                    Some(reason) => tracing::warn!(reason, "the figures do not reach the OTLP collector"),
                    None => tracing::info!("the figures reach the OTLP collector again"),
                }
            }
            if found.is_some() {
                self.looker.otlp_failed();
            }
            trouble = found;
        }
    }

    /// Sends what the figures are now; else says what is in the way.
    async fn send(&self) -> Result<(), String> {
        // What is in the way of a look is among the figures, too.
        let _told = self.looker.look().await;
        let page = self.looker.page().map_err(|error| error.to_string())?;
        let moments = Moments { began_unix_ns: self.began_unix_ns, now_unix_ns: unix_ns(&*self.clock) };
        let body = otlp_request(&page, &self.hub, moments).encode_to_vec();
        let mut request = Request::post(&self.path)
            .header(HOST, self.destination.authority(PORT))
            .header(USER_AGENT, AGENT)
            .header(CONNECTION, "close")
            .header(CONTENT_TYPE, "application/x-protobuf");
        if let Some((name, value)) = &self.header {
            request = request.header(name, value);
        }
        let request = request.body(Full::from(body)).map_err(|error| error.to_string())?;
        let sent = http::post(&self.destination, request, ANSWER_BYTES);
        let late = || format!("no answer within {} s", self.destination.timeout.as_secs());
        let answer = tokio::time::timeout(self.destination.timeout, sent).await.map_err(|_| late())?;
        let answer = answer.map_err(|error| error.to_string())?;
        judge(answer.status, answer.body)
    }
}

/// *Source*: OTLP 1.9, "OTLP/HTTP Response": a success may still say that points were rejected.
fn judge(status: StatusCode, body: Bytes) -> Result<(), String> {
    if status != StatusCode::OK {
        return Err(format!("it answered {}", status.as_u16()));
    }
    let rejected = ExportMetricsServiceResponse::decode(body).ok().and_then(|answer| answer.partial_success);
    match rejected.map_or(0, |partial| partial.rejected_data_points) {
        0 => Ok(()),
        points => Err(format!("it rejected {points} data points")),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsPartialSuccess;

    use super::*;

    #[test]
    fn an_answer_is_a_success_only_where_nothing_was_rejected() {
        let partial = |rejected_data_points| {
            let partial =
                ExportMetricsPartialSuccess { rejected_data_points, error_message: "full".to_owned() };
            let answer = ExportMetricsServiceResponse { partial_success: Some(partial) };
            judge(StatusCode::OK, Bytes::from(answer.encode_to_vec()))
        };
        assert_eq!(partial(0), Ok(()));
        assert_eq!(partial(3).unwrap_err(), "it rejected 3 data points");
        assert_eq!(judge(StatusCode::OK, Bytes::new()), Ok(()));
        assert_eq!(judge(StatusCode::OK, Bytes::from_static(b"{}")), Ok(()), "one that answers in JSON");
        assert_eq!(judge(StatusCode::SERVICE_UNAVAILABLE, Bytes::new()).unwrap_err(), "it answered 503");
    }

    #[test]
    fn the_header_of_a_collector_stands_in_a_file_that_is_the_hubs_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("header");
        let check = |text: &str, expected: Result<(&str, &str), &str>| {
            secret_file::write(&file, text, 0o600);
            match (header(&file), expected) {
                (Ok((name, value)), Ok((of, text))) => {
                    assert_eq!((name.as_str(), value.to_str().unwrap()), (of, text))
                }
                (Err((field, reason)), Err(part)) => {
                    assert!(field == "header_file" && reason.contains(part), "{reason}");
                    assert!(!reason.contains("geheim"), "{reason}");
                }
                (found, _) => panic!("{text}: {found:?}"),
            }
        };
        check("Authorization: Bearer geheim\n", Ok(("authorization", "Bearer geheim")));
        check("geheim", Err("expected one line"));
        check("a b: geheim", Err("expected one line"));
        check("a: geheim\nb: c", Err("expected one line"));
    }
}
