//! Each fault of calls by itself: what it means for whoever uses the archive.

use std::time::Duration;

use model::BoxId;
use telegram::{
    ConnectionState, HistoryRequest, Telegram as _, TelegramClient, TelegramError, TooLong, Updates,
};
use telegram_sim::faults::PushFault;
use telegram_sim::{Action, Rule};

use crate::bed::{Bed, FRIEND, ME, SUPERGROUP, log_in, next_that, note_channels, soon, state_is, texts};

const PAGE: HistoryRequest = HistoryRequest {
    chat: FRIEND,
    after: 0,
    limit: 10,
    purpose: telegram::Purpose::Backfill,
};

/// A bed and a client that is logged in and ready.
async fn ready() -> (Bed, TelegramClient) {
    let bed = Bed::new().await;
    let client = bed.logged_in().await;
    client.history(&PAGE).await.unwrap();
    (bed, client)
}

fn once(bed: &Bed, action: Action) {
    bed.sim.faults().add(Rule::once("messages.getHistory", action));
}

fn always(bed: &Bed, method: &str, action: Action) {
    bed.sim.faults().add(Rule::every(method, 1, action));
}

/// The page comes, whatever happened on the way.
async fn page(client: &TelegramClient) {
    let page = soon("the page", client.history(&PAGE)).await.unwrap();
    assert_eq!(page.messages.len(), 1);
}

/// The reason with which the client says that a log-in is needed: as an error, and as its state.
async fn login_required(client: &TelegramClient) -> String {
    let Err(TelegramError::LoginRequired(reason)) = soon("the answer", client.history(&PAGE)).await else {
        panic!("a log-in is required")
    };
    let state = state_is(client, |s| matches!(s, ConnectionState::LoginRequired { .. })).await;
    assert!(
        matches!(&state, ConnectionState::LoginRequired { reason: shown } if shown.contains(&reason)),
        "{state:?}"
    );
    reason
}

async fn sealed_key(bed: &Bed) -> Option<Vec<u8>> {
    let session = bed.session("fetcher").await.unwrap();
    session.dcs.into_iter().find(|d| d.dc == 2).unwrap().sealed_key
}

#[tokio::test]
async fn a_call_refused_for_the_clock_is_made_again() {
    let (bed, client) = ready().await;
    let (calls, connections) = (bed.calls("messages.getHistory"), bed.sim.counters().connections);
    for code in [16, 17] {
        once(&bed, Action::ClockSkew(code));
        page(&client).await;
    }
    assert_eq!(bed.calls("messages.getHistory"), calls + 4, "each once more");
    assert_eq!(
        bed.sim.counters().connections,
        connections,
        "on the same connection"
    );
}

#[tokio::test]
async fn a_new_salt_is_taken_up() {
    let (bed, client) = ready().await;
    let connections = bed.sim.counters().connections;
    once(&bed, Action::BadServerSalt);
    page(&client).await;
    page(&client).await;
    assert_eq!(bed.sim.counters().connections, connections);
}

#[tokio::test]
async fn an_authorization_that_is_forgotten_asks_for_a_log_in() {
    let (bed, client) = ready().await;
    let key = sealed_key(&bed).await;
    once(&bed, Action::Unregister);
    let reason = login_required(&client).await;
    assert!(reason.contains("does not know this authorization"), "{reason}");
    let calls = bed.calls("messages.getHistory");
    login_required(&client).await;
    assert_eq!(bed.calls("messages.getHistory"), calls, "nobody asks in vain");
    log_in(&client).await;
    page(&client).await;
    assert_eq!(sealed_key(&bed).await, key, "the key itself was good");
}

#[tokio::test]
async fn an_authorization_that_is_revoked_is_so_for_good() {
    let (bed, client) = ready().await;
    let key = sealed_key(&bed).await;
    once(&bed, Action::Revoke);
    let reason = login_required(&client).await;
    assert!(reason.contains("ended from another device"), "{reason}");
    client.disconnect().await;
    bed.sim.faults().clear();

    let again = bed.client().await;
    let told = login_required(&again).await;
    assert_eq!(told, reason, "after a restart, too");
    log_in(&again).await;
    page(&again).await;
    assert_ne!(sealed_key(&bed).await, key, "the old key is good for nothing");
}

#[tokio::test]
async fn a_duplicated_key_is_so_for_good() {
    let (bed, client) = ready().await;
    let key = sealed_key(&bed).await;
    once(&bed, Action::Duplicate);
    let reason = login_required(&client).await;
    assert!(reason.contains("two places at once"), "{reason}");
    client.disconnect().await;
    bed.sim.faults().clear();
    let again = bed.client().await;
    login_required(&again).await;
    log_in(&again).await;
    page(&again).await;
    assert_ne!(sealed_key(&bed).await, key);
}

#[tokio::test]
async fn two_processes_of_one_kind_with_one_key_are_told() {
    let (bed, first) = ready().await;
    // Nothing tells them apart but that they are two.
    let second = bed.client().await;
    second.history(&PAGE).await.unwrap();
    for client in [first, second] {
        let reason = login_required(&client).await;
        assert!(reason.contains("two places at once"), "{reason}");
    }
}

#[tokio::test]
async fn a_key_that_the_data_centre_forgot_is_replaced() {
    let (bed, client) = ready().await;
    let (key, state) = (
        sealed_key(&bed).await,
        bed.session("fetcher").await.unwrap().state,
    );
    once(&bed, Action::Transport(-404));
    let reason = login_required(&client).await;
    assert!(reason.contains("does not know"), "{reason}");
    assert_ne!(sealed_key(&bed).await, key);
    assert_eq!(
        bed.session("fetcher").await.unwrap().state,
        state,
        "what was missed can be asked for"
    );
    log_in(&client).await;
    page(&client).await;
}

#[tokio::test]
async fn too_many_connections_are_told_and_waited_out() {
    let (bed, client) = ready().await;
    always(&bed, "messages.getHistory", Action::Transport(-429));
    let other = client.clone();
    let waiting = tokio::spawn(async move { other.history(&PAGE).await });
    state_is(&client, |s| {
        matches!(s, ConnectionState::Connecting { reason: Some(r) } if r.contains("too many connections"))
    })
    .await;
    bed.sim.faults().clear();
    soon("the page", waiting).await.unwrap().unwrap();
    state_is(&client, |s| *s == ConnectionState::Ready).await;
}

#[tokio::test]
async fn a_late_answer_is_waited_for_and_one_that_is_too_late_is_asked_for_again() {
    let bed = Bed::new().await;
    let client = TelegramClient::open(bed.impatient().await).await.unwrap();
    log_in(&client).await;
    note_channels(&client).await;
    let connections = bed.sim.counters().connections;
    once(&bed, Action::Delay(50));
    page(&client).await;
    assert_eq!(bed.calls("messages.getHistory"), 1);
    assert_eq!(bed.sim.counters().connections, connections);
    once(&bed, Action::Delay(60_000));
    page(&client).await;
    assert_eq!(bed.calls("messages.getHistory"), 3);
    assert!(
        bed.sim.counters().connections > connections,
        "on another connection"
    );
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again() {
    for action in [
        Action::CloseBefore,
        Action::CloseAfter,
        Action::NoAnswer,
        Action::LoseAnswer,
    ] {
        let bed = Bed::new().await;
        let client = TelegramClient::open(bed.impatient().await).await.unwrap();
        log_in(&client).await;
        note_channels(&client).await;
        once(&bed, action.clone());
        page(&client).await;
        assert_eq!(bed.calls("messages.getHistory"), 2, "{action:?}");
    }
}

#[tokio::test]
async fn an_account_that_moves_is_followed_without_a_log_in() {
    let (bed, client) = ready().await;
    bed.sim.world().accounts.get_mut(&ME).unwrap().home_dc = 4;
    let several = (0..4).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.history(&PAGE).await })
    });
    for asked in several.collect::<Vec<_>>() {
        soon("a page", asked).await.unwrap().unwrap();
    }
    let session = bed.session("fetcher").await.unwrap();
    assert_eq!((session.home_dc, session.user_id), (4, Some(ME)));
    assert_eq!(bed.calls("auth.signIn"), 1);
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "from the new home");
    next_that(&mut updates, |b| {
        texts(b, BoxId::Common).contains(&"from the new home")
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_asked_for_again_and_then_told() {
    let (bed, client) = ready().await;
    for kept in [0, 2, 4, 40, 100] {
        once(&bed, Action::Garble(kept));
        page(&client).await;
    }
    always(&bed, "messages.getHistory", Action::Garble(100));
    let told = soon("the answer", client.history(&PAGE)).await;
    assert!(
        matches!(&told, Err(TelegramError::Refused { name, .. }) if name == "UNREADABLE_ANSWER"),
        "{told:?}"
    );
    client.newest_id(FRIEND).await.unwrap_err();
    bed.sim.faults().clear();
    page(&client).await;
    state_is(&client, |s| *s == ConnectionState::Ready).await;
}

#[tokio::test]
async fn a_connection_that_panics_is_replaced_and_what_came_meanwhile_is_found() {
    let (bed, client) = ready().await;
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "before");
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"before")).await;
    let connections = bed.sim.counters().connections;
    bed.sim.faults().pushes(PushFault::Swallow, 1);
    bed.post(FRIEND, "meanwhile");
    // grammers panics over it.
    once(&bed, Action::WrongSession);
    let page = soon("the page", client.history(&PAGE)).await.unwrap();
    assert_eq!(page.messages.len(), 3);
    assert!(bed.sim.counters().connections > connections);
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"meanwhile")).await;
}

/// Follows until a box is told as too long, and then until what comes next.
async fn told_as_too_long(bed: &Bed, updates: &mut Box<dyn Updates>, what: TooLong) {
    next_that(updates, |b| b.too_long.contains(&what)).await;
    bed.sim.faults().clear();
    bed.post(FRIEND, "afterwards");
    next_that(updates, |b| texts(b, BoxId::Common).contains(&"afterwards")).await;
}

#[tokio::test]
async fn a_difference_that_cannot_be_read_is_told_as_too_long() {
    let (bed, client) = ready().await;
    client.disconnect().await;
    bed.post(FRIEND, "while away");
    always(&bed, "updates.getDifference", Action::Garble(60));
    let client = bed.client().await;
    let mut updates = client.updates().await.unwrap();
    told_as_too_long(&bed, &mut updates, TooLong::Common).await;
}

#[tokio::test]
async fn a_channels_difference_that_cannot_be_read_is_told_as_too_long() {
    let (bed, client) = ready().await;
    client.disconnect().await;
    bed.post(SUPERGROUP, "while away");
    always(&bed, "updates.getChannelDifference", Action::Garble(30));
    let client = bed.client().await;
    let mut updates = client.updates().await.unwrap();
    told_as_too_long(&bed, &mut updates, TooLong::Channel(SUPERGROUP)).await;
}

#[tokio::test]
async fn a_wait_for_premium_is_a_wait_and_an_error_is_told_by_its_name() {
    let (bed, client) = ready().await;
    once(&bed, Action::FloodPremiumWait(1));
    page(&client).await;
    let error = Action::Error {
        code: 400,
        message: "MSG_ID_INVALID".to_owned(),
    };
    once(&bed, error);
    let told = client.history(&PAGE).await;
    assert!(
        matches!(&told, Err(TelegramError::Refused { name, method })
            if name == "MSG_ID_INVALID" && method == "messages.getHistory"),
        "{told:?}"
    );
    page(&client).await;
}

#[tokio::test]
async fn a_black_hole_at_home_is_shown_and_work_goes_on_when_it_ends() {
    let bed = Bed::new().await;
    let client = TelegramClient::open(bed.impatient().await).await.unwrap();
    log_in(&client).await;
    note_channels(&client).await;
    bed.sim.faults().black_hole(2, true);
    let other = client.clone();
    let waiting = tokio::spawn(async move { other.history(&PAGE).await });
    state_is(
        &client,
        |s| matches!(s, ConnectionState::Connecting { reason: Some(r) } if r.contains("does not answer")),
    )
    .await;
    bed.sim.faults().black_hole(2, false);
    soon("the page", waiting).await.unwrap().unwrap();
}

#[tokio::test]
async fn connections_that_drop_are_opened_again() {
    let (bed, client) = ready().await;
    for _ in 0..5 {
        bed.sim.drop_connections(None);
        page(&client).await;
    }
    tokio::time::timeout(Duration::from_secs(20), client.newest_id(SUPERGROUP))
        .await
        .unwrap()
        .unwrap();
}
