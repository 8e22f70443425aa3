//! Users of the viewer and their sessions.

use async_trait::async_trait;
use model::ChatId;

use crate::StoreError;

/// A user of the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewerUser {
    /// Unique.
    pub name: String,
    /// Sees all and decides.
    pub admin: bool,
    /// A PHC string; never the password.
    pub password_hash: String,
    /// Sees these chats only.
    pub chats: Option<Vec<ChatId>>,
}

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewerSession {
    /// Its user, as it stands now.
    pub user: ViewerUser,
    /// Unix microseconds.
    pub expires_at: i64,
}

/// Who is let in: what whoever authorizes asks, and changes nothing.
#[async_trait]
pub trait Visitors: Send + Sync {
    /// The session of this token, if it is open.
    async fn viewer_session(&self, token_hash: &[u8; 32]) -> Result<Option<ViewerSession>, StoreError>;
}

/// The viewer's port, and that of the command that keeps its users.
///
/// Laws: (1) a session is found only until it expires, is ended, or its user is removed or gets another password;
/// (2) tokens are never stored, only their hashes; (3) saving a user leaves its sessions alone unless the password changed.
#[async_trait]
pub trait Access: Send + Sync {
    /// All users, by name.
    async fn viewer_users(&self) -> Result<Vec<ViewerUser>, StoreError>;

    /// One user.
    async fn viewer_user(&self, name: &str) -> Result<Option<ViewerUser>, StoreError>;

    /// Adds a user, or replaces the one of this name.
    async fn save_viewer_user(&self, user: &ViewerUser) -> Result<(), StoreError>;

    /// Removes a user with its sessions. `false`: there is none.
    async fn remove_viewer_user(&self, name: &str) -> Result<bool, StoreError>;

    /// Opens a session, and forgets those that expired.
    async fn open_viewer_session(
        &self,
        token_hash: &[u8; 32],
        user: &str,
        expires_at: i64,
    ) -> Result<(), StoreError>;

    /// Ends a session.
    async fn end_viewer_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError>;
}
