//! A machine whose clock is not Telegram's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::{BoxId, Clock, SystemClock, TestClock};
use telegram::{ConnectionState, HistoryRequest, Login as _, Telegram as _, TelegramClient, TelegramLogin};

use crate::bed::{Bed, CODE, FRIEND, PHONE, next_that, secret, small_world, soon, state_is, texts};

const PAGE: HistoryRequest = HistoryRequest {
    chat: FRIEND,
    after: 0,
    limit: 10,
    purpose: telegram::Purpose::Backfill,
};

/// Telegram's clock, so many seconds away from ours.
#[derive(Clone, Debug, Default)]
struct Away(Arc<AtomicI64>);

impl Clock for Away {
    fn now_micros(&self) -> i64 {
        SystemClock.now_micros() + self.0.load(Ordering::SeqCst) * 1_000_000
    }
}

async fn bed(seconds: i64) -> (Bed, Away) {
    let away = Away::default();
    away.0.store(seconds, Ordering::SeqCst);
    let bed = Bed::of(small_world(), Arc::new(away.clone()), TestClock::default()).await;
    (bed, away)
}

#[tokio::test]
async fn a_clock_that_is_behind_is_no_hindrance() {
    let (bed, _) = bed(5000).await;
    let client = bed.logged_in().await;
    client.history(&PAGE).await.unwrap();
    let mut updates = client.updates().await.unwrap();
    bed.post(FRIEND, "heard");
    next_that(&mut updates, |b| texts(b, BoxId::Common).contains(&"heard")).await;
    bed.sim.drop_connections(None);
    client.history(&PAGE).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_ahead_is_named_and_work_goes_on_when_it_is_right() {
    let (bed, away) = bed(-5000).await;
    let client = TelegramClient::open(bed.impatient().await).await.unwrap();
    let login = TelegramLogin::new(&client);
    let asking = tokio::spawn(async move {
        login.request_code(&secret(PHONE)).await.unwrap();
        login.sign_in(&secret(CODE)).await.unwrap();
    });
    let said = state_is(
        &client,
        |s| matches!(s, ConnectionState::LoginRequired { reason } if reason.contains("the clock of this machine")),
    );
    let ConnectionState::LoginRequired { reason } = said.await else {
        panic!("it waits for a log-in")
    };
    assert!(
        reason.contains(" 5000 s ahead") || reason.contains(" 5001 s ahead"),
        "{reason}"
    );
    let connections = bed.sim.counters().connections;
    away.0.store(0, Ordering::SeqCst);
    soon("the log-in", asking).await.unwrap();
    client.dialogs(&telegram::FolderList::default()).await.unwrap();
    client.history(&PAGE).await.unwrap();
    assert!(
        bed.sim.counters().connections - connections < 10,
        "it looks now and then"
    );
    tokio::time::timeout(Duration::from_secs(5), client.disconnect())
        .await
        .unwrap();
}
