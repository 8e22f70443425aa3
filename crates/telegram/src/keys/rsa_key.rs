//! The RSA public key of a custom data centre.

use ::rsa::pkcs1::DecodeRsaPublicKey as _;
use ::rsa::pkcs8::DecodePublicKey as _;
use ::rsa::traits::PublicKeyParts as _;
use grammers_crypto::rsa;
use grammers_tl_types::Serializable as _;
use sha1::{Digest as _, Sha1};

/// A PEM that is no RSA public key.
#[derive(Debug, thiserror::Error)]
#[error(
    "not an RSA public key: expected a PEM block `RSA PUBLIC KEY` (PKCS#1) or `PUBLIC KEY` (SPKI) of 2048 bits"
)]
pub struct RsaKeyError;

/// An RSA public key, 2048 bits.
#[derive(Clone)]
pub struct RsaKey {
    n: String,
    e: String,
    fingerprint: i64,
}

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RsaKey({:016x})", self.fingerprint)
    }
}

impl RsaKey {
    /// Reads PKCS#1 or SPKI.
    pub fn from_pem(pem: &str) -> Result<Self, RsaKeyError> {
        let key = ::rsa::RsaPublicKey::from_pkcs1_pem(pem)
            .or_else(|_| ::rsa::RsaPublicKey::from_public_key_pem(pem))
            .map_err(|_| RsaKeyError)?;
        // MTProto's RSA_PAD is defined for 2048 bits only.
        if key.n().bits() != 2048 {
            return Err(RsaKeyError);
        }
        let mut both = key.n().to_bytes_be().to_bytes();
        both.extend(key.e().to_bytes_be().to_bytes());
        let digest: [u8; 20] = Sha1::digest(&both).into();
        let tail: [u8; 8] = std::array::from_fn(|i| digest[12 + i]);
        Ok(Self {
            n: key.n().to_string(),
            e: key.e().to_string(),
            fingerprint: i64::from_le_bytes(tail),
        })
    }

    /// The lower 64 bits of the SHA-1 of the key, as MTProto names it.
    pub const fn fingerprint(&self) -> i64 {
        self.fingerprint
    }

    pub(super) fn to_grammers(&self) -> Option<rsa::Key> {
        rsa::Key::new(&self.n, &self.e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Telegram's production key; its fingerprint is published.
    const PRODUCTION: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEA6LszBcC1LGzyr992NzE0ieY+BSaOW622Aa9Bd4ZHLl+TuFQ4lo4g
5nKaMBwK/BIb9xUfg0Q29/2mgIR6Zr9krM7HjuIcCzFvDtr+L0GQjae9H0pRB2OO
62cECs5HKhT5DZ98K33vmWiLowc621dQuwKWSQKjWf50XYFw42h21P2KXUGyp2y/
+aEyZ+uVgLLQbRA1dEjSDZ2iGRy12Mk5gpYc397aYp438fsJoHIgJ2lgMv5h7WY9
t6N/byY9Nw9p21Og3AoXSL2q/2IJ1WRUhebgAdGVMlV1fkuOQoEzR7EdpqtQD9Cs
5+bfo3Nhmcyvk5ftB0WkJ9z6bNZ7yxrP8wIDAQAB
-----END RSA PUBLIC KEY-----";

    #[test]
    fn the_fingerprint_of_telegrams_key_is_the_published_one() {
        let key = RsaKey::from_pem(PRODUCTION).unwrap();
        assert_eq!(key.fingerprint(), super::super::PRODUCTION_FINGERPRINT);
        assert!(key.to_grammers().is_some());
    }

    #[test]
    fn spki_and_pkcs1_of_one_key_are_the_same() {
        use ::rsa::pkcs8::EncodePublicKey as _;
        let key = ::rsa::RsaPublicKey::from_pkcs1_pem(PRODUCTION).unwrap();
        let spki = key.to_public_key_pem(::rsa::pkcs8::LineEnding::LF).unwrap();
        assert!(spki.contains("BEGIN PUBLIC KEY"));
        assert_eq!(
            RsaKey::from_pem(&spki).unwrap().fingerprint(),
            RsaKey::from_pem(PRODUCTION).unwrap().fingerprint()
        );
        assert!(RsaKey::from_pem("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----").is_err());
    }
}
