//! PostgreSQL keeps the laws of the store.

use std::sync::Arc;

use crate::server::{Server, dump};
use async_trait::async_trait;
use model::TestClock;
use sqlx::Connection as _;
use store::Store;
use store::conformance::Fixture;
use store_postgres::PostgresStore;

struct PostgresFixture {
    store: Arc<PostgresStore>,
    clock: TestClock,
    server: Server,
}

impl PostgresFixture {
    async fn new() -> Self {
        let server = Server::start().await;
        let clock = TestClock::default();
        let store = server.open(&clock).await.unwrap();
        Self {
            store: Arc::new(store),
            clock,
            server,
        }
    }
}

#[async_trait]
impl Fixture for PostgresFixture {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    async fn reopened(&self) -> Arc<dyn Store> {
        Arc::new(self.server.open(&self.clock).await.unwrap())
    }

    async fn analyzed(&self) {
        let mut connection = sqlx::PgConnection::connect(&self.server.url).await.unwrap();
        sqlx::query("ANALYZE").execute(&mut connection).await.unwrap();
    }

    async fn dump(&self) -> Vec<String> {
        dump(&self.server.url).await
    }
}

store::conformance_suite!(PostgresFixture::new());
