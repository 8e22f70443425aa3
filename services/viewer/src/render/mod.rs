//! Rows of the store as what the API answers: a page of messages in a handful of questions, whatever stands in it.

mod content;
mod media;
mod message;
mod peers;

pub(crate) use content::named_in;
pub(crate) use message::Present;
pub(crate) use peers::{avatar_url, colour};
