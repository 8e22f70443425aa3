//! Whatever bytes come: an error or an object, never a panic; and what is an object is kept as it came.

use std::sync::LazyLock;

use grammers_tl_types::{Deserializable as _, Serializable as _, enums, functions};
use model::{ChatId, Origin, Seen};
use proptest::prelude::*;
use proptest::sample::Index;
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::world::render;

use super::*;

const CONTEXT: Context = Context {
    seen: Seen { epoch: 1, counter: 1 },
    me: Some(ACCOUNT),
};

/// Every message of a small world, with all kinds of media and actions, and last an answer that carries users and chats.
static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut world = scenario::small(1);
    let chats: Vec<ChatId> = world
        .account(ACCOUNT)
        .unwrap()
        .dialogs
        .keys()
        .copied()
        .map(ChatId)
        .collect();
    let mut samples = Vec::new();
    for chat in &chats {
        let in_box = world.message_box(ACCOUNT, *chat).unwrap();
        let posts = in_box.newer(chat.0, 1).take(60).filter_map(|id| in_box.get(id));
        samples.extend(posts.map(|post| render::message(&world, ACCOUNT, &post).to_bytes()));
    }
    let request = functions::messages::GetDialogs {
        exclude_pinned: false,
        folder_id: None,
        offset_date: 0,
        offset_id: 0,
        offset_peer: enums::InputPeer::Empty,
        limit: 100,
        hash: 0,
    };
    let caller = telegram_sim::api::Caller {
        account: ACCOUNT,
        dc: 2,
        layer: tl::LAYER,
    };
    let method = <functions::messages::GetDialogs as tl::Identifiable>::CONSTRUCTOR_ID;
    let dialogs = telegram_sim::api::call(&mut world, &caller, method, &request.to_bytes()).unwrap();
    samples.push(dialogs);
    samples
});

/// Decodes bytes as whatever an answer may hold.
fn decode(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(object) = enums::Message::from_bytes(bytes)
        && let Some(captured) = message(&object, Origin::Live, CONTEXT)
    {
        let kept = zstd::bulk::decompress(&captured.raw, 4 << 20).unwrap();
        prop_assert_eq!(kept, object.to_bytes(), "the raw bytes are the object");
        prop_assert_eq!(captured.hash, captured.content.hash());
    }
    if let Ok(enums::messages::Dialogs::Dialogs(all)) = enums::messages::Dialogs::from_bytes(bytes) {
        peers(&all.users, &all.chats, CONTEXT);
        for object in &all.messages {
            message(object, Origin::Live, CONTEXT);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_answer_is_too_strange(
        cut in prop::collection::vec((any::<Index>(), any::<Index>()), 20),
        flipped in prop::collection::vec((any::<Index>(), prop::collection::vec((any::<Index>(), 1..=255_u8), 1..4)), 40),
        noise in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        for (which, at) in &cut {
            let bytes = which.get(&SAMPLES);
            decode(&bytes[..at.index(bytes.len())])?;
        }
        for (which, bits) in &flipped {
            let mut bytes = which.get(&SAMPLES).clone();
            for (at, bits) in bits {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            decode(&bytes)?;
        }
        decode(&noise)?;
    }
}

#[test]
fn every_kind_of_message_keeps_its_bytes() {
    let (_, messages) = SAMPLES.split_last().unwrap();
    assert!(messages.len() > 200, "{}", messages.len());
    for bytes in messages {
        let object = enums::Message::from_bytes(bytes).unwrap();
        let captured = message(&object, Origin::Page, CONTEXT).unwrap();
        assert_eq!(zstd::bulk::decompress(&captured.raw, 1 << 20).unwrap(), *bytes);
        assert_eq!(captured.layer, tl::LAYER);
    }
}
