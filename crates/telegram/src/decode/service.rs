//! Service messages: what happened, by Telegram's name, with what it carries.

use grammers_tl_types::enums::{InputGroupCall, MessageAction as A, PhoneCallDiscardReason};
use model::{ChatId, ServiceAction};
use serde_json::{Value, json};

use super::file::photo;
use super::{constructor_of, peer};

pub(super) fn action(action: &A) -> ServiceAction {
    ServiceAction {
        name: name(action),
        data: data(action),
    }
}

/// `messageActionChatAddUser` is `chat_add_user`.
fn name(action: &A) -> String {
    let full = constructor_of(action);
    let short = full.strip_prefix("messageAction").unwrap_or(&full);
    let letters: Vec<char> = short.chars().collect();
    let mut out = String::with_capacity(short.len() + 4);
    for (i, c) in letters.iter().enumerate() {
        let after_lower = i > 0 && !letters[i - 1].is_uppercase();
        let before_lower = i > 0 && letters.get(i + 1).is_some_and(|n| n.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn data(action: &A) -> Value {
    match action {
        A::ChatCreate(a) => json!({ "title": a.title, "users": a.users }),
        A::ChatEditTitle(a) => json!({ "title": a.title }),
        A::ChatEditPhoto(a) => json!({ "photo": photo(&a.photo).map(|p| p.location.file_id) }),
        A::ChatAddUser(a) => json!({ "users": a.users }),
        A::ChatDeleteUser(a) => json!({ "user_id": a.user_id }),
        A::ChatJoinedByLink(a) => json!({ "inviter_id": a.inviter_id }),
        A::ChannelCreate(a) => json!({ "title": a.title }),
        A::ChatMigrateTo(a) => json!({ "chat": ChatId::channel(a.channel_id) }),
        A::ChannelMigrateFrom(a) => json!({ "title": a.title, "chat": ChatId::group(a.chat_id) }),
        A::GameScore(a) => json!({ "game_id": a.game_id, "score": a.score }),
        A::PaymentSent(a) => json!({ "currency": a.currency, "total_amount": a.total_amount }),
        A::PhoneCall(a) => json!({
            "video": a.video,
            "call_id": a.call_id,
            "duration": a.duration,
            "reason": a.reason.as_ref().map(discard_reason),
        }),
        A::CustomAction(a) => json!({ "message": a.message }),
        A::BotAllowed(a) => json!({ "domain": a.domain, "from_request": a.from_request }),
        A::GeoProximityReached(a) => {
            json!({ "from": peer(&a.from_id), "to": peer(&a.to_id), "distance": a.distance })
        }
        A::GroupCall(a) => json!({ "call_id": call_id(&a.call), "duration": a.duration }),
        A::InviteToGroupCall(a) => json!({ "call_id": call_id(&a.call), "users": a.users }),
        A::GroupCallScheduled(a) => json!({ "call_id": call_id(&a.call), "schedule_date": a.schedule_date }),
        A::SetMessagesTtl(a) => json!({ "period": a.period, "set_by": a.auto_setting_from }),
        A::WebViewDataSent(a) => json!({ "text": a.text }),
        A::GiftPremium(a) => json!({ "currency": a.currency, "amount": a.amount, "days": a.days }),
        A::TopicCreate(a) => {
            json!({ "title": a.title, "icon_color": a.icon_color, "icon_emoji_id": a.icon_emoji_id })
        }
        A::TopicEdit(a) => json!({
            "title": a.title, "icon_emoji_id": a.icon_emoji_id, "closed": a.closed, "hidden": a.hidden,
        }),
        A::RequestedPeer(a) => {
            json!({ "button_id": a.button_id, "peers": a.peers.iter().map(peer).collect::<Vec<_>>() })
        }
        A::SetChatWallPaper(a) => json!({ "same": a.same, "for_both": a.for_both }),
        A::GiftCode(a) => json!({ "days": a.days, "via_giveaway": a.via_giveaway, "slug": a.slug }),
        A::GiveawayResults(a) => json!({ "winners": a.winners_count, "unclaimed": a.unclaimed_count }),
        A::BoostApply(a) => json!({ "boosts": a.boosts }),
        A::GiftStars(a) => json!({ "currency": a.currency, "amount": a.amount, "stars": a.stars }),
        A::ConferenceCall(a) => {
            json!({ "call_id": a.call_id, "missed": a.missed, "video": a.video, "duration": a.duration })
        }
        A::TodoCompletions(a) => json!({ "completed": a.completed, "incompleted": a.incompleted }),
        A::ChangeCreator(a) => json!({ "user_id": a.new_creator_id }),
        A::NewCreatorPending(a) => json!({ "user_id": a.new_creator_id }),
        A::NoForwardsToggle(a) => json!({ "before": a.prev_value, "after": a.new_value }),
        // Its fields are in the raw bytes. The name tells it from others when contents are compared.
        other => json!({ "action": name(other) }),
    }
}

const fn discard_reason(reason: &PhoneCallDiscardReason) -> &'static str {
    match reason {
        PhoneCallDiscardReason::Missed => "missed",
        PhoneCallDiscardReason::Disconnect => "disconnect",
        PhoneCallDiscardReason::Hangup => "hangup",
        PhoneCallDiscardReason::Busy => "busy",
        PhoneCallDiscardReason::MigrateConferenceCall(_) => "migrated_to_conference",
    }
}

const fn call_id(call: &InputGroupCall) -> Option<i64> {
    match call {
        InputGroupCall::Call(c) => Some(c.id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use grammers_tl_types::types;

    use super::*;

    #[test]
    fn actions_are_named_in_snake_case() {
        let add: A = types::MessageActionChatAddUser { users: vec![4, 5] }.into();
        assert_eq!(
            super::action(&add),
            ServiceAction {
                name: "chat_add_user".into(),
                data: json!({ "users": [4, 5] })
            }
        );
        let ttl: A = types::MessageActionSetMessagesTtl {
            period: 60,
            auto_setting_from: None,
        }
        .into();
        assert_eq!(name(&ttl), "set_messages_ttl");
        assert_eq!(name(&A::PinMessage), "pin_message");
        assert_eq!(data(&A::ScreenshotTaken), json!({ "action": "screenshot_taken" }));
    }
}
