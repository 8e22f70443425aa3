//! How a client shows who it is, and whom it trusts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use bus::{Bus, BusError};
use bus_nats::{NatsBus, NatsOptions};
use bytes::Bytes;
use model::{AccountId, BoxId};
use secrecy::SecretString;
use testkit::Nats;
use tokio::process::Command;
use wire::Subject;

async fn publish(options: NatsOptions) -> Result<(), BusError> {
    let bus = NatsBus::connect(options).await?;
    bus.health().await?;
    let subject = Subject::Live(AccountId(1), BoxId::Common);
    bus.publish(&subject, Bytes::from_static(b"x")).await
}

fn to(url: String) -> NatsOptions {
    NatsOptions::new(SecretString::from(url))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_a_password_is_let_in() {
    let server = Nats::start_with(&["--user", "archive", "--pass", "p@ss/wörd"])
        .await
        .unwrap();
    let port = server.port();
    publish(to(format!("nats://archive:p%40ss%2Fw%C3%B6rd@127.0.0.1:{port}")))
        .await
        .unwrap();
    let refused = publish(to(format!("nats://archive:other@127.0.0.1:{port}"))).await;
    assert!(matches!(refused, Err(BusError::Unavailable(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_let_in() {
    let server = Nats::start_with(&["--auth", "s3cret"]).await.unwrap();
    let port = server.port();
    publish(to(format!("nats://s3cret@127.0.0.1:{port}")))
        .await
        .unwrap();
    let refused = publish(to(format!("nats://127.0.0.1:{port}"))).await;
    assert!(matches!(refused, Err(BusError::Unavailable(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_credentials_file_is_named() {
    let options = NatsOptions {
        credentials_file: Some("/nowhere/archive.creds".into()),
        ..to("nats://127.0.0.1:1".to_owned())
    };
    let Err(BusError::Unavailable(reason)) = publish(options).await else {
        panic!("connected");
    };
    assert!(reason.contains("/nowhere/archive.creds"), "{reason}");
}

async fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .await
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_trusts_the_authority_that_is_named_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path()).await;
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let server = Nats::start_with(&[
        "--tls",
        "--tlscert",
        cert.to_str().unwrap(),
        "--tlskey",
        key.to_str().unwrap(),
    ])
    .await
    .unwrap();
    let url = format!("tls://127.0.0.1:{}", server.port());
    let trusting = NatsOptions {
        root_certificates: Some(cert),
        ..to(url.clone())
    };
    publish(trusting).await.unwrap();
    let refused = publish(to(url)).await;
    assert!(matches!(refused, Err(BusError::Unavailable(_))), "{refused:?}");
}
