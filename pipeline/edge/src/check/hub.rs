//! The hub: whether this box has its identity, and whether anybody listens there.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use velum_uplink::Identity;

use super::finding::Finding;
use crate::config::HubSettings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Identity, then reachability.
pub(super) fn look(hub: Option<&HubSettings>) -> Vec<Finding> {
    let Some(hub) = hub else {
        return vec![Finding::warning(
            "hub",
            "none is configured: events wait on this box until they expire",
            "add `[hub]` with `address = \"https://hub.example:7443\"`",
        )];
    };
    match Identity::load(&hub.identity_dir) {
        Ok(identity) => {
            let address = hub.address.as_deref().unwrap_or(identity.hub_address());
            vec![Finding::ok("identity", hub.identity_dir.display().to_string()), reachability(address)]
        }
        Err(error) => {
            let fix = format!(
                "run `velum-hub enroll BOX` at the hub, then `velum-edge enroll --token TOKEN --dir {}` here",
                hub.identity_dir.display()
            );
            let words = error.to_string();
            let found = words.split("; ").next().unwrap_or_default();
            let identity = Finding::error("identity", found, fix);
            [Some(identity), hub.address.as_deref().map(reachability)].into_iter().flatten().collect()
        }
    }
}

fn reachability(address: &str) -> Finding {
    let addresses = match address.to_socket_addrs() {
        Ok(addresses) => addresses.collect::<Vec<_>>(),
        Err(error) => {
            let found = format!("{address}: {error}");
            return Finding::error("hub", found, "correct hub.address, or the name service");
        }
    };
    let reached =
        addresses.iter().find(|address| TcpStream::connect_timeout(address, CONNECT_TIMEOUT).is_ok());
    match reached {
        Some(reached) => Finding::ok("hub", format!("{address} listens at {reached}")),
        None => Finding::warning(
            "hub",
            format!("{address} does not answer; events wait on this box"),
            "start the hub, or open the way to it: the box connects outwards, over TCP",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Verdict;

    #[test]
    fn a_hub_that_is_away_is_a_warning() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(reachability(&free.to_string()).verdict, Verdict::Warning);
        assert_eq!(look(None)[0].verdict, Verdict::Warning);
    }

    #[test]
    fn a_hub_that_listens_is_fine() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(reachability(&listener.local_addr().unwrap().to_string()).verdict, Verdict::Ok);
    }

    #[test]
    fn a_box_that_was_not_enrolled_is_told_how() {
        let hub = HubSettings { address: None, identity_dir: "/nonexistent".into() };
        let findings = look(Some(&hub));
        assert_eq!((findings.len(), findings[0].verdict), (1, Verdict::Error));
        assert!(
            findings[0].fix.contains("velum-edge enroll --token TOKEN --dir /nonexistent"),
            "{findings:?}"
        );
    }
}
