//! Columns from and to the model's types.

use bytes::Bytes;
use model::{ChatId, Content, ContentHash, MessageFlags, MessageHead, MessageKind, Origin};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use store::StoreError;
use store::fold::{MessageState, Register, Registers, Version, VersionKey};

use crate::error::{map, odd};

pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(crate) fn some_json<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.map(json)
}

pub(crate) fn list_json<T: Serialize>(values: &[T]) -> Option<String> {
    (!values.is_empty()).then(|| json(&values))
}

pub(crate) fn from_json<T: DeserializeOwned>(
    text: Option<String>,
    column: &str,
) -> Result<Option<T>, StoreError> {
    text.map(|t| serde_json::from_str(&t).map_err(|_| odd("messages", column)))
        .transpose()
}

pub(crate) fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(column).map_err(map)
}

pub(crate) fn origin(word: &str) -> Origin {
    match word {
        "live" => Origin::Live,
        "difference" => Origin::Difference,
        "import" => Origin::Import,
        _ => Origin::Page,
    }
}

pub(crate) fn flags_bits(f: MessageFlags) -> i64 {
    i64::from(f.out)
        | i64::from(f.post) << 1
        | i64::from(f.silent) << 2
        | i64::from(f.noforwards) << 3
        | i64::from(f.from_scheduled) << 4
}

pub(crate) fn flags(bits: i64) -> MessageFlags {
    MessageFlags {
        out: bits & 1 != 0,
        post: bits & 2 != 0,
        silent: bits & 4 != 0,
        noforwards: bits & 8 != 0,
        from_scheduled: bits & 16 != 0,
    }
}

/// The head of a row of `messages`.
pub(crate) fn head(row: &SqliteRow) -> Result<MessageHead, StoreError> {
    let chat: i64 = get(row, "chat")?;
    Ok(MessageHead {
        chat: (chat != 0).then_some(model::ChatId(chat)),
        sender: get::<Option<i64>>(row, "sender")?.map(model::ChatId),
        date: get(row, "date")?,
        flags: flags(get(row, "flags")?),
        via_bot: get(row, "via_bot")?,
        post_author: get(row, "post_author")?,
        grouped_id: get(row, "grouped_id")?,
        topic_id: get(row, "topic_id")?,
        reply: from_json(get(row, "reply")?, "reply")?,
        forward: from_json(get(row, "forward")?, "forward")?,
        ttl_seconds: get(row, "ttl_seconds")?,
    })
}

/// Content of a row of `messages` or `message_versions`.
pub(crate) fn content(row: &SqliteRow) -> Result<Content, StoreError> {
    Ok(Content {
        text: get(row, "text")?,
        entities: from_json(get(row, "entities")?, "entities")?.unwrap_or_default(),
        attachment: from_json(get(row, "attachment")?, "attachment")?,
        service: from_json(get(row, "service")?, "service")?,
    })
}

fn register(row: &SqliteRow, value: &str, seen: &str) -> Result<Register<Option<i64>>, StoreError> {
    Ok(match get::<Option<i64>>(row, seen)? {
        Some(seen) => Register {
            seen,
            value: get(row, value)?,
        },
        None => Register::default(),
    })
}

/// Registers of a row of `messages` or `early_registers`.
pub(crate) fn registers(row: &SqliteRow) -> Result<Registers, StoreError> {
    Ok(Registers {
        views: register(row, "views", "views_seen")?,
        forwards: register(row, "forwards", "forwards_seen")?,
        replies: register(row, "replies", "replies_seen")?,
        reactions: match get::<Option<i64>>(row, "reactions_seen")? {
            Some(seen) => Register {
                seen,
                value: from_json(get(row, "reactions")?, "reactions")?.unwrap_or_default(),
            },
            None => Register::default(),
        },
        pinned: match get::<Option<i64>>(row, "pinned_seen")? {
            Some(seen) => Register {
                seen,
                value: get::<Option<bool>>(row, "pinned")?.unwrap_or_default(),
            },
            None => Register::default(),
        },
    })
}

/// A version, from `messages` (`seen` = "version_seen") or `message_versions` (`seen` = "seen").
pub(crate) fn version(row: &SqliteRow, seen: &str) -> Result<(VersionKey, Version), StoreError> {
    let hash: Vec<u8> = get(row, "hash")?;
    let key = (
        get(row, "edit_date")?,
        ContentHash::try_from(&hash[..]).map_err(|_| odd("messages", "hash"))?,
    );
    let version = Version {
        seen: get(row, seen)?,
        kind: MessageKind::parse(get(row, "kind")?),
        edit_hide: get(row, "edit_hide")?,
        content: content(row)?,
        raw: Bytes::from(get::<Vec<u8>>(row, "raw")?),
        layer: get(row, "layer")?,
        origin: origin(get(row, "origin")?),
    };
    Ok((key, version))
}

/// The state of a row of `messages` with one version; of others the versions are added by the caller.
pub(crate) fn state(row: &SqliteRow) -> Result<MessageState, StoreError> {
    let (key, own) = version(row, "version_seen")?;
    Ok(MessageState {
        head: Register {
            seen: get(row, "seen")?,
            value: head(row)?,
        },
        versions: std::iter::once((key, own)).collect(),
        registers: registers(row)?,
    })
}

/// The condition for rows of one chat, which is `?2`, or of all: behind an `OR` SQLite would use no index.
pub(crate) const fn of_chat(chat: Option<ChatId>) -> &'static str {
    match chat {
        Some(_) => "chat = ?2",
        None => "?2 IS NULL",
    }
}
