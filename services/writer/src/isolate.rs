//! A batch that the database refuses, capture by capture: one bad message does not hold up its page.

use bytes::Bytes;
use model::{BatchNumber, CaptureBatch, Lane};
use store::{Applied, ApplyOptions, NewDeadLetter, StoreError};
use wire::Subject;

use crate::WriterStore;

/// Applies each capture alone; those that are refused become dead letters, each a batch of one that can be sent again.
/// What the batch covers and its receipt are committed last.
pub(crate) async fn apply(
    store: &dyn WriterStore,
    batch: &CaptureBatch,
    options: ApplyOptions,
) -> Result<Applied, StoreError> {
    let mut all = Applied::default();
    for capture in &batch.captures {
        let alone = CaptureBatch {
            captures: vec![capture.clone()],
            covered: None,
            number: BatchNumber {
                epoch: batch.number.epoch,
                n: 0,
            },
            ..batch.clone()
        };
        match store.apply(std::slice::from_ref(&alone), options).await {
            Ok(applied) => join(&mut all, applied),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::error!("a capture is refused by the database and kept as a dead letter: {error}");
                let letter = letter(batch, wire::encode_batch(&alone), error.to_string());
                store.store_dead_letter(&letter).await?;
            }
        }
    }
    let rest = CaptureBatch {
        captures: Vec::new(),
        ..batch.clone()
    };
    join(&mut all, store.apply(std::slice::from_ref(&rest), options).await?);
    Ok(all)
}

/// A dead letter of one capture of a batch.
pub(crate) fn letter(batch: &CaptureBatch, alone: Bytes, reason: String) -> NewDeadLetter {
    let subject = match batch.lane {
        Lane::Live => Subject::Live(batch.account, batch.box_id),
        Lane::History => Subject::History(batch.account, batch.box_id),
    };
    NewDeadLetter {
        account: Some(batch.account),
        subject: subject.to_string(),
        body: alone,
        reason,
        attempts: 1,
    }
}

fn join(all: &mut Applied, one: Applied) {
    all.new_messages += one.new_messages;
    all.new_versions += one.new_versions;
    all.operations.extend(one.operations);
    all.receipts.extend(one.receipts);
    all.media_wanted |= one.media_wanted;
    all.outbox |= one.outbox;
}
