//! What others ask the owner: status, a run now, a chat walked again.

use std::sync::Arc;
use std::time::Duration;

use model::{ChatId, PassKind};
use serde::{Deserialize, Serialize};
use wire::{RpcFailure, Subject, VERB_LOGIN};

use crate::{Session, login, runs};

/// The service's name in requests.
pub const SERVICE: &str = "fetcher";
/// Answers [`crate::FetcherStatus`].
pub const VERB_STATUS: &str = "status";
/// Starts a run ([`RunNow`]); answers at once.
pub const VERB_RUN_NOW: &str = "run_now";
/// Walks a chat again (a marked id); answers at once.
pub const VERB_RESCAN: &str = "rescan";

/// The answer to `run_now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNow {
    /// A run goes on already: this one follows it.
    pub queued: bool,
}

/// Answers requests until the connection is closed.
pub(crate) async fn serve(session: &Arc<Session>) {
    tokio::join!(
        verb(session, VERB_STATUS),
        verb(session, VERB_RUN_NOW),
        verb(session, VERB_RESCAN),
        verb(session, VERB_LOGIN)
    );
}

async fn verb(session: &Arc<Session>, verb: &'static str) {
    let subject = Subject::Rpc {
        service: SERVICE.to_owned(),
        verb: verb.to_owned(),
        account: session.config.account,
    };
    while !session.closed.is_cancelled() {
        match session.deps.bus.serve(&subject).await {
            Ok(mut requests) => {
                while let Ok((body, replier)) = requests.next().await {
                    if let Err(error) = replier.reply(answer(session, verb, body).await).await {
                        tracing::debug!("an answer was not taken: {error}");
                    }
                }
            }
            Err(error) => tracing::debug!("requests cannot be served now: {error}"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = session.closed.cancelled() => {}
        }
    }
}

async fn answer(session: &Arc<Session>, verb: &str, body: bytes::Bytes) -> bytes::Bytes {
    match verb {
        VERB_STATUS => {
            let status = session.deps.status.borrow().clone();
            wire::encode_rpc_response(Ok(&status))
        }
        VERB_RUN_NOW => {
            let queued = session.running.try_lock().is_err();
            // A run that waits already will see what this one would.
            if let Ok(place) = Arc::clone(&session.by_hand).try_acquire_owned() {
                let session = Arc::clone(session);
                tokio::spawn(async move {
                    tokio::select! {
                        _ = runs::once(&session, "hand") => {}
                        () = session.closed.cancelled() => {}
                    }
                    drop(place);
                });
            }
            wire::encode_rpc_response(Ok(&RunNow { queued }))
        }
        VERB_LOGIN => match wire::decode_rpc_request(body) {
            Ok(step) => wire::encode_rpc_response(Ok(&login::step(session, step).await)),
            Err(error) => refused(&error),
        },
        _ => match wire::decode_rpc_request::<i64>(body) {
            Ok(chat) => {
                session.rescans().insert((ChatId(chat), PassKind::Rescan));
                session.wake.notify_one();
                wire::encode_rpc_response(Ok(&true))
            }
            Err(error) => refused(&error),
        },
    }
}

fn refused(error: &wire::WireError) -> bytes::Bytes {
    let failure = RpcFailure {
        kind: "refused".to_owned(),
        message: error.to_string(),
    };
    wire::encode_rpc_response::<bool>(Err(&failure))
}
