//! The rules of the house that a compiler does not know: who may depend on whom, who may write which table, where the
//! environment is read, and which crates are used at all. Each rule is a pure function, and is shown to fail.

mod dependencies;
mod environment;
mod layers;
mod scripts;
mod source;
mod tables;
mod workspace;
