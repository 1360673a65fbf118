//! The stream by which hubs wake each other: answers, is there, and is on as many servers as it should be.

use async_nats::jetstream::stream::Info;
use velum_policy::check::Finding;

use crate::config::NatsConfig;
use crate::store::{Fanout, FanoutError};

const SUBJECT: &str = "nats";

/// What is found; nothing where there is no `[nats]`.
pub(super) async fn look(config: Option<&NatsConfig>) -> Option<Finding> {
    let config = config?;
    let looked = match Fanout::open(config).await {
        Ok(fanout) => fanout.look().await,
        Err(error) => Err(error),
    };
    Some(match looked {
        Ok(Some(info)) => of_stream(config, &info),
        Ok(None) => Finding::ok(
            SUBJECT,
            format!("answers; the stream `{}` is made at the first start", config.stream),
        ),
        Err(error @ FanoutError::Config(..)) => {
            Finding::error(SUBJECT, error.to_string(), "mend the file that [nats] of hub.toml names")
        }
        Err(error) => Finding::error(
            SUBJECT,
            error.to_string(),
            "check that the servers run with JetStream, that addresses, certificate and user of [nats] are right; until then no box is acknowledged",
        ),
    })
}

fn of_stream(config: &NatsConfig, info: &Info) -> Finding {
    let others = info.cluster.as_ref().map(|cluster| cluster.replicas.as_slice()).unwrap_or_default();
    let away: Vec<&str> =
        others.iter().filter(|one| one.offline || !one.current).map(|one| one.name.as_str()).collect();
    let found = info.config.num_replicas;
    if found < config.replicas {
        return Finding::warning(
            SUBJECT,
            format!("the stream `{}` is on {found} servers, [nats] says {}", config.stream, config.replicas),
            format!("`nats stream edit {} --replicas {}`", config.stream, config.replicas),
        );
    }
    if !away.is_empty() {
        return Finding::warning(
            SUBJECT,
            format!("the stream `{}` is not up to date on {}", config.stream, away.join(", ")),
            "start these servers; without more than half of them no box is acknowledged",
        );
    }
    Finding::ok(SUBJECT, format!("the stream `{}` answers, on {found} server(s)", config.stream))
}
