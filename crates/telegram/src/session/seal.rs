//! Auth keys at rest: XChaCha20-Poly1305 under one 32-byte secret of the archive.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use store::Authorization;

const NONCE: usize = 24;

/// What is wrong with the secret that seals the sessions.
#[derive(Debug, thiserror::Error)]
pub enum SessionKeyError {
    /// Neither 64 hexadecimal digits nor base64 of 32 bytes.
    #[error(
        "the session key must be 32 bytes as base64 or as 64 hexadecimal digits, for example from `openssl rand -base64 32`"
    )]
    Malformed,
    /// The key file cannot be read or made.
    #[error("the session key file {} cannot be used: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

/// An auth key could not be opened: another session key, or another row's bytes.
#[derive(Debug, thiserror::Error)]
#[error("a stored auth key cannot be opened with this session key")]
pub struct NotOpened;

/// The secret that seals auth keys.
pub struct SessionKey(SecretBox<[u8; 32]>);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

impl Clone for SessionKey {
    fn clone(&self) -> Self {
        Self::from_bytes(*self.0.expose_secret())
    }
}

impl SessionKey {
    /// From its bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// From `SESSION_ENCRYPTION_KEY`: base64 (either alphabet, padded or not) or hex of 32 bytes.
    pub fn from_secret(secret: &SecretString) -> Result<Self, SessionKeyError> {
        let text = secret.expose_secret().trim();
        let bytes = if text.len() == 64 { hex(text) } else { base64(text) };
        bytes
            .and_then(|b| b.try_into().ok())
            .map(Self::from_bytes)
            .ok_or(SessionKeyError::Malformed)
    }

    /// Reads the key file, or makes one with mode 0600 if there is none.
    pub fn load_or_generate(path: &Path) -> Result<Self, SessionKeyError> {
        let failed = |source| SessionKeyError::File {
            path: path.to_owned(),
            source,
        };
        match fs::read_to_string(path) {
            Ok(text) => {
                let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
                if mode & 0o077 != 0 {
                    tracing::warn!(
                        "the session key file can be read by other users of this machine; set its mode to 0600"
                    );
                }
                Self::from_secret(&SecretString::from(text))
            }
            Err(e) if e.kind() == ErrorKind::NotFound => Self::generate(path),
            Err(e) => Err(failed(e)),
        }
    }

    fn generate(path: &Path) -> Result<Self, SessionKeyError> {
        let failed = |source| SessionKeyError::File {
            path: path.to_owned(),
            source,
        };
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| SessionKeyError::NoRandomness)?;
        // Written aside and linked: a crash leaves no half key, and of two processes one wins.
        let aside = path.with_extension(format!(
            "{:08x}.new",
            u32::from_le_bytes([bytes[0], bytes[9], bytes[18], bytes[27]])
        ));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)
            .map_err(failed)?;
        let text = grammers_crypto::hex::to_hex(&bytes);
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        let linked = written.and_then(|()| fs::hard_link(&aside, path));
        fs::remove_file(&aside).map_err(failed)?;
        match linked {
            Ok(()) => Ok(Self::from_bytes(bytes)),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Self::load_or_generate(path),
            Err(e) => Err(failed(e)),
        }
    }

    /// Seals an auth key for one DC of one authorization under one DC set: nonce and ciphertext.
    pub(crate) fn seal(
        &self,
        place: &KeyPlace<'_>,
        auth_key: &[u8; 256],
    ) -> Result<Vec<u8>, SessionKeyError> {
        self.seal_bytes(&place.aad(), auth_key)
    }

    /// Seals another secret of the archive; `purpose`: what it is, without which it does not open.
    pub fn seal_secret(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, SessionKeyError> {
        self.seal_bytes(&format!("telegram-archive/secret/1\n{purpose}"), secret)
    }

    /// Opens what [`SessionKey::seal_secret`] made for the same purpose.
    pub fn open_secret(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        self.open_bytes(&format!("telegram-archive/secret/1\n{purpose}"), sealed)
    }

    fn seal_bytes(&self, aad: &str, secret: &[u8]) -> Result<Vec<u8>, SessionKeyError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| SessionKeyError::NoRandomness)?;
        let sealed = self
            .cipher()
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: secret,
                    aad: aad.as_bytes(),
                },
            )
            .map_err(|_| SessionKeyError::NoRandomness)?;
        let mut out = nonce.to_vec();
        out.extend(sealed);
        Ok(out)
    }

    /// Opens what [`SessionKey::seal`] made for the same place.
    pub(crate) fn open(&self, place: &KeyPlace<'_>, sealed: &[u8]) -> Result<[u8; 256], NotOpened> {
        let opened = self.open_bytes(&place.aad(), sealed)?;
        opened.try_into().map_err(|_| NotOpened)
    }

    fn open_bytes(&self, aad: &str, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or(NotOpened)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| NotOpened)?;
        let payload = Payload {
            msg: text,
            aad: aad.as_bytes(),
        };
        self.cipher()
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| NotOpened)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose_secret().into())
    }
}

/// What a sealed key is bound to; moved to another row, it does not open.
#[derive(Debug)]
pub(crate) struct KeyPlace<'a> {
    pub(crate) authorization: &'a Authorization,
    pub(crate) dc: i32,
    pub(crate) fingerprint: i64,
}

impl KeyPlace<'_> {
    fn aad(&self) -> String {
        format!(
            "telegram-archive/auth-key/1\n{}\n{}\n{}\n{}",
            self.authorization.account, self.authorization.role, self.dc, self.fingerprint
        )
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok())
        .collect()
}

pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0);
    for c in text.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use model::AccountId;

    use super::*;

    fn authorization(role: &str) -> Authorization {
        Authorization {
            account: AccountId(1),
            role: role.to_owned(),
        }
    }

    #[test]
    fn a_sealed_key_opens_only_in_its_place_with_its_secret() {
        let key = SessionKey::from_bytes([7; 32]);
        let a = authorization("fetcher");
        let place = KeyPlace {
            authorization: &a,
            dc: 2,
            fingerprint: 5,
        };
        let sealed = key.seal(&place, &[9; 256]).unwrap();
        assert_eq!(key.open(&place, &sealed).unwrap(), [9; 256]);
        assert_ne!(
            sealed,
            key.seal(&place, &[9; 256]).unwrap(),
            "each sealing has its own nonce"
        );
        assert!(sealed.windows(8).all(|w| w != [9; 8]));
        let b = authorization("downloader-1");
        for other in [
            KeyPlace {
                dc: 3,
                ..KeyPlace {
                    authorization: &a,
                    dc: 2,
                    fingerprint: 5,
                }
            },
            KeyPlace {
                fingerprint: 6,
                ..KeyPlace {
                    authorization: &a,
                    dc: 2,
                    fingerprint: 5,
                }
            },
            KeyPlace {
                authorization: &b,
                dc: 2,
                fingerprint: 5,
            },
        ] {
            assert!(key.open(&other, &sealed).is_err(), "{other:?}");
        }
        assert!(SessionKey::from_bytes([8; 32]).open(&place, &sealed).is_err());
        assert!(key.open(&place, &sealed[..20]).is_err());
    }

    #[test]
    fn another_secret_opens_for_its_purpose_only() {
        let key = SessionKey::from_bytes([7; 32]);
        let sealed = key.seal_secret("a", b"secret").unwrap();
        assert_eq!(key.open_secret("a", &sealed).unwrap(), b"secret");
        assert!(key.open_secret("b", &sealed).is_err());
        assert!(SessionKey::from_bytes([8; 32]).open_secret("a", &sealed).is_err());
    }

    #[test]
    fn a_secret_is_base64_or_hex_of_32_bytes() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 37 + 251) as u8);
        let read = |s: &str| SessionKey::from_secret(&SecretString::from(s)).map(|k| *k.0.expose_secret());
        let hex = grammers_crypto::hex::to_hex(&bytes).to_uppercase();
        assert_eq!(read(&hex).unwrap(), bytes);
        assert_eq!(
            read("+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXY=\n").unwrap(),
            bytes
        );
        assert_eq!(
            read("-yBFao-02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXY").unwrap(),
            bytes
        );
        for bad in [
            "",
            "abc",
            "+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUQ==",
            &hex[..62],
            "é",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_file_is_made_once_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("archive.key");
        let made = SessionKey::load_or_generate(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = SessionKey::load_or_generate(&path).unwrap();
        assert_eq!(made.0.expose_secret(), read.0.expose_secret());
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing is left aside"
        );
    }
}
