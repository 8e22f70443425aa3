//! The one way in: batches become rows, in one transaction.

mod coverage;
mod deletions;
mod load;
mod media;
mod messages;
mod outbox;
mod peers;
mod registers;
mod verdicts;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use model::{AccountId, BatchNumber, Capture, CaptureBatch, MediaId, MediaOutcome, OperationId, Verdict};
use sqlx::SqliteConnection;
use store::fold::{MessageState, VersionKey};
use store::{
    Applied, ApplyOptions, ArchiveWriter, DueMedia, IndexProgress, Issue, NewDeadLetter, OutboxRow, Receipts,
    StoreError, VerdictsApplied,
};

use crate::chunks::json_ids;
use crate::error::map;
use crate::{SqliteStore, chunks};

#[async_trait]
impl ArchiveWriter for SqliteStore {
    async fn apply(&self, batches: &[CaptureBatch], _options: ApplyOptions) -> Result<Applied, StoreError> {
        let mut tx = self.begin().await?;
        let applied = apply(&mut tx, batches).await?;
        tx.commit().await.map_err(map)?;
        Ok(applied)
    }

    async fn give_up(
        &self,
        letter: &NewDeadLetter,
        receipt: Option<(AccountId, BatchNumber)>,
    ) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        let id = crate::dead_letters::keep(&mut tx, letter, self.clock.now_micros()).await?;
        receipts(&mut tx, receipt.as_slice()).await?;
        tx.commit().await.map_err(map)?;
        Ok(id)
    }

    async fn apply_verdicts(
        &self,
        account: AccountId,
        operations: &[OperationId],
        options: ApplyOptions,
    ) -> Result<VerdictsApplied, StoreError> {
        let mut tx = self.begin().await?;
        let applied = verdicts::apply(&mut tx, account, operations, options).await?;
        tx.commit().await.map_err(map)?;
        Ok(applied)
    }

    async fn unapplied_verdicts(&self, limit: u32) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        verdicts::unapplied(&self.read, limit).await
    }

    async fn issue_operations(&self, issue: Issue) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        let now = self.clock.now_unix();
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "UPDATE operations SET issued_until = ? WHERE operation IN (
                SELECT operation FROM operations WHERE state = 'pending' AND issued_until <= ?
                ORDER BY operation LIMIT ?) RETURNING account, operation",
        )
        .bind(now + issue.reissue_after)
        .bind(now)
        .bind(issue.limit)
        .fetch_all(&self.write)
        .await
        .map_err(map)?;
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|(a, o)| (AccountId(a), OperationId(o)))
            .collect();
        rows.sort_unstable();
        Ok(rows)
    }

    async fn issue_media(&self, issue: Issue, include_live: bool) -> Result<Vec<DueMedia>, StoreError> {
        media::issue(self, issue, include_live).await
    }

    async fn release_media(&self, ids: &[MediaId]) -> Result<(), StoreError> {
        media::release(self, ids).await
    }

    async fn release_issued(&self) -> Result<(), StoreError> {
        for statement in [
            "UPDATE media SET issued_until = 0 WHERE state = 'wanted' AND issued_until > 0",
            "UPDATE operations SET issued_until = 0 WHERE state = 'pending' AND issued_until > 0",
        ] {
            sqlx::query(statement).execute(&self.write).await.map_err(map)?;
        }
        Ok(())
    }

    async fn apply_media(
        &self,
        account: AccountId,
        outcomes: &[(MediaId, MediaOutcome)],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        media::apply_outcomes(&mut tx, account, outcomes).await?;
        tx.commit().await.map_err(map)
    }

    async fn reconsider_skipped(
        &self,
        download: bool,
        max_size: Option<i64>,
        sizeless: bool,
    ) -> Result<u64, StoreError> {
        media::reconsider(self, download, max_size, sizeless).await
    }

    async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        outbox::oldest(&self.read, limit).await
    }

    async fn outbox_published(&self, seqs: &[i64]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM outbox WHERE seq IN (SELECT value FROM json_each(?))")
            .bind(json_ids(seqs))
            .execute(&self.write)
            .await
            .map_err(map)?;
        Ok(())
    }

    async fn index_search(&self, limit: u32) -> Result<IndexProgress, StoreError> {
        crate::search::index(self, limit).await
    }

    async fn prune_receipts(&self, limit: u32) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM batches WHERE (account, epoch, n) IN (
                SELECT b.account, b.epoch, b.n FROM settled_batches s
                JOIN batches b ON b.account = s.account AND (b.epoch, b.n) <= (s.epoch, s.n) LIMIT ?)",
        )
        .bind(limit)
        .execute(&self.write)
        .await
        .map_err(map)?;
        Ok(done.rows_affected())
    }
}

#[async_trait]
impl Receipts for SqliteStore {
    async fn unapplied(
        &self,
        account: AccountId,
        epoch: u32,
        numbers: &[u64],
    ) -> Result<Vec<u64>, StoreError> {
        let ids: Vec<i64> = numbers.iter().map(|n| *n as i64).collect();
        let missing: Vec<(i64,)> = sqlx::query_as(
            "SELECT a.value FROM json_each(?) a
             WHERE NOT EXISTS (SELECT 1 FROM batches b WHERE b.account = ? AND b.epoch = ? AND b.n = a.value)",
        )
        .bind(json_ids(&ids))
        .bind(account.0)
        .bind(epoch)
        .fetch_all(&self.read)
        .await
        .map_err(map)?;
        Ok(missing.into_iter().map(|(n,)| n as u64).collect())
    }

    async fn greatest_seen(&self, account: AccountId) -> Result<i64, StoreError> {
        let (seen,): (Option<i64>,) = sqlx::query_as(
            "SELECT max(s) FROM (
                SELECT max(seen) AS s FROM users WHERE account = ?1 UNION ALL
                SELECT max(seen) FROM chats WHERE account = ?1 UNION ALL
                SELECT max(seen) FROM dialogs WHERE account = ?1 UNION ALL
                SELECT max(seen) FROM operations WHERE account = ?1 UNION ALL
                SELECT max(began) FROM passes WHERE account = ?1)",
        )
        .bind(account.0)
        .fetch_one(&self.read)
        .await
        .map_err(map)?;
        Ok(seen.unwrap_or(0))
    }
}

/// A message's state and what was applied of its edits, for readers.
pub(crate) async fn loaded(
    connection: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    id: i64,
) -> Result<Option<(MessageState, BTreeMap<VersionKey, Option<Verdict>>)>, StoreError> {
    let mut loaded = load::by_ids(connection, account, box_id, &BTreeSet::from([id])).await?;
    Ok(loaded.known.remove(&id).map(|k| {
        (
            k.state,
            k.edits
                .into_iter()
                .map(|(key, edit)| (key, edit.verdict))
                .collect(),
        )
    }))
}

/// What a transaction has gathered on its way.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) applied: Applied,
    /// (account, chat, live, kind) -> ids, for the outbox.
    pub(crate) changes: BTreeMap<(i64, Option<i64>, bool, &'static str), BTreeSet<i64>>,
    /// Documents whose text is new or changed.
    pub(crate) to_index: BTreeSet<i64>,
}

async fn apply(tx: &mut SqliteConnection, batches: &[CaptureBatch]) -> Result<Applied, StoreError> {
    let fresh = without_receipt(tx, batches).await?;
    let mut work = Work::default();
    let (newest_operation,): (i64,) =
        sqlx::query_as("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'operations'), 0)")
            .fetch_one(&mut *tx)
            .await
            .map_err(map)?;
    peers::apply(tx, &fresh, &mut work).await?;
    for ((account, box_id), group) in by_box(&fresh) {
        let loaded = load::touched(tx, account, box_id, &group).await?;
        let purged = loaded.purged.clone();
        messages::apply(tx, account, box_id, &group, loaded, &mut work).await?;
        deletions::apply(tx, account, box_id, &group).await?;
        media::wanted(tx, account, &group, &purged, &mut work).await?;
    }
    coverage::apply(tx, &fresh).await?;
    let rows: Vec<(i64, i64)> =
        sqlx::query_as("SELECT account, operation FROM operations WHERE operation > ? AND state = 'pending'")
            .bind(newest_operation)
            .fetch_all(&mut *tx)
            .await
            .map_err(map)?;
    work.applied.operations = rows
        .into_iter()
        .map(|(a, o)| (AccountId(a), OperationId(o)))
        .collect();
    outbox::write(tx, &mut work).await?;
    let documents: Vec<i64> = std::mem::take(&mut work.to_index).into_iter().collect();
    chunks::insert(
        tx,
        "INSERT OR IGNORE INTO search_pending (docid)",
        "",
        &documents,
        |row, d| {
            row.push_bind(*d);
        },
    )
    .await?;
    let numbers: Vec<_> = fresh.iter().map(|b| (b.account, b.number)).collect();
    receipts(tx, &numbers).await?;
    work.applied.receipts = batches
        .iter()
        .filter(|b| b.number.n > 0)
        .map(|b| (b.account, b.number))
        .collect();
    Ok(work.applied)
}

/// Commits receipts with what else the transaction does; number 0 leaves none.
async fn receipts(tx: &mut SqliteConnection, batches: &[(AccountId, BatchNumber)]) -> Result<(), StoreError> {
    let numbered: Vec<_> = batches.iter().filter(|(_, number)| number.n > 0).collect();
    let head = "INSERT OR IGNORE INTO batches (account, epoch, n)";
    chunks::insert(tx, head, "", &numbered, |row, (account, number)| {
        row.push_bind(account.0)
            .push_bind(number.epoch)
            .push_bind(number.n as i64);
    })
    .await
}

/// Batches that are committed already have nothing to say.
async fn without_receipt<'b>(
    tx: &mut SqliteConnection,
    batches: &'b [CaptureBatch],
) -> Result<Vec<&'b CaptureBatch>, StoreError> {
    let mut known = BTreeSet::new();
    let owners: BTreeSet<_> = batches.iter().map(|b| (b.account, b.number.epoch)).collect();
    for (account, epoch) in owners {
        let numbers: Vec<i64> = batches
            .iter()
            .filter(|b| (b.account, b.number.epoch) == (account, epoch))
            .map(|b| b.number.n as i64)
            .collect();
        let rows: Vec<(i64,)> = sqlx::query_as(
            "SELECT n FROM batches WHERE account = ? AND epoch = ? AND n IN (SELECT value FROM json_each(?))",
        )
        .bind(account.0)
        .bind(epoch)
        .bind(json_ids(&numbers))
        .fetch_all(&mut *tx)
        .await
        .map_err(map)?;
        known.extend(rows.into_iter().map(|(n,)| (account, epoch, n as u64)));
    }
    let mut taken = BTreeSet::new();
    Ok(batches
        .iter()
        .filter(|b| {
            let key = (b.account, b.number.epoch, b.number.n);
            b.number.n == 0 || (!known.contains(&key) && taken.insert(key))
        })
        .collect())
}

/// Captures by (account, box), each with its batch.
type Group<'b> = Vec<(&'b CaptureBatch, &'b Capture)>;

fn by_box<'b>(batches: &[&'b CaptureBatch]) -> BTreeMap<(i64, i64), Group<'b>> {
    let mut groups: BTreeMap<(i64, i64), Group<'b>> = BTreeMap::new();
    for batch in batches {
        let group = groups
            .entry((batch.account.0, batch.box_id.to_i64()))
            .or_default();
        group.extend(batch.captures.iter().map(|c| (*batch, c)));
    }
    groups
}
