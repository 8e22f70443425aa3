//! Several processes open a new archive at once.

use std::sync::Arc;

use model::TestClock;
use store::Accounts as _;
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
