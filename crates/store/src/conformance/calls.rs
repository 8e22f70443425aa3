//! Laws of what Telegram's limits make necessary: flood waits, and shares of the budget of calls.

use std::time::Duration;

use model::{CallClass, FloodWait};

use super::Fixture;
use super::builders::ACCOUNT;
use crate::{Authorization, Division, Holder, Lease, Store, StoreError};

const TTL: Duration = Duration::from_secs(30);
const SECOND: i64 = 1_000_000;

fn authorization(role: &str) -> Authorization {
    Authorization {
        account: ACCOUNT,
        role: role.to_owned(),
    }
}

async fn lease(store: &dyn Store, role: &str, owner: &str) -> Lease {
    store
        .acquire_lease(&authorization(role), owner, TTL)
        .await
        .expect("asked")
        .expect("free")
}

/// Flood waits.
pub async fn a_flood_wait_is_the_accounts_until_its_end(fixture: &impl Fixture) {
    use model::Clock as _;
    let store = fixture.store();
    let now = fixture.clock().now_micros();
    let wait = |class, seconds| FloodWait {
        class,
        ends_at: now + seconds * SECOND,
    };
    let fetcher = lease(&*store, "fetcher", "a").await;
    let downloader = lease(&*store, "downloader-1", "a").await;
    let (history, files) = (CallClass::History, CallClass::Files);
    for (told, wait) in [
        (&fetcher, wait(history, 100)),
        (&fetcher, wait(history, 90)),
        (&downloader, wait(history, 80)),
        (&downloader, wait(files, 500)),
    ] {
        store.save_flood_wait(told, wait).await.expect("saved");
    }
    store.remove_session(&downloader).await.expect("logged out");
    let known = store.flood_waits(ACCOUNT).await.expect("asked");
    assert_eq!(known, [wait(files, 500), wait(history, 100)]);
    fixture.clock().advance(Duration::from_mins(2));
    let known = store.flood_waits(ACCOUNT).await.expect("asked");
    assert_eq!(known, [wait(files, 500)], "the other one has ended");
    let late = store.save_flood_wait(&fetcher, wait(history, 900)).await;
    assert!(
        matches!(late, Err(StoreError::Fenced { .. })),
        "its lease has ended"
    );
}

/// All of ten that nobody else has.
struct TheRest;

impl Division for TheRest {
    fn rate(&self, _class: CallClass, holders: &[Holder], asker: usize) -> f64 {
        let others = holders.iter().enumerate().filter(|(n, _)| *n != asker);
        (holders[asker].wanted[0]).min(10.0 - others.map(|(_, h)| h.rate).sum::<f64>())
    }
}

/// Shares.
pub async fn a_share_is_in_force_as_long_as_its_lease(fixture: &impl Fixture) {
    let store = fixture.store();
    let ask = async |role: &str, epoch, wanted| {
        let wanted = [
            (CallClass::Files, [wanted, 0.0, 0.0]),
            (CallClass::History, [1.0, 0.0, 0.0]),
        ];
        let granted = store
            .grant_shares(&authorization(role), epoch, &wanted, &TheRest)
            .await;
        granted.expect("asked").map(|granted| {
            assert_eq!(granted[1], (CallClass::History, 1.0), "each class by itself");
            granted[0].1
        })
    };
    assert_eq!(ask("downloader-1", 1, 5.0).await, None, "without a lease");
    let first = lease(&*store, "downloader-1", "a").await;
    assert_eq!(ask("downloader-1", first.epoch, 7.0).await, Some(7.0));
    let second = lease(&*store, "downloader-2", "b").await;
    assert_eq!(ask("downloader-2", second.epoch, 7.0).await, Some(3.0));
    assert_eq!(
        ask("downloader-2", second.epoch + 1, 1.0).await,
        None,
        "of another epoch"
    );
    let shares = async || -> Vec<(String, f64)> {
        let shares = store.shares(ACCOUNT).await.expect("asked");
        let files = shares.into_iter().filter(|(class, _)| *class == CallClass::Files);
        files.map(|(_, holder)| (holder.role, holder.rate)).collect()
    };
    let both = [("downloader-1".to_owned(), 7.0), ("downloader-2".to_owned(), 3.0)];
    assert_eq!(shares().await, both);
    // A new owner takes it over as it is.
    store.release_lease(&first).await.expect("released");
    let next = lease(&*store, "downloader-1", "a").await;
    assert_eq!(shares().await, both);
    // One that nobody holds is given away, and does not come back.
    store.release_lease(&next).await.expect("released");
    assert_eq!(shares().await, both[1..]);
    assert_eq!(ask("downloader-2", second.epoch, 9.0).await, Some(9.0));
    lease(&*store, "downloader-1", "c").await;
    assert_eq!(shares().await, [("downloader-2".to_owned(), 9.0)]);
}
