//! `export` (F104, F105): chats as JSON, with media references, reactions, entities and versions. Days are inclusive, in
//! `VIEWER_TIMEZONE`.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::ChatId;
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
    writeln!(out, "{{\n  \"filters\": {head},\n  \"chats\": [")?;
    let mut messages = 0;
    let mut files = BTreeMap::new();
    for (n, chat) in chats.iter().enumerate() {
        if n > 0 {
            writeln!(out, ",")?;
        }
        messages += one(store, &mut out, chat, since, until, &mut files).await?;
    }
    writeln!(
        out,
        "\n  ],\n  \"statistics\": {}\n}}",
        json!({ "chats": chats.len(), "messages": messages, "files": file_counts(&files) })
    )?;
    out.into_inner()?.sync_all()?;
    std::fs::rename(&aside, output)?;
    println!(
        "{messages} messages of {} chats in {}",
        chats.len(),
        output.display()
    );
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

async fn one(
    store: &dyn Store,
    out: &mut impl std::io::Write,
    chat: &ChatSummary,
    since: Option<i64>,
    until: Option<i64>,
    counts: &mut Files,
) -> anyhow::Result<u64> {
    let head = json!({
        "id": chat.chat, "type": chat.kind.map(model::ChatKind::as_str), "name": chat.title, "username": chat.username,
    });
    write!(out, "    {{ \"chat\": {head}, \"messages\": [")?;
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
    let mut count = 0;
    loop {
        let page = store.messages(&query).await?;
        let ids: Vec<i64> = page.messages.iter().map(|m| m.id).collect();
        let media = store.media_of(chat.account, chat.chat.box_id(), &ids).await?;
        for message in &page.messages {
            let versions = if message.versions > 1 {
                let all = store
                    .versions(message.account, message.box_id, message.id)
                    .await?;
                let list = all.iter().map(|v| json!({ "edit_date": v.edit_date, "text": v.content.text, "state": v.state, "current": v.current }));
                Some(list.collect::<Vec<Value>>())
            } else {
                None
            };
            let owner = model::MediaOwner::Message(message.box_id, message.id);
            let files = media.iter().filter(|j| j.owner == owner).map(|j| {
                *counts.entry((j.state.as_str(), j.reason.clone())).or_default() += 1;
                json!({ "state": j.state, "path": j.stored.as_ref().and_then(|s| s.path.clone()),
                        "sha256": j.stored.as_ref().map(|s| hex(&s.sha256)), "mime_type": j.file.mime_type, "size": j.file.size, "reason": j.reason })
            });
            let files: Vec<Value> = files.collect();
            write!(
                out,
                "{}\n      {}",
                if count > 0 { "," } else { "" },
                message_json(message, versions.as_deref(), &files)
            )?;
            count += 1;
        }
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    write!(out, "\n    ] }}")?;
    Ok(count)
}

fn message_json(m: &MessageRow, versions: Option<&[Value]>, files: &[Value]) -> Value {
    json!({
        "id": m.id, "date": m.head.date, "kind": m.kind.as_str(), "sender": m.head.sender, "is_outgoing": m.head.flags.out,
        "text": m.content.text, "entities": m.content.entities, "attachment": m.content.attachment,
        "service": m.content.service, "reply": m.head.reply, "forward": m.head.forward, "grouped_id": m.head.grouped_id,
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
