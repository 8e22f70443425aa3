//! The comparer: plain SQL on one side, the simulator's snapshot on the other, none of the archive's decoders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use sqlx::{AnyPool, Row as _};
use telegram_sim::snapshot::{Snapshot, TrueMessage};

/// What was compared, and every difference in words.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Messages compared.
    pub messages: usize,
    /// Files compared.
    pub media: usize,
    /// Operations that stand in an open incident.
    pub held: usize,
    /// What is not the same.
    pub differences: Vec<String>,
}

/// What is expected besides the snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expectations {
    /// Files were downloaded: compare them.
    pub media: bool,
    /// Edits seen live only as their newest text (connections were dropped): middle versions may be missing.
    pub versions_may_be_missing: bool,
}

/// Compares an archive with the truth. Deletions must be applied or stand in an open incident; all else must be equal.
pub async fn compare(
    pool: &AnyPool,
    media: &Path,
    truth: &Snapshot,
    expect: Expectations,
) -> anyhow::Result<Comparison> {
    let mut c = Comparison::default();
    let stored = stored_messages(pool).await?;
    let mut expected = BTreeSet::new();
    for m in &truth.messages {
        let key = (m.r#box, m.id);
        expected.insert(key);
        c.messages += 1;
        match stored.get(&key) {
            None => {
                // What was deleted before it could be seen is not there.
                if m.deleted_at.is_none() {
                    c.differences
                        .push(format!("message {} of box {} is missing", m.id, m.r#box));
                }
            }
            Some(row) => one(&mut c, m, row, expect),
        }
    }
    for key in stored.keys().filter(|k| !expected.contains(k)) {
        c.differences
            .push(format!("message {} of box {} was never sent", key.1, key.0));
    }
    if expect.media {
        files(&mut c, pool, media, truth).await?;
    }
    Ok(c)
}

#[derive(Default)]
struct Stored {
    chat: i64,
    date: i64,
    sender: Option<i64>,
    text: String,
    edit_date: i64,
    entities: Option<String>,
    reactions: Option<String>,
    pinned: bool,
    kind: String,
    raw_bytes: i64,
    /// (edit date, text), oldest first; empty: only the row's own.
    versions: Vec<(i64, String)>,
    deleted: bool,
    deletion_state: Option<String>,
    edit_states: Vec<String>,
}

async fn stored_messages(pool: &AnyPool) -> anyhow::Result<BTreeMap<(i64, i64), Stored>> {
    let mut all = BTreeMap::new();
    let rows = sqlx::query(
        "SELECT m.box, m.id, m.chat, m.date, m.sender, m.text, m.edit_date, m.entities, m.reactions,
                CAST(m.pinned AS integer) AS pinned, m.kind, length(m.raw) AS raw_bytes, t.deleted_at
         FROM messages m LEFT JOIN tombstones t USING (account, box, id)",
    )
    .fetch_all(pool)
    .await?;
    for row in &rows {
        let stored = Stored {
            chat: row.get("chat"),
            date: row.get("date"),
            sender: row.get("sender"),
            text: row.get("text"),
            edit_date: row.get("edit_date"),
            entities: row.get("entities"),
            reactions: row.get("reactions"),
            pinned: row.get::<i64, _>("pinned") != 0,
            kind: row.get("kind"),
            raw_bytes: row.get("raw_bytes"),
            deleted: row.get::<Option<i64>, _>("deleted_at").is_some(),
            ..Stored::default()
        };
        all.insert((row.get("box"), row.get("id")), stored);
    }
    let rows = sqlx::query(
        "SELECT box, id, edit_date, text FROM message_versions ORDER BY box, id, edit_date, seen",
    )
    .fetch_all(pool)
    .await?;
    for row in &rows {
        if let Some(stored) = all.get_mut(&(row.get("box"), row.get("id"))) {
            stored.versions.push((row.get("edit_date"), row.get("text")));
        }
    }
    let rows = sqlx::query("SELECT box, id, kind, state FROM operations")
        .fetch_all(pool)
        .await?;
    for row in &rows {
        if let Some(stored) = all.get_mut(&(row.get("box"), row.get("id"))) {
            match row.get::<&str, _>("kind") {
                "delete" => stored.deletion_state = Some(row.get("state")),
                _ => stored.edit_states.push(row.get("state")),
            }
        }
    }
    Ok(all)
}

fn one(c: &mut Comparison, m: &TrueMessage, row: &Stored, expect: Expectations) {
    let mut differs = |what: &str, truth: &dyn std::fmt::Debug, stored: &dyn std::fmt::Debug| {
        c.differences.push(format!(
            "message {} of box {}: {what} is {stored:?}, truth {truth:?}",
            m.id, m.r#box
        ));
    };
    if row.chat != m.chat {
        differs("chat", &m.chat, &row.chat);
    }
    if row.date != m.date {
        differs("date", &m.date, &row.date);
    }
    if m.service != (row.kind == "service") {
        differs("service", &m.service, &row.kind);
    }
    if row.raw_bytes == 0 {
        differs("raw", &"bytes", &row.raw_bytes);
    }
    if let (Some(sender), Some(stored)) = (m.sender, row.sender)
        && sender != stored
    {
        differs("sender", &sender, &stored);
    }
    let held_edits = row.edit_states.iter().filter(|s| *s == "held").count();
    let held_deletion = row.deletion_state.as_deref() == Some("held");
    c.held += held_edits + usize::from(held_deletion);
    let mut differs = |what: &str, truth: &dyn std::fmt::Debug, stored: &dyn std::fmt::Debug| {
        c.differences.push(format!(
            "message {} of box {}: {what} is {stored:?}, truth {truth:?}",
            m.id, m.r#box
        ));
    };
    match (m.deleted_at, row.deleted, held_deletion) {
        (Some(_), true, _) | (Some(_), false, true) | (None, false, false) => {}
        (truth, stored, held) => differs("deletion", &truth, &(stored, held, &row.deletion_state)),
    }
    versions(m, row, expect, held_edits, &mut differs);
    if m.deleted_at.is_none() {
        let stored: Vec<(String, i64)> = row.reactions.as_deref().map(reactions).unwrap_or_default();
        if stored != m.reactions && !m.service {
            differs("reactions", &m.reactions, &stored);
        }
        if row.pinned != m.pinned {
            differs("pinned", &m.pinned, &row.pinned);
        }
    }
}

fn versions(
    m: &TrueMessage,
    row: &Stored,
    expect: Expectations,
    held_edits: usize,
    differs: &mut dyn FnMut(&str, &dyn std::fmt::Debug, &dyn std::fmt::Debug),
) {
    let truth: Vec<(i64, &str)> = m
        .versions
        .iter()
        .map(|v| (v.edit_date, v.text.as_str()))
        .collect();
    let own = [(row.edit_date, row.text.clone())];
    let stored: &[(i64, String)] = if row.versions.is_empty() {
        &own
    } else {
        &row.versions
    };
    // The newest text must be there, unless the message went before it was read again.
    if let Some(last) = truth.last() {
        let known = stored.iter().any(|(_, text)| text == last.1);
        if !known && m.deleted_at.is_none() {
            differs("newest version", last, &stored);
        }
        if held_edits == 0 && m.deleted_at.is_none() && row.text != last.1 {
            differs("text", &last.1, &row.text);
        }
    }
    if !expect.versions_may_be_missing && m.deleted_at.is_none() {
        for version in &truth {
            if !stored
                .iter()
                .any(|(date, text)| (*date, text.as_str()) == *version)
            {
                differs("version", version, &stored);
            }
        }
    }
    for (date, text) in stored {
        if !truth.iter().any(|(d, t)| t == text && (d == date || *date > 0)) {
            differs("a version", &truth, &(date, text));
        }
    }
    if let Some(last) = m.versions.last()
        && m.versions.len() == 1
    {
        let entities: Vec<(i32, i32)> = row.entities.as_deref().map(entities).unwrap_or_default();
        if entities != last.entities {
            differs("entities", &last.entities, &entities);
        }
    }
}

fn entities(json: &str) -> Vec<(i32, i32)> {
    let list: Vec<Value> = serde_json::from_str(json).unwrap_or_default();
    list.iter()
        .map(|e| {
            (
                e["o"].as_i64().unwrap_or(-1) as i32,
                e["l"].as_i64().unwrap_or(-1) as i32,
            )
        })
        .collect()
}

fn reactions(json: &str) -> Vec<(String, i64)> {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    value["counts"]
        .as_array()
        .map(|counts| {
            counts
                .iter()
                .map(|r| {
                    (
                        r["reaction"].as_str().unwrap_or_default().to_owned(),
                        r["count"].as_i64().unwrap_or(0),
                    )
                })
                .collect()
        })
        .unwrap_or_default()
}

/// Every file of a message that is there: held, with the very bytes.
async fn files(c: &mut Comparison, pool: &AnyPool, media: &Path, truth: &Snapshot) -> anyhow::Result<()> {
    let rows = sqlx::query(
        "SELECT box, id, file_id, state, reason, sha256, stored_size FROM media WHERE owner = 'message'",
    )
    .fetch_all(pool)
    .await?;
    let stored: BTreeMap<(i64, i64, i64), _> = rows
        .iter()
        .map(|r| ((r.get("box"), r.get("id"), r.get("file_id")), r))
        .collect();
    for m in truth.messages.iter().filter(|m| m.deleted_at.is_none()) {
        let Some(file) = m.versions.last().and_then(|v| v.file) else {
            continue;
        };
        c.media += 1;
        let Some((sha256, size)) = truth.files.get(&file) else {
            continue;
        };
        let place = format!("file {file} of message {} of box {}", m.id, m.r#box);
        let Some(row) = stored.get(&(m.r#box, m.id, file)) else {
            c.differences.push(format!("{place} has no row"));
            continue;
        };
        if row.get::<&str, _>("state") != "stored" {
            c.differences.push(format!(
                "{place} is {} ({:?})",
                row.get::<&str, _>("state"),
                row.get::<Option<&str>, _>("reason")
            ));
            continue;
        }
        let hash = hex(&row.get::<Vec<u8>, _>("sha256"));
        if hash != *sha256 || row.get::<i64, _>("stored_size") != *size as i64 {
            c.differences
                .push(format!("{place}: the row says {hash}, truth {sha256}"));
            continue;
        }
        let blob = media.join("_shared").join(&sha256[..2]).join(sha256);
        match std::fs::read(&blob) {
            Ok(bytes) => {
                let actual = sha256_of(&bytes);
                if actual != *sha256 {
                    c.differences.push(format!(
                        "{place}: the bytes on disk have hash {actual}, truth {sha256}"
                    ));
                }
            }
            Err(e) => c.differences.push(format!("{place} is not on disk: {e}")),
        }
    }
    Ok(())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn sha256_of(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    hex(&Sha256::digest(bytes))
}
