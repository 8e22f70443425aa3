//! Log-in by code, log-out, and authorizations carried to other data centres.

use grammers_tl_types::{enums, functions, types};

use crate::crypto::{hex, random};
use crate::error::RpcError;
use crate::server::Shared;

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

pub(super) fn send_code(
    shared: &Shared,
    dc: i32,
    key: i64,
    r: &functions::auth::SendCode,
) -> Result<enums::auth::SentCode, RpcError> {
    if r.api_id <= 0 || r.api_hash.is_empty() {
        return Err(RpcError::bad("API_ID_INVALID"));
    }
    let world = shared.world();
    let account = world
        .account_by_phone(&digits(&r.phone_number))
        .ok_or_else(|| RpcError::bad("PHONE_NUMBER_INVALID"))?;
    if account.home_dc != dc {
        return Err(RpcError::new(303, format!("PHONE_MIGRATE_{}", account.home_dc)));
    }
    let (id, length) = (account.user_id, account.code.len() as i32);
    drop(world);
    let hash = hex(&random::<8>());
    if let Some(state) = shared.keys().get_mut(key) {
        state.code = Some((hash.clone(), id));
        state.password_pending = None;
    }
    Ok(types::auth::SentCode {
        r#type: types::auth::SentCodeTypeApp { length }.into(),
        phone_code_hash: hash,
        next_type: None,
        timeout: None,
    }
    .into())
}

pub(super) fn resend_code(
    shared: &Shared,
    key: i64,
    r: &functions::auth::ResendCode,
) -> Result<enums::auth::SentCode, RpcError> {
    let keys = shared.keys();
    let code = keys
        .get(key)
        .and_then(|k| k.code.as_ref())
        .filter(|(hash, _)| *hash == r.phone_code_hash);
    code.ok_or_else(|| RpcError::bad("PHONE_CODE_EXPIRED"))?;
    Ok(types::auth::SentCode {
        r#type: types::auth::SentCodeTypeSms { length: 5 }.into(),
        phone_code_hash: r.phone_code_hash.clone(),
        next_type: None,
        timeout: None,
    }
    .into())
}

pub(super) fn sign_in(
    shared: &Shared,
    key: i64,
    r: &functions::auth::SignIn,
) -> Result<enums::auth::Authorization, RpcError> {
    let pending = shared.keys().get(key).and_then(|k| k.code.clone());
    let (_, account) = pending
        .filter(|(hash, _)| *hash == r.phone_code_hash)
        .ok_or_else(|| RpcError::bad("PHONE_CODE_EXPIRED"))?;
    let code = r.phone_code.as_deref().unwrap_or_default();
    if code.is_empty() {
        return Err(RpcError::bad("PHONE_CODE_EMPTY"));
    }
    let world = shared.world();
    let known = world
        .account(account)
        .ok_or_else(|| RpcError::bad("PHONE_NUMBER_UNOCCUPIED"))?;
    if known.code_expired {
        return Err(RpcError::bad("PHONE_CODE_EXPIRED"));
    }
    if known.code != code {
        return Err(RpcError::bad("PHONE_CODE_INVALID"));
    }
    let needs_password = known.password.is_some();
    drop(world);
    if needs_password {
        if let Some(state) = shared.keys().get_mut(key) {
            state.password_pending = Some(account);
        }
        return Err(RpcError::new(401, "SESSION_PASSWORD_NEEDED"));
    }
    Ok(authorize(shared, key, account))
}

/// The key is authorized from now on.
pub(super) fn authorize(shared: &Shared, key: i64, account: i64) -> enums::auth::Authorization {
    if let Some(state) = shared.keys().get_mut(key) {
        state.account = Some(account);
        state.code = None;
        state.password_pending = None;
    }
    types::auth::Authorization {
        setup_password_required: false,
        otherwise_relogin_days: None,
        tmp_sessions: None,
        future_auth_token: None,
        user: shared.world().user_tl(account, account),
    }
    .into()
}

pub(super) fn log_out(shared: &Shared, key: i64) -> Result<enums::auth::LoggedOut, RpcError> {
    let mut keys = shared.keys();
    let state = keys.get_mut(key).filter(|k| k.account.is_some());
    state
        .ok_or_else(|| RpcError::new(401, "AUTH_KEY_UNREGISTERED"))?
        .account = None;
    Ok(types::auth::LoggedOut {
        future_auth_token: None,
    }
    .into())
}

fn account_of(shared: &Shared, key: i64) -> Result<i64, RpcError> {
    shared
        .keys()
        .get(key)
        .and_then(|k| k.account)
        .ok_or_else(|| RpcError::new(401, "AUTH_KEY_UNREGISTERED"))
}

pub(super) fn export(
    shared: &Shared,
    key: i64,
    r: &functions::auth::ExportAuthorization,
) -> Result<enums::auth::ExportedAuthorization, RpcError> {
    let id = account_of(shared, key)?;
    if !shared.addresses().iter().any(|(dc, _)| *dc == r.dc_id) {
        return Err(RpcError::bad("DC_ID_INVALID"));
    }
    let bytes = random::<32>().to_vec();
    shared.keys().exported.insert((id, bytes.clone()));
    Ok(types::auth::ExportedAuthorization { id, bytes }.into())
}

pub(super) fn import(
    shared: &Shared,
    key: i64,
    r: &functions::auth::ImportAuthorization,
) -> Result<enums::auth::Authorization, RpcError> {
    let known = shared.keys().exported.remove(&(r.id, r.bytes.clone()));
    known
        .then_some(())
        .ok_or_else(|| RpcError::bad("AUTH_BYTES_INVALID"))?;
    Ok(authorize(shared, key, r.id))
}

pub(super) fn authorizations(
    shared: &Shared,
    _connection: u64,
    key: i64,
) -> Result<enums::account::Authorizations, RpcError> {
    let account = account_of(shared, key)?;
    let mut keys = shared.keys();
    let authorizations = keys
        .of_account(account)
        .map(|(id, state)| {
            let parts: Vec<&str> = state.device.split('|').collect();
            let part = |n: usize| parts.get(n).copied().unwrap_or_default().to_owned();
            types::Authorization {
                current: *id == key,
                official_app: false,
                password_pending: false,
                encrypted_requests_disabled: false,
                call_requests_disabled: false,
                unconfirmed: false,
                hash: if *id == key { 0 } else { *id },
                device_model: part(1),
                platform: String::new(),
                system_version: part(2),
                api_id: part(0).parse().unwrap_or_default(),
                app_name: "client".to_owned(),
                app_version: part(3),
                date_created: 0,
                date_active: 0,
                ip: "127.0.0.1".to_owned(),
                country: String::new(),
                region: String::new(),
            }
            .into()
        })
        .collect();
    Ok(types::account::Authorizations {
        authorization_ttl_days: 180,
        authorizations,
    }
    .into())
}
