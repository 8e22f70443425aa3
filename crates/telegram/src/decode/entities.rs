//! Formatting of text.

use grammers_tl_types::enums::MessageEntity as Tl;
use model::{Entity, EntityKind};

use super::constructor_of;

pub(super) fn entities(list: Option<&Vec<Tl>>) -> Vec<Entity> {
    list.map(|all| all.iter().map(entity).collect())
        .unwrap_or_default()
}

fn entity(entity: &Tl) -> Entity {
    let kind = match entity {
        Tl::Mention(_) => EntityKind::Mention,
        Tl::Hashtag(_) => EntityKind::Hashtag,
        Tl::BotCommand(_) => EntityKind::BotCommand,
        Tl::Url(_) => EntityKind::Url,
        Tl::Email(_) => EntityKind::Email,
        Tl::Bold(_) => EntityKind::Bold,
        Tl::Italic(_) => EntityKind::Italic,
        Tl::Code(_) => EntityKind::Code,
        Tl::Pre(e) => EntityKind::Pre {
            language: e.language.clone(),
        },
        Tl::TextUrl(e) => EntityKind::TextUrl { url: e.url.clone() },
        Tl::MentionName(e) => EntityKind::MentionName { user_id: e.user_id },
        Tl::Phone(_) => EntityKind::Phone,
        Tl::Cashtag(_) => EntityKind::Cashtag,
        Tl::Underline(_) => EntityKind::Underline,
        Tl::Strike(_) => EntityKind::Strike,
        Tl::BankCard(_) => EntityKind::BankCard,
        Tl::Spoiler(_) => EntityKind::Spoiler,
        Tl::CustomEmoji(e) => EntityKind::CustomEmoji {
            document_id: e.document_id,
        },
        Tl::Blockquote(e) => EntityKind::Blockquote {
            collapsed: e.collapsed,
        },
        other => EntityKind::Unknown {
            name: constructor_of(other)
                .trim_start_matches("messageEntity")
                .to_owned(),
        },
    };
    Entity {
        offset: entity.offset(),
        length: entity.length(),
        kind,
    }
}
