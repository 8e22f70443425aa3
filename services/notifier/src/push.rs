//! One push over HTTP: encrypted for the browser, signed for the push service.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use sha2::{Digest as _, Sha256};
use store::{ChatKey, NewSubscription};
use web_push::{
    ContentEncoding, SubscriptionInfo, Urgency, VapidSignature, WebPushError, WebPushMessage,
    WebPushMessageBuilder,
};

use crate::compose::Notification;
use crate::endpoint::{PublicNames, Unfit, endpoint};
use crate::{Config, VapidKeys};

/// All of one push, its answer included.
const WHOLE: Duration = Duration::from_secs(8);
/// Name and handshake.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read, so that its connection serves again; nobody looks at them.
const ANSWER: usize = 16 << 10;

/// What a push service said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It has it.
    Accepted,
    /// The subscription is over.
    Gone,
    /// Not now; after this time if it named one.
    Later(Option<Duration>),
    /// Never so; why, without whom.
    Refused(String),
}

/// Pushes.
pub(crate) struct Pusher {
    client: Client,
    keys: VapidKeys,
    contact: String,
    private: bool,
}

impl Pusher {
    pub(crate) fn new(keys: VapidKeys, config: &Config) -> Result<Self, reqwest::Error> {
        let private = config.private_endpoints;
        if private {
            tracing::warn!(
                "PUSH_ALLOW_PRIVATE_ENDPOINTS: whoever logs in can make this process ask servers of its own network"
            );
        }
        let client = Client::builder()
            // A redirection, and a proxy, would lead where nobody looked.
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(PublicNames { private }))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .pool_max_idle_per_host(2)
            .build()?;
        let contact = &config.contact;
        let is_url = contact.starts_with("mailto:") || contact.starts_with("https:");
        Ok(Self {
            client,
            keys,
            contact: if is_url {
                contact.clone()
            } else {
                format!("mailto:{contact}")
            },
            private,
        })
    }

    /// What browsers subscribe with.
    pub(crate) fn public_key(&self) -> &str {
        self.keys.public()
    }

    /// Whether a subscription can be pushed to, as far as can be told without doing it.
    pub(crate) fn check(&self, to: &NewSubscription) -> Result<(), String> {
        let url = endpoint(&to.endpoint, self.private).map_err(|e| e.to_string())?;
        let info = info(to);
        let signature = self
            .keys
            .sign(&info, &url.origin().ascii_serialization(), &self.contact);
        signature
            .and_then(|signature| message(&info, signature, "topic", 0, b"{}"))
            .map(|_| ())
            .map_err(|_| "the keys are not those of a browser's subscription".to_owned())
    }

    /// Pushes; `ttl`: seconds for which the push service keeps it. `now`: unix seconds.
    pub(crate) async fn push(
        &self,
        to: &NewSubscription,
        chat: ChatKey,
        what: &Notification,
        ttl: u32,
        now: i64,
    ) -> Sent {
        let url = match endpoint(&to.endpoint, self.private) {
            Ok(url) => url,
            Err(unfit) => return Sent::Refused(unfit.to_string()),
        };
        let (info, body) = (info(to), serde_json::to_vec(what).unwrap_or_default());
        let topic = topic(to, chat);
        let signature = self
            .keys
            .sign(&info, &url.origin().ascii_serialization(), &self.contact);
        let built = signature.and_then(|signature| message(&info, signature, &topic, ttl, &body));
        let Some((message, payload)) = built.ok().and_then(|mut m| m.payload.take().map(|p| (m, p))) else {
            return Sent::Refused("the browser's keys cannot be encrypted to".to_owned());
        };
        let mut request = self
            .client
            .post(url)
            .header("TTL", message.ttl)
            .header("Urgency", Urgency::Normal.to_string())
            .header("Topic", topic)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_ENCODING, payload.content_encoding.to_str())
            .body(payload.content);
        for (name, value) in payload.crypto_headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(mut answer) => {
                let sent = told(answer.status(), answer.headers(), now);
                let mut read = 0;
                while read < ANSWER
                    && let Ok(Some(part)) = answer.chunk().await
                {
                    read += part.len();
                }
                sent
            }
            Err(error) if is_unfit(&error) => Sent::Refused(Unfit::NotPublic.to_string()),
            Err(_) => Sent::Later(None),
        }
    }
}

fn info(of: &NewSubscription) -> SubscriptionInfo {
    SubscriptionInfo::new(of.endpoint.as_str(), of.p256dh.as_str(), of.auth.as_str())
}

fn message(
    info: &SubscriptionInfo,
    signature: VapidSignature,
    topic: &str,
    ttl: u32,
    body: &[u8],
) -> Result<WebPushMessage, WebPushError> {
    let mut builder = WebPushMessageBuilder::new(info);
    builder.set_payload(ContentEncoding::Aes128Gcm, body);
    builder.set_vapid_signature(signature);
    builder.set_topic(topic.to_owned());
    builder.set_ttl(ttl);
    builder.build()
}

/// A newer message of a chat takes the place of an older one that the browser did not get yet. The push service reads
/// this, and learns neither the chat nor whether two browsers read the same one.
fn topic(to: &NewSubscription, chat: ChatKey) -> String {
    let mut hash = Sha256::new();
    hash.update(to.auth.as_bytes());
    hash.update(chat.account.0.to_be_bytes());
    hash.update(chat.chat.0.to_be_bytes());
    // 32 characters, as many as there may be.
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..24])
}

fn told(status: StatusCode, headers: &HeaderMap, now: i64) -> Sent {
    match status.as_u16() {
        200..=299 => Sent::Accepted,
        403 | 404 | 410 => Sent::Gone,
        429 | 500..=599 => Sent::Later(retry_after(headers, now)),
        other => Sent::Refused(format!("the push service answered {other}")),
    }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = text.parse::<u64>().ok().or_else(|| {
        let date = jiff::fmt::rfc2822::parse(text).ok()?;
        Some((date.timestamp().as_second() - now).max(0) as u64)
    });
    seconds.map(Duration::from_secs)
}

fn is_unfit(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<Unfit>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_before_it_is_connected_to() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .dns_resolver(Arc::new(PublicNames { private: false }))
            .build()
            .unwrap();
        let error = client.post("https://localhost:1/x").send().await.unwrap_err();
        assert!(is_unfit(&error), "{error:?}");
        let elsewhere = client.post("not a url").send().await.unwrap_err();
        assert!(!is_unfit(&elsewhere));
    }

    #[test]
    fn answers_are_told_apart() {
        let answer = |status: u16, after: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(after) = after {
                headers.insert(RETRY_AFTER, after.parse().unwrap());
            }
            told(StatusCode::from_u16(status).unwrap(), &headers, 784_111_757)
        };
        assert_eq!(answer(201, None), Sent::Accepted);
        for gone in [403, 404, 410] {
            assert_eq!(answer(gone, None), Sent::Gone);
        }
        let later = |seconds| Sent::Later(Some(Duration::from_secs(seconds)));
        assert_eq!(answer(429, Some("120")), later(120));
        assert_eq!(answer(503, Some("Sun, 06 Nov 1994 08:49:37 GMT")), later(20));
        assert_eq!(answer(503, Some("Sun, 06 Nov 1994 08:00:00 GMT")), later(0));
        assert_eq!(answer(500, Some("soon")), Sent::Later(None));
        for refused in [301, 307, 400, 401, 413] {
            assert!(matches!(answer(refused, None), Sent::Refused(_)), "{refused}");
        }
    }
}
