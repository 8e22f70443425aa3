//! The store's ports by use, receipts, leases, dead letters, errors, and the conformance suite of stores.
