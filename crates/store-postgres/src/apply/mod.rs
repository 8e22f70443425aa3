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
use model::{AccountId, BatchNumber, CaptureBatch, MediaId, MediaOutcome, OperationId, Verdict};
use sqlx::postgres::PgConnection;
use store::fold::{MessageState, VersionKey};
use store::{
    Applied, ApplyOptions, ArchiveWriter, DueMedia, IndexProgress, Issue, NewDeadLetter, OutboxRow, Receipts,
    StoreError, VerdictsApplied,
};

use crate::PostgresStore;
use crate::error::Outcome;
use crate::locks::Locks;
use crate::rows::column;

#[async_trait]
impl ArchiveWriter for PostgresStore {
    async fn apply(&self, batches: &[CaptureBatch], _options: ApplyOptions) -> Result<Applied, StoreError> {
        self.run(|| apply(self, batches)).await
    }

    async fn give_up(
        &self,
        letter: &NewDeadLetter,
        receipt: Option<(AccountId, BatchNumber)>,
    ) -> Result<i64, StoreError> {
        self.run(move || async move {
            let mut tx = self.begin(&Locks::none()).await?;
            let id = crate::dead_letters::keep(&mut tx, letter, self.clock.now_micros()).await?;
            receipts(&mut tx, receipt.as_slice()).await?;
            tx.commit().await?;
            Ok(id)
        })
        .await
    }

    async fn apply_verdicts(
        &self,
        account: AccountId,
        operations: &[OperationId],
        options: ApplyOptions,
    ) -> Result<VerdictsApplied, StoreError> {
        let ids: Vec<i64> = operations.iter().map(|o| o.0).collect();
        self.run(|| verdicts::apply(self, account, &ids, options)).await
    }

    async fn unapplied_verdicts(&self, limit: u32) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let found = verdicts::unapplied(&mut session, limit).await?;
            session.release();
            Ok(found)
        })
        .await
    }

    async fn issue_operations(&self, issue: Issue) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        self.run(|| issue_operations(self, issue)).await
    }

    async fn issue_media(&self, issue: Issue, include_live: bool) -> Result<Vec<DueMedia>, StoreError> {
        self.run(|| media::issue(self, issue, include_live)).await
    }

    async fn release_media(&self, ids: &[MediaId]) -> Result<(), StoreError> {
        self.run(|| media::release(self, ids)).await
    }

    async fn release_issued(&self) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            for statement in [
                "UPDATE media SET issued_until = 0 WHERE state = 'wanted' AND issued_until > 0",
                "UPDATE operations SET issued_until = 0 WHERE state = 'pending' AND issued_until > 0",
            ] {
                sqlx::query(statement).execute(&mut *session).await?;
            }
            session.release();
            Ok(())
        })
        .await
    }

    async fn apply_media(
        &self,
        account: AccountId,
        outcomes: &[(MediaId, MediaOutcome)],
    ) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut tx = self.begin(&Locks::none()).await?;
            media::apply_outcomes(&mut tx, account, outcomes).await?;
            tx.commit().await
        })
        .await
    }

    async fn reconsider_skipped(
        &self,
        download: bool,
        max_size: Option<i64>,
        sizeless: bool,
    ) -> Result<u64, StoreError> {
        self.run(|| media::reconsider(self, download, max_size, sizeless))
            .await
    }

    async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let rows = outbox::oldest(&mut session, limit).await?;
            session.release();
            Ok(rows)
        })
        .await
    }

    async fn outbox_published(&self, seqs: &[i64]) -> Result<(), StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            outbox::published(&mut session, seqs).await?;
            session.release();
            Ok(())
        })
        .await
    }

    async fn index_search(&self, limit: u32) -> Result<IndexProgress, StoreError> {
        crate::search::index(self, limit).await
    }

    async fn prune_receipts(&self, limit: u32) -> Result<u64, StoreError> {
        self.run(move || async move {
            let mut session = self.writer().await?;
            let done = sqlx::query(
                "DELETE FROM batches WHERE (account, epoch, n) IN (
                    SELECT b.account, b.epoch, b.n FROM settled_batches s
                    JOIN batches b ON b.account = s.account AND (b.epoch, b.n) <= (s.epoch, s.n) LIMIT $1)",
            )
            .bind(i64::from(limit))
            .execute(&mut *session)
            .await?;
            session.release();
            Ok(done.rows_affected())
        })
        .await
    }
}

#[async_trait]
impl Receipts for PostgresStore {
    async fn unapplied(
        &self,
        account: AccountId,
        epoch: u32,
        numbers: &[u64],
    ) -> Result<Vec<u64>, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let missing: Vec<(i64,)> = sqlx::query_as(
                "SELECT a.n FROM unnest($1::bigint[]) AS a(n) WHERE NOT EXISTS (
                    SELECT 1 FROM batches b WHERE b.account = $2 AND b.epoch = $3 AND b.n = a.n)",
            )
            .bind(column(numbers, |n| *n as i64))
            .bind(account.0)
            .bind(i64::from(epoch))
            .fetch_all(&mut *session)
            .await?;
            session.release();
            Ok(missing.into_iter().map(|(n,)| n as u64).collect())
        })
        .await
    }

    async fn greatest_seen(&self, account: AccountId) -> Result<i64, StoreError> {
        self.run(move || async move {
            let mut session = self.reader().await?;
            let (seen,): (Option<i64>,) = sqlx::query_as(
                "SELECT max(s) FROM (
                    SELECT max(seen) AS s FROM users WHERE account = $1 UNION ALL
                    SELECT max(seen) FROM chats WHERE account = $1 UNION ALL
                    SELECT max(seen) FROM dialogs WHERE account = $1 UNION ALL
                    SELECT max(seen) FROM operations WHERE account = $1 UNION ALL
                    SELECT max(began) FROM passes WHERE account = $1) all_of_them",
            )
            .bind(account.0)
            .fetch_one(&mut *session)
            .await?;
            session.release();
            Ok(seen.unwrap_or(0))
        })
        .await
    }
}

/// A message's state and what was applied of its edits, for readers.
pub(crate) async fn loaded(
    connection: &mut PgConnection,
    key: load::Key,
) -> Outcome<Option<(MessageState, BTreeMap<VersionKey, Option<Verdict>>)>> {
    let mut loaded = load::by_keys(connection, &BTreeSet::from([key])).await?;
    Ok(loaded.known.remove(&key).map(|known| {
        let edits = known.edits.into_iter().map(|(key, edit)| (key, edit.verdict));
        (known.state, edits.collect())
    }))
}

/// What a transaction has gathered on its way.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) applied: Applied,
    /// (account, chat, live, kind) -> ids, for the outbox.
    pub(crate) changes: BTreeMap<(i64, Option<i64>, bool, &'static str), BTreeSet<i64>>,
}

impl Work {
    fn change(&mut self, account: i64, chat: Option<i64>, live: bool, kind: &'static str, id: i64) {
        self.changes
            .entry((account, chat, live, kind))
            .or_default()
            .insert(id);
    }
}

/// Messages first and peers last: the rows of peers stand in many batches, and are held for the shortest time.
async fn apply(store: &PostgresStore, batches: &[CaptureBatch]) -> Outcome<Applied> {
    let all: Vec<&CaptureBatch> = batches.iter().collect();
    let keys = load::touched(&all);
    let locks = Locks::messages(keys.iter().copied().chain(deletions::touched(&all)));
    let mut tx = store.begin(&locks).await?;
    let fresh = without_receipt(&mut tx, &all).await?;
    let mut work = Work::default();
    let mut loaded = load::by_keys(&mut tx, &keys).await?;
    messages::apply(&mut tx, &fresh, &mut loaded, &mut work).await?;
    let deleted = deletions::apply(&mut tx, &fresh).await?;
    work.applied.operations.extend(deleted);
    work.applied.operations.sort_unstable();
    coverage::apply(&mut tx, &fresh).await?;
    let mut peers = peers::Peers::of(&fresh, &mut work);
    let avatars = std::mem::take(&mut peers.avatars);
    peers.write(&mut tx).await?;
    let files = media::of_messages(&fresh, &loaded.purged).chain(avatars);
    media::want(&mut tx, files, &mut work).await?;
    outbox::write(&mut tx, &mut work).await?;
    let numbers: Vec<_> = fresh.iter().map(|b| (b.account, b.number)).collect();
    receipts(&mut tx, &numbers).await?;
    tx.commit().await?;
    work.applied.receipts = batches
        .iter()
        .filter(|b| b.number.n > 0)
        .map(|b| (b.account, b.number))
        .collect();
    Ok(work.applied)
}

/// Commits receipts with what else the transaction does; number 0 leaves none.
async fn receipts(tx: &mut PgConnection, batches: &[(AccountId, BatchNumber)]) -> Outcome<()> {
    let mut numbers: Vec<_> = batches
        .iter()
        .filter(|(_, number)| number.n > 0)
        .map(|(account, number)| (account.0, i64::from(number.epoch), number.n as i64))
        .collect();
    numbers.sort_unstable();
    if numbers.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO batches (account, epoch, n) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
         ON CONFLICT DO NOTHING",
    )
    .bind(column(&numbers, |n| n.0))
    .bind(column(&numbers, |n| n.1))
    .bind(column(&numbers, |n| n.2))
    .execute(tx)
    .await?;
    Ok(())
}

/// Batches that are committed already have nothing to say.
async fn without_receipt<'b>(
    tx: &mut PgConnection,
    batches: &[&'b CaptureBatch],
) -> Outcome<Vec<&'b CaptureBatch>> {
    let numbered: Vec<_> = batches.iter().filter(|b| b.number.n > 0).collect();
    let known: Vec<(i64, i64, i64)> = if numbered.is_empty() {
        Vec::new()
    } else {
        sqlx::query_as(
            "SELECT account, epoch, n FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS a(account, epoch, n)
             JOIN batches USING (account, epoch, n)",
        )
        .bind(column(&numbered, |b| b.account.0))
        .bind(column(&numbered, |b| i64::from(b.number.epoch)))
        .bind(column(&numbered, |b| b.number.n as i64))
        .fetch_all(tx)
        .await?
    };
    let mut taken: BTreeSet<_> = known.into_iter().collect();
    let mut fresh = |b: &&&CaptureBatch| {
        b.number.n == 0 || taken.insert((b.account.0, i64::from(b.number.epoch), b.number.n as i64))
    };
    Ok(batches.iter().filter(&mut fresh).copied().collect())
}

/// What another writer issues now is left to it.
async fn issue_operations(store: &PostgresStore, issue: Issue) -> Outcome<Vec<(AccountId, OperationId)>> {
    let now = store.clock.now_unix();
    let mut session = store.writer().await?;
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "WITH due AS MATERIALIZED (SELECT operation FROM operations WHERE state = 'pending' AND issued_until <= $2
            ORDER BY operation LIMIT $3 FOR UPDATE SKIP LOCKED)
         UPDATE operations o SET issued_until = $1 FROM due WHERE o.operation = due.operation
         RETURNING o.account, o.operation",
    )
    .bind(now + issue.reissue_after)
    .bind(now)
    .bind(i64::from(issue.limit))
    .fetch_all(&mut *session)
    .await?;
    session.release();
    let mut rows: Vec<_> = rows
        .into_iter()
        .map(|(a, o)| (AccountId(a), OperationId(o)))
        .collect();
    rows.sort_unstable();
    Ok(rows)
}
