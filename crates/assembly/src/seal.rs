//! Secrets of services at rest, under the key that seals Telegram's.

use notifier::Seal;

use crate::telegram_client::KeySource;

/// What the notifier's private key is for.
const PURPOSE: &str = "vapid";

/// With this key; `None`: there is none that all replicas have.
pub(crate) struct Sealed(pub(crate) Option<KeySource>);

impl Sealed {
    fn key(&self) -> Result<telegram::SessionKey, String> {
        let source = self.0.as_ref().ok_or(
            "a cluster needs SESSION_ENCRYPTION_KEY to keep them, or VAPID_PRIVATE_KEY and VAPID_PUBLIC_KEY",
        )?;
        source.read().map_err(|e| format!("{e:#}"))
    }
}

impl Seal for Sealed {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String> {
        let sealed = self.key()?.seal_secret(PURPOSE, plain);
        sealed.map_err(|e| e.to_string())
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, String> {
        self.key()?.open_secret(PURPOSE, sealed).map_err(|_| {
            "they were sealed with another session key: bring back SESSION_ENCRYPTION_KEY or the key file, or set VAPID_PRIVATE_KEY and VAPID_PUBLIC_KEY (browsers must subscribe anew then)"
                .to_owned()
        })
    }
}
