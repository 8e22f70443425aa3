//! The session over a real store.

use std::time::Duration;

use grammers_session::Session as _;
use grammers_session::types::{PeerAuth, PeerId, UpdateState};
use model::{AccountId, TestClock};
use store::{Accounts as _, Authorization, Leases as _};
use store_sqlite::{SqliteOptions, SqliteStore};

use super::*;

const SECRET: [u8; 32] = [4; 32];

struct Place {
    _dir: tempfile::TempDir,
    store: Arc<SqliteStore>,
    clock: TestClock,
    authorization: Authorization,
}

impl Place {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = TestClock::default();
        let path = dir.path().join("a.db");
        let store = SqliteStore::open(&path, Arc::new(clock.clone()), SqliteOptions::default())
            .await
            .unwrap();
        let account = store.ensure_account("a").await.unwrap().id;
        let authorization = Authorization {
            account,
            role: "fetcher".to_owned(),
        };
        Self {
            _dir: dir,
            store: Arc::new(store),
            clock,
            authorization,
        }
    }

    async fn lease(&self, owner: &str) -> Lease {
        self.store
            .acquire_lease(&self.authorization, owner, Duration::from_mins(1))
            .await
            .unwrap()
            .unwrap()
    }

    async fn open(&self, lease: &Lease) -> Result<StoredSession, OpenError> {
        self.open_as(lease, SECRET, DcSet::Production).await
    }

    async fn open_as(&self, lease: &Lease, secret: [u8; 32], set: DcSet) -> Result<StoredSession, OpenError> {
        StoredSession::load(
            self.store.clone(),
            lease.clone(),
            SessionKey::from_bytes(secret),
            set,
        )
        .await
    }
}

fn with_key(session: &StoredSession, dc: i32, byte: u8) -> DcOption {
    DcOption {
        auth_key: Some([byte; 256]),
        ..session.dc(dc).unwrap()
    }
}

fn user(id: i64) -> PeerInfo {
    PeerInfo::User {
        id,
        auth: Some(PeerAuth::from_hash(id * 7)),
        bot: Some(false),
        is_self: None,
    }
}

fn state(pts: i32, channels: &[(i64, i32)]) -> SessionState {
    SessionState {
        pts,
        qts: 1,
        date: 1000,
        seq: 3,
        channels: channels.to_vec(),
    }
}

#[tokio::test]
async fn a_session_is_what_was_stored_and_nothing_is_stored_before_there_is_a_key() {
    let place = Place::new().await;
    let lease = place.lease("one").await;
    let session = place.open(&lease).await.unwrap();
    assert_eq!(
        (session.home_dc(), session.user_id(), session.state()),
        (2, None, None)
    );
    let moved = DcOption {
        ipv4: "192.0.2.1:443".parse().unwrap(),
        ..session.dc(4).unwrap()
    };
    session.save_dc(&moved).await.unwrap();
    assert!(
        place
            .store
            .load_session(&place.authorization)
            .await
            .unwrap()
            .is_none()
    );

    session.save_dc(&with_key(&session, 2, 9)).await.unwrap();
    session.save_home(4).await.unwrap();
    session.save_user(77).await.unwrap();
    session.remember_peer(user(5));
    session.save_state(&state(10, &[(8, 3)])).await.unwrap();

    let again = place.open(&lease).await.unwrap();
    assert_eq!((again.home_dc(), again.user_id()), (4, Some(77)));
    assert_eq!(again.dc(2).unwrap().auth_key, Some([9; 256]));
    assert_eq!(
        again.peer(ChatId(5)),
        Some(user(5)),
        "peers are written before the state"
    );
    assert_eq!(again.state(), Some(state(10, &[(8, 3)])));
    let row = place
        .store
        .load_session(&place.authorization)
        .await
        .unwrap()
        .unwrap();
    let stored = row.dcs[0].sealed_key.as_ref().unwrap();
    assert!(
        stored.windows(4).all(|w| w != [9; 4]),
        "the key is not readable in the database"
    );
}

#[tokio::test]
async fn grammers_neither_moves_the_state_nor_replaces_a_key() {
    let place = Place::new().await;
    let session = place.open(&place.lease("one").await).await.unwrap();
    session.save_dc(&with_key(&session, 2, 9)).await.unwrap();
    session.save_user(77).await.unwrap();
    session.save_state(&state(10, &[(8, 3)])).await.unwrap();

    session
        .set_update_state(UpdateState::Channel { id: 8, pts: 99 })
        .await
        .unwrap();
    session
        .set_update_state(UpdateState::Primary {
            pts: 99,
            date: 99,
            seq: 99,
        })
        .await
        .unwrap();
    session
        .set_update_state(UpdateState::Channel { id: 6, pts: 44 })
        .await
        .unwrap();
    assert_eq!(
        session.state(),
        Some(state(10, &[(6, 44), (8, 3)])),
        "a first pts of a channel is taken"
    );
    assert_eq!(session.note_channel(6, 50).await.unwrap(), Some(44));

    let other = session.set_dc_option(&with_key(&session, 2, 1)).await;
    assert!(matches!(other, Err(PoolSessionError::KeyUnknown)));
    let moved = DcOption {
        ipv4: "192.0.2.1:443".parse().unwrap(),
        auth_key: None,
        ..session.dc(2).unwrap()
    };
    session.set_dc_option(&moved).await.unwrap();
    let dc = session.dc(2).unwrap();
    assert_eq!(
        (dc.ipv4, dc.auth_key),
        (moved.ipv4, Some([9; 256])),
        "an address does not take the key away"
    );

    session.cache_peer(user(77)).await.unwrap();
    assert_eq!(
        grammers_session::Session::peer(&session, PeerId::self_user())
            .await
            .ok()
            .flatten(),
        Some(user(77))
    );
}

#[tokio::test]
async fn a_session_opens_only_with_its_secret_and_its_data_centres() {
    let place = Place::new().await;
    let lease = place.lease("one").await;
    let session = place.open(&lease).await.unwrap();
    session.save_dc(&with_key(&session, 2, 9)).await.unwrap();

    let other = place.open_as(&lease, [5; 32], DcSet::Production).await;
    assert!(matches!(other, Err(OpenError::OtherSessionKey(_))));
    let key = rsa_key();
    let custom = crate::CustomDc {
        address: "127.0.0.1:1".parse().unwrap(),
        dc_id: 2,
        rsa_key: key,
    };
    let other = place.open_as(&lease, SECRET, DcSet::Custom(custom)).await;
    assert!(matches!(other, Err(OpenError::OtherDataCentres { .. })));
    assert_eq!(
        place.open(&lease).await.unwrap().dc(2).unwrap().auth_key,
        Some([9; 256])
    );
}

fn rsa_key() -> crate::RsaKey {
    use rsa::pkcs1::EncodeRsaPublicKey as _;
    let mut n = [0xc5; 256];
    n[255] = 1;
    let key = rsa::RsaPublicKey::new(rsa::BigUint::from_bytes_be(&n), rsa::BigUint::from(65_537u32)).unwrap();
    crate::RsaKey::from_pem(&key.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).unwrap()).unwrap()
}

#[tokio::test]
async fn nothing_is_written_when_the_lease_is_anothers() {
    let place = Place::new().await;
    let lease = place.lease("one").await;
    let session = place.open(&lease).await.unwrap();
    session.save_dc(&with_key(&session, 2, 9)).await.unwrap();
    session.save_state(&state(10, &[])).await.unwrap();
    place.clock.advance(Duration::from_mins(2));
    let taken = place.lease("two").await;
    assert!(taken.epoch > lease.epoch);

    session.remember_peer(user(5));
    assert!(matches!(
        session.save_state(&state(20, &[])).await,
        Err(StoreError::Fenced { .. })
    ));
    assert!(matches!(
        session.save_dc(&with_key(&session, 2, 1)).await,
        Err(StoreError::Fenced { .. })
    ));
    assert_eq!(
        session.state(),
        Some(state(10, &[])),
        "memory does not run ahead of the rows"
    );
    let theirs = place.open(&taken).await.unwrap();
    assert_eq!(
        (theirs.state(), theirs.peer(ChatId(5))),
        (Some(state(10, &[])), None)
    );
}

#[tokio::test]
async fn logging_out_leaves_nothing() {
    let place = Place::new().await;
    let lease = place.lease("one").await;
    let session = place.open(&lease).await.unwrap();
    session.save_dc(&with_key(&session, 2, 9)).await.unwrap();
    session.save_user(77).await.unwrap();
    session.forget().await.unwrap();
    assert_eq!((session.user_id(), session.dc(2).unwrap().auth_key), (None, None));
    assert!(
        place
            .store
            .load_session(&place.authorization)
            .await
            .unwrap()
            .is_none()
    );
    assert_ne!(place.authorization.account, AccountId(0));
}
