//! What an error of a call means for the next try.

use std::time::Duration;

use grammers_mtproto::transport;
use grammers_mtsender::{InvocationError, RpcError};

use crate::keys::ExchangeError;
use crate::session::PoolSessionError;
use store::StoreError;

/// What to do about a failed attempt.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Wait a little and try again; the reason for a person.
    Transient(String),
    /// Telegram has internal trouble: like [`Verdict::Transient`].
    Trouble(RpcError),
    /// Another process owns the session.
    Fenced,
    /// Telegram says for how many seconds to be silent.
    Flood(u32),
    /// Nobody is logged in with this key.
    LoginRequired {
        /// For a person.
        reason: &'static str,
        /// The key cannot even be used to log in again.
        key_is_dead: bool,
    },
    /// The home is another DC.
    HomeIs(i32),
    /// The data centre does not know our auth key (-404).
    KeyUnknown,
    /// The answer could not be read.
    Undecodable(String),
    /// A matter of the caller.
    Refused(RpcError),
}

/// Reads an error of grammers.
pub(crate) fn judge(error: InvocationError) -> Verdict {
    match error {
        InvocationError::Rpc(rpc) => judge_rpc(rpc),
        InvocationError::Transport(transport::Error::BadStatus { status: 404 })
        | InvocationError::Authentication(_) => Verdict::KeyUnknown,
        InvocationError::Transport(transport::Error::BadStatus { status: 429 }) => {
            Verdict::Transient("too many connections to Telegram from this address".to_owned())
        }
        InvocationError::Session(error) => match error.downcast_ref::<PoolSessionError>() {
            Some(PoolSessionError::KeyUnknown) => Verdict::KeyUnknown,
            Some(PoolSessionError::Store(e)) => judge_store(e),
            _ => Verdict::Transient(error.to_string()),
        },
        InvocationError::Deserialize(error) => Verdict::Undecodable(error.to_string()),
        other => Verdict::Transient(other.to_string()),
    }
}

const fn login_required(reason: &'static str, key_is_dead: bool) -> Verdict {
    Verdict::LoginRequired { reason, key_is_dead }
}

fn judge_rpc(rpc: RpcError) -> Verdict {
    match (rpc.code, rpc.name.as_str()) {
        (420, "FLOOD_WAIT" | "FLOOD_PREMIUM_WAIT" | "SLOWMODE_WAIT") => {
            Verdict::Flood(rpc.value.unwrap_or(1).max(1))
        }
        (303, "USER_MIGRATE" | "NETWORK_MIGRATE" | "PHONE_MIGRATE") if rpc.value.is_some() => {
            Verdict::HomeIs(rpc.value.unwrap_or_default() as i32)
        }
        (_, "AUTH_KEY_DUPLICATED") => login_required(
            "Telegram ended this authorization because its key was used from two places at once; log in again, and let \
             only one archive use this session",
            true,
        ),
        (401, "AUTH_KEY_UNREGISTERED" | "AUTH_KEY_PERM_EMPTY") => {
            login_required("Telegram does not know this authorization (any more)", false)
        }
        (401, "AUTH_KEY_INVALID") => login_required("Telegram does not know this authorization's key", true),
        (401, "SESSION_REVOKED" | "SESSION_EXPIRED") => {
            login_required("this authorization was ended from another device", true)
        }
        (401, "USER_DEACTIVATED" | "USER_DEACTIVATED_BAN") => {
            login_required("Telegram has deactivated this account", true)
        }
        (code, name) if code >= 500 || code == -503 || name.starts_with("MSG_WAIT_") || name == "Timeout" => {
            Verdict::Trouble(rpc)
        }
        _ => Verdict::Refused(rpc),
    }
}

/// What a failed write of the session means.
pub(crate) fn judge_store(error: &StoreError) -> Verdict {
    match error {
        StoreError::Fenced { .. } => Verdict::Fenced,
        other => Verdict::Transient(other.to_string()),
    }
}

/// What a failed key exchange means: always worth another try, but told.
pub(crate) fn judge_exchange(error: &ExchangeError) -> Verdict {
    Verdict::Transient(format!("no key could be agreed on: {error}"))
}

/// Growing, jittered pauses between tries.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, longest }
    }

    /// The next pause: between half and all of a doubling time.
    pub(crate) fn pause(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        whole / 2 + (whole / 2).mul_f64(f64::from(random_byte()) / 255.0)
    }
}

fn random_byte() -> u8 {
    let mut byte = [0x80];
    // Without randomness the pauses are even, which is no harm.
    let _ = getrandom::fill(&mut byte);
    byte[0]
}

#[cfg(test)]
mod tests {
    use grammers_tl_types as tl;

    use super::*;

    fn rpc(code: i32, text: &str) -> Verdict {
        judge(InvocationError::Rpc(RpcError::from(tl::types::RpcError {
            error_code: code,
            error_message: text.to_owned(),
        })))
    }

    #[test]
    fn errors_are_judged_by_what_to_do() {
        assert_eq!(rpc(420, "FLOOD_WAIT_31"), Verdict::Flood(31));
        assert_eq!(rpc(420, "FLOOD_PREMIUM_WAIT_4"), Verdict::Flood(4));
        assert_eq!(rpc(303, "USER_MIGRATE_4"), Verdict::HomeIs(4));
        assert!(matches!(rpc(303, "FILE_MIGRATE_4"), Verdict::Refused(_)));
        assert!(
            matches!(rpc(406, "AUTH_KEY_DUPLICATED"), Verdict::LoginRequired { reason: r, .. } if r.contains("two places"))
        );
        assert!(matches!(
            rpc(401, "SESSION_REVOKED"),
            Verdict::LoginRequired { .. }
        ));
        assert!(matches!(rpc(401, "SESSION_PASSWORD_NEEDED"), Verdict::Refused(_)));
        assert!(matches!(rpc(406, "CHANNEL_PRIVATE"), Verdict::Refused(_)));
        for (code, text) in [(500, "INTERDC_2_CALL_ERROR"), (-503, "Timeout"), (503, "Timeout")] {
            assert!(matches!(rpc(code, text), Verdict::Trouble(_)), "{text}");
        }
        let gone = InvocationError::Transport(transport::Error::BadStatus { status: 404 });
        assert_eq!(judge(gone), Verdict::KeyUnknown);
        assert_eq!(
            judge(InvocationError::Session(Box::new(PoolSessionError::KeyUnknown))),
            Verdict::KeyUnknown
        );
        assert!(matches!(
            judge(InvocationError::Dropped("x")),
            Verdict::Transient(_)
        ));
    }

    #[test]
    fn pauses_grow_to_their_bound() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        let pauses: Vec<_> = (0..8).map(|_| backoff.pause()).collect();
        for (i, pause) in pauses.iter().enumerate() {
            let whole = Duration::from_millis((100 << i).min(1000));
            assert!(*pause >= whole / 2 && *pause <= whole, "{i}: {pause:?}");
        }
    }
}
