//! What the suites share: a node against the simulator, the installed binary, and the comparer.

pub mod bed;
pub mod compare;
pub mod demo;
pub mod installation;
pub mod random;
pub mod sabotage;
pub mod settle;
pub mod simulator;
