//! Policies and country packs: whose signatures count, what is published, and what of it holds.

use std::collections::BTreeSet;

use velum_policy::check::{Finding, Verdict};

use super::day;
use crate::access::{Rules, Terms};
use crate::config::HubConfig;
use crate::policies::{Published, ReadLibrary};
use crate::store::Store;

/// Then somebody must have the next one signed.
const SOON_MS: i64 = 14 * 86_400_000;

/// What was published, judged as the hub judges it at its start; none where the database cannot be read.
pub(super) async fn read(config: &HubConfig, store: Option<&Store>) -> Option<ReadLibrary> {
    let rows = store?.policies().await.ok()?;
    Some(ReadLibrary::of(&rows, config.trust.as_ref()))
}

pub(super) fn look(config: &HubConfig, read: Option<&ReadLibrary>, now_unix_ms: i64) -> Vec<Finding> {
    let mut findings = vec![approvers(config)];
    findings.extend(packs(config));
    match read {
        Some(read) => findings.extend(published(read, now_unix_ms)),
        None if !Store::is_at(&config.database) => {
            findings.push(Finding::ok("policies", "none is published yet; publish one once the hub runs"));
        }
        None => findings.push(Finding::warning(
            "policies",
            "cannot be read while the database cannot, or is of another schema",
            "mend what is said of the database, and look again",
        )),
    }
    findings
}

fn approvers(config: &HubConfig) -> Finding {
    let Some(trust) = &config.trust else {
        return Finding::warning(
            "approvers",
            "none are pinned: no policy can be published here, and nobody reads an event",
            "write `[policy]` with `approvers = \"approvers.toml\"` into hub.toml",
        );
    };
    let dpo = if trust.dpo().is_some() { "" } else { "; no key of a data protection officer" };
    Finding::ok("approvers", format!("{} pinned, {} must sign{dpo}", trust.approvers().len(), trust.quorum()))
}

/// Without keeping anything of what is found.
fn packs(config: &HubConfig) -> Option<Finding> {
    let mut given = config.given_packs()?;
    Some(match given.look_only() {
        Ok(_) => Finding::ok("country packs", given.packs().versions()),
        Err(error) => {
            let mut finding = Finding::of_error("country packs", Verdict::Error, &error);
            if !given.is_known() {
                finding.found += "; it is not known what holds, so that nothing can be published";
            }
            finding
        }
    })
}

fn published(read: &ReadLibrary, now_unix_ms: i64) -> Vec<Finding> {
    let ids: BTreeSet<&str> = read.library.ids().collect();
    let mut findings: Vec<_> = read
        .faults
        .iter()
        .map(|fault| {
            let found =
                format!("version {} was published and does not verify: {}", fault.digest, fault.error);
            let fix = "publish a version that today's approvers signed, or pin the keys that signed this one";
            let subject = format!("policy {}", fault.id);
            // A later version took its place.
            if ids.contains(fault.id.as_str()) {
                Finding::warning(subject, found, fix)
            } else {
                Finding::error(subject, found, fix)
            }
        })
        .collect();
    if ids.is_empty() && findings.is_empty() {
        findings.push(Finding::warning(
            "policies",
            "none is published: nobody reads an event, and boxes that wait for one release nothing",
            "publish one: `velum policy publish FILE`",
        ));
    }
    findings.extend(ids.iter().filter_map(|id| Some(newest(read.library.newest(id)?, now_unix_ms))));
    findings
}

fn newest(published: &Published, now_unix_ms: i64) -> Finding {
    let resolved = published.policy().resolved();
    let subject = format!("policy {}", resolved.id);
    let version = &resolved.version;
    let (begins, expires) = (resolved.effective_from, resolved.expires);
    if let Err(error) = Rules::compile(Terms::of(published.policy())) {
        return Finding::error(
            subject,
            format!("version {version}: {error}"),
            "publish one whose recipients can be used",
        );
    }
    match now_unix_ms {
        now if now < begins.as_millisecond() => {
            Finding::ok(subject, format!("version {version} begins on {}", day(begins.as_second())))
        }
        now if expires.as_millisecond() <= now => Finding::error(
            subject,
            format!(
                "version {version} has not held since {}: its boxes release nothing",
                day(expires.as_second())
            ),
            "have a new version signed and publish it",
        ),
        now if expires.as_millisecond().saturating_sub(now) < SOON_MS => Finding::warning(
            subject,
            format!("version {version} holds until {}", day(expires.as_second())),
            "have a new version signed before then: boxes stop releasing on that day",
        ),
        _ => Finding::ok(subject, format!("version {version} holds until {}", day(expires.as_second()))),
    }
}
