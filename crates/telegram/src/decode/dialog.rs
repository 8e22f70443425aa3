//! Dialogs.

use grammers_tl_types::{self as tl, enums};
use model::{CapturedDialog, ChatId, ChatKind, MessageId};

use super::user::is_me;
use super::{Context, peer, raw};

/// A dialog of a chat, and its pts; `None` for folders and communities, which hold no messages.
pub(crate) fn dialog(
    object: &enums::Dialog,
    folder_id: i32,
    kind: impl Fn(ChatId) -> ChatKind,
    context: Context,
) -> Option<(CapturedDialog, Option<i32>)> {
    let enums::Dialog::Dialog(dialog) = object else {
        return None;
    };
    let chat = peer(&dialog.peer);
    let captured = CapturedDialog {
        seen: context.seen,
        chat,
        kind: if is_me(chat, context.me) {
            ChatKind::SavedMessages
        } else {
            kind(chat)
        },
        folder_id: dialog.folder_id.unwrap_or(folder_id),
        pinned: dialog.pinned,
        top_message: MessageId::from(dialog.top_message),
        raw: raw(object),
        layer: tl::LAYER,
    };
    Some((captured, dialog.pts))
}
