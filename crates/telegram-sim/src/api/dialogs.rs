//! The list of dialogs, and folders.

use grammers_tl_types::{enums, functions, types};
use model::ChatId;

use super::{Caller, chat_of};
use crate::error::RpcError;
use crate::world::render::{self, zeroed};
use crate::world::{ChatFolder, Post, World};

struct Row {
    chat: ChatId,
    pinned: bool,
    folder: i32,
    top: Option<Post>,
}

fn rows(world: &World, caller: &Caller) -> Vec<Row> {
    let Some(account) = world.account(caller.account) else {
        return Vec::new();
    };
    let mut rows: Vec<Row> = account
        .dialogs
        .iter()
        .filter_map(|(id, state)| {
            let chat = ChatId(*id);
            let messages = world.message_box(caller.account, chat)?;
            // A channel that was lost is in no list; a group that was left stays with what it said.
            if state.lost && chat.channel_id().is_some() {
                return None;
            }
            let top = messages.newest(*id).and_then(|id| messages.get(id));
            Some(Row {
                chat,
                pinned: state.pinned,
                folder: state.folder,
                top: top.map(std::borrow::Cow::into_owned),
            })
        })
        .collect();
    rows.sort_by_key(|r| std::cmp::Reverse((r.pinned, r.top.as_ref().map_or(0, |p| p.date), r.chat.0)));
    rows
}

fn dialog(world: &World, row: &Row) -> enums::Dialog {
    let top = row.top.as_ref().map_or(0, |p| p.id);
    let pts = row
        .chat
        .channel_id()
        .and_then(|id| world.channels.get(&id))
        .map(|c| c.messages.pts);
    types::Dialog {
        pinned: row.pinned,
        unread_mark: false,
        view_forum_as_messages: false,
        peer: render::peer(row.chat.0),
        top_message: top,
        read_inbox_max_id: top,
        read_outbox_max_id: top,
        unread_count: 0,
        unread_mentions_count: 0,
        unread_reactions_count: 0,
        unread_poll_votes_count: 0,
        notify_settings: enums::PeerNotifySettings::Settings(zeroed(&[])),
        pts,
        draft: None,
        folder_id: (row.folder != 0).then_some(row.folder),
        ttl_period: None,
    }
    .into()
}

type Shown = (
    Vec<enums::Dialog>,
    Vec<enums::Message>,
    Vec<enums::Chat>,
    Vec<enums::User>,
);

fn shown(world: &World, caller: &Caller, rows: &[Row]) -> Shown {
    let posts: Vec<&Post> = rows.iter().filter_map(|r| r.top.as_ref()).collect();
    let chats: Vec<ChatId> = rows.iter().map(|r| r.chat).collect();
    let (users, chats) = render::peers(world, caller.account, &posts, &chats, false);
    let messages = posts
        .iter()
        .map(|p| render::message(world, caller.account, p))
        .collect();
    (
        rows.iter().map(|r| dialog(world, r)).collect(),
        messages,
        chats,
        users,
    )
}

pub(super) fn get_dialogs(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetDialogs,
) -> Result<enums::messages::Dialogs, RpcError> {
    let first = r.offset_date == 0 && r.offset_id == 0;
    let after = if first || matches!(r.offset_peer, enums::InputPeer::Empty) {
        None
    } else {
        Some(chat_of(world, caller, &r.offset_peer)?)
    };
    let listed: Vec<Row> = rows(world, caller)
        .into_iter()
        .filter(|row| r.folder_id.is_none_or(|f| f == row.folder))
        .filter(|row| !(row.pinned && (r.exclude_pinned || !first)))
        .collect();
    let count = listed.len() as i32;
    // Below the offset in the order of (date, id of the chat).
    let rest = listed.into_iter().filter(|row| {
        let date = row.top.as_ref().map_or(0, |p| p.date);
        row.pinned
            || first
            || date < r.offset_date
            || (date == r.offset_date && after.is_some_and(|a| row.chat.0 < a.0))
    });
    let limit = r.limit.clamp(1, 100) as usize;
    let mut page: Vec<Row> = rest.collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let (dialogs, messages, chats, users) = shown(world, caller, &page);
    Ok(if first && !more {
        types::messages::Dialogs {
            dialogs,
            messages,
            chats,
            users,
        }
        .into()
    } else {
        types::messages::DialogsSlice {
            count,
            dialogs,
            messages,
            chats,
            users,
        }
        .into()
    })
}

fn peer_dialogs(world: &World, caller: &Caller, rows: &[Row]) -> enums::messages::PeerDialogs {
    let (dialogs, messages, chats, users) = shown(world, caller, rows);
    let state = super::updates::state(world, caller);
    types::messages::PeerDialogs {
        dialogs,
        messages,
        chats,
        users,
        state,
    }
    .into()
}

pub(super) fn get_peer_dialogs(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetPeerDialogs,
) -> Result<enums::messages::PeerDialogs, RpcError> {
    let mut asked = Vec::new();
    for peer in &r.peers {
        if let enums::InputDialogPeer::Peer(p) = peer {
            asked.push(chat_of(world, caller, &p.peer)?);
        }
    }
    let rows: Vec<Row> = rows(world, caller)
        .into_iter()
        .filter(|row| asked.contains(&row.chat))
        .collect();
    Ok(peer_dialogs(world, caller, &rows))
}

pub(super) fn get_pinned_dialogs(
    world: &mut World,
    caller: &Caller,
    r: &functions::messages::GetPinnedDialogs,
) -> Result<enums::messages::PeerDialogs, RpcError> {
    let rows: Vec<Row> = rows(world, caller)
        .into_iter()
        .filter(|row| row.pinned && row.folder == r.folder_id)
        .collect();
    Ok(peer_dialogs(world, caller, &rows))
}

fn folder(world: &World, caller: &Caller, folder: &ChatFolder) -> enums::DialogFilter {
    let peers = |ids: &[i64]| -> Vec<enums::InputPeer> {
        ids.iter()
            .map(|id| render::input_peer(world, caller.account, ChatId(*id)))
            .collect()
    };
    types::DialogFilter {
        contacts: folder.contacts,
        non_contacts: false,
        groups: false,
        broadcasts: folder.broadcasts,
        bots: false,
        exclude_muted: false,
        exclude_read: false,
        exclude_archived: false,
        title_noanimate: false,
        id: folder.id,
        title: render::plain(&folder.title),
        emoticon: folder.emoticon.clone(),
        color: None,
        pinned_peers: peers(&folder.pinned),
        include_peers: peers(&folder.include),
        exclude_peers: peers(&folder.exclude),
    }
    .into()
}

pub(super) fn get_dialog_filters(
    world: &mut World,
    caller: &Caller,
    _: &functions::messages::GetDialogFilters,
) -> Result<enums::messages::DialogFilters, RpcError> {
    let own = world
        .folders(caller.account)
        .iter()
        .map(|f| folder(world, caller, f));
    let filters = [enums::DialogFilter::Default].into_iter().chain(own).collect();
    Ok(types::messages::DialogFilters {
        tags_enabled: false,
        filters,
    }
    .into())
}
