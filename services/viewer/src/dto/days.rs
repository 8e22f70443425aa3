//! Days that have messages.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A month.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DaysQuery {
    /// `2024-05`.
    pub month: String,
    /// In which days begin, like `Europe/Madrid`; the viewer's if not given.
    pub zone: Option<String>,
}

/// A day that has messages.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the page reads these names")]
pub(crate) struct Day {
    /// `2024-05-31`.
    pub day: String,
    /// How many.
    pub messages: i64,
    /// The first of them.
    pub first_id: i64,
}

/// The days of a month that have messages.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the page reads these names")]
pub(crate) struct Days {
    /// `2024-05`.
    pub month: String,
    /// Ascending; days without messages are left out.
    pub days: Vec<Day>,
    /// Unix seconds of the chat's first stored message.
    pub first_date: Option<i64>,
    /// Unix seconds of the chat's last stored message.
    pub last_date: Option<i64>,
}
