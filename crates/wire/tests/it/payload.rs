use model::{MediaId, MediaOutcome, SkipReason, StoredFile};

#[test]
fn what_became_of_files_is_read_as_it_was_written() {
    let file = |path: Option<&str>| {
        MediaOutcome::Stored(StoredFile {
            sha256: [9; 32],
            size: 7,
            path: path.map(str::to_owned),
        })
    };
    let failed = MediaOutcome::Failed {
        reason: "refused".to_owned(),
        not_before: 12,
    };
    let outcomes: Vec<_> = [
        file(Some("5/a.jpg")),
        file(None),
        MediaOutcome::Skipped(SkipReason::AccessLost),
        failed,
        MediaOutcome::NotBefore(1_700_000_000),
        MediaOutcome::Damaged("missing: message_deleted".to_owned()),
    ]
    .into_iter()
    .zip(1..)
    .map(|(outcome, id)| (MediaId(id), outcome))
    .collect();
    let read = wire::decode_media_stored(wire::encode_media_stored(&outcomes)).expect("readable");
    assert_eq!(read, outcomes);
}
