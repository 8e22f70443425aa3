//! `stats` (F102).

use super::{context, present};
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let archive = context::reading(settings).await?;
    let s = archive.stores.all.statistics(archive.account.id).await?;
    println!("chats       {}", s.chats);
    println!(
        "messages    {} ({} deleted on Telegram, {} edited)",
        s.messages, s.deleted, s.edited
    );
    println!(
        "media       {} files, {}; {} still wanted",
        s.media_stored,
        present::size(s.media_bytes),
        s.media_wanted
    );
    for line in present::files(&archive.stores.all.media_counts(archive.account.id, None).await?) {
        println!("{line}");
    }
    Ok(())
}
