//! `list-chats` (F103).

use super::{context, present};
use crate::settings::Settings;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let archive = context::reading(settings).await?;
    let zone = present::zone(&settings.args.viewer.viewer_timezone);
    let chats = archive.stores.all.chats(archive.account.id, None).await?;
    let mut table = present::table(["ID", "Type", "Name", "Messages", "Last message"]);
    for chat in &chats {
        table.add_row([
            chat.chat.to_string(),
            chat.kind.map_or("?", model::ChatKind::as_str).to_owned(),
            chat.title.clone().unwrap_or_else(|| "Deleted Account".to_owned()),
            chat.messages.to_string(),
            chat.last_message
                .map_or(String::new(), |(_, date)| present::time(date * 1_000_000, &zone)),
        ]);
    }
    println!("{table}\n{} chats", chats.len());
    Ok(())
}
