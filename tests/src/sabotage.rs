//! Planted errors, which the comparison must find.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use sqlx::{AnyConnection, Row as _};

use crate::compare::hex;

/// An error that is planted before the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sabotage {
    /// A message is removed.
    Row,
    /// A text is changed.
    Text,
    /// What a message said before it was edited is removed.
    Version,
    /// A deletion is forgotten.
    Tombstone,
    /// A message that was deleted on Telegram is removed.
    Gone,
    /// A byte of a file is flipped.
    Byte,
    /// A held operation is forgotten.
    Held,
}

impl Sabotage {
    /// All of them, each with words of the difference it makes.
    pub const ALL: [(Self, &str); 7] = [
        (Self::Row, "is missing"),
        (Self::Text, "text is"),
        (Self::Version, "a version that was there is"),
        (Self::Tombstone, "deletion is (false, Some(\"admitted\"))"),
        (Self::Gone, "is missing"),
        (Self::Byte, "the bytes on disk"),
        (Self::Held, "deletion is (false, Some(\"rejected\"))"),
    ];

    /// The statement that plants it; `None`: it is planted in a file.
    pub const fn sql(self) -> Option<&'static str> {
        Some(match self {
            Self::Row => {
                "DELETE FROM messages WHERE docid = (SELECT docid FROM messages WHERE chat = 2001 ORDER BY id LIMIT 1)"
            }
            Self::Text => {
                "UPDATE messages SET text = text || '!'
                 WHERE docid = (SELECT docid FROM messages WHERE chat = 2002 ORDER BY id LIMIT 1)"
            }
            // What happened in calm must be known.
            Self::Version => {
                "DELETE FROM message_versions WHERE (box, id, edit_date) =
                   (SELECT v.box, v.id, v.edit_date FROM message_versions v
                    JOIN messages m ON (m.account, m.box, m.id) = (v.account, v.box, v.id)
                    WHERE v.text LIKE 'calm %' AND v.text <> m.text LIMIT 1)"
            }
            Self::Tombstone => {
                "DELETE FROM tombstones WHERE (box, id) =
                   (SELECT m.box, m.id FROM messages m JOIN tombstones t ON (t.account, t.box, t.id) = (m.account, m.box, m.id)
                    WHERE m.text LIKE 'calm %' LIMIT 1)"
            }
            Self::Gone => {
                "DELETE FROM messages WHERE (box, id) =
                   (SELECT m.box, m.id FROM messages m JOIN tombstones t ON (t.account, t.box, t.id) = (m.account, m.box, m.id)
                    WHERE m.text LIKE 'calm %' LIMIT 1)"
            }
            Self::Held => {
                "UPDATE operations SET state = 'rejected'
                 WHERE operation = (SELECT max(operation) FROM operations WHERE state = 'held')"
            }
            Self::Byte => return None,
        })
    }
}

/// A file as it was before a byte of it was flipped.
#[derive(Debug)]
pub struct Flipped {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Flipped {
    /// As it was.
    pub fn put_back(self) -> std::io::Result<()> {
        std::fs::write(self.path, self.bytes)
    }
}

/// Plants it; `media` is the folder of files.
pub async fn plant(
    sabotage: Sabotage,
    database: &mut AnyConnection,
    media: &Path,
) -> anyhow::Result<Option<Flipped>> {
    if let Some(sql) = sabotage.sql() {
        let planted = sqlx::query(sql).execute(database).await?;
        ensure!(
            planted.rows_affected() == 1,
            "{sabotage:?} hit {} rows",
            planted.rows_affected()
        );
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT sha256 FROM media WHERE state = 'stored' AND owner = 'message'
         GROUP BY sha256 HAVING count(*) = 1 ORDER BY sha256 LIMIT 1",
    )
    .fetch_one(database)
    .await?;
    let sha256 = hex(&row.get::<Vec<u8>, _>(0));
    let path = media.join("_shared").join(&sha256[..2]).join(&sha256);
    let bytes = std::fs::read(&path)?;
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    std::fs::write(&path, flipped)?;
    Ok(Some(Flipped { path, bytes }))
}
