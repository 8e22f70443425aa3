//! The comparer: plain SQL on one side, the simulator's snapshot on the other, none of the archive's decoders.
//!
//! What stands on Telegram must be in the archive as it stands there. What Telegram has hidden since, the text before an
//! edit and a message that was deleted, must be there if it was [`Witnessed`]: the archive had the chance to see it.

mod content;
mod files;
mod kept;
mod operations;
mod stored;
mod witnessed;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;

use sqlx::AnyConnection;
use telegram_sim::snapshot::{Snapshot, TrueMessage, TrueVersion};

pub use self::kept::Kept;
pub use self::witnessed::Witnessed;

use self::stored::{Stored, StoredVersion};
use self::witnessed::Remembered;

/// A message: its box and its id there.
type Key = (i64, i64);

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
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    /// Files were downloaded: compare them.
    pub media: bool,
    /// What must be there although Telegram does not show it any more.
    pub witnessed: Witnessed,
}

/// Compares an archive with the truth. Operations must be applied or stand in one open incident; all else must be equal.
pub async fn compare(
    database: &mut AnyConnection,
    media: &Path,
    truth: &Snapshot,
    expect: &Expectations,
) -> anyhow::Result<Comparison> {
    let mut c = Comparison::default();
    let stored = stored::messages(database).await?;
    let mut expected = BTreeSet::new();
    for m in &truth.messages {
        let key = (m.r#box, m.id);
        expected.insert(key);
        c.messages += 1;
        let remembered = expect.witnessed.of(key);
        match stored.get(&key) {
            // What was deleted before it could be seen is not there.
            None if m.deleted_at.is_some() && remembered.is_none() => {}
            None => c
                .differences
                .push(format!("message {} of box {} is missing", m.id, m.r#box)),
            Some(row) => Pair { m, row, remembered }.compare(&mut c),
        }
    }
    for key in stored.keys().filter(|k| !expected.contains(k)) {
        c.differences
            .push(format!("message {} of box {} was never sent", key.1, key.0));
    }
    operations::compare(&mut c, database, &stored).await?;
    if expect.media {
        files::compare(&mut c, database, media, truth, &expect.witnessed).await?;
    }
    Ok(c)
}

/// A message as it was, as it is stored, and what of it was witnessed.
struct Pair<'a> {
    m: &'a TrueMessage,
    row: &'a Stored,
    remembered: Option<&'a Remembered>,
}

impl Pair<'_> {
    fn compare(&self, c: &mut Comparison) {
        let (m, row) = (self.m, self.row);
        let mut differs = |what: &str, truth: &dyn Debug, stored: &dyn Debug| {
            c.differences.push(format!(
                "message {} of box {}: {what} is {stored:?}, truth {truth:?}",
                m.id, m.r#box
            ));
        };
        self.head(&mut differs);
        let deletion = (row.deleted, row.deletion.as_deref());
        match (m.deleted_at, deletion) {
            (Some(_), (true, Some("admitted")) | (false, Some("held"))) | (None, (false, None)) => {}
            (truth, deletion) => differs("deletion", &truth, &deletion),
        }
        self.registers(&mut differs);
        self.current(&mut differs);
        if row.versions.len() > 1 {
            self.versions(&mut differs);
        }
    }

    fn head(&self, differs: &mut dyn FnMut(&str, &dyn Debug, &dyn Debug)) {
        let (m, row) = (self.m, self.row);
        let mut equal = |what: &str, truth: &dyn Debug, stored: &dyn Debug, same: bool| {
            if !same {
                differs(what, truth, stored);
            }
        };
        // The message that opens a topic stands in it.
        let opens = m.kind.as_deref() == Some("messageActionTopicCreate");
        let topic = if opens { Some(m.id) } else { m.topic };
        equal("chat", &m.chat, &row.chat, m.chat == row.chat);
        equal("date", &m.date, &row.date, m.date == row.date);
        equal("sender", &m.sender, &row.sender, m.sender == row.sender);
        equal("reply", &m.reply_to, &row.reply_to, m.reply_to == row.reply_to);
        equal("topic", &topic, &row.topic, topic == row.topic);
        equal(
            "album",
            &m.grouped_id,
            &row.grouped_id,
            m.grouped_id == row.grouped_id,
        );
        equal("forward", &m.forward, &row.forward, m.forward == row.forward);
        equal("via_bot", &m.via_bot, &row.via_bot, m.via_bot == row.via_bot);
        let signature = (&m.post_author, &row.post_author);
        equal("signature", signature.0, signature.1, signature.0 == signature.1);
        equal("raw", &"bytes", &row.raw_bytes, row.raw_bytes > 0);
    }

    /// Reactions and pins. Of what is deleted: as they were last witnessed, if nobody touched them since.
    fn registers(&self, differs: &mut dyn FnMut(&str, &dyn Debug, &dyn Debug)) {
        let (m, row) = (self.m, self.row);
        let standing = m.deleted_at.is_none();
        let reacted = self.remembered.and_then(|r| r.reactions.as_ref());
        let pinned = self.remembered.and_then(|r| r.pinned);
        if (standing || reacted == Some(&m.reactions)) && row.reactions != m.reactions && !m.service {
            differs("reactions", &m.reactions, &row.reactions);
        }
        if (standing || pinned == Some(m.pinned)) && row.pinned != m.pinned {
            differs("pinned", &m.pinned, &row.pinned);
        }
    }

    /// What a reader is shown: the newest version that is not held.
    fn current(&self, differs: &mut dyn FnMut(&str, &dyn Debug, &dyn Debug)) {
        let (m, row) = (self.m, self.row);
        let held = |v: &TrueVersion| {
            row.versions
                .iter()
                .any(|s| s.operation.as_deref() == Some("held") && content::difference(v, s).is_none())
        };
        let newest = m.versions.iter().rev().find(|v| !held(v)).or(m.versions.first());
        let Some(newest) = newest else { return };
        let difference = content::difference(newest, &row.shown);
        // What was edited and deleted while nobody listened is known as it was before.
        let earlier = m.deleted_at.is_some() && m.versions.iter().any(|v| self.is(v, &row.shown));
        if let Some(what) = difference.filter(|_| !earlier) {
            differs(what, newest, &row.shown);
        }
        if difference.is_none()
            && m.versions.last() == Some(newest)
            && let Some((truth, stored)) = content::kind(m, row)
        {
            differs("kind", &truth, &stored);
        }
        if row.versions.len() <= 1 && (difference.is_none() || earlier) {
            for v in self.required().filter(|v| !self.is(v, &row.shown)) {
                differs("a version that was there", v, &"not there");
            }
            if !m.versions.iter().any(|v| self.is(v, &row.shown)) {
                differs("the edit date", &newest.edit_date, &row.shown.edit_date);
            }
        }
    }

    /// What was witnessed, and what stands there now.
    fn required(&self) -> impl Iterator<Item = &TrueVersion> {
        let now = self.m.versions.last().filter(|_| self.m.deleted_at.is_none());
        let then = self.remembered.into_iter().flat_map(|r| r.versions.iter());
        then.filter(move |v| Some(*v) != now).chain(now)
    }

    /// Each version that must be there is, and none is there that never was.
    fn versions(&self, differs: &mut dyn FnMut(&str, &dyn Debug, &dyn Debug)) {
        for v in self.required() {
            if !self.row.versions.iter().any(|s| self.is(v, s)) {
                differs("a version that was there", v, &"not there");
            }
        }
        for s in &self.row.versions {
            if !self.m.versions.iter().any(|v| self.is(v, s)) {
                differs("a version", &"never said", s);
            }
        }
    }

    /// The same content, of the same time: what was decorated since it was said has a later one.
    fn is(&self, v: &TrueVersion, s: &StoredVersion) -> bool {
        let decorated = self.m.decorated_at.is_some() && s.edit_date > v.edit_date;
        content::difference(v, s).is_none() && (s.edit_date == v.edit_date || decorated)
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// All rows by the message they belong to.
type ByMessage<T> = BTreeMap<Key, T>;
