//! The document that the page's client is made from is the one that the routes have.

#[test]
fn the_committed_document_is_what_the_routes_say() {
    let committed = include_str!("../../openapi.json");
    assert!(
        viewer::openapi() == committed,
        "services/viewer/openapi.json is old: `cargo run -p viewer --example openapi` makes it anew"
    );
}
