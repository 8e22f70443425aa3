//! Dialogs, history, lookups.

use model::{Capture, ChatId, ChatKind, MediaOwner};
use telegram::{FolderList, HistoryRequest, Purpose, Telegram as _, TelegramError};
use telegram_sim::world::{Draft, Edit};

use crate::bed::{Bed, CHANNEL, FRIEND, GROUP, ME, SUPERGROUP};

async fn all_above(client: &telegram::TelegramClient, chat: ChatId, limit: u32) -> Vec<i64> {
    let (mut after, mut ids) = (0, Vec::new());
    loop {
        let page = client
            .history(&HistoryRequest {
                chat,
                after,
                limit,
                purpose: Purpose::Backfill,
            })
            .await
            .unwrap();
        assert!(page.messages.windows(2).all(|w| w[0].id < w[1].id), "ascending");
        assert!(page.messages.iter().all(|m| m.id > after), "all above the bound");
        assert!(page.messages.iter().all(|m| m.seen == page.seen));
        let Some(last) = page.messages.last() else {
            return ids;
        };
        after = last.id;
        ids.extend(page.messages.iter().map(|m| m.id));
    }
}

#[tokio::test]
async fn history_is_complete_across_holes() {
    let bed = Bed::new().await;
    for chat in [FRIEND, GROUP, SUPERGROUP] {
        for i in 0..90 {
            bed.post(chat, &format!("{i}"));
        }
    }
    // A hole wider than a page, single ones, and the ids of other chats in between.
    let (friend, supergroup): (Vec<i32>, Vec<i32>) = {
        let world = bed.sim.world();
        let ids = |chat: ChatId| world.message_box(ME, chat).unwrap().newer(chat.0, 0).collect();
        (ids(FRIEND), ids(SUPERGROUP))
    };
    for (chat, ids) in [(FRIEND, &friend), (SUPERGROUP, &supergroup)] {
        let gone: Vec<i32> = ids[5..40].iter().chain([&ids[50], &ids[60]]).copied().collect();
        bed.sim.world().delete(ME, chat, &gone);
    }
    let client = bed.logged_in().await;
    for chat in [FRIEND, GROUP, SUPERGROUP, CHANNEL] {
        let expected: Vec<i64> = {
            let world = bed.sim.world();
            world
                .message_box(ME, chat)
                .unwrap()
                .newer(chat.0, 0)
                .map(i64::from)
                .collect()
        };
        for limit in [1, 7, 100] {
            assert_eq!(
                all_above(&client, chat, limit).await,
                expected,
                "{chat} by {limit}"
            );
        }
        assert_eq!(client.newest_id(chat).await.unwrap(), *expected.last().unwrap());
    }
}

#[tokio::test]
async fn both_folders_are_listed_and_dialogs_never_move_a_channels_state() {
    let bed = Bed::new().await;
    bed.sim
        .world()
        .accounts
        .get_mut(&ME)
        .unwrap()
        .dialogs
        .get_mut(&CHANNEL.0)
        .unwrap()
        .folder = 1;
    let client = bed.logged_in().await;
    let mut seen = Vec::new();
    for folder_id in [0, 1] {
        let mut at = Some(FolderList {
            folder_id,
            after: None,
        });
        while let Some(here) = at {
            let page = client.dialogs(&here).await.unwrap();
            seen.extend(page.dialogs.iter().map(|d| (d.dialog.chat, d.dialog.folder_id)));
            assert!(page.dialogs.iter().all(|d| d.last_activity > 0));
            at = page.next;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, vec![(SUPERGROUP, 0), (CHANNEL, 1), (GROUP, 0), (FRIEND, 0)]);

    let pts = |page: &telegram::DialogPage| {
        page.dialogs
            .iter()
            .find(|d| d.dialog.chat == SUPERGROUP)
            .unwrap()
            .pts
    };
    let before = pts(&client.dialogs(&FolderList::default()).await.unwrap()).unwrap();
    client.channel_pts(SUPERGROUP, before).await.unwrap();
    bed.post(SUPERGROUP, "later");
    let now = pts(&client.dialogs(&FolderList::default()).await.unwrap()).unwrap();
    assert!(now > before);
    client.channel_pts(SUPERGROUP, now).await.unwrap();
    let state = bed.session("fetcher").await.unwrap().state.unwrap();
    assert_eq!(state.channels, vec![(401, before)]);
}

#[tokio::test]
async fn messages_are_found_by_id_or_not_at_all() {
    let bed = Bed::new().await;
    let (a, b) = (bed.post(FRIEND, "a"), bed.post(GROUP, "b"));
    let gone = bed.post(FRIEND, "gone");
    bed.sim.world().delete(ME, FRIEND, &[gone as i32]);
    let client = bed.logged_in().await;
    let found = client.messages_by_id(FRIEND, &[gone, a, b, 9999]).await.unwrap();
    let texts: Vec<_> = found
        .iter()
        .map(|l| (l.id, l.message.as_ref().map(|m| &m.content.text[..])))
        .collect();
    assert_eq!(texts, vec![(gone, None), (a, Some("a")), (b, None), (9999, None)]);
    let post = bed.post(SUPERGROUP, "c");
    let found = client.messages_by_id(SUPERGROUP, &[post]).await.unwrap();
    assert_eq!(found[0].message.as_ref().unwrap().content.text, "c");
}

#[tokio::test]
async fn an_edited_message_carries_its_date_and_another_hash() {
    let bed = Bed::new().await;
    let id = bed.post(SUPERGROUP, "before");
    let client = bed.logged_in().await;
    let before = client
        .messages_by_id(SUPERGROUP, &[id])
        .await
        .unwrap()
        .remove(0)
        .message
        .unwrap();
    let edit = Edit {
        text: Some("after".into()),
        ..Edit::default()
    };
    assert!(bed.sim.world().edit(ME, SUPERGROUP, id as i32, &edit));
    let after = client
        .messages_by_id(SUPERGROUP, &[id])
        .await
        .unwrap()
        .remove(0)
        .message
        .unwrap();
    assert_eq!((before.edit_date, &after.content.text[..]), (0, "after"));
    assert!(after.edit_date > 0 && after.seen > before.seen && after.hash != before.hash);
}

#[tokio::test]
async fn chats_are_resolved_by_id_as_far_as_they_are_known() {
    let bed = Bed::new().await;
    let newest = bed.post(SUPERGROUP, "newest");
    let client = bed.logged_in().await;
    let chat = client.resolve(SUPERGROUP).await.unwrap().unwrap();
    assert_eq!((chat.kind, chat.top_message), (ChatKind::Supergroup, newest));
    assert!(chat.pts.is_some());
    assert!(
        chat.peers
            .iter()
            .any(|p| matches!(p, Capture::Chat(c) if c.id == SUPERGROUP))
    );
    assert!(client.resolve(ChatId::channel(99_999)).await.unwrap().is_none());
    bed.sim.world().lose_access(ME, SUPERGROUP, true);
    assert!(client.resolve(SUPERGROUP).await.unwrap().is_none());
    let page = client
        .history(&HistoryRequest {
            chat: SUPERGROUP,
            after: 0,
            limit: 10,
            purpose: Purpose::Backfill,
        })
        .await;
    assert!(matches!(page, Err(TelegramError::AccessLost(_))), "{page:?}");
    let unknown = client
        .history(&HistoryRequest {
            chat: ChatId::channel(99_999),
            after: 0,
            limit: 10,
            purpose: Purpose::Backfill,
        })
        .await;
    assert!(matches!(unknown, Err(TelegramError::UnknownPeer)));
}

#[tokio::test]
async fn registers_are_captured() {
    let bed = Bed::new().await;
    {
        let mut world = bed.sim.world();
        let forum = world.channels.get_mut(&401).unwrap();
        forum.forum = true;
        forum.topics = vec![(1, "General".into()), (7, "News".into())];
    }
    let client = bed.logged_in().await;
    let records = |captures: &[Capture]| -> Vec<String> {
        captures
            .iter()
            .filter_map(|c| match c {
                Capture::Record(r) => Some(format!("{} {}", r.kind.as_str(), r.key)),
                _ => None,
            })
            .collect()
    };
    let topics = client.topics(SUPERGROUP).await.unwrap();
    assert!(
        records(&topics).contains(&format!("topic {SUPERGROUP}/7")),
        "{:?}",
        records(&topics)
    );
    let others = client.folders_and_contacts().await.unwrap();
    assert!(
        records(&others).contains(&"contact 2001".to_owned()),
        "{:?}",
        records(&others)
    );
}

#[tokio::test]
async fn peers_survive_a_restart() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    client.disconnect().await;
    let client = bed.client().await;
    let before = bed.calls("messages.getDialogs");
    client
        .history(&HistoryRequest {
            chat: SUPERGROUP,
            after: 0,
            limit: 10,
            purpose: Purpose::Backfill,
        })
        .await
        .unwrap();
    assert_eq!(
        bed.calls("messages.getDialogs"),
        before,
        "the access hashes were kept"
    );
    let avatar = client
        .refresh_file(MediaOwner::Avatar(FRIEND), None, &model::FileRef::default())
        .await
        .unwrap();
    assert!(avatar.is_none());
    bed.sim.world().post(ME, FRIEND, &Draft::text("x"));
}

#[tokio::test]
async fn one_peer_that_is_refused_does_not_hide_the_others() {
    let bed = Bed::new().await;
    bed.post(SUPERGROUP, "hello");
    let client = bed.logged_in().await;
    let list = FolderList::default();
    client.dialogs(&list).await.unwrap();
    {
        let mut world = bed.sim.world();
        world.lose_access(ME, CHANNEL, true);
        world.set_photo(FRIEND, 77);
    }
    let asked = [FRIEND, GROUP, CHANNEL, SUPERGROUP, ChatId::user(99_999)];
    let peers = client.peers(&asked).await.unwrap();
    let mut told: Vec<ChatId> = peers
        .iter()
        .filter_map(|p| match p {
            Capture::User(u) => Some(ChatId::user(u.id)),
            Capture::Chat(c) => Some(c.id),
            _ => None,
        })
        .collect();
    told.sort_unstable();
    assert_eq!(told, [SUPERGROUP, GROUP, FRIEND]);
    let photo = peers.iter().find_map(|p| match p {
        Capture::User(u) => u.photo.as_ref().map(|p| p.file_id),
        _ => None,
    });
    assert_eq!(photo, Some(77), "as it is now");
}
