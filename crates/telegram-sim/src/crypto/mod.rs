//! The server's side of MTProto 2.0 encryption (core.telegram.org/mtproto/description).

pub(crate) mod rsa;
pub(crate) mod srp;

use grammers_crypto::aes::{ige_decrypt, ige_encrypt};
use num_bigint::BigUint;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// An authorization key.
pub(crate) type AuthKey = [u8; 256];

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

pub(crate) fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
            // Writing to a text does not fail.
            let _ = write!(text, "{b:02x}");
            text
        })
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The operating system's generator does not fail once it has started; zeros would only weaken a simulation.
    let _ = getrandom::fill(&mut bytes);
    bytes
}

pub(crate) fn read_i64(bytes: &[u8]) -> i64 {
    let mut eight = [0; 8];
    let n = bytes.len().min(8);
    eight[..n].copy_from_slice(&bytes[..n]);
    i64::from_le_bytes(eight)
}

/// The lower 64 bits of SHA-1 of a key.
pub(crate) fn key_id(key: &AuthKey) -> i64 {
    read_i64(&sha1(&[key])[12..])
}

fn derive(key: &AuthKey, msg_key: &[u8], x: usize) -> ([u8; 32], [u8; 32]) {
    let a = sha256(&[msg_key, &key[x..x + 36]]);
    let b = sha256(&[&key[40 + x..76 + x], msg_key]);
    let mut aes_key = [0; 32];
    aes_key[..8].copy_from_slice(&a[..8]);
    aes_key[8..24].copy_from_slice(&b[8..24]);
    aes_key[24..].copy_from_slice(&a[24..]);
    let mut iv = [0; 32];
    iv[..8].copy_from_slice(&b[..8]);
    iv[8..24].copy_from_slice(&a[8..24]);
    iv[24..].copy_from_slice(&b[24..]);
    (aes_key, iv)
}

/// The plaintext of `key_id(8) msg_key(16) ciphertext`; `None` if it was not made with this key.
pub(crate) fn decrypt_from_client(key: &AuthKey, payload: &[u8]) -> Option<Vec<u8>> {
    if payload.len() < 24 + 32 || !(payload.len() - 24).is_multiple_of(16) {
        return None;
    }
    let msg_key = &payload[8..24];
    let (aes_key, iv) = derive(key, msg_key, 0);
    let mut data = payload[24..].to_vec();
    ige_decrypt(&mut data, &aes_key, &iv);
    (sha256(&[&key[88..120], &data])[8..24] == *msg_key).then_some(data)
}

/// The payload of a plaintext for the client.
pub(crate) fn encrypt_to_client(key: &AuthKey, plain: &[u8]) -> Vec<u8> {
    let pad = 12 + (16 - (plain.len() + 12) % 16) % 16;
    let mut data = Vec::with_capacity(plain.len() + pad);
    data.extend_from_slice(plain);
    data.extend_from_slice(&random::<32>()[..pad]);
    let large = sha256(&[&key[96..128], &data]);
    let (aes_key, iv) = derive(key, &large[8..24], 8);
    ige_encrypt(&mut data, &aes_key, &iv);
    let mut out = Vec::with_capacity(24 + data.len());
    out.extend_from_slice(&key_id(key).to_le_bytes());
    out.extend_from_slice(&large[8..24]);
    out.extend_from_slice(&data);
    out
}

/// Telegram's 2048-bit safe prime, which clients check.
const PRIME: &str = "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f642477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b";

/// The prime as a number.
pub(crate) fn prime() -> BigUint {
    BigUint::parse_bytes(PRIME.as_bytes(), 16).unwrap_or_default()
}

/// Big-endian bytes, left-padded to 256.
pub(crate) fn pad256(bytes: &[u8]) -> AuthKey {
    let mut out = [0; 256];
    let n = bytes.len().min(256);
    out[256 - n..].copy_from_slice(&bytes[bytes.len() - n..]);
    out
}
