//! The servers start, forget nothing over a restart and end.

use testkit::{Nats, Postgres};

#[tokio::test]
async fn postgres_gives_databases_and_comes_back() -> anyhow::Result<()> {
    let mut server = Postgres::start_own().await?;
    let first = server.database().await?;
    assert_ne!(first.url, server.database().await?.url);
    server.stop().await?;
    assert!(server.database().await.is_err());
    server.start_again().await?;
    server.database().await?;
    Ok(())
}

#[tokio::test]
async fn nats_comes_back_on_its_port() -> anyhow::Result<()> {
    let mut server = Nats::start().await?;
    let url = server.url();
    server.stop().await?;
    server.start_again().await?;
    assert_eq!(url, server.url());
    server.kill().await?;
    server.start_again().await?;
    Ok(())
}
