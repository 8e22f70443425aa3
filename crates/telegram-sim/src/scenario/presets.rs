//! Worlds that are ready.

use model::ChatId;

use super::Builder;
use super::texts::mix;
use crate::world::{ChatFolder, DialogState, DocumentKind, Draft, World};

/// The account of every preset.
pub const ACCOUNT: i64 = 1_000_001;
/// Its number.
pub const PHONE: &str = "15550000001";
/// Its log-in code.
pub const CODE: &str = "24680";
/// Its two-factor password.
pub const PASSWORD: &str = "correct horse";

/// A second account: it shares a group, a supergroup and a channel with the first.
pub const OTHER: i64 = 1_000_002;
/// Its number.
pub const OTHER_PHONE: &str = "15550000002";
/// Its log-in code; it has no password.
pub const OTHER_CODE: &str = "13579";

const ARCHIVED: DialogState = DialogState {
    folder: 1,
    pinned: false,
    lost: false,
};
const PINNED: DialogState = DialogState {
    folder: 0,
    pinned: true,
    lost: false,
};

/// Two folders over chats that every preset has.
fn folders() -> Vec<ChatFolder> {
    let work = ChatFolder {
        id: 2,
        title: "Work".to_owned(),
        emoticon: Some("\u{1f4bc}".to_owned()),
        pinned: vec![ChatId::channel(4002).0],
        include: vec![2001, ChatId::group(301).0],
        ..ChatFolder::default()
    };
    let news = ChatFolder {
        id: 3,
        title: "News".to_owned(),
        broadcasts: true,
        exclude: vec![2002],
        ..ChatFolder::default()
    };
    vec![work, news]
}

/// The second account, in chats that are there.
fn other(b: &mut Builder, chats: &[ChatId]) {
    b.account(OTHER, OTHER_PHONE, OTHER_CODE, None);
    for chat in chats {
        b.dialog_of(OTHER, *chat, DialogState::default());
    }
}

/// Nine chats, about 400 messages: every kind of message, chat and folder.
pub fn small(seed: u64) -> World {
    let mut b = Builder::new(seed);
    b.password(PASSWORD)
        .private(2001, "Alice", 60)
        .private(2002, "Bob", 20)
        .user(2003, "Helper", true)
        .saved_messages(8)
        .group(301, "Family", 4, 40)
        .group(302, "Old group", 3, 12)
        .channel(4001, "News", false, 80)
        .channel(4002, "Supergroup", true, 60)
        .forum(4002, &["Off topic", "\u{1f3d3} Games"], 6)
        .channel(4003, "Old channel", false, 20)
        .channel(4004, "Old group", true, 0)
        .migrated(302, 4004)
        .fill(ChatId::channel(4004), 15, 10)
        .every_kind(ChatId(2001))
        .every_kind(ChatId::channel(4002))
        .album(ChatId::channel(4001), 4)
        .avatars(2001, 3)
        .folders(folders())
        .dialog(ChatId::channel(4003), ARCHIVED)
        .dialog(ChatId(2001), PINNED);
    other(
        &mut b,
        &[ChatId::group(301), ChatId::channel(4001), ChatId::channel(4002)],
    );
    b.build()
}

/// Twelve chats of all kinds and about `messages` messages, some megabytes of files among them.
pub fn check(seed: u64, messages: i32) -> World {
    let mut b = Builder::new(seed);
    let share = |percent: i32| messages * percent / 100;
    b.password(PASSWORD)
        .private(2001, "Alice", share(10))
        .private(2002, "Bob", share(7))
        .user(2003, "Helper", true)
        .private(2004, "Carol", share(2))
        .saved_messages(share(3))
        .group(301, "Family", 5, share(6))
        .group(302, "Old group", 5, share(2))
        .channel(4001, "Supergroup", true, share(20))
        .channel(4002, "Forum", true, share(12))
        .forum(4002, &["Off topic", "Games", "Questions"], share(1))
        .channel(4003, "Old group", true, 0)
        .migrated(302, 4003)
        .fill(ChatId::channel(4003), share(15), 20)
        .channel(5001, "News", false, share(12))
        .channel(5002, "Weather", false, share(6))
        .channel(5003, "Old channel", false, share(2));
    let chats = [
        ChatId(2001),
        ChatId(2002),
        ChatId::group(301),
        ChatId::channel(4001),
        ChatId::channel(5001),
    ];
    for chat in chats {
        b.every_kind(chat);
    }
    for n in 0..40_u64 {
        let kind = [DocumentKind::Plain, DocumentKind::Voice, DocumentKind::Sticker][(n % 3) as usize];
        let name = ["", "", "notes.txt"][(n % 3) as usize];
        b.file(chats[(n % 5) as usize], kind, name, 3_000 + mix(seed, n) % 40_000);
    }
    b.file(chats[3], DocumentKind::Video, "long.mp4", 2_500_000)
        .avatars(2001, 3)
        .folders(folders())
        .dialog(ChatId::channel(5003), ARCHIVED)
        .dialog(ChatId(2002), PINNED);
    other(
        &mut b,
        &[ChatId::group(301), ChatId::channel(4001), ChatId::channel(5001)],
    );
    b.build()
}

/// A few channels with computed messages, to be read as fast as can be.
pub fn bench(seed: u64, messages: i32) -> World {
    let mut b = Builder::new(seed);
    for n in 0..4 {
        b.computed_channel(6001 + n, &format!("Channel {n}"), messages / 4);
    }
    b.build()
}

impl From<&str> for Draft {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}
