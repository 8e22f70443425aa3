//! The forms in which Telegram tells what happens, and what may become of them on the way. The pushes are counted by
//! form: each test says which it is about.

use bytes::Bytes;
use grammers_tl_types::types;
use model::{BoxId, Capture, CapturedMessage, ChatId, Origin, Seen};
use telegram::{HistoryRequest, Telegram as _, TelegramClient, Updates};
use telegram_sim::faults::PushFault;
use telegram_sim::world::{Draft, Edit, UserInfo};

use crate::bed::{Bed, FRIEND, GROUP, ME, SUPERGROUP, captures, messages, next, next_that, texts};

/// A client that follows, and has heard something already.
async fn following(bed: &Bed) -> (TelegramClient, Box<dyn Updates>) {
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    for (chat, box_id) in [(FRIEND, BoxId::Common), (SUPERGROUP, SUPERGROUP.box_id())] {
        bed.post(chat, "begun");
        next_that(&mut updates, |b| texts(b, box_id).contains(&"begun")).await;
    }
    (client, updates)
}

/// Without how and when it was captured, and without the bytes, which are another form's.
fn said(message: &CapturedMessage) -> CapturedMessage {
    CapturedMessage {
        seen: Seen::default(),
        origin: Origin::Page,
        raw: Bytes::new(),
        ..message.clone()
    }
}

fn edit(text: &str) -> Edit {
    Edit {
        text: Some(text.to_owned()),
        ..Edit::default()
    }
}

/// Plain texts as people write them, by either side.
fn drafts(answered: i32) -> Vec<Draft> {
    let bold = types::MessageEntityBold { offset: 0, length: 4 };
    let plain = [
        Draft::text("plain"),
        Draft {
            entities: vec![bold.into()],
            ..Draft::text("bold and not")
        },
        Draft {
            reply_to: Some(answered),
            quote: Some("fir".to_owned()),
            silent: true,
            ..Draft::text("an answer")
        },
    ];
    let by = |from: i64| {
        plain.clone().map(|draft| Draft {
            from: Some(from),
            ..draft
        })
    };
    [by(FRIEND.0), by(ME)].concat()
}

#[tokio::test]
async fn short_messages_say_what_history_says() {
    for (chat, form) in [(FRIEND, "updateShortMessage"), (GROUP, "updateShortChatMessage")] {
        let bed = Bed::new().await;
        let (client, mut updates) = following(&bed).await;
        let answered = bed.sim.world().newest(ME, chat, 1)[0];
        let (mut expected, before) = (Vec::new(), bed.pushed(form));
        // Of three ids that follow each other one comes short: three of each kind.
        for draft in drafts(answered).iter().flat_map(|d| [d, d, d]) {
            expected.push(i64::from(bed.sim.world().post(ME, chat, draft).unwrap()));
        }
        let mut live = Vec::new();
        while live.len() < expected.len() {
            let batch = next(&mut updates).await;
            live.extend(messages(&batch, BoxId::Common).into_iter().cloned());
        }
        assert!(live.iter().all(|m| m.origin == Origin::Live));
        assert_eq!(bed.pushed(form) - before, 6, "{form}: each kind, by either side");
        let page = HistoryRequest {
            chat,
            after: expected[0] - 1,
            limit: 100,
            purpose: telegram::Purpose::Backfill,
        };
        let page = client.history(&page).await.unwrap();
        let told: Vec<_> = page.messages.iter().map(said).collect();
        assert_eq!(live.iter().map(said).collect::<Vec<_>>(), told, "{form}");
    }
}

#[tokio::test]
async fn whoever_a_short_message_names_is_asked_for_if_nothing_is_known_of_them() {
    let bed = Bed::new().await;
    let (client, mut updates) = following(&bed).await;
    let stranger = ChatId::user(3001);
    {
        let mut world = bed.sim.world();
        let friend = world.users[&FRIEND.0].clone();
        world.users.insert(3001, UserInfo { id: 3001, ..friend });
    }
    // Every third one comes short.
    while bed.sim.world().account(ME).unwrap().common.last_id() % 3 != 2 {
        bed.post(FRIEND, "in between");
    }
    let id = bed.post(stranger, "who am I?");
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"who am I?")).await;
    let known = |c: &Capture| matches!(c, Capture::User(u) if u.id == 3001 && !u.min);
    assert!(captures(&batch, BoxId::Common).any(known));
    let page = HistoryRequest {
        chat: stranger,
        after: 0,
        limit: 10,
        purpose: telegram::Purpose::Backfill,
    };
    let page = client.history(&page).await.unwrap();
    assert_eq!(page.messages.iter().map(|m| m.id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn update_short_tells_a_deletion_and_what_is_not_understood_is_kept() {
    let bed = Bed::new().await;
    let (_client, mut updates) = following(&bed).await;
    let id = bed.post(FRIEND, "doomed");
    bed.sim.world().delete(ME, FRIEND, &[id as i32]);
    let gone = |c: &Capture| matches!(c, Capture::Deletions(d) if d.ids[..] == [id] && d.chat.is_none());
    next_that(&mut updates, |b| captures(b, BoxId::Common).any(gone)).await;
    assert_eq!(bed.pushed("updateShort"), 1);

    let phone = types::UpdateUserPhone {
        user_id: FRIEND.0,
        phone: "1".to_owned(),
    };
    let short = types::UpdateShort {
        update: phone.into(),
        date: bed.now() as i32,
    };
    bed.sim.world().tell(ME, &short.into());
    let kept = |c: &Capture| {
        matches!(c, Capture::Raw(raw) if raw.constructor == "updateUserPhone"
            && !raw.raw.is_empty() && raw.layer == grammers_tl_types::LAYER)
    };
    next_that(&mut updates, |b| captures(b, BoxId::Common).any(kept)).await;
    assert_eq!(bed.pushed("updateShort"), 2);
}

#[tokio::test]
async fn a_combined_container_tells_all_that_is_in_it() {
    let bed = Bed::new().await;
    let (_client, mut updates) = following(&bed).await;
    let ids = [bed.post(FRIEND, "a"), bed.post(FRIEND, "b")];
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"b")).await;
    bed.sim.faults().pushes(PushFault::Combine, 1);
    for id in ids {
        bed.sim.world().edit(ME, FRIEND, id as i32, &edit("changed"));
    }
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"changed")).await;
    let changed = messages(&batch, BoxId::Common);
    assert_eq!(changed.iter().map(|m| m.id).collect::<Vec<_>>(), ids);
    assert!(changed[0].seen < changed[1].seen, "in the order of the container");
    assert_eq!(bed.pushed("updatesCombined"), 1);
}

/// What comes with the fault arrives all the same, told by a difference.
async fn found_by_a_difference(fault: PushFault, form: &str) {
    let bed = Bed::new().await;
    let (_client, mut updates) = following(&bed).await;
    for (chat, box_id) in [(FRIEND, BoxId::Common), (GROUP, BoxId::Common)] {
        bed.sim.faults().pushes(fault, 1);
        bed.post(chat, "asked for");
        let batch = next_that(&mut updates, |b| texts(b, box_id).contains(&"asked for")).await;
        assert_eq!(
            messages(&batch, box_id)[0].origin,
            Origin::Difference,
            "{fault:?}"
        );
        bed.post(chat, "told");
        let batch = next_that(&mut updates, |b| texts(b, box_id).contains(&"told")).await;
        assert_eq!(
            messages(&batch, box_id)[0].origin,
            Origin::Live,
            "{fault:?}: and it goes on"
        );
    }
    assert_eq!(bed.pushed(form), 2, "{form}");
}

#[tokio::test]
async fn updates_too_long_are_asked_for() {
    found_by_a_difference(PushFault::TooLong, "updatesTooLong").await;
}

#[tokio::test]
async fn a_message_that_is_told_without_its_text_is_asked_for() {
    found_by_a_difference(PushFault::Untold, "updateShortSentMessage").await;
}

#[tokio::test]
async fn a_push_of_a_constructor_that_no_layer_has_is_asked_for() {
    found_by_a_difference(PushFault::Garble, "(unknown)").await;
}

#[tokio::test]
async fn each_fault_of_pushes_by_itself_loses_nothing() {
    for fault in [
        PushFault::Swallow,
        PushFault::Duplicate,
        PushFault::Reorder,
        PushFault::Combine,
        PushFault::TooLong,
        PushFault::Untold,
        PushFault::Garble,
    ] {
        let bed = Bed::new().await;
        let (_client, mut updates) = following(&bed).await;
        for chat in [FRIEND, GROUP, SUPERGROUP] {
            lost_nothing(&bed, &mut updates, chat, fault).await;
        }
    }
}

/// Three messages of which the first meets the fault, and an edit and a deletion that do.
async fn lost_nothing(bed: &Bed, updates: &mut Box<dyn Updates>, chat: ChatId, fault: PushFault) {
    let box_id = chat.box_id();
    let (word, last) = (
        format!("{fault:?} in {chat}"),
        format!("the last of {fault:?} in {chat}"),
    );
    let (mut heard, mut gone) = (Vec::new(), false);
    bed.sim.faults().pushes(fault, 1);
    let ids: Vec<i64> = (0..3).map(|_| bed.post(chat, &word)).collect();
    bed.sim.faults().pushes(fault, 1);
    bed.sim
        .world()
        .edit(ME, chat, ids[0] as i32, &edit(&format!("{word}, edited")));
    bed.sim.faults().pushes(fault, 1);
    bed.sim.world().delete(ME, chat, &[ids[1] as i32]);
    bed.post(chat, &last);
    let complete = |heard: &Vec<(i64, String)>, gone: bool| {
        let said = |id: i64, text: &str| heard.iter().any(|(i, t)| *i == id && t == text);
        said(ids[0], &format!("{word}, edited"))
            && said(ids[2], &word)
            && gone
            && heard.iter().any(|(_, t)| *t == last)
    };
    while !complete(&heard, gone) {
        let batch = next(updates).await;
        heard.extend(
            messages(&batch, box_id)
                .iter()
                .map(|m| (m.id, m.content.text.clone())),
        );
        gone |=
            captures(&batch, box_id).any(|c| matches!(c, Capture::Deletions(d) if d.ids.contains(&ids[1])));
    }
}

#[tokio::test]
async fn a_gap_of_containers_is_filled() {
    let bed = Bed::new().await;
    bed.sim.world().count_containers(ME);
    let (client, mut updates) = following(&bed).await;
    let id = bed.post(FRIEND, "first");
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"first")).await;
    let changes = |text: &'static str| bed.sim.world().edit(ME, FRIEND, id as i32, &edit(text));
    changes("in step");
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common) == ["in step"]).await;
    assert_eq!(messages(&batch, BoxId::Common)[0].origin, Origin::Live);
    let (seq, asked) = (bed.sim.world().seq(ME), bed.calls("updates.getDifference"));
    assert!(seq > 0);

    // Nothing with a pts is missing: only the count of containers tells.
    bed.sim.faults().pushes(PushFault::Swallow, 1);
    bed.sim
        .world()
        .react(ME, FRIEND, id as i32, vec![("👍".into(), 1)]);
    changes("after a gap");
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"after a gap")).await;
    assert_eq!(messages(&batch, BoxId::Common)[0].origin, Origin::Difference);
    assert_eq!(bed.calls("updates.getDifference"), asked + 1);

    bed.sim.faults().pushes(PushFault::Combine, 1);
    changes("joined");
    changes("and again");
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"and again")).await;
    assert_eq!(
        messages(&batch, BoxId::Common)[0].origin,
        Origin::Live,
        "in step again"
    );
    client.persist_state(&batch.state).await.unwrap();
    let state = bed.session("fetcher").await.unwrap().state.unwrap();
    assert_eq!(state.seq, bed.sim.world().seq(ME), "the count is kept");
}

#[tokio::test]
async fn secret_chats_are_never_counted_without_the_others() {
    let mut world = telegram_sim::World::new(3);
    let small = crate::bed::small_world();
    (world.users, world.groups, world.channels) = (small.users, small.groups, small.channels);
    world.accounts = small.accounts;
    world.accounts.get_mut(&ME).unwrap().common = telegram_sim::world::MessageBox::default();
    world.set_qts(ME, 7);
    let bed = Bed::with(world).await;
    let client = bed.logged_in().await;
    let stored = || async { bed.session("fetcher").await.unwrap().state.unwrap() };
    let state = stored().await;
    assert!(state.pts > 0 && state.qts == 7, "{state:?}");
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "the first of all");
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common) == ["the first of all"]).await;
    client.persist_state(&batch.state).await.unwrap();
    client.disconnect().await;
    bed.post(FRIEND, "while away");
    let client = bed.client().await;
    let mut updates = client.updates().await.unwrap();
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common) == ["while away"]).await;
    client.persist_state(&batch.state).await.unwrap();
    let state = stored().await;
    assert!(state.pts > 1 && state.qts == 7, "{state:?}");
}
