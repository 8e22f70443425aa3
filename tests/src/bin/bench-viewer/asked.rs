//! What is asked of the viewer.

use tests::report::Want;

use crate::world::{ACCOUNT, BEGIN, COMMON, END, RARE, World, rare};

/// A kind of request.
pub(crate) struct Asked {
    pub(crate) name: &'static str,
    /// The body of a Lua function that gives a path.
    pub(crate) path: String,
    /// Milliseconds of its p99.
    pub(crate) p99: f64,
    /// Requests per second.
    pub(crate) rate: Want,
}

/// Everything that is asked.
pub(crate) fn all(world: &World, pages: Want) -> Vec<Asked> {
    let account = format!("/api/v1/accounts/{ACCOUNT}");
    let chat = world.chats[0];
    let messages = format!("{account}/chats/{}/messages", chat.id);
    let page = |name, path: String| Asked {
        name,
        path,
        p99: 10.0,
        rate: pages,
    };
    let words: Vec<String> = (0..RARE).map(|n| format!("'{}'", rare(n))).collect();
    let words = words.join(", ");
    // Nothing begins with these.
    let none = "'xq' .. math.random(100000, 999999)";
    let searched = |name, word: &str, place: &str, filter: &str| Asked {
        name,
        path: format!("local w = {word}\nreturn '{account}/search?{place}q=' .. w .. '{filter}'"),
        p99: 100.0,
        rate: Want::Nothing,
    };
    let rare = format!("({{ {words} }})[math.random({RARE})]");
    let common = format!("'{COMMON}'");
    let here = format!("chat={}&", chat.id);
    vec![
        page("first page", format!("return '{messages}'")),
        page(
            "page at any depth",
            format!(
                "return '{messages}?before=' .. math.random(100, {})",
                chat.messages
            ),
        ),
        page(
            "page around a date",
            format!("return '{messages}?around_date=' .. math.random({BEGIN}, {END})"),
        ),
        Asked {
            name: "chat list",
            path: format!("return '{account}/chats'"),
            p99: 15.0,
            rate: Want::Nothing,
        },
        searched("search, a rare word, one chat", &rare, &here, ""),
        searched("search, a common word, one chat", &common, &here, ""),
        searched("search, no hit, one chat", none, &here, ""),
        searched("search, a rare word, all chats", &rare, "", ""),
        searched("search, a common word, all chats", &common, "", ""),
        searched("search, no hit, all chats", none, "", ""),
        searched(
            "search, a common word and a rare filter",
            &common,
            "",
            "+is:pinned",
        ),
        searched(
            "search, a common word and nobody's name",
            &common,
            "",
            "+from:999999999",
        ),
        searched("search, is:forwarded without words", "''", "", "is:forwarded"),
        searched(
            "search, is:pinned is:out without words",
            "''",
            "",
            "is:pinned+is:out",
        ),
        searched("search, from: a name", &common, "", "+from:sta"),
    ]
}
