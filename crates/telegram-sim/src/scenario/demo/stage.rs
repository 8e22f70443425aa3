//! Fills the chats of the demo with two years of messages.

use std::collections::BTreeMap;

use grammers_tl_types::types;
use model::ChatId;

use super::calendar::dates;
use super::life::Life;
use super::people::{cast, crowd};
use super::play::{Play, Scene, people};
use super::props::Props;
use super::stories::{Kind, STORIES, Story};
use super::{ACCOUNT, CODE, PASSWORD, PHONE, mix};
use crate::world::{
    Account, Channel, ChatFolder, DialogState, Draft, Group, MessageBox, Post, World, drawn_avatar,
};

/// Two years of messages up to `now` (unix seconds), no chat with more than `longest`, and how it goes on.
pub(super) fn build(seed: u64, now: i32, longest: usize) -> (World, Life) {
    let mut world = World::new(seed);
    cast(&mut world);
    world.accounts.insert(
        ACCOUNT,
        Account {
            user_id: ACCOUNT,
            phone: PHONE.to_owned(),
            code: CODE.to_owned(),
            code_expired: false,
            password: Some(PASSWORD.to_owned()),
            home_dc: 2,
            common: MessageBox::default(),
            dialogs: BTreeMap::new(),
            contacts: Vec::new(),
        },
    );
    let walkers = crowd(
        &mut world,
        seed,
        STORIES.iter().map(|s| s.crowd).max().unwrap_or(0),
    );
    let mut props = Props::new();
    let plays = STORIES.iter().map(|story| {
        let mut play = Play::new(story, seed, people(story.members, &walkers[..story.crowd]));
        open(&mut world, &play);
        fill(&mut world, &mut play, &mut props, (now, longest));
        play
    });
    let plays = plays.collect();
    for account in world.accounts.values_mut() {
        account.common.number_by_date();
    }
    world.set_folders(ACCOUNT, folders());
    (world, Life::new(seed, plays, props))
}

/// The chat, empty, in the account's list.
fn open(world: &mut World, play: &Play) {
    let (story, chat) = (play.story, play.chat);
    let title = story.title.to_owned();
    let photo = story
        .avatar
        .map(|(subject, number)| drawn_avatar(subject, number, chat.0));
    match story.kind {
        Kind::Private(key) => {
            if let Some(account) = world.accounts.get_mut(&ACCOUNT)
                && !["me", "Bot"].contains(&key)
            {
                account.contacts.push(chat.0);
            }
        }
        Kind::Group(id) => {
            let group = Group {
                id,
                title,
                members: play.people.clone(),
                migrated_to: None,
                photo,
            };
            world.groups.insert(id, group);
        }
        Kind::Supergroup(id) | Kind::Forum(id) | Kind::Channel(id) => {
            let channel = Channel {
                id,
                title,
                username: (!story.username.is_empty()).then(|| story.username.to_owned()),
                megagroup: !matches!(story.kind, Kind::Channel(_)),
                forum: matches!(story.kind, Kind::Forum(_)),
                topics: Vec::new(),
                members: play.people.clone(),
                migrated_from: None,
                photo,
                messages: MessageBox::default(),
            };
            world.channels.insert(id, channel);
        }
    }
    let state = DialogState {
        folder: i32::from(story.archived),
        pinned: story.pinned,
        lost: false,
    };
    if let Some(account) = world.accounts.get_mut(&ACCOUNT) {
        account.dialogs.insert(chat.0, state);
    }
}

fn messages_mut(world: &mut World, chat: ChatId) -> Option<&mut MessageBox> {
    match chat.channel_id() {
        Some(id) => world.channels.get_mut(&id).map(|c| &mut c.messages),
        None => world.accounts.get_mut(&ACCOUNT).map(|a| &mut a.common),
    }
}

fn put(world: &mut World, chat: ChatId, draft: &Draft, date: i32, dress: impl FnOnce(&mut Post)) -> i32 {
    let Some(messages) = messages_mut(world, chat) else {
        return 0;
    };
    let id = messages.next_id();
    let mut post = draft.post(id, chat.0, date, draft.from, draft.reply_to);
    dress(&mut post);
    messages.put(post);
    messages.pts = id;
    id
}

fn fill(world: &mut World, play: &mut Play, props: &mut Props, (now, longest): (i32, usize)) {
    let wanted = play.story.messages.min(longest);
    let mut scenes = play.overture();
    let mut planned: usize = scenes.iter().map(|s| play.messages(s)).sum();
    while planned < wanted {
        let scene = play.next_scene();
        planned += play.messages(&scene);
        scenes.push(scene);
    }
    let seed = mix(world_seed(play), 0xda7e);
    let lines: Vec<usize> = scenes.iter().map(|s| play.lines(s)).collect();
    let mut dates = dates(seed, &lines, now).into_iter();
    let first = dates.as_slice().first().copied().unwrap_or(now);
    beginning(world, play, first - 60);
    for mut scene in scenes {
        if let Some(topic) = play.new_topic(&scene).map(str::to_owned) {
            let date = dates.as_slice().first().copied().unwrap_or(now);
            topic_begins(world, play, &topic, date - 1);
        }
        perform(world, play, &mut scene, props, &mut dates);
    }
}

/// One per chat.
fn world_seed(play: &Play) -> u64 {
    mix(play.chat.0 as u64, play.script.scenes.len() as u64)
}

/// The service message that each chat begins with.
fn beginning(world: &mut World, play: &mut Play, date: i32) {
    let title = play.story.title.to_owned();
    let founder = play.people.first().copied();
    let draft = match play.story.kind {
        Kind::Private(_) => return,
        Kind::Group(_) => Draft {
            from: founder,
            ..Draft::action(types::MessageActionChatCreate {
                title,
                users: play.people.clone(),
            })
        },
        Kind::Supergroup(_) | Kind::Forum(_) => Draft {
            from: founder,
            ..Draft::action(types::MessageActionChannelCreate { title })
        },
        Kind::Channel(_) => Draft::action(types::MessageActionChannelCreate { title }),
    };
    let id = put(world, play.chat, &draft, date, |_| {});
    if let Kind::Forum(forum) = play.story.kind
        && let Some(channel) = world.channels.get_mut(&forum)
    {
        channel.topics.push((id, "General".to_owned()));
    }
}

fn topic_begins(world: &mut World, play: &mut Play, title: &str, date: i32) {
    const COLOURS: [i32; 6] = [
        0x006F_B9F0,
        0x00FF_D67E,
        0x00CB_86DB,
        0x008E_EE98,
        0x00FF_93B2,
        0x00FB_6F5F,
    ];
    let action = types::MessageActionTopicCreate {
        title_missing: false,
        title: title.to_owned(),
        icon_color: COLOURS[play.topics.len() % COLOURS.len()],
        icon_emoji_id: None,
    };
    let draft = Draft {
        from: play.people.first().copied(),
        ..Draft::action(action)
    };
    let id = put(world, play.chat, &draft, date, |_| {});
    play.topics.push((title.to_owned(), id));
    if let Some(channel) = play.chat.channel_id().and_then(|c| world.channels.get_mut(&c)) {
        channel.topics.push((id, title.to_owned()));
    }
}

fn perform(
    world: &mut World,
    play: &Play,
    scene: &mut Scene,
    props: &mut Props,
    dates: &mut impl Iterator<Item = i32>,
) {
    while let Some(date) = scene.goes_on(play).then(|| dates.next()).flatten() {
        let chat = play.chat;
        let Some(spoken) = world.at(date, |world| play.speak(scene, props, world)) else {
            return;
        };
        let mut first = None;
        for draft in &spoken.drafts {
            let is_first = first.is_none();
            let id = put(world, chat, draft, date, |post| {
                if is_first {
                    dress(post, play.story, &spoken.line.reactions);
                    post.pinned = spoken.line.is("pinned");
                    if spoken.line.is("edited") {
                        edit(post, 240);
                    }
                }
                if matches!(play.story.kind, Kind::Channel(_)) && post.action.is_none() {
                    let seen = 600 + (mix(0x5ee, post.id as u64) % 2400) as i32;
                    post.views = Some((seen, seen / 90));
                }
            });
            first.get_or_insert(id);
        }
        scene.was_said(first.unwrap_or_default());
        if let Some(post) = spoken
            .pins
            .and_then(|id| Some(messages_mut(world, chat)?.get(id)?.into_owned()))
            && let Some(messages) = messages_mut(world, chat)
        {
            messages.put(Post { pinned: true, ..post });
        }
    }
}

fn edit(post: &mut Post, later: i32) {
    post.edit_date = Some(post.date + later);
    post.said_at = post.edit_date;
}

/// Reactions as written, not always; and now and then an edit, or another reaction.
fn dress(post: &mut Post, story: &Story, written: &[(String, i32)]) {
    if post.action.is_some() {
        return;
    }
    let random = mix(post.chat as u64 ^ 0xd2e5, post.id as u64);
    let most = match story.kind {
        Kind::Private(_) => 1,
        Kind::Group(_) => story.members.len() as i32,
        _ => i32::MAX,
    };
    if !random.is_multiple_of(4) {
        post.reactions = written
            .iter()
            .map(|(emoji, n)| (emoji.clone(), (*n + (random % 5) as i32 - 2).clamp(1, most)))
            .collect();
    }
    if post.reactions.is_empty() && random.is_multiple_of(11) && !story.reactions.is_empty() {
        let emoji = story.reactions[(random / 11) as usize % story.reactions.len()];
        post.reactions
            .push((emoji.to_owned(), (1 + (random / 97) as i32 % 6).min(most)));
    }
    if random.is_multiple_of(43) && !post.text.is_empty() && post.forward.is_none() {
        edit(post, 20 + (random % 400) as i32);
    }
}

/// Two folders of the list.
fn folders() -> Vec<ChatFolder> {
    let of = |wanted: fn(&Story) -> bool| {
        let chats = STORIES.iter().filter(|s| wanted(s)).map(|s| s.chat().0);
        chats.collect::<Vec<_>>()
    };
    vec![
        ChatFolder {
            id: 2,
            title: "Clubs".to_owned(),
            emoticon: Some("\u{26f0}".to_owned()),
            include: of(|s| matches!(s.kind, Kind::Supergroup(_) | Kind::Forum(_))),
            ..ChatFolder::default()
        },
        ChatFolder {
            id: 3,
            title: "News".to_owned(),
            broadcasts: true,
            ..ChatFolder::default()
        },
    ]
}
