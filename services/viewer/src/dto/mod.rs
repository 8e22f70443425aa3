//! What the API answers and takes. Names say the unit: `*_at` are unix microseconds, `date`, `until` and `expires` unix
//! seconds, `*_ms` milliseconds, sizes bytes. Ids of 64 random bits (albums, polls, custom emoji) are strings, all
//! others fit a double.

pub(crate) mod body;
pub(crate) mod chat;
pub(crate) mod coverage;
pub(crate) mod days;
pub(crate) mod event;
pub(crate) mod incident;
pub(crate) mod media;
pub(crate) mod message;
pub(crate) mod push;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod telegram;
