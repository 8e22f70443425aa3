//! One file per command.

mod auth;
mod backup;
mod config;
mod context;
mod coverage;
mod dlq;
mod export;
mod health;
mod incidents;
mod list_chats;
mod present;
mod remote_login;
mod run;
mod service;
mod start;
mod stats;
mod status;
mod users;

use std::process::ExitCode;

use crate::cli::Command;
use crate::settings::{Effective, Settings};

/// Does what was asked.
pub(crate) async fn dispatch(
    command: Command,
    settings: Settings,
    effective: Vec<Effective>,
) -> anyhow::Result<ExitCode> {
    match command {
        Command::Auth { qr, yes, log_out } => auth::run(&settings, qr, yes, log_out).await?,
        Command::Run => return run::run(&settings).await,
        Command::Service { name } => return service::run(&settings, name).await,
        Command::Backup => return backup::run(&settings).await,
        Command::Status { json } => status::run(&settings, json).await?,
        Command::Stats => stats::run(&settings).await?,
        Command::ListChats => list_chats::run(&settings).await?,
        Command::Coverage { chat } => coverage::run(&settings, chat).await?,
        Command::Incidents { command } => incidents::run(&settings, command).await?,
        Command::Dlq { command } => dlq::run(&settings, command).await?,
        Command::Users { command } => users::run(&settings, command).await?,
        Command::Export {
            output,
            chat,
            start_date,
            end_date,
        } => {
            export::run(
                &settings,
                &output,
                chat,
                start_date.as_deref(),
                end_date.as_deref(),
            )
            .await?;
        }
        Command::Config {
            markdown,
            env_example,
        } => config::run(&settings, &effective, markdown, env_example)?,
        Command::Healthcheck => return health::check(&settings).await,
    }
    Ok(ExitCode::SUCCESS)
}
