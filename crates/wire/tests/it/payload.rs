//! Every message between services but the batches: what goes out comes in, and what version 1 wrote stays readable.

use bytes::Bytes;
use model::{ChatId, Lane, MediaId, MediaOutcome, OperationId, SkipReason, StoredFile};
use serde_json::{Value, json};
use wire::{
    Changed, LoginAnswer, LoginRefusal, LoginStep, PushAnswer, PushChat, PushRequest, PushSubscriptionRow,
    ReceiptNotice, RpcFailure,
};

/// The bytes that version 1 wrote.
macro_rules! golden {
    ($name:literal) => {
        Bytes::from_static(include_bytes!(concat!("../golden/", $name, ".v1.bin")))
    };
}

fn outcomes() -> Vec<(MediaId, MediaOutcome)> {
    let file = |path: Option<&str>| {
        MediaOutcome::Stored(StoredFile {
            sha256: [9; 32],
            size: 7,
            path: path.map(str::to_owned),
        })
    };
    let failed = MediaOutcome::Failed {
        reason: "refused".to_owned(),
        not_before: 12,
    };
    let skipped = [
        SkipReason::Disabled,
        SkipReason::TooLarge,
        SkipReason::MessageDeleted,
        SkipReason::AccessLost,
        SkipReason::Unavailable,
        SkipReason::SelfDestructing,
    ];
    [
        file(Some("5/a.jpg")),
        file(None),
        failed,
        MediaOutcome::NotBefore(1_700_000_000),
        MediaOutcome::Damaged("missing: message_deleted".to_owned()),
    ]
    .into_iter()
    .chain(skipped.map(MediaOutcome::Skipped))
    .zip(1..)
    .map(|(outcome, id)| (MediaId(id), outcome))
    .collect()
}

#[test]
fn operations_of_version_1_stay_readable() {
    let ids: Vec<OperationId> = [1, 300, i64::MAX].map(OperationId).into();
    assert_eq!(
        wire::decode_operations(wire::encode_operations(&ids)).unwrap(),
        ids
    );
    assert_eq!(wire::decode_operations(golden!("operations")).unwrap(), ids);
}

#[test]
fn wanted_media_of_version_1_stays_readable() {
    let ids: Vec<MediaId> = [7, 70_000].map(MediaId).into();
    assert_eq!(
        wire::decode_media_wanted(wire::encode_media_wanted(&ids)).unwrap(),
        ids
    );
    assert_eq!(wire::decode_media_wanted(golden!("media_wanted")).unwrap(), ids);
}

#[test]
fn what_became_of_files_in_version_1_stays_readable() {
    let written = wire::encode_media_stored(&outcomes());
    assert_eq!(wire::decode_media_stored(written).unwrap(), outcomes());
    assert_eq!(
        wire::decode_media_stored(golden!("media_stored")).unwrap(),
        outcomes()
    );
}

#[test]
fn changes_of_version_1_stay_readable() {
    let of_messages = Changed {
        seq: 41,
        chat: Some(ChatId::channel(5)),
        lane: Lane::Live,
        kind: "edited".to_owned(),
        ids: vec![3, 9],
        is_range: false,
    };
    let of_a_range = Changed {
        seq: 42,
        chat: None,
        lane: Lane::History,
        kind: "new".to_owned(),
        ids: vec![1, 100],
        is_range: true,
    };
    for (change, committed) in [
        (of_messages, golden!("changed_ids")),
        (of_a_range, golden!("changed_range")),
    ] {
        assert_eq!(
            wire::decode_changed(wire::encode_changed(&change)).unwrap(),
            change
        );
        assert_eq!(wire::decode_changed(committed).unwrap(), change);
    }
}

#[test]
fn receipts_of_version_1_stay_readable() {
    let notice = ReceiptNotice {
        epoch: 3,
        numbers: vec![1, 2, 900],
    };
    assert_eq!(
        wire::decode_receipts(wire::encode_receipts(&notice)).unwrap(),
        notice
    );
    assert_eq!(wire::decode_receipts(golden!("receipts")).unwrap(), notice);
}

#[test]
fn requests_and_answers_of_version_1_stay_readable() {
    let body = json!({ "chat": -1_000_000_000_005_i64, "by": "somebody" });
    for request in [wire::encode_rpc_request(&body), golden!("rpc_request")] {
        assert_eq!(wire::decode_rpc_request::<Value>(request).unwrap(), body);
    }
    for answer in [wire::encode_rpc_response(Ok(&body)), golden!("rpc_answer")] {
        assert_eq!(
            wire::decode_rpc_response::<Value>(answer).unwrap(),
            Ok(body.clone())
        );
    }
    let failure = RpcFailure {
        kind: "not_found".to_owned(),
        message: "no such incident".to_owned(),
    };
    let written = wire::encode_rpc_response::<Value>(Err(&failure));
    for answer in [written, golden!("rpc_failure")] {
        assert_eq!(
            wire::decode_rpc_response::<Value>(answer).unwrap(),
            Err(failure.clone())
        );
    }
}

/// Each as a line of JSON, as version 1 wrote it: it reads as what is meant by it now.
fn lines<T: serde::Serialize + serde::de::DeserializeOwned>(committed: &str, values: &[T]) {
    let json = |value: &T| serde_json::to_string(value).expect("JSON");
    let read: Vec<String> = committed
        .lines()
        .map(|line| json(&serde_json::from_str(line).expect("a line of the golden file")))
        .collect();
    assert_eq!(read, values.iter().map(json).collect::<Vec<_>>());
}

#[test]
fn steps_and_answers_of_a_log_in_of_version_1_stay_readable() {
    let refused = |refusal| LoginAnswer::Refused {
        refusal,
        message: "why".to_owned(),
    };
    let word = || "a word".to_owned();
    lines(
        include_str!("../golden/login_step.v1.jsonl"),
        &[
            LoginStep::State,
            LoginStep::RequestCode { phone: word() },
            LoginStep::SignIn { code: word() },
            LoginStep::CheckPassword { password: word() },
            LoginStep::Qr,
            LoginStep::AcceptToken { url: word() },
            LoginStep::LogOut,
        ],
    );
    lines(
        include_str!("../golden/login_answer.v1.jsonl"),
        &[
            LoginAnswer::LoggedIn { user: 1 },
            LoginAnswer::LoggedOut { reason: word() },
            LoginAnswer::CodeSent {
                by: "app".to_owned(),
                length: Some(5),
            },
            LoginAnswer::PasswordNeeded { hint: None },
            LoginAnswer::Show {
                url: word(),
                expires: 9,
            },
            LoginAnswer::Accepted,
            refused(LoginRefusal::WrongCode),
            refused(LoginRefusal::CodeExpired),
            refused(LoginRefusal::WrongPassword),
            refused(LoginRefusal::WrongPhone),
            refused(LoginRefusal::WrongApiCredentials),
            refused(LoginRefusal::Wait { until: 7 }),
            refused(LoginRefusal::OtherUser),
            refused(LoginRefusal::Other),
        ],
    );
}

#[test]
fn requests_and_answers_of_pushes_of_version_1_stay_readable() {
    let word = || "a word".to_owned();
    let chat = PushChat {
        account: model::AccountId(1),
        chat: ChatId(2001),
    };
    let row = || PushSubscriptionRow {
        id: 4,
        endpoint: word(),
        chats: Some(vec![chat]),
        created_at: 8,
    };
    lines(
        include_str!("../golden/push_request.v1.jsonl"),
        &[
            PushRequest::Key,
            PushRequest::Subscribe {
                user: word(),
                session: [7; 32],
                endpoint: word(),
                p256dh: word(),
                auth: word(),
                chats: None,
            },
            PushRequest::List { user: word() },
            PushRequest::Unsubscribe { user: word(), id: 4 },
            PushRequest::Mutes { user: word() },
            PushRequest::Mute {
                user: word(),
                chat,
                muted: true,
            },
        ],
    );
    lines(
        include_str!("../golden/push_answer.v1.jsonl"),
        &[
            PushAnswer::Key { key: word() },
            PushAnswer::Subscribed { subscription: row() },
            PushAnswer::Subscriptions {
                subscriptions: vec![row()],
            },
            PushAnswer::Mutes { chats: vec![chat] },
            PushAnswer::Done,
            PushAnswer::NotFound,
            PushAnswer::Refused { message: word() },
        ],
    );
}
