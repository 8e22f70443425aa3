//! The routes under `/api/v1`, one file per resource.
//!
//! To add one: a handler with its `utoipa::path` in the file of its resource, its types in `dto`, its line here, and
//! `cargo run -p viewer --example openapi` for the document that the page's client is made from.

pub(crate) mod chats;
pub(crate) mod coverage;
pub(crate) mod events;
pub(crate) mod incidents;
pub(crate) mod media;
pub(crate) mod messages;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod telegram;

use utoipa::OpenApi;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::problem::Problem;

/// What stands above the routes in the document.
#[derive(OpenApi)]
#[openapi(
    info(title = "Telegram Archive", description = "What the archive shows to people."),
    components(schemas(Problem))
)]
pub(crate) struct Document;

/// All routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(session::session)
        .service(session::log_in)
        .service(session::log_out)
        .service(chats::list_chats)
        .service(chats::chat)
        .service(chats::folders)
        .service(chats::topics)
        .service(messages::list_messages)
        .service(messages::messages_by_id)
        .service(messages::pinned_messages)
        .service(messages::days)
        .service(messages::message)
        .service(messages::versions)
        .service(messages::raw)
        .service(search::search)
        .service(media::file)
        .service(media::avatar)
        .service(coverage::all_coverage)
        .service(coverage::coverage)
        .service(incidents::list_incidents)
        .service(incidents::incident)
        .service(incidents::operations)
        .service(incidents::decide)
        .service(status::statistics)
        .service(status::status)
        .service(telegram::telegram)
        .service(telegram::request_code)
        .service(telegram::sign_in)
        .service(telegram::check_password)
        .service(telegram::qr)
        .service(telegram::telegram_log_out)
        .service(events::events);
}
