//! Where a push may go: to public servers of the internet, over TLS, and to no other.
//!
//! The endpoint is a browser's word. A name is resolved here and nowhere else, and the connection goes to an address that
//! was looked at, so that a name which changes between the look and the connection gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Push services' endpoints have some hundred bytes.
const LONGEST: usize = 2048;

/// Why nothing is sent there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not a URL that could be asked.
    #[error("the endpoint is no URL of a push service")]
    Malformed,
    /// Not encrypted.
    #[error("the endpoint must begin with https://")]
    NotHttps,
    /// An address that is not of the public internet.
    #[error("the endpoint is not on the public internet")]
    NotPublic,
}

/// The URL of an endpoint. `private`: one of a test may be on this machine and without TLS.
pub fn endpoint(text: &str, private: bool) -> Result<Url, Unfit> {
    if text.len() > LONGEST {
        return Err(Unfit::Malformed);
    }
    let url = Url::parse(text).map_err(|_| Unfit::Malformed)?;
    match url.scheme() {
        "https" => {}
        "http" if private => {}
        _ => return Err(Unfit::NotHttps),
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Unfit::Malformed);
    }
    let public = match url.host() {
        None => return Err(Unfit::Malformed),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name != "localhost" && !name.ends_with(".localhost")
        }
        // No resolver sees these.
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
    };
    if public || private {
        Ok(url)
    } else {
        Err(Unfit::NotPublic)
    }
}

/// Whether an address is of the public internet (IANA's registries of special addresses).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // This network, private, loopback; multicast, reserved, broadcast.
        [0 | 10 | 127 | 224..=255, ..] => true,
        // Shared by a provider's customers.
        [100, b, ..] => (64..128).contains(&b),
        // Link-local: the metadata of clouds.
        [169, b, ..] => b == 254,
        [172, b, ..] => (16..32).contains(&b),
        // Private; protocols, documentation, relays of 6to4.
        [192, b, c, _] => b == 168 || matches!((b, c), (0, 0 | 2) | (88, 99)),
        // Benchmarks, documentation.
        [198, b, c, _] => matches!((b, c), (18 | 19, _) | (51, 100)),
        [203, b, c, _] => (b, c) == (0, 113),
        _ => false,
    };
    !special
}

fn public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let octets = address.octets();
    // NAT64: an address of the internet as a network without IPv4 writes it.
    if octets[..12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] {
        return public_v4(Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]));
    }
    // Global unicast, and of it neither protocols (Teredo, ORCHID), nor documentation, nor 6to4. Loopback, mapped, unique
    // local, link-local and multicast addresses are all outside of it.
    (a & 0xe000) == 0x2000
        && !(a == 0x2001 && (b < 0x0200 || b == 0x0db8))
        && a != 0x2002
        && !(a == 0x3fff && b < 0x1000)
}

/// Resolves names to addresses that may be connected to.
pub(crate) struct PublicNames {
    pub(crate) private: bool,
}

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fit: Vec<SocketAddr> = found.filter(|a| private || is_public(a.ip())).collect();
            if fit.is_empty() {
                return Err(Unfit::NotPublic.into());
            }
            Ok(Box::new(fit.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What must never be reached, as networks.
    const REFUSED: [&str; 34] = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "::1/128",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::10.0.0.0/104",
        "64:ff9b::127.0.0.0/104",
        "64:ff9b::169.254.0.0/112",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    ];

    fn bits(address: IpAddr) -> (u128, u32) {
        match address {
            IpAddr::V4(a) => (u128::from(a.to_bits()), 32),
            IpAddr::V6(a) => (a.to_bits(), 128),
        }
    }

    fn network(text: &str) -> (IpAddr, u32) {
        let (address, length) = text.split_once('/').unwrap();
        (address.parse().unwrap(), length.parse().unwrap())
    }

    fn is_in(address: IpAddr, text: &str) -> bool {
        let ((address, width), (of, length)) = (bits(address), network(text));
        let (of, of_width) = bits(of);
        let shift = width - length.min(width);
        width == of_width && (shift == 128 || address >> shift == of >> shift)
    }

    fn of_network(text: &'static str) -> impl Strategy<Value = IpAddr> {
        let (address, length) = network(text);
        let (of, width) = bits(address);
        any::<u128>().prop_map(move |random| {
            let host = width - length;
            let mask = if host == 0 { 0 } else { u128::MAX >> (128 - host) };
            let address = of & !mask | random & mask;
            if width == 32 {
                IpAddr::V4(Ipv4Addr::from_bits(address as u32))
            } else {
                IpAddr::V6(Ipv6Addr::from_bits(address))
            }
        })
    }

    proptest! {
        #[test]
        fn no_address_of_a_special_network_is_public(
            address in (0..REFUSED.len()).prop_flat_map(|n| of_network(REFUSED[n]))
        ) {
            prop_assert!(!is_public(address), "{address}");
            let host = match address {
                IpAddr::V4(a) => a.to_string(),
                IpAddr::V6(a) => format!("[{a}]"),
            };
            for url in [format!("https://{host}/x"), format!("https://{host}:8443/x")] {
                prop_assert_eq!(endpoint(&url, false), Err(Unfit::NotPublic));
            }
            let of_a_test = format!("http://{host}/x");
            prop_assert!(endpoint(&of_a_test, true).is_ok());
        }

        #[test]
        fn every_other_address_of_the_internet_is(
            address in prop_oneof![of_network("0.0.0.0/0"), of_network("2000::/3"), of_network("64:ff9b::/96")]
        ) {
            let special = match address {
                // As the IPv4 address it stands for.
                IpAddr::V6(a) if is_in(address, "64:ff9b::/96") => {
                    let inner = IpAddr::V4(Ipv4Addr::from_bits(a.to_bits() as u32));
                    REFUSED.iter().any(|n| is_in(inner, n))
                }
                _ => REFUSED.iter().any(|n| is_in(address, n)),
            };
            prop_assert_eq!(is_public(address), !special, "{}", address);
        }
    }

    #[test]
    fn an_endpoint_is_https_and_names_a_server_of_the_internet() {
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://updates.push.services.mozilla.com/wpush/v2/x?y=1",
            "https://web.push.apple.com:443/x",
            "https://8.8.8.8/x",
            "https://[2606:4700::1111]/x",
        ] {
            assert!(endpoint(good, false).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://push.example/x", Unfit::NotHttps),
            ("ftp://push.example/x", Unfit::NotHttps),
            ("file:///etc/passwd", Unfit::NotHttps),
            ("https://localhost/x", Unfit::NotPublic),
            ("https://LOCALHOST./x", Unfit::NotPublic),
            ("https://a.localhost/x", Unfit::NotPublic),
            ("https://2130706433/x", Unfit::NotPublic),
            ("https://0x7f.1/x", Unfit::NotPublic),
            ("https://017700000001/x", Unfit::NotPublic),
            ("https://[::ffff:8.8.8.8]/x", Unfit::NotPublic),
            ("https://user:word@push.example/x", Unfit::Malformed),
            ("https://push.example/x#y", Unfit::Malformed),
            ("https://", Unfit::Malformed),
            ("push.example", Unfit::Malformed),
            ("", Unfit::Malformed),
        ] {
            assert_eq!(endpoint(bad, false), Err(why), "{bad}");
        }
        let long = format!("https://push.example/{}", "x".repeat(LONGEST));
        assert_eq!(endpoint(&long, false), Err(Unfit::Malformed));
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_not_resolved() {
        let resolve = async |private| {
            let names = PublicNames { private };
            names.resolve("localhost".parse().unwrap()).await
        };
        let refused = resolve(false).await.err().expect("it is this machine");
        assert_eq!(refused.downcast_ref(), Some(&Unfit::NotPublic));
        assert!(resolve(true).await.unwrap().all(|a| a.ip().is_loopback()));
    }
}
