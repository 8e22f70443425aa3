//! Who may see what.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use crate::problem::{Problem, ProblemCode};

/// Somebody who may read.
#[derive(Clone, Debug)]
pub(crate) struct Access;

/// Somebody who may do everything.
#[derive(Clone, Debug)]
pub(crate) struct Admin;

impl FromRequest for Access {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(found.ok_or_else(|| Problem::new(ProblemCode::LoginRequired, "log in at /login")))
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Err(Problem::new(ProblemCode::LoginRequired, "log in at /login")))
    }
}
