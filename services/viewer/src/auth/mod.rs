//! Logging in to the viewer.

pub(crate) mod admin;
pub(crate) mod cookie;
pub(crate) mod guard;
pub(crate) mod limits;
pub mod password;
pub(crate) mod sessions;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Random text that nobody guesses: 32 bytes.
pub(crate) fn random_token() -> String {
    let mut bytes = [0; 32];
    // Without randomness nothing here is safe; a start without it is none.
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What of a token is stored.
pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
