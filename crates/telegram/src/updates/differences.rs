//! Asking Telegram what happened in between.

use grammers_session::types::PeerInfo;
use grammers_session::updates::{PrematureEndReason, State};
use grammers_tl_types::{enums, functions, types};
use model::{ChatId, DeletionSource, Origin};

use super::capture::Source;
use super::{Follower, asked_from, prepare};
use crate::pool::{CallError, Hub};
use crate::port::{CallClass, TelegramError, TooLong, UpdateBatch};

type GetDifference = functions::updates::GetDifference;
type GetChannelDifference = functions::updates::GetChannelDifference;

/// Telegram's limit for users, <https://core.telegram.org/method/updates.getChannelDifference>.
const USER_LIMIT: i32 = 100;
/// And for bots.
const BOT_LIMIT: i32 = 100_000;

impl Follower {
    pub(super) async fn common_difference(
        &mut self,
        request: GetDifference,
    ) -> Result<Option<UpdateBatch>, TelegramError> {
        let mut source = self.source();
        let mut answer = match self.inner.pool.call(CallClass::Updates, &request).await {
            Ok(answer) => answer,
            // Our state means nothing to Telegram (any more): begin anew from its state, and tell.
            Err(e) if e.is("PERSISTENT_TIMESTAMP_*") || e.is("DATE_EMPTY") => return self.begin_anew().await,
            // Asked again it would be as unreadable; the passes that are due now read what it told, page by page.
            Err(CallError::Unreadable(what)) => {
                tracing::warn!(error = %what, "a difference cannot be read; histories are due again");
                return self.begin_anew().await;
            }
            Err(e) => return Err(e.of::<GetDifference>()),
        };
        let known: Vec<i64> = self.boxes.session_state().channels.iter().map(|c| c.id).collect();
        let others = match &mut answer {
            enums::updates::Difference::Difference(d) => d.other_updates.as_mut_slice(),
            enums::updates::Difference::Slice(d) => d.other_updates.as_mut_slice(),
            enums::updates::Difference::TooLong(_) => {
                self.too_long.push(TooLong::Common);
                &mut []
            }
            enums::updates::Difference::Empty(_) => &mut [],
        };
        let unknown = others
            .iter_mut()
            .filter_map(|u| prepare::tell_too_long(u, |id| known.contains(&id)));
        self.too_long
            .extend(unknown.map(|id| TooLong::Channel(ChatId::channel(id))));
        let own = match &mut answer {
            enums::updates::Difference::Difference(d) => own_updates(&mut d.other_updates, None),
            enums::updates::Difference::Slice(d) => own_updates(&mut d.other_updates, None),
            _ => Vec::new(),
        };
        source.observed_at = self.inner.clock.now_micros();
        let mut found = self.boxes.apply_difference(answer);
        found.0.splice(0..0, own);
        Ok(self.difference_batch(found, &source))
    }

    /// A state that Telegram refuses cannot be asked from. Telegram's of now takes its place; what lies between is told
    /// as too long.
    async fn begin_anew(&mut self) -> Result<Option<UpdateBatch>, TelegramError> {
        type GetState = functions::updates::GetState;
        let answer = self.inner.pool.call(CallClass::Updates, &GetState {}).await;
        let now = asked_from(answer.map_err(CallError::of::<GetState>)?);
        self.too_long.push(TooLong::Common);
        let mut state = self.boxes.session_state();
        (state.pts, state.qts, state.date, state.seq) = (now.pts, now.qts, now.date, now.seq);
        self.boxes = grammers_session::updates::MessageBoxes::load(state);
        let mut source = self.source();
        source.observed_at = self.inner.clock.now_micros();
        Ok(self.batch((Vec::new(), Vec::new(), Vec::new()), &source))
    }

    pub(super) async fn channel_difference(
        &mut self,
        mut request: GetChannelDifference,
    ) -> Result<Option<UpdateBatch>, TelegramError> {
        let enums::InputChannel::Channel(types::InputChannel { channel_id, .. }) = request.channel else {
            return Ok(None);
        };
        let mut source = self.source();
        let Ok(channel) = self.inner.input_channel(channel_id) else {
            return Ok(self.give_up_channel(channel_id, &source));
        };
        (request.channel, request.limit) = (channel, self.channel_limit());
        let answer = match self.inner.pool.call_for_channel(&request).await {
            Ok(answer) => answer,
            Err(CallError::Refused(rpc))
                if rpc.code >= 500 || rpc.code < 0 || rpc.is("PERSISTENT_TIMESTAMP_OUTDATED") =>
            {
                // Asked again with the channel's next update, or when its time is over.
                self.boxes
                    .end_channel_difference(PrematureEndReason::TemporaryServerIssues);
                return Ok(None);
            }
            Err(CallError::Refused(rpc))
                if rpc.is("CHANNEL_PRIVATE") || rpc.is("CHANNEL_PUBLIC_GROUP_NA") =>
            {
                tracing::info!(error = %rpc.name, "a channel cannot be followed any more");
                self.boxes.end_channel_difference(PrematureEndReason::Banned);
                return Ok(None);
            }
            Err(CallError::Refused(rpc)) => {
                tracing::warn!(error = %rpc.name, "a channel's difference is refused; its history is due again");
                return Ok(self.give_up_channel(channel_id, &source));
            }
            Err(CallError::Unreadable(what)) => {
                tracing::warn!(error = %what, "a channel's difference cannot be read; its history is due again");
                return Ok(self.give_up_channel(channel_id, &source));
            }
            Err(e) => return Err(e.of::<GetChannelDifference>()),
        };
        source.observed_at = self.inner.clock.now_micros();
        let answer = match answer {
            enums::updates::ChannelDifference::TooLong(d) => match self.too_long_as_difference(channel_id, d)
            {
                Some(answer) => answer,
                None => return Ok(self.give_up_channel(channel_id, &source)),
            },
            other => other,
        };
        let mut answer = answer;
        let own = match &mut answer {
            enums::updates::ChannelDifference::Difference(d) => {
                own_updates(&mut d.other_updates, Some(channel_id))
            }
            _ => Vec::new(),
        };
        let mut found = self.boxes.apply_channel_difference(answer);
        found.0.splice(0..0, own);
        Ok(self.difference_batch(found, &source))
    }

    /// The newest messages that came instead of a difference, as one; `None` if Telegram names no state to go on from.
    fn too_long_as_difference(
        &mut self,
        channel_id: i64,
        too_long: types::updates::ChannelDifferenceTooLong,
    ) -> Option<enums::updates::ChannelDifference> {
        let enums::Dialog::Dialog(types::Dialog { pts: Some(pts), .. }) = too_long.dialog else {
            return None;
        };
        self.too_long.push(TooLong::Channel(ChatId::channel(channel_id)));
        let difference = types::updates::ChannelDifference {
            r#final: too_long.r#final,
            pts,
            timeout: too_long.timeout,
            new_messages: too_long.messages,
            other_updates: Vec::new(),
            chats: too_long.chats,
            users: too_long.users,
        };
        Some(enums::updates::ChannelDifference::Difference(difference))
    }

    /// The channel cannot be asked: it leaves the boxes, and that is told.
    fn give_up_channel(&mut self, channel_id: i64, source: &Source) -> Option<UpdateBatch> {
        self.boxes.end_channel_difference(PrematureEndReason::Banned);
        self.too_long.push(TooLong::Channel(ChatId::channel(channel_id)));
        self.batch((Vec::new(), Vec::new(), Vec::new()), source)
    }

    fn difference_batch(
        &mut self,
        found: grammers_session::updates::UpdateAndPeers,
        source: &Source,
    ) -> Option<UpdateBatch> {
        let batch = self.batch(found, source);
        if !self.differences_pending() {
            self.synced_at = source.observed_at;
        }
        batch
    }

    /// Stamped now, when the request is sent: what arrives meanwhile is newer.
    fn source(&self) -> Source {
        Source {
            seen: self.inner.stamps.reserve(Hub::STAMPS),
            origin: Origin::Difference,
            deletion: DeletionSource::Difference,
            observed_at: 0,
            since: Some(self.synced_at),
        }
    }

    fn channel_limit(&self) -> i32 {
        let me = self
            .inner
            .session
            .user_id()
            .and_then(|id| self.inner.session.peer(ChatId::user(id)));
        match me {
            Some(PeerInfo::User { bot: Some(true), .. }) => BOT_LIMIT,
            _ => USER_LIMIT,
        }
    }
}

/// Takes out the edits, deletions and pins of the very box whose difference this is. grammers sets the box's pts to the
/// difference's first and then drops them as known already: all deletions out of a final channel difference would be lost.
fn own_updates(others: &mut Vec<enums::Update>, channel: Option<i64>) -> Vec<(enums::Update, State)> {
    let (own, rest) = std::mem::take(others)
        .into_iter()
        .partition(|update| counted_in(update, channel));
    *others = rest;
    let state = State {
        date: 0,
        seq: 0,
        message_box: None,
    };
    own.into_iter()
        .map(|update: enums::Update| (update, state.clone()))
        .collect()
}

fn counted_in(update: &enums::Update, channel: Option<i64>) -> bool {
    use enums::Update;
    let in_channel = |message: &enums::Message| {
        let peer = match message {
            enums::Message::Message(m) => &m.peer_id,
            enums::Message::Service(m) => &m.peer_id,
            enums::Message::Empty(_) => return None,
        };
        if let enums::Peer::Channel(p) = peer {
            Some(p.channel_id)
        } else {
            None
        }
    };
    match (update, channel) {
        (
            Update::NewMessage(_)
            | Update::EditMessage(_)
            | Update::DeleteMessages(_)
            | Update::PinnedMessages(_),
            None,
        ) => true,
        (Update::DeleteChannelMessages(u), Some(id)) => u.channel_id == id,
        (Update::PinnedChannelMessages(u), Some(id)) => u.channel_id == id,
        (Update::NewChannelMessage(u), Some(id)) => in_channel(&u.message) == Some(id),
        (Update::EditChannelMessage(u), Some(id)) => in_channel(&u.message) == Some(id),
        _ => false,
    }
}
