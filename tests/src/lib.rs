//! What the suites share: a node against the simulator, and the comparer.

pub mod bed;
pub mod compare;
pub mod demo;
