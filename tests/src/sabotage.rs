//! Planted errors, which the comparison must find.

use std::path::Path;

use sqlx::{AnyPool, Row as _};

use crate::compare::hex;

/// An error that is planted before the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sabotage {
    /// A message is removed.
    Row,
    /// A text is changed.
    Text,
    /// A byte of a file is flipped.
    Byte,
    /// A held operation is forgotten.
    Held,
}

/// Plants it; `media` is the folder of files.
pub async fn plant(sabotage: Sabotage, pool: &AnyPool, media: &Path) -> anyhow::Result<()> {
    match sabotage {
        Sabotage::Row => {
            sqlx::query(
                "DELETE FROM messages WHERE docid = (SELECT docid FROM messages WHERE chat = 2001 ORDER BY id LIMIT 1)",
            )
            .execute(pool)
            .await?;
        }
        Sabotage::Text => {
            sqlx::query(
                "UPDATE messages SET text = text || '!'
                 WHERE docid = (SELECT docid FROM messages WHERE chat = 2002 ORDER BY id LIMIT 1)",
            )
            .execute(pool)
            .await?;
        }
        Sabotage::Held => {
            sqlx::query(
                "UPDATE operations SET state = 'rejected'
                 WHERE operation = (SELECT max(operation) FROM operations WHERE state = 'held')",
            )
            .execute(pool)
            .await?;
        }
        Sabotage::Byte => {
            let row =
                sqlx::query("SELECT sha256 FROM media WHERE state = 'stored' AND owner = 'message' LIMIT 1")
                    .fetch_one(pool)
                    .await?;
            let sha256 = hex(&row.get::<Vec<u8>, _>(0));
            let path = media.join("_shared").join(&sha256[..2]).join(&sha256);
            let mut bytes = std::fs::read(&path)?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&path, bytes)?;
        }
    }
    Ok(())
}
