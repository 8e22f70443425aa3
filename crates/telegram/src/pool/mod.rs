//! Calls to Telegram: connections, retries, flood waits, migrations.

mod board;
mod carry;
mod error;
mod gate;
mod hub;
mod link;
mod retry;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use grammers_mtsender::RpcError;
use grammers_tl_types::{Deserializable as _, RemoteCall};
use model::{Clock, FloodWait, clock};
use store::StoreError;
use tokio_util::sync::CancellationToken;

pub(crate) use board::Board;
pub(crate) use error::CallError;
use gate::Gate;
pub(crate) use hub::{Arrived, Hub};
use link::{Elapsed, Link, LinkParts, within};
use retry::{Backoff, Verdict, judge};

use crate::client::{Device, Timeouts};
use crate::port::{CallBudget, CallClass, Purpose};
use crate::session::StoredSession;

/// A wait for files beyond this is handed back as [`CallError::NotBefore`].
const LONGEST_FILE_WAIT: i64 = 60_000_000;
/// How often the data centre must deny our key before it is given up.
const KEY_DENIALS: u32 = 3;
/// How often an answer that cannot be read is asked for again.
const UNREADABLE_TRIES: u32 = 3;

/// The whole second after a moment in microseconds.
const fn seconds_above(micros: i64) -> i64 {
    micros.div_euclid(1_000_000) + 1
}

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dc {
    /// Wherever the account lives.
    Home,
    /// Where a file lies.
    Number(i32),
}

/// What the pool is made of.
pub(crate) struct PoolParts {
    pub(crate) session: Arc<StoredSession>,
    pub(crate) api_id: i32,
    pub(crate) device: Device,
    pub(crate) timeouts: Timeouts,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) budget: Arc<dyn CallBudget>,
    pub(crate) hub: Arc<Hub>,
}

/// Makes calls.
pub(crate) struct Pool {
    link_parts: Arc<LinkParts>,
    links: Mutex<HashMap<i32, Arc<Link>>>,
    /// How often our authorization was carried to each foreign DC.
    carried: Mutex<HashMap<i32, u64>>,
    carrying: tokio::sync::Mutex<()>,
    session: Arc<StoredSession>,
    timeouts: Timeouts,
    clock: Arc<dyn Clock>,
    budget: Arc<dyn CallBudget>,
    gate: Gate,
    board: Board,
    closed: CancellationToken,
}

/// One call.
struct Ask<'a> {
    body: &'a [u8],
    manner: Manner,
}

/// How a call is made.
#[derive(Clone, Copy)]
struct Manner {
    dc: Dc,
    class: CallClass,
    purpose: Purpose,
    /// Made while nobody is logged in: refusals and waits are the caller's matter.
    logging_in: bool,
    /// Telegram's internal errors are answers: the caller has something better to do than to wait.
    trouble_is_answer: bool,
}

impl Manner {
    /// A plain call.
    const fn of(class: CallClass, purpose: Purpose) -> Self {
        Self {
            dc: Dc::Home,
            class,
            purpose,
            logging_in: false,
            trouble_is_answer: false,
        }
    }
}

/// What a call has seen of a data centre's opinion of our key.
#[derive(Default)]
struct Keys {
    denials: u32,
    renewed: bool,
}

impl Keys {
    /// Whether this result means that the key should be replaced: denied several times, or in the way of a log-in.
    fn is_given_up(&mut self, result: &Result<Vec<u8>, Verdict>, logging_in: bool) -> bool {
        let dead = match result {
            Err(Verdict::KeyUnknown) => {
                self.denials += 1;
                self.denials.is_multiple_of(KEY_DENIALS)
            }
            Err(Verdict::LoginRequired { key_is_dead, .. }) => logging_in && *key_is_dead && !self.renewed,
            _ => false,
        };
        self.renewed |= dead;
        dead
    }
}

impl Pool {
    pub(crate) fn new(parts: PoolParts) -> Self {
        let PoolParts {
            session,
            api_id,
            device,
            timeouts,
            clock,
            budget,
            hub,
        } = parts;
        let link_parts = LinkParts {
            session: Arc::clone(&session),
            api_id,
            device,
            timeouts,
            hub,
        };
        Self {
            link_parts: Arc::new(link_parts),
            links: Mutex::default(),
            carried: Mutex::default(),
            carrying: tokio::sync::Mutex::default(),
            session,
            timeouts,
            clock,
            budget,
            gate: Gate::default(),
            board: Board::new(),
            closed: CancellationToken::new(),
        }
    }

    pub(crate) const fn board(&self) -> &Board {
        &self.board
    }

    pub(crate) const fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Calls the home DC. Transient failures and flood waits are waited out inside.
    pub(crate) async fn call<R: RemoteCall>(
        &self,
        class: CallClass,
        request: &R,
    ) -> Result<R::Return, CallError> {
        self.call_for(Purpose::New, class, request).await
    }

    /// Like [`Pool::call`], when the budget says that it is its turn.
    pub(crate) async fn call_for<R: RemoteCall>(
        &self,
        purpose: Purpose,
        class: CallClass,
        request: &R,
    ) -> Result<R::Return, CallError> {
        self.ask(request, Manner::of(class, purpose)).await
    }

    /// Asks a DC for a part of a file.
    pub(crate) async fn call_for_file<R: RemoteCall>(
        &self,
        dc: Dc,
        request: &R,
    ) -> Result<R::Return, CallError> {
        let manner = Manner::of(CallClass::Files, Purpose::Media);
        self.ask(request, Manner { dc, ..manner }).await
    }

    /// A call of the log-in: works while nobody is logged in; a wait is answered, not waited for.
    pub(crate) async fn call_logging_in<R: RemoteCall>(&self, request: &R) -> Result<R::Return, CallError> {
        let manner = Manner {
            logging_in: true,
            ..Manner::of(CallClass::Updates, Purpose::New)
        };
        self.ask(request, manner).await
    }

    /// A call of the update loop for one channel, whose internal troubles must not hold up the others.
    pub(crate) async fn call_for_channel<R: RemoteCall>(&self, request: &R) -> Result<R::Return, CallError> {
        let manner = Manner {
            trouble_is_answer: true,
            ..Manner::of(CallClass::Updates, Purpose::New)
        };
        self.ask(request, manner).await
    }

    async fn ask<R: RemoteCall>(&self, request: &R, manner: Manner) -> Result<R::Return, CallError> {
        let body = request.to_bytes();
        let mut unreadable = 0;
        loop {
            let bytes = self.bytes(&Ask { body: &body, manner }).await?;
            match R::Return::from_bytes(&bytes) {
                Ok(answer) => return Ok(answer),
                Err(e) => {
                    unreadable += 1;
                    if unreadable >= UNREADABLE_TRIES {
                        return Err(CallError::Unreadable(e.to_string()));
                    }
                }
            }
        }
    }

    async fn bytes(&self, ask: &Ask<'_>) -> Result<Vec<u8>, CallError> {
        let mut backoff = Backoff::new(Duration::from_millis(200), self.timeouts.longest_pause);
        let (mut keys, mut unreadable, mut carried) = (Keys::default(), 0, false);
        let Manner {
            logging_in,
            trouble_is_answer,
            ..
        } = ask.manner;
        loop {
            self.admit(ask.manner).await?;
            let dc = match ask.manner.dc {
                Dc::Home => self.session.home_dc(),
                Dc::Number(dc) => dc,
            };
            let carried_before = self.times_carried(dc);
            let verdict = match self.attempt(dc, ask, &mut keys).await? {
                Ok(bytes) => {
                    self.board.connected();
                    return Ok(bytes);
                }
                Err(verdict) => verdict,
            };
            match verdict {
                Verdict::Trouble(rpc) if trouble_is_answer => return Err(CallError::Refused(rpc)),
                Verdict::Trouble(rpc) => {
                    self.pause(
                        dc,
                        &mut backoff,
                        format!("Telegram has internal trouble ({})", rpc.name),
                    )
                    .await?;
                }
                Verdict::Transient(reason) => self.pause(dc, &mut backoff, reason).await?,
                Verdict::KeyUnknown => {
                    self.pause(
                        dc,
                        &mut backoff,
                        "the data centre does not know our key".to_owned(),
                    )
                    .await?;
                }
                Verdict::Fenced => {
                    self.closed.cancel();
                    return Err(StoreError::Fenced {
                        expected: self.session.lease().epoch,
                    }
                    .into());
                }
                Verdict::Flood(seconds) => self.flooded(ask.manner, seconds).await?,
                Verdict::HomeIs(home) if home == dc => {
                    self.pause(dc, &mut backoff, "the data centre points at itself".to_owned())
                        .await?;
                }
                Verdict::HomeIs(home) => self.follow_home(ask.manner, home).await?,
                Verdict::LoginRequired { .. } if dc != self.session.home_dc() && !carried => {
                    carried = true;
                    self.carry_authorization(dc, carried_before).await?;
                }
                Verdict::LoginRequired { reason, .. } => return Err(self.login_lost(dc, logging_in, reason)),
                Verdict::Undecodable(what) => {
                    unreadable += 1;
                    if unreadable >= UNREADABLE_TRIES {
                        return Err(CallError::Unreadable(what));
                    }
                    self.pause(dc, &mut backoff, "an answer could not be read".to_owned())
                        .await?;
                }
                Verdict::Refused(rpc) => {
                    self.board.connected();
                    return Err(CallError::Refused(rpc));
                }
            }
        }
    }

    /// Waits until a call of this class may be made.
    async fn admit(&self, ask: Manner) -> Result<(), CallError> {
        if self.closed.is_cancelled() {
            return Err(CallError::Closed);
        }
        if ask.logging_in {
            return Ok(());
        }
        if let Some(reason) = self.board.why_login() {
            return Err(CallError::LoginRequired(reason));
        }
        loop {
            while let Some(until) = self.gate.closed_until(ask.class, &*self.clock) {
                if ask.class == CallClass::Files && until - self.clock.now_micros() > LONGEST_FILE_WAIT {
                    return Err(CallError::NotBefore(seconds_above(until)));
                }
                let open = clock::sleep_until(&*self.clock, until, tokio::time::sleep);
                self.unless_closed(open).await?;
            }
            self.board.flood_over(ask.class);
            if ask.class == CallClass::Updates {
                return Ok(());
            }
            self.unless_closed(self.budget.acquire(ask.class, ask.purpose))
                .await?;
            // Another call may have been told to wait while this one stood in the queue.
            if self.gate.closed_until(ask.class, &*self.clock).is_none() {
                return Ok(());
            }
        }
    }

    /// One attempt: the answer, or what is wrong.
    async fn attempt(
        &self,
        dc: i32,
        ask: &Ask<'_>,
        keys: &mut Keys,
    ) -> Result<Result<Vec<u8>, Verdict>, CallError> {
        let link = self.link(dc);
        let connected = match self.unless_closed(link.get()).await? {
            Ok(connected) => connected,
            Err(verdict) => return Ok(Err(verdict)),
        };
        let limit = if ask.manner.class == CallClass::Files {
            self.timeouts.file
        } else {
            self.timeouts.call
        };
        let result = match within(limit, &self.closed, connected.invoke(dc, ask.body.to_vec())).await {
            None => return Err(CallError::Closed),
            Some(Err(Elapsed)) => {
                link.rebuild(connected.generation).await;
                return Ok(Err(Verdict::Transient(format!("DC {dc} does not answer"))));
            }
            Some(Ok(result)) => result.map_err(judge),
        };
        if keys.is_given_up(&result, ask.manner.logging_in && dc == self.session.home_dc()) {
            let renewed = self.unless_closed(link.renew_key(connected.generation)).await?;
            return Ok(Err(renewed.err().unwrap_or_else(|| {
                Verdict::Transient("a new key was agreed on".to_owned())
            })));
        }
        Ok(result)
    }

    /// The home DC's word counts for the account, a foreign one's for the call.
    fn login_lost(&self, dc: i32, logging_in: bool, reason: &str) -> CallError {
        if dc != self.session.home_dc() {
            let name = "AUTH_KEY_UNREGISTERED".to_owned();
            return CallError::Refused(RpcError {
                code: 401,
                name,
                value: None,
                caused_by: None,
            });
        }
        if !logging_in {
            tracing::warn!(reason, "log-in required");
            self.board.login_required(reason);
        }
        CallError::LoginRequired(reason.to_owned())
    }

    async fn pause(&self, dc: i32, backoff: &mut Backoff, reason: String) -> Result<(), CallError> {
        tracing::debug!(dc, %reason, "trying again");
        if dc == self.session.home_dc() {
            self.board.failing(reason);
        }
        self.unless_closed(tokio::time::sleep(backoff.pause())).await
    }

    /// Telegram said to be silent: nobody else asks from now on, and nobody who starts later, for it is written down before
    /// anything else happens.
    async fn flooded(&self, ask: Manner, seconds: u32) -> Result<(), CallError> {
        self.board.connected();
        let ends_at = self.clock.now_micros() + i64::from(seconds) * 1_000_000;
        if ask.logging_in {
            return Err(CallError::NotBefore(seconds_above(ends_at)));
        }
        let class = ask.class;
        if self.gate.told(FloodWait { class, ends_at }) {
            tracing::debug!(class = class.as_str(), seconds, "Telegram asks to wait");
            self.board.flooded(class, seconds_above(ends_at));
        }
        self.unless_closed(self.note_floods()).await
    }

    /// Writes down the flood waits that are not yet.
    pub(crate) async fn note_floods(&self) {
        for wait in self.gate.unsaved() {
            match self.session.save_flood_wait(wait).await {
                Ok(()) => self.gate.saved(wait),
                Err(StoreError::Fenced { .. }) => return self.closed.cancel(),
                Err(e) => {
                    tracing::warn!(error = %e, "a flood wait is not written down yet and is tried again");
                }
            }
        }
    }

    /// Takes over the flood waits that this account was told, here, before, or in another process.
    pub(crate) async fn recall_floods(&self) -> Result<(), StoreError> {
        self.note_floods().await;
        for wait in self.session.flood_waits().await? {
            if self.gate.heard(wait) {
                self.board.flooded(wait.class, seconds_above(wait.ends_at));
            }
        }
        for class in self.board.floods() {
            if self.gate.closed_until(class, &*self.clock).is_none() {
                self.board.flood_over(class);
            }
        }
        Ok(())
    }

    /// The account lives in this DC from now on.
    pub(crate) async fn move_home(&self, home: i32) -> Result<(), CallError> {
        tracing::info!(home, "the account lives in another data centre");
        let before = self.session.home_dc();
        if before == home {
            return Ok(());
        }
        self.session.save_home(home).await?;
        // A connection knows from its beginning whether it is home, and so whether it brings updates.
        let moved: Vec<_> = [before, home]
            .iter()
            .filter_map(|dc| self.links().remove(dc))
            .collect();
        for link in moved {
            link.close().await;
        }
        Ok(())
    }

    /// Closes the connections; the next call opens others, with the keys that the session has then.
    pub(crate) async fn close_links(&self) {
        let links: Vec<_> = self.links().drain().map(|(_, link)| link).collect();
        for link in links {
            link.close().await;
        }
    }

    /// Closes everything; every call that waits ends with [`CallError::Closed`].
    pub(crate) async fn close(&self) {
        self.closed.cancel();
        self.link_parts.hub.close();
        self.close_links().await;
        self.board.failing("the connection was closed".to_owned());
    }

    fn link(&self, dc: i32) -> Arc<Link> {
        let mut links = self.links();
        Arc::clone(
            links
                .entry(dc)
                .or_insert_with(|| Arc::new(Link::new(dc, Arc::clone(&self.link_parts)))),
        )
    }

    fn links(&self) -> MutexGuard<'_, HashMap<i32, Arc<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn unless_closed<T>(&self, work: impl Future<Output = T>) -> Result<T, CallError> {
        tokio::select! {
            biased;
            () = self.closed.cancelled() => Err(CallError::Closed),
            result = work => Ok(result),
        }
    }
}
