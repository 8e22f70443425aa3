use std::collections::BTreeSet;

use grammers_tl_types::{functions, types};

use super::*;
use crate::scenario::{self, Builder, OTHER};
use crate::world::Draft;

fn first(folder_id: Option<i32>, limit: i32) -> functions::messages::GetDialogs {
    functions::messages::GetDialogs {
        exclude_pinned: false,
        folder_id,
        offset_date: 0,
        offset_id: 0,
        offset_peer: enums::InputPeer::Empty,
        limit,
        hash: 0,
    }
}

struct Listed {
    dialogs: Vec<grammers_tl_types::types::Dialog>,
    messages: Vec<enums::Message>,
    complete: bool,
}

fn list(world: &mut World, request: &functions::messages::GetDialogs) -> Listed {
    let (dialogs, messages, complete) = match ask(world, request).unwrap() {
        enums::messages::Dialogs::Dialogs(d) => (d.dialogs, d.messages, true),
        enums::messages::Dialogs::Slice(d) => (d.dialogs, d.messages, false),
        enums::messages::Dialogs::NotModified(_) => unreachable!("nothing is asked by hash"),
    };
    let dialogs = dialogs.into_iter().filter_map(|d| match d {
        enums::Dialog::Dialog(d) => Some(d),
        _ => None,
    });
    Listed {
        dialogs: dialogs.collect(),
        messages,
        complete,
    }
}

fn marked(peer: &enums::Peer) -> i64 {
    match peer {
        enums::Peer::User(p) => p.user_id,
        enums::Peer::Chat(p) => ChatId::group(p.chat_id).0,
        enums::Peer::Channel(p) => ChatId::channel(p.channel_id).0,
    }
}

#[test]
fn each_folder_tells_its_own_chats() {
    let mut world = scenario::small(1);
    let (main, archived) = (
        list(&mut world, &first(Some(0), 100)),
        list(&mut world, &first(Some(1), 100)),
    );
    let chats = |l: &Listed| -> BTreeSet<i64> { l.dialogs.iter().map(|d| marked(&d.peer)).collect() };
    assert_eq!(chats(&archived), [ChatId::channel(4003).0].into());
    assert!(archived.dialogs[0].folder_id == Some(1) && archived.dialogs[0].pts.is_some());
    let all: BTreeSet<i64> = world.account(ACCOUNT).unwrap().dialogs.keys().copied().collect();
    assert_eq!(&chats(&main) | &chats(&archived), all);
    assert!(main.dialogs[0].pinned && marked(&main.dialogs[0].peer) == 2001);
    assert!(main.complete && main.dialogs.iter().skip(1).all(|d| !d.pinned));
}

#[test]
fn pages_of_a_long_list_tell_every_chat_once() {
    let mut b = Builder::new(1);
    for n in 0..57 {
        b.private(2001 + n, "Somebody", 2);
    }
    let mut world = b.build();
    let (mut seen, mut request) = (Vec::new(), first(Some(0), 10));
    loop {
        let page = list(&mut world, &request);
        seen.extend(page.dialogs.iter().map(|d| marked(&d.peer)));
        let (Some(last), false) = (page.dialogs.last(), page.complete) else {
            break;
        };
        let (peer, top) = (marked(&last.peer), last.top_message);
        let post = world
            .message_box(ACCOUNT, ChatId(peer))
            .unwrap()
            .get(top)
            .unwrap()
            .into_owned();
        assert!(
            page.messages.iter().any(|m| m.id() == top),
            "the top message comes along"
        );
        request = functions::messages::GetDialogs {
            offset_date: post.date,
            offset_id: top,
            offset_peer: input(&world, ChatId(peer)),
            ..first(Some(0), 10)
        };
    }
    let distinct: BTreeSet<i64> = seen.iter().copied().collect();
    assert_eq!((seen.len(), distinct.len()), (57, 57));
}

#[test]
fn folders_name_their_chats_with_the_accounts_own_hashes() {
    let mut world = scenario::small(1);
    let enums::messages::DialogFilters::Filters(answer) =
        ask(&mut world, &functions::messages::GetDialogFilters {}).unwrap();
    let [
        enums::DialogFilter::Default,
        enums::DialogFilter::Filter(work),
        enums::DialogFilter::Filter(news),
    ] = answer.filters.as_slice()
    else {
        panic!("all chats, and two folders");
    };
    assert_eq!(
        (work.id, work.pinned_peers.len(), work.include_peers.len()),
        (2, 1, 2)
    );
    assert_eq!(work.pinned_peers[0], input(&world, ChatId::channel(4002)));
    assert!(news.broadcasts && news.exclude_peers.len() == 1);
}

#[test]
fn a_forum_tells_its_topics_and_their_newest_messages() {
    let mut world = scenario::small(1);
    let chat = ChatId::channel(4002);
    let created = world.create_topic(ACCOUNT, chat, "Another").unwrap();
    let draft = Draft {
        topic: Some(created),
        ..Draft::text("in it")
    };
    let said = world.post(ACCOUNT, chat, &draft).unwrap();
    let request = functions::messages::GetForumTopics {
        peer: input(&world, chat),
        q: None,
        offset_date: 0,
        offset_id: 0,
        offset_topic: 0,
        limit: 100,
    };
    let enums::messages::ForumTopics::Topics(answer) = ask(&mut world, &request).unwrap();
    let topics: Vec<_> = answer
        .topics
        .iter()
        .filter_map(|t| match t {
            enums::ForumTopic::Topic(t) => Some((t.id, t.title.as_str(), t.top_message)),
            enums::ForumTopic::Deleted(_) => None,
        })
        .collect();
    assert_eq!((answer.count, topics.len()), (4, 4));
    assert_eq!(topics[0], (created, "Another", said));
    assert!(answer.messages.iter().any(|m| m.id() == said));
    let request = functions::messages::GetForumTopicsById {
        peer: input(&world, chat),
        topics: vec![created, 424_242],
    };
    let enums::messages::ForumTopics::Topics(answer) = ask(&mut world, &request).unwrap();
    assert!(matches!(
        &answer.topics[..],
        [enums::ForumTopic::Topic(_), enums::ForumTopic::Deleted(_)]
    ));
}

#[test]
fn a_migrated_group_and_its_supergroup_name_each_other() {
    let mut world = scenario::small(1);
    let to = world.migrate_group(ACCOUNT, 301).unwrap();
    assert_eq!(world.migrate_group(ACCOUNT, 301), None, "once");
    let request = functions::channels::GetFullChannel {
        channel: input_channel(&world, to.channel_id().unwrap()),
    };
    let enums::messages::ChatFull::Full(answer) = ask(&mut world, &request).unwrap();
    let enums::ChatFull::ChannelFull(full) = answer.full_chat else {
        panic!("a supergroup")
    };
    let newest = world
        .message_box(ACCOUNT, ChatId::group(301))
        .unwrap()
        .newest(ChatId::group(301).0);
    assert_eq!(
        (full.migrated_from_chat_id, full.migrated_from_max_id),
        (Some(301), newest)
    );
    let linked = answer.chats.iter().any(|c| matches!(c, enums::Chat::Chat(g) if g.id == 301 && g.deactivated
        && matches!(&g.migrated_to, Some(enums::InputChannel::Channel(c)) if Some(c.channel_id) == to.channel_id())));
    assert!(linked);
    assert!(world.can_read(OTHER, to), "for every member");
}

#[test]
fn a_new_group_is_its_members_and_nobody_elses() {
    let mut world = scenario::small(1);
    let chat = world.create_group(ACCOUNT, "Founded", &[OTHER, ACCOUNT]);
    assert!(world.can_read(ACCOUNT, chat) && world.can_read(OTHER, chat));
    assert_eq!(
        world.newest(ACCOUNT, chat, 10).len(),
        1,
        "how it began is told, by a service message"
    );
    let another = world.create_group(OTHER, "Not yours", &[]);
    assert_ne!(another, chat);
    assert!(!world.can_read(ACCOUNT, another));
}

#[test]
fn reactors_are_listed_page_by_page() {
    let mut world = scenario::small(1);
    let chat = ChatId::channel(4002);
    let reactions = vec![("\u{2764}".to_owned(), 5), ("custom_17".to_owned(), 2)];
    assert!(world.react(ACCOUNT, chat, 9, reactions));
    let mut request = functions::messages::GetMessageReactionsList {
        peer: input(&world, chat),
        id: 9,
        reaction: None,
        offset: None,
        limit: 4,
    };
    let mut seen = Vec::new();
    loop {
        let enums::messages::MessageReactionsList::List(page) = ask(&mut world, &request).unwrap();
        assert_eq!(page.count, 7);
        seen.extend(
            page.reactions
                .into_iter()
                .map(|enums::MessagePeerReaction::Reaction(r)| marked(&r.peer_id)),
        );
        match page.next_offset {
            Some(offset) => request.offset = Some(offset),
            None => break,
        }
    }
    let distinct: BTreeSet<i64> = seen.iter().copied().collect();
    assert_eq!((seen.len(), distinct.len()), (7, 7));
}

#[test]
fn a_reaction_of_ones_own_is_said_to_be_chosen() {
    let mut world = scenario::small(1);
    let chat = ChatId::channel(4002);
    // Members react one after the other.
    let members = world.people_of(ACCOUNT, chat.0);
    let before = members.iter().position(|m| *m == ACCOUNT).unwrap() as i32;
    for (count, wanted) in [(before + 1, true), (before, false)] {
        let reactions = vec![("\u{2764}".to_owned(), count)];
        assert!(world.react(ACCOUNT, chat, 9, reactions));
        let request = functions::channels::GetMessages {
            channel: input_channel(&world, 4002),
            id: vec![types::InputMessageId { id: 9 }.into()],
        };
        let (messages, ..) = page(ask(&mut world, &request).unwrap());
        let enums::Message::Message(types::Message {
            reactions: Some(enums::MessageReactions::Reactions(r)),
            ..
        }) = &messages[0]
        else {
            panic!("a message with reactions")
        };
        let chosen = r
            .results
            .iter()
            .map(|enums::ReactionCount::Count(c)| c.chosen_order.is_some());
        assert_eq!(chosen.collect::<Vec<_>>(), [wanted]);
    }
}
