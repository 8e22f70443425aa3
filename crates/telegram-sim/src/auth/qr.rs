//! Log-in by QR code (core.telegram.org/api/qr-login).

use std::sync::Arc;

use grammers_tl_types::{Serializable, enums, functions, types};

use crate::crypto::random;
use crate::error::RpcError;
use crate::mtproto::Outgoing;
use crate::server::Shared;

/// Seconds a token is good for.
const LIFE: i32 = 30;

pub(super) fn export(
    shared: &Shared,
    dc: i32,
    key: i64,
    r: &functions::auth::ExportLoginToken,
) -> Result<enums::auth::LoginToken, RpcError> {
    if r.api_id <= 0 || r.api_hash.is_empty() {
        return Err(RpcError::bad("API_ID_INVALID"));
    }
    let accepted = shared
        .keys()
        .tokens
        .iter()
        .find(|(_, (owner, by))| *owner == key && by.is_some())
        .map(|(t, (_, by))| (t.clone(), *by));
    if let Some((token, Some(account))) = accepted {
        let home = shared.world().account(account).map_or(dc, |a| a.home_dc);
        if home != dc {
            return Ok(types::auth::LoginTokenMigrateTo { dc_id: home, token }.into());
        }
        shared.keys().tokens.remove(&token);
        return success(shared, key, account);
    }
    let token = random::<32>().to_vec();
    shared.keys().tokens.insert(token.clone(), (key, None));
    let expires = shared.clock.now_unix() as i32 + LIFE;
    Ok(types::auth::LoginToken { expires, token }.into())
}

fn success(shared: &Shared, key: i64, account: i64) -> Result<enums::auth::LoginToken, RpcError> {
    if shared.verifier(account).is_some() {
        if let Some(state) = shared.keys().get_mut(key) {
            state.password_pending = Some(account);
        }
        return Err(RpcError::new(401, "SESSION_PASSWORD_NEEDED"));
    }
    let authorization = super::login::authorize(shared, key, account);
    Ok(types::auth::LoginTokenSuccess { authorization }.into())
}

pub(super) fn import(
    shared: &Shared,
    key: i64,
    r: &functions::auth::ImportLoginToken,
) -> Result<enums::auth::LoginToken, RpcError> {
    let known = shared.keys().tokens.remove(&r.token);
    match known {
        Some((_, Some(account))) => success(shared, key, account),
        _ => Err(RpcError::bad("AUTH_TOKEN_INVALID")),
    }
}

pub(super) fn accept(
    shared: &Shared,
    key: i64,
    r: &functions::auth::AcceptLoginToken,
) -> Result<enums::Authorization, RpcError> {
    let account = shared.keys().get(key).and_then(|k| k.account);
    let account = account.ok_or_else(|| RpcError::new(401, "AUTH_KEY_UNREGISTERED"))?;
    let owner = take(shared, &r.token, account)?;
    let now = shared.clock.now_unix() as i32;
    Ok(types::Authorization {
        current: false,
        official_app: false,
        password_pending: false,
        encrypted_requests_disabled: false,
        call_requests_disabled: false,
        unconfirmed: false,
        hash: owner,
        device_model: String::new(),
        platform: String::new(),
        system_version: String::new(),
        api_id: 0,
        app_name: "client".to_owned(),
        app_version: String::new(),
        date_created: now,
        date_active: now,
        ip: "127.0.0.1".to_owned(),
        country: String::new(),
        region: String::new(),
    }
    .into())
}

/// A token is accepted for an account: whoever shows it is told. Answers whose it is.
fn take(shared: &Shared, token: &[u8], account: i64) -> Result<i64, RpcError> {
    let mut keys = shared.keys();
    let entry = keys
        .tokens
        .get_mut(token)
        .ok_or_else(|| RpcError::bad("AUTH_TOKEN_INVALID"))?;
    if entry.1.is_some() {
        return Err(RpcError::bad("AUTH_TOKEN_ALREADY_ACCEPTED"));
    }
    entry.1 = Some(account);
    let owner = entry.0;
    let connections: Vec<u64> = keys
        .get(owner)
        .map(|k| k.connections.iter().map(|(c, _, _)| *c).collect())
        .unwrap_or_default();
    drop(keys);
    let now = shared.clock.now_unix() as i32;
    let update = enums::Updates::from(types::UpdateShort {
        update: enums::Update::LoginToken,
        date: now,
    });
    let body = Arc::new(update.to_bytes());
    for connection in connections {
        shared.send(connection, Outgoing::Push(Arc::clone(&body)));
    }
    Ok(owner)
}

/// Accepts every token that is shown, as somebody who scans the codes with a phone.
pub(crate) fn scan(shared: &Shared, account: i64) -> usize {
    let shown: Vec<Vec<u8>> = shared
        .keys()
        .tokens
        .iter()
        .filter(|(_, (_, by))| by.is_none())
        .map(|(token, _)| token.clone())
        .collect();
    shown
        .iter()
        .filter(|token| take(shared, token, account).is_ok())
        .count()
}
