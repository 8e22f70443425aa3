//! Dead letters of the live lane: passes over their chats find again what they held.

use model::{AccountId, ChatId, IdRange, PassKind, Seen};
use store::{DeadLetter, StoreError};

use crate::error::map;
use crate::{SqliteStore, dead_letters};

/// Neither redriven nor followed.
pub(super) async fn lost(
    store: &SqliteStore,
    account: AccountId,
    limit: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM dead_letters d WHERE account = ? AND subject LIKE 'tg.live.%' AND redriven_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM letters_followed f WHERE f.account = d.account AND f.letter = d.id)
         ORDER BY id LIMIT ?",
    )
    .bind(account.0)
    .bind(limit)
    .fetch_all(&store.read)
    .await
    .map_err(map)?;
    rows.iter().map(dead_letters::letter).collect()
}

/// Opens the passes, unless all letters were followed before.
pub(super) async fn follow(
    store: &SqliteStore,
    account: AccountId,
    letters: &[i64],
    ranges: &[(ChatId, IdRange)],
    began: Seen,
) -> Result<u64, StoreError> {
    let mut tx = store.begin().await?;
    let mut new = 0;
    for letter in letters {
        let noted = sqlx::query("INSERT OR IGNORE INTO letters_followed (account, letter) VALUES (?, ?)")
            .bind(account.0)
            .bind(letter)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        new += noted.rows_affected();
    }
    if new == 0 {
        return Ok(0);
    }
    for (chat, range) in ranges {
        super::open(
            &mut tx,
            account,
            *chat,
            PassKind::DeadLetter,
            *range,
            began,
            store.clock.now_micros(),
        )
        .await?;
    }
    tx.commit().await.map_err(map)?;
    Ok(ranges.len() as u64)
}
