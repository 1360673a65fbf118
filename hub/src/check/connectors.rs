//! Connectors: what each names is readable, its recipient is in a published policy, its target's name is known, and how it
//! was when the hub ran last. Nothing is connected to unless that is asked for.

use std::time::Duration;

use velum_policy::check::{Finding, Verdict};

use crate::access::{Rules, Terms};
use crate::config::{ConnectorConfig, HubConfig, OtlpConfig, TargetConfig};
use crate::connectors::{self, ConnectorError, is_public};
use crate::policies::Library;
use crate::store::{ConnectorRow, Store};

const RESOLVE_WITHIN: Duration = Duration::from_secs(5);

/// By what recipients are looked up.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// None where the database cannot be read: said of it already.
    pub(super) library: Option<&'a Library>,
    pub(super) now_unix_ms: i64,
}

pub(super) async fn look(
    config: &HubConfig,
    store: Option<&Store>,
    asked: &Asked<'_>,
    connect: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for connector in &config.connectors {
        let subject = format!("connector {}", connector.name);
        let mut of_one = Vec::new();
        if let Err(error) = connectors::can_open(connector, config.name()) {
            of_one.push(setting(&subject, &error));
        }
        of_one.extend(
            asked.library.and_then(|library| kept_out(&subject, connector, library, asked.now_unix_ms)),
        );
        of_one.extend(unresolved(&subject, &connector.target).await);
        if let Some(store) = store {
            let row = store.connector(&connector.name).await.ok().flatten();
            of_one.extend(row.and_then(|row| standing(&subject, &row)));
        }
        if connect && of_one.iter().all(|finding| finding.verdict != Verdict::Error) {
            of_one.extend(unreachable(&subject, &connector.target).await);
        }
        if of_one.is_empty() {
            of_one.push(Finding::ok(
                subject,
                format!("{} as `{}`", connector.kind.name(), connector.recipient),
            ));
        }
        findings.extend(of_one);
    }
    if let Some(otlp) = &config.otlp {
        findings.push(collector(otlp, connect).await);
    }
    findings
}

/// Of the collector to which the hub's figures go.
async fn collector(otlp: &OtlpConfig, connect: bool) -> Finding {
    let subject = "otlp";
    if let Err(error) = connectors::otlp::can_open(otlp) {
        return setting(subject, &error);
    }
    if let Some(finding) = unresolved(subject, &otlp.target).await {
        return finding;
    }
    let unreachable = if connect { unreachable(subject, &otlp.target).await } else { None };
    let every = format!("figures to {} every {} s", otlp.target.host, otlp.every.as_secs());
    unreachable.unwrap_or_else(|| Finding::ok(subject, every))
}

/// What the hub would not start with.
fn setting(subject: &str, error: &ConnectorError) -> Finding {
    let finding = Finding::of_error(subject, Verdict::Error, error);
    match finding.fix.is_empty() {
        true => {
            Finding { fix: "correct it in hub.toml, or mend the file that it names".to_owned(), ..finding }
        }
        false => finding,
    }
}

/// Why the published policies give its recipient nothing.
fn kept_out(
    subject: &str,
    connector: &ConnectorConfig,
    library: &Library,
    now_unix_ms: i64,
) -> Option<Finding> {
    let role = &connector.recipient;
    let rules = library.begun(now_unix_ms).filter_map(|one| Rules::compile(Terms::of(one.policy())).ok());
    let found: Vec<bool> = rules
        .flat_map(|rules| rules.terms().recipients_of(role).map(|one| one.export).collect::<Vec<_>>())
        .collect();
    let fix = "publish a policy with the role and `export = true`, or correct `recipient`";
    let words = match (found.is_empty(), found.iter().any(|export| *export)) {
        (true, _) => {
            format!("no published policy that has begun has a [[recipient]] `{role}`: it is sent nothing")
        }
        (false, false) => {
            format!("the [[recipient]] `{role}` may not take anything out (`export`): it is sent nothing")
        }
        (false, true) => return None,
    };
    Some(Finding::warning(subject, words, fix))
}

async fn unresolved(subject: &str, target: &TargetConfig) -> Option<Finding> {
    let asked = tokio::net::lookup_host((target.host.as_str(), target.port));
    let found = match tokio::time::timeout(RESOLVE_WITHIN, asked).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            let found = format!("`{}` cannot be resolved ({error})", target.host);
            return Some(Finding::error(subject, found, "correct `url`, or this machine's resolver"));
        }
        Err(_) => {
            let found = format!("nobody said within {} s who `{}` is", RESOLVE_WITHIN.as_secs(), target.host);
            return Some(Finding::warning(subject, found, "see that this machine's resolver answers"));
        }
    };
    let is_open = target.allow_private || found.into_iter().any(|address| is_public(address.ip()));
    (!is_open).then(|| {
        let found = format!("`{}` is not in the open network", target.host);
        Finding::error(subject, found, "where that is meant, set `allow_private = true`")
    })
}

/// What was in its way when the hub wrote of it last.
fn standing(subject: &str, row: &ConnectorRow) -> Option<Finding> {
    if row.dead > 0 {
        let found = format!("{} dead letters: its target refused them for good", row.dead);
        let fix =
            "see `velum-hub connector dead NAME`, mend the target, and `velum-hub connector replay NAME`";
        return Some(Finding::warning(subject, found, fix));
    }
    let is_stuck = matches!(row.state.as_str(), "retrying" | "failing");
    is_stuck.then(|| {
        let found = format!("{}, {} behind: {}", row.state, row.lag, row.error);
        Finding::warning(subject, found, "docs/integration/README.md says what each state means")
    })
}

async fn unreachable(subject: &str, target: &TargetConfig) -> Option<Finding> {
    let failed = connectors::can_connect(target).await.err()?;
    Some(Finding::error(subject, failed, "see that the target runs, and that this machine may reach it"))
}
