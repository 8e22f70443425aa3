//! Which Telegram to speak to: the production data centres, or one custom data centre with its own RSA key.

mod exchange;
mod prime;
mod rsa_key;
mod skew;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use grammers_session::SessionData;
use grammers_session::types::DcOption;

pub(crate) use exchange::{ExchangeError, exchange, server};
pub(crate) use prime::is_good_group;
pub use rsa_key::{RsaKey, RsaKeyError};
pub(crate) use skew::refused_ahead;

/// Fingerprint of the RSA key of Telegram's production data centres; binds session rows to them.
const PRODUCTION_FINGERPRINT: i64 = -3_414_540_481_677_951_611;

/// A set of data centres that share an RSA key and accounts.
#[derive(Clone, Debug)]
pub enum DcSet {
    /// Telegram.
    Production,
    /// Telegram's test servers, another MTProto server, or the simulator.
    Custom(CustomDc),
}

/// The data centre to begin with; it announces the others.
#[derive(Clone, Debug)]
pub struct CustomDc {
    /// Where. Host names are resolved by the caller: Telegram's protocol knows addresses only.
    pub address: SocketAddr,
    /// Its number.
    pub dc_id: i32,
    /// The public key that its key exchange answers to.
    pub rsa_key: RsaKey,
}

impl DcSet {
    /// What session rows are bound to.
    pub fn fingerprint(&self) -> i64 {
        match self {
            Self::Production => PRODUCTION_FINGERPRINT,
            Self::Custom(dc) => dc.rsa_key.fingerprint(),
        }
    }

    /// Whether this is Telegram itself.
    pub const fn is_telegram(&self) -> bool {
        matches!(self, Self::Production)
    }

    /// Where a new session begins.
    pub(crate) fn first_dc(&self) -> i32 {
        match self {
            Self::Production => SessionData::default().home_dc,
            Self::Custom(dc) => dc.dc_id,
        }
    }

    /// The addresses known before any data centre announced its own.
    pub(crate) fn known_dcs(&self) -> Vec<DcOption> {
        match self {
            Self::Production => SessionData::default().dc_options.into_values().collect(),
            Self::Custom(dc) => vec![dc_option(dc.dc_id, dc.address)],
        }
    }
}

fn dc_option(id: i32, address: SocketAddr) -> DcOption {
    let (ipv4, ipv6) = match address {
        SocketAddr::V4(v4) => (v4, SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0)),
        SocketAddr::V6(v6) => (
            SocketAddrV4::new(
                v6.ip().to_ipv4_mapped().unwrap_or(Ipv4Addr::UNSPECIFIED),
                v6.port(),
            ),
            v6,
        ),
    };
    DcOption {
        id,
        ipv4,
        ipv6,
        auth_key: None,
    }
}

/// The address to dial.
pub(crate) fn address(dc: &DcOption, use_ipv6: bool) -> SocketAddr {
    if use_ipv6 || (dc.ipv4.ip().is_unspecified() && *dc.ipv6.ip() != Ipv6Addr::UNSPECIFIED) {
        dc.ipv6.into()
    } else {
        dc.ipv4.into()
    }
}
