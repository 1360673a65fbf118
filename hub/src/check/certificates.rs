//! Certificates: there, with their keys, of this authority, for this name, and for how long.

use std::path::Path;

use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use velum_policy::check::{Finding, Verdict};

use super::{day, log};
use crate::authority::Authority;
use crate::certificates::{self, Own};
use crate::config::{ConsoleConfig, HubConfig};
use crate::tls;

const DAY_SECS: i64 = 86_400;
/// Then somebody must plan for another.
const SOON_DAYS: i64 = 30;
const NEW_AUTHORITY: &str =
    "make new ones with `velum pki init` in another folder, name it as `pki_dir`, and enrol each box anew";
const NEW_CERTIFICATE: &str = "a hub with `enrolment_listen` renews its own while it runs, and its log says why it does not; else make another with \
    `velum pki hub --dir PKI --hub-name NAME` (for the console: from whoever made it)";
const AUTHORITY: &str = "authority";

pub(super) fn look(config: &HubConfig, now_unix_ms: i64) -> Vec<Finding> {
    let now_secs = now_unix_ms.div_euclid(1_000);
    let mut findings = vec![validity(AUTHORITY, &config.authority, now_secs)];
    match certificates::in_use(config, now_unix_ms) {
        Ok(own) => {
            findings.push(within("certificate of the hub", &own.path, own.validity, now_secs));
            findings.extend(stranger(config, &own, now_unix_ms));
        }
        Err(error) => findings.push(Finding::of_error("certificate of the hub", Verdict::Error, &error)),
    }
    findings.push(log::private("key of the hub", &config.private_key));
    findings.extend(enrolment(config));
    findings.extend(
        config.console.as_ref().into_iter().flat_map(|console| of_console(config, console, now_secs)),
    );
    findings
}

/// From when to when the first certificate of a file holds.
fn validity(subject: &str, path: &Path, now_secs: i64) -> Finding {
    let fix = "name the folder of one `velum pki init` as `pki_dir`";
    match tls::validity(path) {
        Ok(held) => within(subject, path, held, now_secs),
        Err(error) => Finding::error(subject, format!("{}: {error}", path.display()), fix),
    }
}

fn within(subject: &str, path: &Path, (from, until): (i64, i64), now_secs: i64) -> Finding {
    let shown = path.display();
    let days = until.saturating_sub(now_secs).div_euclid(DAY_SECS);
    let fix = if subject == AUTHORITY { NEW_AUTHORITY } else { NEW_CERTIFICATE };
    if now_secs < from {
        let found = format!("{shown}: does not hold before {}", day(from));
        return Finding::error(subject, found, "set the machine's clock right, or wait until that day");
    }
    if until < now_secs {
        return Finding::error(subject, format!("{shown}: has not held since {}", day(until)), fix);
    }
    let found = format!("{shown}: holds until {} ({days} days left)", day(until));
    if days < SOON_DAYS { Finding::warning(subject, found, fix) } else { Finding::ok(subject, found) }
}

/// Why boxes and operators would not take the hub's certificate, whatever its dates.
fn stranger(config: &HubConfig, own: &Own, now_unix_ms: i64) -> Option<Finding> {
    let refused = certificates::judged(config, &own.der(), now_unix_ms).err()?;
    let found = format!("{}: boxes refuse it: {refused}", own.path.display());
    let fix = "write the name that it is made for as `public_host`, or take certificate and authority of one `velum pki init`";
    // What its dates are is told already.
    let is_told = refused.contains("expired") || refused.contains("not valid yet");
    (!is_told).then(|| Finding::error("certificate of the hub", found, fix))
}

fn enrolment(config: &HubConfig) -> Vec<Finding> {
    let Some(enrolment) = &config.enrolment else {
        return vec![Finding::ok(
            "enrolment",
            "off: no `enrolment_listen`; the authority's key need not be here",
        )];
    };
    let opened = tls::authority(config)
        .map_err(|error| error.to_string())
        .and_then(|certificate| Authority::open(enrolment, certificate).map_err(|error| error.to_string()));
    let key = log::private("key of the authority", &enrolment.authority_key);
    match opened {
        Ok(_) => vec![key, Finding::ok("enrolment", "the authority's key is that of its certificate")],
        Err(error) => vec![key, Finding::of_error("enrolment", Verdict::Error, &error)],
    }
}

/// What browsers are shown, where that is another certificate than the hub's.
fn of_console(config: &HubConfig, console: &ConsoleConfig, now_secs: i64) -> Vec<Finding> {
    const SUBJECT: &str = "certificate of the console";
    if console.certificate == config.certificate {
        return Vec::new();
    }
    if let Err(error) = tls::certified(&console.certificate, &console.private_key) {
        return vec![Finding::of_error(SUBJECT, Verdict::Error, &error)];
    }
    let mut findings = vec![validity(SUBJECT, &console.certificate, now_secs)];
    findings.push(log::private("key of the console", &console.private_key));
    let named = certificates::server_name(config).and_then(|name| {
        let der = tls::first_certificate(&console.certificate)?;
        let parsed = ParsedCertificate::try_from(&der).map_err(|error| error.to_string())?;
        verify_server_name(&parsed, &name).map_err(|error| error.to_string())
    });
    findings.extend(named.err().map(|error| {
        let found = format!("{}: browsers refuse it: {error}", console.certificate.display());
        Finding::error(SUBJECT, found, "take a certificate for the name that `public_host` is")
    }));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_to_the_end() {
        let check = |now_days: i64, verdict: Verdict, part: &str| {
            let held = (10 * DAY_SECS, 110 * DAY_SECS);
            let finding = within("authority", Path::new("a.pem"), held, now_days * DAY_SECS);
            assert_eq!(finding.verdict, verdict, "{finding:?}");
            assert!(finding.found.contains(part), "{finding:?}");
        };
        check(9, Verdict::Error, "does not hold before 1970-01-11");
        check(10, Verdict::Ok, "(100 days left)");
        check(80, Verdict::Ok, "(30 days left)");
        check(81, Verdict::Warning, "(29 days left)");
        check(111, Verdict::Error, "has not held since 1970-04-21");
    }
}
