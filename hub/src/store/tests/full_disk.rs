//! A full disk refuses what comes, and nothing more: with room made, the same store goes on.

use super::*;
use crate::store::engine::Transaction;

async fn most_pages(hub: &Hub, most: i64) {
    let pragma = format!("PRAGMA max_page_count = {most}");
    hub.raw(&pragma, "").await;
}

#[tokio::test]
async fn once_there_is_room_again_the_store_goes_on() {
    let hub = Hub::new().await;
    hub.ingest(1..=3).await;
    // SQLite raises it to what the file has already.
    most_pages(&hub, 1).await;
    let refused = hub.store.ingest(&source(), events(4..=2_000), NOW_UNIX_MS).await.unwrap_err();
    let dir = hub.dir.path().display();
    assert_eq!(
        refused.to_string(),
        format!("disk full at {dir} (the folder of `data_dir`); make room, no restart is needed")
    );
    most_pages(&hub, i64::from(u32::MAX >> 1)).await;
    assert_eq!(hub.stored().await, [1, 2, 3]);
    assert_eq!(hub.ingest(4..=2_000).await, 2_000);
    assert_eq!(hub.numbers().await, (2_000, 0, 2_000));
}

/// What SQLite does at times when the disk is full, behind sqlx's back.
#[tokio::test]
async fn a_transaction_that_sqlite_rolled_back_by_itself_does_not_block_the_next() {
    let hub = Hub::new().await;
    let mut transaction = hub.store.begin().await.unwrap();
    let Transaction::Sqlite(within) = &mut transaction else { panic!("not the file") };
    sqlx::raw_sql("ROLLBACK").execute(&mut **within).await.unwrap();
    drop(transaction);
    assert_eq!(hub.ingest(1..=3).await, 3);
    assert_eq!(hub.numbers().await, (3, 0, 3));
}
