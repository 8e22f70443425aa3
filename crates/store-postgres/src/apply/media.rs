//! Files wanted, issued, and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    AccountId, Attachment, Capture, CaptureBatch, FileKind, Lane, MediaId, MediaOutcome, MediaOwner,
};
use sqlx::postgres::PgConnection;
use store::{DueMedia, Issue};

use super::Work;
use super::load::Key;
use crate::PostgresStore;
use crate::error::Outcome;
use crate::rows::{column, json};

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

impl Wanted {
    fn join(self, other: Self) -> Self {
        let history = self.history || other.history;
        let date = self.date;
        let newest = if (other.seen, &other.file) > (self.seen, &self.file) {
            other
        } else {
            self
        };
        Self {
            date,
            history,
            ..newest
        }
    }
}

/// The files of the messages; nothing is wanted for what a hard tombstone hides.
pub(super) fn of_messages<'b>(
    batches: &'b [&CaptureBatch],
    purged: &'b BTreeSet<Key>,
) -> impl Iterator<Item = Wanted> + 'b {
    let file = move |batch: &CaptureBatch, capture: &Capture| {
        let Capture::Message(m) = capture else { return None };
        let Some(Attachment::File(file)) = &m.content.attachment else {
            return None;
        };
        if purged.contains(&(batch.account.0, batch.box_id.to_i64(), m.id)) {
            return None;
        }
        Some(Wanted {
            account: batch.account.0,
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
    };
    batches
        .iter()
        .flat_map(move |batch| batch.captures.iter().filter_map(move |c| file(batch, c)))
}

/// Adds rows; of a file known already the newest access is kept, and whether history saw it.
pub(super) async fn want(
    tx: &mut PgConnection,
    rows: impl Iterator<Item = Wanted>,
    work: &mut Work,
) -> Outcome<()> {
    let mut files: BTreeMap<_, Wanted> = BTreeMap::new();
    for row in rows {
        let key = (row.account, row.owner.columns(), row.kind.as_str(), row.file_id);
        let row = match files.remove(&key) {
            Some(known) => known.join(row),
            None => row,
        };
        files.insert(key, row);
    }
    if files.is_empty() {
        return Ok(());
    }
    work.applied.media_wanted = true;
    let rows: Vec<Wanted> = files.into_values().collect();
    sqlx::query(
        "INSERT INTO media AS m (account, owner, box, id, chat, file_kind, file_id, dc, size, file, seen, date, history,
            state, attempts, not_before, issued_until)
         SELECT *, 'wanted', 0, 0, 0 FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
            $6::text[], $7::bigint[], $8::integer[], $9::bigint[], $10::text[], $11::bigint[], $12::bigint[], $13::boolean[])
         ON CONFLICT (account, owner, box, id, file_kind, file_id) DO UPDATE SET
            dc = CASE WHEN (excluded.seen, excluded.file) > (m.seen, m.file) THEN excluded.dc ELSE m.dc END,
            size = CASE WHEN (excluded.seen, excluded.file) > (m.seen, m.file) THEN excluded.size ELSE m.size END,
            chat = CASE WHEN (excluded.seen, excluded.file) > (m.seen, m.file) THEN excluded.chat ELSE m.chat END,
            file = CASE WHEN (excluded.seen, excluded.file) > (m.seen, m.file) THEN excluded.file ELSE m.file END,
            seen = greatest(m.seen, excluded.seen), history = m.history OR excluded.history",
    )
    .bind(column(&rows, |w| w.account))
    .bind(column(&rows, |w| w.owner.columns().0))
    .bind(column(&rows, |w| w.owner.columns().1))
    .bind(column(&rows, |w| w.owner.columns().2))
    .bind(column(&rows, |w| w.chat))
    .bind(column(&rows, |w| w.kind.as_str()))
    .bind(column(&rows, |w| w.file_id))
    .bind(column(&rows, |w| w.dc))
    .bind(column(&rows, |w| w.size))
    .bind(column(&rows, |w| w.file.as_str()))
    .bind(column(&rows, |w| w.seen))
    .bind(column(&rows, |w| w.date))
    .bind(column(&rows, |w| w.history))
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks due rows issued and answers them: newest first, small before large. What another writer issues now is left to it.
pub(super) async fn issue(store: &PostgresStore, issue: Issue, include_live: bool) -> Outcome<Vec<DueMedia>> {
    let now = store.clock.now_unix();
    let mut session = store.writer().await?;
    let rows: Vec<(i64, i64, i32, Option<i64>, i64)> = sqlx::query_as(
        "WITH due AS MATERIALIZED (SELECT media FROM media
            WHERE state = 'wanted' AND issued_until <= $2 AND not_before <= $2 AND (history OR $3)
            ORDER BY date DESC, size, media LIMIT $4 FOR UPDATE SKIP LOCKED)
         UPDATE media m SET issued_until = $1 FROM due WHERE m.media = due.media
         RETURNING m.account, m.media, m.dc, m.size, m.date",
    )
    .bind(now + issue.reissue_after)
    .bind(now)
    .bind(include_live)
    .bind(i64::from(issue.limit))
    .fetch_all(&mut *session)
    .await?;
    session.release();
    let mut rows = rows;
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
pub(super) async fn release(store: &PostgresStore, ids: &[MediaId]) -> Outcome<()> {
    let mut session = store.writer().await?;
    sqlx::query("UPDATE media SET issued_until = 0 WHERE state = 'wanted' AND media = ANY($1)")
        .bind(column(ids, |id| id.0))
        .execute(&mut *session)
        .await?;
    session.release();
    Ok(())
}

/// Notes outcomes, in their order; what is stored stays stored, and of what a hard tombstone hides nothing comes back.
pub(super) async fn apply_outcomes(
    tx: &mut PgConnection,
    account: AccountId,
    outcomes: &[(MediaId, MediaOutcome)],
) -> Outcome<()> {
    // In the order of keys, as files are wanted: two transactions never wait for each other.
    sqlx::query(
        "SELECT 1 FROM media WHERE account = $1 AND media = ANY($2)
         ORDER BY account, owner, box, id, file_kind, file_id FOR UPDATE",
    )
    .bind(account.0)
    .bind(column(outcomes, |(id, _)| id.0))
    .execute(&mut *tx)
    .await?;
    for (id, outcome) in outcomes {
        let query = match outcome {
            MediaOutcome::Stored(file) => sqlx::query(
                "WITH kept AS (UPDATE media SET state = 'stored', reason = NULL, sha256 = $3, stored_size = $4, path = $5
                    WHERE account = $1 AND media = $2 AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE owner = 'message'
                        AND t.hard AND (t.account, t.box, t.id) = (media.account, media.box, media.id)) RETURNING *)
                 INSERT INTO outbox (account, chat, live, kind, ids, is_range)
                 SELECT account, nullif(chat, 0), NOT history, 'media', '[' || id || ']', false FROM kept
                 WHERE owner = 'message'",
            )
            .bind(account.0)
            .bind(id.0)
            .bind(&file.sha256[..])
            .bind(file.size)
            .bind(&file.path),
            MediaOutcome::Skipped(reason) => sqlx::query(
                "UPDATE media SET state = 'skipped', reason = $3 WHERE account = $1 AND media = $2 AND state <> 'stored'",
            )
            .bind(account.0)
            .bind(id.0)
            .bind(reason.as_str()),
            MediaOutcome::Failed { reason, not_before } => sqlx::query(
                "UPDATE media SET attempts = attempts + 1, reason = $3, not_before = $4, issued_until = 0
                 WHERE account = $1 AND media = $2 AND state = 'wanted'",
            )
            .bind(account.0)
            .bind(id.0)
            .bind(reason)
            .bind(*not_before),
            MediaOutcome::NotBefore(at) => sqlx::query(
                "UPDATE media SET not_before = $3, issued_until = 0 WHERE account = $1 AND media = $2 AND state = 'wanted'",
            )
            .bind(account.0)
            .bind(id.0)
            .bind(*at),
            MediaOutcome::Damaged(reason) => sqlx::query(
                "UPDATE media SET reason = $3 WHERE account = $1 AND media = $2 AND state = 'stored'",
            )
            .bind(account.0)
            .bind(id.0)
            .bind(reason),
        };
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

/// Skipped rows whose reason no longer holds.
pub(super) async fn reconsider(
    store: &PostgresStore,
    download: bool,
    max_size: Option<i64>,
    sizeless: bool,
) -> Outcome<u64> {
    let mut session = store.writer().await?;
    let done = sqlx::query(
        "UPDATE media SET state = 'wanted', reason = NULL, issued_until = 0, attempts = 0 WHERE state = 'skipped' AND (
            (reason = 'disabled' AND $1) OR (reason = 'too_large' AND $1 AND ($2::bigint IS NULL OR size <= $2 OR (size IS NULL AND $3))))",
    )
    .bind(download)
    .bind(max_size)
    .bind(sizeless)
    .execute(&mut *session)
    .await?;
    session.release();
    Ok(done.rows_affected())
}
