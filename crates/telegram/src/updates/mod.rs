//! Following what happens, from the persisted state on.
//!
//! Our own loop over grammers' message boxes. It differs from grammers' receiver in what it does not lose: a difference
//! that is too long is told, as is a channel that cannot be asked; and nothing is persisted here.

mod capture;
mod differences;
mod notes;
mod prepare;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use grammers_session::updates::{MessageBoxes, UpdateAndPeers};
use grammers_tl_types::{enums, functions, types};
use model::{BoxId, Capture, ChatId, DeletionSource, Origin, Seen};
use store::SessionState;
use tokio::sync::mpsc;

use crate::client::Inner;
use crate::decode::{self, Context};
use crate::pool::{Arrived, CallError, Hub};
use crate::port::{CallClass, TelegramError, TooLong, UpdateBatch, UpdateState, Updates};
use crate::session::{from_grammers, to_grammers};
use capture::{Source, capture};
pub(crate) use notes::ChannelNotes;
use prepare::Prepared;

type GetState = functions::updates::GetState;

/// Follows the updates of one connection.
pub(crate) struct Follower {
    inner: Arc<Inner>,
    arrivals: mpsc::Receiver<Arrived>,
    boxes: MessageBoxes,
    /// Stamps of updates that may have to wait for a gap to close, by box and pts.
    stamps: HashMap<prepare::PtsKey, Seen>,
    too_long: Vec<TooLong>,
    /// Unix microseconds up to which nothing is missing.
    synced_at: i64,
}

impl Follower {
    pub(crate) async fn start(inner: Arc<Inner>) -> Result<Self, TelegramError> {
        let state = inner.ensure_state().await?;
        inner.drop_notes();
        let arrivals = inner.hub.follow();
        let boxes = MessageBoxes::load(to_grammers(&state));
        let synced_at = i64::from(state.date) * 1_000_000;
        Ok(Self {
            inner,
            arrivals,
            boxes,
            stamps: HashMap::new(),
            too_long: Vec::new(),
            synced_at,
        })
    }

    fn differences_pending(&self) -> bool {
        self.boxes.get_difference().is_some() || self.boxes.get_channel_difference().is_some()
    }

    /// One step: a batch, or nothing to tell yet. Between a change of the boxes and its batch there is no await, so that
    /// a caller may drop the future at any time.
    async fn step(&mut self) -> Result<Option<UpdateBatch>, TelegramError> {
        if self.inner.pool.closed().is_cancelled() {
            return Err(TelegramError::Closed);
        }
        self.heed_notes();
        if self.inner.hub.take_overflow() {
            // Updates were dropped: ask all boxes from where they are.
            self.boxes = MessageBoxes::load(self.boxes.session_state());
        }
        let deadline = self.boxes.check_deadlines();
        if let Some(request) = self.boxes.get_difference() {
            return self.common_difference(request).await;
        }
        if let Some(request) = self.boxes.get_channel_difference() {
            return self.channel_difference(request).await;
        }
        let probe = tokio::time::Instant::now() + self.inner.timeouts.idle_probe;
        let inner = Arc::clone(&self.inner);
        tokio::select! {
            arrived = self.arrivals.recv() => match arrived {
                Some(arrived) => Ok(self.arrived(arrived)),
                None => Err(TelegramError::Closed),
            },
            () = inner.noted.notified() => Ok(None),
            () = tokio::time::sleep_until(deadline.into()) => Ok(None),
            () = tokio::time::sleep_until(probe) => self.probe().await,
        }
    }

    /// Nothing for long: a dead connection would say nothing either.
    async fn probe(&self) -> Result<Option<UpdateBatch>, TelegramError> {
        let ping = functions::Ping {
            ping_id: self.inner.stamps.next().to_i64(),
        };
        let answer = self.inner.pool.call(CallClass::Updates, &ping).await;
        answer.map_err(CallError::of::<functions::Ping>)?;
        Ok(None)
    }

    fn arrived(&mut self, arrived: Arrived) -> Option<UpdateBatch> {
        let Arrived { updates, seen, at } = arrived;
        let updates = prepare::mind_strangers(
            updates,
            |chat| self.inner.input_peer(chat).is_ok(),
            |peer| self.inner.session.peer(peer).is_some(),
        );
        let known: Vec<i64> = self.boxes.session_state().channels.iter().map(|c| c.id).collect();
        let Prepared {
            updates,
            stamps,
            unknown,
        } = prepare::arrived(updates, seen, |id| known.contains(&id));
        self.too_long.extend(
            unknown
                .into_iter()
                .map(|id| TooLong::Channel(ChatId::channel(id))),
        );
        if self.stamps.len() > prepare::STAMPS_KEPT {
            self.stamps.clear();
        }
        self.stamps.extend(stamps);
        let source = Source {
            seen,
            origin: Origin::Live,
            deletion: DeletionSource::Live,
            observed_at: at,
            since: None,
        };
        let batch = match self.boxes.process_updates(updates) {
            Ok(found) => self.batch(found, &source),
            // A gap: the next step asks for the difference.
            Err(_) => self.batch((Vec::new(), Vec::new(), Vec::new()), &source),
        };
        if !self.differences_pending() {
            self.synced_at = at;
        }
        batch
    }

    /// What was found, by box; `None` if there is nothing to tell.
    fn batch(&mut self, (updates, users, chats): UpdateAndPeers, source: &Source) -> Option<UpdateBatch> {
        self.inner.session.remember(&users, &chats);
        let context = Context {
            seen: source.seen,
            me: self.inner.session.user_id(),
        };
        let mut parts: Vec<(BoxId, Vec<Capture>)> = Vec::new();
        let mut next = 0;
        for (update, state) in updates {
            let buffered = state
                .message_box
                .and_then(|b| self.stamps.remove(&prepare::key_of(b)));
            let seen = buffered.unwrap_or(Seen {
                counter: source.seen.counter + next,
                ..source.seen
            });
            next = (next + 1).min(Hub::STAMPS - 1);
            for (box_id, capture) in capture(&update, Context { seen, ..context }, source) {
                put(&mut parts, box_id, capture);
            }
        }
        let peers = decode::peers(&users, &chats, context);
        if !peers.is_empty() {
            match parts.first_mut() {
                Some((_, first)) => {
                    first.splice(0..0, peers);
                }
                None => parts.push((BoxId::Common, peers)),
            }
        }
        if parts.is_empty() && self.too_long.is_empty() {
            return None;
        }
        Some(UpdateBatch {
            parts,
            state: UpdateState(self.state()),
            too_long: std::mem::take(&mut self.too_long),
            received_at: source.observed_at,
        })
    }

    fn state(&self) -> SessionState {
        from_grammers(self.boxes.session_state())
    }
}

fn put(parts: &mut Vec<(BoxId, Vec<Capture>)>, box_id: BoxId, capture: Capture) {
    match parts.iter_mut().find(|(known, _)| *known == box_id) {
        Some((_, captures)) => captures.push(capture),
        None => parts.push((box_id, vec![capture])),
    }
}

#[async_trait]
impl Updates for Follower {
    async fn next(&mut self) -> Result<UpdateBatch, TelegramError> {
        loop {
            if let Some(batch) = self.step().await? {
                return Ok(batch);
            }
        }
    }
}

/// Telegram's state as one that differences can be asked from: not from 0, where grammers' boxes do not even look, and
/// panic if secret chats are counted beside it.
fn asked_from(state: enums::updates::State) -> types::updates::State {
    let enums::updates::State::State(state) = state;
    types::updates::State {
        pts: state.pts.max(1),
        ..state
    }
}

impl Inner {
    /// The persisted state; if none was ever stored, Telegram's of now, stored before anything else is asked.
    pub(crate) async fn ensure_state(&self) -> Result<SessionState, TelegramError> {
        if let Some(state) = self.session.state().filter(|s| s.pts != 0) {
            return Ok(state);
        }
        let answer = self
            .pool
            .call(CallClass::Updates, &GetState {})
            .await
            .map_err(CallError::of::<GetState>)?;
        let now = asked_from(answer);
        let channels = self.session.state().map(|s| s.channels).unwrap_or_default();
        let state = SessionState {
            pts: now.pts,
            qts: now.qts,
            date: now.date,
            seq: now.seq,
            channels,
        };
        self.session.save_state(&state).await?;
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_never_one_that_cannot_be_asked_from() {
        let state = |pts| types::updates::State {
            pts,
            qts: 7,
            date: 1,
            seq: 3,
            unread_count: 0,
        };
        assert_eq!(asked_from(state(0).into()), state(1));
        assert_eq!(asked_from(state(44).into()), state(44));
    }
}
