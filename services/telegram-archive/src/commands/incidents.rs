//! `incidents`: what the guard holds, and your decision.

use anyhow::bail;
use model::IncidentId;
use rate_limiter::{DecideIncident, IncidentDecided};
use store::{ApplyOptions, IncidentFilter};

use super::{context, present};
use crate::cli::IncidentsCommand;
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings, command: IncidentsCommand) -> anyhow::Result<()> {
    match command {
        IncidentsCommand::List { all } => list(settings, all).await,
        IncidentsCommand::Approve { id } => decide(settings, id, true).await,
        IncidentsCommand::Reject { id } => decide(settings, id, false).await,
    }
}

async fn list(settings: &Settings, all: bool) -> anyhow::Result<()> {
    let archive = context::reading(settings).await?;
    let zone = present::zone(&settings.args.viewer.viewer_timezone);
    let filter = IncidentFilter {
        account: Some(archive.account.id),
        open_only: !all,
        chats: None,
    };
    let incidents = archive.stores.all.incidents(&filter).await?;
    let mut table = present::table(["No.", "Chat", "Kind", "Deletions", "Edits", "From", "To", "State"]);
    for i in &incidents {
        let state = match i.approved {
            None => "open".to_owned(),
            Some(approved) => format!(
                "{} {}",
                if approved { "approved" } else { "rejected" },
                i.decided_at.map_or(String::new(), |at| present::time(at, &zone))
            ),
        };
        table.add_row([
            i.id.0.to_string(),
            i.chat.map_or("not known".to_owned(), |c| c.to_string()),
            i.kind.as_str().replace('_', " "),
            i.deletions.to_string(),
            i.edits.to_string(),
            present::time(i.from_at, &zone),
            present::time(i.to_at, &zone),
            state,
        ]);
    }
    println!("{table}\n{} incidents", incidents.len());
    if incidents.iter().any(|i| i.approved.is_none()) {
        println!("apply one with `incidents approve No.`, keep the messages with `incidents reject No.`");
    }
    Ok(())
}

async fn decide(settings: &Settings, incident: i64, approve: bool) -> anyhow::Result<()> {
    let request = DecideIncident {
        incident,
        approve,
        by: "command line".to_owned(),
    };
    let body = serde_json::to_value(&request)?;
    let asked: Option<IncidentDecided> =
        context::ask(settings, rate_limiter::SERVICE, rate_limiter::VERB_DECIDE, &body).await?;
    let operations = if let Some(decided) = asked {
        decided.operations
    } else {
        let archive = context::archive(settings).await?;
        let turned = archive
            .stores
            .all
            .decide_incident(IncidentId(incident), approve, &request.by)
            .await?;
        let ids: Vec<_> = turned.iter().map(|(_, o)| *o).collect();
        let options = ApplyOptions {
            deletion_mode: settings.args.backup.deletion_mode,
        };
        archive
            .stores
            .all
            .apply_verdicts(archive.account.id, &ids, options)
            .await?;
        ids.len() as u64
    };
    if operations == 0 {
        bail!("there is no open incident {incident}; see `telegram-archive incidents list`");
    }
    println!(
        "{operations} operations {}",
        if approve {
            "applied"
        } else {
            "rejected; the messages stay as they are"
        }
    );
    Ok(())
}
