//! The server's side of two-factor passwords (core.telegram.org/api/srp).

use num_bigint::BigUint;

use super::{pad256, prime, random, sha256};

/// A password's verifier.
#[derive(Clone)]
pub(crate) struct Verifier {
    pub(crate) salt1: Vec<u8>,
    pub(crate) salt2: Vec<u8>,
    v: BigUint,
}

/// One challenge; good for one answer.
#[derive(Clone)]
pub(crate) struct Challenge {
    b: BigUint,
    pub(crate) g_b: Vec<u8>,
}

pub(crate) const G: i32 = 3;

fn k() -> BigUint {
    BigUint::from_bytes_be(&sha256(&[&pad256(&prime().to_bytes_be()), &pad256(&[G as u8])]))
}

impl Verifier {
    pub(crate) fn new(password: &str) -> Self {
        let (salt1, salt2) = (random::<40>().to_vec(), random::<16>().to_vec());
        let salted = |data: &[u8], salt: &[u8]| sha256(&[salt, data, salt]);
        let first = salted(&salted(password.as_bytes(), &salt1), &salt2);
        let mut slow = [0; 64];
        // Only an output longer than the hash allows would fail.
        let _ = pbkdf2::pbkdf2::<hmac::Hmac<sha2::Sha512>>(&first, &salt1, 100_000, &mut slow);
        let x = BigUint::from_bytes_be(&salted(&slow, &salt2));
        Self {
            v: BigUint::from(3_u8).modpow(&x, &prime()),
            salt1,
            salt2,
        }
    }

    pub(crate) fn challenge(&self) -> Challenge {
        let b = BigUint::from_bytes_be(&random::<256>());
        let p = prime();
        let g_b = (k() * &self.v + BigUint::from(3_u8).modpow(&b, &p)) % &p;
        Challenge {
            b,
            g_b: pad256(&g_b.to_bytes_be()).to_vec(),
        }
    }

    pub(crate) fn accepts(&self, challenge: &Challenge, a: &[u8], m1: &[u8]) -> bool {
        let p = prime();
        let a = pad256(a);
        let u = BigUint::from_bytes_be(&sha256(&[&a, &challenge.g_b]));
        let s = ((BigUint::from_bytes_be(&a) * self.v.modpow(&u, &p)) % &p).modpow(&challenge.b, &p);
        let key = sha256(&[&pad256(&s.to_bytes_be())]);
        let hash_p = sha256(&[&pad256(&p.to_bytes_be())]);
        let hash_g = sha256(&[&pad256(&[G as u8])]);
        let both: Vec<u8> = hash_p.iter().zip(hash_g).map(|(x, y)| x ^ y).collect();
        sha256(&[
            &both,
            &sha256(&[&self.salt1]),
            &sha256(&[&self.salt2]),
            &a,
            &challenge.g_b,
            &key,
        ]) == *m1
    }
}
