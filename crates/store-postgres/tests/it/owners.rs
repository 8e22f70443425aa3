//! Several processes that start, and that want to own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::TestClock;
use store::conformance::builders::ACCOUNT;
use store::{Authorization, Meta as _, NewDeadLetter, StoreError};
use store_postgres::PostgresStore;

use crate::server::Server;

const TTL: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_all_find_the_tables() {
    let server = Server::start().await;
    let clock = TestClock::default();
    let started = (0..5).map(|_| {
        let (options, clock) = (server.options(), clock.clone());
        tokio::spawn(async move {
            let store = PostgresStore::open(Arc::new(clock), options).await.unwrap();
            store.set_meta("started", Some("1")).await.unwrap();
        })
    });
    for process in started.collect::<Vec<_>>() {
        process.await.unwrap();
    }
    let read_only = PostgresStore::open_read_only(Arc::new(clock), server.options())
        .await
        .unwrap();
    assert_eq!(read_only.meta("started").await.unwrap().as_deref(), Some("1"));
    assert!(read_only.set_meta("started", None).await.is_err());
}

#[tokio::test]
async fn whoever_only_reads_makes_nothing_and_migrates_nothing() {
    let server = Server::start().await;
    let clock = TestClock::default();
    let read_only = async || {
        let opened = PostgresStore::open_read_only(Arc::new(clock.clone()), server.options()).await;
        opened.map(|_| ())
    };
    assert!(matches!(read_only().await, Err(StoreError::NotReady(_))));
    server.open(&clock).await.unwrap().close().await;
    read_only().await.unwrap();
    let pool = sqlx::PgPool::connect(&server.url).await.unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)")
        .execute(&pool)
        .await
        .unwrap();
    let Err(StoreError::NotReady(reason)) = read_only().await else {
        panic!("it is read as if it were of this version")
    };
    assert!(reason.contains("older version"), "{reason}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_not_touched() {
    let server = Server::start().await;
    let clock = TestClock::default();
    server.open(&clock).await.unwrap().close().await;
    let pool = sqlx::PgPool::connect(&server.url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', true, '', 1)",
    )
    .execute(&pool)
    .await
    .unwrap();
    let Err(StoreError::Unexpected(reason)) = server.open(&clock).await else {
        panic!("it was opened")
    };
    assert!(reason.contains("newer version"), "{reason}");
}

/// Leases: one owner per epoch, whoever asks at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn of_processes_that_want_the_lease_at_once_one_gets_it() {
    let server = Server::start().await;
    let stores = server.replicas(6).await;
    let fetcher = Authorization {
        account: ACCOUNT,
        role: "fetcher".to_owned(),
    };
    for epoch in 1..=10_u32 {
        let asked = stores.iter().enumerate().map(|(n, store)| {
            let (store, fetcher) = (Arc::clone(store), fetcher.clone());
            tokio::spawn(async move {
                store
                    .acquire_lease(&fetcher, &format!("p{n}"), TTL)
                    .await
                    .unwrap()
            })
        });
        let mut held = Vec::new();
        for lease in asked.collect::<Vec<_>>() {
            held.extend(lease.await.unwrap());
        }
        let [lease] = &held[..] else {
            panic!("{} owners", held.len())
        };
        assert_eq!(lease.epoch, epoch);
        stores[0].release_lease(lease).await.unwrap();
        assert!(matches!(
            stores[1].save_session(lease, 2, 3, None).await,
            Err(StoreError::Fenced { .. })
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_given_up_by_two_is_one() {
    let server = Server::start().await;
    let stores = server.replicas(4).await;
    let letter = NewDeadLetter {
        account: None,
        subject: "tg.live.1.common".into(),
        // Longer than an index row may be.
        body: Bytes::from((0..50_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>()),
        reason: "why".into(),
        attempts: 3,
    };
    let given_up = stores.iter().map(|store| {
        let (store, letter) = (Arc::clone(store), letter.clone());
        tokio::spawn(async move { store.store_dead_letter(&letter).await.unwrap() })
    });
    let mut ids = Vec::new();
    for id in given_up.collect::<Vec<_>>() {
        ids.push(id.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert!(stores[0].mark_redriven(ids[0]).await.unwrap());
    assert_ne!(stores[1].store_dead_letter(&letter).await.unwrap(), ids[0]);
}
