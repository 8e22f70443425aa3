//! The bus port, the consumer loop, the in-process bus and the conformance suite of buses.
