//! Configuration and log-in: what the server answers before and around an authorization.

mod login;
mod password;
pub(crate) mod qr;

use grammers_tl_types::{
    Cursor, Deserializable, Identifiable, RemoteCall, Serializable, enums, functions, types,
};

use crate::error::RpcError;
use crate::server::Shared;
use crate::world::render::zeroed;

/// A request's fields.
pub(crate) fn arguments<R: Deserializable>(body: &[u8]) -> Result<R, RpcError> {
    R::deserialize(&mut Cursor::from_slice(&body[4..])).map_err(|_| RpcError::bad("INPUT_METHOD_INVALID"))
}

/// A result, checked against the method's return type.
#[expect(clippy::unnecessary_wraps, reason = "what every method answers with")]
pub(crate) fn result<R: RemoteCall>(_: &R, value: &R::Return) -> Result<Vec<u8>, RpcError>
where
    R::Return: Serializable,
{
    Ok(value.to_bytes())
}

/// `help.getConfig`: announces every data centre.
pub(crate) fn config(shared: &Shared, dc: i32) -> enums::Config {
    let now = shared.clock.now_unix() as i32;
    let mut prefix = vec![0; 12];
    false.serialize(&mut prefix);
    prefix.extend([0; 4]);
    Vec::<enums::DcOption>::new().serialize(&mut prefix);
    let base: types::Config = zeroed(&prefix);
    let dc_options = shared
        .addresses()
        .into_iter()
        .map(|(id, address)| {
            types::DcOption {
                ipv6: false,
                media_only: false,
                tcpo_only: false,
                cdn: false,
                r#static: true,
                this_port_only: false,
                id,
                ip_address: address.ip().to_string(),
                port: i32::from(address.port()),
                secret: None,
            }
            .into()
        })
        .collect();
    types::Config {
        date: now,
        expires: now + 3600,
        this_dc: dc,
        dc_options,
        chat_size_max: 200,
        megagroup_size_max: 200_000,
        edit_time_limit: 172_800,
        caption_length_max: 1024,
        message_length_max: 4096,
        webfile_dc_id: 4,
        ..base
    }
    .into()
}

/// Half of an `upload.file`.
pub(crate) fn truncated(body: &[u8]) -> Vec<u8> {
    match enums::upload::File::from_bytes(body) {
        Ok(enums::upload::File::File(mut file)) => {
            file.bytes.truncate(file.bytes.len() / 2);
            enums::upload::File::File(file).to_bytes()
        }
        _ => body.to_vec(),
    }
}

/// Answers methods of log-in; `None`: it is none of these.
pub(crate) fn call(
    shared: &Shared,
    connection: u64,
    dc: i32,
    key: i64,
    method: u32,
    body: &[u8],
) -> Option<Result<Vec<u8>, RpcError>> {
    macro_rules! methods {
        ($($request:ty => |$r:ident| $answer:expr;)*) => {
            match method {
                $(<$request>::CONSTRUCTOR_ID => Some(arguments::<$request>(body).and_then(|$r| {
                    let value = $answer?;
                    result(&$r, &value)
                })),)*
                _ => None,
            }
        };
    }
    methods! {
        functions::auth::SendCode => |r| login::send_code(shared, dc, key, &r);
        functions::auth::ResendCode => |r| login::resend_code(shared, key, &r);
        functions::auth::CancelCode => |r| Ok::<_, RpcError>({ let _ = &r; true });
        functions::auth::SignIn => |r| login::sign_in(shared, key, &r);
        functions::auth::LogOut => |r| { let _ = &r; login::log_out(shared, key) };
        functions::auth::ExportAuthorization => |r| login::export(shared, key, &r);
        functions::auth::ImportAuthorization => |r| login::import(shared, key, &r);
        functions::auth::ExportLoginToken => |r| qr::export(shared, dc, key, &r);
        functions::auth::ImportLoginToken => |r| qr::import(shared, key, &r);
        functions::auth::AcceptLoginToken => |r| qr::accept(shared, key, &r);
        functions::auth::CheckPassword => |r| password::check(shared, key, &r);
        functions::account::GetPassword => |r| { let _ = &r; password::challenge(shared, key) };
        functions::account::GetAuthorizations => |r| { let _ = &r; login::authorizations(shared, connection, key) };
    }
}
