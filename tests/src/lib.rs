//! What the suites and benches share: a node against the simulator, the installed binary, the comparer, and figures.

pub mod bed;
pub mod compare;
pub mod demo;
pub mod installation;
pub mod proc;
pub mod random;
pub mod report;
pub mod sabotage;
pub mod settle;
pub mod simulator;
