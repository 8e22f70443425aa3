//! What was once committed stays: nothing archived is destroyed.

use std::collections::BTreeSet;

use sqlx::{AnyConnection, Row as _};

use super::hex;

/// Versions: everything a message was ever known to say. Tombstones, and what was admitted, are final.
const LASTING: [&str; 3] = [
    "SELECT 'version' AS what, box, id, edit_date, hash, text FROM messages
     UNION SELECT 'version', box, id, edit_date, hash, text FROM message_versions",
    "SELECT 'tombstone' AS what, box, id, CAST(0 AS bigint) AS edit_date, hash, '' AS text FROM operations o
     WHERE kind = 'delete' AND EXISTS (SELECT 1 FROM tombstones t WHERE (t.account, t.box, t.id) = (o.account, o.box, o.id))",
    "SELECT 'admitted ' || kind AS what, box, id, edit_date, hash, '' AS text FROM verdicts WHERE verdict = 'admitted'",
];

/// What was seen in the database at any time.
#[derive(Debug, Default)]
pub struct Kept(BTreeSet<String>);

async fn lasting(database: &mut AnyConnection) -> anyhow::Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for sql in LASTING {
        for row in sqlx::query(sql).fetch_all(&mut *database).await? {
            all.insert(format!(
                "{} of message {} of box {}, edited at {}: {} {:?}",
                row.get::<&str, _>("what"),
                row.get::<i64, _>("id"),
                row.get::<i64, _>("box"),
                row.get::<i64, _>("edit_date"),
                hex(&row.get::<Vec<u8>, _>("hash")),
                row.get::<&str, _>("text")
            ));
        }
    }
    Ok(all)
}

impl Kept {
    /// Looks once more.
    pub async fn look(&mut self, database: &mut AnyConnection) -> anyhow::Result<()> {
        self.0.extend(lasting(database).await?);
        Ok(())
    }

    /// What was there and is not any more.
    pub async fn lost(&self, database: &mut AnyConnection) -> anyhow::Result<Vec<String>> {
        let now = lasting(database).await?;
        Ok(self
            .0
            .difference(&now)
            .map(|gone| format!("it was there and is gone: {gone}"))
            .collect())
    }

    /// How much was seen.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
