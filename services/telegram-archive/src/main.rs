//! The one binary: parse, assemble, run.

mod cli;
mod commands;
mod settings;

use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};

use cli::Cli;
use settings::values::LogFormat;
use settings::{Effective, Environment, Settings, SettingsError};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let (cli, effective) = match parse() {
        Ok(parsed) => parsed,
        Err(SettingsError::CommandLine(error)) => error.exit(),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match execute(cli, effective) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse() -> Result<(Cli, Vec<Effective>), SettingsError> {
    let here = std::env::current_dir().unwrap_or_default();
    let environment = Environment::read(&here)?;
    let (matches, effective) =
        settings::environment::parse(Cli::command(), std::env::args_os(), &environment)?;
    Ok((Cli::from_arg_matches(&matches)?, effective))
}

fn execute(cli: Cli, effective: Vec<Effective>) -> anyhow::Result<ExitCode> {
    let settings = Settings::resolve(cli.settings)?;
    let operation = &settings.args.operation;
    let json = operation.log_format == LogFormat::Json;
    service_kit::logs::start(&operation.log_level, json, settings.args.database.db_echo);
    // Two providers are linked in by dependencies; this one is used. A second call finds it chosen.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(commands::dispatch(cli.command, settings, effective));
    // A thread that waits for somebody to type must not be waited for.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}
