use grammers_tl_types::{functions, types};
use model::ChatId;

use super::*;
use crate::scenario;
use crate::world::Draft;

fn get(chat: enums::InputPeer) -> functions::messages::GetHistory {
    functions::messages::GetHistory {
        peer: chat,
        offset_id: 0,
        offset_date: 0,
        add_offset: 0,
        limit: 100,
        max_id: 0,
        min_id: 0,
        hash: 0,
    }
}

/// All ids of a chat, asked from the newest down.
fn walk_down(world: &mut World, chat: ChatId) -> Vec<i32> {
    let (peer, mut all, mut offset_id) = (input(world, chat), Vec::new(), 0);
    loop {
        let request = functions::messages::GetHistory {
            offset_id,
            ..get(peer.clone())
        };
        let (messages, ..) = page(ask(world, &request).unwrap());
        let Some(last) = messages.last() else { return all };
        offset_id = last.id();
        all.extend(ids(&messages));
    }
}

/// All ids of a chat, asked from the oldest up as the archive does: an exclusive lower bound and a negative offset.
fn walk_up(world: &mut World, chat: ChatId) -> Vec<i32> {
    let (peer, mut all, mut after) = (input(world, chat), Vec::new(), 0);
    loop {
        let request = functions::messages::GetHistory {
            offset_id: after + 1,
            add_offset: -100,
            min_id: after,
            ..get(peer.clone())
        };
        let (messages, ..) = page(ask(world, &request).unwrap());
        let mut found = ids(&messages);
        found.reverse();
        let Some(last) = found.last() else { return all };
        after = *last;
        all.extend(found);
    }
}

#[test]
fn both_directions_tell_every_message_once() {
    let mut world = scenario::check(3, 2500);
    let chats: Vec<ChatId> = world
        .account(ACCOUNT)
        .unwrap()
        .dialogs
        .keys()
        .map(|id| ChatId(*id))
        .collect();
    let mut total = 0;
    for chat in chats {
        let truth: Vec<i32> = world
            .message_box(ACCOUNT, chat)
            .unwrap()
            .newer(chat.0, 1)
            .collect();
        let mut down = walk_down(&mut world, chat);
        down.reverse();
        assert_eq!(down, truth, "{chat} from the newest");
        assert_eq!(walk_up(&mut world, chat), truth, "{chat} from the oldest");
        total += truth.len();
    }
    assert!(total >= 2500);
}

#[test]
fn ids_of_private_chats_and_groups_are_shared_and_ascend_with_the_dates() {
    let world = scenario::check(3, 2500);
    let common = &world.account(ACCOUNT).unwrap().common;
    let posts: Vec<_> = (1..=common.last_id())
        .map(|id| common.get(id).unwrap().into_owned())
        .collect();
    assert!(posts.is_sorted_by_key(|p| p.date));
    let changes = posts.windows(2).filter(|w| w[0].chat != w[1].chat).count();
    assert!(changes > 100, "chats follow each other {changes} times");
    for post in posts.iter().filter(|p| p.reply_chat.is_none()) {
        if let Some(to) = post.reply_to {
            assert_eq!(
                common.get(to).map(|p| p.chat),
                Some(post.chat),
                "an answer within its chat"
            );
        }
    }
}

#[test]
fn a_computed_channel_is_read_anywhere_and_remembers_changes() {
    let mut world = scenario::bench(1, 4_000_000);
    let chat = ChatId::channel(6002);
    let peer = input(&world, chat);
    let at = |offset_id| functions::messages::GetHistory {
        offset_id,
        limit: 3,
        ..get(peer.clone())
    };
    world.delete(ACCOUNT, chat, &[500_000]);
    let new = world.post(ACCOUNT, chat, &Draft::text("new")).unwrap();
    assert_eq!(new, 1_000_001);
    let ask_ids = |world: &mut World, id| ids(&page(ask(world, &at(id)).unwrap()).0);
    assert_eq!(ask_ids(&mut world, 500_002), [500_001, 499_999, 499_998]);
    assert_eq!(ask_ids(&mut world, 0), [1_000_001, 1_000_000, 999_999]);
    assert_eq!(ask_ids(&mut world, 3), [2, 1]);
    let Ok(enums::messages::Messages::ChannelMessages(answer)) = ask(&mut world, &at(0)) else {
        panic!("a channel's page");
    };
    assert_eq!(answer.count, 1_000_000);
    // By date: three seconds lie between two of them.
    let date = world.channels[&6002].messages.get(777).unwrap().date;
    let request = functions::messages::GetHistory {
        offset_date: date,
        limit: 2,
        ..get(peer)
    };
    assert_eq!(ids(&page(ask(&mut world, &request).unwrap()).0), [776, 775]);
}

#[test]
fn bounds_cut_the_page_that_the_offset_chose() {
    let mut world = scenario::small(1);
    let peer = input(&world, ChatId::channel(4001));
    let request = functions::messages::GetHistory {
        offset_id: 50,
        limit: 10,
        max_id: 48,
        min_id: 43,
        ..get(peer)
    };
    assert_eq!(ids(&page(ask(&mut world, &request).unwrap()).0), [47, 46, 45, 44]);
}

#[test]
fn messages_by_id_are_there_or_empty() {
    let mut world = scenario::small(1);
    world.delete(ACCOUNT, ChatId::channel(4001), &[7]);
    let wanted = |ids: &[i32]| {
        ids.iter()
            .map(|id| types::InputMessageId { id: *id }.into())
            .collect()
    };
    let request = functions::channels::GetMessages {
        channel: input_channel(&world, 4001),
        id: wanted(&[6, 7, 8, 100_000]),
    };
    let (messages, ..) = page(ask(&mut world, &request).unwrap());
    let empty: Vec<bool> = messages
        .iter()
        .map(|m| matches!(m, enums::Message::Empty(_)))
        .collect();
    assert_eq!(
        (ids(&messages), empty),
        (vec![6, 7, 8, 100_000], vec![false, true, false, true])
    );
    let many: Vec<i32> = (1..=101).collect();
    let request = functions::messages::GetMessages { id: wanted(&many) };
    assert_eq!(error(ask(&mut world, &request)), "MSG_IDS_TOO_MANY");
}

#[test]
fn search_finds_by_words_and_kind() {
    let mut world = scenario::small(1);
    let chat = ChatId(2001);
    let id = world
        .post(ACCOUNT, chat, &Draft::text("A needle, a NEEDLE"))
        .unwrap();
    let search = |world: &World, q: &str, filter| functions::messages::Search {
        peer: input(world, chat),
        q: q.to_owned(),
        from_id: None,
        saved_peer_id: None,
        saved_reaction: None,
        top_msg_id: None,
        filter,
        min_date: 0,
        max_date: 0,
        offset_id: 0,
        add_offset: 0,
        limit: 50,
        max_id: 0,
        min_id: 0,
        hash: 0,
    };
    let request = search(&world, "needle", enums::MessagesFilter::InputMessagesFilterEmpty);
    assert_eq!(ids(&page(ask(&mut world, &request).unwrap()).0), [id]);
    let request = search(&world, "", enums::MessagesFilter::InputMessagesFilterVoice);
    assert_eq!(page(ask(&mut world, &request).unwrap()).0.len(), 1);
}
