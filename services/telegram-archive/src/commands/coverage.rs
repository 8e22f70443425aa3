//! `coverage`: what of each chat is archived, and which ranges are missing.

use model::{ChatId, IdRange, MediaState};

use super::{context, present};
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings, only: Option<i64>) -> anyhow::Result<()> {
    let archive = context::reading(settings).await?;
    let zone = present::zone(&settings.args.viewer.viewer_timezone);
    let coverage = archive.stores.all.coverage(archive.account.id).await?;
    let mut table = present::table([
        "Chat",
        "Stored",
        "Covered to",
        "Holes",
        "Live, not yet verified",
        "Verified",
    ]);
    let mut shown = 0;
    for c in coverage
        .iter()
        .filter(|c| only.is_none_or(|o| ChatId(o) == c.chat))
    {
        let holes = IdRange::new(0, c.known_through)
            .map(|whole| c.covered.gaps_in(whole))
            .unwrap_or_default();
        let list: Vec<String> = holes.iter().take(5).map(ToString::to_string).collect();
        let more = holes.len().saturating_sub(5);
        let text = match (list.is_empty(), more) {
            (true, _) => "none".to_owned(),
            (false, 0) => format!("ids {}", list.join(", ")),
            (false, n) => format!("ids {} and {n} more", list.join(", ")),
        };
        table.add_row([
            c.chat.to_string(),
            c.stored.to_string(),
            c.known_through.to_string(),
            text,
            c.unverified.to_string(),
            c.verified_at
                .map_or("never".to_owned(), |at| present::time(at, &zone)),
        ]);
        shown += 1;
    }
    println!("{table}\n{shown} chats");
    let counts = archive
        .stores
        .all
        .media_counts(archive.account.id, only.map(ChatId))
        .await?;
    let held: u64 = counts
        .iter()
        .filter(|c| c.state == MediaState::Stored && c.reason.is_none())
        .map(|c| c.files)
        .sum();
    println!("files       {held} held");
    for line in present::files(&counts) {
        println!("{line}");
    }
    Ok(())
}
