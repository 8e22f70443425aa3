//! Laws of files.

use std::time::Duration;

use model::{
    Attachment, Capture, DeletionMode, FileLocation, FileRef, Lane, MediaOutcome, MediaState, MessageKind,
    SkipReason, StoredFile,
};

use super::apply::apply_and_admit;
use super::builders::{ACCOUNT, COMMON, PRIVATE, batch, deletion, message};
use super::{Fixture, field};
use crate::{ApplyOptions, Issue};

const ISSUE: Issue = Issue {
    limit: 10,
    reissue_after: 60,
};

fn photo(id: i64, stamp: u64) -> Capture {
    let mut m = message(PRIVATE, id, stamp, 0, "");
    m.kind = MessageKind::Photo;
    m.content.attachment = Some(Attachment::File(Box::new(FileRef {
        location: FileLocation {
            file_id: 40 + id,
            dc_id: 4,
            file_reference: vec![stamp as u8],
            ..FileLocation::default()
        },
        size: Some(1000),
        mime_type: "image/jpeg".to_owned(),
        ..FileRef::default()
    })));
    m.hash = m.content.hash();
    Capture::Message(Box::new(m))
}

fn stored() -> MediaOutcome {
    MediaOutcome::Stored(StoredFile {
        sha256: [7; 32],
        size: 1000,
        path: Some("700/a.jpg".to_owned()),
    })
}

/// Law 7 of the writer.
pub async fn a_file_is_issued_again_until_it_is_stored(fixture: &impl Fixture) {
    let store = fixture.store();
    let live = batch(PRIVATE, vec![photo(1, 1)]);
    assert!(
        store
            .apply(&[live], ApplyOptions::default())
            .await
            .expect("applied")
            .media_wanted
    );
    assert!(
        store.issue_media(ISSUE, false).await.expect("issued").is_empty(),
        "live files wait for a run"
    );
    let mut paged = batch(PRIVATE, vec![photo(1, 2)]);
    paged.lane = Lane::History;
    store
        .apply(&[paged], ApplyOptions::default())
        .await
        .expect("applied");
    let issued = store.issue_media(ISSUE, false).await.expect("issued");
    assert_eq!((issued.len(), issued[0].dc, issued[0].size), (1, 4, Some(1000)));
    assert!(
        store.issue_media(ISSUE, false).await.expect("issued").is_empty(),
        "issued is left alone"
    );
    fixture.clock().advance(Duration::from_secs(61));
    assert_eq!(
        store.issue_media(ISSUE, false).await.expect("issued").len(),
        1,
        "a lost job comes again"
    );
    let id = issued[0].id;
    assert!(store.issue_media(ISSUE, false).await.expect("issued").is_empty());
    store.release_issued().await.expect("released");
    assert_eq!(
        store.issue_media(ISSUE, false).await.expect("issued").len(),
        1,
        "the bus is gone, so is the mark"
    );
    let job = &store.media_jobs(ACCOUNT, &[id]).await.expect("jobs")[0];
    assert_eq!(job.file.location.file_reference, [2], "the newest reference");
    store
        .apply_media(ACCOUNT, &[(id, stored())])
        .await
        .expect("noted");
    fixture.clock().advance(Duration::from_secs(61));
    assert!(store.issue_media(ISSUE, true).await.expect("issued").is_empty());
    assert_eq!(
        store.media_of(ACCOUNT, COMMON, &[1]).await.expect("media")[0].state,
        MediaState::Stored
    );
    assert!(
        store
            .stored_file(&job.file.location)
            .await
            .expect("asked")
            .is_some()
    );
}

/// Skips have reasons, and a reason that no longer holds is no reason.
pub async fn a_stored_file_is_never_replaced_by_a_failure(fixture: &impl Fixture) {
    let store = fixture.store();
    store
        .apply(
            &[batch(PRIVATE, vec![photo(1, 1), photo(2, 1)])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    let issued = store.issue_media(ISSUE, true).await.expect("issued");
    let (a, b) = (issued[0].id, issued[1].id);
    store.apply_media(ACCOUNT, &[(a, stored())]).await.expect("noted");
    let failed = MediaOutcome::Failed {
        reason: "x".to_owned(),
        not_before: 0,
    };
    store
        .apply_media(
            ACCOUNT,
            &[(a, failed), (a, MediaOutcome::Skipped(SkipReason::AccessLost))],
        )
        .await
        .expect("noted");
    assert_eq!(
        store.media_jobs(ACCOUNT, &[a]).await.expect("jobs")[0].state,
        MediaState::Stored
    );
    store
        .apply_media(ACCOUNT, &[(b, MediaOutcome::Skipped(SkipReason::TooLarge))])
        .await
        .expect("noted");
    let statistics = store.statistics(ACCOUNT).await.expect("statistics");
    assert_eq!(statistics.media_skipped, [("too_large".to_owned(), 1)]);
    assert_eq!(
        store
            .reconsider_skipped(true, Some(500), true)
            .await
            .expect("reconsidered"),
        0
    );
    assert_eq!(
        store
            .reconsider_skipped(true, None, false)
            .await
            .expect("reconsidered"),
        1
    );
    assert_eq!(store.issue_media(ISSUE, true).await.expect("issued").len(), 1);
    let until = fixture.clock().offset().as_secs() as i64 + 5_000_000_000;
    store
        .apply_media(ACCOUNT, &[(b, MediaOutcome::NotBefore(until))])
        .await
        .expect("noted");
    assert!(
        store.issue_media(ISSUE, true).await.expect("issued").is_empty(),
        "not before its time"
    );
}

/// A file whose size nobody knew was skipped while it was fetched: whoever knows that the limit has risen says so.
pub async fn a_file_of_unknown_size_is_reconsidered_when_the_limit_rises(fixture: &impl Fixture) {
    let store = fixture.store();
    let mut capture = photo(1, 1);
    if let Capture::Message(m) = &mut capture
        && let Some(Attachment::File(file)) = &mut m.content.attachment
    {
        file.size = None;
    }
    let batches = [batch(PRIVATE, vec![capture])];
    store
        .apply(&batches, ApplyOptions::default())
        .await
        .expect("applied");
    let issued = store.issue_media(ISSUE, true).await.expect("issued")[0].id;
    let skipped = [(issued, MediaOutcome::Skipped(SkipReason::TooLarge))];
    store.apply_media(ACCOUNT, &skipped).await.expect("noted");
    for (download, sizeless, wanted) in [(true, false, 0), (false, true, 0), (true, true, 1)] {
        let again = store.reconsider_skipped(download, Some(2000), sizeless).await;
        assert_eq!(again.expect("reconsidered"), wanted, "{download} {sizeless}");
    }
    assert_eq!(store.issue_media(ISSUE, true).await.expect("issued").len(), 1);
}

/// A damaged file stays stored and says what is wrong with it, until it is whole again; each state and reason is counted.
pub async fn a_damaged_file_stays_stored_and_says_why(fixture: &impl Fixture) {
    let store = fixture.store();
    let batches = [batch(PRIVATE, vec![photo(1, 1), photo(2, 1), photo(3, 1)])];
    store
        .apply(&batches, ApplyOptions::default())
        .await
        .expect("applied");
    let issued = store.issue_media(ISSUE, true).await.expect("issued");
    let (a, b, c) = (issued[0].id, issued[1].id, issued[2].id);
    let damaged = |reason: &str| MediaOutcome::Damaged(reason.to_owned());
    let told = [
        (a, stored()),
        (a, damaged("missing: access_lost")),
        (b, damaged("of a file that is not stored")),
        (c, MediaOutcome::Skipped(SkipReason::TooLarge)),
    ];
    store.apply_media(ACCOUNT, &told).await.expect("noted");
    let counts = async |chat| {
        let counts = store.media_counts(ACCOUNT, chat).await.expect("counted");
        let mut counts: Vec<_> = counts
            .into_iter()
            .map(|c| (c.state.as_str(), c.reason, c.files))
            .collect();
        counts.sort();
        counts
    };
    let reason = |text: &str| Some(text.to_owned());
    let expected = [
        ("skipped", reason("too_large"), 1),
        ("stored", reason("missing: access_lost"), 1),
        ("wanted", None, 1),
    ];
    assert_eq!(counts(Some(PRIVATE)).await, expected);
    assert_eq!(counts(None).await, expected);
    assert_eq!(counts(Some(model::ChatId(1))).await, []);
    let job = &store
        .stored_media(ACCOUNT, model::MediaId(0), 10)
        .await
        .expect("jobs")[0];
    assert_eq!(
        job.stored.as_ref().map(|s| s.sha256),
        Some([7; 32]),
        "the row is not lost"
    );
    assert_eq!(job.reason, reason("missing: access_lost"));
    assert_eq!(store.stored_media_count(ACCOUNT).await.expect("counted"), 1);
    store.apply_media(ACCOUNT, &[(a, stored())]).await.expect("noted");
    assert_eq!(counts(None).await[1], ("stored", None, 1));
}

fn sized(id: i64, date: i64, size: Option<i64>) -> Capture {
    let Capture::Message(mut m) = photo(id, 1) else {
        unreachable!("a message")
    };
    m.head.date = date;
    if let Some(Attachment::File(file)) = &mut m.content.attachment {
        file.size = size;
    }
    m.hash = m.content.hash();
    Capture::Message(m)
}

/// Law 7 of the writer: a mark without a message of the bus behind it is taken back.
pub async fn what_the_bus_did_not_take_is_due_again_at_once(fixture: &impl Fixture) {
    let store = fixture.store();
    let files = batch(PRIVATE, (1..=4).map(|id| photo(id, 1)).collect());
    store
        .apply(&[files], ApplyOptions::default())
        .await
        .expect("applied");
    let issued = store.issue_media(ISSUE, true).await.expect("issued");
    let ids: Vec<_> = issued.iter().map(|d| d.id).collect();
    assert_eq!(ids.len(), 4);
    // One of them was taken and is stored by now.
    store
        .apply_media(ACCOUNT, &[(ids[2], stored())])
        .await
        .expect("noted");
    store.release_media(&ids[1..]).await.expect("released");
    let again: Vec<_> = store
        .issue_media(ISSUE, true)
        .await
        .expect("issued")
        .iter()
        .map(|d| d.id)
        .collect();
    assert_eq!(again, [ids[1], ids[3]]);
    store.release_media(&[]).await.expect("released nothing");
    assert!(store.issue_media(ISSUE, true).await.expect("issued").is_empty());
}

/// The order in which files are wanted.
pub async fn files_are_issued_newest_first_and_small_before_large(fixture: &impl Fixture) {
    let store = fixture.store();
    let wanted = [
        (1, 100, Some(5)),
        (2, 300, None),
        (3, 300, Some(9_000_000_000)),
        (4, 300, Some(7)),
        (5, 200, Some(5)),
    ];
    let files = wanted.map(|(id, date, size)| sized(id, date, size)).to_vec();
    store
        .apply(&[batch(PRIVATE, files)], ApplyOptions::default())
        .await
        .expect("applied");
    let mut order = Vec::new();
    // Two by two: the order is that of the rows chosen, too.
    loop {
        let issue = Issue { limit: 2, ..ISSUE };
        let due = store.issue_media(issue, true).await.expect("issued");
        if due.is_empty() {
            break;
        }
        for file in due {
            let job = store.media_jobs(ACCOUNT, &[file.id]).await.expect("jobs");
            order.push(job[0].file.location.file_id - 40);
        }
    }
    assert_eq!(order, [4, 3, 2, 5, 1]);
}

/// Law 5 of the writer: what a sender wrote beside a file goes with the message.
pub async fn of_a_file_behind_a_hard_deletion_only_its_name_stays(fixture: &impl Fixture) {
    let store = fixture.store();
    let hard = ApplyOptions {
        deletion_mode: DeletionMode::Hard,
    };
    let named = |id: i64, stamp: u64| {
        let Capture::Message(mut m) = photo(id, stamp) else {
            unreachable!("a message")
        };
        if let Some(Attachment::File(file)) = &mut m.content.attachment {
            file.file_name = Some("secret.pdf".to_owned());
        }
        m.hash = m.content.hash();
        Capture::Message(m)
    };
    let secret = MediaOutcome::Stored(StoredFile {
        sha256: [7; 32],
        size: 1000,
        path: Some("700/secret.pdf".to_owned()),
    });
    store
        .apply(&[batch(PRIVATE, vec![named(1, 1), named(2, 1)])], hard)
        .await
        .expect("applied");
    let issued = store.issue_media(ISSUE, true).await.expect("issued");
    let jobs = store
        .media_jobs(ACCOUNT, &[issued[0].id, issued[1].id])
        .await
        .expect("jobs");
    let here = jobs
        .iter()
        .find(|j| j.file.location.file_id == 41)
        .expect("of the first")
        .id;
    store
        .apply_media(ACCOUNT, &[(here, secret.clone())])
        .await
        .expect("noted");
    apply_and_admit(
        &store,
        &[batch(PRIVATE, vec![deletion(None, vec![1, 2, 3], 5, 5_000_000)])],
        hard,
    )
    .await;
    // Seen again, told again; the third came after its deletion.
    store
        .apply(
            &[batch(PRIVATE, vec![named(1, 7), named(2, 7), named(3, 7)])],
            hard,
        )
        .await
        .expect("applied");
    let late: Vec<_> = jobs.iter().map(|j| (j.id, secret.clone())).collect();
    store.apply_media(ACCOUNT, &late).await.expect("noted");
    let rows = fixture.dump().await;
    let told: Vec<_> = rows.iter().filter(|r| r.contains("secret")).collect();
    assert!(told.is_empty(), "{told:#?}");
    let files: Vec<_> = rows
        .iter()
        .filter(|r| r.starts_with("media "))
        .map(|r| (field(r, "id"), field(r, "file"), field(r, "state")))
        .collect();
    let bare = r#"{"location":{"kind":"document","file_id":41}}"#;
    assert_eq!(files, [("1", bare, "stored")]);
    let job = store.media_jobs(ACCOUNT, &[here]).await.expect("jobs");
    assert_eq!(
        (
            job[0].file.location.file_id,
            job[0].stored.as_ref().map(|s| s.size)
        ),
        (41, Some(1000))
    );
}
