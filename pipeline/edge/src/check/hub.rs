//! The hub: whether this box has its identity, nobody else has it, and the hub takes it.

use std::sync::Arc;
use std::time::Duration;

use velum_policy::check::{Finding, Verdict};
use velum_uplink::{HubAccess, Identity, ProbeError, Validity};
use velum_vocab::{Clock, Timestamp};

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
        Ok(shown) => {
            let certificate = certificate(shown.validity(), clock.now());
            vec![identity(hub), certificate, admission(&hub.access(), clock)]
        }
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

/// How long the box is still taken, and whether it is renewed as it should be.
fn certificate(validity: Option<Validity>, now: Timestamp) -> Finding {
    let enrol = "print a token with `velum-hub enroll BOX` at the hub, and enrol this box again";
    let Some(validity) = validity else {
        return Finding::error("certificate", "box.crt cannot be read as a certificate", enrol);
    };
    let days = validity.days_left(now);
    if days < 0 {
        return Finding::error(
            "certificate",
            format!("it ended {} days ago: no hub takes this box", days.abs()),
            enrol,
        );
    }
    if validity.is_due(now) {
        return Finding::warning(
            "certificate",
            format!("it ends in {days} days and was not renewed by itself"),
            "the box's log says why (`could not be renewed`); a running box tries each hour while its hub is there",
        );
    }
    Finding::ok("certificate", format!("it holds for {days} days, and is renewed before"))
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
        let hub = HubSettings { address: None, identity_dir: folder.path().to_owned(), takes_settings: true };
        let check = |rights: u32, expected: Verdict, part: &str| {
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(rights)).unwrap();
            let found = identity(&hub);
            assert!(found.verdict == expected && found.found.contains(part), "{found:?}");
        };
        check(0o600, Verdict::Ok, "");
        check(0o644, Verdict::Warning, "box.key: others may read or write it (mode 644, expected 600)");
    }

    #[test]
    fn a_certificate_that_is_not_renewed_is_noticed_before_it_ends() {
        let days = |days: i64| Timestamp::from_unix_secs(days * 86_400);
        let validity = Validity::new(days(0), days(300));
        let check = |now: i64, expected: Verdict, part: &str| {
            let found = certificate(Some(validity), days(now));
            assert!(found.verdict == expected && found.found.contains(part), "{found:?}");
        };
        check(10, Verdict::Ok, "holds for 290 days");
        check(201, Verdict::Warning, "ends in 99 days and was not renewed");
        check(300, Verdict::Warning, "ends in 0 days");
        check(302, Verdict::Error, "ended 2 days ago");
        assert_eq!(certificate(None, days(1)).verdict, Verdict::Error);
    }

    #[test]
    fn a_box_that_was_not_enrolled_is_told_how() {
        let hub = HubSettings { address: None, identity_dir: "/nonexistent".into(), takes_settings: true };
        let findings = look(Some(&hub), &clock());
        assert_eq!((findings.len(), findings[0].verdict), (1, Verdict::Error));
        assert!(
            findings[0].fix.contains("velum-edge enroll --token TOKEN --dir /nonexistent"),
            "{findings:?}"
        );
    }
}
