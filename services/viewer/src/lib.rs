//! The API, the page and live events.
//!
//! Everything that reaches a person passes [`access`]; what is read is asked of the store's ports; other services are
//! asked over the bus. To add a route see [`api`].

mod access;
mod api;
mod app;
pub mod auth;
mod compression;
mod config;
mod dto;
mod events;
mod files;
mod headers;
mod media;
mod page;
mod problem;
mod render;
mod rpc;
mod run;
mod search;

pub use config::{Config, Deps, PushMode, ViewerState, ViewerStore};
pub use files::Files;
pub use run::{ViewerError, run};

use actix_web::App;
use utoipa::OpenApi as _;
use utoipa::openapi::{RefOr, Schema};
use utoipa_actix_web::AppExt as _;

/// Properties that are left out when they say nothing; all others are always there, if only as `null`.
const LEFT_OUT: [(&str, &str); 7] = [
    ("Problem", "retry_after"),
    ("NewPushSubscription", "chats"),
    ("Entity", "language"),
    ("Entity", "collapsed"),
    ("Entity", "url"),
    ("Entity", "user_id"),
    ("Entity", "document_id"),
];

/// The OpenAPI document of the API, as JSON.
pub fn openapi() -> String {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(api::Document::openapi())
        .service(utoipa_actix_web::scope("/api/v1").configure(api::routes))
        .split_for_parts();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    for (name, schema) in document.components.iter_mut().flat_map(|c| &mut c.schemas) {
        if let RefOr::T(Schema::Object(object)) = schema {
            let there = |p: &&String| !LEFT_OUT.contains(&(name, p));
            object.required = object.properties.keys().filter(there).cloned().collect();
        }
    }
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
