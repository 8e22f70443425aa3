//! Changes, from the bus to browsers.
//!
//! One tail of `archive.changed` per process; every browser has a bounded queue behind it, and one that does not keep up
//! is told to load again. Who may see a change is asked when it is delivered, so a session that ended, or a chat that was
//! taken away, ends with the next event, and with the next heartbeat at the latest.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bus::{Bus, BusError, TailFrom};
use bytes::Bytes;
use model::{AccountId, ChatId, Lane};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use wire::Subject;

use crate::access::Access;
use crate::config::ViewerState;
use crate::dto::event::{Change, ChangeKind};

/// Changes that a browser may be behind.
const QUEUE: usize = 512;
/// Changes kept for browsers that come back.
const RECENT: usize = 4096;
/// Changes of the bus that are told again to a browser that comes back later still.
const REPLAY: usize = 2000;
/// How long the bus may take to give them.
const PATIENCE: Duration = Duration::from_secs(2);
/// On a database that another process writes: between two times that browsers load again.
pub(crate) const REMIND: Duration = Duration::from_secs(20);
/// Before the bus is asked again that did not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// A place among the changes: `<incarnation>.<sequence>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) incarnation: u64,
    pub(crate) sequence: u64,
}

impl Place {
    /// As a browser sends it back.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (incarnation, sequence) = text.trim().split_once('.')?;
        Some(Self {
            incarnation: incarnation.parse().ok()?,
            sequence: sequence.parse().ok()?,
        })
    }
}

/// What browsers are told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// Something changed.
    Change(Place, Change),
    /// Changes were missed: load again.
    Reload,
}

impl Told {
    fn of(change: &bus::Change) -> Option<Self> {
        let Ok(Subject::Changed(account)) = change.subject.parse() else {
            return None;
        };
        let place = Place {
            incarnation: change.incarnation,
            sequence: change.sequence,
        };
        let changed = wire::decode_changed(change.body.clone()).ok()?;
        Some(Self::Change(place, dto(account, changed)))
    }

    /// As an event of a stream; `None`: it is nothing to them.
    pub(crate) fn event(&self, to: &Access) -> Option<String> {
        match self {
            Self::Reload => Some("event: reload\ndata: {}\n\n".to_owned()),
            Self::Change(place, change) => {
                let seen = match change.chat {
                    Some(chat) => to.scope.sees(ChatId(chat)),
                    None => to.scope.only().is_none(),
                };
                if !seen || change.kind == ChangeKind::Incident && !to.admin {
                    return None;
                }
                let data = serde_json::to_string(change).unwrap_or_default();
                let Place {
                    incarnation,
                    sequence,
                } = place;
                Some(format!(
                    "id: {incarnation}.{sequence}\nevent: change\ndata: {data}\n\n"
                ))
            }
        }
    }
}

fn dto(account: AccountId, c: wire::Changed) -> Change {
    Change {
        account: account.0,
        chat: c.chat.map(|c| c.0),
        kind: match c.kind.as_str() {
            "new" => ChangeKind::New,
            "edited" => ChangeKind::Edited,
            "deleted" => ChangeKind::Deleted,
            "reactions" => ChangeKind::Reactions,
            "pinned" => ChangeKind::Pinned,
            "counters" => ChangeKind::Counters,
            "media" => ChangeKind::Media,
            "chat" => ChangeKind::Chat,
            "incident" => ChangeKind::Incident,
            _ => ChangeKind::Other,
        },
        ids: c.ids,
        is_range: c.is_range,
        live: c.lane == Lane::Live,
    }
}

/// Where browsers get their changes.
pub(crate) struct Hub {
    sender: broadcast::Sender<Told>,
    recent: Mutex<VecDeque<(Place, Told)>>,
    /// Sessions that ended here: their streams look at once.
    pub(crate) ended: watch::Sender<u64>,
    followers: AtomicU64,
    pub(crate) shutdown: CancellationToken,
}

/// A browser that follows, counted until it is dropped.
pub(crate) struct Follower {
    hub: Arc<Hub>,
    pub(crate) receiver: broadcast::Receiver<Told>,
    /// What it missed and is told first.
    pub(crate) missed: Vec<Told>,
    /// Up to here it was told from the bus; the hub tells some of it again.
    replayed: Option<Place>,
}

impl Follower {
    /// Whether it was not told this yet.
    pub(crate) fn is_fresh(&self, told: &Told) -> bool {
        match (told, self.replayed) {
            (Told::Change(place, _), Some(replayed)) => {
                place.incarnation != replayed.incarnation || place.sequence > replayed.sequence
            }
            _ => true,
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.hub.followers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Hub {
    pub(crate) fn new(shutdown: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            sender: broadcast::channel(QUEUE).0,
            recent: Mutex::default(),
            ended: watch::channel(0).0,
            followers: AtomicU64::new(0),
            shutdown,
        })
    }

    /// Browsers that follow now.
    pub(crate) fn followers(&self) -> u64 {
        self.followers.load(Ordering::Relaxed)
    }

    fn tell(&self, told: Told) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        match &told {
            Told::Change(place, _) => {
                if recent.len() == RECENT {
                    recent.pop_front();
                }
                recent.push_back((*place, told.clone()));
            }
            Told::Reload => recent.clear(),
        }
        // Under the lock: who subscribes under it misses nothing and gets nothing twice. Nobody listening is no error.
        let _ = self.sender.send(told);
    }

    /// The newest change that was told.
    pub(crate) fn newest(&self) -> Option<Place> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.back().map(|(place, _)| *place)
    }

    /// Follows from now on, or after the last change that was seen.
    pub(crate) async fn follow(self: &Arc<Self>, bus: &dyn Bus, last: Option<Place>) -> Follower {
        let (receiver, held) = {
            let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            let held = last.map_or(Some(Vec::new()), |last| after(&recent, last));
            (self.sender.subscribe(), held)
        };
        let known = held.is_some();
        self.followers.fetch_add(1, Ordering::Relaxed);
        let mut follower = Follower {
            hub: Arc::clone(self),
            receiver,
            missed: held.unwrap_or_default(),
            replayed: None,
        };
        if let (false, Some(last)) = (known, last) {
            match tokio::time::timeout(PATIENCE, replay(bus, last)).await {
                Ok(Some((missed, through))) => {
                    follower.missed = missed;
                    follower.replayed = Some(through);
                }
                Ok(None) | Err(_) => follower.missed = vec![Told::Reload],
            }
        }
        follower
    }

    /// Keeps the hub fed until the shutdown.
    pub(crate) async fn feed(&self, bus: &dyn Bus, state: &watch::Sender<ViewerState>) {
        let mut gap = false;
        loop {
            let ended = tokio::select! {
                () = self.shutdown.cancelled() => return,
                ended = self.feed_once(bus, state, gap) => ended,
            };
            gap = true;
            tracing::warn!("changes are not followed now: {ended}");
            state.send_modify(|s| s.problem = Some(ended.to_string()));
            tokio::select! {
                () = self.shutdown.cancelled() => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }

    /// Where nobody tells what changes, beside an archive that another process writes: browsers load again each so often.
    pub(crate) async fn remind(&self, each: Duration) {
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + each, each);
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if self.followers() > 0 {
                self.tell(Told::Reload);
            }
        }
    }

    async fn feed_once(&self, bus: &dyn Bus, state: &watch::Sender<ViewerState>, gap: bool) -> BusError {
        let mut tail = match bus.tail(TailFrom::New).await {
            Ok(tail) => tail,
            Err(error) => return error,
        };
        state.send_modify(|s| s.problem = None);
        if gap {
            self.tell(Told::Reload);
        }
        loop {
            match tail.next().await {
                Ok(change) => {
                    if let Some(told) = Told::of(&change) {
                        self.tell(told);
                    }
                }
                Err(error) => return error,
            }
        }
    }
}

/// What came after a place; `None`: it is not known whether that is all.
fn after(recent: &VecDeque<(Place, Told)>, last: Place) -> Option<Vec<Told>> {
    let (first, _) = recent.front()?;
    let known = first.incarnation == last.incarnation && first.sequence <= last.sequence + 1;
    let newer = |place: &Place| place.sequence > last.sequence;
    known.then(|| {
        recent
            .iter()
            .filter(|(p, _)| newer(p))
            .map(|(_, told)| told.clone())
            .collect()
    })
}

/// The same from the bus, which holds more, and its end; `None`: it does not hold it, or too much came.
async fn replay(bus: &dyn Bus, last: Place) -> Option<(Vec<Told>, Place)> {
    let from = TailFrom::After {
        incarnation: last.incarnation,
        sequence: last.sequence,
    };
    let mut tail = bus.tail(from).await.ok()?;
    let end = tail.newest();
    let mut through = last;
    let mut missed = Vec::new();
    while through.sequence < end {
        let change = tail.next().await.ok()?;
        through.sequence = change.sequence;
        missed.extend(Told::of(&change));
        if missed.len() > REPLAY {
            return None;
        }
    }
    Some((missed, through))
}

/// A comment: the connection lives.
pub(crate) const HEARTBEAT: Bytes = Bytes::from_static(b": \n\n");

#[cfg(test)]
mod tests {
    use bus::{MemoryBus, MemoryLimits};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn browsers_are_reminded_where_nobody_tells() {
        let hub = Hub::new(CancellationToken::new());
        let bus = MemoryBus::new(MemoryLimits::default());
        let reminding = {
            let hub = Arc::clone(&hub);
            tokio::spawn(async move { hub.remind(REMIND).await })
        };
        let mut follower = hub.follow(&bus, None).await;
        for _ in 0..2 {
            assert!(matches!(follower.receiver.recv().await, Ok(Told::Reload)));
        }
        hub.shutdown.cancel();
        reminding.await.unwrap();
    }
}
