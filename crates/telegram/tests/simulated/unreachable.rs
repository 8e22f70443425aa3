//! Data centres that do not answer: nothing waits for ever, and closing ends everything.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::{SystemClock, TestClock};
use rsa::pkcs1::EncodeRsaPublicKey as _;
use secrecy::SecretString;
use store::{Accounts as _, Authorization, Leases as _};
use store_sqlite::{SqliteOptions, SqliteStore};
use telegram::{
    ConnectionState, CustomDc, DcSet, Device, Login as _, OpenOptions, RsaKey, SessionKey, Stamps,
    Telegram as _, TelegramClient, TelegramError, TelegramLogin, Timeouts, Unlimited,
};
use tokio::net::TcpListener;

fn some_key() -> RsaKey {
    let mut n = [0xc5; 256];
    n[255] = 1;
    let key = rsa::RsaPublicKey::new(rsa::BigUint::from_bytes_be(&n), rsa::BigUint::from(65_537u32)).unwrap();
    RsaKey::from_pem(&key.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).unwrap()).unwrap()
}

async fn client(dir: &tempfile::TempDir, address: SocketAddr) -> TelegramClient {
    let path = dir.path().join("a.db");
    let store = Arc::new(
        SqliteStore::open(&path, Arc::new(SystemClock), SqliteOptions::default())
            .await
            .unwrap(),
    );
    let account = store.ensure_account("a").await.unwrap().id;
    let authorization = Authorization {
        account,
        role: "fetcher".to_owned(),
    };
    let lease = store
        .acquire_lease(&authorization, "test", Duration::from_mins(5))
        .await
        .unwrap()
        .unwrap();
    let brief = Duration::from_millis(100);
    TelegramClient::open(OpenOptions {
        stamps: Arc::new(Stamps::new(lease.epoch)),
        lease,
        sessions: store.clone(),
        accounts: store,
        session_key: SessionKey::from_bytes([1; 32]),
        api_id: 1,
        api_hash: SecretString::from("hash"),
        dc_set: DcSet::Custom(CustomDc {
            address,
            dc_id: 2,
            rsa_key: some_key(),
        }),
        clock: Arc::new(TestClock::default()),
        budget: Arc::new(Unlimited),
        device: Device::default(),
        timeouts: Timeouts {
            call: brief,
            file: brief,
            exchange: brief,
            longest_pause: brief,
            idle_probe: brief,
        },
    })
    .await
    .unwrap()
}

/// A log-in attempt that shows a reason, and ends when the connection is closed.
async fn tries_until_closed(address: SocketAddr, expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    let client = client(&dir, address).await;
    assert!(matches!(client.me().await, Err(TelegramError::LoginRequired(_))));
    let mut state = client.state();
    let login = TelegramLogin::new(&client);
    let asking = tokio::spawn(async move { login.request_code(&SecretString::from("+1")).await });
    let failing = state
        .wait_for(|s| matches!(s, ConnectionState::LoginRequired { reason } if reason.contains(expected)));
    let shown = failing.await.map(|s| s.clone());
    assert!(shown.is_ok(), "{shown:?}");
    client.disconnect().await;
    let ended = asking.await.unwrap();
    assert!(
        matches!(ended, Err(telegram::LoginError::Telegram(TelegramError::Closed))),
        "{ended:?}"
    );
    assert!(matches!(client.updates().await, Err(TelegramError::Closed)));
}

#[tokio::test]
async fn a_data_centre_that_accepts_and_never_answers_does_not_block_anything() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepting = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    tries_until_closed(address, "does not answer").await;
    accepting.abort();
}

#[tokio::test]
async fn a_refused_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    tries_until_closed(address, "no key could be agreed on").await;
}
