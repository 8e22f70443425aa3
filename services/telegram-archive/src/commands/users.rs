//! `users`: who may read in the viewer.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context as _, bail};
use model::ChatId;
use store::{Store, ViewerUser};
use viewer::auth::password;

use super::{context, present};
use crate::cli::UsersCommand;
use crate::settings::Settings;

/// Shorter passwords are guessed.
const SHORTEST: usize = 8;

pub(super) async fn run(settings: &Settings, command: UsersCommand) -> anyhow::Result<()> {
    let archive = context::archive(settings).await?;
    let store = &*archive.stores.all;
    match command {
        UsersCommand::Add { name, chats, admin } => add(store, name, &chats, admin).await,
        UsersCommand::List => list(store).await,
        UsersCommand::Passwd { name } => {
            let mut user = known(store, &name).await?;
            user.password_hash = ask(&name)?;
            store.save_viewer_user(&user).await?;
            println!("{name} has a new password; its sessions are over");
            Ok(())
        }
        UsersCommand::Remove { name } => {
            if !store.remove_viewer_user(&name).await? {
                bail!("there is no user {name}; see `telegram-archive users list`");
            }
            println!("{name} is removed");
            Ok(())
        }
    }
}

async fn known(store: &dyn Store, name: &str) -> anyhow::Result<ViewerUser> {
    let user = store.viewer_user(name).await?;
    user.with_context(|| format!("there is no user {name}; see `telegram-archive users list`"))
}

async fn add(store: &dyn Store, name: String, chats: &[i64], admin: bool) -> anyhow::Result<()> {
    if name.trim().is_empty() {
        bail!("a user needs a name");
    }
    if store.viewer_user(&name).await?.is_some() {
        bail!(
            "there is a user {name} already; `users remove` it first, or give it another password with `users passwd`"
        );
    }
    let user = ViewerUser {
        password_hash: ask(&name)?,
        admin,
        chats: (!chats.is_empty()).then(|| chats.iter().copied().map(ChatId).collect()),
        name,
    };
    store.save_viewer_user(&user).await?;
    println!("{} may read {}", user.name, scope(&user));
    Ok(())
}

fn scope(user: &ViewerUser) -> String {
    match &user.chats {
        None => "every chat that is shown".to_owned(),
        Some(chats) => {
            let ids: Vec<String> = chats.iter().map(ToString::to_string).collect();
            ids.join(", ")
        }
    }
}

async fn list(store: &dyn Store) -> anyhow::Result<()> {
    let mut table = present::table(["Name", "Role", "Chats"]);
    for user in store.viewer_users().await? {
        let role = if user.admin { "admin" } else { "reader" };
        table.add_row([user.name.clone(), role.to_owned(), scope(&user)]);
    }
    println!("{table}");
    Ok(())
}

/// A password, hashed.
fn ask(name: &str) -> anyhow::Result<String> {
    let typed = if std::io::stdin().is_terminal() {
        dialoguer::Password::new()
            .with_prompt(format!("Password of {name}"))
            .with_confirmation("The same again", "They are not the same")
            .interact()?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if typed.chars().count() < SHORTEST {
        bail!("a password has {SHORTEST} characters at least");
    }
    password::hash(&typed).map_err(anyhow::Error::msg)
}
