//! What a target's answer means.

use std::time::Duration;

use hyper::header::RETRY_AFTER;
use hyper::{HeaderMap, StatusCode};

use crate::connectors::Outcome;

/// 2xx is taken, 4xx is refused for good but for those that say "not now", and all else may work later.
pub(in crate::connectors) fn outcome(status: StatusCode, headers: &HeaderMap, now_unix_ms: i64) -> Outcome {
    let is_not_now =
        matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS);
    if status.is_success() {
        return Outcome::Acknowledged;
    }
    if status.is_client_error() && !is_not_now {
        return Outcome::Refused(format!("the target answered {status}"));
    }
    let reason = match status.is_redirection() {
        true => format!("the target answered {status}: redirects are not followed; correct `url`"),
        false => format!("the target answered {status}"),
    };
    Outcome::Failed { reason, retry_after: retry_after(headers, now_unix_ms) }
}

/// *Source*: RFC 9110, 10.2.3: seconds, or a date.
fn retry_after(headers: &HeaderMap, now_unix_ms: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(secs) = text.parse() {
        return Some(Duration::from_secs(secs));
    }
    let then_unix_ms = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
    let wait_ms = then_unix_ms.saturating_sub(now_unix_ms);
    Some(Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_UNIX_MS: i64 = 1_796_285_660_000;

    fn check(status: u16, after: Option<&str>, expected: &str, waits_secs: Option<u64>) {
        let mut headers = HeaderMap::new();
        if let Some(after) = after {
            headers.insert(RETRY_AFTER, after.parse().unwrap());
        }
        let found = match outcome(StatusCode::from_u16(status).unwrap(), &headers, NOW_UNIX_MS) {
            Outcome::Acknowledged => ("acknowledged", None),
            Outcome::Refused(_) => ("refused", None),
            Outcome::Failed { retry_after, .. } => ("failed", retry_after.map(|wait| wait.as_secs())),
        };
        assert_eq!(found, (expected, waits_secs), "{status} {after:?}");
    }

    #[test]
    fn an_answer_is_an_acknowledgement_a_refusal_or_a_failure() {
        let all = |statuses: &[u16], expected| {
            statuses.iter().for_each(|status| check(*status, None, expected, None));
        };
        all(&[200, 201, 202, 204, 299], "acknowledged");
        all(&[400, 401, 403, 404, 409, 410, 413, 415, 422, 451], "refused");
        all(&[301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504, 599], "failed");
        check(429, Some("120"), "failed", Some(120));
        check(503, Some(" 7 "), "failed", Some(7));
        check(503, Some("Thu, 03 Dec 2026 11:00:00 GMT"), "failed", Some(9_940));
        check(503, Some("Wed, 25 Nov 2020 07:28:00 GMT"), "failed", Some(0));
        check(503, Some("soon"), "failed", None);
        check(503, Some("-5"), "failed", None);
    }
}
