//! The laws of a bus on a real NATS server.

use std::sync::Arc;

use bus::Bus;
use bus_nats::{NatsBus, NatsOptions};
use secrecy::SecretString;
use testkit::Nats;

async fn fixture() -> (Nats, Arc<dyn Bus>) {
    let server = Nats::start().await.expect("a NATS server");
    let options = NatsOptions {
        stream_bytes: 20 << 20,
        publish_wait: std::time::Duration::from_secs(1),
        ..NatsOptions::new(SecretString::from(server.url()))
    };
    let bus = NatsBus::connect(options).await.expect("connected");
    (server, Arc::new(bus))
}

bus::conformance_suite!(fixture());
