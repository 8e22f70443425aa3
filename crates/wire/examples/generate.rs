//! Writes the generated code from `proto/` into the folder given, by default `src/gen`.

#[path = "../tests/it/codegen.rs"]
mod codegen;

fn main() {
    let out = std::env::args()
        .nth(1)
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/src/gen").to_owned());
    codegen::generate(std::path::Path::new(&out));
}
