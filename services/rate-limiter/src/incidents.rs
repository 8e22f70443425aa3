//! A person's decision on an incident, by request.

use std::collections::BTreeMap;

use model::{AccountId, IncidentId};
use serde::{Deserialize, Serialize};
use store::IncidentFilter;
use wire::RpcFailure;

use crate::{Deps, tell};

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

/// Answers a [`DecideIncident`].
pub(crate) async fn decide(
    deps: &Deps,
    account: AccountId,
    body: bytes::Bytes,
) -> Result<IncidentDecided, RpcFailure> {
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
    let mut accounts: BTreeMap<AccountId, Vec<_>> = BTreeMap::new();
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
