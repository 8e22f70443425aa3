//! The administrator that the settings name, or one with a password made by chance (F80).

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use store::ViewerUser;
use tokio::sync::Semaphore;

use super::password;
use crate::config::{Config, ViewerStore};
use crate::run::ViewerError;

/// Who was the administrator of the settings before.
const META: &str = "viewer_admin";

/// The administrator's name and password. One that is made is kept in a file of its owner alone.
pub(crate) fn credentials(config: &Config) -> Result<(String, SecretString), ViewerError> {
    let name = config.username.clone().filter(|n| !n.is_empty());
    if let (Some(name), Some(password)) = (&name, &config.password) {
        return Ok((name.clone(), password.clone()));
    }
    let name = name.unwrap_or_else(|| "admin".to_owned());
    if let Some(password) = &config.password {
        return Ok((name, password.clone()));
    }
    let file = &config.password_file;
    let password = match std::fs::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => text.trim().to_owned(),
        Ok(_) => make(file)?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => make(file)?,
        Err(e) => return Err(unreadable(file, &e)),
    };
    tracing::info!(
        "the viewer has no VIEWER_USERNAME and VIEWER_PASSWORD: log in as `{name}` with the password in {}",
        file.display()
    );
    Ok((name, SecretString::from(password)))
}

fn unreadable(file: &Path, error: &std::io::Error) -> ViewerError {
    ViewerError::Password(format!(
        "{} cannot be kept: {error}; set VIEWER_USERNAME and VIEWER_PASSWORD",
        file.display()
    ))
}

fn make(file: &Path) -> Result<String, ViewerError> {
    let mut password = super::random_token();
    password.truncate(24);
    let write = || {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut opened = std::fs::File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(file)?;
        writeln!(opened, "{password}")
    };
    write().map_err(|e| unreadable(file, &e))?;
    Ok(password)
}

/// Makes the row what the settings say; sessions go on if the password is the same.
pub(crate) async fn ensure(
    store: &dyn ViewerStore,
    name: &str,
    secret: &SecretString,
) -> Result<(), ViewerError> {
    let before = store.meta(META).await?;
    if let Some(before) = before.as_deref().filter(|b| *b != name) {
        store.remove_viewer_user(before).await?;
    }
    let known = store.viewer_user(name).await?;
    let kept = known.as_ref().map(|u| u.password_hash.clone());
    let turns = Semaphore::new(password::AT_ONCE);
    let same = password::check(&turns, secret.expose_secret().to_owned(), kept).await;
    if !same || known.is_some_and(|u| !u.admin || u.chats.is_some()) {
        let plain = secret.expose_secret().to_owned();
        let hashed = tokio::task::spawn_blocking(move || password::hash(&plain)).await;
        let user = ViewerUser {
            name: name.to_owned(),
            admin: true,
            password_hash: hashed
                .unwrap_or_else(|e| Err(e.to_string()))
                .map_err(ViewerError::Password)?,
            chats: None,
        };
        store.save_viewer_user(&user).await?;
    }
    if before.as_deref() != Some(name) {
        store.set_meta(META, Some(name)).await?;
    }
    Ok(())
}
