//! How calls end without an answer.

use grammers_mtsender::RpcError;
use grammers_tl_types::{Identifiable, name_for_id};
use store::StoreError;

use crate::port::TelegramError;

/// How a call ended without an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Telegram's refusal, a matter of the caller.
    #[error("{0}")]
    Refused(RpcError),
    #[error("not logged in: {0}")]
    LoginRequired(String),
    #[error("closed")]
    Closed,
    /// Unix seconds.
    #[error("not before {0}")]
    NotBefore(i64),
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallError {
    /// Whether Telegram's error has this name; `*` at the end matches the rest.
    pub(crate) fn is(&self, name: &str) -> bool {
        matches!(self, Self::Refused(rpc) if rpc.is(name))
    }

    /// As the port tells it, for a call that has no errors of its own.
    pub(crate) fn of<R: Identifiable>(self) -> TelegramError {
        let method = name_for_id(R::CONSTRUCTOR_ID).to_owned();
        match self {
            Self::Refused(rpc) if is_access_lost(&rpc.name) => TelegramError::AccessLost(rpc.name),
            Self::Refused(rpc) => TelegramError::Refused {
                method,
                name: rpc.name,
            },
            Self::LoginRequired(reason) => TelegramError::LoginRequired(reason),
            Self::Closed => TelegramError::Closed,
            Self::NotBefore(until) => TelegramError::NotBefore(until),
            Self::Unreadable(_) => TelegramError::Refused {
                method,
                name: "UNREADABLE_ANSWER".to_owned(),
            },
            Self::Store(e) => TelegramError::Store(e),
        }
    }
}

/// Names that say: this account cannot read that chat.
fn is_access_lost(name: &str) -> bool {
    matches!(
        name,
        "CHANNEL_PRIVATE"
            | "CHANNEL_INVALID"
            | "CHANNEL_PUBLIC_GROUP_NA"
            | "CHAT_ID_INVALID"
            | "CHAT_FORBIDDEN"
            | "CHAT_ADMIN_REQUIRED"
            | "CHAT_RESTRICTED"
            | "PEER_ID_INVALID"
            | "PEER_ID_NOT_SUPPORTED"
            | "USER_BANNED_IN_CHANNEL"
            | "USER_ID_INVALID"
            | "USER_NOT_PARTICIPANT"
            | "INPUT_USER_DEACTIVATED"
    )
}
