//! The keys with which the archive signs what it pushes (RFC 8292).
//!
//! The settings' own, else those in the database, else new ones, kept there: browsers subscribe to a key, and another one
//! would end all subscriptions. The private key is sealed like the keys of Telegram sessions: who has a copy of the
//! database has all endpoints, and shall not be able to push to them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use store::{Meta, StoreError};
use web_push::{
    PartialVapidSignatureBuilder, SubscriptionInfo, VapidSignature, VapidSignatureBuilder, WebPushError,
};

/// Where the generated pair stands in the database.
const META: &str = "notifier_vapid_keys";

/// Seals secrets that are kept in the database.
pub trait Seal: Send + Sync {
    /// Sealed.
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String>;
    /// Opened; the error names the way out.
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, String>;
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Only one of them is set.
    #[error("set both VAPID_PRIVATE_KEY and VAPID_PUBLIC_KEY, or neither: then keys are generated and kept")]
    OneOnly,
    /// It is none.
    #[error(
        "VAPID_PRIVATE_KEY: not a P-256 key in PEM or as 32 bytes in base64url, for example from `openssl ecparam -name prime256v1 -genkey -noout`"
    )]
    Private,
    /// They do not belong together.
    #[error("VAPID_PUBLIC_KEY does not belong to VAPID_PRIVATE_KEY; its private key makes {0}")]
    Foreign(String),
    /// They cannot be sealed or opened.
    #[error("the stored VAPID keys cannot be used: {0}")]
    Sealed(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A pair of keys.
#[derive(Clone)]
pub struct VapidKeys {
    signer: PartialVapidSignatureBuilder,
    public: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    public: String,
    sealed: String,
}

impl VapidKeys {
    /// Those of the settings; `None`: they name none.
    pub fn of_settings(
        private: Option<&SecretString>,
        public: Option<&str>,
    ) -> Result<Option<Self>, KeyError> {
        let private = private
            .map(|p| p.expose_secret().trim())
            .filter(|p| !p.is_empty());
        let public = public.map(str::trim).filter(|p| !p.is_empty());
        let (private, public) = match (private, public) {
            (None, None) => return Ok(None),
            (Some(private), Some(public)) => (private, public),
            _ => return Err(KeyError::OneOnly),
        };
        let keys = Self::new(signer(private).ok_or(KeyError::Private)?);
        if keys.public == url_safe(public) {
            Ok(Some(keys))
        } else {
            Err(KeyError::Foreign(keys.public))
        }
    }

    /// Those in the database; made if there are none. Of several who make some, all take the first one's.
    pub async fn kept(store: &(impl Meta + ?Sized), seal: &dyn Seal) -> Result<Self, KeyError> {
        let text = match store.meta(META).await? {
            Some(text) => text,
            None => store.ensure_meta(META, &generate(seal)?).await?,
        };
        let odd = || KeyError::Sealed("the row is not as it was written".to_owned());
        let kept: Kept = serde_json::from_str(&text).map_err(|_| odd())?;
        let sealed = URL_SAFE_NO_PAD.decode(&kept.sealed).map_err(|_| odd())?;
        let private = seal.open(&sealed).map_err(KeyError::Sealed)?;
        let keys = Self::new(of_scalar(&private).ok_or_else(odd)?);
        if keys.public == kept.public {
            Ok(keys)
        } else {
            Err(odd())
        }
    }

    fn new(signer: PartialVapidSignatureBuilder) -> Self {
        Self {
            public: URL_SAFE_NO_PAD.encode(signer.get_public_key()),
            signer,
        }
    }

    /// The public key, an uncompressed point in base64url: what browsers subscribe with.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Signs a push to `audience`, the whole origin of the endpoint: the library's own leaves the port out, and a push
    /// service that compares refuses that.
    pub(crate) fn sign(
        &self,
        to: &SubscriptionInfo,
        audience: &str,
        contact: &str,
    ) -> Result<VapidSignature, WebPushError> {
        let mut builder = self.signer.clone().add_sub_info(to);
        builder.add_claim("aud", audience);
        builder.add_claim("sub", contact);
        builder.build()
    }
}

/// Of a private key as people write it.
fn signer(text: &str) -> Option<PartialVapidSignatureBuilder> {
    if !text.contains("-----BEGIN") {
        return of_scalar(&URL_SAFE_NO_PAD.decode(url_safe(text)).ok()?);
    }
    // In an environment variable its lines are often one.
    let pem = text.replace("\\n", "\n");
    let Some((_, rest)) = pem.split_once("-----BEGIN EC PRIVATE KEY-----") else {
        return VapidSignatureBuilder::from_pem_no_sub(pem.as_bytes()).ok();
    };
    let (body, _) = rest.split_once("-----END")?;
    let body: String = body.split_whitespace().collect();
    // SEC1: version 1, then the key; the library takes a key of another length for a reason to panic.
    match STANDARD.decode(body).ok()?.split_at_checked(7)? {
        ([0x30, _, 2, 1, 1, 4, 32], rest) => of_scalar(rest.get(..32)?),
        _ => None,
    }
}

/// Of the 32 bytes of a private key.
fn of_scalar(bytes: &[u8]) -> Option<PartialVapidSignatureBuilder> {
    let right = bytes.len() == 32;
    right
        .then(|| VapidSignatureBuilder::from_base64_no_sub(&URL_SAFE_NO_PAD.encode(bytes)))?
        .ok()
}

/// Base64 of either alphabet, padded or not, as the libraries read it.
pub(crate) fn url_safe(text: &str) -> String {
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn generate(seal: &dyn Seal) -> Result<String, KeyError> {
    loop {
        let mut private = [0; 32];
        getrandom::fill(&mut private).map_err(|e| KeyError::Sealed(e.to_string()))?;
        // One of four billion is not below the order of the curve.
        let Some(signer) = of_scalar(&private) else {
            continue;
        };
        let kept = Kept {
            public: VapidKeys::new(signer).public,
            sealed: URL_SAFE_NO_PAD.encode(seal.seal(&private).map_err(KeyError::Sealed)?),
        };
        return Ok(serde_json::to_string(&kept).unwrap_or_default());
    }
}
