//! The check of the whole on a small world, and each planted error found.

use std::path::PathBuf;

use tests::demo::{Options, Report, check};
use tests::installation::Mode;
use tests::sabotage::Sabotage;

/// The production binary beside the tests; `make test` builds it first.
pub(crate) fn archive() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = own.ancestors().nth(2).unwrap().join("telegram-archive");
    assert!(
        path.exists(),
        "{} is missing: run `make test`, which builds it",
        path.display()
    );
    path
}

async fn run(seed: u64, sabotage: Option<Sabotage>) -> Report {
    let options = Options {
        archive: archive(),
        mode: Mode::Node,
        messages: 1200,
        seed,
        sabotage,
    };
    check(&options, |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_flooded_the_archive_equals_the_truth() {
    let report = run(11, None).await;
    assert!(
        report.comparison.differences.is_empty(),
        "{:#?}",
        report.comparison.differences
    );
    assert!(report.comparison.messages > 1200 && report.comparison.media > 70);
}

async fn found(sabotage: Sabotage, words: &str) {
    let report = run(12, Some(sabotage)).await;
    let differences = &report.comparison.differences;
    assert!(
        differences.iter().any(|d| d.contains(words)),
        "{sabotage:?} was not named: {differences:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_row_is_found() {
    found(Sabotage::Row, "is missing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_text_is_found() {
    found(Sabotage::Text, "text is").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_is_found() {
    found(Sabotage::Byte, "the bytes on disk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_held_operation_is_found() {
    found(Sabotage::Held, "deletion is").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_survives_the_end_of_each_of_its_eight_processes() {
    let options = Options {
        archive: archive(),
        mode: Mode::Cluster,
        messages: 1200,
        seed: 13,
        sabotage: None,
    };
    let report = check(&options, |_| {}).await.unwrap();
    assert!(
        report.comparison.differences.is_empty(),
        "{:#?}",
        report.comparison.differences
    );
    assert!(report.comparison.messages > 1200 && report.comparison.media > 70);
}
