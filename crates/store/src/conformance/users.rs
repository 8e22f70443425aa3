//! Laws of the viewer's users and their sessions.

use std::time::Duration;

use model::Clock as _;

use super::Fixture;
use super::builders::{CHANNEL, PRIVATE};
use crate::ViewerUser;

/// The laws of users and sessions.
pub async fn sessions_end_with_time_by_hand_and_with_their_user(fixture: &impl Fixture) {
    let store = fixture.store();
    let mut alice = ViewerUser {
        name: "alice".to_owned(),
        admin: false,
        password_hash: "one".to_owned(),
        chats: Some(vec![PRIVATE, CHANNEL]),
    };
    store.save_viewer_user(&alice).await.expect("saved");
    let bob = ViewerUser {
        name: "bob".to_owned(),
        admin: true,
        chats: None,
        ..alice.clone()
    };
    store.save_viewer_user(&bob).await.expect("saved");
    assert_eq!(
        store.viewer_users().await.expect("listed"),
        [alice.clone(), bob.clone()]
    );
    assert_eq!(store.viewer_user("bob").await.expect("found"), Some(bob));
    let now = fixture.clock().now_micros();
    let open = async |token: u8, user: &str, seconds: i64| {
        store
            .open_viewer_session(&[token; 32], user, now + seconds * 1_000_000)
            .await
            .expect("opened");
    };
    let is_open = async |token: u8| store.viewer_session(&[token; 32]).await.expect("asked");
    open(1, "alice", 100).await;
    open(2, "alice", 1000).await;
    open(3, "bob", 1000).await;
    assert_eq!(is_open(1).await.expect("open").user, alice);
    assert!(is_open(9).await.is_none());
    fixture.clock().advance(Duration::from_secs(101));
    assert!(is_open(1).await.is_none(), "its time is over");
    alice.chats = None;
    store.save_viewer_user(&alice).await.expect("saved");
    assert_eq!(
        is_open(2).await.expect("still open").user.chats,
        None,
        "as the user stands now"
    );
    "two".clone_into(&mut alice.password_hash);
    store.save_viewer_user(&alice).await.expect("saved");
    assert!(is_open(2).await.is_none(), "another password");
    open(4, "alice", 1000).await;
    store.end_viewer_session(&[4; 32]).await.expect("ended");
    assert!(is_open(4).await.is_none(), "by hand");
    open(5, "alice", 1000).await;
    assert!(store.remove_viewer_user("alice").await.expect("removed"));
    assert!(!store.remove_viewer_user("alice").await.expect("there is none"));
    assert!(is_open(5).await.is_none(), "without a user");
    assert!(is_open(3).await.is_some(), "others are left alone");
}
