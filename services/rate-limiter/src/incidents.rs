//! A person's decision on an incident, by request.

use std::collections::BTreeSet;
use std::time::Duration;

use bus::Requests;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use model::{AccountId, IncidentId};
use serde::{Deserialize, Serialize};
use store::IncidentFilter;
use tokio_util::sync::CancellationToken;
use wire::{RpcFailure, Subject};

use crate::{Deps, tell};

/// The service's name in requests.
pub const SERVICE: &str = "rate-limiter";
/// The verb of [`DecideIncident`].
pub const VERB_DECIDE: &str = "decide_incident";

/// Approve or reject what an incident holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecideIncident {
    /// Its number.
    pub incident: i64,
    /// Apply it, or keep the messages for good.
    pub approve: bool,
    /// Who decided, for the record.
    pub by: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentDecided {
    /// Operations that were turned; 0: there is no such open incident.
    pub operations: u64,
}

/// How often it is looked whether there are new accounts.
const ACCOUNTS: Duration = Duration::from_secs(10);

/// Answers requests about every account's incidents until `shutdown`.
pub(crate) async fn serve(deps: &Deps, shutdown: &CancellationToken) {
    let mut served = BTreeSet::new();
    let mut serving = FuturesUnordered::new();
    let mut look = tokio::time::interval(ACCOUNTS);
    loop {
        tokio::select! {
            _ = look.tick() => match deps.store.accounts().await {
                Ok(accounts) => {
                    for account in accounts {
                        if served.insert(account.id) {
                            serving.push(serve_account(deps, account.id, shutdown));
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

async fn serve_account(deps: &Deps, account: AccountId, shutdown: &CancellationToken) {
    let subject = Subject::Rpc {
        service: SERVICE.to_owned(),
        verb: VERB_DECIDE.to_owned(),
        account,
    };
    while !shutdown.is_cancelled() {
        let requests = match deps.bus.serve(&subject).await {
            Ok(requests) => requests,
            Err(e) => {
                tracing::warn!("requests cannot be served now: {e}");
                tokio::select! {
                    () = tokio::time::sleep(std::time::Duration::from_secs(2)) => continue,
                    () = shutdown.cancelled() => return,
                }
            }
        };
        tokio::select! {
            () = answer(deps, account, requests) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

async fn answer(deps: &Deps, account: AccountId, mut requests: Box<dyn Requests>) {
    while let Ok((body, replier)) = requests.next().await {
        let result = decide(deps, account, body).await;
        let body = wire::encode_rpc_response(result.as_ref());
        if let Err(e) = replier.reply(body).await {
            tracing::debug!("an answer was not taken: {e}");
        }
    }
}

async fn decide(deps: &Deps, account: AccountId, body: bytes::Bytes) -> Result<IncidentDecided, RpcFailure> {
    let failed = |kind: &str, message: String| RpcFailure {
        kind: kind.to_owned(),
        message,
    };
    let request: DecideIncident =
        wire::decode_rpc_request(body).map_err(|e| failed("refused", e.to_string()))?;
    // Who may ask about one account may not decide another's.
    let filter = IncidentFilter {
        account: Some(account),
        ..IncidentFilter::default()
    };
    let own = deps
        .store
        .incidents(&filter)
        .await
        .map_err(|e| failed("unavailable", e.to_string()))?;
    if !own.iter().any(|i| i.id == IncidentId(request.incident)) {
        return Ok(IncidentDecided { operations: 0 });
    }
    let turned = deps
        .store
        .decide_incident(IncidentId(request.incident), request.approve, &request.by)
        .await
        .map_err(|e| failed("unavailable", e.to_string()))?;
    let mut accounts: std::collections::BTreeMap<AccountId, Vec<_>> = std::collections::BTreeMap::new();
    for (account, operation) in &turned {
        accounts.entry(*account).or_default().push(*operation);
    }
    for (account, operations) in accounts {
        tell(&*deps.bus, account, &operations).await;
    }
    Ok(IncidentDecided {
        operations: turned.len() as u64,
    })
}
