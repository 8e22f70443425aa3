//! Dead letters of the live lane. What a capture that was given up has told is found again by a pass over its chat, which
//! the database knows before the letter counts as followed: a crash in between opens the pass at the next start.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use model::{BoxId, Capture, CaptureBatch, ChatId, PassKind};
use store::{DeadLetter, StoreError};
use tokio::time::sleep;
use wire::Subject;

use crate::{Session, again};

/// Letters looked at together; their chats are walked once.
const TOGETHER: u32 = 16;
/// From a receipt to a look: they come by the hundred.
const PAUSE: Duration = Duration::from_millis(500);
/// How often they are looked for without a receipt.
const EVERY: Duration = Duration::from_secs(30);

/// Follows letters until the connection is closed: those of before, and those that come with a receipt.
pub(crate) async fn follow(session: &Arc<Session>) {
    loop {
        // Of those that come while it looks, too.
        let receipts = session.outbound.changed();
        if let Err(error) = look(session).await {
            tracing::warn!("dead letters are followed later: {error}");
        }
        tokio::select! {
            () = receipts => {}
            () = sleep(EVERY) => {}
            () = session.closed.cancelled() => return,
        }
        sleep(PAUSE).await;
    }
}

async fn look(session: &Session) -> Result<(), StoreError> {
    let (store, account) = (&session.deps.store, session.config.account);
    loop {
        let letters = store.lost_letters(account, TOGETHER).await?;
        if letters.is_empty() {
            return Ok(());
        }
        let mut chats = BTreeSet::new();
        for letter in &letters {
            match concerned(letter) {
                Some(told) => chats.extend(told),
                None => chats.extend(again::common_chats(session).await?),
            }
        }
        let ranges = again::known_ranges(session, chats).await?;
        let ids: Vec<i64> = letters.iter().map(|l| l.id).collect();
        let began = session.stamps.next();
        store.follow_letters(account, &ids, &ranges, began).await?;
        tracing::warn!(
            letters = ids.len(),
            chats = ranges.len(),
            "live captures were given up (telegram-archive dlq list): their chats are walked again"
        );
        let again = ranges.into_iter().map(|(chat, _)| (chat, PassKind::DeadLetter));
        session.rescans().extend(again);
        session.wake.notify_one();
    }
}

/// The chats that a letter concerns; `None`: it does not say, so any of the common box.
fn concerned(letter: &DeadLetter) -> Option<BTreeSet<ChatId>> {
    match letter.letter.subject.parse() {
        Ok(Subject::Live(_, BoxId::Channel(id))) => Some([ChatId::channel(id)].into()),
        _ => told(&wire::decode_batch(letter.letter.body.clone()).ok()?),
    }
}

/// The chats that a batch names, if all of it that belongs to a chat's history does.
fn told(batch: &CaptureBatch) -> Option<BTreeSet<ChatId>> {
    let mut chats = BTreeSet::new();
    for capture in &batch.captures {
        match capture {
            Capture::Message(m) => _ = chats.insert(m.head.chat?),
            Capture::Deletions(d) => _ = chats.insert(d.chat?),
            Capture::Reactions { .. }
            | Capture::Counters { .. }
            | Capture::Pinned { .. }
            | Capture::Raw(_) => {
                return None;
            }
            // The next run reads these again.
            Capture::User(_) | Capture::Chat(_) | Capture::Dialog(_) | Capture::Record(_) => {}
        }
    }
    Some(chats)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{AccountId, BatchNumber, DeletionSource, Deletions, Lane, RawUpdate, Seen};
    use store::NewDeadLetter;

    use super::*;

    const SEEN: Seen = Seen { epoch: 1, counter: 1 };

    fn deletion(chat: Option<ChatId>) -> Capture {
        Capture::Deletions(Deletions {
            seen: SEEN,
            ids: vec![1],
            chat,
            source: DeletionSource::Live,
            observed_at: 1,
            since: None,
            observe_only: false,
        })
    }

    fn letter(box_id: BoxId, body: Bytes) -> DeadLetter {
        let account = AccountId(1);
        DeadLetter {
            id: 1,
            letter: NewDeadLetter {
                account: Some(account),
                subject: Subject::Live(account, box_id).to_string(),
                body,
                reason: "why".to_owned(),
                attempts: 1,
            },
            stored_at: 0,
            redriven_at: None,
        }
    }

    fn of(captures: Vec<Capture>) -> Bytes {
        wire::encode_batch(&CaptureBatch {
            account: AccountId(1),
            box_id: BoxId::Common,
            number: BatchNumber { epoch: 1, n: 0 },
            lane: Lane::Live,
            captures,
            covered: None,
        })
    }

    #[test]
    fn a_letter_concerns_the_chats_it_names_and_else_any_of_its_box() {
        let (alice, group) = (ChatId(7), ChatId::group(8));
        let common = |captures| concerned(&letter(BoxId::Common, of(captures)));
        let named = common(vec![deletion(Some(alice)), deletion(Some(group))]);
        assert_eq!(named, Some([alice, group].into()));
        assert_eq!(common(vec![deletion(Some(alice)), deletion(None)]), None);
        let raw = Capture::Raw(RawUpdate {
            seen: SEEN,
            constructor: "0x1".to_owned(),
            raw: Bytes::new(),
            layer: 1,
        });
        assert_eq!(common(vec![raw]), None);
        let garbage = Bytes::from_static(b"\xff");
        assert_eq!(concerned(&letter(BoxId::Common, garbage.clone())), None);
        let channel = concerned(&letter(BoxId::Channel(9), garbage));
        assert_eq!(channel, Some([ChatId::channel(9)].into()));
    }
}
