//! What others ask: a decision on an incident, a share of the budget of calls.

use std::collections::BTreeSet;
use std::time::Duration;

use bus::Requests;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use model::AccountId;
use tokio_util::sync::CancellationToken;
use wire::Subject;

use crate::shares::{VERB_SHARE, share};
use crate::{CallRates, Deps, VERB_DECIDE, incidents};

/// The service's name in requests.
pub const SERVICE: &str = "rate-limiter";

/// How often it is looked whether there are new accounts.
const ACCOUNTS: Duration = Duration::from_secs(10);

/// Answers requests about every account until `shutdown`.
pub(crate) async fn serve(deps: &Deps, rates: &CallRates, shutdown: &CancellationToken) {
    let mut served = BTreeSet::new();
    let mut serving = FuturesUnordered::new();
    let mut look = tokio::time::interval(ACCOUNTS);
    loop {
        tokio::select! {
            _ = look.tick() => match deps.store.accounts().await {
                Ok(accounts) => {
                    for account in accounts {
                        if served.insert(account.id) {
                            for verb in [VERB_DECIDE, VERB_SHARE] {
                                serving.push(serve_verb(deps, rates, account.id, verb, shutdown));
                            }
                        }
                    }
                }
                Err(e) => tracing::debug!("new accounts are looked for later: {e}"),
            },
            Some(()) = serving.next() => {}
            () = shutdown.cancelled() => return,
        }
    }
}

async fn serve_verb(
    deps: &Deps,
    rates: &CallRates,
    account: AccountId,
    verb: &str,
    shutdown: &CancellationToken,
) {
    let subject = Subject::Rpc {
        service: SERVICE.to_owned(),
        verb: verb.to_owned(),
        account,
    };
    while !shutdown.is_cancelled() {
        let requests = match deps.bus.serve(&subject).await {
            Ok(requests) => requests,
            Err(e) => {
                tracing::warn!("requests cannot be served now: {e}");
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(2)) => continue,
                    () = shutdown.cancelled() => return,
                }
            }
        };
        tokio::select! {
            () = answer(deps, rates, account, verb, requests) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

async fn answer(
    deps: &Deps,
    rates: &CallRates,
    account: AccountId,
    verb: &str,
    mut requests: Box<dyn Requests>,
) {
    while let Ok((body, replier)) = requests.next().await {
        let body: Bytes = if verb == VERB_SHARE {
            wire::encode_rpc_response(share(deps, rates, account, body).await.as_ref())
        } else {
            wire::encode_rpc_response(incidents::decide(deps, account, body).await.as_ref())
        };
        if let Err(e) = replier.reply(body).await {
            tracing::debug!("an answer was not taken: {e}");
        }
    }
}
