//! `config`: every setting in effect, and the resulting scope of chats.

use clap::CommandFactory;
use fetcher::ChatType;
use telegram::DcSet;

use super::{context, present};
use crate::cli::Cli;
use crate::settings::args::SECRETS;
use crate::settings::origin;
use crate::settings::resolved::Database;
use crate::settings::{Effective, Settings};

pub(super) fn run(
    settings: &Settings,
    effective: &[Effective],
    markdown: bool,
    env_example: bool,
) -> anyhow::Result<()> {
    if markdown {
        print!("{}", markdown_table());
        return Ok(());
    }
    if env_example {
        print!("{}", example());
        return Ok(());
    }
    let mut table = present::table(["Variable", "Value", "From"]);
    for e in effective {
        table.add_row([
            e.variable.clone(),
            e.value.clone().unwrap_or_else(|| "-".to_owned()),
            e.source.to_string(),
        ]);
    }
    println!("{table}\n");
    match &settings.database {
        Database::Sqlite(path) => println!("database    SQLite, {}", path.display()),
        Database::Postgres(_) => println!("database    PostgreSQL"),
    }
    println!("session     {}", settings.session_dir.display());
    println!("scope       {}", scope(settings));
    // What is looked at only where it is used is looked at here too.
    match context::dc_set(settings)? {
        DcSet::Production => println!("server      Telegram"),
        DcSet::Custom(custom) => println!("server      not Telegram: {}", custom.address),
    }
    context::known_key(settings)?;
    Ok(())
}

/// The effective scope in a sentence.
pub(super) fn scope(settings: &Settings) -> String {
    let filter = context::filter(settings);
    let types: Vec<&str> = filter
        .types
        .iter()
        .map(|t| match t {
            ChatType::Private => "private chats",
            ChatType::Groups => "groups",
            ChatType::Channels => "channels",
        })
        .collect();
    let mut text = if types.is_empty() {
        "only chats named by id".to_owned()
    } else {
        format!("all {}", types.join(", "))
    };
    let named = filter.named().len();
    if named > 0 {
        text.push_str(&format!(", and {named} chats named by id"));
    }
    let excluded = filter.exclude.len()
        + filter
            .exclude_of
            .values()
            .map(std::collections::BTreeSet::len)
            .sum::<usize>();
    if excluded > 0 {
        text.push_str(&format!(
            "; {excluded} chats are skipped (what is archived of them stays)"
        ));
    }
    text
}

struct Row {
    variable: String,
    default: String,
    help: String,
}

fn rows() -> Vec<(String, Vec<Row>)> {
    let command = Cli::command();
    let mut sections: Vec<(String, Vec<Row>)> = Vec::new();
    for arg in command.get_arguments() {
        let Some(variable) = arg.get_env().and_then(std::ffi::OsStr::to_str) else {
            continue;
        };
        let section = arg.get_help_heading().unwrap_or("Other").to_owned();
        let default: Vec<_> = arg
            .get_default_values()
            .iter()
            .map(|v| v.to_string_lossy().into_owned())
            .collect();
        let row = Row {
            variable: variable.to_owned(),
            default: default.join(" "),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        };
        match sections.last_mut().filter(|(name, _)| *name == section) {
            Some((_, rows)) => rows.push(row),
            None => sections.push((section, vec![row])),
        }
    }
    sections
}

/// The README's tables: the seed's settings by topic, then ours with the reason for each.
pub(crate) fn markdown_table() -> String {
    let mut out = String::new();
    let mut ours = String::new();
    for (section, rows) in rows() {
        let mut seeds = String::new();
        for r in rows {
            let default = if r.default.is_empty() {
                "-".to_owned()
            } else {
                format!("`{}`", r.default)
            };
            let help = cell(&r.help);
            let file = if SECRETS.contains(&r.variable.as_str()) {
                " Also from a file: `_FILE`."
            } else {
                ""
            };
            let line = format!("| `{}` | {default} | {help}{file} |", r.variable);
            match origin::reason(&r.variable) {
                None => seeds.push_str(&format!("{line}\n")),
                Some(reason) => ours.push_str(&format!("{line} {} |\n", cell(reason))),
            }
        }
        if !seeds.is_empty() {
            out.push_str(&format!(
                "\n**{section}**\n\n| Variable | Default | Meaning |\n|---|---|---|\n{seeds}"
            ));
        }
    }
    out.push_str(&format!(
        "\n**Beyond what the Python program documents**\n\n| Variable | Default | Meaning | Why it exists |\n|---|---|---|---|\n{ours}"
    ));
    out
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

/// `.env.example`.
pub(crate) fn example() -> String {
    let mut out =
        String::from("# Every setting with its default. Copy to .env and fill in the first three.\n");
    for (section, rows) in rows() {
        out.push_str(&format!("\n# {section}\n"));
        for r in rows {
            out.push_str(&format!("\n# {}\n", r.help.replace('\n', " ")));
            let first = matches!(
                r.variable.as_str(),
                "TELEGRAM_API_ID" | "TELEGRAM_API_HASH" | "TELEGRAM_PHONE"
            );
            let mark = if first { "" } else { "# " };
            out.push_str(&format!("{mark}{}={}\n", r.variable, r.default));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_and_the_example_are_up_to_date() {
        let readme = include_str!("../../../../README.md");
        let start = readme.find("<!-- settings -->").unwrap() + "<!-- settings -->\n".len();
        let end = readme.find("<!-- /settings -->").unwrap();
        assert!(readme[start..end] == markdown_table(), "run `make docs`");
        assert!(
            include_str!("../../../../.env.example") == example(),
            "run `make docs`"
        );
    }
}
