//! Ids, messages, captures, coverage and the clock: pure types without I/O.
