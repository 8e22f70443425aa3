use std::path::Path;

/// Compiles `proto/archive/v1` into `out/archive.v1.rs`; no protoc needed.
pub(crate) fn generate(out: &Path) {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let mut files: Vec<_> = std::fs::read_dir(proto.join("archive/v1"))
        .expect("the contract's folder")
        .map(|e| e.expect("an entry").path())
        .collect();
    files.sort();
    let set = protox::compile(&files, [&proto]).expect("the contract compiles");
    prost_build::Config::new()
        .out_dir(out)
        .bytes(["."])
        .compile_fds(set)
        .expect("code is written");
}
