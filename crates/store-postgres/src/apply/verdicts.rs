//! The guard's word takes effect.

use std::collections::{BTreeMap, BTreeSet};

use model::{AccountId, ContentHash, DeletionMode, OperationId, Verdict};
use sqlx::postgres::{PgConnection, PgRow};
use store::fold::VersionKey;
use store::{ApplyOptions, VerdictsApplied};

use super::load::{Key, Keys};
use super::write::{self, MessageWrite};
use super::{Work, load, messages, outbox};
use crate::PostgresStore;
use crate::error::{Outcome, odd};
use crate::locks::Locks;
use crate::rows::get;

/// Verdicts whose operation says something else.
pub(super) async fn unapplied(
    connection: &mut PgConnection,
    limit: u32,
) -> Outcome<Vec<(AccountId, OperationId)>> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT o.account, o.operation FROM operations o JOIN verdicts v ON v.operation = o.operation
         WHERE o.state = 'pending'
         UNION ALL
         SELECT o.account, o.operation FROM operations o JOIN verdicts v ON v.operation = o.operation
         WHERE o.state = 'held' AND v.verdict <> 'held' LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(a, o)| (AccountId(a), OperationId(o)))
        .collect())
}

/// What was decided.
#[derive(Default)]
struct Turned {
    /// Message -> (chat, deleted at).
    deletions: BTreeMap<Key, (i64, i64)>,
    edits: BTreeMap<Key, BTreeMap<VersionKey, Verdict>>,
    /// Verdict -> operations.
    states: BTreeMap<&'static str, Vec<i64>>,
    applied: VerdictsApplied,
}

impl Turned {
    fn take(&mut self, account: i64, row: &PgRow, work: &mut Work) -> Outcome<()> {
        let verdict = Verdict::parse(get(row, "verdict")?).ok_or_else(|| odd("verdicts", "verdict"))?;
        self.states
            .entry(verdict.as_str())
            .or_default()
            .push(get(row, "operation")?);
        // Of an incident that is open now, or was until now.
        if verdict != Verdict::Admitted || get::<&str>(row, "state")? == "held" {
            let chat = Some(get::<i64>(row, "chat")?).filter(|chat| *chat != 0);
            work.change(account, chat, true, "incident", get(row, "id")?);
        }
        match verdict {
            Verdict::Held => self.applied.held += 1,
            Verdict::Rejected => self.applied.rejected += 1,
            Verdict::Admitted => {
                self.applied.admitted += 1;
                let key = (account, get(row, "box")?, get(row, "id")?);
                if get::<&str>(row, "kind")? == "delete" {
                    self.deletions.insert(key, (get(row, "chat")?, get(row, "at")?));
                } else {
                    let hash = ContentHash::try_from(get::<&[u8]>(row, "hash")?)
                        .map_err(|_| odd("operations", "hash"))?;
                    let version = (get(row, "edit_date")?, hash);
                    self.edits.entry(key).or_default().insert(version, verdict);
                }
            }
        }
        Ok(())
    }
}

/// Applies the verdicts that stand for these operations.
pub(super) async fn apply(
    store: &PostgresStore,
    account: AccountId,
    ids: &[i64],
    options: ApplyOptions,
) -> Outcome<VerdictsApplied> {
    let mut tx = store.writer().await?;
    let touched: Vec<(i64, i64, i64)> =
        sqlx::query_as("SELECT account, box, id FROM operations WHERE account = $1 AND operation = ANY($2)")
            .bind(account.0)
            .bind(ids)
            .fetch_all(&mut *tx)
            .await?;
    tx.begin(&Locks::messages(touched)).await?;
    let rows = sqlx::query(
        "SELECT o.operation, o.box, o.id, o.kind, o.edit_date, o.hash, o.chat, o.at, o.state, v.verdict
         FROM operations o JOIN verdicts v ON v.operation = o.operation
         WHERE o.account = $1 AND o.operation = ANY($2) AND o.state <> v.verdict AND o.state IN ('pending', 'held')",
    )
    .bind(account.0)
    .bind(ids)
    .fetch_all(&mut *tx)
    .await?;
    let (mut turned, mut work) = (Turned::default(), Work::default());
    for row in &rows {
        turned.take(account.0, row, &mut work)?;
    }
    for (state, ids) in &turned.states {
        sqlx::query("UPDATE operations SET state = $1 WHERE operation = ANY($2)")
            .bind(*state)
            .bind(ids)
            .execute(&mut *tx)
            .await?;
    }
    edits(&mut tx, turned.edits, &mut work).await?;
    deletions(&mut tx, &turned.deletions, options, &mut work).await?;
    outbox::write(&mut tx, &mut work).await?;
    tx.commit().await?;
    Ok(turned.applied)
}

async fn edits(
    tx: &mut PgConnection,
    edits: BTreeMap<Key, BTreeMap<VersionKey, Verdict>>,
    work: &mut Work,
) -> Outcome<()> {
    let loaded = load::by_keys(tx, &edits.keys().copied().collect()).await?;
    let writes: Vec<_> = loaded
        .known
        .iter()
        .filter_map(|(key, known)| {
            let current = messages::current_of(known, edits.get(key)?).current;
            MessageWrite::of(*key, &known.state, current, known.spread, true)
        })
        .collect();
    for write in &writes {
        let chat = write.state.head.value.chat.map(|c| c.0);
        work.change(write.key.0, chat, true, "edited", write.key.2);
    }
    write::messages(tx, &writes).await
}

async fn deletions(
    tx: &mut PgConnection,
    deletions: &BTreeMap<Key, (i64, i64)>,
    options: ApplyOptions,
    work: &mut Work,
) -> Outcome<()> {
    if deletions.is_empty() {
        return Ok(());
    }
    let hard = options.deletion_mode == DeletionMode::Hard;
    let at: Vec<i64> = deletions.values().map(|(_, at)| *at).collect();
    Keys::of(deletions.keys())
        .query(
            "INSERT INTO tombstones (account, box, id, deleted_at, hard)
             SELECT k.account, k.box, k.id, k.deleted_at, $5
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS k(account, box, id, deleted_at)
             ON CONFLICT DO NOTHING",
        )
        .bind(at)
        .bind(hard)
        .execute(&mut *tx)
        .await?;
    for (key, (chat, _)) in deletions {
        work.change(key.0, (*chat != 0).then_some(*chat), true, "deleted", key.2);
    }
    if hard {
        purge(tx, &deletions.keys().copied().collect()).await?;
    }
    Ok(())
}

/// Content, raw bytes, versions and index rows go, in this transaction; files stay until a command removes them.
async fn purge(tx: &mut PgConnection, keys: &BTreeSet<Key>) -> Outcome<()> {
    let mut loaded = load::by_keys(tx, keys).await?;
    loaded
        .known
        .values_mut()
        .for_each(|known| messages::purge(&mut known.state));
    let writes: Vec<_> = loaded
        .known
        .iter()
        .filter_map(|(key, known)| {
            let current = known.state.derive(|_| None).current;
            MessageWrite::of(*key, &known.state, current, known.spread, false)
        })
        .collect();
    write::messages(tx, &writes).await?;
    let keys = Keys::of(keys);
    // The index goes after the rows: whoever was indexing them has ended by then.
    let docids: Vec<PgRow> = keys
        .query("SELECT m.docid FROM {k} JOIN messages m USING (account, box, id)")
        .fetch_all(&mut *tx)
        .await?;
    let docids: Vec<i64> = docids
        .iter()
        .map(|row| get(row, "docid"))
        .collect::<Outcome<_>>()?;
    crate::search::forget(tx, &docids).await?;
    for statement in [
        "DELETE FROM operations o USING {k} WHERE o.kind = 'edit' AND (o.account, o.box, o.id) = (k.account, k.box, k.id)",
        "DELETE FROM early_registers e USING {k} WHERE (e.account, e.box, e.id) = (k.account, k.box, k.id)",
        "DELETE FROM media m USING {k} WHERE m.owner = 'message' AND m.state <> 'stored'
            AND (m.account, m.box, m.id) = (k.account, k.box, k.id)",
        "UPDATE media m SET file = '{\"location\":{\"kind\":\"' || file_kind || '\",\"file_id\":' || file_id || '}}', path = NULL
         FROM {k} WHERE m.owner = 'message' AND (m.account, m.box, m.id) = (k.account, k.box, k.id)",
    ] {
        keys.query(statement).execute(&mut *tx).await?;
    }
    Ok(())
}
