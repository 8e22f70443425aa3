//! One TCP connection.

mod serve;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use grammers_crypto::DequeBuffer;
use grammers_mtproto::transport::{Full, Transport as _};
use grammers_tl_types::{
    Cursor, Deserializable, Identifiable, RawVec, Serializable, enums, functions, types,
};
use tokio::sync::mpsc;
use tokio::time::Instant;

pub(crate) use serve::serve;

use super::envelope::{CONTAINER, GZIP, Outbox, id_error, rpc_result, unpack};
use crate::crypto::{AuthKey, decrypt_from_client, random, read_i64};
use crate::handshake::Handshake;
use crate::router::{self, Answer, Asker};
use crate::server::Shared;

/// Answers remembered for requests that are sent again.
const REMEMBERED: usize = 64;
/// A client that has acknowledged a flood wait may send for so long what it had in its hands by then.
const UNDER_WAY: std::time::Duration = std::time::Duration::from_millis(100);
/// Containers and packed messages within each other.
const DEPTH: u32 = 4;
/// Largest packet read.
const PACKET_BYTES: usize = 4 << 20;

/// What others tell a connection to send.
pub(crate) enum Outgoing {
    /// Serialized `Updates`.
    Push(Arc<Vec<u8>>),
    /// A late answer: (request, body of the result, may be packed).
    Late(i64, Vec<u8>, bool),
    /// Close now.
    Close,
}

/// An answer that told to wait with a method: what comes soon after may have been under way.
struct Told {
    answer: i64,
    method: String,
    acknowledged: Option<Instant>,
}

struct Connection {
    id: u64,
    dc: i32,
    shared: Arc<Shared>,
    transport: Full,
    handshake: Handshake,
    key_id: i64,
    key: AuthKey,
    session: i64,
    greeted: Option<i64>,
    outbox: Outbox,
    wire: Vec<u8>,
    late: mpsc::Sender<Outgoing>,
    remembered: VecDeque<(i64, Vec<u8>)>,
    told: Vec<Told>,
    closing: bool,
    hung_up: bool,
}

impl Connection {
    fn new(shared: Arc<Shared>, id: u64, dc: i32, late: mpsc::Sender<Outgoing>) -> Self {
        Self {
            id,
            dc,
            shared,
            transport: Full::new(),
            handshake: Handshake::default(),
            key_id: 0,
            key: [0; 256],
            session: 0,
            greeted: None,
            outbox: Outbox::default(),
            wire: Vec::new(),
            late,
            remembered: VecDeque::new(),
            told: Vec::new(),
            closing: false,
            hung_up: false,
        }
    }

    fn micros(&self) -> i64 {
        self.shared.clock.now_micros()
    }

    fn push(&mut self, body: &[u8]) {
        let micros = self.micros();
        self.outbox.add(micros, body.to_vec(), true, false);
    }

    fn answer(&mut self, request: i64, body: &[u8], pack: bool) -> i64 {
        let result = self.remember(request, body, pack);
        let micros = self.micros();
        self.outbox.add(micros, result, true, true)
    }

    /// For when the request is sent again.
    fn remember(&mut self, request: i64, body: &[u8], pack: bool) -> Vec<u8> {
        let result = rpc_result(request, body, pack);
        self.remembered.push_back((request, result.clone()));
        if self.remembered.len() > REMEMBERED {
            self.remembered.pop_front();
        }
        result
    }

    fn flush(&mut self) {
        if self.key_id == 0 {
            return;
        }
        let salt = self.shared.keys().get(self.key_id).map_or(0, |k| k.salt);
        let micros = self.micros();
        for payload in self.outbox.payloads(micros, &self.key, salt, self.session) {
            self.send(&payload);
        }
    }

    fn send(&mut self, payload: &[u8]) {
        let mut buffer = DequeBuffer::with_capacity(payload.len() + 16, 8);
        buffer.extend(payload.iter().copied());
        self.transport.pack(&mut buffer);
        self.wire.extend_from_slice(&buffer[..]);
    }

    /// A transport error; three times, since some clients read twelve bytes.
    fn transport_error(&mut self, code: i32) {
        for _ in 0..3 {
            self.wire.extend_from_slice(&code.to_le_bytes());
        }
        self.closing = true;
    }

    fn packet(&mut self, packet: &[u8]) -> anyhow::Result<()> {
        ensure!(packet.len() >= 20, "a short packet");
        let key_id = read_i64(packet);
        if key_id == 0 {
            return self.plain(packet);
        }
        if key_id != self.key_id {
            let known = self
                .shared
                .keys()
                .get(key_id)
                .filter(|k| k.dc == self.dc)
                .map(|k| k.key);
            let Some(key) = known else {
                self.transport_error(-404);
                return Ok(());
            };
            self.key = key;
            self.key_id = key_id;
            self.shared.bind(self.id, key_id);
        }
        let plain = decrypt_from_client(&self.key, packet).context("a wrong msg_key")?;
        let cursor = &mut Cursor::from_slice(&plain);
        let salt = i64::deserialize(cursor)?;
        self.session = i64::deserialize(cursor)?;
        let (id, sequence) = (i64::deserialize(cursor)?, i32::deserialize(cursor)?);
        let length = usize::try_from(i32::deserialize(cursor)?)?;
        let body = plain.get(32..32 + length).context("a wrong length")?.to_vec();
        let expected = self.shared.keys().get(self.key_id).map_or(0, |k| k.salt);
        let micros = self.micros();
        if let Some(code) = id_error(id, micros / 1_000_000) {
            self.bad_message(id, sequence, code);
            return Ok(());
        }
        if salt != expected {
            self.bad_salt(id, sequence, expected);
            return Ok(());
        }
        if self.greeted != Some(self.session) {
            self.greeted = Some(self.session);
            let greeting = types::NewSessionCreated {
                first_msg_id: id,
                unique_id: read_i64(&random::<8>()),
                server_salt: expected,
            };
            self.outbox
                .add(micros, enums::NewSession::from(greeting).to_bytes(), true, false);
        }
        self.message(id, sequence, &body, 0)
    }

    fn plain(&mut self, packet: &[u8]) -> anyhow::Result<()> {
        let length = usize::try_from(i32::from_bytes(&packet[16..20])?)?;
        let body = packet.get(20..20 + length).context("a wrong length")?;
        let now = (self.micros() / 1_000_000) as i32;
        let step = self.handshake.step(&self.shared.server_key, now, body)?;
        if let Some(key) = step.key {
            self.shared.keys().add(key, self.dc);
        }
        let mut message = vec![0; 8];
        let micros = self.micros();
        self.outbox.id(micros, true).serialize(&mut message);
        (step.reply.len() as i32).serialize(&mut message);
        message.extend(step.reply);
        self.send(&message);
        Ok(())
    }

    fn message(&mut self, id: i64, sequence: i32, body: &[u8], depth: u32) -> anyhow::Result<()> {
        ensure!(depth <= DEPTH, "messages packed in each other without end");
        let constructor = u32::from_bytes(body)?;
        let cursor = &mut Cursor::from_slice(&body[4..]);
        let micros = self.micros();
        match constructor {
            CONTAINER => {
                let count = i32::deserialize(cursor)?;
                let mut at = 8;
                for _ in 0..count {
                    let head = body.get(at..at + 16).context("a short container")?;
                    let (id, sequence) = (i64::from_bytes(head)?, i32::from_bytes(&head[8..])?);
                    let length = usize::try_from(i32::from_bytes(&head[12..])?)?;
                    let inner = body.get(at + 16..at + 16 + length).context("a short container")?;
                    self.message(id, sequence, inner, depth + 1)?;
                    at += 16 + length;
                }
            }
            GZIP => {
                let inner = unpack(&Vec::<u8>::deserialize(cursor)?)?;
                self.message(id, sequence, &inner, depth + 1)?;
            }
            types::MsgsAck::CONSTRUCTOR_ID => {
                let read = types::MsgsAck::deserialize(cursor)?.msg_ids;
                for told in self.told.iter_mut().filter(|told| read.contains(&told.answer)) {
                    told.acknowledged.get_or_insert_with(Instant::now);
                }
            }
            types::MsgsStateReq::CONSTRUCTOR_ID
            | types::MsgResendReq::CONSTRUCTOR_ID
            | types::HttpWait::CONSTRUCTOR_ID => {}
            functions::Ping::CONSTRUCTOR_ID | functions::PingDelayDisconnect::CONSTRUCTOR_ID => {
                let pong = types::Pong {
                    msg_id: id,
                    ping_id: i64::deserialize(cursor)?,
                };
                self.outbox
                    .add(micros, enums::Pong::from(pong).to_bytes(), false, true);
            }
            functions::GetFutureSalts::CONSTRUCTOR_ID => {
                let now = (micros / 1_000_000) as i32;
                let salt = self.shared.keys().get(self.key_id).map_or(0, |k| k.salt);
                let salts = (0..4)
                    .map(|n| types::FutureSalt {
                        valid_since: now - 60 + n * 43_200,
                        valid_until: now + (n + 1) * 43_200,
                        salt,
                    })
                    .collect();
                let answer = types::FutureSalts {
                    req_msg_id: id,
                    now,
                    salts: RawVec(salts),
                };
                self.outbox
                    .add(micros, enums::FutureSalts::from(answer).to_bytes(), false, true);
            }
            functions::DestroySession::CONSTRUCTOR_ID => {
                let session_id = i64::deserialize(cursor)?;
                let answer = types::DestroySessionOk { session_id };
                self.outbox.add(
                    micros,
                    enums::DestroySessionRes::from(answer).to_bytes(),
                    false,
                    true,
                );
            }
            _ => self.request(id, sequence, body),
        }
        Ok(())
    }

    fn request(&mut self, id: i64, sequence: i32, body: &[u8]) {
        let micros = self.micros();
        if let Some((_, again)) = self.remembered.iter().find(|(known, _)| *known == id) {
            let again = again.clone();
            self.outbox.add(micros, again, true, true);
            return;
        }
        self.told
            .retain(|told| told.acknowledged.is_none_or(|at| at.elapsed() < UNDER_WAY));
        let told: Vec<&str> = self.told.iter().map(|told| told.method.as_str()).collect();
        let asker = Asker {
            connection: self.id,
            dc: self.dc,
            key_id: self.key_id,
            session: self.session,
            hung_up: self.hung_up,
        };
        match router::call(&self.shared, asker, body, &told) {
            Answer::Reply {
                body,
                pack,
                after: None,
            } => {
                self.answer(id, &body, pack);
            }
            Answer::Reply {
                body,
                pack,
                after: Some(delay),
            } => {
                let late = self.late.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    // The connection may be gone by then.
                    let _ = late.send(Outgoing::Late(id, body, pack)).await;
                });
            }
            Answer::Flood { method, body } => {
                let answer = self.answer(id, &body, false);
                self.told.push(Told {
                    answer,
                    method,
                    acknowledged: None,
                });
            }
            Answer::Lost { body } => {
                self.remember(id, &body, false);
            }
            Answer::Silence => {}
            Answer::Close => self.closing = true,
            Answer::Transport(code) => self.transport_error(code),
            Answer::NewSalt(salt) => self.bad_salt(id, sequence, salt),
            Answer::BadMessage(code) => self.bad_message(id, sequence, code),
            Answer::WrongSession => {
                // Until the next packet tells it again.
                self.session ^= 1;
                self.answer(id, &true.to_bytes(), false);
            }
        }
    }

    fn bad_salt(&mut self, bad_msg_id: i64, bad_msg_seqno: i32, new_server_salt: i64) {
        let notice = types::BadServerSalt {
            bad_msg_id,
            bad_msg_seqno,
            error_code: 48,
            new_server_salt,
        };
        self.notify(&notice.into());
    }

    fn bad_message(&mut self, bad_msg_id: i64, bad_msg_seqno: i32, error_code: i32) {
        let notice = types::BadMsgNotification {
            bad_msg_id,
            bad_msg_seqno,
            error_code,
        };
        self.notify(&enums::BadMsgNotification::Notification(notice));
    }

    fn notify(&mut self, notice: &enums::BadMsgNotification) {
        let micros = self.micros();
        self.outbox.add(micros, notice.to_bytes(), false, true);
    }
}
