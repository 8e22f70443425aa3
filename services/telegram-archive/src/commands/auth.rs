//! `auth`: log in by code or QR; what was wrong is asked again.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use dialoguer::{Confirm, Input, Password};
use qrcode::QrCode;
use qrcode::render::unicode;
use secrecy::SecretString;
use store::Authorization;
use telegram::{Login, LoginError, QrLogin, SignedIn, Stamps, Telegram as _};

use super::context;
use crate::settings::Settings;

const LEASE: Duration = Duration::from_secs(600);

pub(super) async fn run(settings: &Settings, qr: bool, yes: bool, log_out: bool) -> anyhow::Result<()> {
    let credentials = settings.credentials()?;
    let archive = context::archive(settings).await?;
    let telegram = context::telegram(settings, Arc::clone(&archive.clock))?;
    confirm_server(settings, telegram.dc_set.is_telegram(), yes)?;
    let authorization = Authorization {
        account: archive.account.id,
        role: "fetcher".to_owned(),
    };
    let owner = format!("auth-{:016x}", rand::random::<u64>());
    let Some(lease) = archive
        .stores
        .all
        .acquire_lease(&authorization, &owner, LEASE)
        .await?
    else {
        bail!("the archive is running and owns this account; stop it, log in, and start it again");
    };
    let client = telegram
        .open(
            &archive.stores.all,
            lease.clone(),
            Arc::new(Stamps::new(lease.epoch)),
        )
        .await?;
    let login = telegram.login(&client);
    let result = if log_out {
        login
            .log_out()
            .await
            .map_err(Into::into)
            .map(|()| println!("logged out"))
    } else {
        log_in(&client, &login, &credentials.phone, qr).await
    };
    client.disconnect().await;
    archive.stores.all.release_lease(&lease).await?;
    result
}

fn confirm_server(settings: &Settings, is_telegram: bool, yes: bool) -> anyhow::Result<()> {
    let address = settings
        .args
        .telegram
        .telegram_dc_address
        .clone()
        .unwrap_or_default();
    let loopback =
        address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("localhost");
    if is_telegram || loopback || yes {
        return Ok(());
    }
    eprintln!(
        "This is NOT Telegram: TELEGRAM_DC_ADDRESS is {address}. Whoever runs it sees your code and password."
    );
    if !std::io::stdin().is_terminal()
        || !Confirm::new()
            .with_prompt("Log in there?")
            .default(false)
            .interact()?
    {
        bail!("not logged in; unset TELEGRAM_DC_ADDRESS to use Telegram");
    }
    Ok(())
}

async fn log_in(
    client: &telegram::TelegramClient,
    login: &dyn Login,
    phone: &SecretString,
    qr: bool,
) -> anyhow::Result<()> {
    if let Ok(user) = client.me().await {
        println!("logged in already (user {user}); `telegram-archive auth --log-out` logs out");
        return Ok(());
    }
    let signed = if qr {
        by_qr(login).await?
    } else {
        by_code(login, phone).await?
    };
    let user = match signed {
        SignedIn::Done(user) => user,
        SignedIn::PasswordNeeded { hint } => by_password(login, hint.as_deref()).await?,
    };
    println!("logged in (user {user}); start the archive with `telegram-archive run`");
    Ok(())
}

fn ask(prompt: &str) -> anyhow::Result<SecretString> {
    let text: String = if std::io::stdin().is_terminal() {
        Input::new().with_prompt(prompt).interact_text()?
    } else {
        eprintln!("{prompt}:");
        let mut line = String::new();
        if std::io::stdin().read_line(&mut line)? == 0 {
            bail!("no answer on standard input");
        }
        line.trim().to_owned()
    };
    Ok(SecretString::from(text))
}

fn ask_password(prompt: &str) -> anyhow::Result<SecretString> {
    if std::io::stdin().is_terminal() {
        return Ok(SecretString::from(
            Password::new().with_prompt(prompt).interact()?,
        ));
    }
    ask(prompt)
}

async fn by_code(login: &dyn Login, phone: &SecretString) -> anyhow::Result<SignedIn> {
    loop {
        let sent = login.request_code(phone).await.context("the code was not sent")?;
        let length = sent.length.map_or(String::new(), |n| format!(", {n} digits"));
        eprintln!("Telegram sent a code ({}{length}).", sent.by);
        loop {
            match login.sign_in(&ask("Code")?).await {
                Ok(signed) => return Ok(signed),
                Err(error @ LoginError::WrongCode) => eprintln!("{error}; try again"),
                Err(error @ LoginError::CodeExpired) => {
                    eprintln!("{error}; a new one is on its way");
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

async fn by_password(login: &dyn Login, hint: Option<&str>) -> anyhow::Result<i64> {
    let prompt = hint.map_or_else(
        || "Two-factor password".to_owned(),
        |h| format!("Two-factor password (hint: {h})"),
    );
    loop {
        match login.check_password(&ask_password(&prompt)?).await {
            Ok(SignedIn::Done(user)) => return Ok(user),
            Ok(SignedIn::PasswordNeeded { .. }) => {}
            Err(error @ LoginError::WrongPassword) => eprintln!("{error}; try again"),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn by_qr(login: &dyn Login) -> anyhow::Result<SignedIn> {
    let mut shown = String::new();
    loop {
        match login.qr(Duration::from_secs(20)).await? {
            QrLogin::Accepted(signed) => return Ok(signed),
            QrLogin::Show { url, .. } if url != shown => {
                let code = QrCode::new(url.as_bytes())?;
                eprintln!("{}", code.render::<unicode::Dense1x2>().build());
                eprintln!("Scan it with Telegram on your phone: Settings, Devices, Link a device.");
                shown = url;
            }
            QrLogin::Show { .. } => {}
        }
    }
}
