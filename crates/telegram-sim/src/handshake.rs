//! The creation of an authorization key, server's side (core.telegram.org/mtproto/auth_key).

use anyhow::{Context as _, bail, ensure};
use grammers_crypto::aes::{ige_decrypt, ige_encrypt};
use grammers_tl_types::{Cursor, Deserializable, Identifiable, Serializable, enums, functions, types};
use num_bigint::BigUint;

use crate::crypto::rsa::ServerKey;
use crate::crypto::{AuthKey, pad256, prime, random, sha1};

/// Two 32-bit primes, multiplied: what the client has to factor.
const PQ: u64 = 0x17ED_4894_1A08_F981;

/// One handshake under way.
#[derive(Default)]
pub(crate) struct Handshake {
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    new_nonce: [u8; 32],
    a: Vec<u8>,
}

/// What to send, and the key if it is done.
pub(crate) struct Step {
    pub(crate) reply: Vec<u8>,
    pub(crate) key: Option<AuthKey>,
}

impl Handshake {
    /// Answers one unencrypted message.
    pub(crate) fn step(&mut self, server: &ServerKey, now: i32, body: &[u8]) -> anyhow::Result<Step> {
        let constructor = u32::from_bytes(body)?;
        let cursor = &mut Cursor::from_slice(&body[4..]);
        match constructor {
            functions::ReqPqMulti::CONSTRUCTOR_ID | functions::ReqPq::CONSTRUCTOR_ID => {
                *self = Self {
                    nonce: <[u8; 16]>::deserialize(cursor)?,
                    server_nonce: random(),
                    ..Self::default()
                };
                let reply = types::ResPq {
                    nonce: self.nonce,
                    server_nonce: self.server_nonce,
                    pq: PQ.to_be_bytes().to_vec(),
                    server_public_key_fingerprints: vec![server.fingerprint],
                };
                Ok(Step {
                    reply: enums::ResPq::from(reply).to_bytes(),
                    key: None,
                })
            }
            functions::ReqDhParams::CONSTRUCTOR_ID => {
                let request = functions::ReqDhParams::deserialize(cursor)?;
                ensure!(
                    request.nonce == self.nonce && request.server_nonce == self.server_nonce,
                    "other nonces"
                );
                ensure!(
                    request.public_key_fingerprint == server.fingerprint,
                    "another RSA key"
                );
                let inner = server
                    .open(&request.encrypted_data)
                    .context("not encrypted to our RSA key")?;
                self.new_nonce = match enums::PQInnerData::from_bytes(&inner)? {
                    enums::PQInnerData::Data(d) => d.new_nonce,
                    enums::PQInnerData::Dc(d) => d.new_nonce,
                    enums::PQInnerData::Temp(_) | enums::PQInnerData::TempDc(_) => {
                        bail!("temporary keys are not served")
                    }
                };
                self.a = random::<256>().to_vec();
                let g_a = BigUint::from(3_u8).modpow(&BigUint::from_bytes_be(&self.a), &prime());
                let inner = types::ServerDhInnerData {
                    nonce: self.nonce,
                    server_nonce: self.server_nonce,
                    g: 3,
                    dh_prime: prime().to_bytes_be(),
                    g_a: g_a.to_bytes_be(),
                    server_time: now,
                };
                let inner = enums::ServerDhInnerData::from(inner).to_bytes();
                let mut answer = sha1(&[&inner]).to_vec();
                answer.extend(&inner);
                answer.resize(answer.len().next_multiple_of(16), 0);
                let (key, iv) =
                    grammers_crypto::generate_key_data_from_nonce(&self.server_nonce, &self.new_nonce);
                ige_encrypt(&mut answer, &key, &iv);
                let reply = types::ServerDhParamsOk {
                    nonce: self.nonce,
                    server_nonce: self.server_nonce,
                    encrypted_answer: answer,
                };
                Ok(Step {
                    reply: enums::ServerDhParams::from(reply).to_bytes(),
                    key: None,
                })
            }
            functions::SetClientDhParams::CONSTRUCTOR_ID => {
                let mut request = functions::SetClientDhParams::deserialize(cursor)?;
                ensure!(
                    !self.a.is_empty() && request.encrypted_data.len() > 20,
                    "out of order"
                );
                let (key, iv) =
                    grammers_crypto::generate_key_data_from_nonce(&self.server_nonce, &self.new_nonce);
                ige_decrypt(&mut request.encrypted_data, &key, &iv);
                let inner = &request.encrypted_data[20..];
                let mut read = Cursor::from_slice(inner);
                let enums::ClientDhInnerData::Data(data) = enums::ClientDhInnerData::deserialize(&mut read)?;
                ensure!(
                    sha1(&[&inner[..read.pos()]]) == request.encrypted_data[..20],
                    "a wrong hash"
                );
                let shared =
                    BigUint::from_bytes_be(&data.g_b).modpow(&BigUint::from_bytes_be(&self.a), &prime());
                let key = pad256(&shared.to_bytes_be());
                let hash = grammers_crypto::AuthKey::from_bytes(key).calc_new_nonce_hash(&self.new_nonce, 1);
                let reply = types::DhGenOk {
                    nonce: self.nonce,
                    server_nonce: self.server_nonce,
                    new_nonce_hash1: hash,
                };
                Ok(Step {
                    reply: enums::SetClientDhParamsAnswer::from(reply).to_bytes(),
                    key: Some(key),
                })
            }
            other => bail!("unexpected plain message {other:08x}"),
        }
    }
}
