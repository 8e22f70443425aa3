//! What is stored of the messages that a transaction touches.

use std::collections::{BTreeMap, BTreeSet};

use model::{Capture, CaptureBatch, ContentHash, OperationId, Verdict};
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};
use store::fold::{MessageState, Registers, VersionKey};

use crate::error::{Outcome, odd};
use crate::rows::{self, get};

/// (account, box, id) of a message.
pub(crate) type Key = (i64, i64, i64);

/// Keys as three arrays, joined as `k`.
pub(super) struct Keys {
    accounts: Vec<i64>,
    boxes: Vec<i64>,
    ids: Vec<i64>,
}

impl Keys {
    pub(super) fn of<'k>(keys: impl IntoIterator<Item = &'k Key>) -> Self {
        let mut all = Self {
            accounts: Vec::new(),
            boxes: Vec::new(),
            ids: Vec::new(),
        };
        for (account, box_id, id) in keys {
            all.accounts.push(*account);
            all.boxes.push(*box_id);
            all.ids.push(*id);
        }
        all
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// A statement whose first three binds are the keys: `{k}` stands for their rows.
    pub(super) fn query(&self, sql: &str) -> Query<'_, Postgres, PgArguments> {
        let rows = "unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k(account, box, id)";
        sqlx::query(AssertSqlSafe(sql.replace("{k}", rows)))
            .bind(&self.accounts)
            .bind(&self.boxes)
            .bind(&self.ids)
    }
}

/// A stored edit operation.
pub(crate) struct Edit {
    pub(crate) operation: OperationId,
    /// What was applied of it.
    pub(crate) verdict: Option<Verdict>,
    /// Greatest stamp of its version.
    pub(crate) seen: i64,
}

/// A stored message.
pub(crate) struct Known {
    pub(crate) state: MessageState,
    /// Its edit operations.
    pub(crate) edits: BTreeMap<VersionKey, Edit>,
    /// Versions held in `message_versions`.
    pub(crate) spread: bool,
}

/// Everything stored about the touched messages.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) known: BTreeMap<Key, Known>,
    pub(crate) early: BTreeMap<Key, Registers>,
    /// Behind a hard tombstone: content does not come back.
    pub(crate) purged: BTreeSet<Key>,
    /// Have a deletion that does not know its chat.
    pub(crate) chatless: BTreeSet<Key>,
}

/// The messages that the captures are about, except those that are only deleted.
pub(super) fn touched(batches: &[&CaptureBatch]) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    for batch in batches {
        let key = |id: i64| (batch.account.0, batch.box_id.to_i64(), id);
        for capture in &batch.captures {
            match capture {
                Capture::Message(m) => _ = keys.insert(key(m.id)),
                Capture::Reactions { id, .. } | Capture::Counters { id, .. } => _ = keys.insert(key(*id)),
                Capture::Pinned { ids, .. } => keys.extend(ids.iter().map(|id| key(*id))),
                _ => {}
            }
        }
    }
    keys
}

fn key(row: &PgRow) -> Outcome<Key> {
    Ok((get(row, "account")?, get(row, "box")?, get(row, "id")?))
}

/// Loads these messages and what stands beside them.
pub(crate) async fn by_keys(tx: &mut PgConnection, keys: &BTreeSet<Key>) -> Outcome<Loaded> {
    let mut loaded = Loaded::default();
    let keys = Keys::of(keys);
    if keys.is_empty() {
        return Ok(loaded);
    }
    let sql = "SELECT m.* FROM {k} JOIN messages m USING (account, box, id)";
    for row in &keys.query(sql).fetch_all(&mut *tx).await? {
        let known = Known {
            state: rows::state(row)?,
            edits: BTreeMap::new(),
            spread: get::<i64>(row, "versions")? > 1,
        };
        loaded.known.insert(key(row)?, known);
    }
    if loaded.known.values().any(|k| k.spread) {
        let sql = "SELECT v.* FROM {k} JOIN message_versions v USING (account, box, id)";
        for row in &keys.query(sql).fetch_all(&mut *tx).await? {
            if let Some(known) = loaded.known.get_mut(&key(row)?) {
                let (version_key, version) = rows::version(row, "seen")?;
                known.state.versions.insert(version_key, version);
            }
        }
    }
    operations(tx, &keys, &mut loaded).await?;
    beside(tx, &keys, &mut loaded).await?;
    Ok(loaded)
}

async fn operations(tx: &mut PgConnection, keys: &Keys, loaded: &mut Loaded) -> Outcome<()> {
    let sql = "SELECT account, box, id, o.operation, o.kind, o.edit_date, o.hash, o.chat, o.state, o.seen
         FROM {k} JOIN operations o USING (account, box, id)
         UNION ALL
         SELECT account, box, id, 0, 'observed', 0, '', d.chat, '', d.seen
         FROM {k} JOIN deletions_observed d USING (account, box, id) WHERE d.chat = 0";
    for row in &keys.query(sql).fetch_all(&mut *tx).await? {
        let key = key(row)?;
        if get::<i64>(row, "chat")? == 0 {
            loaded.chatless.insert(key);
        }
        if get::<&str>(row, "kind")? != "edit" {
            continue;
        }
        if let Some(known) = loaded.known.get_mut(&key) {
            let hash =
                ContentHash::try_from(get::<&[u8]>(row, "hash")?).map_err(|_| odd("operations", "hash"))?;
            let edit = Edit {
                operation: OperationId(get(row, "operation")?),
                verdict: Verdict::parse(get(row, "state")?),
                seen: get(row, "seen")?,
            };
            known.edits.insert((get(row, "edit_date")?, hash), edit);
        }
    }
    Ok(())
}

async fn beside(tx: &mut PgConnection, keys: &Keys, loaded: &mut Loaded) -> Outcome<()> {
    let sql = "SELECT account, box, id, t.id IS NOT NULL AS purged, e.views, e.views_seen, e.forwards, e.forwards_seen,
            e.replies, e.replies_seen, e.reactions, e.reactions_seen, e.pinned, e.pinned_seen, e.id IS NOT NULL AS early
         FROM {k} LEFT JOIN (SELECT * FROM tombstones WHERE hard) t USING (account, box, id)
         LEFT JOIN early_registers e USING (account, box, id) WHERE t.id IS NOT NULL OR e.id IS NOT NULL";
    for row in &keys.query(sql).fetch_all(&mut *tx).await? {
        let key = key(row)?;
        if get(row, "purged")? {
            loaded.purged.insert(key);
        }
        if get(row, "early")? {
            loaded.early.insert(key, rows::registers(row)?);
        }
    }
    Ok(())
}
