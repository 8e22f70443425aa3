//! What an archive had the chance to see.

use std::collections::BTreeSet;

use telegram_sim::snapshot::{Snapshot, TrueMessage, TrueVersion};

use super::{ByMessage, Key};

/// Of one message.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered {
    /// What it said, each once.
    pub(super) versions: Vec<TrueVersion>,
    /// Telegram's ids of files that were stored.
    pub(super) files: BTreeSet<i64>,
    /// As they were last.
    pub(super) reactions: Option<Vec<(String, i64)>>,
    /// As it was last.
    pub(super) pinned: Option<bool>,
}

/// What must be in an archive, whatever is edited or deleted later.
#[derive(Clone, Debug, Default)]
pub struct Witnessed(ByMessage<Remembered>);

impl Witnessed {
    pub(super) fn of(&self, key: Key) -> Option<&Remembered> {
        self.0.get(&key)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (Key, i64)> {
        self.0
            .iter()
            .flat_map(|(key, r)| r.files.iter().map(|file| (*key, *file)))
    }

    fn remember(&mut self, m: &TrueMessage, versions: &[TrueVersion]) -> &mut Remembered {
        let remembered = self.0.entry((m.r#box, m.id)).or_default();
        for v in versions {
            if !remembered.versions.contains(v) {
                remembered.versions.push(v.clone());
            }
        }
        if m.deleted_at.is_none() {
            remembered.reactions = Some(m.reactions.clone());
            remembered.pinned = Some(m.pinned);
        }
        remembered
    }

    /// What Telegram shows at a moment when the archive has caught up with it, files included.
    pub fn shown(&mut self, truth: &Snapshot) {
        for m in truth.messages.iter().filter(|m| m.deleted_at.is_none()) {
            let Some(newest) = m.versions.last() else { continue };
            let remembered = self.remember(m, std::slice::from_ref(newest));
            remembered.files.extend(newest.file);
        }
    }

    /// What happened between two moments while the archive was connected and nothing went wrong: middle versions, and
    /// messages that were deleted at once.
    pub fn told(&mut self, before: &Snapshot, now: &Snapshot) {
        let before: ByMessage<&TrueMessage> = before.messages.iter().map(|m| ((m.r#box, m.id), m)).collect();
        for m in &now.messages {
            let known = before.get(&(m.r#box, m.id)).map_or(0, |b| b.versions.len());
            if known < m.versions.len() {
                self.remember(m, &m.versions[known..]);
            }
        }
    }

    /// How many messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
