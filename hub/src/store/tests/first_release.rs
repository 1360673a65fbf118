//! A database of the first hub, opened by today's: everything is as it was. Ids in it are the first 16 bytes of the SHA-256
//! of `a`, `alert`, `e1` and so on.

use sqlx::{Row as _, SqlitePool};
use velum_proto::v1::{CoverageState, EventKind, EventState, event::Body, record::End};

use super::*;
use crate::store::sqlite::known;

const DUMP: &str = include_str!("first_release.sql");
const HOUR_UNIX_SECS: i64 = 1_795_269_600;

fn id(text: &str) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref()[..16].to_vec()
}

/// A file made of the dump, closed again.
async fn first_release(dir: &std::path::Path) -> std::path::PathBuf {
    let path = dir.join("hub.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(DUMP).execute(&pool).await.unwrap();
    pool.close().await;
    path
}

#[tokio::test]
async fn everything_of_the_first_release_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    first_release(dir.path()).await;
    let store = Store::open(&DatabaseConfig::File(dir.path().to_owned())).await.unwrap();

    let boxes = store.summary(NOW_UNIX_MS).await.unwrap();
    let names: Vec<_> = boxes.iter().map(|one| one.r#box.as_str()).collect();
    assert_eq!(names, ["lobby", "new", "yard"]);
    let lobby = &boxes[0];
    assert_eq!((lobby.last_seen_unix_ms, lobby.version.as_str()), (Some(NOW_UNIX_MS), "0.1.0"));
    assert_eq!((lobby.policy_digest.len(), lobby.model_digests.len()), (32, 2));
    let first = lobby.incarnations.iter().find(|one| one.incarnation == id("a")).unwrap();
    assert_eq!(
        (first.stored, first.withheld, first.expired, first.lost, first.missing, first.highest_sequence),
        (3, 1, 1, 0, 2, 7)
    );
    assert!(store.is_revoked(&Name::parse("lobby").unwrap(), 1).await.unwrap());
    assert!(!store.is_revoked(&Name::parse("lobby").unwrap(), 2).await.unwrap());

    let coverage = &lobby.coverage;
    assert_eq!(coverage.len(), 2);
    let newest = coverage.iter().find(|bin| bin.hour_unix_secs == HOUR_UNIX_SECS).unwrap();
    let analysed = CoverageState::Analysed as i32;
    assert_eq!((newest.camera.as_str(), newest.secs_by_state[&analysed]), ("plaza-1", 1_700));
    assert_eq!(newest.secs_by_state[&(CoverageState::Dark as i32)], 100);

    let records = store.page(0, 100, &Selection::default()).await.unwrap().records;
    let seen: Vec<_> = records.iter().map(|one| (one.cursor, one.r#box.as_str())).collect();
    assert_eq!(
        seen,
        [(2, "lobby"), (3, "lobby"), (4, "lobby"), (5, "lobby"), (6, "lobby"), (7, "lobby"), (8, "yard")],
        "no cursor is given twice"
    );
    let ends: Vec<&End> =
        records.iter().map(|one| one.record.as_ref().unwrap().end.as_ref().unwrap()).collect();
    let [
        End::Event(bag),
        End::Withheld(withheld),
        End::Event(crowd),
        End::Expired(expired),
        End::Event(cleared),
        End::Lost(lost),
        End::Event(health),
    ] = ends.as_slice()
    else {
        panic!("{ends:?}");
    };
    assert_eq!(
        (bag.id.clone(), bag.kind(), bag.state()),
        (id("e1"), EventKind::AbandonedObject, EventState::Raised)
    );
    assert!(matches!(&bag.body, Some(Body::AbandonedObject(object)) if object.object_kind() == "suitcase"));
    assert_eq!((bag.zone(), bag.explanation[0].code.as_str()), ("ramp", "unattended_secs"));
    assert_eq!(withheld.rule, "min_group");
    assert!(matches!(&crowd.body, Some(Body::CrowdDensity(density)) if density.level() == "yellow"));
    assert_eq!(crowd.staged(), "demonstration");
    assert_eq!(expired.key_day, "2026-11-19");
    assert_eq!((cleared.state(), &cleared.alert_id), (EventState::Cleared, &bag.alert_id));
    assert_eq!((lost.cause.as_str(), lost.last_known_sequence()), ("database_unreadable", 7));
    assert!(
        matches!(&health.body, Some(Body::CameraHealth(health)) if health.state() == CoverageState::Dark)
    );
    store.close().await;
}

#[tokio::test]
async fn an_alert_of_that_time_can_be_found_by_its_id_and_the_hub_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    first_release(dir.path()).await;
    let store = Store::open(&DatabaseConfig::File(dir.path().to_owned())).await.unwrap();
    let found = store.event(&id("e1")).await.unwrap().unwrap();
    assert_eq!((found.of.as_str(), found.stored_unix_ms), ("lobby", NOW_UNIX_MS));
    // A token that waited, and numbers that go on after the newest.
    let name = Name::parse("lobby").unwrap();
    let source = Source { name, incarnation: Incarnation(id("a").try_into().unwrap()) };
    let hello = ValidHello { incarnation: source.incarnation, ..hello(8) };
    assert_eq!(store.greet(&source, &hello, NOW_UNIX_MS).await.unwrap().acknowledged, 7);
    assert_eq!(store.ingest(&source, events(8..=9), NOW_UNIX_MS).await.unwrap().acknowledged, 9);
    let token = ring::digest::digest(&ring::digest::SHA256, b"token");
    let state = store.token_state(token.as_ref(), NOW_UNIX_MS).await.unwrap();
    assert!(matches!(state, TokenState::Good(row) if row.name == "new"));
    store.close().await;
    // Migrated once: opened again, nothing changes.
    let again = Store::open(&DatabaseConfig::File(dir.path().to_owned())).await.unwrap();
    let (_, schema) = Store::beside(&DatabaseConfig::File(dir.path().to_owned())).await.unwrap().unwrap();
    assert_eq!(schema.found, known());
    again.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_schema_is_refused_in_words_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = first_release(dir.path()).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 99").execute(&pool).await.unwrap();
    let before = rows(&pool).await;
    pool.close().await;
    let refused = Store::open(&DatabaseConfig::File(dir.path().to_owned())).await.unwrap_err().to_string();
    let words = format!("written by a newer velum-hub (schema 99, this program knows {})", known());
    assert!(refused.contains(&words), "{refused}");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).read_only(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    assert_eq!(rows(&pool).await, before);
    let row = sqlx::query("PRAGMA user_version").fetch_one(&pool).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 99);
    pool.close().await;
}

/// The schema in words, and how much is in it.
async fn rows(pool: &SqlitePool) -> Vec<String> {
    let schema = sqlx::query("SELECT name || COALESCE(sql, '') FROM sqlite_schema ORDER BY name")
        .fetch_all(pool)
        .await;
    let mut all: Vec<String> = schema.unwrap().iter().map(|row| row.get(0)).collect();
    for table in ["box", "record", "coverage", "hole", "incarnation", "enrolment_token"] {
        let row = sqlx::query(&format!("SELECT COUNT(*) FROM {table}")).fetch_one(pool).await.unwrap();
        all.push(format!("{table}: {}", row.get::<i64, _>(0)));
    }
    all
}
