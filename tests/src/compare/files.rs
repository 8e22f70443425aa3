//! Files: held, with the very bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use telegram_sim::snapshot::Snapshot;

use super::{Comparison, Key, Witnessed, hex};

/// Every file of what stands on Telegram, and of what was witnessed with its file.
pub(super) async fn compare(
    c: &mut Comparison,
    database: &mut AnyConnection,
    media: &Path,
    truth: &Snapshot,
    witnessed: &Witnessed,
) -> anyhow::Result<()> {
    let rows = sqlx::query(
        "SELECT box, id, file_id, state, reason, sha256, stored_size FROM media WHERE owner = 'message'",
    )
    .fetch_all(&mut *database)
    .await?;
    let stored: BTreeMap<(Key, i64), &AnyRow> = rows
        .iter()
        .map(|r| (((r.get("box"), r.get("id")), r.get("file_id")), r))
        .collect();
    let standing = truth.messages.iter().filter(|m| m.deleted_at.is_none());
    let standing = standing.filter_map(|m| Some(((m.r#box, m.id), m.versions.last()?.file?)));
    let expected: BTreeSet<(Key, i64)> = standing.chain(witnessed.files()).collect();
    for (message, file) in expected {
        c.media += 1;
        let Some((sha256, size)) = truth.files.get(&file) else {
            continue;
        };
        let difference = match stored.get(&(message, file)) {
            None => Some("has no row".to_owned()),
            Some(row) => one(row, media, sha256, *size),
        };
        if let Some(difference) = difference {
            c.differences.push(format!(
                "file {file} of message {} of box {} {difference}",
                message.1, message.0
            ));
        }
    }
    Ok(())
}

fn one(row: &AnyRow, media: &Path, sha256: &str, size: u64) -> Option<String> {
    let state: &str = row.get("state");
    if state != "stored" {
        return Some(format!("is {state} ({:?})", row.get::<Option<&str>, _>("reason")));
    }
    let hash = hex(&row.get::<Vec<u8>, _>("sha256"));
    if hash != sha256 || row.get::<i64, _>("stored_size") != size as i64 {
        return Some(format!("has a row that says {hash}, truth {sha256}"));
    }
    let blob = media.join("_shared").join(&sha256[..2]).join(sha256);
    match std::fs::read(&blob) {
        Ok(bytes) => {
            let actual = sha256_of(&bytes);
            (actual != sha256)
                .then(|| format!("differs: the bytes on disk have hash {actual}, truth {sha256}"))
        }
        Err(e) => Some(format!("is not on disk: {e}")),
    }
}

fn sha256_of(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    hex(&Sha256::digest(bytes))
}
