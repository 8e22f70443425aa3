use std::collections::{BTreeMap, BTreeSet};

use model::ChatId;

use super::stories::{CLUB, STORIES};
use super::*;
use crate::snapshot::{Snapshot, take};

const NOW: i32 = 1_780_000_000;

fn truth(world: &World) -> Snapshot {
    take(world, ACCOUNT)
}

#[test]
fn the_same_seed_and_time_give_the_same_world_and_the_same_life() {
    let lived = |seed| {
        let (mut world, mut life) = demo(seed, NOW, 40);
        for n in 0..300 {
            life.act(&mut world, Deed::Step, NOW + n);
        }
        life.act(&mut world, Deed::Attack, NOW + 300);
        truth(&world)
    };
    let (once, again) = (lived(5), lived(5));
    assert_eq!(once, again);
    assert_ne!(once.messages, lived(6).messages);
    let mut kinds = BTreeMap::<&str, usize>::new();
    for event in &once.events {
        *kinds.entry(&event.kind).or_default() += event.ids.len();
    }
    assert!(
        kinds["new"] > 180 && kinds["edit"] > 5 && kinds["react"] > 10,
        "{kinds:?}"
    );
    let attacked = |e: &&crate::snapshot::TrueEvent| e.kind == "delete" && e.ids.len() > 1;
    let attacked: Vec<_> = once.events.iter().filter(attacked).collect();
    assert_eq!(attacked.iter().map(|e| e.ids.len()).sum::<usize>(), ATTACK);
    assert!(attacked.iter().all(|e| e.chat == ChatId::channel(CLUB).0));
}

#[test]
fn the_whole_world_has_every_kind_of_message_and_lies_in_the_past() {
    let (world, _) = demo(1, NOW, LONGEST);
    let mut per_chat = BTreeMap::<i64, usize>::new();
    let (mut kinds, mut styles, mut reacted) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut albums = BTreeMap::<(i64, i64), usize>::new();
    for story in &STORIES {
        let chat = story.chat();
        let messages = world.message_box(ACCOUNT, chat).unwrap();
        for id in messages.newer(chat.0, 1) {
            let post = messages.get(id).unwrap();
            assert!(post.date < NOW && post.text.encode_utf16().count() <= 4096);
            assert!(
                !post.text.contains('{') || post.text.contains("pub fn"),
                "{}",
                post.text
            );
            assert!(!post.text.starts_with('['), "{}", post.text);
            assert!(
                post.reply_to.is_none_or(|to| to < id),
                "{} answers what is to come",
                post.text
            );
            *per_chat.entry(chat.0).or_default() += 1;
            reacted += usize::from(!post.reactions.is_empty());
            if let Some(album) = post.grouped_id {
                *albums.entry((chat.0, album)).or_default() += 1;
            }
            kinds.insert(format!("{:?}", post.media).chars().take(14).collect::<String>());
            for entity in &post.entities {
                let debug = format!("{entity:?}");
                styles.insert(debug.split('(').next().unwrap_or_default().to_owned());
            }
        }
    }
    for story in &STORIES {
        let have = per_chat[&story.chat().0];
        assert!(
            have >= story.messages && have < story.messages + 60,
            "{}: {have}",
            story.title
        );
    }
    // Telegram's limit: more would be two albums that were taken for one.
    assert!(
        albums.len() > 20 && albums.values().all(|n| (2..=10).contains(n)),
        "{albums:?}"
    );
    assert!(styles.len() >= 18, "{styles:?}");
    assert!(kinds.len() >= 9 && reacted > 2000, "{kinds:?} {reacted}");
}
