//! Laws of dead letters: kept, received, followed, sent again.

use bytes::Bytes;
use model::{BatchNumber, CaptureBatch, IdRange, PassKind};

use super::Fixture;
use super::builders::{ACCOUNT, CHANNEL, COMMON, PRIVATE, batch, seen, text};
use crate::{ApplyOptions, NewDeadLetter};

fn letter(subject: &str, body: &'static [u8]) -> NewDeadLetter {
    NewDeadLetter {
        account: Some(ACCOUNT),
        subject: subject.into(),
        body: Bytes::from_static(body),
        reason: "why".into(),
        attempts: 3,
    }
}

/// Laws of dead letters.
pub async fn dead_letters_stay_until_redriven(fixture: &impl Fixture) {
    let store = fixture.store();
    let letter = letter("tg.live.1.common", b"body");
    let id = store.store_dead_letter(&letter).await.expect("stored");
    assert_eq!(
        store.store_dead_letter(&letter).await.expect("stored"),
        id,
        "the same letter is one"
    );
    assert_eq!(
        store.dead_letters(false, 10).await.expect("listed")[0].letter,
        letter
    );
    assert!(store.mark_redriven(id).await.expect("marked"));
    assert!(!store.mark_redriven(id).await.expect("asked"));
    assert!(store.dead_letters(false, 10).await.expect("listed").is_empty());
    assert_eq!(store.dead_letters(true, 10).await.expect("listed").len(), 1);
}

/// The receipt ends the sending; the batch itself is applied when its letter is sent again, under number 0, and twice is
/// once.
pub async fn a_batch_given_up_has_a_receipt_and_a_letter_that_applies(fixture: &impl Fixture) {
    let store = fixture.store();
    let options = ApplyOptions::default();
    let bad = batch(PRIVATE, vec![text(PRIVATE, 1, 1, 0, "late")]);
    let number = bad.number;
    let unapplied = async || {
        store
            .unapplied(ACCOUNT, number.epoch, &[number.n])
            .await
            .expect("asked")
    };
    assert_eq!(unapplied().await, [number.n]);
    let letter = letter("tg.live.1.common", b"batch");
    let id = store
        .give_up(&letter, Some((ACCOUNT, number)))
        .await
        .expect("given up");
    assert!(unapplied().await.is_empty());
    assert_eq!(store.dead_letters(false, 10).await.expect("listed")[0].id, id);
    // Given up again, by another process, or without a number: the same letter.
    for receipt in [Some((ACCOUNT, number)), None] {
        assert_eq!(store.give_up(&letter, receipt).await.expect("given up"), id);
    }
    // The bus delivers it once more.
    let again = store
        .apply(std::slice::from_ref(&bad), options)
        .await
        .expect("applied");
    assert_eq!((again.new_messages, again.receipts.len()), (0, 1));
    let redriven = CaptureBatch {
        number: BatchNumber { n: 0, ..number },
        ..bad
    };
    for new in [1, 0] {
        let applied = store
            .apply(std::slice::from_ref(&redriven), options)
            .await
            .expect("applied");
        assert_eq!(applied.new_messages, new);
    }
    assert!(store.message(ACCOUNT, COMMON, 1).await.expect("read").is_some());
}

/// Law 4 of the fetcher's port.
pub async fn a_lost_letter_is_followed_once(fixture: &impl Fixture) {
    let store = fixture.store();
    let lost = async || -> Vec<i64> {
        let letters = store.lost_letters(ACCOUNT, 10).await.expect("asked");
        letters.iter().map(|l| l.id).collect()
    };
    let store_one = async |letter: NewDeadLetter| store.store_dead_letter(&letter).await.expect("stored");
    let first = store_one(letter("tg.live.1.common", b"1")).await;
    let second = store_one(letter("tg.live.1.900", b"2")).await;
    store_one(letter("tg.history.1.900", b"3")).await;
    store_one(NewDeadLetter {
        account: Some(model::AccountId(2)),
        ..letter("tg.live.2.common", b"4")
    })
    .await;
    assert_eq!(lost().await, [first, second], "of the live lane, oldest first");
    let range = IdRange {
        after: 0,
        through: 40,
    };
    let both = [(PRIVATE, range), (CHANNEL, range)];
    let follow = async |letters: &[i64]| {
        let opened = store.follow_letters(ACCOUNT, letters, &both, seen(9)).await;
        opened.expect("followed")
    };
    assert_eq!(follow(&[first]).await, 2);
    assert_eq!(follow(&[first]).await, 0, "followed before a crash, and after it");
    assert_eq!(lost().await, [second]);
    assert_eq!(follow(&[first, second]).await, 2);
    assert!(lost().await.is_empty());
    let passes = store.passes(ACCOUNT, PRIVATE).await.expect("passes");
    let told: Vec<_> = passes
        .iter()
        .map(|p| (p.id.0, p.kind, p.range, p.began))
        .collect();
    let expected = |id| (id, PassKind::DeadLetter, range, seen(9));
    assert_eq!(told, [expected(1), expected(2)]);
    // What was sent again is lost no more.
    let third = store_one(letter("tg.live.1.common", b"5")).await;
    store.mark_redriven(third).await.expect("marked");
    assert!(lost().await.is_empty());
}
