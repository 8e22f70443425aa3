//! `dlq`: what could not be processed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use bus::Bus;
use model::{AccountId, BatchNumber, CaptureBatch, DeletionMode};
use serde::{Deserialize, Serialize};
use store::{ApplyOptions, NewDeadLetter, Store, StoreError};
use wire::{RpcFailure, Subject};

use super::{context, present};
use crate::cli::DlqCommand;
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings, command: DlqCommand) -> anyhow::Result<()> {
    match command {
        DlqCommand::List { all } => list(settings, all).await,
        DlqCommand::Redrive { id } => redrive(settings, id).await,
    }
}

async fn list(settings: &Settings, all: bool) -> anyhow::Result<()> {
    let archive = context::reading(settings).await?;
    let zone = present::zone(&settings.args.viewer.viewer_timezone);
    let letters = archive.stores.all.dead_letters(all, 1000).await?;
    let mut table = present::table([
        "No.",
        "Stored",
        "Subject",
        "Size",
        "Attempts",
        "Reason",
        "Sent again",
    ]);
    for l in &letters {
        table.add_row([
            l.id.to_string(),
            present::time(l.stored_at, &zone),
            l.letter.subject.clone(),
            present::size(l.letter.body.len() as i64),
            l.letter.attempts.to_string(),
            l.letter.reason.clone(),
            l.redriven_at.map_or(String::new(), |at| present::time(at, &zone)),
        ]);
    }
    println!("{table}\n{} dead letters", letters.len());
    Ok(())
}

/// The writer sends letters again; where none runs, this process does.
async fn redrive(settings: &Settings, only: Option<i64>) -> anyhow::Result<()> {
    let body = serde_json::to_value(Redrive { only })?;
    let asked: Option<Redriven> = context::ask(settings, SERVICE, VERB_REDRIVE, &body).await?;
    let Redriven { done, failed } = if let Some(redriven) = asked {
        redriven
    } else {
        let archive = context::archive(settings).await?;
        again(&*archive.stores.all, settings.args.backup.deletion_mode, only).await?
    };
    for (id, reason) in &failed {
        eprintln!("{id}: {reason}");
    }
    println!("{done} sent again, {} failed again", failed.len());
    if !failed.is_empty() || (only.is_some() && done == 0) {
        bail!("not all could be sent again");
    }
    Ok(())
}

const SERVICE: &str = "writer";
/// How long until requests are served again that could not be.
const AGAIN: Duration = Duration::from_secs(2);
/// Sends letters again ([`Redrive`]); answers [`Redriven`].
const VERB_REDRIVE: &str = "redrive";

#[derive(Serialize, Deserialize)]
struct Redrive {
    only: Option<i64>,
}

/// How many were sent again, and which failed again, with the reason.
#[derive(Default, Serialize, Deserialize)]
struct Redriven {
    done: u64,
    failed: Vec<(i64, String)>,
}

/// Sends letters again for others who ask, where the writer runs.
pub(super) async fn serve(bus: Arc<dyn Bus>, store: Arc<dyn Store>, account: AccountId, mode: DeletionMode) {
    let subject = Subject::Rpc {
        service: SERVICE.to_owned(),
        verb: VERB_REDRIVE.to_owned(),
        account,
    };
    loop {
        if let Ok(mut requests) = bus.serve(&subject).await {
            while let Ok((body, replier)) = requests.next().await {
                let answer = match wire::decode_rpc_request::<Redrive>(body) {
                    Ok(asked) => again(&*store, mode, asked.only).await.map_err(|e| e.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                let answer = answer.and_then(|done| serde_json::to_value(done).map_err(|e| e.to_string()));
                let answer = answer.map_err(|message| RpcFailure {
                    kind: "unavailable".to_owned(),
                    message,
                });
                if let Err(error) = replier.reply(wire::encode_rpc_response(answer.as_ref())).await {
                    tracing::debug!("an answer was not taken: {error}");
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Applies captures again, straight to the database: no broker stands between on a single node.
async fn again(store: &dyn Store, mode: DeletionMode, only: Option<i64>) -> Result<Redriven, StoreError> {
    let letters = store.dead_letters(false, 10_000).await?;
    let options = ApplyOptions { deletion_mode: mode };
    let mut redriven = Redriven::default();
    for letter in letters.iter().filter(|l| only.is_none_or(|id| id == l.id)) {
        let applied = match batch(&letter.letter) {
            Ok(batch) => store
                .apply(&[batch], options)
                .await
                .map(|_| ())
                .map_err(|e| e.to_string()),
            Err(reason) => Err(reason),
        };
        match applied {
            Ok(()) => {
                store.mark_redriven(letter.id).await?;
                redriven.done += 1;
            }
            Err(reason) => redriven.failed.push((letter.id, reason)),
        }
    }
    Ok(redriven)
}

/// What a letter holds, under number 0: its own number has a receipt since it was given up, and what has one is not applied.
fn batch(letter: &NewDeadLetter) -> Result<CaptureBatch, String> {
    let Ok(Subject::Live(..) | Subject::History(..)) = letter.subject.parse() else {
        return Err("only captures can be sent again".to_owned());
    };
    let batch = wire::decode_batch(letter.body.clone()).map_err(|e| e.to_string())?;
    Ok(CaptureBatch {
        number: BatchNumber { n: 0, ..batch.number },
        ..batch
    })
}

#[cfg(test)]
mod tests {
    use model::{AccountId, BoxId, Lane};

    use super::*;

    #[test]
    fn a_letter_is_applied_whatever_receipt_its_batch_has() {
        let account = AccountId(1);
        let given_up = CaptureBatch {
            account,
            box_id: BoxId::Common,
            number: BatchNumber { epoch: 3, n: 17 },
            lane: Lane::Live,
            captures: Vec::new(),
            covered: None,
        };
        let letter = NewDeadLetter {
            account: Some(account),
            subject: Subject::Live(account, BoxId::Common).to_string(),
            body: wire::encode_batch(&given_up),
            reason: "why".to_owned(),
            attempts: 8,
        };
        assert_eq!(batch(&letter).unwrap().number.n, 0);
        let other = NewDeadLetter {
            subject: Subject::Decided(account).to_string(),
            ..letter
        };
        assert!(batch(&other).is_err());
    }
}
