//! Messages and their registers: fold the captures into what is stored, write what changed.

use std::collections::{BTreeMap, BTreeSet};

use model::{Capture, CaptureBatch, Content, Lane, OperationId, Verdict};
use sqlx::postgres::PgConnection;
use store::fold::{Derived, MessageState, Registers, VersionKey};

use super::load::{Key, Known, Loaded};
use super::write::{self, MessageWrite, NewEdit};
use super::{Work, registers};
use crate::error::Outcome;

/// A message whose rows are to be written.
struct Touched {
    key: Key,
    state: MessageState,
    current: VersionKey,
    spread: bool,
    index: bool,
}

/// What follows from the fold, to be written.
#[derive(Default)]
struct Changes {
    touched: Vec<Touched>,
    new_operations: Vec<NewEdit>,
    gone_operations: Vec<OperationId>,
    chats_learned: Vec<(Key, i64)>,
    arrived_early: Vec<Key>,
}

/// Applies the message and register captures.
pub(super) async fn apply(
    tx: &mut PgConnection,
    batches: &[&CaptureBatch],
    loaded: &mut Loaded,
    work: &mut Work,
) -> Outcome<()> {
    let (states, mut early) = fold(batches, loaded, work);
    early.retain(|key, _| !loaded.purged.contains(key));
    let live = live(batches);
    let mut changes = Changes::default();
    for (key, state) in states {
        note(key, state, loaded, &live, &mut changes, work);
    }
    let writes: Vec<_> = changes
        .touched
        .iter()
        .filter_map(|t| MessageWrite::of(t.key, &t.state, t.current, t.spread, t.index))
        .collect();
    write::messages(tx, &writes).await?;
    let operations = write::edit_operations(tx, &changes.new_operations, &changes.gone_operations).await?;
    work.applied.operations.extend(operations);
    write::learned_chats(tx, &changes.chats_learned).await?;
    registers::arrived(tx, &changes.arrived_early).await?;
    registers::keep(tx, early, &loaded.early).await
}

/// Messages that the live lane told of.
fn live(batches: &[&CaptureBatch]) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    for batch in batches.iter().filter(|b| b.lane == Lane::Live) {
        keys.extend(batch.captures.iter().filter_map(|c| match c {
            Capture::Message(m) => Some((batch.account.0, batch.box_id.to_i64(), m.id)),
            _ => None,
        }));
    }
    keys
}

/// States of the touched messages that are known or arrive, and registers of those that do neither.
fn fold(
    batches: &[&CaptureBatch],
    loaded: &Loaded,
    work: &mut Work,
) -> (BTreeMap<Key, MessageState>, BTreeMap<Key, Registers>) {
    let mut states: BTreeMap<Key, MessageState> = BTreeMap::new();
    for batch in batches {
        for capture in &batch.captures {
            let Capture::Message(m) = capture else { continue };
            let key = (batch.account.0, batch.box_id.to_i64(), m.id);
            if let Some(state) = states.get_mut(&key) {
                state.merge(m);
            } else if let Some(known) = loaded.known.get(&key) {
                let mut state = known.state.clone();
                state.merge(m);
                states.insert(key, state);
            } else {
                states.insert(key, MessageState::new(m));
            }
        }
    }
    let mut early: BTreeMap<Key, Registers> = BTreeMap::new();
    for batch in batches {
        let mut note = |id: i64, kind: &'static str, take: &mut dyn FnMut(&mut Registers)| {
            let key = (batch.account.0, batch.box_id.to_i64(), id);
            if !states.contains_key(&key)
                && let Some(known) = loaded.known.get(&key)
            {
                states.insert(key, known.state.clone());
            }
            match states.get_mut(&key) {
                Some(state) => {
                    take(&mut state.registers);
                    let chat = state.head.value.chat.map(|c| c.0);
                    work.change(key.0, chat, batch.lane == Lane::Live, kind, id);
                }
                None => take(early.entry(key).or_default()),
            }
        };
        for capture in &batch.captures {
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
    }
    (states, early)
}

/// Notes what one message's new state asks to be written and told.
fn note(
    key: Key,
    mut state: MessageState,
    loaded: &Loaded,
    live: &BTreeSet<Key>,
    changes: &mut Changes,
    work: &mut Work,
) {
    let known = loaded.known.get(&key);
    if known.is_none()
        && let Some(registers) = loaded.early.get(&key)
    {
        state.registers.join(registers);
        changes.arrived_early.push(key);
    }
    if loaded.purged.contains(&key) {
        purge(&mut state);
    }
    let derived = state.derive(|v| known.and_then(|k| k.edits.get(v)).and_then(|e| e.verdict));
    let chat = state.head.value.chat.map_or(0, |c| c.0);
    operations(key, chat, &state, &derived, known, changes);
    if loaded.chatless.contains(&key) && chat != 0 {
        changes.chats_learned.push((key, chat));
    }
    if known.is_some_and(|k| k.state == state) {
        return;
    }
    let kind = told_as(&derived, known);
    if let Some(kind) = kind {
        let chat = state.head.value.chat.map(|c| c.0);
        work.change(key.0, chat, live.contains(&key), kind, key.2);
    }
    let text = state
        .versions
        .get(&derived.current)
        .is_some_and(|v| !v.content.text.is_empty());
    let moved = known.is_some_and(|k| k.state.head.value.chat != state.head.value.chat);
    let before = known.map_or(1, |k| k.state.versions.len());
    work.applied.new_messages += u64::from(known.is_none());
    work.applied.new_versions += state.versions.len().saturating_sub(before) as u64;
    changes.touched.push(Touched {
        key,
        state,
        current: derived.current,
        spread: known.is_some_and(|k| k.spread),
        index: kind == Some("edited") || (text && (kind == Some("new") || moved)),
    });
}

/// What of the message's edit operations is new or was seen again, and which pending ones are none any more.
fn operations(
    key: Key,
    chat: i64,
    state: &MessageState,
    derived: &Derived,
    known: Option<&Known>,
    changes: &mut Changes,
) {
    let stored = known.map(|k| &k.edits);
    for version in &derived.operations {
        let seen = state.versions.get(version).map_or(0, |v| v.seen);
        if stored.and_then(|s| s.get(version)).is_none_or(|e| e.seen < seen) {
            changes.new_operations.push(NewEdit {
                key,
                chat,
                version: *version,
                seen,
            });
        }
    }
    for (version, edit) in stored.into_iter().flatten() {
        if edit.verdict.is_none() && !derived.operations.contains(version) {
            changes.gone_operations.push(edit.operation);
        }
    }
}

/// As what the change is told, if what is shown changed.
fn told_as(derived: &Derived, known: Option<&Known>) -> Option<&'static str> {
    let Some(known) = known else { return Some("new") };
    let before = current_of(known, &BTreeMap::new()).current;
    (before.1 != derived.current.1).then_some("edited")
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
