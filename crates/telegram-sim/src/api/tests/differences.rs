//! A client that follows by differences alone knows, in the end, what is there.

use std::collections::BTreeMap;

use grammers_tl_types::{functions, types};
use proptest::prelude::*;

use super::*;
use crate::scenario::{self, Builder, OTHER};
use crate::world::{Draft, Edit};

const PRIVATE: ChatId = ChatId::user(2001);
const GROUP: ChatId = ChatId::group(301);
const CHANNEL: ChatId = ChatId::channel(4001);

fn world() -> World {
    let mut b = Builder::new(9);
    b.private(2001, "Alice", 5)
        .group(301, "Family", 3, 5)
        .channel(4001, "Supergroup", true, 5)
        .account(OTHER, "15550000002", "13579", None)
        .dialog_of(OTHER, GROUP, crate::world::DialogState::default());
    b.build()
}

/// What a client holds: its place in each box, and the texts it knows.
#[derive(Debug, Default)]
struct Follower {
    pts: i32,
    date: i32,
    channel_pts: i32,
    common: BTreeMap<i32, String>,
    channel: BTreeMap<i32, String>,
    too_long: bool,
}

fn text(message: &enums::Message) -> Option<(i32, String)> {
    match message {
        enums::Message::Message(m) => Some((m.id, m.message.clone())),
        enums::Message::Service(m) => Some((m.id, "service".to_owned())),
        enums::Message::Empty(_) => None,
    }
}

impl Follower {
    fn new(world: &mut World) -> Self {
        let enums::updates::State::State(state) = ask(world, &functions::updates::GetState {}).unwrap();
        Self {
            pts: state.pts,
            date: state.date,
            channel_pts: world.channels[&4001].messages.pts,
            common: texts(world, true),
            channel: texts(world, false),
            too_long: false,
        }
    }

    /// Deletions and edits are told before the new messages, and mean what is older or comes below.
    fn apply(known: &mut BTreeMap<i32, String>, new: &[enums::Message], other: &[enums::Update]) {
        known.extend(new.iter().filter_map(text));
        for update in other {
            match update {
                enums::Update::EditMessage(u) => known.extend(text(&u.message)),
                enums::Update::EditChannelMessage(u) => known.extend(text(&u.message)),
                enums::Update::DeleteMessages(u) => known.retain(|id, _| !u.messages.contains(id)),
                enums::Update::DeleteChannelMessages(u) => known.retain(|id, _| !u.messages.contains(id)),
                _ => {}
            }
        }
    }

    fn catch_up(&mut self, world: &mut World) {
        loop {
            let request = functions::updates::GetDifference {
                pts: self.pts,
                pts_limit: None,
                pts_total_limit: None,
                date: self.date,
                qts: 0,
                qts_limit: None,
            };
            match ask(world, &request).unwrap() {
                enums::updates::Difference::Empty(d) => {
                    self.date = d.date;
                    return;
                }
                enums::updates::Difference::Difference(d) => {
                    Self::apply(&mut self.common, &d.new_messages, &d.other_updates);
                    let enums::updates::State::State(state) = d.state;
                    (self.pts, self.date) = (state.pts, state.date);
                    return;
                }
                enums::updates::Difference::Slice(d) => {
                    Self::apply(&mut self.common, &d.new_messages, &d.other_updates);
                    let enums::updates::State::State(state) = d.intermediate_state;
                    assert!(state.pts > self.pts, "a slice leads on");
                    self.pts = state.pts;
                }
                enums::updates::Difference::TooLong(d) => {
                    self.pts = d.pts;
                    self.common = texts(world, true);
                    self.too_long = true;
                }
            }
        }
    }

    fn catch_up_channel(&mut self, world: &mut World) {
        loop {
            let request = functions::updates::GetChannelDifference {
                force: false,
                channel: input_channel(world, 4001),
                filter: enums::ChannelMessagesFilter::Empty,
                pts: self.channel_pts,
                limit: 7,
            };
            let done = match ask(world, &request).unwrap() {
                enums::updates::ChannelDifference::Empty(d) => {
                    self.channel_pts = d.pts;
                    d.r#final
                }
                enums::updates::ChannelDifference::Difference(d) => {
                    assert!(d.pts > self.channel_pts, "a difference leads on");
                    Self::apply(&mut self.channel, &d.new_messages, &d.other_updates);
                    self.channel_pts = d.pts;
                    d.r#final
                }
                enums::updates::ChannelDifference::TooLong(d) => {
                    let enums::Dialog::Dialog(dialog) = d.dialog else {
                        panic!("a dialog")
                    };
                    self.channel_pts = dialog.pts.unwrap();
                    self.channel = texts(world, false);
                    self.too_long = true;
                    d.r#final
                }
            };
            if done {
                return;
            }
        }
    }
}

/// What is there now.
fn texts(world: &World, common: bool) -> BTreeMap<i32, String> {
    let chats: &[ChatId] = if common { &[PRIVATE, GROUP] } else { &[CHANNEL] };
    let mut all = BTreeMap::new();
    for chat in chats {
        let messages = world.message_box(ACCOUNT, *chat).unwrap();
        for id in messages.newer(chat.0, 1) {
            let post = messages.get(id).unwrap();
            all.extend(text(&render::message(world, ACCOUNT, &post)));
        }
    }
    all
}

#[derive(Clone, Debug)]
enum Op {
    Post(usize),
    PostByOther,
    Edit(usize, usize),
    EditHidden(usize, usize),
    Delete(usize, usize, usize),
    React(usize, usize),
    Pin(usize, usize),
    CatchUp,
    CatchUpChannel,
}

fn op() -> impl Strategy<Value = Op> {
    let (chat, any) = (0..3_usize, 0..40_usize);
    prop_oneof![
        4 => chat.clone().prop_map(Op::Post),
        1 => Just(Op::PostByOther),
        3 => (chat.clone(), any.clone()).prop_map(|(c, n)| Op::Edit(c, n)),
        1 => (chat.clone(), any.clone()).prop_map(|(c, n)| Op::EditHidden(c, n)),
        2 => (chat.clone(), any.clone(), 1..4_usize).prop_map(|(c, n, k)| Op::Delete(c, n, k)),
        1 => (chat.clone(), any.clone()).prop_map(|(c, n)| Op::React(c, n)),
        1 => (chat, any).prop_map(|(c, n)| Op::Pin(c, n)),
        1 => Just(Op::CatchUp),
        1 => Just(Op::CatchUpChannel),
    ]
}

fn run(world: &mut World, follower: &mut Follower, number: usize, op: &Op) {
    let chats = [PRIVATE, GROUP, CHANNEL];
    // The n-th newest message of a chat, if there are so many.
    let nth = |world: &World, chat: ChatId, n: usize| {
        world
            .message_box(ACCOUNT, chat)
            .and_then(|m| m.older(chat.0, i32::MAX).nth(n))
    };
    match op {
        Op::Post(c) => {
            world
                .post(ACCOUNT, chats[*c], &Draft::text(format!("post {number}")))
                .unwrap();
        }
        Op::PostByOther => {
            let draft = Draft {
                from: Some(OTHER),
                ..Draft::text(format!("other {number}"))
            };
            world.post(OTHER, GROUP, &draft).unwrap();
        }
        Op::Edit(c, n) | Op::EditHidden(c, n) => {
            let hide = matches!(op, Op::EditHidden(..));
            if let Some(id) = nth(world, chats[*c], *n) {
                let edit = Edit {
                    text: Some(format!("edit {number}")),
                    hide,
                    ..Edit::default()
                };
                assert!(world.edit(ACCOUNT, chats[*c], id, &edit));
            }
        }
        Op::Delete(c, n, k) => {
            let ids: Vec<i32> = (*n..n + k).filter_map(|n| nth(world, chats[*c], n)).collect();
            assert_eq!(world.delete(ACCOUNT, chats[*c], &ids), ids.len());
        }
        Op::React(c, n) => {
            if let Some(id) = nth(world, chats[*c], *n) {
                assert!(world.react(ACCOUNT, chats[*c], id, vec![("\u{1f44d}".to_owned(), 1)]));
            }
        }
        Op::Pin(c, n) => {
            if let Some(id) = nth(world, chats[*c], *n) {
                assert!(world.pin(ACCOUNT, chats[*c], id, true));
            }
        }
        Op::CatchUp => follower.catch_up(world),
        Op::CatchUpChannel => follower.catch_up_channel(world),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_follower_ends_up_with_what_is_there(
        ops in prop::collection::vec(op(), 1..120),
        slice in 1..8_usize,
        remembered in 3..200_usize,
    ) {
        let mut world = world();
        world.limits.slice = slice;
        world.limits.remembered = remembered;
        let mut follower = Follower::new(&mut world);
        for (number, op) in ops.iter().enumerate() {
            run(&mut world, &mut follower, number, op);
        }
        follower.catch_up(&mut world);
        follower.catch_up_channel(&mut world);
        prop_assert_eq!(&follower.common, &texts(&world, true));
        prop_assert_eq!(&follower.channel, &texts(&world, false));
        prop_assert!(!follower.too_long || ops.len() > remembered, "too long though everything was remembered");
    }
}

fn difference(world: &mut World, from: &Follower) -> enums::updates::Difference {
    let request = functions::updates::GetDifference {
        pts: from.pts,
        pts_limit: None,
        pts_total_limit: None,
        date: from.date,
        qts: 0,
        qts_limit: None,
    };
    ask(world, &request).unwrap()
}

#[test]
fn a_difference_leaves_out_what_went_and_what_was_said_in_between() {
    let mut world = world();
    let follower = Follower::new(&mut world);
    let gone = world.post(ACCOUNT, PRIVATE, &Draft::text("gone")).unwrap();
    let kept = world.post(ACCOUNT, PRIVATE, &Draft::text("first")).unwrap();
    for text in ["second", "third"] {
        let edit = Edit {
            text: Some(text.to_owned()),
            ..Edit::default()
        };
        world.edit(ACCOUNT, PRIVATE, kept, &edit);
    }
    world.delete(ACCOUNT, PRIVATE, &[gone]);
    world.post(ACCOUNT, CHANNEL, &Draft::text("elsewhere")).unwrap();
    let enums::updates::Difference::Difference(d) = difference(&mut world, &follower) else {
        panic!("one difference");
    };
    let new: Vec<_> = d.new_messages.iter().filter_map(text).collect();
    assert_eq!(new, [(kept, "third".to_owned())]);
    assert!(
        d.other_updates
            .iter()
            .any(|u| matches!(u, enums::Update::DeleteMessages(u) if u.messages == [gone]))
    );
    let edits: Vec<_> = d
        .other_updates
        .iter()
        .filter(|u| matches!(u, enums::Update::EditMessage(_)))
        .collect();
    assert_eq!(edits.len(), 1, "the newest text, once");
    let named = |u: &enums::Update| matches!(u, enums::Update::ChannelTooLong(u) if u.channel_id == 4001);
    assert!(
        d.other_updates.iter().any(named),
        "a channel that changed is named"
    );
}

#[test]
fn too_far_behind_is_too_long() {
    let mut world = world();
    let follower = Follower::new(&mut world);
    world.limits.common_too_long = 5;
    world.limits.channel_too_long = 5;
    for n in 0..6 {
        world
            .post(ACCOUNT, PRIVATE, &Draft::text(format!("{n}")))
            .unwrap();
        world
            .post(ACCOUNT, CHANNEL, &Draft::text(format!("{n}")))
            .unwrap();
    }
    let enums::updates::Difference::TooLong(d) = difference(&mut world, &follower) else {
        panic!("too long");
    };
    assert_eq!(d.pts, follower.pts + 6);
    let request = functions::updates::GetChannelDifference {
        force: false,
        channel: input_channel(&world, 4001),
        filter: enums::ChannelMessagesFilter::Empty,
        pts: follower.channel_pts,
        limit: 100,
    };
    let enums::updates::ChannelDifference::TooLong(d) = ask(&mut world, &request).unwrap() else {
        panic!("too long");
    };
    let newest = world.channels[&4001].messages.newest(CHANNEL.0);
    assert_eq!(d.messages.first().map(enums::Message::id), newest);
}

#[test]
fn a_place_that_cannot_be_is_refused() {
    let mut world = world();
    let now = Follower::new(&mut world);
    for (pts, date, name) in [
        (0, 1, "PERSISTENT_TIMESTAMP_EMPTY"),
        (-4, 1, "PERSISTENT_TIMESTAMP_INVALID"),
        (now.pts + 1, 1, "PERSISTENT_TIMESTAMP_INVALID"),
        (now.pts, 0, "DATE_EMPTY"),
    ] {
        let request = functions::updates::GetDifference {
            pts,
            pts_limit: None,
            pts_total_limit: None,
            date,
            qts: 0,
            qts_limit: None,
        };
        assert_eq!(error(ask(&mut world, &request)), name, "pts {pts}, date {date}");
    }
    let request = functions::updates::GetChannelDifference {
        force: false,
        channel: input_channel(&world, 4001),
        filter: enums::ChannelMessagesFilter::Empty,
        pts: now.channel_pts + 1,
        limit: 100,
    };
    assert_eq!(error(ask(&mut world, &request)), "PERSISTENT_TIMESTAMP_INVALID");
}

#[test]
fn the_first_event_of_a_box_comes_after_its_first_place() {
    let mut b = Builder::new(9);
    b.private(2001, "Alice", 0);
    let mut world = b.build();
    let enums::updates::State::State(state) = ask(&mut world, &functions::updates::GetState {}).unwrap();
    assert_eq!((state.pts, state.qts, state.seq), (1, 0, 0));
    let follower = Follower {
        pts: state.pts,
        date: state.date,
        ..Follower::default()
    };
    world.post(ACCOUNT, PRIVATE, &Draft::text("the first")).unwrap();
    world.set_qts(ACCOUNT, 5);
    let enums::updates::Difference::Difference(d) = difference(&mut world, &follower) else {
        panic!("one difference");
    };
    let enums::updates::State::State(state) = d.state;
    assert_eq!((d.new_messages.len(), state.pts, state.qts), (1, 2, 5));
}

#[test]
fn a_difference_comes_in_slices_of_the_size_that_is_set() {
    let mut world = world();
    let mut at = Follower::new(&mut world);
    world.limits.slice = 4;
    for n in 0..10 {
        world
            .post(ACCOUNT, PRIVATE, &Draft::text(format!("{n}")))
            .unwrap();
    }
    let mut sizes = Vec::new();
    loop {
        let (new, state, last) = match difference(&mut world, &at) {
            enums::updates::Difference::Slice(d) => (d.new_messages, d.intermediate_state, false),
            enums::updates::Difference::Difference(d) => (d.new_messages, d.state, true),
            other => panic!("{other:?}"),
        };
        let enums::updates::State::State(state) = state;
        sizes.push(new.len());
        at.pts = state.pts;
        if last {
            break;
        }
    }
    assert_eq!(sizes, [4, 4, 2]);
}

#[test]
fn one_message_of_a_group_has_another_id_in_each_account() {
    let mut world = world();
    let follower = Follower::new(&mut world);
    let other = Draft {
        from: Some(OTHER),
        ..Draft::text("hello")
    };
    let id = world.post(OTHER, GROUP, &other).unwrap();
    let mine = world
        .message_box(ACCOUNT, GROUP)
        .unwrap()
        .newest(GROUP.0)
        .unwrap();
    assert_ne!(id, mine);
    let answer = Draft {
        reply_to: Some(mine),
        ..Draft::text("an answer")
    };
    world.post(ACCOUNT, GROUP, &answer).unwrap();
    let theirs = &world.account(OTHER).unwrap().common;
    let answered = theirs.get(theirs.newest(GROUP.0).unwrap()).unwrap().reply_to;
    assert_eq!(
        answered,
        Some(id),
        "the answer names the message by the reader's id"
    );
    assert_eq!(world.delete(ACCOUNT, GROUP, &[mine]), 1);
    assert!(
        world.account(OTHER).unwrap().common.get(id).is_none(),
        "deleted for everybody"
    );
    let enums::updates::Difference::Difference(d) = difference(&mut world, &follower) else {
        panic!("one difference");
    };
    assert!(
        d.other_updates
            .iter()
            .any(|u| matches!(u, enums::Update::DeleteMessages(u) if u.messages == [mine]))
    );
}

#[test]
fn reactions_are_not_counted_and_stand_in_the_message() {
    let mut world = scenario::small(1);
    let before = world.channels[&4002].messages.pts;
    let reactions = vec![("\u{2764}".to_owned(), 3), ("paid".to_owned(), 1)];
    world.react(ACCOUNT, ChatId::channel(4002), 5, reactions);
    assert_eq!(world.channels[&4002].messages.pts, before);
    let request = functions::channels::GetMessages {
        channel: input_channel(&world, 4002),
        id: vec![types::InputMessageId { id: 5 }.into()],
    };
    let (messages, ..) = page(ask(&mut world, &request).unwrap());
    let enums::Message::Message(m) = &messages[0] else {
        panic!("a message")
    };
    let Some(enums::MessageReactions::Reactions(r)) = &m.reactions else {
        panic!("reactions")
    };
    assert_eq!(r.results.len(), 2);
}
