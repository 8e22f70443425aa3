//! Agreeing on an auth key with a data centre, <https://core.telegram.org/mtproto/auth_key>.
//!
//! grammers does this by itself, but only for the two RSA keys it knows. For a custom data centre we do the same on its
//! public parts.

use std::net::SocketAddr;

use grammers_crypto::{AuthKey, aes, factorize, generate_key_data_from_nonce, rsa};
use grammers_mtproto::mtp;
use grammers_mtproto::transport::Full;
use grammers_mtsender::{InvocationError, Sender, ServerAddr};
use grammers_tl_types::{Cursor, Deserializable as _, Serializable as _, enums, functions, types};
use num_bigint::BigUint;
use sha1::{Digest as _, Sha1};

use super::{CustomDc, DcSet, is_good_group};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    /// Try again.
    #[error("{0}")]
    Connection(InvocationError),
    /// The other side does not own the RSA key, or somebody stands between.
    #[error("the key exchange failed its checks: {0}")]
    Distrusted(&'static str),
    /// No random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

impl From<InvocationError> for ExchangeError {
    fn from(error: InvocationError) -> Self {
        Self::Connection(error)
    }
}

/// A new auth key of the data centre at `address`. The caller bounds the time.
pub(crate) async fn exchange(set: &DcSet, server: ServerAddr) -> Result<[u8; 256], ExchangeError> {
    match set {
        DcSet::Production => Ok(grammers_mtsender::connect(Full::new(), server).await?.auth_key()),
        DcSet::Custom(dc) => exchange_custom(dc, server).await,
    }
}

/// What both sides know after `resPQ`.
struct Nonces {
    client: [u8; 16],
    server: [u8; 16],
    new: [u8; 32],
}

type Plain = Sender<Full, mtp::Plain>;

async fn exchange_custom(dc: &CustomDc, server: ServerAddr) -> Result<[u8; 256], ExchangeError> {
    let mut sender = Sender::connect(Full::new(), mtp::Plain::new(), server)
        .await
        .map_err(InvocationError::Io)?;
    let (nonces, encrypted_answer) = request_params(dc, &mut sender).await?;
    let (key, iv) = generate_key_data_from_nonce(&nonces.server, &nonces.new);
    let inner = open_answer(&nonces, encrypted_answer, &key, &iv)?;
    if !is_good_group(&inner.dh_prime, inner.g).await {
        return Err(ExchangeError::Distrusted("its prime or generator is unsafe"));
    }
    let prime = BigUint::from_bytes_be(&inner.dh_prime);
    let b = BigUint::from_bytes_be(&random::<256>()?);
    let g_a = BigUint::from_bytes_be(&inner.g_a);
    let g_b = BigUint::from(inner.g.unsigned_abs()).modpow(&b, &prime);
    if !in_safe_range(&g_a, &prime) || !in_safe_range(&g_b, &prime) {
        return Err(ExchangeError::Distrusted("a public value is out of range"));
    }
    let auth_key = pad_256(&g_a.modpow(&b, &prime).to_bytes_be());
    confirm(&mut sender, &nonces, &g_b, (&key, &iv), auth_key).await?;
    Ok(auth_key)
}

async fn request_params(dc: &CustomDc, sender: &mut Plain) -> Result<(Nonces, Vec<u8>), ExchangeError> {
    let nonce = random::<16>()?;
    let enums::ResPq::Pq(answer) = sender.invoke(&functions::ReqPqMulti { nonce }).await?;
    let fingerprint = dc.rsa_key.fingerprint();
    let key = dc
        .rsa_key
        .to_grammers()
        .ok_or(ExchangeError::Distrusted("our RSA key cannot be used"))?;
    if answer.nonce != nonce {
        return Err(ExchangeError::Distrusted("it answers another nonce"));
    }
    if !answer.server_public_key_fingerprints.contains(&fingerprint) {
        return Err(ExchangeError::Distrusted(
            "it does not own the configured RSA key",
        ));
    }
    let pq: [u8; 8] = answer
        .pq
        .as_slice()
        .try_into()
        .map_err(|_| ExchangeError::Distrusted("its pq is not of 8 bytes"))?;
    let (p, q) = tokio::task::spawn_blocking(move || factorize(u64::from_be_bytes(pq)))
        .await
        .map_err(|_| ExchangeError::Distrusted("its pq cannot be factorized"))?;
    let nonces = Nonces {
        client: nonce,
        server: answer.server_nonce,
        new: random()?,
    };
    let inner = enums::PQInnerData::Data(types::PQInnerData {
        pq: answer.pq,
        p: shortest(p),
        q: shortest(q),
        nonce,
        server_nonce: nonces.server,
        new_nonce: nonces.new,
    });
    let params = sender
        .invoke(&functions::ReqDhParams {
            nonce,
            server_nonce: nonces.server,
            p: shortest(p),
            q: shortest(q),
            public_key_fingerprint: fingerprint,
            encrypted_data: rsa::encrypt_hashed(&inner.to_bytes(), &key, &random()?),
        })
        .await?;
    match params {
        enums::ServerDhParams::Ok(ok) if ok.nonce == nonce && ok.server_nonce == nonces.server => {
            Ok((nonces, ok.encrypted_answer))
        }
        _ => Err(ExchangeError::Distrusted("it refuses the exchange")),
    }
}

fn open_answer(
    nonces: &Nonces,
    mut answer: Vec<u8>,
    key: &[u8; 32],
    iv: &[u8; 32],
) -> Result<types::ServerDhInnerData, ExchangeError> {
    if answer.len() < 32 || !answer.len().is_multiple_of(16) {
        return Err(ExchangeError::Distrusted("its answer has an impossible length"));
    }
    aes::ige_decrypt(&mut answer, key, iv);
    let mut cursor = Cursor::from_slice(&answer[20..]);
    let enums::ServerDhInnerData::Data(inner) = enums::ServerDhInnerData::deserialize(&mut cursor)
        .map_err(|_| ExchangeError::Distrusted("its answer cannot be read"))?;
    if Sha1::digest(&answer[20..20 + cursor.pos()]).as_slice() != &answer[..20] {
        return Err(ExchangeError::Distrusted("the hash of its answer is wrong"));
    }
    if inner.nonce != nonces.client || inner.server_nonce != nonces.server {
        return Err(ExchangeError::Distrusted(
            "its answer belongs to another exchange",
        ));
    }
    Ok(inner)
}

async fn confirm(
    sender: &mut Plain,
    nonces: &Nonces,
    g_b: &BigUint,
    (key, iv): (&[u8; 32], &[u8; 32]),
    auth_key: [u8; 256],
) -> Result<(), ExchangeError> {
    let inner = enums::ClientDhInnerData::Data(types::ClientDhInnerData {
        nonce: nonces.client,
        server_nonce: nonces.server,
        retry_id: 0,
        g_b: g_b.to_bytes_be(),
    })
    .to_bytes();
    let mut encrypted_data = Sha1::digest(&inner).to_vec();
    encrypted_data.extend(inner);
    let padding = encrypted_data.len().next_multiple_of(16) - encrypted_data.len();
    encrypted_data.extend(&random::<16>()?[..padding]);
    aes::ige_encrypt(&mut encrypted_data, key, iv);
    let request = functions::SetClientDhParams {
        nonce: nonces.client,
        server_nonce: nonces.server,
        encrypted_data,
    };
    let enums::SetClientDhParamsAnswer::DhGenOk(ok) = sender.invoke(&request).await? else {
        return Err(ExchangeError::Distrusted("it asks for another round"));
    };
    let expected = AuthKey::from_bytes(auth_key).calc_new_nonce_hash(&nonces.new, 1);
    if ok.nonce != nonces.client || ok.server_nonce != nonces.server || ok.new_nonce_hash1 != expected {
        return Err(ExchangeError::Distrusted("it does not hold the same key"));
    }
    Ok(())
}

/// Between 2^(2048-64) and prime - 2^(2048-64).
fn in_safe_range(value: &BigUint, prime: &BigUint) -> bool {
    let margin = BigUint::from(1u8) << (2048 - 64);
    *value > margin && *value < prime - margin
}

fn shortest(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    bytes
        .iter()
        .position(|b| *b != 0)
        .map_or_else(Vec::new, |at| bytes[at..].to_vec())
}

fn pad_256(bytes: &[u8]) -> [u8; 256] {
    let mut out = [0; 256];
    let skip = 256 - bytes.len().min(256);
    out[skip..].copy_from_slice(&bytes[..256 - skip]);
    out
}

fn random<const N: usize>() -> Result<[u8; N], ExchangeError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| ExchangeError::NoRandomness)?;
    Ok(bytes)
}

/// How to reach an address, directly or through a SOCKS5 proxy.
pub(crate) fn server(address: SocketAddr, proxy: Option<&str>) -> ServerAddr {
    match proxy {
        Some(proxy) => ServerAddr::Proxied {
            address,
            proxy: proxy.to_owned(),
        },
        None => ServerAddr::Tcp { address },
    }
}
