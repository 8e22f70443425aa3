//! Incidents, for administrators.

use std::collections::{BTreeSet, HashMap};

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{get, post};
use model::{ChatId, IncidentId, MessageId, OperationId};
use serde::Deserialize;
use serde_json::json;
use store::IncidentFilter;

use crate::access::Admin;
use crate::app::App;
use crate::dto::chat::Peer;
use crate::dto::incident::{
    Decided, Decision, Incident, IncidentKind, IncidentQuery, IncidentState, Incidents, Operation,
    OperationKind, OperationQuery, Operations,
};
use crate::problem::{Problem, ProblemCode};
use crate::render::Present;
use crate::rpc;

const LIMIT: u32 = 50;
const MOST: u32 = 200;
/// Who decides, and how it is asked.
const DECIDE: (&str, &str) = ("rate-limiter", "decide_incident");

fn state(approved: Option<bool>) -> IncidentState {
    match approved {
        None => IncidentState::Open,
        Some(true) => IncidentState::Approved,
        Some(false) => IncidentState::Rejected,
    }
}

/// Those of chats that may be seen; those whose chat is not known, by those who may see all.
async fn found(app: &App, admin: &Admin, open_only: bool) -> Result<Vec<store::Incident>, Problem> {
    let filter = IncidentFilter {
        account: None,
        open_only,
        chats: None,
    };
    let mut all = app.store.incidents_of(&filter).await?;
    let scope = &admin.0.scope;
    all.retain(|i| i.chat.map_or(scope.only().is_none(), |chat| scope.sees(chat)));
    Ok(all)
}

async fn one(app: &App, admin: &Admin, id: i64) -> Result<store::Incident, Problem> {
    let all = found(app, admin, false).await?;
    all.into_iter()
        .find(|i| i.id.0 == id)
        .ok_or_else(Problem::not_found)
}

async fn shown(app: &App, admin: &Admin, incidents: Vec<store::Incident>) -> Result<Vec<Incident>, Problem> {
    let mut names: HashMap<(i64, ChatId), Peer> = HashMap::new();
    let accounts: BTreeSet<_> = incidents.iter().map(|i| i.account).collect();
    for account in accounts {
        let ids = incidents
            .iter()
            .filter(|i| i.account == account)
            .filter_map(|i| i.chat)
            .collect();
        let present = Present {
            store: &*app.store,
            account,
            scope: &admin.0.scope,
        };
        let named = present.named(ids).await?;
        names.extend(named.into_iter().map(|(id, peer)| ((account.0, id), peer)));
    }
    let shown = |i: store::Incident| Incident {
        id: i.id.0,
        account: i.account.0,
        chat: i.chat.and_then(|c| names.get(&(i.account.0, c)).cloned()),
        kind: match i.kind {
            model::IncidentKind::Burst => IncidentKind::Burst,
            model::IncidentKind::CatchUp => IncidentKind::CatchUp,
            model::IncidentKind::SlowBurn => IncidentKind::SlowBurn,
        },
        state: state(i.approved),
        opened_at: i.opened_at,
        from_at: i.from_at,
        to_at: i.to_at,
        deletions: i.deletions,
        edits: i.edits,
        decided_at: i.decided_at,
    };
    Ok(incidents.into_iter().map(shown).collect())
}

#[derive(Deserialize)]
struct Turned {
    operations: u64,
}

/// Incidents.
#[utoipa::path(
    tag = "incidents",
    params(IncidentQuery),
    responses(
        (status = 200, body = Incidents),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/incidents")]
pub(crate) async fn list_incidents(
    app: Data<App>,
    admin: Admin,
    query: Query<IncidentQuery>,
) -> Result<Json<Incidents>, Problem> {
    let mut all = found(&app, &admin, query.state == Some(IncidentState::Open)).await?;
    all.retain(|i| query.state.is_none_or(|wanted| state(i.approved) == wanted));
    Ok(Json(Incidents {
        incidents: shown(&app, &admin, all).await?,
    }))
}

/// One incident.
#[utoipa::path(
    operation_id = "incident",
    tag = "incidents",
    params(("incident" = i64, Path, description = "Its number.")),
    responses(
        (status = 200, body = Incident),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/incidents/{incident}")]
pub(crate) async fn get_incident(
    app: Data<App>,
    admin: Admin,
    path: Path<i64>,
) -> Result<Json<Incident>, Problem> {
    let found = one(&app, &admin, *path).await?;
    let mut shown = shown(&app, &admin, vec![found]).await?;
    shown.pop().map(Json).ok_or_else(Problem::not_found)
}

/// `<message>.<operation>`.
fn place(cursor: &str) -> Option<(MessageId, OperationId)> {
    let (message, operation) = cursor.split_once('.')?;
    Some((message.parse().ok()?, OperationId(operation.parse().ok()?)))
}

/// What an incident holds.
#[utoipa::path(
    operation_id = "operations",
    tag = "incidents",
    params(("incident" = i64, Path, description = "Its number."), OperationQuery),
    responses(
        (status = 200, body = Operations),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/incidents/{incident}/operations")]
pub(crate) async fn list_operations(
    app: Data<App>,
    admin: Admin,
    path: Path<i64>,
    query: Query<OperationQuery>,
) -> Result<Json<Operations>, Problem> {
    let incident = one(&app, &admin, *path).await?;
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let after = match query.after.as_deref() {
        Some(cursor) => Some(place(cursor).ok_or_else(|| Problem::bad("after: use `next` of a page"))?),
        None => None,
    };
    let held = app.store.operations_of(incident.id, after, limit).await?;
    let next = held
        .last()
        .filter(|_| held.len() == limit as usize)
        .map(|o| format!("{}.{}", o.message, o.id.0));
    let keys: BTreeSet<_> = held.iter().map(|o| (o.box_id, o.message)).collect();
    let keys: Vec<_> = keys.into_iter().collect();
    let scope = &admin.0.scope;
    let mut rows = app.store.messages_by_key(incident.account, &keys).await?;
    rows.retain(|r| r.head.chat.is_some_and(|chat| scope.sees(chat)));
    let keys: Vec<_> = rows.iter().map(|r| (r.box_id, r.id)).collect();
    let present = Present {
        store: &*app.store,
        account: incident.account,
        scope,
    };
    let messages: HashMap<_, _> = keys.into_iter().zip(present.messages(rows).await?).collect();
    let operations = held.into_iter().map(|o| Operation {
        id: o.id.0,
        message_id: o.message,
        kind: match o.kind {
            model::OperationKind::Delete => OperationKind::Delete,
            model::OperationKind::Edit => OperationKind::Edit,
        },
        at: o.at,
        since: o.since,
        message: messages.get(&(o.box_id, o.message)).cloned(),
    });
    Ok(Json(Operations {
        operations: operations.collect(),
        next,
    }))
}

/// Decides an incident.
#[utoipa::path(
    tag = "incidents",
    params(("incident" = i64, Path, description = "Its number.")),
    request_body = Decision,
    responses(
        (status = 200, body = Decided),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/incidents/{incident}/decision")]
pub(crate) async fn decide(
    app: Data<App>,
    admin: Admin,
    path: Path<i64>,
    body: Json<Decision>,
) -> Result<Json<Decided>, Problem> {
    let incident = one(&app, &admin, *path).await?;
    if app.config.read_only {
        return Err(Problem::new(
            ProblemCode::ReadOnly,
            "decide where the archive runs",
        ));
    }
    let IncidentId(id) = incident.id;
    let request = json!({ "incident": id, "approve": body.approve, "by": admin.0.name });
    let turned: Option<Turned> = rpc::ask(&*app.bus, DECIDE, incident.account, &request, None).await?;
    match turned {
        None => Err(Problem::new(
            ProblemCode::NotRunning,
            "the rate-limiter does not run; start the archive",
        )),
        Some(Turned { operations: 0 }) => Err(Problem::new(
            ProblemCode::Conflict,
            "this incident was decided already",
        )),
        Some(Turned { operations }) => Ok(Json(Decided { operations })),
    }
}
