//! Messages and their registers: fold the captures into what is stored, write what changed.

use std::collections::BTreeMap;

use model::{Capture, Content, OperationId, Verdict};
use sqlx::SqliteConnection;
use store::StoreError;
use store::fold::{Derived, MessageState, Registers, VersionKey};

use super::load::{Known, Loaded};
use super::write::{self, MessageWrite};
use super::{Group, Work, registers};

/// A message whose rows are to be written.
struct Touched {
    docid: i64,
    state: MessageState,
    derived: Derived,
    spread: bool,
    new: bool,
}

/// Applies the message and register captures of one box.
pub(super) async fn apply(
    tx: &mut SqliteConnection,
    account: i64,
    box_id: i64,
    group: &Group<'_>,
    mut loaded: Loaded,
    work: &mut Work,
) -> Result<(), StoreError> {
    let (states, mut early) = fold(group, &loaded, work);
    early.retain(|id, _| !loaded.purged.contains(id));
    let mut next_docid = if states.iter().any(|(id, _)| !loaded.known.contains_key(id)) {
        write::next_docid(tx).await?
    } else {
        0
    };
    let mut touched: BTreeMap<i64, Touched> = BTreeMap::new();
    let mut new_operations = Vec::new();
    let mut gone_operations = Vec::new();
    let mut chats_learned = Vec::new();
    let mut arrived_early = Vec::new();
    for (id, mut state) in states {
        let known = loaded.known.remove(&id);
        if known.is_none()
            && let Some(registers) = loaded.early.get(&id)
        {
            state.registers.join(registers);
            arrived_early.push(id);
        }
        if loaded.purged.contains(&id) {
            purge(&mut state);
        }
        let edits = known.as_ref().map(|k| &k.edits);
        let derived = state.derive(|key| edits.and_then(|e| e.get(key)).and_then(|e| e.verdict));
        let chat = state.head.value.chat.map_or(0, |c| c.0);
        operations(
            id,
            chat,
            &state,
            &derived,
            known.as_ref(),
            &mut new_operations,
            &mut gone_operations,
        );
        if loaded.chatless.contains(&id) && chat != 0 {
            chats_learned.push((id, chat));
        }
        let unchanged = known.as_ref().is_some_and(|k| k.state == state);
        if unchanged {
            continue;
        }
        let new = known.is_none();
        let docid = known.as_ref().map_or_else(
            || {
                next_docid += 1;
                next_docid - 1
            },
            |k| k.docid,
        );
        note_changes(account, id, docid, group, &state, &derived, known.as_ref(), work);
        work.applied.new_messages += u64::from(new);
        let before = known.as_ref().map_or(1, |k| k.state.versions.len());
        work.applied.new_versions += (state.versions.len() - before.min(state.versions.len())) as u64;
        let spread = known.is_some_and(|k| k.spread);
        touched.insert(
            id,
            Touched {
                docid,
                state,
                derived,
                spread,
                new,
            },
        );
    }
    let writes: Vec<_> = touched
        .iter()
        .map(|(id, t)| MessageWrite {
            docid: t.docid,
            account,
            box_id,
            id: *id,
            state: &t.state,
            current: t.derived.current,
            new: t.new,
            spread: t.spread,
        })
        .collect();
    write::messages(tx, &writes).await?;
    write::edit_operations(tx, account, box_id, &new_operations, &gone_operations).await?;
    write::learned_chats(tx, account, box_id, &chats_learned).await?;
    registers::arrived(tx, account, box_id, &arrived_early).await?;
    registers::keep(tx, account, box_id, early, &loaded.early).await
}

/// States of the touched messages that are known or arrive, and registers of those that do neither.
fn fold(
    group: &Group<'_>,
    loaded: &Loaded,
    work: &mut Work,
) -> (BTreeMap<i64, MessageState>, BTreeMap<i64, Registers>) {
    let mut states: BTreeMap<i64, MessageState> = BTreeMap::new();
    for (_, capture) in group {
        if let Capture::Message(m) = capture {
            if let Some(state) = states.get_mut(&m.id) {
                state.merge(m);
            } else {
                let state = match loaded.known.get(&m.id) {
                    Some(known) => {
                        let mut state = known.state.clone();
                        state.merge(m);
                        state
                    }
                    None => MessageState::new(m),
                };
                states.insert(m.id, state);
            }
        }
    }
    let mut early: BTreeMap<i64, Registers> = BTreeMap::new();
    for (batch, capture) in group {
        let mut note = |id: i64, kind: &'static str, take: &mut dyn FnMut(&mut Registers)| {
            if !states.contains_key(&id)
                && let Some(known) = loaded.known.get(&id)
            {
                states.insert(id, known.state.clone());
            }
            match states.get_mut(&id) {
                Some(state) => {
                    take(&mut state.registers);
                    let chat = state.head.value.chat.map(|c| c.0);
                    let live = batch.lane == model::Lane::Live;
                    work.changes
                        .entry((batch.account.0, chat, live, kind))
                        .or_default()
                        .insert(id);
                }
                None => take(early.entry(id).or_default()),
            }
        };
        match capture {
            Capture::Reactions { seen, id, reactions } => {
                note(*id, "reactions", &mut |r| {
                    _ = r.reactions.merge(seen.to_i64(), reactions);
                });
            }
            Capture::Counters { seen, id, counters } => {
                note(*id, "counters", &mut |r| r.counters(seen.to_i64(), counters));
            }
            Capture::Pinned { seen, ids, pinned } => {
                for id in ids {
                    note(*id, "pinned", &mut |r| _ = r.pinned.merge(seen.to_i64(), pinned));
                }
            }
            _ => {}
        }
    }
    (states, early)
}

/// What of the message's edit operations is new or was seen again, and which pending ones are none any more.
fn operations(
    id: i64,
    chat: i64,
    state: &MessageState,
    derived: &Derived,
    known: Option<&Known>,
    new: &mut Vec<(i64, i64, VersionKey, i64)>,
    gone: &mut Vec<OperationId>,
) {
    let stored = known.map(|k| &k.edits);
    for key in &derived.operations {
        let seen = state.versions.get(key).map_or(0, |v| v.seen);
        if stored.and_then(|s| s.get(key)).is_none_or(|e| e.seen < seen) {
            new.push((id, chat, *key, seen));
        }
    }
    for (key, edit) in stored.into_iter().flatten() {
        if edit.verdict.is_none() && !derived.operations.contains(key) {
            gone.push(edit.operation);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one note of everything that changed")]
fn note_changes(
    account: i64,
    id: i64,
    docid: i64,
    group: &Group<'_>,
    state: &MessageState,
    derived: &Derived,
    known: Option<&Known>,
    work: &mut Work,
) {
    let chat = state.head.value.chat;
    let kind = match known {
        None => Some("new"),
        Some(k) => (current_of(k, &BTreeMap::new()).current.1 != derived.current.1).then_some("edited"),
    };
    let shown = state.versions.get(&derived.current);
    let text = shown.is_some_and(|v| !v.content.text.is_empty());
    let moved = known.is_some_and(|k| k.state.head.value.chat != chat);
    if kind == Some("edited") || (text && (kind == Some("new") || moved)) {
        work.to_index.insert(docid);
    }
    let Some(kind) = kind else { return };
    let live = group
        .iter()
        .any(|(b, c)| b.lane == model::Lane::Live && matches!(c, Capture::Message(m) if m.id == id));
    work.changes
        .entry((account, chat.map(|c| c.0), live, kind))
        .or_default()
        .insert(id);
}

/// A hard tombstone: nothing of the content comes back.
pub(super) fn purge(state: &mut MessageState) {
    let key = (0, model::ContentHash([0; 32]));
    let Some(mut version) = state.ordered().first().map(|(_, v)| (*v).clone()) else {
        return;
    };
    version.content = Content::default();
    version.raw = bytes::Bytes::new();
    version.kind = model::MessageKind::Unknown;
    version.edit_hide = false;
    version.seen = 0;
    version.layer = 0;
    version.origin = model::Origin::Page;
    state.versions = [(key, version)].into();
    state.registers = Registers::default();
    state.registers.pinned.merge(state.head.seen, &false);
    let head = &mut state.head.value;
    *head = model::MessageHead {
        chat: head.chat,
        date: head.date,
        ..model::MessageHead::default()
    };
}

/// What is shown of a message once these verdicts are applied.
pub(super) fn current_of(known: &Known, applied: &BTreeMap<VersionKey, Verdict>) -> Derived {
    known.state.derive(|key| {
        applied
            .get(key)
            .copied()
            .or_else(|| known.edits.get(key).and_then(|e| e.verdict))
    })
}
