//! The routes under `/api/v1`, one file per resource.
//!
//! To add one: a handler with its `utoipa::path` in the file of its resource, its types in `dto`, its line here, and
//! `cargo run -p viewer --example openapi` for the document that the page's client is made from.

pub(crate) mod chats;
pub(crate) mod coverage;
pub(crate) mod days;
pub(crate) mod events;
pub(crate) mod incidents;
pub(crate) mod media;
pub(crate) mod message;
pub(crate) mod messages;
pub(crate) mod push;
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
        .service(session::get_session)
        .service(session::log_in)
        .service(session::log_out)
        .service(chats::list_chats)
        .service(chats::get_chat)
        .service(chats::list_folders)
        .service(chats::list_topics)
        .service(messages::list_messages)
        .service(messages::messages_by_id)
        .service(messages::pinned_messages)
        .service(days::list_days)
        .service(message::get_message)
        .service(message::list_versions)
        .service(message::get_raw)
        .service(search::run_search)
        .service(media::get_file)
        .service(media::get_avatar)
        .service(coverage::all_coverage)
        .service(coverage::get_coverage)
        .service(incidents::list_incidents)
        .service(incidents::get_incident)
        .service(incidents::list_operations)
        .service(incidents::decide)
        .service(status::get_statistics)
        .service(status::get_status)
        .service(telegram::get_telegram)
        .service(telegram::request_code)
        .service(telegram::sign_in)
        .service(telegram::check_password)
        .service(telegram::show_qr)
        .service(telegram::telegram_log_out)
        .service(push::push_key)
        .service(push::list_subscriptions)
        .service(push::push_subscribe)
        .service(push::push_unsubscribe)
        .service(push::list_mutes)
        .service(push::push_mute)
        .service(push::push_unmute)
        .service(events::follow_events);
}
