//! Small facts.

use async_trait::async_trait;

use crate::StoreError;

/// Keys and values; each key has one writing service.
#[async_trait]
pub trait Meta: Send + Sync {
    /// The value.
    async fn meta(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Sets it; `None` removes it.
    async fn set_meta(&self, key: &str, value: Option<&str>) -> Result<(), StoreError>;

    /// Sets it if it has no value; answers what it has then, whoever was first.
    async fn ensure_meta(&self, key: &str, value: &str) -> Result<String, StoreError>;

    /// Answers if the database can be read now, within its timeout.
    async fn ping(&self) -> Result<(), StoreError>;
}
