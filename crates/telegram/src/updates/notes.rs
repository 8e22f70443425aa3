//! What dialogs tell of channels: a first pts, or that ours is behind.

use std::collections::HashMap;
use std::sync::PoisonError;

use grammers_session::updates::UpdatesLike;
use grammers_tl_types::{enums, types};
use model::ChatId;

use super::Follower;
use crate::client::Inner;
use crate::port::TelegramError;

/// Channels with the pts that Telegram named, until the follower has looked.
pub(crate) type ChannelNotes = HashMap<i64, Note>;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    /// Of Telegram, now.
    theirs: i32,
    /// As persisted before.
    ours: Option<i32>,
}

impl Inner {
    pub(crate) async fn channel_pts(&self, chat: ChatId, pts: i32) -> Result<(), TelegramError> {
        let Some(channel) = chat.channel_id() else {
            return Ok(());
        };
        self.ensure_state().await?;
        let ours = self
            .session
            .note_channel(channel, pts)
            .await
            .inspect_err(|e| self.stop_if_fenced(e))?;
        self.notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(channel, Note { theirs: pts, ours });
        self.noted.notify_one();
        Ok(())
    }

    pub(super) fn drop_notes(&self) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Follower {
    /// Takes up channels that are new, and asks for a difference of those that are behind.
    pub(super) fn heed_notes(&mut self) {
        let notes = std::mem::take(&mut *self.inner.notes.lock().unwrap_or_else(PoisonError::into_inner));
        if notes.is_empty() {
            return;
        }
        let known: HashMap<i64, i32> = self
            .boxes
            .session_state()
            .channels
            .into_iter()
            .map(|c| (c.id, c.pts))
            .collect();
        for (channel, note) in notes {
            let ours = known.get(&channel).copied().or(note.ours);
            if !known.contains_key(&channel) {
                self.boxes
                    .try_set_channel_state(channel, note.ours.unwrap_or(note.theirs));
            }
            if ours.is_some_and(|ours| ours < note.theirs) {
                self.ask_channel(channel);
            }
        }
    }

    /// Has the boxes ask for a channel's difference from where it is.
    fn ask_channel(&mut self, channel_id: i64) {
        let update = types::UpdateChannelTooLong {
            channel_id,
            pts: None,
        }
        .into();
        let updates = enums::Updates::UpdateShort(types::UpdateShort { update, date: 0 });
        // Only a container with a sequence number can be a gap.
        let _ = self.boxes.process_updates(UpdatesLike::Updates(updates));
    }
}
