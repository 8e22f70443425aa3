//! Laws of lists of chats and of names.

use std::sync::Arc;

use bytes::Bytes;
use model::{Capture, CapturedChat, CapturedDialog, ChatId, ChatKind};

use super::Fixture;
use super::builders::{ACCOUNT, CHANNEL, PRIVATE, batch, seen, text, user};
use crate::{ApplyOptions, ChatQuery, Store};

fn dialog(chat: ChatId, kind: ChatKind, folder_id: i32, pinned: bool) -> Capture {
    Capture::Dialog(Box::new(CapturedDialog {
        seen: seen(1),
        chat,
        kind,
        folder_id,
        pinned,
        top_message: 1,
        raw: Bytes::from_static(b"dialog"),
        layer: 230,
    }))
}

fn group(id: ChatId, title: &str, username: Option<&str>) -> Capture {
    Capture::Chat(Box::new(CapturedChat {
        seen: seen(1),
        id,
        kind: ChatKind::Supergroup,
        min: false,
        title: title.to_owned(),
        username: username.map(str::to_owned),
        participants_count: Some(3),
        inaccessible: false,
        migrated_to: None,
        migrated_from: Some(ChatId::group(77)),
        photo: None,
        raw: Bytes::from_static(b"chat"),
        layer: 230,
    }))
}

/// Seven groups (one archived, one pinned), a dialog without a message, and a channel without a dialog.
async fn filled(store: &Arc<dyn Store>) -> Vec<ChatId> {
    let groups: Vec<ChatId> = (1..=7).map(ChatId::channel).collect();
    for (n, chat) in groups.iter().enumerate() {
        let n = n as i64;
        let captures = vec![
            group(*chat, &format!("Группа {n}"), (n == 3).then_some("Third")),
            dialog(*chat, ChatKind::Supergroup, i32::from(n == 5), n == 2),
            text(*chat, 10 + n, 1, 0, "words"),
        ];
        store
            .apply(&[batch(*chat, captures)], ApplyOptions::default())
            .await
            .expect("applied");
    }
    // Without a message, and with one but no dialog.
    let captures = vec![
        dialog(PRIVATE, ChatKind::Private, 0, false),
        user(PRIVATE.0, 1, false, "Zoë"),
    ];
    store
        .apply(&[batch(PRIVATE, captures)], ApplyOptions::default())
        .await
        .expect("applied");
    store
        .apply(
            &[batch(CHANNEL, vec![text(CHANNEL, 1, 1, 0, "old")])],
            ApplyOptions::default(),
        )
        .await
        .expect("applied");
    groups
}

const ALL: ChatQuery = ChatQuery {
    account: ACCOUNT,
    only: None,
    text: None,
    archived: None,
    after: None,
    limit: 4,
};

/// Law 1 of browsing.
pub async fn pages_of_chats_reach_each_once_in_order(fixture: &impl Fixture) {
    let store = fixture.store();
    let groups = filled(&store).await;
    let mut query = ALL;
    let mut found = Vec::new();
    loop {
        let page = store.chat_page(&query).await.expect("a page");
        let Some(last) = page.chats.last() else { break };
        assert_eq!(page.total, 9);
        query.after = Some(last.place());
        found.extend(page.chats.iter().map(|c| c.chat.chat));
    }
    let expected = [
        groups[2], groups[6], groups[5], groups[4], groups[3], groups[1], groups[0], CHANNEL, PRIVATE,
    ];
    assert_eq!(found, expected);
    query.after = None;
    let first = store
        .chat_page(&query)
        .await
        .expect("a page")
        .chats
        .swap_remove(0);
    assert_eq!(
        (
            first.chat.title.as_deref(),
            first.chat.last_message,
            first.migrated_from,
            first.avatar
        ),
        (
            Some("Группа 2"),
            Some((12, 1_700_000_012)),
            Some(ChatId::group(77)),
            false
        )
    );
}

/// Names, in any case and script.
pub async fn chats_and_people_are_found_by_name(fixture: &impl Fixture) {
    let store = fixture.store();
    let groups = filled(&store).await;
    let narrow = async |text: &str, only: Option<Vec<ChatId>>, archived: Option<bool>| {
        let query = ChatQuery {
            text: (!text.is_empty()).then(|| text.to_owned()),
            only,
            archived,
            after: None,
            ..ALL
        };
        let page = store.chat_page(&query).await.expect("a page");
        (page.total, page.chats.first().map(|c| c.chat.chat))
    };
    assert_eq!(narrow("ГРУППА", None, None).await, (7, Some(groups[2])));
    assert_eq!(narrow("third", None, None).await, (1, Some(groups[3])));
    assert_eq!(narrow("zOË", None, None).await, (1, Some(PRIVATE)));
    assert_eq!(
        narrow("группа", Some(vec![groups[0]]), None).await,
        (1, Some(groups[0]))
    );
    assert_eq!(narrow("", Some(Vec::new()), None).await, (0, None));
    assert_eq!(narrow("", None, Some(true)).await, (1, Some(groups[5])));
    assert_eq!(narrow("", None, Some(false)).await.0, 8);
    let named = async |text: &str| store.find_peers(ACCOUNT, text, 9).await.expect("found");
    assert_eq!(named("@THIRD").await, [groups[3]]);
    assert_eq!(named("zoë").await, [PRIVATE]);
    let peers = store
        .peers(ACCOUNT, &[PRIVATE, groups[0], ChatId(4242)])
        .await
        .expect("named");
    let names: Vec<_> = peers.iter().map(|p| p.name.as_deref()).collect();
    assert_eq!(
        (names.len(), names.contains(&Some("Zoë")), names.contains(&None)),
        (3, true, true)
    );
}
