//! SQLite keeps the laws of the store.

use crate::fixture::SqliteFixture;

store::conformance_suite!(SqliteFixture::new());
