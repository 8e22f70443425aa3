//! Which chats there are, what they are called, and who talks there.

use drawings::Subject;
use model::ChatId;

use super::people::id_of;

/// The newsroom's channel, bare id.
pub(super) const NEWS: i64 = 1_512_000_101;
/// The hiking club, bare id.
pub(super) const CLUB: i64 = 1_512_000_102;

/// What kind of chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// With somebody of the cast.
    Private(&'static str),
    /// A basic group, bare id.
    Group(i64),
    /// A supergroup, bare id.
    Supergroup(i64),
    /// A supergroup with topics, bare id.
    Forum(i64),
    /// A broadcast channel, bare id.
    Channel(i64),
}

/// A chat and its story.
pub(super) struct Story {
    pub(super) kind: Kind,
    /// Not of private chats.
    pub(super) title: &'static str,
    pub(super) username: &'static str,
    pub(super) avatar: Option<(Subject, u16)>,
    /// Of the cast.
    pub(super) members: &'static [&'static str],
    /// How many others.
    pub(super) crowd: usize,
    /// About so many messages.
    pub(super) messages: usize,
    /// How often something is written while the world lives; 0: never.
    pub(super) lively: u64,
    /// What people here react with.
    pub(super) reactions: &'static [&'static str],
    pub(super) script: &'static str,
    pub(super) pinned: bool,
    pub(super) archived: bool,
}

const QUIET: Story = Story {
    kind: Kind::Private("me"),
    title: "",
    username: "",
    avatar: None,
    members: &[],
    crowd: 0,
    messages: 0,
    lively: 0,
    reactions: &[],
    script: "",
    pinned: false,
    archived: false,
};

/// All of them.
pub(super) static STORIES: [Story; 15] = [
    Story {
        messages: 66,
        script: include_str!("stories/saved.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Private("Marta"),
        messages: 320,
        lively: 3,
        reactions: &["\u{2764}", "\u{1f602}", "\u{1f525}"],
        script: include_str!("stories/marta.txt"),
        pinned: true,
        ..QUIET
    },
    Story {
        kind: Kind::Private("Kenji"),
        messages: 240,
        lively: 2,
        reactions: &["\u{1f44d}", "\u{2764}"],
        script: include_str!("stories/kenji.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Private("Noor"),
        messages: 240,
        lively: 2,
        reactions: &["\u{2764}", "\u{1f64f}"],
        script: include_str!("stories/noor.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Private("Yael"),
        messages: 200,
        lively: 1,
        reactions: &["\u{2764}", "\u{1f44f}"],
        script: include_str!("stories/yael.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Private("Bot"),
        messages: 60,
        script: include_str!("stories/bot.txt"),
        archived: true,
        ..QUIET
    },
    Story {
        kind: Kind::Group(4_512_000_201),
        title: "Family \u{1f3e1}",
        avatar: Some((Subject::Flowers, 4)),
        members: &["Mum", "Dad", "Tomas", "Babushka", "Abuela"],
        messages: 330,
        lively: 4,
        reactions: &["\u{2764}", "\u{1f601}", "\u{1f44d}"],
        script: include_str!("stories/family.txt"),
        pinned: true,
        ..QUIET
    },
    Story {
        kind: Kind::Group(4_512_000_202),
        title: "चाय और क्रिकेट \u{1f3cf}",
        avatar: Some((Subject::Forest, 2)),
        members: &["Ravi", "Asha", "Dev"],
        messages: 240,
        lively: 2,
        reactions: &["\u{1f525}", "\u{1f601}", "\u{1f44f}"],
        script: include_str!("stories/cricket.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Group(4_512_000_203),
        title: "读书会",
        avatar: Some((Subject::Town, 7)),
        members: &["Mei", "Hao", "Lin"],
        messages: 220,
        lively: 2,
        reactions: &["\u{1f44d}", "\u{2764}", "\u{1f914}"],
        script: include_str!("stories/books.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Supergroup(CLUB),
        title: "Ridge & River Hiking Club",
        username: "ridge_and_river",
        avatar: Some((Subject::Mountains, 9)),
        members: &["Hugo", "Aino", "Ngozi", "Zeynep", "Ferry"],
        crowd: 420,
        messages: 25_000,
        lively: 7,
        reactions: &[
            "\u{1f44d}",
            "\u{2764}",
            "\u{1f525}",
            "\u{1f602}",
            "\u{1f389}",
            "\u{1f44f}",
        ],
        script: include_str!("stories/hiking.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Supergroup(1_512_000_103),
        title: "La Espiga \u{1f35e} obrador",
        username: "la_espiga",
        avatar: Some((Subject::Bread, 1)),
        members: &["Rosa", "Iker", "Lucia", "Pau", "Marisol"],
        crowd: 60,
        messages: 380,
        lively: 4,
        reactions: &["\u{2764}", "\u{1f601}", "\u{1f525}", "\u{1f44f}"],
        script: include_str!("stories/bakery.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Supergroup(1_512_000_104),
        title: "Хор «Зимний сад»",
        avatar: Some((Subject::Snow, 5)),
        members: &["Vera", "Lev", "Sonya", "Gleb"],
        crowd: 24,
        messages: 360,
        lively: 3,
        reactions: &["\u{2764}", "\u{1f44f}", "\u{1f601}"],
        script: include_str!("stories/choir.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Channel(NEWS),
        title: "Harbour Dispatch",
        username: "harbour_dispatch",
        avatar: Some((Subject::Sea, 6)),
        crowd: 30,
        messages: 420,
        lively: 3,
        reactions: &["\u{1f44d}", "\u{2764}", "\u{1f631}", "\u{1f64f}"],
        script: include_str!("stories/news.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Channel(1_512_000_105),
        title: "पहाड़ का मौसम",
        username: "pahad_mausam",
        avatar: Some((Subject::Snow, 2)),
        crowd: 30,
        messages: 220,
        lively: 1,
        reactions: &["\u{1f44d}", "\u{2764}", "\u{1f64f}"],
        script: include_str!("stories/weather.txt"),
        ..QUIET
    },
    Story {
        kind: Kind::Forum(1_512_000_106),
        title: "Lantern \u{2014} open project",
        username: "lantern_maps",
        avatar: Some((Subject::Night, 3)),
        members: &[
            "Maya", "Oleg", "Ana", "Priya", "Sven", "Noor", "Yael", "Kenji", "Mei",
        ],
        crowd: 40,
        messages: 420,
        lively: 4,
        reactions: &["\u{1f44d}", "\u{1f525}", "\u{1f389}", "\u{1f440}"],
        script: concat!(
            include_str!("stories/lantern.txt"),
            "\n",
            include_str!("stories/showcase.txt")
        ),
        ..QUIET
    },
];

impl Story {
    /// The chat.
    pub(super) fn chat(&self) -> ChatId {
        match self.kind {
            Kind::Private(key) => ChatId(id_of(key).unwrap_or_default()),
            Kind::Group(id) => ChatId::group(id),
            Kind::Supergroup(id) | Kind::Forum(id) | Kind::Channel(id) => ChatId::channel(id),
        }
    }
}
