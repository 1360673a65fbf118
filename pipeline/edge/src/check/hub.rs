//! The hub: whether this box has its identity, nobody else has it, and the hub takes it.

use std::sync::Arc;
use std::time::Duration;

use velum_policy::check::{Finding, Verdict};
use velum_uplink::{HubAccess, Identity, ProbeError};
use velum_vocab::Clock;

use crate::config::HubSettings;

const PROBE_TIMEOUT: Duration = Duration::from_secs(8);

/// Identity, then what the hub says to it.
pub(super) fn look(hub: Option<&HubSettings>, clock: &Arc<dyn Clock>) -> Vec<Finding> {
    let Some(hub) = hub else {
        return vec![Finding::warning(
            "hub",
            "none is configured: events wait on this box until they expire",
            "add `[hub]` with `address = \"https://hub.example:7443\"`",
        )];
    };
    match Identity::load(&hub.identity_dir) {
        Ok(_) => vec![identity(hub), admission(&hub.access(), clock)],
        Err(error) => {
            let fix = format!(
                "run `velum-hub enroll BOX` at the hub, then `velum-edge enroll --token TOKEN --dir {}` here",
                hub.identity_dir.display()
            );
            let words = error.to_string();
            vec![Finding::error("identity", words.split("; ").next().unwrap_or_default(), fix)]
        }
    }
}

fn identity(hub: &HubSettings) -> Finding {
    let dir = hub.identity_dir.display();
    match Identity::key_rights_too_wide(&hub.identity_dir) {
        Ok(None) => Finding::ok("identity", dir.to_string()),
        Ok(Some(rights)) => Finding::warning(
            "identity",
            format!("{dir}/box.key: others may read or write it (mode {rights:03o}, expected 600)"),
            format!("run `chmod 600 {dir}/box.key`; where others had access, enrol this box again"),
        ),
        Err(error) => Finding::of_error("identity", Verdict::Error, &error),
    }
}

/// Whether the hub takes this box: a whole handshake, and the hub's judgement of the certificate.
fn admission(access: &HubAccess, clock: &Arc<dyn Clock>) -> Finding {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Finding::of_error("hub", Verdict::Error, &error),
    };
    match runtime.block_on(access.probe(Arc::clone(clock), PROBE_TIMEOUT)) {
        Ok(address) => Finding::ok("hub", format!("{address} takes this box")),
        // The box runs meanwhile.
        Err(error @ ProbeError::Unreachable { .. }) => Finding::of_error("hub", Verdict::Warning, &error),
        Err(error) => Finding::of_error("hub", Verdict::Error, &error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use velum_vocab::SystemClock;

    use super::*;

    fn clock() -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    #[test]
    fn no_hub_is_a_warning() {
        assert_eq!(look(None, &clock())[0].verdict, Verdict::Warning);
    }

    #[test]
    fn a_key_that_others_may_read_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("box.key");
        std::fs::write(&key, "").unwrap();
        let hub = HubSettings { address: None, identity_dir: folder.path().to_owned() };
        let check = |rights: u32, expected: Verdict, part: &str| {
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(rights)).unwrap();
            let found = identity(&hub);
            assert!(found.verdict == expected && found.found.contains(part), "{found:?}");
        };
        check(0o600, Verdict::Ok, "");
        check(0o644, Verdict::Warning, "box.key: others may read or write it (mode 644, expected 600)");
    }

    #[test]
    fn a_box_that_was_not_enrolled_is_told_how() {
        let hub = HubSettings { address: None, identity_dir: "/nonexistent".into() };
        let findings = look(Some(&hub), &clock());
        assert_eq!((findings.len(), findings[0].verdict), (1, Verdict::Error));
        assert!(
            findings[0].fix.contains("velum-edge enroll --token TOKEN --dir /nonexistent"),
            "{findings:?}"
        );
    }
}
