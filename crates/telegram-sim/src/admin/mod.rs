//! The world by HTTP, on 127.0.0.1: `POST /do` with a [`Command`], `GET /counters`, `GET /snapshot/{account}` as one JSON
//! value and `GET /truth/{account}` as lines of JSON.

mod command;

use std::ops::ControlFlow;
use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, web};
use model::{ChatId, TestClock};
use serde_json::{Value, json};

pub use command::{Attached, Command};

use crate::server::Sim;
use crate::snapshot;
use crate::world::{DocumentKind, Draft, Edit};

/// What the admin works with.
#[derive(Clone)]
pub struct Admin {
    /// The running simulator.
    pub sim: Arc<Sim>,
    /// Its clock.
    pub clock: TestClock,
}

impl Admin {
    /// Does one command; answers what it is about as JSON.
    pub fn run(&self, command: Command) -> Value {
        let done = self.messages(command);
        let done = match done {
            ControlFlow::Continue(other) => self.chats(other),
            done @ ControlFlow::Break(_) => done,
        };
        match done {
            ControlFlow::Break(answer) => answer,
            ControlFlow::Continue(Command::ScanLoginTokens { account }) => {
                json!({ "scanned": self.sim.scan_login_tokens(account) })
            }
            ControlFlow::Continue(other) => {
                self.configure(other);
                json!({ "done": true })
            }
        }
    }

    /// Commands about messages; any other comes back.
    fn messages(&self, command: Command) -> ControlFlow<Value, Command> {
        let mut world = self.sim.world();
        ControlFlow::Break(match command {
            Command::Post {
                account,
                chat,
                text,
                from,
                reply_to,
                topic,
                grouped_id,
                silent,
                file_bytes,
                media,
            } => {
                let file = file_bytes.map(|bytes| Attached::Document {
                    bytes,
                    name: Some("posted.bin".to_owned()),
                    mime: String::new(),
                    used_as: DocumentKind::Plain,
                });
                let draft = Draft {
                    text,
                    media: media.or(file).map(|m| m.media(&mut world)),
                    from,
                    reply_to,
                    topic,
                    grouped_id,
                    silent,
                    ..Draft::default()
                };
                json!({ "id": world.post(account, ChatId(chat), &draft) })
            }
            Command::Edit {
                account,
                chat,
                id,
                text,
                media,
                hide,
            } => {
                let media = media.map(|m| m.media(&mut world));
                let edit = Edit {
                    text,
                    media,
                    hide,
                    ..Edit::default()
                };
                json!({ "done": world.edit(account, ChatId(chat), id, &edit) })
            }
            Command::Delete {
                account,
                chat,
                ids,
                one_by_one,
            } => {
                let at_once = if one_by_one { 1 } else { ids.len().max(1) };
                let groups = ids.chunks(at_once);
                let deleted: usize = groups.map(|ids| world.delete(account, ChatId(chat), ids)).sum();
                json!({ "deleted": deleted })
            }
            Command::DeleteNewest {
                account,
                chat,
                count,
                one_by_one,
            } => {
                let ids = world.newest(account, ChatId(chat), count);
                let at_once = if one_by_one { 1 } else { count.max(1) };
                let groups = ids.chunks(at_once);
                let deleted: usize = groups.map(|ids| world.delete(account, ChatId(chat), ids)).sum();
                json!({ "deleted": deleted, "ids": ids })
            }
            Command::React {
                account,
                chat,
                id,
                emoji,
                count,
            } => json!({ "done": world.react(account, ChatId(chat), id, vec![(emoji, count)]) }),
            Command::Pin {
                account,
                chat,
                id,
                pinned: true,
                tell: true,
            } => {
                json!({ "id": world.pin_and_tell(account, ChatId(chat), id) })
            }
            Command::Pin {
                account,
                chat,
                id,
                pinned,
                ..
            } => json!({ "done": world.pin(account, ChatId(chat), id, pinned) }),
            Command::Newest { account, chat, count } => {
                json!({ "ids": world.newest(account, ChatId(chat), count) })
            }
            other => return ControlFlow::Continue(other),
        })
    }

    /// Commands about chats and who is in them; any other comes back.
    fn chats(&self, command: Command) -> ControlFlow<Value, Command> {
        let mut world = self.sim.world();
        ControlFlow::Break(match command {
            Command::SetTitle { account, chat, title } => {
                json!({ "id": world.set_title(account, ChatId(chat), &title) })
            }
            Command::SetPhoto { chat, photo } => {
                world.set_photo(ChatId(chat), photo);
                json!({ "done": true })
            }
            Command::ChangePhoto { account, chat, photo } => {
                json!({ "photo": world.change_photo(account, ChatId(chat), photo) })
            }
            Command::Join {
                account,
                chat,
                user,
                by,
            } => json!({ "id": world.join(account, ChatId(chat), user, by) }),
            Command::Leave {
                account,
                chat,
                user,
                by,
            } => json!({ "id": world.leave(account, ChatId(chat), user, by) }),
            Command::LoseAccess { account, chat, lost } => {
                world.lose_access(account, ChatId(chat), lost);
                json!({ "done": true })
            }
            Command::CreateGroup {
                account,
                title,
                members,
            } => json!({ "chat": world.create_group(account, &title, &members).0 }),
            Command::MigrateGroup { account, group } => {
                json!({ "chat": world.migrate_group(account, group).map(|c| c.0) })
            }
            Command::CreateTopic { account, chat, title } => {
                json!({ "id": world.create_topic(account, ChatId(chat), &title) })
            }
            other => return ControlFlow::Continue(other),
        })
    }

    fn configure(&self, command: Command) {
        let sim = &self.sim;
        match command {
            Command::ExpireFileReferences => sim.world().expire_file_references(),
            Command::AdvanceClock { seconds } => self.clock.advance(std::time::Duration::from_secs(seconds)),
            Command::DropConnections { dc } => sim.drop_connections(dc),
            Command::RevokeSessions { account } => sim.revoke_sessions(account),
            Command::ForgetKeys => sim.forget_keys(),
            Command::Fault { rule } => sim.faults().add(rule),
            Command::ClearFaults => sim.faults().clear(),
            Command::Pushes { fault, count } => sim.faults().pushes(fault, count),
            Command::BlackHole { dc, on } => sim.faults().black_hole(dc, on),
            Command::Flood { limit } => sim.floods().limit(limit),
            Command::Code {
                account,
                code,
                expired,
            } => {
                if let Some(account) = sim.world().accounts.get_mut(&account) {
                    account.code = code;
                    account.code_expired = expired;
                }
            }
            Command::Limits {
                slice,
                common_too_long,
                channel_too_long,
                remembered,
            } => {
                let limits = &mut sim.world().limits;
                limits.slice = slice.unwrap_or(limits.slice);
                limits.common_too_long = common_too_long.unwrap_or(limits.common_too_long);
                limits.channel_too_long = channel_too_long.unwrap_or(limits.channel_too_long);
                limits.remembered = remembered.unwrap_or(limits.remembered);
            }
            _ => {}
        }
    }
}

async fn command(admin: web::Data<Admin>, command: web::Json<Command>) -> HttpResponse {
    HttpResponse::Ok().json(admin.run(command.into_inner()))
}

async fn counters(admin: web::Data<Admin>) -> HttpResponse {
    HttpResponse::Ok().json(admin.sim.counters())
}

async fn whole(admin: web::Data<Admin>, account: web::Path<i64>) -> HttpResponse {
    let snapshot = snapshot::take(&admin.sim.world(), *account);
    HttpResponse::Ok().json(snapshot)
}

async fn lines(admin: web::Data<Admin>, account: web::Path<i64>) -> HttpResponse {
    let mut lines = Vec::new();
    match snapshot::write(&admin.sim.world(), *account, &mut lines) {
        Ok(()) => HttpResponse::Ok()
            .content_type("application/x-ndjson")
            .body(lines),
        Err(e) => HttpResponse::InternalServerError().body(e.to_string()),
    }
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/do", web::post().to(command))
        .route("/counters", web::get().to(counters))
        .route("/snapshot/{account}", web::get().to(whole))
        .route("/truth/{account}", web::get().to(lines));
}

/// Serves the admin API on 127.0.0.1; answers its port and the server to await.
pub fn serve(admin: Admin, port: u16) -> std::io::Result<(u16, actix_web::dev::Server)> {
    let data = web::Data::new(admin);
    let server = HttpServer::new(move || App::new().app_data(data.clone()).configure(routes))
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", port))?;
    let port = server.addrs().first().map_or(0, std::net::SocketAddr::port);
    Ok((port, server.run()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::test::{TestRequest, call_and_read_body_json, call_service, init_service};

    use super::*;
    use crate::scenario::{self, ACCOUNT, OTHER};
    use crate::server::SimConfig;
    use crate::snapshot::Snapshot;

    async fn admin() -> Admin {
        let clock = TestClock::default();
        let config = SimConfig::new(scenario::small(1), Arc::new(clock.clone()));
        let sim = Arc::new(Sim::start(config).await.unwrap());
        Admin { sim, clock }
    }

    #[test]
    fn the_world_is_changed_and_looked_at_by_http() {
        actix_web::rt::System::new().block_on(async {
            let admin = admin().await;
            let app = init_service(App::new().app_data(web::Data::new(admin.clone())).configure(routes)).await;
            let (group, forum) = (ChatId::group(301).0, ChatId::channel(4002).0);
            let mut answers = Vec::new();
            for body in [
                json!({ "do": "post", "account": ACCOUNT, "chat": 2001, "text": "by hand", "silent": true }),
                json!({ "do": "post", "account": ACCOUNT, "chat": group,
                    "media": { "kind": "document", "bytes": 77, "name": "a.ogg", "used_as": "voice" } }),
                json!({ "do": "create_topic", "account": ACCOUNT, "chat": forum, "title": "T" }),
                json!({ "do": "leave", "account": ACCOUNT, "chat": group, "user": OTHER }),
                json!({ "do": "migrate_group", "account": ACCOUNT, "group": 301 }),
                json!({ "do": "delete_newest", "account": ACCOUNT, "chat": forum, "count": 5, "one_by_one": true }),
                json!({ "do": "advance_clock", "seconds": 60 }),
            ] {
                let request = TestRequest::post().uri("/do").set_json(&body).to_request();
                answers.push(call_and_read_body_json::<_, _, Value>(&app, request).await);
            }
            assert!(answers[..4].iter().all(|a| a["id"].is_i64()), "{answers:?}");
            assert!(answers[4]["chat"].is_i64() && answers[5]["deleted"] == 5, "{answers:?}");
            let request = TestRequest::get().uri(&format!("/snapshot/{ACCOUNT}")).to_request();
            let truth: Snapshot = call_and_read_body_json(&app, request).await;
            let texts = |m: &snapshot::TrueMessage| m.versions[0].text == "by hand" && m.chat == 2001;
            assert!(truth.messages.iter().any(texts));
            assert!(truth.files.values().any(|(_, size)| *size == 77));
            let mut kinds = BTreeMap::<&str, usize>::new();
            for event in &truth.events {
                *kinds.entry(&event.kind).or_default() += 1;
            }
            assert_eq!(kinds["delete"], 5, "one event each");
            assert_eq!(admin.clock.offset().as_secs(), 60);
        });
    }

    #[test]
    fn a_command_that_is_wrong_is_refused() {
        actix_web::rt::System::new().block_on(async {
            let app = init_service(
                App::new()
                    .app_data(web::Data::new(admin().await))
                    .configure(routes),
            )
            .await;
            for body in [
                json!({ "do": "explode" }),
                json!({ "do": "delete", "account": 1, "chat": 2, "idz": [1] }),
            ] {
                let request = TestRequest::post().uri("/do").set_json(&body).to_request();
                assert!(call_service(&app, request).await.status().is_client_error());
            }
        });
    }
}
