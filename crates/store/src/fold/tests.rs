use bytes::Bytes;
use model::{
    CapturedMessage, Content, Counters, MessageHead, MessageKind, Origin, Reaction, Reactions, Seen, Verdict,
};
use proptest::prelude::*;

use super::*;

fn capture(
    counter: u64,
    edit_date: i64,
    text: &str,
    views: Option<i64>,
    likes: Option<i64>,
) -> CapturedMessage {
    let content = Content {
        text: text.to_owned(),
        ..Content::default()
    };
    CapturedMessage {
        seen: Seen { epoch: 1, counter },
        origin: Origin::Live,
        id: 1,
        kind: MessageKind::Text,
        head: MessageHead {
            date: counter as i64,
            ..MessageHead::default()
        },
        edit_date,
        edit_hide: false,
        hash: content.hash(),
        content,
        counters: Counters {
            views,
            ..Counters::default()
        },
        reactions: likes.map(|count| Reactions {
            counts: vec![Reaction {
                reaction: "+".into(),
                count,
                chosen: false,
            }],
            recent: vec![],
        }),
        pinned: counter.is_multiple_of(2),
        raw: Bytes::from(format!("{counter}{text}")),
        layer: 1,
    }
}

fn fold(captures: &[CapturedMessage]) -> MessageState {
    let mut state = MessageState::new(&captures[0]);
    captures[1..].iter().for_each(|c| state.merge(c));
    state
}

fn captures() -> impl Strategy<Value = Vec<CapturedMessage>> {
    let one = (
        1u64..6,
        0i64..3,
        "[ab]",
        prop::option::of(0i64..9),
        prop::option::of(0i64..9),
    )
        .prop_map(|(seen, edited, text, views, likes)| capture(seen, edited, &text, views, likes));
    prop::collection::vec(one, 1..8)
}

proptest! {
    #[test]
    fn any_order_and_repetition_gives_the_same_state(
        captures in captures(), order in prop::collection::vec(any::<prop::sample::Index>(), 0..16),
    ) {
        let mut shuffled: Vec<_> = order.iter().map(|i| i.get(&captures).clone()).collect();
        shuffled.extend(captures.iter().rev().cloned());
        let (a, b) = (fold(&captures), fold(&shuffled));
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(a.derive(|_| None), b.derive(|_| None));
    }
}

#[test]
fn without_a_verdict_the_oldest_version_is_shown() {
    let state = fold(&[
        capture(5, 20, "second", None, None),
        capture(9, 0, "first", None, None),
    ]);
    let derived = state.derive(|_| None);
    assert_eq!(state.versions[&derived.current].content.text, "first");
    assert_eq!(derived.operations.len(), 1);
    let admitted = state.derive(|_| Some(Verdict::Admitted));
    assert_eq!(state.versions[&admitted.current].content.text, "second");
    let held = state.derive(|_| Some(Verdict::Held));
    assert_eq!(held.current, derived.current);
}

#[test]
fn a_version_with_the_same_content_is_no_operation() {
    let state = fold(&[
        capture(1, 0, "same", None, None),
        capture(2, 30, "same", None, None),
    ]);
    let derived = state.derive(|_| None);
    assert!(derived.operations.is_empty());
    assert_eq!(derived.current.0, 30);
}

#[test]
fn going_back_to_an_earlier_text_is_an_edit() {
    let state = fold(&[
        capture(1, 0, "a", None, None),
        capture(2, 10, "b", None, None),
        capture(3, 20, "a", None, None),
    ]);
    assert_eq!(state.derive(|_| None).operations.len(), 2);
    let shown = state.derive(|_| Some(Verdict::Admitted)).current;
    assert_eq!(shown.0, 20);
}

#[test]
fn a_counter_that_is_not_told_is_left_as_it_is() {
    let state = fold(&[
        capture(1, 0, "a", Some(7), Some(1)),
        capture(2, 0, "a", None, None),
    ]);
    assert_eq!(state.registers.views.value, Some(7));
    assert_eq!(state.registers.reactions.value.counts[0].count, 1);
    assert!(state.registers.pinned.value);
}
