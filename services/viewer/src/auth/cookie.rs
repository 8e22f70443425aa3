//! The cookie of a session.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::ChatId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::ViewerUser;

const NAME: &str = "telegram_archive_session";

/// What the request came with.
pub(crate) fn token(request: &HttpRequest) -> Option<String> {
    request.cookie(NAME).map(|c| c.value().to_owned())
}

/// To set: the browser alone reads it, and no other site sends it along.
pub(crate) fn of(token: String, seconds: i64, request: &HttpRequest) -> Cookie<'static> {
    Cookie::build(NAME, token)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(request.connection_info().scheme() == "https")
        .max_age(time::Duration::seconds(seconds))
        .finish()
}

/// To forget it.
pub(crate) fn gone(request: &HttpRequest) -> Cookie<'static> {
    of(String::new(), 0, request)
}

/// Who reads, in a cookie that nobody else can make: for a database that takes no sessions. Such a session ends with its
/// time, or when the administrator's password changes.
pub(crate) struct Signer([u8; 64]);

#[derive(Serialize, Deserialize)]
struct Signed {
    name: String,
    admin: bool,
    chats: Option<Vec<ChatId>>,
    expires_at: i64,
}

impl Signer {
    /// The key follows from the administrator's password, so that every replica has the same one.
    pub(crate) fn new(password: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"telegram-archive viewer session ");
        hash.update(password.as_bytes());
        // A block of HMAC: a shorter key is filled up with zeros in any case.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&hash.finalize());
        Self(key)
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256>>::new(&self.0.into());
        mac.update(text.as_bytes());
        mac
    }

    /// A token for this user.
    pub(crate) fn sign(&self, user: &ViewerUser, expires_at: i64) -> String {
        let signed = Signed {
            name: user.name.clone(),
            admin: user.admin,
            chats: user.chats.clone(),
            expires_at,
        };
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_string(&signed).unwrap_or_default());
        let mac = URL_SAFE_NO_PAD.encode(self.mac(&text).finalize().into_bytes());
        format!("{text}.{mac}")
    }

    /// Whose token it is, and until when; `None`: nobody's.
    pub(crate) fn open(&self, token: &str, now_micros: i64) -> Option<(ViewerUser, i64)> {
        let (text, mac) = token.split_once('.')?;
        self.mac(text)
            .verify_slice(&URL_SAFE_NO_PAD.decode(mac).ok()?)
            .ok()?;
        let signed: Signed = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let user = ViewerUser {
            name: signed.name,
            admin: signed.admin,
            password_hash: String::new(),
            chats: signed.chats,
        };
        (signed.expires_at > now_micros).then_some((user, signed.expires_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_cookie_cannot_be_changed_or_made() {
        let user = ViewerUser {
            name: "ann".to_owned(),
            admin: false,
            password_hash: String::new(),
            chats: Some(vec![ChatId(7)]),
        };
        let signer = Signer::new("secret");
        let token = signer.sign(&user, 100);
        assert_eq!(signer.open(&token, 99), Some((user.clone(), 100)));
        assert_eq!(signer.open(&token, 100), None, "its time is over");
        assert_eq!(Signer::new("other").open(&token, 0), None);
        let (_, mac) = token.split_once('.').unwrap();
        let forged = URL_SAFE_NO_PAD.encode(r#"{"name":"ann","admin":true,"chats":null,"expires_at":100}"#);
        assert_eq!(signer.open(&format!("{forged}.{mac}"), 0), None);
        assert_eq!(signer.open(&forged, 0), None);
        assert_eq!(signer.open("", 0), None);
    }
}
