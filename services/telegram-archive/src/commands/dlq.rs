//! `dlq`: what could not be processed.

use anyhow::bail;
use model::{BatchNumber, CaptureBatch};
use store::{ApplyOptions, NewDeadLetter};
use wire::Subject;

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
    let archive = context::archive(settings).await?;
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

/// Applies captures again, straight to the database: no broker stands between on a single node.
async fn redrive(settings: &Settings, only: Option<i64>) -> anyhow::Result<()> {
    let archive = context::archive(settings).await?;
    let letters = archive.stores.all.dead_letters(false, 10_000).await?;
    let options = ApplyOptions {
        deletion_mode: settings.args.backup.deletion_mode,
    };
    let (mut done, mut failed) = (0, 0);
    for letter in letters.iter().filter(|l| only.is_none_or(|id| id == l.id)) {
        let applied = match batch(&letter.letter) {
            Ok(batch) => archive.stores.all.apply(&[batch], options).await.map(|_| ()),
            Err(reason) => {
                eprintln!("{}: {reason}", letter.id);
                failed += 1;
                continue;
            }
        };
        match applied {
            Ok(()) => {
                archive.stores.all.mark_redriven(letter.id).await?;
                done += 1;
            }
            Err(reason) => {
                eprintln!("{}: {reason}", letter.id);
                failed += 1;
            }
        }
    }
    println!("{done} sent again, {failed} failed again");
    if failed > 0 || (only.is_some() && done == 0) {
        bail!("not all could be sent again");
    }
    Ok(())
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
