//! Scenarios in both modes, end-to-end runs with real processes, fault suites and the comparer.
