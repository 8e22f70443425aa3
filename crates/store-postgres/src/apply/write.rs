//! Rows of `messages`, `message_versions` and edit operations.

use model::{AccountId, OperationId};
use sqlx::postgres::PgConnection;
use store::fold::{MessageState, Register, Version, VersionKey};

use super::load::{Key, Keys};
use crate::error::Outcome;
use crate::rows::{column, flags_bits, json, list_json, some_json};

/// A message to be written whole.
pub(crate) struct MessageWrite<'a> {
    pub(crate) key: Key,
    pub(crate) state: &'a MessageState,
    pub(crate) current: VersionKey,
    pub(crate) version: &'a Version,
    /// Its versions stand in `message_versions` already.
    pub(crate) spread: bool,
    /// Its text is new to the search index.
    pub(crate) index: bool,
}

impl<'a> MessageWrite<'a> {
    /// `None` for a state without its current version, which there is not.
    pub(crate) fn of(
        key: Key,
        state: &'a MessageState,
        current: VersionKey,
        spread: bool,
        index: bool,
    ) -> Option<Self> {
        Some(Self {
            key,
            state,
            current,
            version: state.versions.get(&current)?,
            spread,
            index,
        })
    }
}

/// All columns but the surrogate; the update takes every one but the key.
const MESSAGES: &str = "WITH r AS MATERIALIZED (SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
        $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::bigint[], $15::bigint[], $16::text[],
        $17::bigint[], $18::bytea[], $19::bigint[], $20::boolean[], $21::text[], $22::text[], $23::text[], $24::text[],
        $25::bytea[], $26::integer[], $27::text[], $28::bigint[], $29::bigint[], $30::bigint[], $31::bigint[],
        $32::bigint[], $33::bigint[], $34::bigint[], $35::text[], $36::bigint[], $37::boolean[], $38::bigint[],
        $39::boolean[])
     AS r(account, box, id, chat, sender, date, flags, via_bot, post_author, grouped_id, topic_id, reply, forward,
        ttl_seconds, seen, kind, edit_date, hash, version_seen, edit_hide, text, entities, attachment, service, raw,
        layer, origin, versions, views, views_seen, forwards, forwards_seen, replies, replies_seen, reactions,
        reactions_seen, pinned, pinned_seen, index)),
     written AS (INSERT INTO messages (account, box, id, chat, sender, date, flags, via_bot, post_author, grouped_id,
        topic_id, reply, forward, ttl_seconds, seen, kind, edit_date, hash, version_seen, edit_hide, text, entities,
        attachment, service, raw, layer, origin, versions, views, views_seen, forwards, forwards_seen, replies,
        replies_seen, reactions, reactions_seen, pinned, pinned_seen)
     SELECT account, box, id, chat, sender, date, flags, via_bot, post_author, grouped_id, topic_id, reply, forward,
        ttl_seconds, seen, kind, edit_date, hash, version_seen, edit_hide, text, entities, attachment, service, raw,
        layer, origin, versions, views, views_seen, forwards, forwards_seen, replies, replies_seen, reactions,
        reactions_seen, pinned, pinned_seen FROM r
     ON CONFLICT (account, box, id) DO UPDATE SET chat = excluded.chat, sender = excluded.sender, date = excluded.date,
        flags = excluded.flags, via_bot = excluded.via_bot, post_author = excluded.post_author,
        grouped_id = excluded.grouped_id, topic_id = excluded.topic_id, reply = excluded.reply,
        forward = excluded.forward, ttl_seconds = excluded.ttl_seconds, seen = excluded.seen, kind = excluded.kind,
        edit_date = excluded.edit_date, hash = excluded.hash, version_seen = excluded.version_seen,
        edit_hide = excluded.edit_hide, text = excluded.text, entities = excluded.entities,
        attachment = excluded.attachment, service = excluded.service, raw = excluded.raw, layer = excluded.layer,
        origin = excluded.origin, versions = excluded.versions, views = excluded.views,
        views_seen = excluded.views_seen, forwards = excluded.forwards, forwards_seen = excluded.forwards_seen,
        replies = excluded.replies, replies_seen = excluded.replies_seen, reactions = excluded.reactions,
        reactions_seen = excluded.reactions_seen, pinned = excluded.pinned, pinned_seen = excluded.pinned_seen
     RETURNING docid, account, box, id)
     INSERT INTO search_pending (docid) SELECT w.docid FROM written w JOIN r USING (account, box, id) WHERE r.index
     ORDER BY w.docid ON CONFLICT (docid) DO UPDATE SET docid = excluded.docid";

const VERSIONS: &str = "INSERT INTO message_versions (account, box, id, edit_date, hash, seen, kind, edit_hide, text,
        entities, attachment, service, raw, layer, origin)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bigint[], $7::text[],
        $8::boolean[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bytea[], $14::integer[], $15::text[])
     ON CONFLICT (account, box, id, edit_date, hash) DO UPDATE SET seen = excluded.seen, kind = excluded.kind,
        edit_hide = excluded.edit_hide, text = excluded.text, entities = excluded.entities,
        attachment = excluded.attachment, service = excluded.service, raw = excluded.raw, layer = excluded.layer,
        origin = excluded.origin";

/// Inserts the new, replaces the known, spreads versions where there is more than one, and marks texts to be indexed.
pub(crate) async fn messages(tx: &mut PgConnection, writes: &[MessageWrite<'_>]) -> Outcome<()> {
    if writes.is_empty() {
        return Ok(());
    }
    rows(tx, writes).await?;
    // Versions only become more, but for a hard deletion.
    let purged = Keys::of(
        writes
            .iter()
            .filter(|w| w.spread && w.state.versions.len() == 1)
            .map(|w| &w.key),
    );
    if !purged.is_empty() {
        let sql = "DELETE FROM message_versions v USING {k} WHERE (v.account, v.box, v.id) = (k.account, k.box, k.id)";
        purged.query(sql).execute(&mut *tx).await?;
    }
    let versions: Vec<(Key, VersionKey, &Version)> = writes
        .iter()
        .filter(|w| w.state.versions.len() > 1)
        .flat_map(|w| {
            w.state
                .versions
                .iter()
                .map(|(key, version)| (w.key, *key, version))
        })
        .collect();
    if versions.is_empty() {
        return Ok(());
    }
    sqlx::query(VERSIONS)
        .bind(column(&versions, |v| v.0.0))
        .bind(column(&versions, |v| v.0.1))
        .bind(column(&versions, |v| v.0.2))
        .bind(column(&versions, |v| v.1.0))
        .bind(column(&versions, |v| &v.1.1.0[..]))
        .bind(column(&versions, |v| v.2.seen))
        .bind(column(&versions, |v| v.2.kind.as_str()))
        .bind(column(&versions, |v| v.2.edit_hide))
        .bind(column(&versions, |v| v.2.content.text.as_str()))
        .bind(column(&versions, |v| list_json(&v.2.content.entities)))
        .bind(column(&versions, |v| some_json(v.2.content.attachment.as_ref())))
        .bind(column(&versions, |v| some_json(v.2.content.service.as_ref())))
        .bind(column(&versions, |v| &v.2.raw[..]))
        .bind(column(&versions, |v| v.2.layer))
        .bind(column(&versions, |v| v.2.origin.as_str()))
        .execute(tx)
        .await?;
    Ok(())
}

async fn rows(tx: &mut PgConnection, writes: &[MessageWrite<'_>]) -> Outcome<()> {
    sqlx::query(MESSAGES)
        .bind(column(writes, |w| w.key.0))
        .bind(column(writes, |w| w.key.1))
        .bind(column(writes, |w| w.key.2))
        .bind(column(writes, |w| w.state.head.value.chat.map_or(0, |c| c.0)))
        .bind(column(writes, |w| w.state.head.value.sender.map(|c| c.0)))
        .bind(column(writes, |w| w.state.head.value.date))
        .bind(column(writes, |w| flags_bits(w.state.head.value.flags)))
        .bind(column(writes, |w| w.state.head.value.via_bot))
        .bind(column(writes, |w| w.state.head.value.post_author.as_deref()))
        .bind(column(writes, |w| w.state.head.value.grouped_id))
        .bind(column(writes, |w| w.state.head.value.topic_id))
        .bind(column(writes, |w| some_json(w.state.head.value.reply.as_ref())))
        .bind(column(writes, |w| some_json(w.state.head.value.forward.as_ref())))
        .bind(column(writes, |w| w.state.head.value.ttl_seconds))
        .bind(column(writes, |w| w.state.head.seen))
        .bind(column(writes, |w| w.version.kind.as_str()))
        .bind(column(writes, |w| w.current.0))
        .bind(column(writes, |w| &w.current.1.0[..]))
        .bind(column(writes, |w| w.version.seen))
        .bind(column(writes, |w| w.version.edit_hide))
        .bind(column(writes, |w| w.version.content.text.as_str()))
        .bind(column(writes, |w| list_json(&w.version.content.entities)))
        .bind(column(writes, |w| {
            some_json(w.version.content.attachment.as_ref())
        }))
        .bind(column(writes, |w| some_json(w.version.content.service.as_ref())))
        .bind(column(writes, |w| &w.version.raw[..]))
        .bind(column(writes, |w| w.version.layer))
        .bind(column(writes, |w| w.version.origin.as_str()))
        .bind(column(writes, |w| w.state.versions.len() as i64))
        .bind(column(writes, |w| w.state.registers.views.value))
        .bind(column(writes, |w| set(&w.state.registers.views)))
        .bind(column(writes, |w| w.state.registers.forwards.value))
        .bind(column(writes, |w| set(&w.state.registers.forwards)))
        .bind(column(writes, |w| w.state.registers.replies.value))
        .bind(column(writes, |w| set(&w.state.registers.replies)))
        .bind(column(writes, |w| value_json(&w.state.registers.reactions)))
        .bind(column(writes, |w| set(&w.state.registers.reactions)))
        .bind(column(writes, |w| w.state.registers.pinned.value))
        .bind(column(writes, |w| w.state.registers.pinned.seen))
        .bind(column(writes, |w| w.index))
        .execute(tx)
        .await?;
    Ok(())
}

/// The stamp of a register, if it was ever set.
pub(crate) fn set<T: serde::Serialize + Clone>(register: &Register<T>) -> Option<i64> {
    register.is_set().then_some(register.seen)
}

/// What a register says, if it was ever set.
pub(crate) fn value_json<T: serde::Serialize + Clone>(register: &Register<T>) -> Option<String> {
    register.is_set().then(|| json(&register.value))
}

/// A version that needs a verdict, not stored yet or seen again since.
pub(crate) struct NewEdit {
    pub(crate) key: Key,
    pub(crate) chat: i64,
    pub(crate) version: VersionKey,
    pub(crate) seen: i64,
}

/// Adds edit operations and removes pending ones that are none any more. Answers the new ones.
pub(crate) async fn edit_operations(
    tx: &mut PgConnection,
    new: &[NewEdit],
    gone: &[OperationId],
) -> Outcome<Vec<(AccountId, OperationId)>> {
    if !gone.is_empty() {
        sqlx::query("DELETE FROM operations WHERE state = 'pending' AND operation = ANY($1)")
            .bind(column(gone, |o| o.0))
            .execute(&mut *tx)
            .await?;
    }
    if new.is_empty() {
        return Ok(Vec::new());
    }
    // A row of this transaction's own making has no xmax.
    let rows: Vec<(i64, i64, bool)> = sqlx::query_as(
        "INSERT INTO operations AS o (account, box, id, edit_date, hash, chat, seen, at, kind, state, issued_until)
         SELECT *, edit_date * 1000000, 'edit', 'pending', 0
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bigint[], $7::bigint[])
            AS e(account, box, id, edit_date, hash, chat, seen)
         ON CONFLICT (account, box, id, kind, edit_date, hash) DO UPDATE SET seen = greatest(o.seen, excluded.seen)
         RETURNING o.account, o.operation, o.xmax = 0",
    )
    .bind(column(new, |o| o.key.0))
    .bind(column(new, |o| o.key.1))
    .bind(column(new, |o| o.key.2))
    .bind(column(new, |o| o.version.0))
    .bind(column(new, |o| &o.version.1.0[..]))
    .bind(column(new, |o| o.chat))
    .bind(column(new, |o| o.seen))
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter(|(_, _, new)| *new)
        .map(|(a, o, _)| (AccountId(a), OperationId(o)))
        .collect())
}

/// Deletions that came before their message learn its chat.
pub(crate) async fn learned_chats(tx: &mut PgConnection, chats: &[(Key, i64)]) -> Outcome<()> {
    if chats.is_empty() {
        return Ok(());
    }
    let keys = Keys::of(chats.iter().map(|(key, _)| key));
    for table in ["operations", "deletions_observed"] {
        let sql = format!(
            "UPDATE {table} AS o SET chat = k.chat
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS k(account, box, id, chat)
             WHERE (o.account, o.box, o.id) = (k.account, k.box, k.id) AND o.chat = 0"
        );
        keys.query(&sql)
            .bind(column(chats, |(_, chat)| *chat))
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
