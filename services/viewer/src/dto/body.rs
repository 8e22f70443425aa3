//! What hangs on a message beside files.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::chat::Peer;

/// What hangs on a message that is no file.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Body {
    /// A contact card.
    Contact(Contact),
    /// A place, `geo`, `live_geo` or `venue` by the message's kind.
    Location(Location),
    /// A dice, dart, ball or slot machine.
    Dice(Dice),
    /// A poll or quiz, as of capture.
    Poll(Poll),
    /// A link preview.
    WebPage(WebPage),
    /// Something happened.
    Service(Service),
    /// Something this version shows as it is named; its raw data is at `/raw`.
    Other(Other),
}

/// A contact card.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Contact {
    /// As sent.
    pub phone: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The Telegram user; 0: none.
    pub user_id: i64,
}

/// A place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Location {
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Seconds for which it moves.
    pub period_seconds: Option<i64>,
    /// Of a venue.
    pub title: Option<String>,
    /// Of a venue.
    pub address: Option<String>,
}

/// A dice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Dice {
    /// Which.
    pub emoji: String,
    /// What came out; 0: not known yet.
    pub value: i32,
}

/// A poll or quiz.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Poll {
    /// Telegram's id.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// The answers.
    pub options: Vec<PollOption>,
    /// No more votes.
    pub closed: bool,
    /// Votes are public.
    pub public_voters: bool,
    /// Several answers may be chosen.
    pub multiple_choice: bool,
    /// It has a right answer.
    pub quiz: bool,
    /// Votes, if told.
    pub total_voters: Option<i64>,
    /// The explanation of a quiz, if told.
    pub solution: Option<String>,
}

/// An answer of a poll.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PollOption {
    /// What it says.
    pub text: String,
    /// Votes, if told.
    pub voters: Option<i64>,
    /// Percent of the voters; those of a poll with one choice sum to 100.
    pub percent: Option<u8>,
    /// The account chose it.
    pub chosen: bool,
    /// Whether it is right, if told.
    pub correct: Option<bool>,
}

/// A link preview.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebPage {
    /// Where it leads: only `http` and `https` are links.
    pub url: String,
    /// The same for the eye.
    pub display_url: String,
    /// Of the site.
    pub site_name: Option<String>,
    /// Of the page.
    pub title: Option<String>,
    /// Of the page.
    pub description: Option<String>,
    /// Of the page.
    pub author: Option<String>,
    /// A tiny blurred picture as a `data:` URL.
    pub thumb: Option<String>,
    /// Pixels of its picture.
    pub width: Option<i32>,
    /// Pixels of its picture.
    pub height: Option<i32>,
    /// Telegram was still making it.
    pub pending: bool,
}

/// Something happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Service {
    /// Telegram's name of it in snake case: `chat_add_user`, `pin_message`, ...
    pub name: String,
    /// What it carries: `users`, `user_id`, `title`, ...
    #[schema(value_type = Object)]
    pub data: Value,
    /// Those that `data` names.
    pub peers: Vec<Peer>,
}

/// Something this version does not read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Other {
    /// Telegram's name of it.
    pub constructor: String,
}
