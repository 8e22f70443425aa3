//! The laws of pushes.

use std::time::Duration;

use model::{ChatId, Clock as _};

use super::Fixture;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE};
use crate::push::{ChatKey, NewSubscription, Push, PushOutcome};

const LEASE: i64 = 60_000_000;

fn of(chat: ChatId) -> ChatKey {
    ChatKey {
        account: ACCOUNT,
        chat,
    }
}

fn wanted(endpoint: &str, user: &str) -> NewSubscription {
    NewSubscription {
        endpoint: endpoint.to_owned(),
        p256dh: "key".to_owned(),
        auth: "secret".to_owned(),
        session: [7; 32],
        user: user.to_owned(),
        chats: None,
    }
}

async fn saved(fixture: &impl Fixture, endpoint: &str) -> i64 {
    let store = fixture.store();
    let saved = store.save_subscription(&wanted(endpoint, "ann"), 9).await;
    saved.expect("saved").expect("there is room").id
}

/// Who is told what, in order.
fn told(claimed: &[Push]) -> Vec<(i64, ChatId, i64)> {
    claimed
        .iter()
        .map(|p| (p.key.subscription, p.key.chat, p.key.message))
        .collect()
}

/// An endpoint has one subscription, the last asked for; users have a bound; mutes are a user's own.
pub async fn an_endpoint_has_one_subscription(fixture: &impl Fixture) {
    let store = fixture.store();
    let first = saved(fixture, "https://push.example/1").await;
    let again = NewSubscription {
        session: [9; 32],
        chats: Some(vec![of(PRIVATE), of(CHANNEL)]),
        ..wanted("https://push.example/1", "bob")
    };
    let kept = store.save_subscription(&again, 1).await.expect("saved");
    let kept = kept.expect("the same endpoint is no second one");
    assert_eq!(kept.id, first);
    assert!(store.subscriptions().await.expect("listed") == [kept]);
    let second = wanted("https://push.example/2", "bob");
    assert!(
        store
            .save_subscription(&second, 1)
            .await
            .expect("asked")
            .is_none()
    );
    assert!(
        store
            .save_subscription(&second, 2)
            .await
            .expect("saved")
            .is_some()
    );
    store.set_mute("bob", of(CHANNEL), true).await.expect("muted");
    store
        .set_mute("bob", of(CHANNEL), true)
        .await
        .expect("muted again");
    store.set_mute("bob", of(PRIVATE), true).await.expect("muted");
    store
        .set_mute("bob", of(PRIVATE), false)
        .await
        .expect("not any more");
    assert_eq!(store.mutes("bob").await.expect("listed"), [of(CHANNEL)]);
    assert!(store.mutes("ann").await.expect("listed").is_empty());
}

/// A message is told once per subscription, however often it is planned; of a chat only the newest waits.
pub async fn a_message_is_told_once_and_the_newest_waits(fixture: &impl Fixture) {
    let store = fixture.store();
    let (a, b) = (
        saved(fixture, "https://a").await,
        saved(fixture, "https://b").await,
    );
    let plan = async |subscriptions: &[i64], chat, message| {
        let planned = store.plan_pushes(subscriptions, of(chat), message).await;
        planned.expect("planned")
    };
    assert_eq!(plan(&[a, b, 999], CHANNEL, 5).await, 2, "there is no third");
    assert_eq!(plan(&[a, b], CHANNEL, 5).await, 0);
    let mut claimed = told(&store.claim_pushes(10, LEASE).await.expect("claimed"));
    claimed.sort_unstable();
    assert_eq!(claimed, [(a, CHANNEL, 5), (b, CHANNEL, 5)]);
    assert!(store.claim_pushes(10, LEASE).await.expect("none").is_empty());
    // A newer one takes the place of what waits, also of what is being tried.
    assert_eq!(plan(&[a], CHANNEL, 6).await, 1);
    assert_eq!(plan(&[a], PRIVATE, 3).await, 1);
    assert_eq!(plan(&[a], CHANNEL, 5).await, 0, "an old one again");
    assert_eq!(plan(&[a], CHANNEL, 4).await, 1, "an older one that came later");
    let later = PushOutcome::Later {
        at: fixture.clock().now_micros(),
        attempt: true,
    };
    for message in [4, 5, 6] {
        let key = crate::push::PushKey {
            subscription: a,
            account: ACCOUNT,
            chat: CHANNEL,
            message,
        };
        store.settle_push(&key, later).await.expect("settled");
    }
    let claimed = store.claim_pushes(10, LEASE).await.expect("claimed");
    let mut keys = told(&claimed);
    keys.sort_unstable();
    assert_eq!(keys, [(a, CHANNEL, 6), (a, PRIVATE, 3)]);
    let tried = claimed.iter().find(|p| p.key.chat == CHANNEL).expect("claimed");
    assert_eq!(tried.attempts, 1);
    assert!(tried.subscription.id == a && tried.subscription.of == wanted("https://a", "ann"));
    // With the subscription goes what it was to be told.
    assert_eq!(plan(&[b], PRIVATE, 3).await, 1);
    assert!(store.remove_subscription(b).await.expect("removed"));
    assert!(!store.remove_subscription(b).await.expect("there is none"));
    assert!(store.claim_pushes(10, LEASE).await.expect("none").is_empty());
}

/// A claim ends with its time, unless it is done; what is done is forgotten only when asked.
pub async fn a_claim_ends_with_its_time_or_when_it_is_done(fixture: &impl Fixture) {
    let store = fixture.store();
    let a = saved(fixture, "https://a").await;
    for (chat, message) in [(CHANNEL, 1), (PRIVATE, 2)] {
        store.plan_pushes(&[a], of(chat), message).await.expect("planned");
        fixture.clock().advance(Duration::from_secs(1));
    }
    let claim = async |limit| store.claim_pushes(limit, LEASE).await.expect("claimed");
    let first = claim(1).await;
    assert_eq!(told(&first), [(a, CHANNEL, 1)], "the oldest first");
    assert_eq!(told(&claim(9).await), [(a, PRIVATE, 2)]);
    store
        .settle_push(&first[0].key, PushOutcome::Done)
        .await
        .expect("settled");
    fixture.clock().advance(Duration::from_mins(1));
    let again = claim(9).await;
    assert_eq!(told(&again), [(a, PRIVATE, 2)], "whoever had it is gone");
    assert_eq!(again[0].attempts, 0);
    let at = fixture.clock().now_micros() + 5_000_000;
    let later = PushOutcome::Later { at, attempt: false };
    store.settle_push(&again[0].key, later).await.expect("settled");
    assert!(claim(9).await.is_empty(), "not before its time");
    fixture.clock().advance(Duration::from_secs(5));
    let once_more = claim(9).await;
    store
        .settle_push(&once_more[0].key, PushOutcome::Done)
        .await
        .expect("settled");
    let plan = async || store.plan_pushes(&[a], of(CHANNEL), 1).await.expect("planned");
    assert_eq!(plan().await, 0);
    let now = fixture.clock().now_micros();
    store.forget_pushes(now).await.expect("forgotten");
    assert_eq!(plan().await, 1);
    for (chat, message) in [(CHANNEL, 3), (PRIVATE, 4)] {
        store.plan_pushes(&[a], of(chat), message).await.expect("planned");
    }
    let (one, other) = tokio::join!(store.claim_pushes(9, LEASE), store.claim_pushes(9, LEASE));
    let mut both = told(&one.expect("claimed"));
    both.extend(told(&other.expect("claimed")));
    assert_eq!(both.len(), 2, "each by one of two who claim at once");
}

/// Of two who make a fact at once both get the first one's.
pub async fn of_two_who_make_a_fact_one_is_first(fixture: &impl Fixture) {
    let store = fixture.store();
    let (a, b) = tokio::join!(store.ensure_meta("fact", "a"), store.ensure_meta("fact", "b"));
    let (a, b) = (a.expect("made"), b.expect("made"));
    assert_eq!(a, b);
    assert_eq!(store.meta("fact").await.expect("read"), Some(a));
}
