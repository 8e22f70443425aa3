//! Files wanted, issued, and what became of them.

use std::collections::BTreeSet;

use model::{AccountId, Attachment, Capture, FileKind, Lane, MediaId, MediaOutcome, MediaOwner, MediaState};
use sqlx::SqliteConnection;
use store::{DueMedia, Issue, StoreError};

use super::{Group, Work};
use crate::SqliteStore;
use crate::chunks;
use crate::error::map;
use crate::rows::json;

/// A file that somebody refers to.
pub(crate) struct Wanted {
    pub(crate) account: i64,
    pub(crate) owner: MediaOwner,
    pub(crate) chat: i64,
    pub(crate) kind: FileKind,
    pub(crate) file_id: i64,
    pub(crate) dc: i32,
    pub(crate) size: Option<i64>,
    pub(crate) file: String,
    pub(crate) seen: i64,
    pub(crate) date: i64,
    pub(crate) history: bool,
}

/// Rows for the files of the messages of one box; nothing is wanted for what a hard tombstone hides.
pub(super) async fn wanted(
    tx: &mut SqliteConnection,
    account: i64,
    group: &Group<'_>,
    purged: &BTreeSet<i64>,
    work: &mut Work,
) -> Result<(), StoreError> {
    let rows: Vec<_> = group
        .iter()
        .filter_map(|(batch, capture)| {
            let Capture::Message(m) = capture else { return None };
            let Some(Attachment::File(file)) = &m.content.attachment else {
                return None;
            };
            if purged.contains(&m.id) {
                return None;
            }
            Some(Wanted {
                account,
                owner: MediaOwner::Message(batch.box_id, m.id),
                chat: m.head.chat.map_or(0, |c| c.0),
                kind: file.location.kind,
                file_id: file.location.file_id,
                dc: file.location.dc_id,
                size: file.size,
                file: json(file),
                seen: m.seen.to_i64(),
                date: m.head.date,
                history: batch.lane == Lane::History,
            })
        })
        .collect();
    want(tx, &rows, work).await
}

/// Adds rows; of a file known already the newest access is kept, and whether history saw it.
pub(super) async fn want(
    tx: &mut SqliteConnection,
    rows: &[Wanted],
    work: &mut Work,
) -> Result<(), StoreError> {
    work.applied.media_wanted |= !rows.is_empty();
    let head = "INSERT INTO media (account, owner, box, id, chat, file_kind, file_id, dc, size, file, seen, date, history, \
                state, attempts, not_before, issued_until)";
    let tail = "ON CONFLICT (account, owner, box, id, file_kind, file_id) DO UPDATE SET \
        dc = CASE WHEN (excluded.seen, excluded.file) > (media.seen, media.file) THEN excluded.dc ELSE media.dc END, \
        size = CASE WHEN (excluded.seen, excluded.file) > (media.seen, media.file) THEN excluded.size ELSE media.size END, \
        chat = CASE WHEN (excluded.seen, excluded.file) > (media.seen, media.file) THEN excluded.chat ELSE media.chat END, \
        file = CASE WHEN (excluded.seen, excluded.file) > (media.seen, media.file) THEN excluded.file ELSE media.file END, \
        seen = max(media.seen, excluded.seen), history = max(media.history, excluded.history)";
    chunks::insert(tx, head, tail, rows, |row, w| {
        let (owner, box_id, id) = w.owner.columns();
        row.push_bind(w.account)
            .push_bind(owner)
            .push_bind(box_id)
            .push_bind(id)
            .push_bind(w.chat);
        row.push_bind(w.kind.as_str())
            .push_bind(w.file_id)
            .push_bind(w.dc)
            .push_bind(w.size);
        row.push_bind(w.file.clone())
            .push_bind(w.seen)
            .push_bind(w.date)
            .push_bind(w.history);
        row.push_bind(MediaState::Wanted.as_str())
            .push_bind(0_i64)
            .push_bind(0_i64)
            .push_bind(0_i64);
    })
    .await
}

/// Marks due rows issued and answers them: newest first, small before large.
pub(super) async fn issue(
    store: &SqliteStore,
    issue: Issue,
    include_live: bool,
) -> Result<Vec<DueMedia>, StoreError> {
    let now = store.clock.now_unix();
    let mut rows: Vec<(i64, i64, i32, Option<i64>, i64)> = sqlx::query_as(
        "UPDATE media SET issued_until = ?1 WHERE media IN (
            SELECT media FROM media WHERE state = 'wanted' AND issued_until <= ?2 AND not_before <= ?2 AND (history OR ?3)
            ORDER BY date DESC, size NULLS LAST, media LIMIT ?4) RETURNING account, media, dc, size, date",
    )
    .bind(now + issue.reissue_after)
    .bind(now)
    .bind(include_live)
    .bind(issue.limit)
    .fetch_all(&store.write)
    .await
    .map_err(map)?;
    rows.sort_by_key(|(_, id, _, size, date)| (std::cmp::Reverse(*date), size.is_none(), *size, *id));
    Ok(rows
        .into_iter()
        .map(|(account, id, dc, size, _)| DueMedia {
            account: AccountId(account),
            id: MediaId(id),
            dc,
            size,
        })
        .collect())
}

/// Due again at once; what was stored or skipped meanwhile is left.
pub(super) async fn release(store: &SqliteStore, ids: &[MediaId]) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE media SET issued_until = 0 WHERE state = 'wanted' AND media IN (SELECT value FROM json_each(?))",
    )
    .bind(chunks::json_ids(ids.iter().map(|id| &id.0)))
    .execute(&store.write)
    .await
    .map_err(map)?;
    Ok(())
}

/// Notes outcomes; what is stored stays stored, and of what a hard tombstone hides nothing comes back.
pub(super) async fn apply_outcomes(
    tx: &mut SqliteConnection,
    account: AccountId,
    outcomes: &[(MediaId, MediaOutcome)],
) -> Result<(), StoreError> {
    for (id, outcome) in outcomes {
        let query = match outcome {
            MediaOutcome::Stored(file) => sqlx::query(
                "UPDATE media SET state = 'stored', reason = NULL, sha256 = ?, stored_size = ?, path = ?
                 WHERE account = ? AND media = ? AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE owner = 'message'
                    AND t.hard AND (t.account, t.box, t.id) = (media.account, media.box, media.id))",
            )
            .bind(file.sha256.to_vec())
            .bind(file.size)
            .bind(file.path.clone()),
            MediaOutcome::Skipped(reason) => sqlx::query(
                "UPDATE media SET state = 'skipped', reason = ? WHERE account = ? AND media = ? AND state <> 'stored'",
            )
            .bind(reason.as_str()),
            MediaOutcome::Failed { reason, not_before } => sqlx::query(
                "UPDATE media SET attempts = attempts + 1, reason = ?, not_before = ?, issued_until = 0
                 WHERE account = ? AND media = ? AND state = 'wanted'",
            )
            .bind(reason.clone())
            .bind(*not_before),
            MediaOutcome::NotBefore(at) => sqlx::query(
                "UPDATE media SET not_before = ?, issued_until = 0 WHERE account = ? AND media = ? AND state = 'wanted'",
            )
            .bind(*at),
            MediaOutcome::Damaged(reason) => sqlx::query(
                "UPDATE media SET reason = ? WHERE account = ? AND media = ? AND state = 'stored'",
            )
            .bind(reason.clone()),
        };
        query
            .bind(account.0)
            .bind(id.0)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        if matches!(outcome, MediaOutcome::Stored(_)) {
            sqlx::query(
                "INSERT INTO outbox (account, chat, live, kind, ids, is_range)
                 SELECT account, nullif(chat, 0), NOT history, 'media', json_array(id), 0 FROM media
                 WHERE account = ? AND media = ? AND owner = 'message'",
            )
            .bind(account.0)
            .bind(id.0)
            .execute(&mut *tx)
            .await
            .map_err(map)?;
        }
    }
    Ok(())
}

/// Skipped rows whose reason no longer holds.
pub(super) async fn reconsider(
    store: &SqliteStore,
    download: bool,
    max_size: Option<i64>,
    sizeless: bool,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE media SET state = 'wanted', reason = NULL, issued_until = 0, attempts = 0 WHERE state = 'skipped' AND (
            (reason = 'disabled' AND ?1) OR (reason = 'too_large' AND ?1 AND (?2 IS NULL OR size <= ?2 OR (size IS NULL AND ?3))))",
    )
    .bind(download)
    .bind(max_size)
    .bind(sizeless)
    .execute(&store.write)
    .await
    .map_err(map)?;
    Ok(done.rows_affected())
}
