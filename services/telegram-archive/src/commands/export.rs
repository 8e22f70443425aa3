//! `export` (F104, F105): chats as JSON, with names of senders, media references, reactions, entities and versions. Days are
//! inclusive, in `VIEWER_TIMEZONE`; a chat without messages in them is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{AccountId, ChatId};
use serde_json::{Value, json};
use store::{ChatSummary, Direction, MessageQuery, MessageRow, Store};

use super::{context, present};
use crate::settings::Settings;

pub(super) async fn run(
    settings: &Settings,
    output: &Path,
    chat: Option<i64>,
    start: Option<&str>,
    end: Option<&str>,
) -> anyhow::Result<()> {
    let zone = present::zone(&settings.args.viewer.viewer_timezone);
    let since = start
        .map(|d| day(d, &zone, "--start-date"))
        .transpose()?
        .map(|(first, _)| first);
    let until = end
        .map(|d| day(d, &zone, "--end-date"))
        .transpose()?
        .map(|(_, next)| next);
    let archive = context::reading(settings).await?;
    let store = &*archive.stores.all;
    let only = chat.map(|c| vec![ChatId(c)]);
    let chats = store.chats(archive.account.id, only.as_deref()).await?;
    if let (Some(id), true) = (chat, chats.is_empty()) {
        anyhow::bail!("chat {id} is not archived; see `telegram-archive list-chats`");
    }
    if let Some(folder) = output.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    // Written aside and renamed, so that a failed export leaves no half file.
    let aside = output.with_extension("partial");
    let file = std::fs::File::create(&aside).with_context(|| aside.display().to_string())?;
    let mut out = BufWriter::new(file);
    let head = json!({ "chat": chat, "start_date": start, "end_date": end, "time_zone": settings.args.viewer.viewer_timezone });
    let now = jiff::Timestamp::from_second(archive.clock.now_unix())?.to_string();
    writeln!(
        out,
        "{{\n  \"export_date\": {},\n  \"filters\": {head},\n  \"chats\": [",
        json!(now)
    )?;
    let (mut written, mut messages) = (0, 0);
    let mut files = BTreeMap::new();
    for chat in &chats {
        let count = one(store, &mut out, chat, (since, until), written > 0, &mut files).await?;
        written += u64::from(count > 0);
        messages += count;
    }
    writeln!(
        out,
        "\n  ],\n  \"statistics\": {}\n}}",
        json!({ "chats": written, "messages": messages, "files": file_counts(&files) })
    )?;
    out.into_inner()?.sync_all()?;
    std::fs::rename(&aside, output)?;
    println!("{messages} messages of {written} chats in {}", output.display());
    Ok(())
}

/// First second of a day and of the next.
fn day(text: &str, zone: &TimeZone, flag: &str) -> anyhow::Result<(i64, i64)> {
    let date: Date = text
        .parse()
        .with_context(|| format!("{flag}: `{text}` is no day. Example: {flag} 2024-12-31"))?;
    let first = date.to_zoned(zone.clone())?.timestamp().as_second();
    let next = date.tomorrow()?.to_zoned(zone.clone())?.timestamp().as_second();
    Ok((first, next))
}

/// Files by what became of them, and why.
type Files = BTreeMap<(&'static str, Option<String>), u64>;

fn file_counts(files: &Files) -> Vec<Value> {
    let count = |((state, reason), files): (&(&str, Option<String>), &u64)| json!({ "state": state, "reason": reason, "files": files });
    files.iter().map(count).collect()
}

/// Writes a chat if it has messages in the range; `more`: another stands before it.
async fn one(
    store: &dyn Store,
    out: &mut impl std::io::Write,
    chat: &ChatSummary,
    (since, until): (Option<i64>, Option<i64>),
    more: bool,
    counts: &mut Files,
) -> anyhow::Result<u64> {
    let head = json!({
        "id": chat.chat, "type": chat.kind.map(model::ChatKind::as_str), "name": chat.title, "username": chat.username,
    });
    let mut query = MessageQuery {
        account: chat.account,
        chat: chat.chat,
        cursor: None,
        topic: None,
        direction: Direction::Newer,
        limit: 500,
        since,
        until,
    };
    let mut names = Names::new();
    let mut count = 0;
    loop {
        let page = store.messages(&query).await?;
        let ids: Vec<i64> = page.messages.iter().map(|m| m.id).collect();
        let media = store.media_of(chat.account, chat.chat.box_id(), &ids).await?;
        learn(store, chat.account, &page.messages, &mut names).await?;
        for message in &page.messages {
            let versions = versions(store, message).await?;
            let owner = model::MediaOwner::Message(message.box_id, message.id);
            let files = media.iter().filter(|j| j.owner == owner).map(|j| {
                *counts.entry((j.state.as_str(), j.reason.clone())).or_default() += 1;
                json!({ "state": j.state, "path": j.stored.as_ref().and_then(|s| s.path.clone()),
                        "sha256": j.stored.as_ref().map(|s| hex(&s.sha256)), "mime_type": j.file.mime_type, "size": j.file.size, "reason": j.reason })
            });
            let files: Vec<Value> = files.collect();
            match (count, more) {
                (0, false) => write!(out, "    {{ \"chat\": {head}, \"messages\": [")?,
                (0, true) => write!(out, ",\n    {{ \"chat\": {head}, \"messages\": [")?,
                _ => write!(out, ",")?,
            }
            let message = message_json(message, &names, versions.as_deref(), &files);
            write!(out, "\n      {message}")?;
            count += 1;
        }
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    if count > 0 {
        write!(out, "\n    ] }}")?;
    }
    Ok(count)
}

/// Names of users and chats, as far as they are known.
type Names = BTreeMap<ChatId, Option<String>>;

/// The names of those who sent these.
async fn learn(
    store: &dyn Store,
    account: AccountId,
    messages: &[MessageRow],
    names: &mut Names,
) -> anyhow::Result<()> {
    let senders: BTreeSet<ChatId> = messages
        .iter()
        .filter_map(|m| m.head.sender)
        .filter(|sender| !names.contains_key(sender))
        .collect();
    let senders: Vec<ChatId> = senders.into_iter().collect();
    let known = store.peer_names(account, &senders).await?;
    names.extend(known.into_iter().map(|(id, name, _)| (id, name)));
    Ok(())
}

/// All versions of a message that has several.
async fn versions(store: &dyn Store, message: &MessageRow) -> anyhow::Result<Option<Vec<Value>>> {
    if message.versions <= 1 {
        return Ok(None);
    }
    let all = store
        .versions(message.account, message.box_id, message.id)
        .await?;
    let list = all.iter().map(|v| {
        json!({
            "edit_date": v.edit_date, "kind": v.kind.as_str(), "text": v.content.text, "entities": v.content.entities,
            "attachment": v.content.attachment, "state": v.state, "current": v.current,
        })
    });
    Ok(Some(list.collect()))
}

fn message_json(m: &MessageRow, names: &Names, versions: Option<&[Value]>, files: &[Value]) -> Value {
    let sender_name = m
        .head
        .sender
        .and_then(|sender| names.get(&sender))
        .cloned()
        .flatten();
    json!({
        "id": m.id, "date": m.head.date, "kind": m.kind.as_str(), "sender": m.head.sender, "sender_name": sender_name,
        "is_outgoing": m.head.flags.out, "text": m.content.text, "entities": m.content.entities,
        "attachment": m.content.attachment, "service": m.content.service, "reply": m.head.reply,
        "forward": m.head.forward, "grouped_id": m.head.grouped_id,
        "edit_date": (m.edit_date != 0).then_some(m.edit_date), "reactions": m.reactions.counts, "pinned": m.pinned,
        "deleted_at": m.deleted_at.map(|at| at / 1_000_000), "versions": versions, "files": files,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_whole() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let (first, next) = day("2024-12-31", &zone, "-e").unwrap();
        assert_eq!((first, next - first), (1_735_599_600, 86_400));
        assert!(
            day("31.12.2024", &zone, "--end-date")
                .unwrap_err()
                .to_string()
                .contains("--end-date")
        );
    }
}
