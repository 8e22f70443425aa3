//! The in-process bus keeps the laws.

use std::sync::Arc;

use bus::{Bus, MemoryBus, MemoryLimits};

#[expect(clippy::unused_async, reason = "the suite awaits its fixture")]
async fn fixture() -> ((), Arc<dyn Bus>) {
    ((), Arc::new(MemoryBus::new(MemoryLimits::default())))
}

bus::conformance_suite!(fixture());
