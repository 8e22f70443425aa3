//! How often somebody may try to log in: per address and per name.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpRequest;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use ipnet::IpNet;

/// Attempts in a row, and then one in so long.
const PER_ADDRESS: (NonZeroU32, Duration) = (NonZeroU32::new(10).expect("ten"), Duration::from_secs(6));
const PER_NAME: (NonZeroU32, Duration) = (NonZeroU32::new(10).expect("ten"), Duration::from_secs(30));
/// Above so many keys those that are free again are forgotten.
const KEYS: usize = 10_000;

/// Counts attempts.
pub(crate) struct Limits {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    names: DefaultKeyedRateLimiter<String>,
}

fn quota((burst, each): (NonZeroU32, Duration)) -> Quota {
    Quota::with_period(each)
        .unwrap_or(Quota::per_minute(burst))
        .allow_burst(burst)
}

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            addresses: DefaultKeyedRateLimiter::keyed(quota(PER_ADDRESS)),
            names: DefaultKeyedRateLimiter::keyed(quota(PER_NAME)),
        }
    }

    /// One more attempt; `Err`: seconds to wait.
    pub(crate) fn attempt(&self, address: IpAddr, name: &str) -> Result<(), u64> {
        if self.addresses.len() + self.names.len() > KEYS {
            self.addresses.retain_recent();
            self.names.retain_recent();
        }
        let now = DefaultClock::default().now();
        self.addresses
            .check_key(&network(address))
            .and_then(|()| self.names.check_key(&name.to_lowercase()))
            .map_err(|not| not.wait_time_from(now).as_secs() + 1)
    }
}

/// What one subscriber has: an IPv4 address, or the network of 64 bits that an IPv6 address is in (RFC 6177).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Who asks: the other end of the connection, or, if that is a proxy that is believed, whom it names. Proxies in a row
/// each name the one before.
pub(crate) fn address(request: &HttpRequest, proxies: &[IpNet]) -> IpAddr {
    let is_proxy = |a: &IpAddr| proxies.iter().any(|p| p.contains(&a.to_canonical()));
    let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |a| a.ip());
    let named = request.headers().get_all("x-forwarded-for");
    let lines: Vec<&str> = named.filter_map(|v| v.to_str().ok()).collect();
    let mut before = lines.iter().rev().flat_map(|l| l.rsplit(',')).map(str::trim);
    let mut last = peer;
    while is_proxy(&last) {
        match before.next().and_then(|a| a.parse().ok()) {
            Some(address) => last = address,
            None => break,
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn names_and_addresses_are_counted_apart() {
        let limits = Limits::new();
        let address = |n: u8| IpAddr::from([10, 0, 0, n]);
        for n in 0..10 {
            assert_eq!(limits.attempt(address(n), "Ann"), Ok(()));
        }
        assert!(
            limits.attempt(address(11), "ann").is_err(),
            "one name from everywhere"
        );
        assert!(limits.attempt(address(12), "bob").is_ok());
        for n in 0..9 {
            assert!(limits.attempt(address(12), &n.to_string()).is_ok());
        }
        let wait = limits
            .attempt(address(12), "another")
            .expect_err("one address, many names");
        assert!((1..=7).contains(&wait), "{wait}");
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let limits = Limits::new();
        let attempt = |address: &str, n: u8| limits.attempt(address.parse().unwrap(), &n.to_string());
        for n in 0..10 {
            assert!(attempt(&format!("2001:db8::{n}"), n).is_ok());
        }
        assert!(attempt("2001:db8:0:0:ffff::1", 11).is_err());
        assert!(attempt("2001:db8:0:1::1", 12).is_ok());
        assert_eq!(
            network("::ffff:10.0.0.1".parse().unwrap()),
            IpAddr::from([10, 0, 0, 1])
        );
    }

    #[test]
    fn proxies_are_believed_that_were_named() {
        let proxies: Vec<IpNet> = ["127.0.0.0/8", "172.16.0.0/12"]
            .map(|p| p.parse().unwrap())
            .into();
        let asked = |peer: &str, named: &str| {
            let request = TestRequest::default()
                .peer_addr(peer.parse().unwrap())
                .insert_header(("x-forwarded-for", named))
                .to_http_request();
            address(&request, &proxies).to_string()
        };
        assert_eq!(asked("127.0.0.1:5", "1.1.1.1, 9.9.9.9"), "9.9.9.9");
        assert_eq!(asked("[::ffff:172.17.0.2]:5", "9.9.9.9"), "9.9.9.9");
        assert_eq!(asked("127.0.0.1:5", "1.1.1.1, 9.9.9.9, 172.17.0.2"), "9.9.9.9");
        assert_eq!(asked("8.8.8.8:5", "9.9.9.9"), "8.8.8.8");
        assert_eq!(asked("127.0.0.1:5", "nobody"), "127.0.0.1");
    }
}
