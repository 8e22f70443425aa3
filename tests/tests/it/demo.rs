//! The check of the whole on a small world, and each planted error found.

use std::path::PathBuf;

use tests::demo::{Archived, Options, archive as archived};
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

/// An archive that equals the truth.
async fn equal(mode: Mode, seed: u64) -> Archived {
    let options = Options {
        archive: archive(),
        mode,
        messages: 1200,
        seed,
        sabotage: None,
    };
    let archived = archived(&options, |_| {}).await.unwrap();
    let compared = archived.compare(None).await.unwrap();
    assert!(compared.differences.is_empty(), "{:#?}", compared.differences);
    assert!(compared.messages > 1200 && compared.media > 70, "{compared:?}");
    archived
}

/// Each makes one difference, told in these words.
const CHANGES: [(&str, &str); 15] = [
    (
        "UPDATE messages SET sender = NULL WHERE docid = (SELECT min(docid) FROM messages WHERE chat = 2001)",
        "sender is None",
    ),
    (
        "UPDATE messages SET reply = NULL WHERE docid = (SELECT min(docid) FROM messages WHERE reply LIKE '%message_id%')",
        "reply is None",
    ),
    (
        "UPDATE messages SET topic_id = 1 WHERE docid = (SELECT min(docid) FROM messages WHERE topic_id IS NOT NULL)",
        "topic is Some(1)",
    ),
    (
        "UPDATE messages SET grouped_id = 1 WHERE docid = (SELECT min(docid) FROM messages WHERE grouped_id IS NOT NULL)",
        "album is Some(1)",
    ),
    (
        "UPDATE messages SET forward = NULL WHERE docid = (SELECT min(docid) FROM messages WHERE forward IS NOT NULL)",
        "forward is None",
    ),
    (
        "UPDATE messages SET via_bot = NULL WHERE docid = (SELECT min(docid) FROM messages WHERE via_bot IS NOT NULL)",
        "via_bot is None",
    ),
    (
        "UPDATE messages SET post_author = 'X' WHERE docid = (SELECT min(docid) FROM messages WHERE box = 5001)",
        "signature is Some(\"X\")",
    ),
    (
        "UPDATE messages SET kind = 'text' WHERE docid = (SELECT min(docid) FROM messages WHERE kind = 'photo')",
        "kind is",
    ),
    (
        "UPDATE messages SET entities = NULL WHERE docid = (SELECT min(docid) FROM messages WHERE entities IS NOT NULL)",
        "entities is",
    ),
    (
        "UPDATE messages SET entities = replace(entities, 'bold', 'italic')
         WHERE docid = (SELECT min(docid) FROM messages WHERE entities LIKE '%bold%')",
        "entities is",
    ),
    (
        "UPDATE messages SET reactions = NULL WHERE docid = (SELECT min(docid) FROM messages WHERE reactions LIKE '%count%')",
        "reactions is []",
    ),
    (
        "UPDATE messages SET raw = x'' WHERE docid = (SELECT min(docid) FROM messages WHERE chat = 2001)",
        "raw is 0",
    ),
    (
        // Of a message that was deleted.
        "UPDATE messages SET text = 'X' WHERE docid = (SELECT max(m.docid) FROM messages m JOIN tombstones t
           ON (t.account, t.box, t.id) = (m.account, m.box, m.id))",
        "text is",
    ),
    (
        "DELETE FROM verdicts WHERE operation = (SELECT max(operation) FROM operations WHERE state = 'admitted' AND kind = 'delete')",
        "its verdict None",
    ),
    (
        "UPDATE incidents SET deletions = deletions + 1 WHERE incident = (SELECT max(incident) FROM incidents)",
        "stand in it",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_flooded_the_archive_equals_the_truth_and_each_planted_error_is_found() {
    let archived = equal(Mode::Node, 11).await;
    for (sabotage, words) in Sabotage::ALL {
        let differences = archived.compare(Some(sabotage)).await.unwrap().differences;
        assert!(
            differences.len() == 1 && differences[0].contains(words),
            "{sabotage:?} was not named: {differences:#?}"
        );
    }
    for (sql, words) in CHANGES {
        let differences = archived.compare_after(sql).await.unwrap().differences;
        assert!(
            differences.len() == 1 && differences[0].contains(words),
            "{sql}\nwas not named: {differences:#?}"
        );
    }
    // What was once seen in the database is missed, too; held is no last word.
    for (sabotage, _) in Sabotage::ALL {
        if let Some(sql) = sabotage.sql() {
            let lost = archived.lost_after(sql).await.unwrap();
            assert_eq!(
                lost.is_empty(),
                sabotage == Sabotage::Held,
                "{sabotage:?}: {lost:#?}"
            );
        }
    }
    let restored = archived.compare(None).await.unwrap();
    assert!(restored.differences.is_empty(), "{:#?}", restored.differences);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_survives_the_end_of_each_of_its_eight_processes() {
    equal(Mode::Cluster, 13).await;
}
