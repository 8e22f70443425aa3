//! What comes in: batches, verdicts, outcomes of files.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bus::{DeadLetterSink, Failure, Handler, Incoming, UndeliverableMessage};
use bytes::Bytes;
use model::{AccountId, CaptureBatch};
use store::{Applied, ApplyOptions, NewDeadLetter, StoreError};
use tokio::time::Instant;
use wire::{ReceiptNotice, Subject, WireError};

use crate::{Deps, Wake, WriterStore, isolate, issue};

/// Works on what the fetcher, the rate-limiter and the media-downloader send.
pub(crate) struct CaptureHandler {
    pub(crate) deps: Deps,
    pub(crate) options: ApplyOptions,
    pub(crate) wake: Arc<Wake>,
}

/// What to do about an error of the database.
pub(crate) fn failure(error: &StoreError) -> Failure {
    match error {
        StoreError::Unavailable(_) | StoreError::NotReady(_) | StoreError::DiskFull(_) => {
            Failure::Unavailable {
                reason: error.to_string(),
            }
        }
        StoreError::Refused(_) => Failure::Dead {
            reason: error.to_string(),
        },
        StoreError::Fenced { .. } | StoreError::Unexpected(_) => Failure::Retry {
            after: None,
            reason: error.to_string(),
        },
    }
}

#[async_trait]
impl Handler for CaptureHandler {
    async fn handle(&self, messages: Vec<Incoming>) -> Vec<Result<(), Failure>> {
        let mut results: Vec<Result<(), Failure>> = vec![Ok(()); messages.len()];
        let mut batches: Vec<(usize, CaptureBatch)> = Vec::new();
        for (n, message) in messages.into_iter().enumerate() {
            match message.subject {
                Some(Subject::Live(..) | Subject::History(..)) => match self.readable(message.body).await {
                    Ok(batch) => batches.push((n, batch)),
                    Err(failure) => results[n] = Err(failure),
                },
                Some(Subject::Decided(account)) => results[n] = self.decided(account, message.body).await,
                Some(Subject::MediaStored(account)) => {
                    results[n] = self.media_stored(account, message.body).await;
                }
                _ => {
                    results[n] = Err(Failure::Dead {
                        reason: "a subject the writer does not know".to_owned(),
                    });
                }
            }
        }
        for (n, result) in self.apply(batches).await {
            results[n] = result;
        }
        results
    }

    async fn available(&self) -> Result<(), String> {
        // A full disk answers reads: only a write tells.
        self.deps
            .store
            .set_meta("writer.probe", Some("1"))
            .await
            .map_err(|e| e.to_string())
    }
}

impl CaptureHandler {
    /// The batch of a body. A capture that this version cannot read becomes a dead letter, the others of its batch are
    /// applied; only an unreadable envelope is given up whole.
    async fn readable(&self, body: Bytes) -> Result<CaptureBatch, Failure> {
        let dead = |e: WireError| Failure::Dead {
            reason: e.to_string(),
        };
        let error = match wire::decode_batch(body.clone()) {
            Ok(batch) => return Ok(batch),
            Err(error) => error,
        };
        let salvaged = wire::salvage_batch(body).map_err(|_| dead(error))?;
        for (alone, error) in salvaged.refused {
            tracing::error!("a capture cannot be read and is kept as a dead letter: {error}");
            let letter = isolate::letter(&salvaged.batch, alone, error.to_string());
            let stored = self.deps.store.store_dead_letter(&letter).await;
            stored.map_err(|e| failure(&e))?;
        }
        Ok(salvaged.batch)
    }

    /// All batches in one transaction; if it is refused, each alone, and a refused one capture by capture.
    async fn apply(&self, batches: Vec<(usize, CaptureBatch)>) -> Vec<(usize, Result<(), Failure>)> {
        if batches.is_empty() {
            return Vec::new();
        }
        let (numbers, batches): (Vec<usize>, Vec<CaptureBatch>) = batches.into_iter().unzip();
        let began = Instant::now();
        let error = match self.deps.store.apply(&batches, self.options).await {
            Ok(applied) => {
                tracing::debug!(
                    batches = batches.len(),
                    new = applied.new_messages,
                    took = ?began.elapsed(),
                    "a transaction is committed"
                );
                self.publish(applied).await;
                return numbers.into_iter().map(|n| (n, Ok(()))).collect();
            }
            Err(error) => error,
        };
        if error.is_transient() {
            return numbers.into_iter().map(|n| (n, Err(failure(&error)))).collect();
        }
        tracing::warn!(
            "a transaction of {} batches failed, each is tried alone: {error}",
            batches.len()
        );
        let mut results = Vec::new();
        for (n, batch) in numbers.into_iter().zip(&batches) {
            let result = match self
                .deps
                .store
                .apply(std::slice::from_ref(batch), self.options)
                .await
            {
                Ok(applied) => {
                    self.publish(applied).await;
                    Ok(())
                }
                Err(error) if error.is_transient() => Err(failure(&error)),
                Err(_) => match isolate::apply(&*self.deps.store, batch, self.options).await {
                    Ok(applied) => {
                        self.publish(applied).await;
                        Ok(())
                    }
                    Err(error) => Err(failure(&error)),
                },
            };
            results.push((n, result));
        }
        results
    }

    async fn decided(&self, account: AccountId, body: Bytes) -> Result<(), Failure> {
        let ids = wire::decode_operations(body).map_err(|e| Failure::Dead {
            reason: e.to_string(),
        })?;
        self.deps
            .store
            .apply_verdicts(account, &ids, self.options)
            .await
            .map_err(|e| failure(&e))?;
        self.wake.outbox.notify_one();
        self.wake.search.notify_one();
        Ok(())
    }

    async fn media_stored(&self, account: AccountId, body: Bytes) -> Result<(), Failure> {
        let outcomes = wire::decode_media_stored(body).map_err(|e| Failure::Dead {
            reason: e.to_string(),
        })?;
        self.deps
            .store
            .apply_media(account, &outcomes)
            .await
            .map_err(|e| failure(&e))?;
        self.wake.outbox.notify_one();
        self.wake.media.notify_one();
        Ok(())
    }

    /// After the commit: receipts and ids of operations; what the bus does not take is issued again later.
    async fn publish(&self, applied: Applied) {
        let mut epochs: BTreeMap<(AccountId, u32), Vec<u64>> = BTreeMap::new();
        for (account, number) in applied.receipts {
            epochs.entry((account, number.epoch)).or_default().push(number.n);
        }
        for ((account, epoch), numbers) in epochs {
            let notice = wire::encode_receipts(&ReceiptNotice { epoch, numbers });
            if let Err(e) = self.deps.bus.notify(&Subject::Receipts(account), notice).await {
                tracing::debug!("a receipt notice was lost: {e}");
            }
        }
        issue::offer_operations(&*self.deps.bus, &applied.operations).await;
        if applied.outbox {
            self.wake.outbox.notify_one();
        }
        if applied.media_wanted {
            self.wake.media.notify_one();
        }
        self.wake.applied.send_replace(Instant::now());
        if applied.new_messages > 0 {
            self.wake.search.notify_one();
        }
    }
}

/// Dead letters go to the database, committed before the bus forgets them, and with them the receipts of their batches: the
/// fetcher does not send them again, and its update state goes on.
pub(crate) struct DeadLetterStore(pub(crate) Arc<dyn WriterStore>);

#[async_trait]
impl DeadLetterSink for DeadLetterStore {
    async fn store(&self, message: UndeliverableMessage) -> Result<(), String> {
        let subject = message.subject.parse::<Subject>().ok();
        let receipt = match &subject {
            Some(Subject::Live(account, _) | Subject::History(account, _)) => {
                wire::decode_receipt(message.body.clone())
                    .ok()
                    .filter(|(of, _)| of == account)
            }
            _ => None,
        };
        let letter = NewDeadLetter {
            account: subject.map(|s| s.account()),
            subject: message.subject,
            body: message.body,
            reason: message.reason,
            attempts: message.attempts,
        };
        self.0
            .give_up(&letter, receipt)
            .await
            .map(|_| ())
            .map_err(|e| e.to_string())
    }
}
