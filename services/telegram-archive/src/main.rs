//! The one binary: parse, assemble, run.

mod cli;
mod settings;

fn main() {}
