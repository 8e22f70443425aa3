//! Telegram's limits: a wait is shown, obeyed by everybody who shares the account, and remembered.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::BoxId;
use store::Sessions as _;
use telegram::{
    CallBudget, CallClass, ConnectionState, HistoryRequest, Purpose, Telegram as _, TelegramClient,
};
use telegram_sim::{Action, FloodLimit, Rule};
use tokio::sync::{Semaphore, watch};

use crate::bed::{Bed, FRIEND, log_in, next_that, note_channels, soon, state_is, texts};

const PAGE: HistoryRequest = HistoryRequest {
    chat: FRIEND,
    after: 0,
    limit: 10,
    purpose: Purpose::Backfill,
};

/// Asks for a page, waits until the flood wait that it meets is shown and written down, and asks no more; answers its end.
async fn flooded(bed: &Bed, client: &TelegramClient, seconds: u32) -> i64 {
    bed.sim
        .faults()
        .add(Rule::once("messages.getHistory", Action::FloodWait(seconds)));
    let other = client.clone();
    let page = tokio::spawn(async move { other.history(&PAGE).await });
    let until = shown(client).await;
    let account = bed.authorization("fetcher").await.account;
    soon("the row", async {
        while bed.store.flood_waits(account).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    page.abort();
    until
}

/// The end of the flood wait on pages that is shown.
async fn shown(client: &TelegramClient) -> i64 {
    match state_is(client, |s| matches!(s, ConnectionState::FloodWait { .. })).await {
        ConnectionState::FloodWait {
            class: CallClass::History,
            until,
        } => until,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_flood_wait_stops_its_class_alone_and_is_obeyed() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    bed.sim
        .faults()
        .add(Rule::once("messages.getHistory", Action::FloodWait(3600)));
    let until = bed.now() + 3600;
    let other = client.clone();
    let page = tokio::spawn(async move { other.history(&PAGE).await });
    let shown = state_is(&client, |s| matches!(s, ConnectionState::FloodWait { .. })).await;
    let ConnectionState::FloodWait {
        class: CallClass::History,
        until: told,
    } = shown
    else {
        panic!("{shown:?}")
    };
    assert!((until..=until + 5).contains(&told), "{told}");
    bed.post(FRIEND, "meanwhile");
    next_that(&mut updates, |b| texts(b, BoxId::Common) == ["meanwhile"]).await;
    client.messages_by_id(FRIEND, &[1]).await.unwrap();
    assert!(!page.is_finished());
    assert_eq!(bed.calls("messages.getHistory"), 1);
    bed.clock.advance(Duration::from_secs(3601));
    let page = soon("the page", page).await.unwrap().unwrap();
    assert_eq!(page.messages.len(), 2, "the page survives the wait");
    state_is(&client, |s| *s == ConnectionState::Ready).await;
}

#[tokio::test]
async fn a_client_that_is_opened_again_obeys_what_the_one_before_was_told() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let until = flooded(&bed, &client, 3600).await;
    // As after a kill -9: nothing of it ends in good order.
    drop(client);
    bed.sim.drop_connections(None);
    let client = bed.client().await;
    assert_eq!(shown(&client).await, until, "shown before anything is called");
    let other = client.clone();
    let page = tokio::spawn(async move { other.history(&PAGE).await });
    // Other calls go on meanwhile, and prove that the page had its time.
    for _ in 0..20 {
        client.messages_by_id(FRIEND, &[1]).await.unwrap();
    }
    assert_eq!(
        bed.calls("messages.getHistory"),
        1,
        "only the one that met the wait"
    );
    assert_eq!(shown(&client).await, until);
    bed.clock.advance(Duration::from_secs(3601));
    soon("the page", page).await.unwrap().unwrap();
    state_is(&client, |s| *s == ConnectionState::Ready).await;
    client.disconnect().await;
    let client = bed.client().await;
    soon("a page at once", client.history(&PAGE)).await.unwrap();
}

#[tokio::test]
async fn what_one_authorization_is_told_the_others_of_the_account_obey() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let other = TelegramClient::open(bed.options("downloader-1").await)
        .await
        .unwrap();
    log_in(&other).await;
    note_channels(&other).await;
    let until = flooded(&bed, &client, 3600).await;
    assert_eq!(shown(&other).await, until);
    bed.clock.advance(Duration::from_secs(3601));
    state_is(&other, |s| *s == ConnectionState::Ready).await;
    assert_eq!(bed.calls("messages.getHistory"), 1, "it had to ask for nothing");
}

#[tokio::test]
async fn calls_that_were_under_way_are_no_disobedience_and_those_after_are_none_either() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    bed.sim.floods().limit(FloodLimit {
        method: "messages.getHistory".into(),
        calls: 4,
        window: 30,
        wait: 30,
    });
    let pages: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.history(&PAGE).await })
        })
        .collect();
    shown(&client).await;
    for page in pages {
        let clock = bed.clock.clone();
        let hurry = async {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                clock.advance(Duration::from_secs(1));
            }
        };
        tokio::select! {
            page = soon("a page", page) => {
                page.unwrap().unwrap();
            }
            () = hurry => {}
        }
    }
    assert_eq!(bed.sim.counters().flood_violations, 0);
    assert!(bed.sim.counters().flood_waits > 3);
}

#[tokio::test]
async fn limits_of_telegram_are_obeyed_to_the_end() {
    let bed = Bed::new().await;
    for i in 0..12 {
        bed.post(FRIEND, &format!("{i}"));
    }
    let client = bed.logged_in().await;
    let limit = FloodLimit {
        method: "messages.getHistory".into(),
        calls: 3,
        window: 30,
        wait: 30,
    };
    bed.sim.floods().limit(limit);
    let clock = bed.clock.clone();
    let hurry = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            clock.advance(Duration::from_secs(1));
        }
    });
    let (mut after, mut ids) = (0, 0);
    loop {
        let page = soon(
            "a page",
            client.history(&HistoryRequest {
                after,
                limit: 1,
                ..PAGE
            }),
        )
        .await
        .unwrap();
        let Some(last) = page.messages.last() else { break };
        (after, ids) = (last.id, ids + 1);
    }
    hurry.abort();
    let counters = bed.sim.counters();
    assert_eq!((ids, counters.flood_violations), (13, 0));
    assert!(counters.flood_waits >= 3, "{}", counters.flood_waits);
}

/// Notes what it was asked.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

#[async_trait::async_trait]
impl CallBudget for Recorder {
    async fn acquire(&self, class: CallClass, purpose: Purpose) {
        self.0.lock().unwrap().push(format!("{class:?} {purpose:?}"));
    }
}

#[tokio::test]
async fn the_budget_is_asked_for_each_try() {
    let bed = Bed::new().await;
    let recorder = Arc::new(Recorder::default());
    let mut options = bed.options("fetcher").await;
    options.budget = recorder.clone();
    let client = TelegramClient::open(options).await.unwrap();
    log_in(&client).await;
    client.dialogs(&telegram::FolderList::default()).await.unwrap();
    bed.sim
        .faults()
        .add(Rule::once("messages.getHistory", Action::FloodPremiumWait(1)));
    client.history(&PAGE).await.unwrap();
    let told = recorder.0.lock().unwrap().clone();
    assert_eq!(
        told,
        ["Metadata New", "History Backfill", "History Backfill"],
        "and never for what follows updates"
    );
}

/// Lets calls of pages through one by one.
struct Turnstile {
    asked: watch::Sender<usize>,
    open: Semaphore,
}

#[async_trait::async_trait]
impl CallBudget for Turnstile {
    async fn acquire(&self, class: CallClass, _purpose: Purpose) {
        if class == CallClass::History {
            self.asked.send_modify(|n| *n += 1);
            self.open.acquire().await.unwrap().forget();
        }
    }
}

#[tokio::test]
async fn a_call_that_waited_for_the_budget_meets_a_flood_wait_that_came_meanwhile() {
    let bed = Bed::new().await;
    let turnstile = Arc::new(Turnstile {
        asked: watch::Sender::new(0),
        open: Semaphore::new(0),
    });
    let mut options = bed.options("fetcher").await;
    options.budget = turnstile.clone();
    let client = TelegramClient::open(options).await.unwrap();
    log_in(&client).await;
    note_channels(&client).await;
    bed.sim
        .faults()
        .add(Rule::once("messages.getHistory", Action::FloodWait(3600)));
    let page = || {
        let client = client.clone();
        tokio::spawn(async move { client.history(&PAGE).await })
    };
    let pages = [page(), page()];
    let mut asked = turnstile.asked.subscribe();
    soon("both in the queue", asked.wait_for(|n| *n == 2))
        .await
        .unwrap();
    turnstile.open.add_permits(1);
    shown(&client).await;
    turnstile.open.add_permits(1);
    for _ in 0..20 {
        client.messages_by_id(FRIEND, &[1]).await.unwrap();
    }
    assert_eq!(
        turnstile.open.available_permits(),
        0,
        "the second one was let through"
    );
    assert_eq!(bed.calls("messages.getHistory"), 1, "and waits all the same");
    bed.clock.advance(Duration::from_secs(3601));
    turnstile.open.add_permits(2);
    for page in pages {
        soon("a page", page).await.unwrap().unwrap();
    }
}
