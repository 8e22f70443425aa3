//! Writes the OpenAPI document that the page's client is made from.

fn main() -> std::io::Result<()> {
    std::fs::write(
        concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"),
        viewer::openapi(),
    )
}
