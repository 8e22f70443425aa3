//! The way of a push from the world to the connections, and what may happen to it there.

use std::sync::Arc;

use grammers_tl_types::{self as tl, Deserializable, Serializable, enums, types};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::faults::PushFault;
use crate::server::Shared;
use crate::world::Push;

/// A constructor of no layer.
const UNKNOWN: u32 = 0x0bad_f00d;

/// What waits for the push that follows.
#[derive(Default)]
struct Held {
    /// Goes out after it.
    late: Option<Push>,
    /// Goes out with it.
    joined: Option<Push>,
}

/// Hands pushes on, until there are no more.
pub(crate) async fn deliver(
    shared: Arc<Shared>,
    mut pushes: mpsc::UnboundedReceiver<Push>,
    stop: CancellationToken,
) {
    let mut held = Held::default();
    loop {
        let push = tokio::select! {
            push = pushes.recv() => push,
            () = stop.cancelled() => return,
        };
        let Some(push) = push else { return };
        for push in happen(shared.faults.on_push(), push, &mut held) {
            shared.push(&push);
        }
    }
}

/// What is sent of a push, after a fault.
fn happen(fault: Option<PushFault>, push: Push, held: &mut Held) -> Vec<Push> {
    let mut out = match fault {
        Some(PushFault::Swallow) => return Vec::new(),
        Some(PushFault::Reorder) => {
            held.late = Some(push);
            return Vec::new();
        }
        Some(PushFault::Combine) => {
            held.joined = Some(push);
            return Vec::new();
        }
        Some(PushFault::Duplicate) => vec![push.clone(), push],
        Some(PushFault::TooLong) => vec![with(&push, enums::Updates::TooLong.to_bytes())],
        Some(PushFault::Untold) => vec![untold(push)],
        Some(PushFault::Garble) => vec![garbled(&push)],
        None => vec![push],
    };
    if let Some(first) = held.joined.take() {
        let then = out.remove(0);
        out.splice(0..0, joined(first, then));
    }
    out.extend(held.late.take());
    out
}

fn with(push: &Push, body: Vec<u8>) -> Push {
    Push {
        account: push.account,
        body: Arc::new(body),
    }
}

fn read(push: &Push) -> Option<enums::Updates> {
    enums::Updates::from_bytes(&push.body).ok()
}

/// The form of a push by Telegram's name.
pub(crate) fn form(body: &[u8]) -> &'static str {
    tl::name_for_id(u32::from_bytes(body).unwrap_or_default())
}

fn garbled(push: &Push) -> Push {
    let mut body = push.body.to_vec();
    if let Some(constructor) = body.first_chunk_mut::<4>() {
        *constructor = UNKNOWN.to_le_bytes();
    }
    with(push, body)
}

/// Two pushes in one container. Only whole containers can be joined; others go out one after the other.
fn joined(first: Push, then: Push) -> Vec<Push> {
    match (read(&first), read(&then)) {
        (Some(enums::Updates::Updates(a)), Some(enums::Updates::Updates(b)))
            if first.account == then.account =>
        {
            let combined = enums::Updates::from(types::UpdatesCombined {
                updates: [a.updates, b.updates].concat(),
                users: [a.users, b.users].concat(),
                chats: [a.chats, b.chats].concat(),
                date: b.date,
                seq_start: a.seq,
                seq: b.seq,
            });
            vec![with(&then, combined.to_bytes())]
        }
        _ => vec![first, then],
    }
}

/// A new message as the one who sent it is told of it; anything else stays as it is.
fn untold(push: Push) -> Push {
    let told = match read(&push) {
        Some(enums::Updates::UpdateShortMessage(m)) => sent(m.id, m.pts, m.pts_count, m.date),
        Some(enums::Updates::UpdateShortChatMessage(m)) => sent(m.id, m.pts, m.pts_count, m.date),
        Some(enums::Updates::Updates(all)) => match &all.updates[..] {
            [enums::Update::NewMessage(m)] => sent(m.message.id(), m.pts, m.pts_count, all.date),
            _ => return push,
        },
        _ => return push,
    };
    with(&push, told.to_bytes())
}

fn sent(id: i32, pts: i32, pts_count: i32, date: i32) -> enums::Updates {
    types::UpdateShortSentMessage {
        out: true,
        id,
        pts,
        pts_count,
        date,
        media: None,
        entities: None,
        ttl_period: None,
    }
    .into()
}
