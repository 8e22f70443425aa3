//! Laws of leases, sessions and accounts.

use std::time::Duration;

use super::Fixture;
use super::builders::ACCOUNT;
use crate::{Authorization, SessionDc, SessionPeer, SessionState, StoreError};

const TTL: Duration = Duration::from_secs(30);

fn fetcher() -> Authorization {
    Authorization {
        account: ACCOUNT,
        role: "fetcher".to_owned(),
    }
}

/// Leases.
pub async fn one_owner_at_a_time_and_each_takeover_raises_the_epoch(fixture: &impl Fixture) {
    let store = fixture.store();
    let first = store
        .acquire_lease(&fetcher(), "a", TTL)
        .await
        .expect("asked")
        .expect("free");
    assert!(
        store
            .acquire_lease(&fetcher(), "b", TTL)
            .await
            .expect("asked")
            .is_none()
    );
    let same = store
        .acquire_lease(&fetcher(), "a", TTL)
        .await
        .expect("asked")
        .expect("ours");
    assert_eq!(same.epoch, first.epoch);
    let renewed = store.renew_lease(&first, TTL).await.expect("renewed");
    fixture.clock().advance(TTL + Duration::from_secs(1));
    let second = store
        .acquire_lease(&fetcher(), "b", TTL)
        .await
        .expect("asked")
        .expect("expired");
    assert_eq!(second.epoch, first.epoch + 1);
    assert!(matches!(
        store.renew_lease(&renewed, TTL).await,
        Err(StoreError::Fenced { .. })
    ));
    assert!(matches!(
        store.release_lease(&renewed).await,
        Err(StoreError::Fenced { .. })
    ));
    store.release_lease(&second).await.expect("released");
    let third = store
        .acquire_lease(&fetcher(), "a", TTL)
        .await
        .expect("asked")
        .expect("free");
    assert_eq!(third.epoch, second.epoch + 1);
    assert_eq!(store.leases().await.expect("leases").len(), 1);
}

/// Sessions.
#[expect(
    clippy::too_many_lines,
    reason = "one story of a session, from its log-in to its next owner"
)]
pub async fn session_writes_are_fenced(fixture: &impl Fixture) {
    let store = fixture.store();
    let lease = store
        .acquire_lease(&fetcher(), "a", TTL)
        .await
        .expect("asked")
        .expect("free");
    assert_eq!(store.load_session(&fetcher()).await.expect("loaded"), None);
    store.save_session(&lease, 2, 77, None).await.expect("saved");
    let dc = |key: u8| SessionDc {
        dc: 2,
        ipv4: "127.0.0.1:1".into(),
        ipv6: "[::1]:1".into(),
        sealed_key: Some(vec![key]),
    };
    store.save_session_dc(&lease, &dc(1)).await.expect("saved");
    store.save_session_dc(&lease, &dc(2)).await.expect("saved");
    let peers = [
        SessionPeer {
            id: 5,
            access_hash: Some(-9),
            info: "{}".into(),
        },
        SessionPeer {
            id: -3,
            access_hash: None,
            info: "{}".into(),
        },
    ];
    store.save_session_peers(&lease, &peers).await.expect("saved");
    assert_eq!(
        store
            .load_session(&fetcher())
            .await
            .expect("loaded")
            .expect("there")
            .state,
        None
    );
    let state = SessionState {
        pts: 4,
        qts: 0,
        date: 5,
        seq: 6,
        channels: vec![(8, 80), (9, 90)],
    };
    store
        .save_session_state(&lease, &state, &[])
        .await
        .expect("saved");
    store
        .save_session_state(
            &lease,
            &SessionState {
                channels: vec![(9, 91)],
                ..state.clone()
            },
            &[8],
        )
        .await
        .expect("saved");
    let row = store
        .load_session(&fetcher())
        .await
        .expect("loaded")
        .expect("there");
    assert_eq!(
        (row.home_dc, row.dc_fingerprint, &row.dcs[..]),
        (2, 77, &[dc(2)][..])
    );
    assert_eq!(row.state.expect("a state").channels, [(9, 91)]);
    assert_eq!(store.session_peers(&fetcher()).await.expect("peers").len(), 2);
    let account = fetcher().account;
    let shared = store.account_peer(account, 5).await.expect("asked");
    assert_eq!(
        shared.as_ref(),
        Some(&peers[0]),
        "the account's hashes are for all its sessions"
    );
    let without_hash = store.account_peer(account, -3).await.expect("asked");
    assert_eq!(without_hash, None);
    fixture.clock().advance(TTL + Duration::from_secs(1));
    let next = store
        .acquire_lease(&fetcher(), "b", TTL)
        .await
        .expect("asked")
        .expect("expired");
    assert!(matches!(
        store.save_session_state(&lease, &state, &[]).await,
        Err(StoreError::Fenced { .. })
    ));
    assert!(matches!(
        store.save_session_dc(&lease, &dc(3)).await,
        Err(StoreError::Fenced { .. })
    ));
    assert_eq!(
        store
            .load_session(&fetcher())
            .await
            .expect("loaded")
            .expect("there")
            .dcs,
        [dc(2)]
    );
    store.remove_session(&next).await.expect("removed");
    assert_eq!(store.load_session(&fetcher()).await.expect("loaded"), None);
}

/// Accounts.
pub async fn an_account_keeps_its_user(fixture: &impl Fixture) {
    let store = fixture.store();
    let (a, b) = tokio::join!(store.ensure_account("one"), store.ensure_account("one"));
    let (a, b) = (a.expect("made"), b.expect("made"));
    assert_eq!(a.id, b.id);
    assert_ne!(store.ensure_account("two").await.expect("made").id, a.id);
    assert!(store.set_account_user(a.id, 12).await.expect("set"));
    assert!(store.set_account_user(a.id, 12).await.expect("set"));
    assert!(!store.set_account_user(a.id, 13).await.expect("asked"));
    assert_eq!(store.ensure_account("one").await.expect("made").user_id, Some(12));
    assert_eq!(store.accounts().await.expect("accounts").len(), 2);
}
