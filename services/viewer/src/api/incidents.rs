//! Incidents, for administrators.

use actix_web::web::{Json, Path, Query};
use actix_web::{get, post};

use crate::access::Admin;
use crate::dto::incident::{
    Decided, Decision, Incident, IncidentQuery, Incidents, OperationQuery, Operations,
};
use crate::problem::Problem;

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
    _admin: Admin,
    _query: Query<IncidentQuery>,
) -> Result<Json<Incidents>, Problem> {
    Err(Problem::not_found())
}

/// One incident.
#[utoipa::path(
    tag = "incidents",
    params(("incident" = i64, Path, description = "Its number.")),
    responses(
        (status = 200, body = Incident),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/incidents/{incident}")]
pub(crate) async fn incident(_admin: Admin, _path: Path<i64>) -> Result<Json<Incident>, Problem> {
    Err(Problem::not_found())
}

/// What an incident holds.
#[utoipa::path(
    tag = "incidents",
    params(("incident" = i64, Path, description = "Its number."), OperationQuery),
    responses(
        (status = 200, body = Operations),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
#[get("/incidents/{incident}/operations")]
pub(crate) async fn operations(
    _admin: Admin,
    _path: Path<i64>,
    _query: Query<OperationQuery>,
) -> Result<Json<Operations>, Problem> {
    Err(Problem::not_found())
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
    _admin: Admin,
    _path: Path<i64>,
    _body: Json<Decision>,
) -> Result<Json<Decided>, Problem> {
    Err(Problem::not_found())
}
