//! What goes wrong on the way: shown as a state, waited out, and never lost.

use std::time::Duration;

use model::BoxId;
use store::StoreError;
use telegram::{
    ConnectionState, HistoryRequest, Login as _, OpenOptions, Purpose, Telegram as _, TelegramClient,
    TelegramError, TelegramLogin, Timeouts,
};
use telegram_sim::{Action, Rule};

use crate::bed::{
    Bed, CODE, FRIEND, ME, PHONE, SUPERGROUP, log_in, next_that, secret, soon, state_is, texts,
};

const PAGE: HistoryRequest = HistoryRequest {
    chat: FRIEND,
    after: 0,
    limit: 10,
    purpose: Purpose::Backfill,
};

fn error(code: i32, message: &str) -> Action {
    Action::Error {
        code,
        message: message.to_owned(),
    }
}

#[tokio::test]
async fn transient_failures_are_tried_again() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    for action in [
        error(500, "INTERDC_2_CALL_ERROR"),
        error(-503, "Timeout"),
        Action::CloseBefore,
        Action::CloseAfter,
        Action::BadServerSalt,
        Action::Transport(-429),
    ] {
        bed.sim
            .faults()
            .add(Rule::once("messages.getHistory", action.clone()));
        let page = soon(&format!("{action:?}"), client.history(&PAGE)).await.unwrap();
        assert_eq!(page.messages.len(), 1, "{action:?}");
    }
    state_is(&client, |s| *s == ConnectionState::Ready).await;
}

#[tokio::test]
async fn a_call_without_an_answer_is_made_again_on_another_connection() {
    let bed = Bed::new().await;
    let mut options = bed.options("fetcher").await;
    options.timeouts = Timeouts {
        call: Duration::from_secs(1),
        ..options.timeouts
    };
    let client = TelegramClient::open(options).await.unwrap();
    log_in(&client).await;
    client.dialogs(&telegram::FolderList::default()).await.unwrap();
    bed.sim
        .faults()
        .add(Rule::once("messages.getHistory", Action::NoAnswer));
    let before = bed.sim.counters().connections;
    soon("the page", client.history(&PAGE)).await.unwrap();
    assert!(bed.sim.counters().connections > before);
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "heard");
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"heard")).await;
}

#[tokio::test]
async fn a_black_hole_of_a_file_data_centre_leaves_home_alone() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    bed.sim.faults().black_hole(4, true);
    let location = model::FileLocation {
        file_id: 5,
        dc_id: 4,
        ..model::FileLocation::default()
    };
    let other = client.clone();
    let stuck = tokio::spawn(async move {
        other
            .download(&telegram::DownloadRequest {
                location,
                peer: None,
                offset: 0,
                size: None,
            })
            .await
    });
    let mut updates = client.updates().await.unwrap();
    for i in 0..5 {
        soon("a page at home", client.history(&PAGE)).await.unwrap();
        bed.post(FRIEND, &format!("{i}"));
    }
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"4")).await;
    assert!(!stuck.is_finished());
    client.disconnect().await;
    assert!(matches!(stuck.await.unwrap(), Err(TelegramError::Closed)));
}

#[tokio::test]
async fn a_revoked_session_is_told_and_can_be_renewed() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    bed.sim.revoke_sessions(ME);
    let lost = client.history(&PAGE).await;
    assert!(
        matches!(&lost, Err(TelegramError::LoginRequired(r)) if r.contains("another device")),
        "{lost:?}"
    );
    assert!(matches!(
        client.state().borrow().clone(),
        ConnectionState::LoginRequired { .. }
    ));
    bed.sim.drop_connections(None);
    let ended = soon("the end of the updates", updates.next()).await;
    assert!(matches!(ended, Err(TelegramError::LoginRequired(_))), "{ended:?}");
    log_in(&client).await;
    client.dialogs(&telegram::FolderList::default()).await.unwrap();
    client.history(&PAGE).await.unwrap();
}

#[tokio::test]
async fn a_duplicated_key_is_told_clearly() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    bed.sim
        .faults()
        .add(Rule::once("messages.getHistory", Action::Duplicate));
    let lost = client.history(&PAGE).await;
    assert!(
        matches!(&lost, Err(TelegramError::LoginRequired(r)) if r.contains("two places")),
        "{lost:?}"
    );
    bed.sim.faults().clear();
    log_in(&client).await;
    client.dialogs(&telegram::FolderList::default()).await.unwrap();
}

#[tokio::test]
async fn an_unknown_key_is_replaced_and_kept() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let before = bed.session("fetcher").await.unwrap();
    bed.sim.forget_keys();
    let lost = soon("the answer", client.history(&PAGE)).await;
    assert!(matches!(lost, Err(TelegramError::LoginRequired(_))), "{lost:?}");
    let after = bed.session("fetcher").await.unwrap();
    let key = |row: &store::SessionRow| row.dcs.iter().find(|d| d.dc == 2).unwrap().sealed_key.clone();
    assert_ne!(key(&before), key(&after));
    assert_eq!(
        before.state, after.state,
        "what was missed can be asked for after the next log-in"
    );
    log_in(&client).await;
    client.history(&PAGE).await.unwrap();
}

#[tokio::test]
async fn whoever_lost_the_lease_stops() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "one");
    let batch = next_that(&mut updates, |b| texts(b, BoxId::Common) == ["one"]).await;
    let taken = bed.options("fetcher").await;
    let refused = client.persist_state(&batch.state).await;
    assert!(
        matches!(refused, Err(TelegramError::Store(StoreError::Fenced { .. }))),
        "{refused:?}"
    );
    assert!(matches!(client.history(&PAGE).await, Err(TelegramError::Closed)));
    assert!(matches!(
        soon("the end", updates.next()).await,
        Err(TelegramError::Closed)
    ));
    client.disconnect().await;
    let OpenOptions { lease, .. } = &taken;
    assert!(lease.epoch > 1);
    let next = TelegramClient::open(taken).await.unwrap();
    next.dialogs(&telegram::FolderList::default()).await.unwrap();
    next.history(&PAGE).await.unwrap();
}

#[tokio::test]
async fn no_page_is_handed_on_whose_peers_are_not_written() {
    let bed = Bed::new().await;
    let client = bed.client().await;
    log_in(&client).await;
    let taken = bed.options("fetcher").await;
    let page = client.dialogs(&telegram::FolderList::default()).await;
    assert!(
        matches!(
            page,
            Err(TelegramError::Store(StoreError::Fenced { .. }) | TelegramError::Closed)
        ),
        "a page whose access hashes this process alone knows"
    );
    client.disconnect().await;
    let next = TelegramClient::open(taken).await.unwrap();
    next.dialogs(&telegram::FolderList::default()).await.unwrap();
    next.history(&PAGE).await.unwrap();
}

#[tokio::test]
async fn wrong_api_credentials_and_a_wait_for_codes_are_told() {
    let bed = Bed::new().await;
    let client = bed.client().await;
    let login = TelegramLogin::new(&client);
    bed.sim
        .faults()
        .add(Rule::once("auth.sendCode", error(400, "API_ID_INVALID")));
    let told = login.request_code(&secret(PHONE)).await;
    assert!(
        matches!(told, Err(telegram::LoginError::WrongApiCredentials)),
        "{told:?}"
    );
    bed.sim
        .faults()
        .add(Rule::once("auth.sendCode", Action::FloodWait(500)));
    let told = login.request_code(&secret(PHONE)).await;
    assert!(
        matches!(told, Err(telegram::LoginError::Wait(until)) if until >= bed.now() + 499),
        "{told:?}"
    );
    login.request_code(&secret(PHONE)).await.unwrap();
    login.sign_in(&secret(CODE)).await.unwrap();
    assert!(
        client.resolve(SUPERGROUP).await.unwrap().is_none(),
        "no access hash yet"
    );
}

#[tokio::test]
async fn two_processes_with_one_key_are_told() {
    let bed = Bed::new().await;
    let first = bed.logged_in().await;
    first.history(&PAGE).await.unwrap();
    // What the lease prevents: the same rows used by another process at the same time.
    let mut options = bed.options("fetcher").await;
    options.device.device_model = "another machine".to_owned();
    let second = TelegramClient::open(options).await.unwrap();
    second.dialogs(&telegram::FolderList::default()).await.unwrap();
    for client in [first, second] {
        let told = soon("the answer", client.history(&PAGE)).await;
        assert!(
            matches!(&told, Err(TelegramError::LoginRequired(r)) if r.contains("two places")),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_client_that_is_dropped_hangs_up() {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    let mut state = client.state();
    drop(client);
    let gone = soon("the end of the client", async {
        while state.changed().await.is_ok() {}
    });
    gone.await;
}

#[tokio::test]
async fn a_connection_that_fell_silent_is_noticed() {
    let bed = Bed::new().await;
    let mut options = bed.options("fetcher").await;
    let (call, idle_probe) = (Duration::from_millis(500), Duration::from_millis(100));
    options.timeouts = Timeouts {
        call,
        idle_probe,
        exchange: call,
        ..options.timeouts
    };
    let client = TelegramClient::open(options).await.unwrap();
    log_in(&client).await;
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "before");
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"before")).await;
    let following = tokio::spawn(async move {
        next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"missed")).await;
    });
    bed.sim.faults().black_hole(2, true);
    state_is(
        &client,
        |s| matches!(s, ConnectionState::Connecting { reason: Some(r) } if r.contains("does not answer")),
    )
    .await;
    bed.sim
        .faults()
        .pushes(telegram_sim::faults::PushFault::Swallow, 1);
    bed.post(FRIEND, "missed");
    bed.sim.faults().black_hole(2, false);
    soon("what was missed", following).await.unwrap();
}
