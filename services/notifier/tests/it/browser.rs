//! A browser's side of Web Push, from the RFCs and with other libraries than ours: it checks the token as strictly as a
//! push service may (8292), and decrypts (8291, 8188).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Clock as _, SystemClock};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::{PublicKey, SecretKey};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;
use wire::{PushChat, PushRequest};

use crate::bed::CONTACT;
use crate::push_service::{PushService, Received};

pub(crate) struct Browser {
    pub(crate) path: String,
    secret: SecretKey,
    auth: [u8; 16],
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize) -> Vec<u8> {
    let key = Salt::new(HKDF_SHA256, salt).extract(secret);
    let mut out = vec![0; length];
    key.expand(info, Length(length)).unwrap().fill(&mut out).unwrap();
    out
}

impl Browser {
    /// One of its own; the same number, the same browser.
    pub(crate) fn new(number: u8) -> Self {
        Self {
            path: format!("/push/{number}"),
            secret: SecretKey::from_slice(&[number; 32]).unwrap(),
            auth: [number; 16],
        }
    }

    fn public(&self) -> Vec<u8> {
        self.secret
            .public_key()
            .to_encoded_point(false)
            .as_bytes()
            .to_vec()
    }

    /// What its page sends.
    pub(crate) fn subscribe(
        &self,
        service: &PushService,
        user: &str,
        chats: Option<Vec<PushChat>>,
    ) -> PushRequest {
        PushRequest::Subscribe {
            user: user.to_owned(),
            session: crate::bed::session(user),
            endpoint: format!("{}{}", service.origin(), self.path),
            p256dh: URL_SAFE_NO_PAD.encode(self.public()),
            auth: URL_SAFE_NO_PAD.encode(self.auth),
            chats,
        }
    }

    /// What it shows, if push service and browser accept the push.
    pub(crate) fn read(&self, push: &Received, service: &PushService, key: &str) -> Value {
        assert_eq!(push.path, self.path);
        assert_eq!(push.headers["content-encoding"], "aes128gcm");
        verify(&push.headers["authorization"], &service.origin(), key);
        serde_json::from_slice(&self.decrypt(&push.body)).unwrap()
    }

    fn decrypt(&self, body: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        let (record, rest) = rest.split_at(4);
        let record = u32::from_be_bytes(record.try_into().unwrap()) as usize;
        assert_eq!(rest[0], 65);
        let (theirs, text) = rest[1..].split_at(65);
        assert!(
            text.len() <= record && body.len() <= 4096,
            "one record of four kilobytes"
        );
        let point = PublicKey::from_sec1_bytes(theirs).unwrap();
        let shared = p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), point.as_affine());
        let info: [&[u8]; 3] = [b"WebPush: info\0", &self.public(), theirs];
        let secret = derive(&self.auth, shared.raw_secret_bytes(), &info, 32);
        let key = derive(salt, &secret, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = derive(salt, &secret, &[b"Content-Encoding: nonce\0"], 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let mut text = text.to_vec();
        let plain = key
            .open_in_place(nonce, Aad::empty(), &mut text)
            .expect("it was encrypted for this browser");
        let end = plain.iter().rposition(|b| *b != 0).unwrap();
        assert_eq!(plain[end], 2, "the last record");
        plain[..end].to_vec()
    }
}

/// As a push service that compares everything.
fn verify(authorization: &str, origin: &str, key: &str) {
    let fields = authorization.strip_prefix("vapid ").expect("the scheme");
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|f| f.trim().strip_prefix(name)?.strip_prefix('='))
            .expect("both fields")
            .to_owned()
    };
    assert_eq!(field("k"), key, "the key that browsers subscribe with");
    let token = field("t");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let json = |text: &str| -> Value { serde_json::from_slice(&decode(text)).unwrap() };
    assert_eq!(
        (&json(header)["alg"], &json(header)["typ"]),
        (&"ES256".into(), &"JWT".into())
    );
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key))
        .verify(signed.as_bytes(), &decode(signature))
        .expect("signed with that key");
    let claims = json(claims);
    assert_eq!(claims["aud"], origin, "with its port");
    assert_eq!(claims["sub"], CONTACT);
    let left = claims["exp"].as_i64().unwrap() - SystemClock.now_unix();
    assert!((60..=24 * 3600).contains(&left), "{left} s");
}
