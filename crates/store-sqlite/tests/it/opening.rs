//! Several processes open a new archive at once.

use std::sync::Arc;

use model::TestClock;
use store::{Accounts as _, StoreError};
use store_sqlite::{SqliteOptions, SqliteStore};

#[tokio::test(flavor = "multi_thread")]
async fn one_makes_the_file_and_the_others_wait_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/archive.db");
    let opening = (0..8).map(|_| {
        let file = file.clone();
        tokio::spawn(async move {
            let clock = Arc::new(TestClock::default());
            let store = SqliteStore::open(&file, clock, SqliteOptions::default())
                .await
                .unwrap();
            store.ensure_account("telegram_backup").await.unwrap().id
        })
    });
    let ids = futures::future::join_all(opening).await;
    let first = ids[0].as_ref().unwrap();
    assert!(ids.iter().all(|id| id.as_ref().unwrap() == first));
}

#[tokio::test]
async fn whoever_only_reads_makes_nothing_and_migrates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archive.db");
    let clock = Arc::new(TestClock::default());
    let options = SqliteOptions::default();
    let read_only = async || {
        let opened = SqliteStore::open_read_only(&file, clock.clone(), options).await;
        opened.map(|_| ())
    };
    assert!(matches!(read_only().await, Err(StoreError::Unavailable(_))));
    assert!(!file.exists());
    std::fs::write(&file, "").unwrap();
    assert!(matches!(read_only().await, Err(StoreError::NotReady(_))));

    let archive = SqliteStore::open(&file, clock.clone(), options).await.unwrap();
    read_only().await.unwrap();
    archive.close().await;
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    // As a version before the last migration left it.
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let Err(StoreError::NotReady(reason)) = read_only().await else {
        panic!("it is read as if it were of this version")
    };
    assert!(
        reason.contains("older version") && reason.contains("telegram-archive run"),
        "{reason}"
    );
}
