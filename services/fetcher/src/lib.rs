//! Captures an account: history into coverage, live updates, schedule, chat filter.
