//! Dead letters of the live lane: passes over their chats find again what they held.

use model::{AccountId, ChatId, IdRange, PassKind, Seen};
use store::DeadLetter;

use crate::error::Outcome;
use crate::locks::{Locks, Of};
use crate::{PostgresStore, dead_letters};

/// Neither redriven nor followed.
pub(super) async fn lost(store: &PostgresStore, account: AccountId, limit: u32) -> Outcome<Vec<DeadLetter>> {
    let mut session = store.reader().await?;
    let rows = sqlx::query(
        "SELECT * FROM dead_letters d WHERE account = $1 AND subject LIKE 'tg.live.%' AND redriven_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM letters_followed f WHERE f.account = d.account AND f.letter = d.id)
         ORDER BY id LIMIT $2",
    )
    .bind(account.0)
    .bind(i64::from(limit))
    .fetch_all(&mut *session)
    .await?;
    session.release();
    rows.iter().map(dead_letters::letter).collect()
}

/// Opens the passes, unless all letters were followed before.
pub(super) async fn follow(
    store: &PostgresStore,
    account: AccountId,
    letters: &[i64],
    ranges: &[(ChatId, IdRange)],
    began: Seen,
) -> Outcome<u64> {
    let mut numbering = Locks::none();
    for (chat, _) in ranges {
        numbering.add(Of::Passes, &[account.0, chat.0]);
    }
    let mut tx = store.begin(&numbering).await?;
    let noted = sqlx::query(
        "INSERT INTO letters_followed (account, letter) SELECT $1, unnest($2::bigint[]) ON CONFLICT DO NOTHING",
    )
    .bind(account.0)
    .bind(letters)
    .execute(&mut *tx)
    .await?;
    let opened = if noted.rows_affected() == 0 { &[] } else { ranges };
    for (chat, range) in opened {
        let now = store.clock.now_micros();
        super::open(&mut tx, account, *chat, PassKind::DeadLetter, *range, began, now).await?;
    }
    tx.commit().await?;
    Ok(opened.len() as u64)
}
