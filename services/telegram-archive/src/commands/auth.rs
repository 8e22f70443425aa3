//! `auth`: log in by code or QR; what was wrong is asked again. In a cluster each downloader gets an authorization too.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use dialoguer::{Confirm, Input, Password};
use qrcode::QrCode;
use qrcode::render::unicode;
use secrecy::SecretString;
use service_kit::signals;
use store::{Authorization, Lease, keep_lease};
use telegram::{
    DcSet, Login, LoginError, QrLogin, SignedIn, Stamps, Telegram as _, TelegramClient, TelegramLogin,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::context::{self, Archive};
use super::remote_login::RemoteLogin;
use crate::settings::Settings;

/// A downloader that nobody is logged in for holds its lease for moments only.
const LEASE_TRIES: u32 = 30;

pub(super) async fn run(settings: &Settings, qr: bool, yes: bool, log_out: bool) -> anyhow::Result<()> {
    let credentials = settings.credentials()?;
    context::known_key(settings)?;
    if let Some(notice) = context::telethon_session(settings) {
        eprintln!("{notice}");
    }
    // Before anything is typed, whoever takes it to the server.
    confirm_server(&context::dc_set(settings)?, yes)?;
    let end = CancellationToken::new();
    signals::watch(end.clone())?;
    let mut password = None;
    if let Some(running) = RemoteLogin::find(settings).await? {
        eprintln!("the archive is running and logs in itself");
        let user = running.user().await?;
        let signing = sign_in_or_out(&running, user, &credentials.phone, qr, log_out, &mut password);
        tokio::select! {
            signed = signing => signed?,
            () = end.cancelled() => bail!(STOPPED),
        }
        return downloaders(settings, &running, log_out, password, &end).await;
    }
    let archive = context::archive(settings).await?;
    let authorization = Authorization {
        account: archive.account.id,
        role: "fetcher".to_owned(),
    };
    let Some(own) = Own::open(settings, &archive, &authorization, 1).await? else {
        bail!("another process owns this account and does not answer; try again in a minute, or stop it");
    };
    let signing = async {
        let user = own.client.me().await.ok();
        sign_in_or_out(&own.login, user, &credentials.phone, qr, log_out, &mut password).await
    };
    let mut result = own.held(&end, signing).await;
    if result.is_ok() {
        result = downloaders(settings, &own.login, log_out, password, &end).await;
    }
    own.close(&archive).await?;
    result
}

const STOPPED: &str = "stopped before it was done";

/// A client of this process, under its lease, which is kept as long as this is there.
struct Own {
    lease: Lease,
    client: TelegramClient,
    login: TelegramLogin,
    lost: watch::Receiver<Option<&'static str>>,
    _keeping: AbortOnDropHandle<()>,
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
        let mut lease = store.acquire_lease(authorization, &owner, context::LEASE).await?;
        for _ in 1..tries {
            if lease.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            lease = store.acquire_lease(authorization, &owner, context::LEASE).await?;
        }
        let Some(lease) = lease else {
            return Ok(None);
        };
        let stamps = Arc::new(Stamps::new(lease.epoch));
        let client = match telegram.open(store, lease.clone(), stamps).await {
            Ok(client) => client,
            Err(error) => {
                store.release_lease(&lease).await?;
                return Err(error);
            }
        };
        let login = telegram.login(&client);
        let (tell, lost) = watch::channel(None);
        let (store, clock, kept) = (Arc::clone(store), Arc::clone(&archive.clock), lease.clone());
        let keeping = tokio::spawn(async move {
            let why = keep_lease(&*store, &*clock, &kept, context::LEASE).await;
            tell.send_replace(Some(why));
        });
        Ok(Some(Self {
            lease,
            client,
            login,
            lost,
            _keeping: AbortOnDropHandle::new(keeping),
        }))
    }

    /// Works until that is done, the lease is lost, or the process is asked to end.
    async fn held<T>(
        &self,
        end: &CancellationToken,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let mut lost = self.lost.clone();
        tokio::select! {
            done = work => done,
            Ok(why) = lost.wait_for(Option::is_some) => bail!("{}", why.unwrap_or(STOPPED)),
            () = end.cancelled() => bail!(STOPPED),
        }
    }

    async fn close(self, archive: &Archive) -> anyhow::Result<()> {
        self.client.disconnect().await;
        Ok(archive.stores.all.release_lease(&self.lease).await?)
    }
}

fn confirm_server(dc_set: &DcSet, yes: bool) -> anyhow::Result<()> {
    let DcSet::Custom(custom) = dc_set else {
        return Ok(());
    };
    if custom.address.ip().is_loopback() || yes {
        return Ok(());
    }
    eprintln!(
        "This is NOT Telegram: TELEGRAM_DC_ADDRESS is {}. Whoever runs it sees your code and password.",
        custom.address
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
    end: &CancellationToken,
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
        let work = async {
            if log_out {
                return own.login.log_out().await.map_err(anyhow::Error::from);
            }
            if own.client.me().await.is_ok() {
                println!("downloader {n} is logged in already");
                return Ok(());
            }
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
        let result = own.held(end, work).await;
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

/// Asks beside the runtime's threads: leases are kept and signals heard while somebody types.
async fn ask(prompt: String, hidden: bool) -> anyhow::Result<SecretString> {
    let asked = tokio::task::spawn_blocking(move || {
        let text: String = if !std::io::stdin().is_terminal() {
            eprintln!("{prompt}:");
            let mut line = String::new();
            if std::io::stdin().read_line(&mut line)? == 0 {
                bail!("no answer on standard input");
            }
            line.trim().to_owned()
        } else if hidden {
            Password::new().with_prompt(prompt).interact()?
        } else {
            Input::new().with_prompt(prompt).interact_text()?
        };
        Ok(SecretString::from(text))
    });
    asked.await?
}

async fn by_code(login: &dyn Login, phone: &SecretString) -> anyhow::Result<SignedIn> {
    loop {
        let sent = login.request_code(phone).await.context("the code was not sent")?;
        let length = sent.length.map_or(String::new(), |n| format!(", {n} digits"));
        eprintln!("Telegram sent a code ({}{length}).", sent.by);
        loop {
            match login.sign_in(&ask("Code".to_owned(), false).await?).await {
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
        let password = ask(prompt.clone(), true).await?;
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
