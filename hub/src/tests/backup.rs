use std::fs;
use std::path::{Path, PathBuf};

use velum_proto::v1::ListRequest;

use super::town::{Conversation, Town, events, hello, soon};
use crate::backup::{make, put_back};
use crate::clock::Clock as _;
use crate::clock::simulated::SimulatedClock;

const DAY_MS: i64 = 86_400_000;

async fn stored_sequences(town: &Town) -> Vec<u64> {
    let answer = town.events().await.list(ListRequest::default()).await.unwrap().into_inner();
    answer.records.into_iter().filter_map(|stored| Some(stored.record?.sequence)).collect()
}

/// A hub with four events, backed up while it ran, and gone since.
async fn lost() -> (Town, PathBuf) {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let (mut conversation, _) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await;
    assert_eq!(conversation.batch(events(1..=4)).await.unwrap(), 4);
    let backup = make(&town.config(), &town.path().join("backups"), town.clock.as_ref()).await.unwrap();
    assert_eq!(conversation.batch(events(5..=6)).await.unwrap(), 6);
    town.stop().await;
    fs::rename(town.data_dir(), town.path().join("gone")).unwrap();
    (town, backup)
}

fn log_of(data_dir: &Path) -> String {
    let mut files: Vec<_> =
        fs::read_dir(data_dir.join("audit")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect()
}

#[tokio::test]
async fn what_was_backed_up_comes_back_and_what_came_later_is_a_gap() {
    let (mut town, backup) = lost().await;
    let restored = put_back(&town.config(), &backup, town.clock.as_ref()).await.unwrap();
    assert_eq!(restored.purged, 0);
    town.start().await;
    assert_eq!(stored_sequences(&town).await, [1, 2, 3, 4]);
    // The box has let go of what was acknowledged.
    let lobby = town.box_named("lobby");
    let (mut conversation, _) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(7, 7)).await;
    assert_eq!(conversation.batch(events(7..=7)).await.unwrap(), 7);
    assert_eq!(stored_sequences(&town).await, [1, 2, 3, 4, 7]);
    let is_told = |words: &str| log_of(&town.data_dir()).contains(words);
    let told = async {
        while !(is_told("a backup was made at") && is_told("restored at")) {
            tokio::task::yield_now().await;
        }
    };
    soon("the audit log is told of both", told).await;
    town.stop().await;
}

#[tokio::test]
async fn what_has_become_too_old_does_not_come_back() {
    let (mut town, backup) = lost().await;
    town.clock.advance_ms(i64::from(town.config().retention_days) * DAY_MS + DAY_MS);
    let restored = put_back(&town.config(), &backup, town.clock.as_ref()).await.unwrap();
    assert_eq!(restored.purged, 4);
    town.start().await;
    assert_eq!(stored_sequences(&town).await, [0_u64; 0]);
    town.stop().await;
}

#[tokio::test]
async fn what_is_not_what_was_backed_up_is_refused_and_nothing_is_written() {
    let (town, backup) = lost().await;
    let refused = async |words: &str| {
        let error = put_back(&town.config(), &backup, town.clock.as_ref()).await.unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains(words), "{words}: {error}");
        let left = fs::read_dir(town.data_dir()).map(Iterator::count).unwrap_or_default();
        assert!(left <= usize::from(town.data_dir().join("hub.lock").exists()), "{left} left");
    };
    let [database, manifest] = ["hub.sqlite", "backup.json"].map(|name| backup.join(name));
    let (whole, told) = (fs::read(&database).unwrap(), fs::read_to_string(&manifest).unwrap());

    let mut flipped = whole.clone();
    flipped[200] ^= 1;
    fs::write(&database, flipped).unwrap();
    refused("is not what was backed up").await;
    fs::write(&database, &whole[..whole.len() - 1]).unwrap();
    refused("is not what was backed up").await;
    fs::remove_file(&database).unwrap();
    refused("hub.sqlite").await;
    fs::write(&database, &whole).unwrap();

    for (from, to, words) in [
        ("\"hub.sqlite\"", "\"../hub.sqlite\"", "which no backup has"),
        ("\"hub.sqlite\"", "\"audit/../../x\"", "which no backup has"),
        ("velum-hub-backup", "velum-hub-packup", "expected `velum-hub-backup` version 1"),
        ("\"version\": 1", "\"version\": 2", "restore it with the program that made it"),
        ("\"files\"", "\"file\"", "not the manifest of a backup"),
    ] {
        fs::write(&manifest, told.replace(from, to)).unwrap();
        refused(words).await;
    }
    fs::remove_file(&manifest).unwrap();
    refused("expected the folder of a backup").await;
    fs::write(&manifest, told).unwrap();

    let earlier = SimulatedClock::at(town.clock.unix_ms() - DAY_MS);
    let error = put_back(&town.config(), &backup, &earlier).await.unwrap_err().to_string();
    assert!(error.contains("set the clock right first"), "{error}");

    put_back(&town.config(), &backup, town.clock.as_ref()).await.unwrap();
    let error = put_back(&town.config(), &backup, town.clock.as_ref()).await.unwrap_err().to_string();
    assert!(error.contains("nothing is overwritten"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_finished_leaves_nothing_behind() {
    let (town, backup) = lost().await;
    // No database, but something that cannot be opened as one, by its right digest.
    fs::write(backup.join("hub.sqlite"), "no database, but long enough to have a page of one".repeat(100))
        .unwrap();
    let digest = velum_policy::audit::file_digest(&backup.join("hub.sqlite")).unwrap().to_string();
    let manifest = backup.join("backup.json");
    let mut told: serde_json::Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    told["files"][0]["sha256"] = digest.into();
    told["files"][0]["bytes"] = fs::metadata(backup.join("hub.sqlite")).unwrap().len().into();
    fs::write(&manifest, told.to_string()).unwrap();
    put_back(&town.config(), &backup, town.clock.as_ref()).await.unwrap_err();
    let left: Vec<_> = fs::read_dir(town.data_dir()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(left, ["hub.lock"]);
    // Nor does a backup: here the log is missing.
    let to = town.path().join("more");
    fs::remove_dir_all(town.data_dir()).unwrap();
    fs::rename(town.path().join("gone"), town.data_dir()).unwrap();
    fs::remove_dir_all(town.data_dir().join("audit")).unwrap();
    make(&town.config(), &to, town.clock.as_ref()).await.unwrap_err();
    assert_eq!(fs::read_dir(&to).unwrap().count(), 0);
}

#[tokio::test]
async fn nothing_is_put_under_a_running_hub() {
    let mut town = Town::found().await;
    let backup = make(&town.config(), &town.path().join("backups"), town.clock.as_ref()).await.unwrap();
    let error = put_back(&town.config(), &backup, town.clock.as_ref()).await.unwrap_err().to_string();
    assert!(error.contains("another velum-hub runs"), "{error}");
    town.stop().await;
}
