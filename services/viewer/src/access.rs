//! Who may see what, as the viewer asks the [`gate`]: by the token of a request.
//!
//! A request is let in by [`Gate::access`] alone; its [`Scope`] goes with every question to the store. An event asks
//! again when it is delivered.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use gate::{Claim, Hidden};
use store::ViewerUser;

use crate::auth::sessions::{Remembered, Sessions};
use crate::auth::token_hash;
use crate::config::{Config, ViewerStore};
use crate::problem::{Problem, ProblemCode};

pub(crate) use gate::Scope;

/// Somebody who may read.
#[derive(Clone, Debug)]
pub(crate) struct Access(gate::Access);

impl Deref for Access {
    type Target = gate::Access;

    fn deref(&self) -> &gate::Access {
        &self.0
    }
}

/// Somebody who may do everything.
#[derive(Clone, Debug)]
pub(crate) struct Admin(pub(crate) Access);

/// Lets in.
pub(crate) struct Gate {
    rule: gate::Gate,
    store: Arc<dyn ViewerStore>,
    clock: Arc<dyn model::Clock>,
    /// On a database that cannot be written to.
    pub(crate) sessions: Option<Sessions>,
}

impl Gate {
    pub(crate) fn new(
        store: Arc<dyn ViewerStore>,
        clock: Arc<dyn model::Clock>,
        config: &Config,
        sessions: Option<Sessions>,
    ) -> Self {
        let display = config.display_chats.clone();
        Self {
            rule: gate::Gate::new(
                Arc::clone(&store) as _,
                Arc::clone(&clock),
                display,
                config.anonymous,
            ),
            store,
            clock,
            sessions,
        }
    }

    /// Who comes with this token, and what exists for them.
    pub(crate) async fn access(&self, token: Option<&str>) -> Result<Access, Problem> {
        let claim = match (token, &self.sessions) {
            (None, _) => Claim::Nothing,
            (Some(token), None) => Claim::Session(token_hash(token)),
            (Some(token), Some(sessions)) => {
                self.remembered(sessions.get(&token_hash(token), self.clock.now_micros()))
                    .await?
            }
        };
        self.rule
            .access(claim)
            .await?
            .map(Access)
            .ok_or_else(login_required)
    }

    /// What a session in memory is good for: the user as they are now, if their password is still that one.
    async fn remembered(&self, session: Option<Remembered>) -> Result<Claim, Problem> {
        let Some(session) = session else {
            return Ok(Claim::Nothing);
        };
        let user = self.user(&session.name).await?;
        let user = user.filter(|u| u.password_hash == session.password_hash);
        Ok(user.map_or(Claim::Nothing, |u| Claim::Proved(u, session.expires_at)))
    }

    /// The user of this name; where the database takes none, the administrator is that of the settings.
    pub(crate) async fn user(&self, name: &str) -> Result<Option<ViewerUser>, Problem> {
        match self.sessions.as_ref().and_then(|s| s.admin(name)) {
            Some(admin) => Ok(Some(admin)),
            None => Ok(self.store.viewer_user(name).await?),
        }
    }
}

fn login_required() -> Problem {
    Problem::new(ProblemCode::LoginRequired, "log in with your name and password")
}

impl From<Hidden> for Problem {
    fn from(_: Hidden) -> Self {
        Self::not_found()
    }
}

impl FromRequest for Access {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(found.ok_or_else(login_required))
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(
            Access::from_request(request, payload)
                .into_inner()
                .and_then(|access| {
                    if access.admin {
                        Ok(Self(access))
                    } else if access.anonymous {
                        Err(Problem::new(
                            ProblemCode::LoginRequired,
                            "log in as an administrator",
                        ))
                    } else {
                        Err(Problem::new(
                            ProblemCode::Forbidden,
                            "ask an administrator of this archive",
                        ))
                    }
                }),
        )
    }
}
