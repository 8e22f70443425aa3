//! From configuration to adapters: the only crate that knows them all.
