//! What the machine can do at most: the protocol alone, and the database alone.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use assembly::{CallRates, KeySource, StoreSettings, Stores, TelegramSettings, open_store};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::{BatchNumber, BoxId, Capture, CaptureBatch, ChatId, DeletionMode, Lane, SystemClock};
use secrecy::SecretString;
use serde_json::Value;
use store::{ApplyOptions, Authorization};
use telegram::{
    CustomDc, DcSet, Device, FolderList, HistoryRequest, Login as _, Purpose, RsaKey, SignedIn, Stamps,
    Telegram as _, TelegramClient, Timeouts,
};

use crate::{Args, bed};
use tests::report::{Report, Want, median};

/// Channels of the simulator's bench world, all alike.
const CHANNELS: i64 = 4;
/// Places of a channel that are read at once, as the fetcher does.
const PLACES: i64 = 4;

pub(crate) async fn measure(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let mut rates = Vec::new();
    for _ in 0..args.runs {
        rates.push(grammers(args).await?);
    }
    let rate = median(rates);
    report.add(
        "limit: grammers alone, same history",
        rate,
        "messages/s",
        Want::Nothing,
    );
    report.limit("grammers", rate);
    let pages = pages(args).await?;
    let mut rates = Vec::new();
    for _ in 0..args.runs {
        let folder = tempfile::tempdir()?;
        let stores = sqlite(folder.path()).await?;
        rates.push(insert(&stores, pages.clone()).await?);
    }
    let rate = median(rates);
    report.add(
        "limit: insert of the same rows alone, SQLite",
        rate,
        "messages/s",
        Want::Nothing,
    );
    report.limit("insert", rate);
    Ok(())
}

async fn sqlite(folder: &Path) -> anyhow::Result<Stores> {
    let settings = StoreSettings::Sqlite {
        path: folder.join("alone.db"),
        timeout: Duration::from_mins(1),
        echo: false,
    };
    open_store(&settings, Arc::new(SystemClock)).await
}

/// Ranges that are read at once: (chat, after, through).
fn places(messages: i64) -> Vec<(ChatId, i64, i64)> {
    let each = messages / CHANNELS;
    let step = (each + PLACES - 1) / PLACES;
    (0..CHANNELS)
        .flat_map(|channel| (0..PLACES).map(move |place| (channel, place)))
        .map(|(channel, place)| {
            let chat = ChatId::channel(6001 + channel);
            (chat, place * step, ((place + 1) * step).min(each))
        })
        .collect()
}

/// Messages per second of the protocol alone: every page is read from TL and thrown away.
async fn grammers(args: &Args) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let (_simulator, ready) = bed::simulator(args, folder.path(), args.messages).await?;
    let client = client(folder.path(), &ready).await?;
    let begin = Instant::now();
    let read = stream::iter(places(args.messages)).map(async |(chat, mut after, through)| {
        let mut count = 0;
        while after < through {
            let (page, greatest) = client.bare_page(chat, after).await?;
            if page == 0 {
                break;
            }
            count += page;
            after = greatest;
        }
        anyhow::Ok(count)
    });
    let counts: Vec<usize> = read.buffer_unordered(16).try_collect().await?;
    let count: usize = counts.into_iter().sum();
    // A page at the end of a place goes on into the next.
    ensure!(count as i64 >= args.messages, "{count} messages were read only");
    let rate = args.messages as f64 / begin.elapsed().as_secs_f64();
    client.disconnect().await;
    Ok(rate)
}

/// The whole history as the batches that the fetcher would send.
pub(crate) async fn pages(args: &Args) -> anyhow::Result<Vec<CaptureBatch>> {
    let folder = tempfile::tempdir()?;
    let (_simulator, ready) = bed::simulator(args, folder.path(), args.messages).await?;
    let client = client(folder.path(), &ready).await?;
    let read = stream::iter(places(args.messages)).map(async |(chat, mut after, through)| {
        let mut batches = Vec::new();
        while after < through {
            let request = HistoryRequest {
                chat,
                after,
                limit: 100,
                purpose: Purpose::Backfill,
            };
            let page = client.history(&request).await?;
            let Some(last) = page.messages.last() else { break };
            after = last.id;
            let mut captures = page.peers;
            let within = page.messages.into_iter().filter(|m| m.id <= through);
            captures.extend(within.map(|m| Capture::Message(Box::new(m))));
            batches.push((chat.box_id(), captures));
        }
        anyhow::Ok(batches)
    });
    let read: Vec<Vec<(BoxId, Vec<Capture>)>> = read.buffer_unordered(16).try_collect().await?;
    client.disconnect().await;
    Ok(read
        .into_iter()
        .flatten()
        .zip(1..)
        .map(|((box_id, captures), n)| CaptureBatch {
            account: model::AccountId(1),
            box_id,
            number: BatchNumber { epoch: 1, n },
            lane: Lane::History,
            captures,
            covered: None,
        })
        .collect())
}

/// Messages per second of the database alone, in transactions of the writer's size, without the search index.
pub(crate) async fn insert(stores: &Stores, mut batches: Vec<CaptureBatch>) -> anyhow::Result<f64> {
    let account = stores.all.ensure_account("bench").await?.id;
    for batch in &mut batches {
        batch.account = account;
    }
    let options = ApplyOptions {
        deletion_mode: DeletionMode::Soft,
    };
    let size = writer::Config::default().batch;
    let (begin, mut new) = (Instant::now(), 0);
    for part in batches.chunks(size) {
        new += stores.writer.apply(part, options).await?.new_messages;
    }
    Ok(new as f64 / begin.elapsed().as_secs_f64())
}

/// A client of its own, logged in.
async fn client(folder: &Path, ready: &Value) -> anyhow::Result<TelegramClient> {
    let clock = Arc::new(SystemClock);
    let stores = sqlite(&folder.join("session")).await?;
    let word = |name: &str| ready[name].as_str().map(SecretString::from).context("a word");
    let settings = TelegramSettings {
        api_id: 12345,
        api_hash: SecretString::from("0123456789abcdef0123456789abcdef"),
        dc_set: DcSet::Custom(CustomDc {
            address: ready["dcs"]["2"].as_str().context("DC 2")?.parse()?,
            dc_id: 2,
            rsa_key: RsaKey::from_pem(&std::fs::read_to_string(folder.join("rsa.pem"))?)?,
        }),
        key: KeySource::File(folder.join("session.key")),
        rates: CallRates::default(),
        clock,
        device: Device::default(),
        timeouts: Timeouts::default(),
    };
    let authorization = Authorization {
        account: stores.all.ensure_account("bench").await?.id,
        role: "fetcher".to_owned(),
    };
    let lease = stores
        .all
        .acquire_lease(&authorization, "bench", Duration::from_hours(1))
        .await?
        .context("the lease")?;
    let stamps = Arc::new(Stamps::new(lease.epoch));
    let client = settings.open(&stores.all, lease, stamps).await?;
    let login = settings.login(&client);
    login.request_code(&word("phone")?).await?;
    if let SignedIn::PasswordNeeded { .. } = login.sign_in(&word("code")?).await? {
        login.check_password(&word("password")?).await?;
    }
    // The channels' access hashes come with the dialogs.
    let mut list = Some(FolderList {
        folder_id: 0,
        after: None,
    });
    while let Some(at) = list {
        list = client.dialogs(&at).await?.next;
    }
    Ok(client)
}
