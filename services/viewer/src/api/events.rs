//! Live events.

use std::collections::VecDeque;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use bytes::Bytes;
use futures::stream;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;

use crate::access::Access;
use crate::app::App;
use crate::auth::cookie;
use crate::dto::event::Change;
use crate::events::{Follower, HEARTBEAT, Place, Told};
use crate::problem::{Problem, ProblemCode};

/// Browsers that may follow at once.
const FOLLOWERS: u64 = 2000;
/// How long nothing is sent at most; the session is looked at again then.
const QUIET: Duration = Duration::from_secs(5);
/// Changes that are sent together.
const TOGETHER: usize = 256;

struct Stream {
    app: Data<App>,
    follower: Follower,
    first: VecDeque<Bytes>,
    token: Option<String>,
    name: String,
    ended: watch::Receiver<u64>,
}

/// Server-sent events: `ready` (with the place from which it goes on), `change` with a `Change`, `reload` (load
/// everything again), comments as heartbeats. `Last-Event-ID` continues where a connection was lost; without one, load
/// after `ready`.
#[utoipa::path(
    operation_id = "events",
    tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event seen.")),
    responses(
        (status = 200, body = Change, content_type = "text/event-stream"),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/events")]
pub(crate) async fn follow_events(
    app: Data<App>,
    access: Access,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if app.hub.followers() >= FOLLOWERS {
        return Err(Problem::new(ProblemCode::Unavailable, "too many pages are open").wait(60));
    }
    let last = request
        .headers()
        .get("last-event-id")
        .and_then(|v| v.to_str().ok());
    let last = last.filter(|text| !text.is_empty());
    let follower = match last.map(Place::parse) {
        Some(None) => {
            let mut follower = app.hub.follow(&*app.bus, None).await;
            follower.missed.push(Told::Reload);
            follower
        }
        known => app.hub.follow(&*app.bus, known.flatten()).await,
    };
    let place = app.hub.newest().filter(|_| last.is_none());
    let id = place.map_or(String::new(), |p| {
        format!("id: {}.{}\n", p.incarnation, p.sequence)
    });
    let ready = format!("retry: 2000\n\n{id}event: ready\ndata: {{}}\n\n");
    let stream = Stream {
        first: [Bytes::from(ready)].into(),
        follower,
        token: cookie::token(&request),
        name: access.name.clone(),
        ended: app.hub.ended.subscribe(),
        app,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream::unfold(stream, async |mut stream| {
            let bytes = stream.next().await?;
            Some((Ok::<_, Problem>(bytes), stream))
        })))
}

impl Stream {
    /// What is sent next; `None`: the session is over, or the viewer ends.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        loop {
            let told = self.told().await?;
            // At this moment, not when the stream was opened.
            let access = self.app.gate.access(self.token.as_deref()).await.ok()?;
            if access.name != self.name {
                return None;
            }
            if told.is_empty() {
                return Some(HEARTBEAT);
            }
            let text: String = told.iter().filter_map(|t| t.event(&access)).collect();
            if !text.is_empty() {
                return Some(Bytes::from(text));
            }
        }
    }

    /// What happened; empty: nothing for a while, or sessions ended. `None`: the viewer ends.
    async fn told(&mut self) -> Option<Vec<Told>> {
        if !self.follower.missed.is_empty() {
            return Some(std::mem::take(&mut self.follower.missed));
        }
        let shutdown = self.app.hub.shutdown.clone();
        let mut told = tokio::select! {
            () = shutdown.cancelled() => return None,
            Ok(()) = self.ended.changed() => return Some(Vec::new()),
            () = tokio::time::sleep(QUIET) => return Some(Vec::new()),
            first = self.follower.receiver.recv() => match first {
                Ok(told) => vec![told],
                Err(RecvError::Lagged(_)) => vec![Told::Reload],
                Err(RecvError::Closed) => return None,
            },
        };
        while told.len() < TOGETHER {
            match self.follower.receiver.try_recv() {
                Ok(next) => told.push(next),
                Err(TryRecvError::Lagged(_)) => told.push(Told::Reload),
                Err(_) => break,
            }
        }
        told.retain(|t| self.follower.is_fresh(t));
        Some(told)
    }
}
