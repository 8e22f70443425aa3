//! Users, chats, dialogs, records and raw updates: registers, and what is kept as it came.

use std::collections::BTreeMap;

use model::{
    Capture, CaptureBatch, CapturedChat, CapturedDialog, CapturedRecord, CapturedUser, FileKind,
    FileLocation, FileRef, Lane, RawUpdate,
};
use sqlx::postgres::PgConnection;

use super::Work;
use super::media::Wanted;
use crate::error::Outcome;
use crate::rows::{column, json, some_json};

/// What the batches tell that belongs to no box: of each peer the form that wins, in key order.
#[derive(Default)]
pub(super) struct Peers<'b> {
    users: BTreeMap<(i64, i64), &'b CapturedUser>,
    chats: BTreeMap<(i64, i64), &'b CapturedChat>,
    dialogs: BTreeMap<(i64, i64), &'b CapturedDialog>,
    records: BTreeMap<(i64, &'static str, &'b str), &'b CapturedRecord>,
    raws: Vec<(i64, &'b RawUpdate)>,
    pub(super) avatars: Vec<Wanted>,
}

/// Keeps the greatest by rank.
fn keep<'b, K: Ord, T, R: Ord>(
    map: &mut BTreeMap<K, &'b T>,
    key: K,
    value: &'b T,
    rank: impl Fn(&'b T) -> R,
) {
    let known = map.entry(key).or_insert(value);
    if rank(value) > rank(known) {
        *known = value;
    }
}

impl<'b> Peers<'b> {
    /// Gathers them.
    pub(super) fn of(batches: &[&'b CaptureBatch], work: &mut Work) -> Self {
        let mut all = Self::default();
        for batch in batches {
            for capture in &batch.captures {
                all.take(batch, capture, work);
            }
        }
        all
    }

    fn take(&mut self, batch: &CaptureBatch, capture: &'b Capture, work: &mut Work) {
        let account = batch.account.0;
        match capture {
            Capture::User(u) => {
                keep(&mut self.users, (account, u.id), u, |u| {
                    (!u.min, u.seen, &u.raw[..])
                });
                let peer = model::ChatId(u.id);
                self.avatars
                    .extend(avatar(account, peer, u.photo.as_ref(), u.seen.to_i64()));
            }
            Capture::Chat(c) => {
                keep(&mut self.chats, (account, c.id.0), c, |c| {
                    (!c.min, c.seen, &c.raw[..])
                });
                self.avatars
                    .extend(avatar(account, c.id, c.photo.as_ref(), c.seen.to_i64()));
                if batch.lane == Lane::Live {
                    work.changes
                        .entry((account, Some(c.id.0), true, "chat"))
                        .or_default();
                }
            }
            Capture::Dialog(d) => keep(&mut self.dialogs, (account, d.chat.0), d, |d| {
                (d.seen, &d.raw[..])
            }),
            Capture::Record(r) => {
                keep(&mut self.records, (account, r.kind.as_str(), &r.key), r, |r| {
                    (r.seen, &r.raw[..])
                });
            }
            Capture::Raw(r) => self.raws.push((account, r)),
            _ => {}
        }
    }

    /// Writes them, table by table.
    pub(super) async fn write(self, tx: &mut PgConnection) -> Outcome<()> {
        users(tx, &pairs(&self.users)).await?;
        chats(tx, &pairs(&self.chats)).await?;
        dialogs(tx, &pairs(&self.dialogs)).await?;
        let records: Vec<_> = self.records.iter().map(|((a, ..), r)| (*a, *r)).collect();
        write_records(tx, &records).await?;
        raw_updates(tx, &self.raws).await
    }
}

fn pairs<'b, T>(map: &BTreeMap<(i64, i64), &'b T>) -> Vec<(i64, &'b T)> {
    map.iter()
        .map(|((account, _), value)| (*account, *value))
        .collect()
}

async fn users(tx: &mut PgConnection, users: &[(i64, &CapturedUser)]) -> Outcome<()> {
    if users.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO users AS t (account, id, seen, min, first_name, last_name, username, phone, is_self, bot, deleted,
            contact, photo, raw, layer)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::boolean[], $10::boolean[], $11::boolean[], $12::boolean[], $13::text[], $14::bytea[],
            $15::integer[])
         ON CONFLICT (account, id) DO UPDATE SET seen = excluded.seen, min = excluded.min,
            first_name = excluded.first_name, last_name = excluded.last_name, username = excluded.username,
            phone = excluded.phone, is_self = excluded.is_self, bot = excluded.bot, deleted = excluded.deleted,
            contact = excluded.contact, photo = excluded.photo, raw = excluded.raw, layer = excluded.layer
         WHERE (NOT excluded.min, excluded.seen, excluded.raw) > (NOT t.min, t.seen, t.raw)",
    )
    .bind(column(users, |u| u.0))
    .bind(column(users, |u| u.1.id))
    .bind(column(users, |u| u.1.seen.to_i64()))
    .bind(column(users, |u| u.1.min))
    .bind(column(users, |u| u.1.first_name.as_deref()))
    .bind(column(users, |u| u.1.last_name.as_deref()))
    .bind(column(users, |u| u.1.username.as_deref()))
    .bind(column(users, |u| u.1.phone.as_deref()))
    .bind(column(users, |u| u.1.is_self))
    .bind(column(users, |u| u.1.bot))
    .bind(column(users, |u| u.1.deleted))
    .bind(column(users, |u| u.1.contact))
    .bind(column(users, |u| some_json(u.1.photo.as_ref())))
    .bind(column(users, |u| &u.1.raw[..]))
    .bind(column(users, |u| u.1.layer))
    .execute(tx)
    .await?;
    Ok(())
}

async fn chats(tx: &mut PgConnection, chats: &[(i64, &CapturedChat)]) -> Outcome<()> {
    if chats.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO chats AS t (account, id, seen, min, kind, title, username, participants_count, inaccessible,
            migrated_to, migrated_from, photo, raw, layer)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::text[], $6::text[], $7::text[],
            $8::bigint[], $9::boolean[], $10::bigint[], $11::bigint[], $12::text[], $13::bytea[], $14::integer[])
         ON CONFLICT (account, id) DO UPDATE SET seen = excluded.seen, min = excluded.min, kind = excluded.kind,
            title = excluded.title, username = excluded.username, participants_count = excluded.participants_count,
            inaccessible = excluded.inaccessible, migrated_to = excluded.migrated_to,
            migrated_from = excluded.migrated_from, photo = excluded.photo, raw = excluded.raw, layer = excluded.layer
         WHERE (NOT excluded.min, excluded.seen, excluded.raw) > (NOT t.min, t.seen, t.raw)",
    )
    .bind(column(chats, |c| c.0))
    .bind(column(chats, |c| c.1.id.0))
    .bind(column(chats, |c| c.1.seen.to_i64()))
    .bind(column(chats, |c| c.1.min))
    .bind(column(chats, |c| c.1.kind.as_str()))
    .bind(column(chats, |c| c.1.title.as_str()))
    .bind(column(chats, |c| c.1.username.as_deref()))
    .bind(column(chats, |c| c.1.participants_count))
    .bind(column(chats, |c| c.1.inaccessible))
    .bind(column(chats, |c| c.1.migrated_to.map(|c| c.0)))
    .bind(column(chats, |c| c.1.migrated_from.map(|c| c.0)))
    .bind(column(chats, |c| some_json(c.1.photo.as_ref())))
    .bind(column(chats, |c| &c.1.raw[..]))
    .bind(column(chats, |c| c.1.layer))
    .execute(tx)
    .await?;
    Ok(())
}

async fn dialogs(tx: &mut PgConnection, dialogs: &[(i64, &CapturedDialog)]) -> Outcome<()> {
    if dialogs.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO dialogs AS t (account, chat, seen, kind, folder_id, pinned, top_message, raw, layer)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::integer[], $6::boolean[],
            $7::bigint[], $8::bytea[], $9::integer[])
         ON CONFLICT (account, chat) DO UPDATE SET seen = excluded.seen, kind = excluded.kind,
            folder_id = excluded.folder_id, pinned = excluded.pinned, top_message = excluded.top_message,
            raw = excluded.raw, layer = excluded.layer WHERE (excluded.seen, excluded.raw) > (t.seen, t.raw)",
    )
    .bind(column(dialogs, |d| d.0))
    .bind(column(dialogs, |d| d.1.chat.0))
    .bind(column(dialogs, |d| d.1.seen.to_i64()))
    .bind(column(dialogs, |d| d.1.kind.as_str()))
    .bind(column(dialogs, |d| d.1.folder_id))
    .bind(column(dialogs, |d| d.1.pinned))
    .bind(column(dialogs, |d| d.1.top_message))
    .bind(column(dialogs, |d| &d.1.raw[..]))
    .bind(column(dialogs, |d| d.1.layer))
    .execute(tx)
    .await?;
    Ok(())
}

async fn write_records(tx: &mut PgConnection, records: &[(i64, &CapturedRecord)]) -> Outcome<()> {
    if records.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO records AS t (account, kind, key, seen, data, raw, layer)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bytea[], $7::integer[])
         ON CONFLICT (account, kind, key) DO UPDATE SET seen = excluded.seen, data = excluded.data, raw = excluded.raw,
            layer = excluded.layer WHERE (excluded.seen, excluded.raw) > (t.seen, t.raw)",
    )
    .bind(column(records, |r| r.0))
    .bind(column(records, |r| r.1.kind.as_str()))
    .bind(column(records, |r| r.1.key.as_str()))
    .bind(column(records, |r| r.1.seen.to_i64()))
    .bind(column(records, |r| r.1.data.to_string()))
    .bind(column(records, |r| &r.1.raw[..]))
    .bind(column(records, |r| r.1.layer))
    .execute(tx)
    .await?;
    Ok(())
}

async fn raw_updates(tx: &mut PgConnection, raws: &[(i64, &RawUpdate)]) -> Outcome<()> {
    if raws.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO raw_updates (account, seen, constructor, raw, layer)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[], $5::integer[])
            AS r(account, seen, constructor, raw, layer) ORDER BY account, seen, constructor, sha256(raw)
         ON CONFLICT DO NOTHING",
    )
    .bind(column(raws, |r| r.0))
    .bind(column(raws, |r| r.1.seen.to_i64()))
    .bind(column(raws, |r| r.1.constructor.as_str()))
    .bind(column(raws, |r| &r.1.raw[..]))
    .bind(column(raws, |r| r.1.layer))
    .execute(tx)
    .await?;
    Ok(())
}

fn avatar(account: i64, peer: model::ChatId, photo: Option<&FileLocation>, seen: i64) -> Option<Wanted> {
    let location = photo.filter(|l| l.kind == FileKind::PeerPhoto)?;
    let file = FileRef {
        location: location.clone(),
        mime_type: "image/jpeg".to_owned(),
        ..FileRef::default()
    };
    Some(Wanted {
        account,
        owner: model::MediaOwner::Avatar(peer),
        chat: peer.0,
        kind: location.kind,
        file_id: location.file_id,
        dc: location.dc_id,
        size: None,
        file: json(&file),
        seen,
        date: 0,
        history: true,
    })
}
