//! `dlq`: what could not be processed.

use anyhow::bail;
use store::ApplyOptions;
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
        let applied = match letter.letter.subject.parse() {
            Ok(Subject::Live(..) | Subject::History(..)) => {
                match wire::decode_batch(letter.letter.body.clone()) {
                    Ok(batch) => archive
                        .stores
                        .all
                        .apply(&[batch], options)
                        .await
                        .map(|_| ())
                        .map_err(|e| e.to_string()),
                    Err(e) => Err(e.to_string()),
                }
            }
            _ => Err("only captures can be sent again".to_owned()),
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
