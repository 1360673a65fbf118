use std::collections::BTreeMap;
use std::path::Path;

use clap::Parser as _;
use velum_policy::check::{Finding, Verdict, worst};
use velum_proto::v1::ListRequest;

use super::database::is_server;
use super::town::{Town, soon};
use crate::check::{CheckArgs, look};
use crate::server::LOCK_FILE;

#[derive(Debug, clap::Parser)]
struct Cli {
    #[command(flatten)]
    args: CheckArgs,
}

async fn check(town: &Town, more: &[&str]) -> Vec<Finding> {
    let config = town.path().join("hub.toml").display().to_string();
    let args = ["check", "--config", config.as_str()].into_iter().chain(more.iter().copied());
    look(&Cli::try_parse_from(args).unwrap().args, town.clock.as_ref()).await
}

/// The findings of a subject; there must be some.
fn of<'f>(findings: &'f [Finding], subject: &str) -> Vec<&'f Finding> {
    let found: Vec<_> = findings.iter().filter(|finding| finding.subject == subject).collect();
    assert!(!found.is_empty(), "nothing of {subject}: {findings:#?}");
    found
}

fn says(findings: &[Finding], subject: &str, verdict: Verdict, part: &str) {
    let of = of(findings, subject);
    let is_said = of.iter().any(|finding| finding.verdict == verdict && finding.found.contains(part));
    assert!(is_said, "{subject} should be {verdict:?} with `{part}`: {of:#?}");
    let without_fix = of.iter().find(|finding| finding.verdict != Verdict::Ok && finding.fix.is_empty());
    assert_eq!(without_fix, None, "a fix is owed");
}

/// Every file below a folder, and what is in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    all
}

/// The hub has stopped, and its database is one file again: SQLite closes in a thread of its own.
async fn stopped(town: &mut Town) {
    town.stop().await;
    let log = town.data_dir().join("hub.sqlite-wal");
    let closed = async {
        while log.exists() {
            tokio::task::yield_now().await;
        }
    };
    soon("the database is closed", closed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_runs_is_looked_at_and_goes_on() {
    let town = Town::found().await;
    for key in ["hub.key", "authority.key"] {
        use std::os::unix::fs::PermissionsExt as _;
        let path = town.path().join("pki").join(key);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let findings = check(&town, &[]).await;
    let wrong: Vec<_> = findings.iter().filter(|one| one.verdict == Verdict::Error).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    says(&findings, "database", Verdict::Ok, if is_server() { "answers" } else { "is whole" });
    says(&findings, "schema", Verdict::Ok, "this program's own");
    says(&findings, "audit log", Verdict::Ok, "records");
    says(&findings, "authority", Verdict::Ok, "days left");
    says(&findings, "certificate of the hub", Verdict::Ok, "days left");
    says(&findings, "enrolment", Verdict::Ok, "that of its certificate");
    says(&findings, "approvers", Verdict::Ok, "must sign");
    says(&findings, "policy zz.port-velum.demo", Verdict::Ok, "version 1.0.0 holds until");
    town.events().await.list(ListRequest::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_and_a_lock_that_nobody_has_is_not_made() {
    let mut town = Town::found().await;
    stopped(&mut town).await;
    std::fs::remove_file(town.data_dir().join(LOCK_FILE)).unwrap();
    let before = files(town.path());
    let findings = check(&town, &["--backups", "/nonexistent"]).await;
    assert_eq!(worst(&findings), Verdict::Error, "there are no backups");
    let after = files(town.path());
    let written: Vec<_> = after.iter().filter(|(name, bytes)| before.get(*name) != Some(*bytes)).collect();
    let names: Vec<_> = written.iter().map(|(name, _)| name).collect();
    assert!(before == after, "{names:?} was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_damaged_or_of_a_newer_program_is_told_and_left_of_the_file() {
    let mut town = Town::found().await;
    stopped(&mut town).await;
    let path = town.data_dir().join("hub.sqlite");
    let good = std::fs::read(&path).unwrap();
    let spoil = |at: usize, with: &[u8]| {
        let mut bytes = good.clone();
        bytes.get_mut(at..at + with.len()).unwrap().copy_from_slice(with);
        std::fs::write(&path, &bytes).unwrap();
        bytes
    };
    // `user_version`, in the header (sqlite.org/fileformat.html, 1.3).
    let newer = spoil(60, &99_u32.to_be_bytes());
    says(&check(&town, &[]).await, "database", Verdict::Error, "written by a newer velum-hub (schema 99");
    assert!(newer == std::fs::read(&path).unwrap());
    spoil(60, &8_u32.to_be_bytes());
    let older = check(&town, &[]).await;
    says(&older, "schema", Verdict::Warning, "the next start migrates it");
    says(&older, "policies", Verdict::Warning, "cannot be read");
    spoil(4_096, &[0xa5; 4_096]);
    says(&check(&town, &[]).await, "database", Verdict::Error, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn connectors_are_looked_at_without_being_connected_to() {
    let mut town = Town::found().await;
    town.connectors =
        "[[connector]]\nname = \"dispatch\"\nkind = \"webhook\"\nrecipient = \"dispatch-system\"\n\
         reason = \"dispatch sends stewards\"\nurl = \"https://localhost:9\"\nsecret_file = \"none\"\n"
            .to_owned();
    town.config();
    let findings = check(&town, &[]).await;
    says(&findings, "connector dispatch", Verdict::Error, "cannot be read");
    says(
        &findings,
        "connector dispatch",
        Verdict::Warning,
        "no published policy that has begun has a [[recipient]]",
    );
    says(&findings, "connector dispatch", Verdict::Error, "is not in the open network");
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_that_does_not_answer_is_told_with_its_fix() {
    if !is_server() {
        return;
    }
    let mut town = Town::found().await;
    town.connectors = "[nats]\nservers = [\"nats://127.0.0.1:9\"]\n".to_owned();
    town.config();
    says(
        &check(&town, &[]).await,
        "nats",
        Verdict::Error,
        "the stream `velum` does not answer: IO error: Connection refused",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_cannot_be_read_is_one_finding_with_its_fix() {
    let town = Town::bare().await;
    let path = town.path().join("hub.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("public_host = \"localhost\"", "public_host = \"https://hub\""))
        .unwrap();
    let findings = check(&town, &[]).await;
    says(&findings, "configuration", Verdict::Error, "public_host: found `https://hub`");
    assert!(findings[0].fix.starts_with("expected a host"), "{findings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_never_ran_is_told_what_is_missing_and_nothing_is_made() {
    let mut town = Town::bare().await;
    stopped(&mut town).await;
    std::fs::remove_dir_all(town.data_dir()).unwrap();
    let findings = check(&town, &[]).await;
    says(&findings, "data folder", Verdict::Warning, "is not there yet");
    says(&findings, "database", Verdict::Ok, if is_server() { "answers" } else { "there is none yet" });
    let policies = if is_server() { Verdict::Warning } else { Verdict::Ok };
    says(&findings, "policies", policies, "none is published");
    assert!(!town.data_dir().exists());
}
