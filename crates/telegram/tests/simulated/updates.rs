//! Following what happens.

use model::{BoxId, Capture, ChatId, DeletionSource, Origin};
use telegram::{FolderList, Telegram as _, TelegramError, TooLong};
use telegram_sim::faults::PushFault;
use telegram_sim::world::Edit;
use telegram_sim::{Action, Rule};

use crate::bed::{Bed, FRIEND, GROUP, ME, SUPERGROUP, captures, messages, next, next_that, soon, texts};

const SUPER: BoxId = BoxId::Channel(401);

fn deletions(batch: &telegram::UpdateBatch, box_id: BoxId) -> Vec<&model::Deletions> {
    captures(batch, box_id)
        .filter_map(|c| match c {
            Capture::Deletions(d) => Some(d),
            _ => None,
        })
        .collect()
}

fn edit(text: &str) -> Edit {
    Edit {
        text: Some(text.into()),
        ..Edit::default()
    }
}

#[tokio::test]
async fn what_happens_live_is_captured_by_box() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();

    bed.post(FRIEND, "synced");
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"synced")).await;
    let id = bed.post(FRIEND, "hello");
    let batch = next_that(&mut updates, |b| !messages(b, BoxId::Common).is_empty()).await;
    let m = messages(&batch, BoxId::Common)[0];
    assert_eq!(
        (m.id, m.origin, &m.content.text[..], m.head.chat),
        (id, Origin::Live, "hello", Some(FRIEND))
    );
    let mut last = m.seen;

    let post = bed.post(SUPERGROUP, "in a supergroup");
    let batch = next_that(&mut updates, |b| !messages(b, SUPER).is_empty()).await;
    assert!(messages(&batch, SUPER)[0].seen > last, "stamps ascend");
    last = messages(&batch, SUPER)[0].seen;

    bed.sim
        .world()
        .edit(ME, SUPERGROUP, post as i32, &edit("changed"));
    let batch = next_that(&mut updates, |b| texts(b, SUPER) == ["changed"]).await;
    assert!(messages(&batch, SUPER)[0].edit_date > 0 && messages(&batch, SUPER)[0].seen > last);

    bed.sim
        .world()
        .react(ME, SUPERGROUP, post as i32, vec![("👍".into(), 3)]);
    let reacted = |c: &Capture| matches!(c, Capture::Reactions { id, reactions, .. } if *id == post && reactions.counts[0].count == 3);
    next_that(&mut updates, |b| captures(b, SUPER).any(reacted)).await;

    bed.sim.world().pin(ME, SUPERGROUP, post as i32, true);
    let pinned = |c: &Capture| matches!(c, Capture::Pinned { ids, pinned: true, .. } if ids[..] == [post]);
    next_that(&mut updates, |b| captures(b, SUPER).any(pinned)).await;

    bed.sim.world().delete(ME, SUPERGROUP, &[post as i32]);
    let batch = next_that(&mut updates, |b| !deletions(b, SUPER).is_empty()).await;
    let gone = deletions(&batch, SUPER)[0];
    assert_eq!(
        (&gone.ids[..], gone.chat, gone.source, gone.since),
        (&[post][..], Some(SUPERGROUP), DeletionSource::Live, None)
    );

    bed.sim.world().delete(ME, FRIEND, &[id as i32]);
    let batch = next_that(&mut updates, |b| !deletions(b, BoxId::Common).is_empty()).await;
    let gone = deletions(&batch, BoxId::Common)[0];
    assert_eq!(
        (&gone.ids[..], gone.chat),
        (&[id][..], None),
        "the common box names no chat"
    );
    assert_eq!(gone.observed_at, batch.received_at);
}

#[tokio::test]
async fn a_batch_that_was_not_persisted_comes_again() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "one");
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common) == ["one"]).await;
    client.persist_state(&batch.state).await.unwrap();
    bed.post(FRIEND, "two");
    bed.post(SUPERGROUP, "three");
    next_that(&mut updates, |b| texts(b, BoxId::Common) == ["two"]).await;
    client.disconnect().await;
    assert!(matches!(updates.next().await, Err(TelegramError::Closed)));

    let client = bed.client().await;
    let mut updates = client.updates().await.unwrap();
    let batch = next_that(&mut updates, |b| !messages(b, BoxId::Common).is_empty()).await;
    assert_eq!(
        texts(&batch, BoxId::Common),
        ["two"],
        "not one again, and not nothing"
    );
    assert_eq!(messages(&batch, BoxId::Common)[0].origin, Origin::Difference);
}

#[tokio::test]
async fn a_difference_tells_deletions_and_edits_of_the_time_away() {
    let bed = Bed::new().await;
    let kept = bed.post(FRIEND, "kept");
    let doomed = bed.post(FRIEND, "doomed");
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    client.disconnect().await;
    assert!(matches!(updates.next().await, Err(TelegramError::Closed)));
    let away = bed.post(FRIEND, "while away");
    bed.sim
        .world()
        .edit(ME, FRIEND, away as i32, &edit("while away, edited"));
    bed.sim
        .world()
        .edit(ME, FRIEND, kept as i32, &edit("kept, edited"));
    bed.sim.world().delete(ME, FRIEND, &[doomed as i32]);

    let client = bed.client().await;
    let mut updates = client.updates().await.unwrap();
    let batch = next_that(&mut updates, |b| !deletions(b, BoxId::Common).is_empty()).await;
    let gone = deletions(&batch, BoxId::Common)[0];
    assert_eq!(
        (&gone.ids[..], gone.source),
        (&[doomed][..], DeletionSource::Difference)
    );
    assert!(gone.since.is_some_and(|since| since <= gone.observed_at));
    let mut texts = texts(&batch, BoxId::Common);
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(
        texts,
        ["kept, edited", "while away, edited"],
        "Telegram tells the newest text alone"
    );
}

#[tokio::test]
async fn a_gap_is_filled() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    bed.post(SUPERGROUP, "before");
    next_that(&mut updates, |b| texts(b, SUPER) == ["before"]).await;
    for (chat, box_id) in [(FRIEND, BoxId::Common), (SUPERGROUP, SUPER)] {
        bed.sim.faults().pushes(PushFault::Swallow, 1);
        bed.post(chat, "swallowed");
        bed.post(chat, "after");
        let mut seen = Vec::new();
        while !(seen.contains(&"swallowed".to_owned()) && seen.contains(&"after".to_owned())) {
            let batch = next(&mut updates).await;
            seen.extend(texts(&batch, box_id).into_iter().map(str::to_owned));
        }
    }
}

#[tokio::test]
async fn reordered_and_repeated_updates_arrive_whole() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    bed.sim.faults().pushes(PushFault::Duplicate, 2);
    bed.sim.faults().pushes(PushFault::Reorder, 1);
    let ids: Vec<i64> = (0..5).map(|i| bed.post(FRIEND, &format!("{i}"))).collect();
    let mut seen = std::collections::BTreeSet::new();
    while ids.iter().any(|id| !seen.contains(id)) {
        let batch = next(&mut updates).await;
        seen.extend(messages(&batch, BoxId::Common).iter().map(|m| m.id));
    }
}

#[tokio::test]
async fn a_connection_that_drops_loses_nothing() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    bed.post(GROUP, "before");
    next_that(&mut updates, |b| texts(b, BoxId::Common) == ["before"]).await;
    bed.sim.faults().pushes(PushFault::Swallow, 1);
    bed.post(GROUP, "in between");
    bed.sim.drop_connections(None);
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"in between")).await;
    bed.post(GROUP, "afterwards");
    next_that(&mut updates, |b| texts(b, BoxId::Common) == ["afterwards"]).await;
}

#[tokio::test]
async fn a_difference_that_is_too_long_is_told() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    client.disconnect().await;
    {
        let mut world = bed.sim.world();
        world.limits.common_too_long = 3;
        world.limits.channel_too_long = 3;
    }
    for i in 0..9 {
        bed.post(FRIEND, &format!("{i}"));
        bed.post(SUPERGROUP, &format!("{i}"));
    }
    let client = bed.client().await;
    let mut updates = client.updates().await.unwrap();
    let mut told = Vec::new();
    let mut state = None;
    while !(told.contains(&TooLong::Common) && told.contains(&TooLong::Channel(SUPERGROUP))) {
        let batch = next(&mut updates).await;
        told.extend(batch.too_long);
        state = Some(batch.state);
    }
    client.persist_state(&state.unwrap()).await.unwrap();
    // And it goes on from there.
    bed.post(FRIEND, "next");
    next_that(&mut updates, |b| texts(b, BoxId::Common) == ["next"]).await;
    bed.post(SUPERGROUP, "next");
    next_that(&mut updates, |b| texts(b, SUPER) == ["next"]).await;
}

#[tokio::test]
async fn a_channel_whose_dialog_is_ahead_gets_a_difference() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let pts_of = |page: &telegram::DialogPage| {
        page.dialogs
            .iter()
            .find(|d| d.dialog.chat == SUPERGROUP)
            .and_then(|d| d.pts)
            .unwrap()
    };
    let pts = pts_of(&client.dialogs(&FolderList::default()).await.unwrap());
    client.channel_pts(SUPERGROUP, pts).await.unwrap();
    let mut updates = client.updates().await.unwrap();
    // Telegram does not tell of it: only the dialog shows.
    bed.sim.faults().pushes(PushFault::Swallow, 1);
    bed.post(SUPERGROUP, "unheard");
    let ahead = pts_of(&client.dialogs(&FolderList::default()).await.unwrap());
    assert!(ahead > pts);
    let (told, ()) = tokio::join!(
        next_that(&mut updates, |b| texts(b, SUPER) == ["unheard"]),
        async {
            client.channel_pts(SUPERGROUP, ahead).await.unwrap();
        }
    );
    assert_eq!(messages(&told, SUPER)[0].origin, Origin::Difference);
}

#[tokio::test]
async fn a_channel_without_an_access_hash_is_told_as_too_long() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let unknown = ChatId::channel(777);
    client.channel_pts(unknown, 1).await.unwrap();
    let mut updates = client.updates().await.unwrap();
    let batch = next_that(&mut updates, |b| b.too_long.contains(&TooLong::Channel(unknown))).await;
    assert!(batch.state.0.channels.iter().all(|(id, _)| *id != 777));
}

#[tokio::test]
async fn trouble_with_one_channel_does_not_hold_up_the_others() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let error = Action::Error {
        code: 500,
        message: "PERSISTENT_TIMESTAMP_OUTDATED".into(),
    };
    bed.sim
        .faults()
        .add(Rule::every("updates.getChannelDifference", 1, error));
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "goes on");
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"goes on")).await;
}

#[tokio::test]
async fn a_second_follower_ends_the_first() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut first = client.updates().await.unwrap();
    let mut second = client.updates().await.unwrap();
    let ended = soon("the end of the first", async {
        loop {
            if let Err(e) = first.next().await {
                return e;
            }
        }
    })
    .await;
    assert!(matches!(ended, TelegramError::Closed));
    bed.post(FRIEND, "x");
    next_that(&mut second, |b| texts(b, BoxId::Common) == ["x"]).await;
}

#[tokio::test]
async fn differences_come_in_slices() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    client.disconnect().await;
    bed.sim.world().limits.slice = 2;
    let mut expected: Vec<i64> = (0..9).map(|i| bed.post(FRIEND, &format!("{i}"))).collect();
    let posts: Vec<i64> = (0..230).map(|i| bed.post(SUPERGROUP, &format!("{i}"))).collect();
    let client = bed.client().await;
    let mut updates = client.updates().await.unwrap();
    let (mut common, mut channel, mut states) = (Vec::new(), Vec::new(), Vec::new());
    while common.len() < expected.len() || channel.len() < posts.len() {
        let batch = next(&mut updates).await;
        assert!(batch.too_long.is_empty());
        common.extend(messages(&batch, BoxId::Common).iter().map(|m| m.id));
        channel.extend(messages(&batch, SUPER).iter().map(|m| m.id));
        states.push(batch.state.0);
    }
    common.sort_unstable();
    channel.sort_unstable();
    expected.sort_unstable();
    assert_eq!((common, channel), (expected, posts));
    assert!(states.len() > 5, "{} batches", states.len());
    assert!(
        states.windows(2).all(|w| w[0].pts <= w[1].pts),
        "each state is behind its batch"
    );
}

#[tokio::test]
async fn access_that_is_lost_ends_a_channel_quietly() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    bed.sim.world().lose_access(ME, SUPERGROUP, true);
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "goes on");
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"goes on")).await;
    assert!(batch.too_long.is_empty());
}

#[tokio::test]
async fn a_state_that_telegram_refuses_is_begun_anew_and_told() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let invalid = Action::Error {
        code: 400,
        message: "PERSISTENT_TIMESTAMP_INVALID".into(),
    };
    bed.sim.faults().add(Rule::once("updates.getDifference", invalid));
    let mut updates = client.updates().await.unwrap();
    next_that(&mut updates, |b| b.too_long.contains(&TooLong::Common)).await;
    bed.post(FRIEND, "next");
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"next")).await;
}
