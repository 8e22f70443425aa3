use grammers_tl_types::{functions, types};

use super::*;
use crate::scenario::{self, OTHER};
use crate::world::Draft;

fn history(peer: enums::InputPeer) -> functions::messages::GetHistory {
    functions::messages::GetHistory {
        peer,
        offset_id: 0,
        offset_date: 0,
        add_offset: 0,
        limit: 100,
        max_id: 0,
        min_id: 0,
        hash: 0,
    }
}

fn channel_peer(world: &World, account: i64, id: i64) -> enums::InputPeer {
    types::InputPeerChannel {
        channel_id: id,
        access_hash: world.access_hash(account, ChatId::channel(id).0),
    }
    .into()
}

#[test]
fn a_hash_is_good_for_its_own_account_alone() {
    let mut world = scenario::small(1);
    let (mine, others) = (
        channel_peer(&world, ACCOUNT, 4001),
        channel_peer(&world, OTHER, 4001),
    );
    assert!(ask(&mut world, &history(mine.clone())).is_ok());
    assert_eq!(
        error(ask(&mut world, &history(others.clone()))),
        "CHANNEL_INVALID"
    );
    assert!(ask_as(&mut world, OTHER, 2, &history(others)).is_ok());
    let user = |access_hash| types::InputPeerUser {
        user_id: 2001,
        access_hash,
    };
    let hash = world.access_hash(ACCOUNT, 2001);
    assert!(ask(&mut world, &history(user(hash).into())).is_ok());
    assert_eq!(
        error(ask(&mut world, &history(user(hash + 1).into()))),
        "PEER_ID_INVALID"
    );
    let min = world.min_access_hash(ACCOUNT, 2001);
    assert_eq!(
        error(ask(&mut world, &history(user(min).into()))),
        "PEER_ID_INVALID"
    );
    let full = |access_hash| functions::users::GetFullUser {
        id: types::InputUser {
            user_id: 2001,
            access_hash,
        }
        .into(),
    };
    assert!(ask(&mut world, &full(hash)).is_ok());
    assert_eq!(error(ask(&mut world, &full(min))), "USER_ID_INVALID");
}

#[test]
fn a_lost_channel_is_private_and_in_no_list() {
    let mut world = scenario::small(1);
    let peer = channel_peer(&world, ACCOUNT, 4002);
    world.lose_access(ACCOUNT, ChatId::channel(4002), true);
    assert_eq!(error(ask(&mut world, &history(peer.clone()))), "CHANNEL_PRIVATE");
    let peers = [types::InputDialogPeer {
        peer: channel_peer(&world, ACCOUNT, 4001),
    }
    .into()]
    .into();
    let request = functions::messages::GetPeerDialogs { peers };
    let enums::messages::PeerDialogs::Dialogs(answer) = ask(&mut world, &request).unwrap();
    assert_eq!(answer.dialogs.len(), 1);
    world.lose_access(ACCOUNT, ChatId::channel(4002), false);
    assert!(ask(&mut world, &history(peer)).is_ok());
}

#[test]
fn a_group_that_was_left_can_still_be_read_but_says_nothing_new() {
    let mut world = scenario::small(1);
    let group = ChatId::group(301);
    world.leave(ACCOUNT, group, ACCOUNT, None).unwrap();
    let peer = input(&world, group);
    let (messages, _, chats) = page(ask(&mut world, &history(peer.clone())).unwrap());
    assert!(
        matches!(&messages[0], enums::Message::Service(m) if matches!(m.action, enums::MessageAction::ChatDeleteUser(_)))
    );
    assert!(
        chats
            .iter()
            .any(|c| matches!(c, enums::Chat::Forbidden(c) if c.id == 301))
    );
    world
        .post(OTHER, group, &Draft::text("not for everybody"))
        .unwrap();
    let (after, ..) = page(ask(&mut world, &history(peer)).unwrap());
    assert_eq!(ids(&after), ids(&messages));
}

#[test]
fn strangers_are_min_and_known_by_the_message_that_names_them() {
    let mut world = scenario::check(1, 3000);
    let chat = ChatId::channel(4001);
    let peer = input(&world, chat);
    let mut offset_id = 0;
    let (stranger, message) = loop {
        let request = functions::messages::GetHistory {
            offset_id,
            ..history(peer.clone())
        };
        let (messages, users, _) = page(ask(&mut world, &request).unwrap());
        let min = users.iter().find_map(|u| match u {
            enums::User::User(u) if u.min && !u.bot => Some(u.clone()),
            _ => None,
        });
        offset_id = messages.last().unwrap().id();
        if let Some(min) = min {
            let author = Some(enums::Peer::from(types::PeerUser { user_id: min.id }));
            let of = |m: &&enums::Message| match m {
                enums::Message::Message(m) => m
                    .fwd_from
                    .as_ref()
                    .is_some_and(|enums::MessageFwdHeader::Header(f)| f.from_id == author),
                _ => false,
            };
            break (min, messages.iter().find(of).unwrap().id());
        }
    };
    let by_hash = types::InputUser {
        user_id: stranger.id,
        access_hash: stranger.access_hash.unwrap(),
    };
    let by_message = |msg_id| types::InputUserFromMessage {
        peer: peer.clone(),
        msg_id,
        user_id: stranger.id,
    };
    let full = |id| functions::users::GetFullUser { id };
    assert_eq!(error(ask(&mut world, &full(by_hash.into()))), "USER_ID_INVALID");
    assert!(ask(&mut world, &full(by_message(message).into())).is_ok());
    assert_eq!(
        error(ask(&mut world, &full(by_message(1).into()))),
        "USER_ID_INVALID"
    );
}

#[test]
fn an_unknown_method_is_not_implemented() {
    let mut world = scenario::small(1);
    assert_eq!(
        error(ask(&mut world, &functions::messages::GetAllDrafts {})),
        "METHOD_NOT_IMPLEMENTED"
    );
}
