//! Everything but capture batches: ids, outcomes, changes, requests.

use bytes::Bytes;
use model::{ChatId, Lane, MediaId, MediaOutcome, MessageId, OperationId, SkipReason, StoredFile};
use prost::Message as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{WireError, v1};

/// Ids of operations, for `tg.ops` and `ops.decided` alike.
pub fn encode_operations(ids: &[OperationId]) -> Bytes {
    v1::OperationsPending {
        ids: ids.iter().map(|i| i.0).collect(),
    }
    .encode_to_vec()
    .into()
}

/// The inverse of [`encode_operations`].
pub fn decode_operations(body: Bytes) -> Result<Vec<OperationId>, WireError> {
    Ok(v1::OperationsPending::decode(body)?
        .ids
        .into_iter()
        .map(OperationId)
        .collect())
}

/// Ids of media rows, for `media.wanted`.
pub fn encode_media_wanted(ids: &[MediaId]) -> Bytes {
    v1::MediaWanted {
        ids: ids.iter().map(|i| i.0).collect(),
    }
    .encode_to_vec()
    .into()
}

/// The inverse of [`encode_media_wanted`].
pub fn decode_media_wanted(body: Bytes) -> Result<Vec<MediaId>, WireError> {
    Ok(v1::MediaWanted::decode(body)?
        .ids
        .into_iter()
        .map(MediaId)
        .collect())
}

/// What became of files, for `media.stored`.
pub fn encode_media_stored(outcomes: &[(MediaId, MediaOutcome)]) -> Bytes {
    use v1::media_outcome::What;
    let outcomes = outcomes
        .iter()
        .map(|(id, outcome)| v1::MediaOutcome {
            id: id.0,
            what: Some(match outcome {
                MediaOutcome::Stored(f) => What::Stored(v1::StoredFile {
                    sha256: Bytes::copy_from_slice(&f.sha256),
                    size: f.size,
                    path: f.path.clone(),
                }),
                MediaOutcome::Skipped(reason) => What::Skipped(reason.as_str().to_owned()),
                MediaOutcome::Failed { reason, not_before } => What::Failed(v1::FailedAttempt {
                    reason: reason.clone(),
                    not_before: *not_before,
                }),
                MediaOutcome::NotBefore(at) => What::NotBefore(*at),
                MediaOutcome::Damaged(reason) => What::Damaged(reason.clone()),
            }),
        })
        .collect();
    v1::MediaStored { outcomes }.encode_to_vec().into()
}

/// The inverse of [`encode_media_stored`].
pub fn decode_media_stored(body: Bytes) -> Result<Vec<(MediaId, MediaOutcome)>, WireError> {
    use v1::media_outcome::What;
    let refused = |field, reason: &str| WireError::Field {
        field,
        reason: reason.to_owned(),
    };
    v1::MediaStored::decode(body)?
        .outcomes
        .into_iter()
        .map(|o| {
            let outcome = match o
                .what
                .ok_or_else(|| refused("what", "an outcome from a newer version"))?
            {
                What::Stored(f) => MediaOutcome::Stored(StoredFile {
                    sha256: f.sha256[..]
                        .try_into()
                        .map_err(|_| refused("sha256", "not 32 bytes"))?,
                    size: f.size,
                    path: f.path,
                }),
                What::Skipped(word) => {
                    MediaOutcome::Skipped(SkipReason::parse(&word).ok_or_else(|| refused("skipped", &word))?)
                }
                What::Failed(f) => MediaOutcome::Failed {
                    reason: f.reason,
                    not_before: f.not_before,
                },
                What::NotBefore(at) => MediaOutcome::NotBefore(at),
                What::Damaged(reason) => MediaOutcome::Damaged(reason),
            };
            Ok((MediaId(o.id), outcome))
        })
        .collect()
}

/// A change of the archive, for `archive.changed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The outbox row it came from.
    pub seq: i64,
    /// In which chat.
    pub chat: Option<ChatId>,
    /// By which way.
    pub lane: Lane,
    /// `new`, `edited`, `deleted`, `reactions`, `pinned`, `media`, `chat`, `incident`.
    pub kind: String,
    /// Of which messages.
    pub ids: Vec<MessageId>,
    /// `ids` is (first, last) of a range.
    pub is_range: bool,
}

/// For `archive.changed`.
pub fn encode_changed(c: &Changed) -> Bytes {
    v1::Changed {
        seq: c.seq,
        chat: c.chat.map(|c| c.0),
        live: c.lane == Lane::Live,
        kind: c.kind.clone(),
        ids: c.ids.clone(),
        is_range: c.is_range,
    }
    .encode_to_vec()
    .into()
}

/// The inverse of [`encode_changed`].
pub fn decode_changed(body: Bytes) -> Result<Changed, WireError> {
    let c = v1::Changed::decode(body)?;
    Ok(Changed {
        seq: c.seq,
        chat: c.chat.map(ChatId),
        lane: if c.live { Lane::Live } else { Lane::History },
        kind: c.kind,
        ids: c.ids,
        is_range: c.is_range,
    })
}

/// Batches that are committed, for `receipts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptNotice {
    /// Of which epoch.
    pub epoch: u32,
    /// Their numbers.
    pub numbers: Vec<u64>,
}

/// For `receipts`.
pub fn encode_receipts(notice: &ReceiptNotice) -> Bytes {
    v1::Receipts {
        epoch: notice.epoch,
        numbers: notice.numbers.clone(),
    }
    .encode_to_vec()
    .into()
}

/// The inverse of [`encode_receipts`].
pub fn decode_receipts(body: Bytes) -> Result<ReceiptNotice, WireError> {
    let r = v1::Receipts::decode(body)?;
    Ok(ReceiptNotice {
        epoch: r.epoch,
        numbers: r.numbers,
    })
}

/// Why a request was not fulfilled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RpcFailure {
    /// `unavailable`, `refused`, `not_found`, `internal`.
    pub kind: String,
    /// For a person.
    pub message: String,
}

/// A request's body.
pub fn encode_rpc_request<T: Serialize>(body: &T) -> Bytes {
    let body_json = serde_json::to_string(body).unwrap_or_default();
    v1::RpcRequest { body_json }.encode_to_vec().into()
}

/// The inverse of [`encode_rpc_request`].
pub fn decode_rpc_request<T: DeserializeOwned>(body: Bytes) -> Result<T, WireError> {
    let request = v1::RpcRequest::decode(body)?;
    serde_json::from_str(&request.body_json).map_err(|e| WireError::Field {
        field: "body_json",
        reason: e.to_string(),
    })
}

/// An answer's body.
pub fn encode_rpc_response<T: Serialize>(result: Result<&T, &RpcFailure>) -> Bytes {
    use v1::rpc_response::What;
    let what = match result {
        Ok(body) => What::BodyJson(serde_json::to_string(body).unwrap_or_default()),
        Err(e) => What::Error(v1::RpcError {
            kind: e.kind.clone(),
            message: e.message.clone(),
        }),
    };
    v1::RpcResponse { what: Some(what) }.encode_to_vec().into()
}

/// The inverse of [`encode_rpc_response`].
pub fn decode_rpc_response<T: DeserializeOwned>(body: Bytes) -> Result<Result<T, RpcFailure>, WireError> {
    use v1::rpc_response::What;
    match v1::RpcResponse::decode(body)?.what {
        Some(What::BodyJson(text)) => serde_json::from_str(&text).map(Ok).map_err(|e| WireError::Field {
            field: "body_json",
            reason: e.to_string(),
        }),
        Some(What::Error(e)) => Ok(Err(RpcFailure {
            kind: e.kind,
            message: e.message,
        })),
        None => Err(WireError::Field {
            field: "what",
            reason: "an empty answer".to_owned(),
        }),
    }
}
