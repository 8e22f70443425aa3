//! A request: wrappers off, faults and floods, log-in, then the world.

use std::time::Duration;

use grammers_tl_types::{
    self as tl, Cursor, Deserializable, Identifiable, Serializable, enums, functions, types,
};

use crate::api::{self, Caller};
use crate::auth;
use crate::crypto::{random, read_i64};
use crate::error::RpcError;
use crate::faults::Action;
use crate::mtproto::gzip;
use crate::server::Shared;
use crate::world::World;

/// What the connection does about a request.
pub(crate) enum Answer {
    /// Sends this result.
    Reply {
        /// A serialized result or `rpc_error`.
        body: Vec<u8>,
        /// May be packed.
        pack: bool,
        /// Later.
        after: Option<Duration>,
    },
    /// Tells to wait with calls of this method.
    Flood {
        /// TL name.
        method: String,
        /// A serialized `rpc_error`.
        body: Vec<u8>,
    },
    /// Has this result, and does not send it.
    Lost {
        /// A serialized result or `rpc_error`.
        body: Vec<u8>,
    },
    /// Says nothing.
    Silence,
    /// Closes the connection.
    Close,
    /// A transport error.
    Transport(i32),
    /// `bad_server_salt`.
    NewSalt(i64),
    /// `bad_msg_notification`.
    BadMessage(i32),
    /// Something, under another session's id.
    WrongSession,
}

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(crate) struct Asker {
    pub(crate) connection: u64,
    pub(crate) dc: i32,
    pub(crate) key_id: i64,
    pub(crate) session: i64,
    /// The client has closed the connection already: a last word of it, and no use of the key at the same time as
    /// another.
    pub(crate) hung_up: bool,
}

/// What was peeled off.
#[derive(Default)]
struct Wrappers {
    layer: i32,
    device: Option<String>,
    without_updates: bool,
}

fn reply(result: Result<Vec<u8>, RpcError>, pack: bool) -> Answer {
    match result {
        Ok(body) => Answer::Reply {
            body,
            pack,
            after: None,
        },
        Err(e) => Answer::Reply {
            body: serialized(e),
            pack: false,
            after: None,
        },
    }
}

fn serialized(e: RpcError) -> Vec<u8> {
    let error = types::RpcError {
        error_code: e.code,
        error_message: e.message,
    };
    enums::RpcError::from(error).to_bytes()
}

/// Wrappers within each other.
const DEPTH: u32 = 16;

/// Peels `invokeWithLayer`, `initConnection`, ... off a request.
fn peel(body: &[u8], wrappers: &mut Wrappers, depth: u32) -> Result<Vec<u8>, RpcError> {
    // The constructors of generic functions need some argument: any will do.
    type Any = functions::Ping;
    let bad = |_| RpcError::bad("INPUT_METHOD_INVALID");
    if depth > DEPTH {
        return Err(RpcError::bad("INPUT_METHOD_INVALID"));
    }
    let constructor = u32::from_bytes(body).map_err(bad)?;
    let mut cursor = Cursor::from_slice(&body[4..]);
    let c = &mut cursor;
    match constructor {
        functions::InvokeWithLayer::<Any>::CONSTRUCTOR_ID => {
            wrappers.layer = i32::deserialize(c).map_err(bad)?;
        }
        functions::InvokeWithoutUpdates::<Any>::CONSTRUCTOR_ID => wrappers.without_updates = true,
        functions::InvokeAfterMsg::<Any>::CONSTRUCTOR_ID
        | functions::InvokeWithTakeout::<Any>::CONSTRUCTOR_ID => {
            i64::deserialize(c).map_err(bad)?;
        }
        functions::InitConnection::<Any>::CONSTRUCTOR_ID => {
            let flags = i32::deserialize(c).map_err(bad)?;
            let mut device = i32::deserialize(c).map_err(bad)?.to_string();
            for _ in 0..6 {
                device.push('|');
                device.push_str(&String::deserialize(c).map_err(bad)?);
            }
            if flags & 1 != 0 {
                enums::InputClientProxy::deserialize(c).map_err(bad)?;
            }
            if flags & 2 != 0 {
                enums::Jsonvalue::deserialize(c).map_err(bad)?;
            }
            wrappers.device = Some(device);
        }
        gzip::GZIP => {
            let packed = Vec::<u8>::deserialize(c).map_err(bad)?;
            let inner = gzip::unpack(&packed).map_err(|_| RpcError::bad("INPUT_METHOD_INVALID"))?;
            return peel(&inner, wrappers, depth + 1);
        }
        _ => return Ok(body.to_vec()),
    }
    let rest = 4 + cursor.pos();
    peel(&body[rest..], wrappers, depth + 1)
}

/// Telegram's name of a method: `messages.getHistory`.
pub(crate) fn method_name(constructor: u32) -> String {
    tl::name_for_id(constructor).to_owned()
}

/// Answers one request of a connection. `told`: methods of which the client may not have known yet that it must
/// wait.
pub(crate) fn call(shared: &Shared, asker: Asker, body: &[u8], told: &[&str]) -> Answer {
    let Asker {
        connection,
        dc,
        key_id,
        ..
    } = asker;
    let mut wrappers = Wrappers::default();
    let body = match peel(body, &mut wrappers, 0) {
        Ok(body) => body,
        Err(e) => return reply(Err(e), false),
    };
    let method = u32::from_bytes(&body).unwrap_or_default();
    let name = method_name(method);
    shared.count(&name);
    tracing::debug!(dc, "{name}");
    let account = match admit(shared, asker, &wrappers) {
        Ok(account) => account,
        Err(e) => return reply(Err(e), false),
    };
    if method == functions::help::GetConfig::CONSTRUCTOR_ID {
        return reply(Ok(auth::config(shared, dc).to_bytes()), true);
    }
    let action = shared.faults.on_call(account, dc, &name);
    if let Some(answer) = before(shared, key_id, action.as_ref()) {
        return answer;
    }
    let under_way = told.contains(&name.as_str());
    if let Some(account) = account
        && let Err(e) = shared
            .floods
            .check(account, &name, shared.clock.now_unix(), under_way)
    {
        return Answer::Flood {
            method: name,
            body: serialized(e),
        };
    }
    let mut result =
        auth::call(shared, connection, dc, key_id, method, &body).unwrap_or_else(|| match account {
            None => Err(RpcError::new(401, "AUTH_KEY_UNREGISTERED")),
            Some(account) => {
                let caller = Caller {
                    account,
                    dc,
                    layer: wrappers.layer,
                };
                let mut world = shared.world();
                at_home(&world, &caller, method).and_then(|()| api::call(&mut world, &caller, method, &body))
            }
        });
    if result
        .as_ref()
        .is_err_and(|e| e.message == "METHOD_NOT_IMPLEMENTED")
    {
        tracing::warn!("a client asked for {name}, which the simulator does not have");
        shared.count_unknown(&name);
    }
    if action == Some(Action::CloseAfter) {
        return Answer::Close;
    }
    if action == Some(Action::Truncate)
        && let Ok(body) = &result
    {
        result = Ok(auth::truncated(body));
    }
    if let (Some(Action::Garble(kept)), Ok(body)) = (&action, &mut result) {
        body.truncate(*kept);
    }
    let is_file = method == functions::upload::GetFile::CONSTRUCTOR_ID;
    match reply(result, !is_file) {
        Answer::Reply { body, .. } if action == Some(Action::LoseAnswer) => Answer::Lost { body },
        Answer::Reply { body, pack, .. } => Answer::Reply {
            body,
            pack,
            after: action.and_then(|a| a.delay()),
        },
        other => other,
    }
}

/// A foreign data centre gives files and nothing else.
fn at_home(world: &World, caller: &Caller, method: u32) -> Result<(), RpcError> {
    let home = world.account(caller.account).map_or(caller.dc, |a| a.home_dc);
    if home == caller.dc || method == functions::upload::GetFile::CONSTRUCTOR_ID {
        return Ok(());
    }
    Err(RpcError::new(303, format!("USER_MIGRATE_{home}")))
}

/// Notes the connection on its key; answers the account it is authorized for.
fn admit(shared: &Shared, asker: Asker, wrappers: &Wrappers) -> Result<Option<i64>, RpcError> {
    let connection = asker.connection;
    let mut keys = shared.keys();
    let Some(key) = keys.get_mut(asker.key_id) else {
        return Err(RpcError::new(401, "AUTH_KEY_UNREGISTERED"));
    };
    if let Some(device) = &wrappers.device {
        key.device.clone_from(device);
    }
    if key.device.is_empty() {
        return Err(RpcError::bad("CONNECTION_NOT_INITED"));
    }
    // Two processes on one key take turns; a client that reconnects does not come back to its old connection.
    if !asker.hung_up
        && key
            .connections
            .last()
            .is_none_or(|(last, _, _)| *last != connection)
    {
        if key.connections.iter().any(|(known, _, _)| *known == connection) && key.account.is_some() {
            key.dead = Some((406, "AUTH_KEY_DUPLICATED"));
        }
        let device = key.device.clone();
        key.connections.push((connection, asker.session, device));
    }
    if let Some((code, message)) = key.dead {
        return Err(RpcError::new(code, message));
    }
    let account = key.account;
    drop(keys);
    if account.is_some() && !wrappers.without_updates {
        shared.wants_updates(connection);
    }
    Ok(account)
}

/// What a rule does before the call is executed.
fn before(shared: &Shared, key_id: i64, action: Option<&Action>) -> Option<Answer> {
    let action = action?;
    match action {
        Action::NoAnswer => return Some(Answer::Silence),
        Action::CloseBefore => return Some(Answer::Close),
        Action::Transport(code) => {
            if *code == -404 {
                shared.keys().remove(key_id);
            }
            return Some(Answer::Transport(*code));
        }
        Action::BadServerSalt => {
            let salt = read_i64(&random::<8>()) | 1;
            if let Some(key) = shared.keys().get_mut(key_id) {
                key.salt = salt;
            }
            return Some(Answer::NewSalt(salt));
        }
        Action::ClockSkew(code) => return Some(Answer::BadMessage(*code)),
        Action::WrongSession => return Some(Answer::WrongSession),
        Action::ExpireFileReferences => shared.world().expire_file_references(),
        Action::Unregister => {
            if let Some(key) = shared.keys().get_mut(key_id) {
                key.account = None;
            }
        }
        Action::Revoke | Action::Duplicate => {
            let dead = if *action == Action::Revoke {
                (401, "SESSION_REVOKED")
            } else {
                (406, "AUTH_KEY_DUPLICATED")
            };
            if let Some(key) = shared.keys().get_mut(key_id) {
                key.dead = Some(dead);
            }
        }
        _ => {}
    }
    action.error().map(|e| reply(Err(e), false))
}
