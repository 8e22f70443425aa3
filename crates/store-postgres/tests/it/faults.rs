//! A server that goes away, hangs or refuses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use model::{BoxId, TestClock};
use store::conformance::builders::{ACCOUNT, PRIVATE, batch, text};
use store::{ApplyOptions, ArchiveReader as _, ArchiveWriter as _, Meta as _, StoreError};
use store_postgres::{PostgresOptions, PostgresStore};
use testkit::{Postgres, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::server::Server;

fn impatient(url: &str) -> PostgresOptions {
    PostgresOptions {
        connections: 2,
        readers: 2,
        connect_timeout: Duration::from_millis(500),
        statement_timeout: Duration::from_secs(1),
        ..PostgresOptions::new(url.to_owned().into())
    }
}

async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(Arc::new(TestClock::default()), impatient(url))
        .await
        .unwrap()
}

fn unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

/// The writer's way: what is unavailable is tried again, unchanged.
async fn write(store: &PostgresStore, id: i64) -> u32 {
    let batch = [batch(PRIVATE, vec![text(PRIVATE, id, 1, 0, "kept")])];
    let mut waited = 0;
    eventually("a batch is committed", async || {
        match store.apply(&batch, ApplyOptions::default()).await {
            Ok(_) => Some(()),
            Err(error) => {
                assert!(error.is_transient(), "{error}");
                waited += 1;
                None
            }
        }
    })
    .await
    .unwrap();
    waited
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_unavailable_and_the_store_heals_when_it_is_back() {
    let mut server = Postgres::start_own().await.unwrap();
    let store = open(&server.database().await.unwrap().url).await;
    write(&store, 1).await;
    server.stop().await.unwrap();
    let one = [batch(PRIVATE, vec![text(PRIVATE, 2, 1, 0, "x")])];
    assert!(unavailable(&store.apply(&one, ApplyOptions::default()).await));
    assert!(unavailable(&store.ping().await));
    assert!(unavailable(&store.set_meta("a", Some("b")).await));
    server.start_again().await.unwrap();
    write(&store, 2).await;
    assert!(store.message(ACCOUNT, BoxId::Common, 2).await.unwrap().is_some());
}

/// Batches written while the server crashes and comes back are all there, each once.
#[tokio::test(flavor = "multi_thread")]
async fn batches_written_over_a_crash_are_all_there() {
    let mut server = Postgres::start_own().await.unwrap();
    let store = open(&server.database().await.unwrap().url).await;
    let writing = async {
        let mut waited = 0;
        for id in 1..=300 {
            waited += write(&store, id).await;
        }
        waited
    };
    let crash = async {
        eventually("some are written", async || {
            let stored = store.statistics(ACCOUNT).await.ok()?.messages;
            (stored > 10).then_some(())
        })
        .await
        .unwrap();
        server.stop().await.unwrap();
        server.start_again().await.unwrap();
    };
    let (waited, ()) = tokio::join!(writing, crash);
    assert!(waited > 0, "the crash was not noticed");
    assert_eq!(store.statistics(ACCOUNT).await.unwrap().messages, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_somebody_keeps_ends_the_call_and_not_the_store() {
    let server = Server::start().await;
    let store = open(&server.url).await;
    let pool = sqlx::PgPool::connect(&server.url).await.unwrap();
    let mut other = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *other)
        .await
        .unwrap();
    let one = [batch(PRIVATE, vec![text(PRIVATE, 1, 1, 0, "x")])];
    for _ in 0..4 {
        assert!(unavailable(&store.apply(&one, ApplyOptions::default()).await));
    }
    assert!(unavailable(&store.message(ACCOUNT, BoxId::Common, 1).await));
    store.ping().await.unwrap();
    other.rollback().await.unwrap();
    write(&store, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_postgresql_cannot_hold_is_refused() {
    let server = Server::start().await;
    let store = open(&server.url).await;
    let bad = [batch(PRIVATE, vec![text(PRIVATE, 1, 1, 0, "a\0b")])];
    assert!(matches!(
        store.apply(&bad, ApplyOptions::default()).await,
        Err(StoreError::Refused(_))
    ));
    write(&store, 1).await;
}

/// Passes bytes on until it is frozen; a connection that met the frost never thaws.
struct Proxy {
    address: SocketAddr,
    frozen: Arc<AtomicBool>,
}

impl Proxy {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let frozen = Arc::new(AtomicBool::new(false));
        let frost = Arc::clone(&frozen);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let ((cr, cw), (sr, sw)) = (client.into_split(), server.into_split());
                tokio::spawn(pass(cr, sw, Arc::clone(&frost)));
                tokio::spawn(pass(sr, cw, Arc::clone(&frost)));
            }
        });
        Self { address, frozen }
    }
}

async fn pass(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    frozen: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if frozen.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// A network that swallows everything: every call ends, and no dead connection keeps a place in the pool.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_everything_ends_calls_and_leaves_no_dead_connection() {
    let server = Server::start().await;
    let url = url_parts(&server.url);
    let proxy = Proxy::to(url.1).await;
    let store = open(&format!("postgres://postgres@{}/{}", proxy.address, url.0)).await;
    write(&store, 1).await;
    store.ping().await.unwrap();
    // As many calls as there are connections are under way when it happens; they wait for somebody's lock.
    let pool = sqlx::PgPool::connect(&server.url).await.unwrap();
    let mut other = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *other)
        .await
        .unwrap();
    let call = async |id: i64| {
        let one = [batch(PRIVATE, vec![text(PRIVATE, id, 1, 0, "x")])];
        store.apply(&one, ApplyOptions::default()).await
    };
    let freeze = async {
        eventually("two calls wait", async || {
            let waiting = sqlx::query_as::<_, (i64,)>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            );
            (waiting.fetch_one(&pool).await.unwrap().0 == 2).then_some(())
        })
        .await
        .unwrap();
        proxy.frozen.store(true, Ordering::SeqCst);
    };
    let (a, b, ()) = tokio::join!(call(2), call(10_000), freeze);
    assert!(unavailable(&a) && unavailable(&b));
    other.rollback().await.unwrap();
    // And calls after it.
    assert!(unavailable(&call(2).await));
    assert!(unavailable(&store.ping().await));
    proxy.frozen.store(false, Ordering::SeqCst);
    write(&store, 2).await;
    eventually("reading works again", async || store.ping().await.ok())
        .await
        .unwrap();
}

/// (database, port) of a test server's URL.
fn url_parts(url: &str) -> (String, u16) {
    let (rest, database) = url.rsplit_once('/').unwrap();
    let port = rest.rsplit_once(':').unwrap().1;
    (database.to_owned(), port.parse().unwrap())
}
