//! Two-factor authentication.

use grammers_tl_types::{enums, functions, types};

use crate::crypto::srp::G;
use crate::crypto::{prime, random, read_i64};
use crate::error::RpcError;
use crate::server::Shared;

fn account_of(shared: &Shared, key: i64) -> Result<i64, RpcError> {
    let keys = shared.keys();
    let state = keys
        .get(key)
        .ok_or_else(|| RpcError::new(401, "AUTH_KEY_UNREGISTERED"))?;
    state
        .account
        .or(state.password_pending)
        .ok_or_else(|| RpcError::new(401, "AUTH_KEY_UNREGISTERED"))
}

pub(super) fn challenge(shared: &Shared, key: i64) -> Result<enums::account::Password, RpcError> {
    let account = account_of(shared, key)?;
    let verifier = shared.verifier(account);
    let algorithm = |salt1: Vec<u8>, salt2: Vec<u8>| {
        enums::PasswordKdfAlgo::from(
            types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow {
                salt1,
                salt2,
                g: G,
                p: prime().to_bytes_be(),
            },
        )
    };
    let (mut current_algo, mut srp_b, mut srp_id) = (None, None, None);
    if let Some(verifier) = &verifier {
        let challenge = verifier.challenge();
        let id = read_i64(&random::<8>());
        current_algo = Some(algorithm(verifier.salt1.clone(), verifier.salt2.clone()));
        srp_b = Some(challenge.g_b.clone());
        srp_id = Some(id);
        shared.keys().challenges.insert(id, challenge);
    }
    Ok(types::account::Password {
        has_recovery: false,
        has_secure_values: false,
        has_password: verifier.is_some(),
        current_algo,
        srp_b,
        srp_id,
        hint: Some("the usual".to_owned()),
        email_unconfirmed_pattern: None,
        new_algo: algorithm(random::<8>().to_vec(), random::<16>().to_vec()),
        new_secure_algo: enums::SecurePasswordKdfAlgo::Unknown,
        secure_random: random::<256>().to_vec(),
        pending_reset_date: None,
        login_email_pattern: None,
    }
    .into())
}

pub(super) fn check(
    shared: &Shared,
    key: i64,
    r: &functions::auth::CheckPassword,
) -> Result<enums::auth::Authorization, RpcError> {
    let enums::InputCheckPasswordSrp::Srp(answer) = &r.password else {
        return Err(RpcError::bad("PASSWORD_HASH_INVALID"));
    };
    let challenge = shared
        .keys()
        .challenges
        .remove(&answer.srp_id)
        .ok_or_else(|| RpcError::bad("SRP_ID_INVALID"))?;
    let pending = shared.keys().get(key).and_then(|k| k.password_pending);
    let account = pending.ok_or_else(|| RpcError::new(401, "AUTH_KEY_UNREGISTERED"))?;
    let verifier = shared
        .verifier(account)
        .ok_or_else(|| RpcError::bad("PASSWORD_HASH_INVALID"))?;
    if !verifier.accepts(&challenge, &answer.a, &answer.m1) {
        return Err(RpcError::bad("PASSWORD_HASH_INVALID"));
    }
    Ok(super::login::authorize(shared, key, account))
}
