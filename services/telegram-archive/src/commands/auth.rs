//! `auth`: log in by code or QR; what was wrong is asked again. In a cluster each downloader gets an authorization too.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use dialoguer::{Confirm, Input, Password};
use qrcode::QrCode;
use qrcode::render::unicode;
use secrecy::SecretString;
use store::{Authorization, Lease};
use telegram::{Login, LoginError, QrLogin, SignedIn, Stamps, Telegram as _, TelegramClient, TelegramLogin};

use super::context::{self, Archive};
use super::remote_login::RemoteLogin;
use crate::settings::Settings;

const LEASE: Duration = Duration::from_mins(10);
/// A downloader that nobody is logged in for holds its lease for moments only.
const LEASE_TRIES: u32 = 30;

pub(super) async fn run(settings: &Settings, qr: bool, yes: bool, log_out: bool) -> anyhow::Result<()> {
    let credentials = settings.credentials()?;
    context::known_key(settings)?;
    if let Some(running) = RemoteLogin::find(settings).await? {
        eprintln!("the archive is running and logs in itself");
        let user = running.user().await?;
        let mut password = None;
        sign_in_or_out(&running, user, &credentials.phone, qr, log_out, &mut password).await?;
        return downloaders(settings, &running, log_out, password).await;
    }
    let archive = context::archive(settings).await?;
    let telegram = context::telegram(settings, Arc::clone(&archive.clock))?;
    confirm_server(settings, telegram.dc_set.is_telegram(), yes)?;
    let authorization = Authorization {
        account: archive.account.id,
        role: "fetcher".to_owned(),
    };
    let Some(own) = Own::open(settings, &archive, &authorization, 1).await? else {
        bail!("another process owns this account and does not answer; try again in a minute, or stop it");
    };
    let mut password = None;
    let user = own.client.me().await.ok();
    let mut result = sign_in_or_out(&own.login, user, &credentials.phone, qr, log_out, &mut password).await;
    if result.is_ok() {
        result = downloaders(settings, &own.login, log_out, password).await;
    }
    own.close(&archive).await?;
    result
}

/// A client of this process, under its lease.
struct Own {
    lease: Lease,
    client: TelegramClient,
    login: TelegramLogin,
}

impl Own {
    async fn open(
        settings: &Settings,
        archive: &Archive,
        authorization: &Authorization,
        tries: u32,
    ) -> anyhow::Result<Option<Self>> {
        let telegram = context::telegram(settings, Arc::clone(&archive.clock))?;
        let owner = context::owner();
        let store = &archive.stores.all;
        let mut lease = store.acquire_lease(authorization, &owner, LEASE).await?;
        for _ in 1..tries {
            if lease.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            lease = store.acquire_lease(authorization, &owner, LEASE).await?;
        }
        let Some(lease) = lease else {
            return Ok(None);
        };
        let stamps = Arc::new(Stamps::new(lease.epoch));
        let client = telegram.open(store, lease.clone(), stamps).await?;
        let login = telegram.login(&client);
        Ok(Some(Self { lease, client, login }))
    }

    async fn close(self, archive: &Archive) -> anyhow::Result<()> {
        self.client.disconnect().await;
        Ok(archive.stores.all.release_lease(&self.lease).await?)
    }
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

/// `password` is kept for the downloaders' authorizations.
async fn sign_in_or_out(
    login: &dyn Login,
    user: Option<i64>,
    phone: &SecretString,
    qr: bool,
    log_out: bool,
    password: &mut Option<SecretString>,
) -> anyhow::Result<()> {
    if log_out {
        login.log_out().await?;
        println!("logged out");
        return Ok(());
    }
    if let Some(user) = user {
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
        SignedIn::PasswordNeeded { hint } => by_password(login, hint.as_deref(), password).await?,
    };
    println!("logged in (user {user}); the archive may run now: telegram-archive run");
    Ok(())
}

/// One authorization for each downloader of a cluster, accepted by the one that is logged in.
async fn downloaders(
    settings: &Settings,
    main: &dyn Login,
    log_out: bool,
    mut password: Option<SecretString>,
) -> anyhow::Result<()> {
    let o = &settings.args.operation;
    if o.nats_url.is_none() || o.downloaders == 0 {
        return Ok(());
    }
    let archive = context::archive(settings).await?;
    let mut told = false;
    for n in 1..=o.downloaders {
        let authorization = media_downloader::owner::authorization(archive.account.id, n);
        let Some(own) = Own::open(settings, &archive, &authorization, LEASE_TRIES).await? else {
            println!("downloader {n} is at work already");
            continue;
        };
        let result = if log_out {
            own.login.log_out().await.map_err(anyhow::Error::from)
        } else if own.client.me().await.is_ok() {
            println!("downloader {n} is logged in already");
            Ok(())
        } else {
            if !told {
                eprintln!(
                    "making {} more authorization(s), one for each downloader; each appears as a device in Telegram",
                    o.downloaders
                );
                told = true;
            }
            accepted(main, &own.login, &mut password)
                .await
                .with_context(|| format!("downloader {n} was not logged in"))
        };
        own.close(&archive).await?;
        result?;
    }
    Ok(())
}

/// How often a token is shown anew while it is being accepted.
const TOKENS: u32 = 5;

async fn accepted(
    main: &dyn Login,
    login: &dyn Login,
    password: &mut Option<SecretString>,
) -> anyhow::Result<()> {
    let mut shown = String::new();
    for _ in 0..TOKENS {
        match login.qr(Duration::from_secs(5)).await? {
            QrLogin::Show { url, .. } => {
                if url != shown {
                    main.accept_token(&url).await?;
                    shown = url;
                }
            }
            QrLogin::Accepted(SignedIn::Done(_)) => return Ok(()),
            QrLogin::Accepted(SignedIn::PasswordNeeded { hint }) => {
                if let Some(known) = password.as_ref()
                    && let Ok(SignedIn::Done(_)) = login.check_password(known).await
                {
                    return Ok(());
                }
                by_password(login, hint.as_deref(), password).await?;
                return Ok(());
            }
        }
    }
    bail!("Telegram did not confirm it; try `telegram-archive auth` again")
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

async fn by_password(
    login: &dyn Login,
    hint: Option<&str>,
    kept: &mut Option<SecretString>,
) -> anyhow::Result<i64> {
    let prompt = hint.map_or_else(
        || "Two-factor password".to_owned(),
        |h| format!("Two-factor password (hint: {h})"),
    );
    loop {
        let password = ask_password(&prompt)?;
        match login.check_password(&password).await {
            Ok(SignedIn::Done(user)) => {
                *kept = Some(password);
                return Ok(user);
            }
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
