//! Authorizations that outlive the simulator, as Telegram's outlive a restart of its servers.

use serde::{Deserialize, Serialize};

use crate::crypto::{AuthKey, hex};
use crate::server::Sim;

/// A key that somebody is logged in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// 256 bytes in hexadecimal.
    key: String,
    dc: i32,
    account: i64,
    salt: i64,
    device: String,
}

fn unhex(text: &str) -> Option<AuthKey> {
    let digits: Vec<u8> = text.chars().map_while(|c| Some(c.to_digit(16)? as u8)).collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect();
    bytes.try_into().ok()
}

impl Sim {
    /// All that are good, in an order of their own.
    pub fn authorizations(&self) -> Vec<Authorization> {
        let mut keys = self.shared.keys();
        let good = keys.all().filter(|(_, k)| k.dead.is_none());
        let mut all: Vec<Authorization> = good
            .filter_map(|(_, k)| {
                Some(Authorization {
                    key: hex(&k.key),
                    dc: k.dc,
                    account: k.account?,
                    salt: k.salt,
                    device: k.device.clone(),
                })
            })
            .collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }

    /// Makes them good here, too. What cannot be read is left out: its client logs in again.
    pub fn restore(&self, authorizations: &[Authorization]) {
        let mut keys = self.shared.keys();
        for known in authorizations {
            let Some(key) = unhex(&known.key) else { continue };
            let id = keys.add(key, known.dc);
            if let Some(state) = keys.get_mut(id) {
                state.account = Some(known.account);
                state.salt = known.salt;
                state.device.clone_from(&known.device);
            }
        }
    }
}
