//! The methods as a client meets them: requests and answers as bytes.

mod access;
mod dialogs;
mod differences;
mod files;
mod history;

use grammers_tl_types::{Deserializable, Identifiable, RemoteCall, Serializable, enums};
use model::ChatId;

use super::{Caller, call};
use crate::error::RpcError;
use crate::scenario::ACCOUNT;
use crate::world::{World, render};

/// Asks as the account of the presets, in DC 2.
fn ask<R>(world: &mut World, request: &R) -> Result<R::Return, RpcError>
where
    R: RemoteCall + Serializable + Identifiable,
    R::Return: Deserializable,
{
    ask_as(world, ACCOUNT, 2, request)
}

fn ask_as<R>(world: &mut World, account: i64, dc: i32, request: &R) -> Result<R::Return, RpcError>
where
    R: RemoteCall + Serializable + Identifiable,
    R::Return: Deserializable,
{
    let caller = Caller {
        account,
        dc,
        layer: 230,
    };
    let bytes = call(world, &caller, R::CONSTRUCTOR_ID, &request.to_bytes())?;
    Ok(R::Return::from_bytes(&bytes).unwrap())
}

fn input(world: &World, chat: ChatId) -> enums::InputPeer {
    render::input_peer(world, ACCOUNT, chat)
}

fn input_channel(world: &World, id: i64) -> enums::InputChannel {
    let access_hash = world.access_hash(ACCOUNT, ChatId::channel(id).0);
    grammers_tl_types::types::InputChannel {
        channel_id: id,
        access_hash,
    }
    .into()
}

/// (messages, users, chats) of an answer.
type Page = (Vec<enums::Message>, Vec<enums::User>, Vec<enums::Chat>);

fn page(answer: enums::messages::Messages) -> Page {
    match answer {
        enums::messages::Messages::Messages(m) => (m.messages, m.users, m.chats),
        enums::messages::Messages::Slice(m) => (m.messages, m.users, m.chats),
        enums::messages::Messages::ChannelMessages(m) => (m.messages, m.users, m.chats),
        enums::messages::Messages::NotModified(_) => unreachable!("nothing is asked by hash"),
    }
}

fn ids(messages: &[enums::Message]) -> Vec<i32> {
    messages.iter().map(enums::Message::id).collect()
}

fn error<T>(result: Result<T, RpcError>) -> String {
    result.map(|_| ()).unwrap_err().message
}
