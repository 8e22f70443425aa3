//! The world by HTTP: post, edit, delete, inject, look.

use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, web};
use model::{ChatId, TestClock};
use serde::Deserialize;

use crate::faults::{PushFault, Rule};
use crate::floods::FloodLimit;
use crate::server::Sim;
use crate::snapshot;
use crate::world::{DocumentKind, Draft, Edit, Media};

/// A command, as JSON with its name in `do`.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[expect(missing_docs, reason = "named by what they do; ids are marked, times seconds")]
pub enum Command {
    Post {
        account: i64,
        chat: i64,
        text: String,
        from: Option<i64>,
        reply_to: Option<i32>,
        file_bytes: Option<u64>,
    },
    Edit {
        account: i64,
        chat: i64,
        id: i32,
        text: Option<String>,
        #[serde(default)]
        hide: bool,
    },
    Delete {
        account: i64,
        chat: i64,
        ids: Vec<i32>,
        #[serde(default)]
        one_by_one: bool,
    },
    React {
        account: i64,
        chat: i64,
        id: i32,
        emoji: String,
        count: i32,
    },
    Pin {
        account: i64,
        chat: i64,
        id: i32,
        pinned: bool,
    },
    SetTitle {
        account: i64,
        chat: i64,
        title: String,
    },
    SetPhoto {
        chat: i64,
        photo: i64,
    },
    LoseAccess {
        account: i64,
        chat: i64,
        lost: bool,
    },
    ExpireFileReferences,
    AdvanceClock {
        seconds: u64,
    },
    DropConnections {
        dc: Option<i32>,
    },
    RevokeSessions {
        account: i64,
    },
    ForgetKeys,
    Fault {
        rule: Rule,
    },
    ClearFaults,
    Pushes {
        fault: PushFault,
        count: u32,
    },
    BlackHole {
        dc: i32,
        on: bool,
    },
    Flood {
        limit: FloodLimit,
    },
    /// Ids of a chat's newest messages.
    Newest {
        account: i64,
        chat: i64,
        count: usize,
    },
    Code {
        account: i64,
        code: String,
        #[serde(default)]
        expired: bool,
    },
    Limits {
        slice: Option<usize>,
        common_too_long: Option<usize>,
        channel_too_long: Option<usize>,
    },
}

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
    pub fn run(&self, command: Command) -> serde_json::Value {
        use serde_json::json;
        let sim = &self.sim;
        match command {
            Command::Post {
                account,
                chat,
                text,
                from,
                reply_to,
                file_bytes,
            } => {
                let mut world = sim.world();
                let media = file_bytes.map(|size| {
                    let number = world.now() as u64 ^ (size << 20) ^ text.len() as u64;
                    let file = world.new_file(number, size);
                    let mime = "application/octet-stream".to_owned();
                    Media::Document {
                        file,
                        mime,
                        name: Some("posted.bin".to_owned()),
                        kind: DocumentKind::Plain,
                    }
                });
                let draft = Draft {
                    text,
                    media,
                    from,
                    reply_to,
                    ..Draft::default()
                };
                json!({ "id": world.post(account, ChatId(chat), &draft) })
            }
            Command::Edit {
                account,
                chat,
                id,
                text,
                hide,
            } => {
                json!({ "done": sim.world().edit(account, ChatId(chat), id, &Edit { text, hide, ..Edit::default() }) })
            }
            Command::Delete {
                account,
                chat,
                ids,
                one_by_one,
            } => {
                let mut world = sim.world();
                let count: usize = if one_by_one {
                    ids.iter()
                        .map(|id| world.delete(account, ChatId(chat), &[*id]))
                        .sum()
                } else {
                    world.delete(account, ChatId(chat), &ids)
                };
                json!({ "deleted": count })
            }
            Command::React {
                account,
                chat,
                id,
                emoji,
                count,
            } => {
                json!({ "done": sim.world().react(account, ChatId(chat), id, vec![(emoji, count)]) })
            }
            Command::Pin {
                account,
                chat,
                id,
                pinned,
            } => {
                json!({ "done": sim.world().pin(account, ChatId(chat), id, pinned) })
            }
            Command::SetTitle { account, chat, title } => {
                json!({ "id": sim.world().set_title(account, ChatId(chat), &title) })
            }
            Command::Newest { account, chat, count } => {
                let world = sim.world();
                let ids: Vec<i32> = world
                    .message_box(account, ChatId(chat))
                    .map(|b| b.older(chat, i32::MAX).take(count).collect())
                    .unwrap_or_default();
                json!({ "ids": ids })
            }
            other => {
                self.configure(other);
                json!({ "done": true })
            }
        }
    }

    fn configure(&self, command: Command) {
        let sim = &self.sim;
        match command {
            Command::SetPhoto { chat, photo } => sim.world().set_photo(ChatId(chat), photo),
            Command::LoseAccess { account, chat, lost } => {
                sim.world().lose_access(account, ChatId(chat), lost);
            }
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
            } => {
                let limits = &mut sim.world().limits;
                limits.slice = slice.unwrap_or(limits.slice);
                limits.common_too_long = common_too_long.unwrap_or(limits.common_too_long);
                limits.channel_too_long = channel_too_long.unwrap_or(limits.channel_too_long);
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

async fn truth(admin: web::Data<Admin>, account: web::Path<i64>) -> HttpResponse {
    let snapshot = snapshot::take(&admin.sim.world(), *account);
    HttpResponse::Ok().json(snapshot)
}

/// Serves the admin API on 127.0.0.1; answers its port and the server to await.
pub fn serve(admin: Admin, port: u16) -> std::io::Result<(u16, actix_web::dev::Server)> {
    let data = web::Data::new(admin);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route("/do", web::post().to(command))
            .route("/counters", web::get().to(counters))
            .route("/snapshot/{account}", web::get().to(truth))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", port))?;
    let port = server.addrs().first().map_or(0, std::net::SocketAddr::port);
    Ok((port, server.run()))
}
