//! The command line: what it understands and how it explains itself.

use std::path::PathBuf;

use assembly::Service;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};

use crate::settings::SettingsArgs;

/// A self-hosted archive of your Telegram accounts.
///
/// Every chat, message, edit, deletion, reaction and file, captured on schedule and live, kept for ever. Settings come
/// from the environment or a file named `.env` in the working folder; `telegram-archive config` shows them all.
///
/// Start with `telegram-archive auth`, then `telegram-archive run`.
#[derive(Parser, Debug)]
#[command(
    name = "telegram-archive",
    version,
    max_term_width = 110,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Log in to Telegram: code, two-factor password, or QR code.
    Auth {
        /// Show a QR code to scan with Telegram on your phone (Settings, Devices, Link a device).
        #[arg(long)]
        qr: bool,
        /// Do not ask for confirmation when the server is not Telegram.
        #[arg(long)]
        yes: bool,
        /// Log out and forget the session instead.
        #[arg(long)]
        log_out: bool,
    },
    /// Run all services in this process: capture, schedule, media, viewer.
    Run,
    /// Run one service of a cluster.
    Service {
        /// Which one.
        #[arg(value_parser = service())]
        name: Service,
    },
    /// Back up once, now, with progress.
    Backup,
    /// How things stand: connection, last run, what is pending.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// What is archived, in numbers.
    Stats,
    /// The archived chats.
    ListChats,
    /// What of each chat is archived, and which ranges are missing.
    Coverage {
        /// One chat, by its marked id.
        #[arg(short, long, allow_hyphen_values = true)]
        chat: Option<i64>,
    },
    /// Bursts of deletions and edits that are held for your decision.
    Incidents {
        /// What to do.
        #[command(subcommand)]
        command: IncidentsCommand,
    },
    /// Who may read in the viewer, beside the administrator of the settings.
    Users {
        /// What to do.
        #[command(subcommand)]
        command: UsersCommand,
    },
    /// What could not be processed (dead letters).
    Dlq {
        /// What to do.
        #[command(subcommand)]
        command: DlqCommand,
    },
    /// Write chats to a JSON file.
    Export {
        /// The file; its folder is created.
        #[arg(short, long)]
        output: PathBuf,
        /// One chat only, by its marked id.
        #[arg(short, long, allow_hyphen_values = true)]
        chat: Option<i64>,
        /// First day, inclusive, in VIEWER_TIMEZONE. Example: 2024-01-01
        #[arg(short, long)]
        start_date: Option<String>,
        /// Last day, inclusive, in VIEWER_TIMEZONE. Example: 2024-12-31
        #[arg(short, long)]
        end_date: Option<String>,
    },
    /// Every setting in effect, where it came from, and the resulting scope of chats.
    Config {
        /// Print the Markdown table of the README instead.
        #[arg(long, hide = true)]
        markdown: bool,
        /// Print `.env.example` instead.
        #[arg(long, hide = true)]
        env_example: bool,
    },
    /// Exit 0 if the running process says it is ready.
    Healthcheck,
}

/// Understands the names of the services.
fn service() -> impl TypedValueParser<Value = Service> {
    PossibleValuesParser::new(Service::ALL.map(Service::name))
        .try_map(|name| Service::named(&name).ok_or("it is no service"))
}

/// Incidents.
#[derive(Subcommand, Debug)]
pub(crate) enum IncidentsCommand {
    /// List them.
    List {
        /// Decided ones too.
        #[arg(long)]
        all: bool,
    },
    /// Apply what is held.
    Approve {
        /// The incident's number.
        id: i64,
    },
    /// Keep the messages as they are, for good.
    Reject {
        /// The incident's number.
        id: i64,
    },
}

/// Users of the viewer.
#[derive(Subcommand, Debug)]
pub(crate) enum UsersCommand {
    /// Add one; its password is asked for, or read from the input if that is no terminal.
    Add {
        /// The name.
        name: String,
        /// Marked ids of the chats that exist for it, with commas between them; none: all of DISPLAY_CHAT_IDS. An id holds
        /// in every account of the archive.
        #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
        chats: Vec<i64>,
        /// May decide incidents and log in to Telegram.
        #[arg(long)]
        admin: bool,
    },
    /// List them.
    List,
    /// Give one another password; its sessions end.
    Passwd {
        /// The name.
        name: String,
    },
    /// Remove one; its sessions end.
    Remove {
        /// The name.
        name: String,
    },
}

/// Dead letters.
#[derive(Subcommand, Debug)]
pub(crate) enum DlqCommand {
    /// List them.
    List {
        /// Those sent again too.
        #[arg(long)]
        all: bool,
    },
    /// Send one again, or all.
    Redrive {
        /// Its number; none: all.
        id: Option<i64>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
