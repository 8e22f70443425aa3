//! Users, chats, dialogs, records and raw updates: registers, and what is kept as it came.

use model::{Capture, CaptureBatch, CapturedChat, CapturedUser, FileKind, FileLocation, FileRef, Lane};
use sqlx::SqliteConnection;
use store::StoreError;

use super::Work;
use super::media::{Wanted, want};
use crate::chunks;
use crate::rows::{json, some_json};

/// The greatest (seen, raw) wins among forms alike; a full form beats a `min` one whatever their stamps.
const WINS: &str = "(excluded.min < {t}.min OR (excluded.min = {t}.min AND (excluded.seen, excluded.raw) > ({t}.seen, {t}.raw)))";

/// Applies everything that belongs to no box.
pub(super) async fn apply(
    tx: &mut SqliteConnection,
    batches: &[&CaptureBatch],
    work: &mut Work,
) -> Result<(), StoreError> {
    let (mut users, mut chats, mut dialogs, mut records, mut raws) = (vec![], vec![], vec![], vec![], vec![]);
    for batch in batches {
        let account = batch.account.0;
        for capture in &batch.captures {
            match capture {
                Capture::User(u) => users.push((account, &**u)),
                Capture::Chat(c) => {
                    chats.push((account, &**c));
                    if batch.lane == Lane::Live {
                        work.changes
                            .entry((account, Some(c.id.0), true, "chat"))
                            .or_default();
                    }
                }
                Capture::Dialog(d) => dialogs.push((account, &**d)),
                Capture::Record(r) => records.push((account, &**r)),
                Capture::Raw(r) => raws.push((account, r)),
                _ => {}
            }
        }
    }
    write_users(tx, &users).await?;
    write_chats(tx, &chats).await?;
    let tail = "ON CONFLICT (account, chat) DO UPDATE SET seen = excluded.seen, kind = excluded.kind, \
                folder_id = excluded.folder_id, pinned = excluded.pinned, top_message = excluded.top_message, \
                raw = excluded.raw, layer = excluded.layer WHERE (excluded.seen, excluded.raw) > (dialogs.seen, dialogs.raw)";
    let head = "INSERT INTO dialogs (account, chat, seen, kind, folder_id, pinned, top_message, raw, layer)";
    chunks::insert(tx, head, tail, &dialogs, |row, (account, d)| {
        row.push_bind(*account)
            .push_bind(d.chat.0)
            .push_bind(d.seen.to_i64())
            .push_bind(d.kind.as_str());
        row.push_bind(d.folder_id)
            .push_bind(d.pinned)
            .push_bind(d.top_message);
        row.push_bind(d.raw.to_vec()).push_bind(d.layer);
    })
    .await?;
    let tail = "ON CONFLICT (account, kind, key) DO UPDATE SET seen = excluded.seen, data = excluded.data, \
                raw = excluded.raw, layer = excluded.layer WHERE (excluded.seen, excluded.raw) > (records.seen, records.raw)";
    let head = "INSERT INTO records (account, kind, key, seen, data, raw, layer)";
    chunks::insert(tx, head, tail, &records, |row, (account, r)| {
        row.push_bind(*account)
            .push_bind(r.kind.as_str())
            .push_bind(r.key.clone())
            .push_bind(r.seen.to_i64());
        row.push_bind(r.data.to_string())
            .push_bind(r.raw.to_vec())
            .push_bind(r.layer);
    })
    .await?;
    let head = "INSERT OR IGNORE INTO raw_updates (account, seen, constructor, raw, layer)";
    chunks::insert(tx, head, "", &raws, |row, (account, r)| {
        row.push_bind(*account)
            .push_bind(r.seen.to_i64())
            .push_bind(r.constructor.clone());
        row.push_bind(r.raw.to_vec()).push_bind(r.layer);
    })
    .await?;
    let avatars: Vec<_> = users
        .iter()
        .filter_map(|(a, u)| avatar(*a, model::ChatId(u.id), u.photo.as_ref(), u.seen.to_i64()))
        .chain(
            chats
                .iter()
                .filter_map(|(a, c)| avatar(*a, c.id, c.photo.as_ref(), c.seen.to_i64())),
        )
        .collect();
    want(tx, &avatars, work).await
}

async fn write_users(tx: &mut SqliteConnection, users: &[(i64, &CapturedUser)]) -> Result<(), StoreError> {
    let head = "INSERT INTO users (account, id, seen, min, first_name, last_name, username, phone, is_self, bot, deleted, \
                contact, photo, raw, layer)";
    let tail = format!(
        "ON CONFLICT (account, id) DO UPDATE SET seen = excluded.seen, min = excluded.min, \
         first_name = excluded.first_name, last_name = excluded.last_name, username = excluded.username, \
         phone = excluded.phone, is_self = excluded.is_self, bot = excluded.bot, deleted = excluded.deleted, \
         contact = excluded.contact, photo = excluded.photo, raw = excluded.raw, layer = excluded.layer WHERE {}",
        WINS.replace("{t}", "users")
    );
    chunks::insert(tx, head, &tail, users, |row, (account, u)| {
        row.push_bind(*account)
            .push_bind(u.id)
            .push_bind(u.seen.to_i64())
            .push_bind(u.min);
        row.push_bind(u.first_name.clone())
            .push_bind(u.last_name.clone())
            .push_bind(u.username.clone());
        row.push_bind(u.phone.clone())
            .push_bind(u.is_self)
            .push_bind(u.bot)
            .push_bind(u.deleted)
            .push_bind(u.contact);
        row.push_bind(some_json(u.photo.as_ref()))
            .push_bind(u.raw.to_vec())
            .push_bind(u.layer);
    })
    .await
}

async fn write_chats(tx: &mut SqliteConnection, chats: &[(i64, &CapturedChat)]) -> Result<(), StoreError> {
    let head = "INSERT INTO chats (account, id, seen, min, kind, title, username, participants_count, inaccessible, \
                migrated_to, migrated_from, photo, raw, layer)";
    let tail = format!(
        "ON CONFLICT (account, id) DO UPDATE SET seen = excluded.seen, min = excluded.min, kind = excluded.kind, \
         title = excluded.title, username = excluded.username, participants_count = excluded.participants_count, \
         inaccessible = excluded.inaccessible, migrated_to = excluded.migrated_to, \
         migrated_from = excluded.migrated_from, photo = excluded.photo, raw = excluded.raw, layer = excluded.layer \
         WHERE {}",
        WINS.replace("{t}", "chats")
    );
    chunks::insert(tx, head, &tail, chats, |row, (account, c)| {
        row.push_bind(*account)
            .push_bind(c.id.0)
            .push_bind(c.seen.to_i64())
            .push_bind(c.min);
        row.push_bind(c.kind.as_str())
            .push_bind(c.title.clone())
            .push_bind(c.username.clone());
        row.push_bind(c.participants_count).push_bind(c.inaccessible);
        row.push_bind(c.migrated_to.map(|c| c.0))
            .push_bind(c.migrated_from.map(|c| c.0));
        row.push_bind(some_json(c.photo.as_ref()))
            .push_bind(c.raw.to_vec())
            .push_bind(c.layer);
    })
    .await
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
