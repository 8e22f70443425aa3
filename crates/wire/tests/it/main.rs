//! The contract: generated code is up to date, and old bytes stay readable.

mod codegen;
mod golden;
mod payload;

#[test]
fn the_generated_code_is_up_to_date() {
    let out = tempfile::tempdir().unwrap();
    codegen::generate(out.path());
    let fresh = std::fs::read_to_string(out.path().join("archive.v1.rs")).unwrap();
    let committed = include_str!("../../src/gen/archive.v1.rs");
    assert!(
        fresh == committed,
        "proto/ changed: run `cargo run -p wire --example generate`"
    );
}
