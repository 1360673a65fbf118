//! The stream by which hubs wake each other: answers, is as it should be, and on as many servers as it should be.

use velum_policy::check::Finding;

use crate::config::NatsConfig;
use crate::store::{FanoutError, look_at_stream};

const SUBJECT: &str = "nats";

/// What is found; nothing where there is no `[nats]`.
pub(super) async fn look(config: Option<&NatsConfig>) -> Option<Finding> {
    let config = config?;
    let stream = &config.stream;
    Some(match look_at_stream(config).await {
        Ok(None) => Finding::ok(
            SUBJECT,
            format!("answers; the stream `{stream}` is made by the first hub that starts"),
        ),
        Ok(Some(seen)) if seen.behind.is_empty() => {
            Finding::ok(SUBJECT, format!("the stream `{stream}` answers, on {} server(s)", seen.replicas))
        }
        Ok(Some(seen)) => Finding::warning(
            SUBJECT,
            format!("the stream `{stream}` is not up to date on {}", seen.behind.join(", ")),
            "start these servers; without more than half of them no box is acknowledged",
        ),
        Err(error @ FanoutError::Config(..)) => Finding::error(
            SUBJECT,
            error.to_string(),
            "mend this in [nats] of hub.toml; until then no box is acknowledged",
        ),
        Err(FanoutError::Away { cause, .. }) => Finding::error(
            SUBJECT,
            format!("the stream `{stream}` does not answer: {cause}"),
            "check that the servers of [nats] run with `jetstream`, and that addresses, ca_file and the rights of this user are right (docs/operations.md); until then no box is acknowledged",
        ),
    })
}
