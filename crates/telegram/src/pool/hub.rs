//! Updates on their way from the connection to whoever follows them, stamped on arrival.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use grammers_session::updates::UpdatesLike;
use grammers_tl_types::enums;
use model::{Clock, Seen};
use tokio::sync::{Notify, mpsc};

use crate::port::Stamps;

/// Updates that may wait for the follower. Beyond it everything waiting is found again by differences.
const WAITING: usize = 10_000;

/// What arrived, and when.
pub(crate) struct Arrived {
    pub(crate) updates: UpdatesLike,
    /// The first stamp of a block of [`Hub::STAMPS`]: each update of a container has its own.
    pub(crate) seen: Seen,
    /// Unix microseconds.
    pub(crate) at: i64,
}

/// Where updates go. Never blocks the connection.
pub(crate) struct Hub {
    follower: Mutex<Option<mpsc::Sender<Arrived>>>,
    overflown: AtomicBool,
    stamps: Arc<Stamps>,
    clock: Arc<dyn Clock>,
    login_token: Notify,
}

impl Hub {
    /// How many stamps one container or difference takes.
    pub(crate) const STAMPS: u64 = 1 << 14;

    pub(crate) fn new(stamps: Arc<Stamps>, clock: Arc<dyn Clock>) -> Self {
        Self {
            follower: Mutex::new(None),
            overflown: AtomicBool::new(false),
            stamps,
            clock,
            login_token: Notify::new(),
        }
    }

    /// Starts following; whoever followed before is told by the end of its channel.
    pub(crate) fn follow(&self) -> mpsc::Receiver<Arrived> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.overflown.store(false, Ordering::SeqCst);
        *self.follower.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }

    /// Ends whoever follows.
    pub(crate) fn close(&self) {
        *self.follower.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether updates were dropped since the last question.
    pub(crate) fn take_overflow(&self) -> bool {
        self.overflown.swap(false, Ordering::SeqCst)
    }

    /// Waits for Telegram's word that a QR token was accepted.
    pub(crate) async fn login_token_accepted(&self) {
        self.login_token.notified().await;
    }

    pub(crate) fn forward(&self, updates: UpdatesLike) {
        if is_login_token(&updates) {
            self.login_token.notify_one();
        }
        let follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = &*follower else { return };
        let arrived = Arrived {
            updates,
            seen: self.stamps.reserve(Self::STAMPS),
            at: self.clock.now_micros(),
        };
        if let Err(mpsc::error::TrySendError::Full(_)) = sender.try_send(arrived)
            && !self.overflown.swap(true, Ordering::SeqCst)
        {
            tracing::warn!("more than {WAITING} updates wait; what is dropped will be asked for again");
        }
    }
}

fn is_login_token(updates: &UpdatesLike) -> bool {
    let found = |all: &[enums::Update]| all.iter().any(|u| matches!(u, enums::Update::LoginToken));
    match updates {
        UpdatesLike::Updates(enums::Updates::UpdateShort(short)) => {
            matches!(short.update, enums::Update::LoginToken)
        }
        UpdatesLike::Updates(enums::Updates::Updates(all)) => found(&all.updates),
        UpdatesLike::Updates(enums::Updates::Combined(all)) => found(&all.updates),
        _ => false,
    }
}
