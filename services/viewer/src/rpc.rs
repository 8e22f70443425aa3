//! Asking other services.

use std::time::Duration;

use bus::{Bus, BusError};
use model::AccountId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::Subject;

use crate::problem::{Problem, ProblemCode};

/// Longer than the longest step of a log-in.
const ANSWER: Duration = Duration::from_secs(30);
/// For what a page waits for.
pub(crate) const SOON: Duration = Duration::from_secs(3);

/// Asks whoever serves this account; `None`: nobody does.
pub(crate) async fn ask<T: DeserializeOwned>(
    bus: &dyn Bus,
    (service, verb): (&str, &str),
    account: AccountId,
    body: &impl Serialize,
    within: Option<Duration>,
) -> Result<Option<T>, Problem> {
    let subject = Subject::Rpc {
        service: service.to_owned(),
        verb: verb.to_owned(),
        account,
    };
    let body = wire::encode_rpc_request(body);
    match bus.request(&subject, body, within.unwrap_or(ANSWER)).await {
        Ok(answer) => match wire::decode_rpc_response::<T>(answer) {
            Ok(Ok(value)) => Ok(Some(value)),
            Ok(Err(failure)) => Err(Problem::new(ProblemCode::Unavailable, failure.message)),
            Err(_) => Err(Problem::new(
                ProblemCode::Internal,
                "the running process is of another version",
            )),
        },
        Err(BusError::NoAnswer(_)) => Ok(None),
        Err(error) => Err(Problem::new(ProblemCode::Unavailable, error.to_string())),
    }
}
