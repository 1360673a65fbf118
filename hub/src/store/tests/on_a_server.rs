//! What only a PostgreSQL server can do to a hub. Run by `tests::on_postgres`, with all others.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::config::ServerConfig;
use crate::store::engine::{Pool, Row};
use crate::tests::database::{of, psql, server_dir};
use crate::tests::town::soon;

/// As soon as somebody must have waited, if they do at all.
const A_MOMENT: Duration = Duration::from_millis(200);

async fn open(server: ServerConfig) -> Result<Store, String> {
    Store::open(&DatabaseConfig::Server(server)).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn beyond_a_socket_the_server_is_spoken_to_by_tls_and_a_password_that_no_error_tells() {
    let Some(server) = server_dir() else { return };
    psql(&server, "CREATE ROLE far LOGIN PASSWORD 'geheim'; CREATE SCHEMA far AUTHORIZATION far");
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good"), dir.path().join("bad"));
    crate::secret_file::write(&good, "geheim\n", 0o600);
    crate::secret_file::write(&bad, "geheimer", 0o600);
    let (authority, _, _) = crate::tests::town::server_certificate("elsewhere");
    let other = dir.path().join("other.pem");
    std::fs::write(&other, authority).unwrap();
    let with = |host: &str, password: &std::path::Path, authority: &std::path::Path| ServerConfig {
        host: host.to_owned(),
        password_file: Some(password.to_owned()),
        ca_file: Some(authority.to_owned()),
        ..of(&server, "far")
    };
    let own = server.join("authority.pem");
    open(with("localhost", &good, &own)).await.unwrap().close().await;
    for (config, expected) in [
        (with("localhost", &bad, &own), "database.password_file"),
        (with("localhost", &good, &other), "certificate"),
        // Its certificate is good for `localhost` alone.
        (with("127.0.0.1", &good, &own), "certificate"),
        (with("localhost", &dir.path().join("none"), &own), "cannot be read"),
    ] {
        let error = open(config).await.unwrap_err();
        assert!(error.contains(expected) && !error.contains("geheim"), "{error}");
    }
    crate::secret_file::write(&good, "geheim\n", 0o644);
    assert!(open(with("localhost", &good, &own)).await.unwrap_err().contains("can be read by others"));
}

#[tokio::test]
async fn a_server_that_would_lose_what_was_acknowledged_is_refused() {
    let Some(server) = server_dir() else { return };
    psql(&server, "CREATE ROLE careless LOGIN; CREATE SCHEMA careless AUTHORIZATION careless");
    psql(&server, "ALTER ROLE careless SET synchronous_commit = off");
    let error = open(of(&server, "careless")).await.unwrap_err();
    assert!(error.contains("would lose what was acknowledged"), "{error}");
}

/// Columns of all tables, but for what either engine keeps for itself.
async fn columns(store: &Store, sql: &str) -> BTreeSet<(String, String)> {
    let rows = query(sql).fetch_all(&store.readers).await.unwrap();
    let column = |row: &Row| (row.try_get::<String>(0).unwrap(), row.try_get::<String>(1).unwrap());
    let own = |table: &str| {
        table.starts_with("sqlite_")
            || ["newest_number", "schema_version", "replica", "box_session"].contains(&table)
    };
    rows.iter().map(column).filter(|(table, _)| !own(table)).collect()
}

#[tokio::test]
async fn the_same_tables_on_both_engines() {
    let Some(_) = server_dir() else { return };
    let dir = tempfile::tempdir().unwrap();
    let there = Store::open(&crate::tests::database::at(dir.path())).await.unwrap();
    let here = Store::open(&DatabaseConfig::File(dir.path().to_owned())).await.unwrap();
    let of_server = columns(
        &there,
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema()",
    )
    .await;
    let of_file = columns(
        &here,
        "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table'",
    )
    .await;
    assert_eq!(of_server, of_file);
    assert!(of_file.len() > 150, "{of_file:?}");
}

#[tokio::test]
async fn a_text_with_a_nul_is_kept_without_it() {
    let hub = Hub::new().await;
    let name = source().name;
    hub.store.policy_offered(&name, &[1]).await.unwrap();
    hub.store.policy_answered(&name, &[1], (3, "no\0thing")).await.unwrap();
    let reason = &hub.store.box_policies().await.unwrap()[0].reason;
    let expected = if server_dir().is_some() { "no\u{fffd}thing" } else { "no\0thing" };
    assert_eq!(reason, expected);
}

#[tokio::test]
async fn a_turn_is_kept_while_it_is_held_though_the_server_ends_who_is_silent() {
    let Some(_) = server_dir() else { return };
    let hub = Hub::new().await;
    let (lock, try_lock) = ("SELECT pg_advisory_xact_lock(77)", "SELECT pg_try_advisory_xact_lock(77)");
    for (every, is_kept) in [(A_MOMENT, true), (Duration::from_secs(3_600), false)] {
        let mut transaction = hub.store.readers.begin_turn().await.unwrap();
        query("SET LOCAL idle_in_transaction_session_timeout = '1500ms'")
            .execute(&mut transaction)
            .await
            .unwrap();
        query(lock).execute(&mut transaction).await.unwrap();
        let (held, over) = tokio::sync::oneshot::channel();
        tokio::spawn(crate::store::replicas::keep(transaction, every, over));
        query("SELECT pg_sleep(3)").execute(&hub.store.readers).await.unwrap();
        let is_free = async || {
            let mut other = hub.store.readers.begin_turn().await.unwrap();
            query(try_lock).fetch_one(&mut other).await.unwrap().try_get::<bool>(0).unwrap()
        };
        assert_eq!(is_free().await, !is_kept);
        drop(held);
        soon("the turn is over", async { while !is_free().await {} }).await;
    }
}

/// Two hubs write at once: a cursor that somebody sees has none below it that comes later.
#[tokio::test(flavor = "multi_thread")]
async fn cursors_become_visible_in_their_order_though_two_hubs_write() {
    let hub = Hub::new().await;
    let config = crate::tests::database::at(hub.dir.path());
    let other = Store::open(&config).await.unwrap();
    let write = async |store: &Store, of: u8| {
        let source = Source { incarnation: Incarnation([of; 16]), ..source() };
        for first in (1..200).step_by(4) {
            let records: Vec<_> = events(first..=first + 3)
                .into_iter()
                .map(|record| ValidRecord {
                    event_id: record.event_id.map(|id| [&[of], &id[1..]].concat()),
                    ..record
                })
                .collect();
            store.ingest(&source, records, NOW_UNIX_MS).await.unwrap();
        }
    };
    let watcher = Store::open(&config).await.unwrap();
    let watch = async {
        let (mut after, mut seen) = (0, Vec::new());
        while seen.len() < 400 {
            let page = watcher.page(after, 1_000, &Selection::default()).await.unwrap();
            seen.extend(page.records.iter().map(|record| record.cursor));
            after = seen.last().copied().unwrap_or(0);
        }
        seen
    };
    let (seen, (), ()) =
        soon("all is seen", async { tokio::join!(watch, write(&hub.store, 1), write(&other, 2)) }).await;
    assert_eq!(seen, (1..=400).collect::<Vec<u64>>());
}

#[tokio::test]
async fn one_who_writes_waits_for_the_other() {
    let hub = Hub::new().await;
    let other = Store::open(&crate::tests::database::at(hub.dir.path())).await.unwrap();
    let transaction = hub.store.begin().await.unwrap();
    let (source, hello) = (source(), hello(1));
    let mut waiting = std::pin::pin!(other.greet(&source, &hello, NOW_UNIX_MS));
    assert!(tokio::time::timeout(A_MOMENT, &mut waiting).await.is_err(), "it did not wait");
    drop(transaction);
    soon("the other goes on", waiting).await.unwrap();
}

/// A hub that went away in the middle of a transaction.
#[tokio::test]
async fn a_connection_that_is_cut_is_replaced() {
    let hub = Hub::new().await;
    hub.ingest(1..=3).await;
    let Pool::Postgres(readers) = &hub.store.readers else { return };
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()";
    sqlx::query(cut).execute(readers).await.unwrap();
    assert_eq!(hub.ingest(4..=5).await, 5);
    assert_eq!(hub.stored().await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn what_is_deleted_on_one_hub_is_heard_on_the_other() {
    let Some(_) = server_dir() else { return };
    let hub = Hub::new().await;
    hub.ingest(1..=3).await;
    let other = std::sync::Arc::new(Store::open(&crate::tests::database::at(hub.dir.path())).await.unwrap());
    let before = other.erasures();
    let listening = tokio::spawn(std::sync::Arc::clone(&other).listen());
    // It begins with every word once: what was said before it listened is not known.
    let heard = async |more: u64| {
        while other.erasures() < before + more {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon("it listens", heard(1)).await;
    hub.store.purge(NOW_UNIX_MS + 1, NOW_UNIX_MS + 1).await.unwrap();
    soon("it hears of the deletion", heard(2)).await;
    listening.abort();
}

#[tokio::test]
async fn a_hub_that_cannot_tell_the_others_hears_itself() {
    let hub = Hub::new().await;
    let before = hub.store.erasures();
    hub.store.close().await;
    let said = hub.store.say(crate::store::Word::Erasures).await;
    assert_eq!(said.is_err(), server_dir().is_some(), "there are others on a server alone");
    assert_eq!(hub.store.erasures(), before + 1);
}
