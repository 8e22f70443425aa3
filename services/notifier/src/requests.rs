//! What the viewer asks for its users.

use std::time::Duration;

use bus::Requests;
use bytes::Bytes;
use model::AccountId;
use store::{ChatKey, NewSubscription, PushSubscription, StoreError};
use wire::{PushAnswer, PushChat, PushRequest, PushSubscriptionRow, RpcFailure, Subject, VERB_PUSH};

use crate::Notifier;
use crate::vapid::url_safe;

/// The service's name in requests.
pub const SERVICE: &str = "notifier";

/// Browsers of one user.
const BROWSERS: u32 = 20;
/// Chats of one subscription.
const CHATS: usize = 100;
/// Muted chats of one user.
const MUTES: usize = 5000;

/// Answers until the shutdown.
pub(crate) async fn serve(notifier: &Notifier) {
    let subject = Subject::Rpc {
        service: SERVICE.to_owned(),
        verb: VERB_PUSH.to_owned(),
        account: AccountId(0),
    };
    while !notifier.shutdown.is_cancelled() {
        match notifier.deps.bus.serve(&subject).await {
            Ok(requests) => tokio::select! {
                () = answer(notifier, requests) => {}
                () = notifier.shutdown.cancelled() => return,
            },
            Err(e) => tracing::warn!("requests cannot be served now: {e}"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
            () = notifier.shutdown.cancelled() => {}
        }
    }
}

async fn answer(notifier: &Notifier, mut requests: Box<dyn Requests>) {
    while let Ok((body, replier)) = requests.next().await {
        let result = answered(notifier, body).await;
        if let Err(e) = replier.reply(wire::encode_rpc_response(result.as_ref())).await {
            tracing::debug!("an answer was not taken: {e}");
        }
    }
}

async fn answered(notifier: &Notifier, body: Bytes) -> Result<PushAnswer, RpcFailure> {
    let failed = |kind: &str, message: String| RpcFailure {
        kind: kind.to_owned(),
        message,
    };
    let request = wire::decode_rpc_request(body).map_err(|e| failed("refused", e.to_string()))?;
    let done = done(notifier, request).await;
    done.map_err(|e| failed("unavailable", e.to_string()))
}

async fn done(notifier: &Notifier, request: PushRequest) -> Result<PushAnswer, StoreError> {
    let store = notifier.store();
    Ok(match request {
        PushRequest::Key => match &notifier.pusher {
            Some(pusher) => PushAnswer::Key {
                key: pusher.public_key().to_owned(),
            },
            None => off(notifier),
        },
        PushRequest::Subscribe {
            user,
            session,
            endpoint,
            p256dh,
            auth,
            chats,
        } => {
            let new = NewSubscription {
                endpoint,
                p256dh: url_safe(&p256dh),
                auth: url_safe(&auth),
                session,
                user,
                chats: chats.map(|c| c.into_iter().map(key).collect()),
            };
            subscribe(notifier, &new).await?
        }
        PushRequest::List { user } => PushAnswer::Subscriptions {
            subscriptions: of(notifier, &user).await?.into_iter().map(row).collect(),
        },
        PushRequest::Unsubscribe { user, id } => {
            let own = of(notifier, &user).await?.iter().any(|s| s.id == id);
            if own && store.remove_subscription(id).await? {
                PushAnswer::Done
            } else {
                PushAnswer::NotFound
            }
        }
        PushRequest::Mutes { user } => PushAnswer::Mutes {
            chats: store.mutes(&user).await?.into_iter().map(chat).collect(),
        },
        PushRequest::Mute { user, chat, muted } => {
            if muted && store.mutes(&user).await?.len() >= MUTES {
                return Ok(refused(format!("more than {MUTES} chats cannot be muted")));
            }
            store.set_mute(&user, key(chat), muted).await?;
            PushAnswer::Done
        }
    })
}

async fn subscribe(notifier: &Notifier, new: &NewSubscription) -> Result<PushAnswer, StoreError> {
    let Some(pusher) = &notifier.pusher else {
        return Ok(off(notifier));
    };
    if let Err(why) = pusher.check(new) {
        return Ok(refused(why));
    }
    if new
        .chats
        .as_ref()
        .is_some_and(|c| c.is_empty() || c.len() > CHATS)
    {
        return Ok(refused(format!("name 1 to {CHATS} chats, or none for all")));
    }
    let saved = notifier.store().save_subscription(new, BROWSERS).await?;
    Ok(saved.map_or_else(
        || {
            refused(format!(
                "{BROWSERS} browsers are told already; remove one of them first"
            ))
        },
        |s| PushAnswer::Subscribed { subscription: row(s) },
    ))
}

/// Nothing is pushed here.
fn off(notifier: &Notifier) -> PushAnswer {
    let problem = notifier.deps.state.borrow().problem.clone();
    refused(match problem {
        Some(problem) if notifier.config.full => problem,
        _ => "nothing is pushed here: that needs PUSH_NOTIFICATIONS=full".to_owned(),
    })
}

fn refused(message: String) -> PushAnswer {
    PushAnswer::Refused { message }
}

async fn of(notifier: &Notifier, user: &str) -> Result<Vec<PushSubscription>, StoreError> {
    let mut all = notifier.store().subscriptions().await?;
    all.retain(|s| s.of.user == user);
    Ok(all)
}

fn key(chat: PushChat) -> ChatKey {
    ChatKey {
        account: chat.account,
        chat: chat.chat,
    }
}

fn chat(key: ChatKey) -> PushChat {
    PushChat {
        account: key.account,
        chat: key.chat,
    }
}

fn row(subscription: PushSubscription) -> PushSubscriptionRow {
    PushSubscriptionRow {
        id: subscription.id,
        created_at: subscription.created_at,
        chats: subscription.of.chats.map(|c| c.into_iter().map(chat).collect()),
        endpoint: subscription.of.endpoint,
    }
}
