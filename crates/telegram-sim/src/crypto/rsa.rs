//! The server's RSA key.

use anyhow::Context as _;
use grammers_crypto::aes::ige_decrypt;
use grammers_tl_types::{Cursor, Deserializable, Serializable, enums};
use num_bigint::BigUint;
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};

use super::{pad256, read_i64, sha1, sha256};

/// A key that only the simulator uses.
const SIMULATOR_KEY: &str = include_str!("../../keys/simulator.pem");

/// A private key, ready for the handshake.
#[derive(Clone)]
pub(crate) struct ServerKey {
    n: BigUint,
    d: BigUint,
    /// As clients name it.
    pub(crate) fingerprint: i64,
    /// The public key, PKCS#1.
    pub(crate) public_pkcs1: String,
    /// The public key, SPKI.
    pub(crate) public_spki: String,
}

impl ServerKey {
    /// From a private PEM, PKCS#1 or PKCS#8; `None`: the simulator's own.
    pub(crate) fn read(pem: Option<&str>) -> anyhow::Result<Self> {
        let pem = pem.unwrap_or(SIMULATOR_KEY);
        let key = RsaPrivateKey::from_pkcs1_pem(pem)
            .or_else(|_| RsaPrivateKey::from_pkcs8_pem(pem))
            .context("not an RSA private key in PEM (PKCS#1 or PKCS#8)")?;
        let (n, e) = (key.n().to_bytes_be(), key.e().to_bytes_be());
        let mut named = n.to_bytes();
        named.extend(e.to_bytes());
        let public = key.to_public_key();
        Ok(Self {
            n: BigUint::from_bytes_be(&n),
            d: BigUint::from_bytes_be(&key.d().to_bytes_be()),
            fingerprint: read_i64(&sha1(&[&named])[12..]),
            public_pkcs1: public.to_pkcs1_pem(LineEnding::LF)?,
            public_spki: public.to_public_key_pem(LineEnding::LF)?,
        })
    }

    /// Opens `encrypted_data` of `req_DH_params`: RSA_PAD, or the older hash-and-data form that Telethon uses.
    pub(crate) fn open(&self, data: &[u8]) -> Option<Vec<u8>> {
        let block = pad256(
            &BigUint::from_bytes_be(data)
                .modpow(&self.d, &self.n)
                .to_bytes_be(),
        );
        if block[0] == 0 {
            let body = &block[21..];
            let mut cursor = Cursor::from_slice(body);
            if enums::PQInnerData::deserialize(&mut cursor).is_ok()
                && sha1(&[&body[..cursor.pos()]]) == block[1..21]
            {
                return Some(body.to_vec());
            }
        }
        let hash = sha256(&[&block[32..]]);
        let mut temporary = [0; 32];
        for (t, (b, h)) in temporary.iter_mut().zip(block.iter().zip(hash)) {
            *t = b ^ h;
        }
        let mut with_hash = block[32..].to_vec();
        ige_decrypt(&mut with_hash, &temporary, &[0; 32]);
        let mut padded = with_hash[..192].to_vec();
        padded.reverse();
        (sha256(&[&temporary, &padded]) == with_hash[192..]).then_some(padded)
    }
}
