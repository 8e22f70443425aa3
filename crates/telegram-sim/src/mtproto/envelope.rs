//! Message ids, sequence numbers, containers, gzip.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use grammers_tl_types::Serializable;

use crate::crypto::{AuthKey, encrypt_to_client};

pub(crate) const CONTAINER: u32 = 0x73f1_f8dc;
pub(crate) const GZIP: u32 = 0x3072_cfa1;
const RPC_RESULT: u32 = 0xf35c_6d01;

/// Bytes of one container: clients refuse a megabyte.
const CONTAINER_BYTES: usize = 900_000;
/// Largest unpacked request.
const UNPACKED_BYTES: u64 = 4 << 20;

/// Seconds that a client's clock may be behind and ahead (core.telegram.org/mtproto/description, "Message Identifier").
const BEHIND: i64 = 300;
const AHEAD: i64 = 30;

/// The `error_code` of a client's message id that cannot be taken, by the server's time in unix seconds.
pub(super) fn id_error(id: i64, now: i64) -> Option<i32> {
    let sent = id >> 32;
    if id & 3 != 0 {
        Some(18)
    } else if sent < now - BEHIND {
        Some(16)
    } else if sent > now + AHEAD {
        Some(17)
    } else {
        None
    }
}

/// What goes out next.
#[derive(Default)]
pub(super) struct Outbox {
    last_id: i64,
    sequence: i32,
    waiting: Vec<(i64, i32, Vec<u8>)>,
}

impl Outbox {
    /// The next message id: 1 mod 4 answers, 3 mod 4 pushes, ascending, in the server's time.
    pub(super) fn id(&mut self, micros: i64, answer: bool) -> i64 {
        let now = ((micros / 1_000_000) << 32) | (((micros % 1_000_000) * 4294) & !3);
        let id = if now <= self.last_id {
            (self.last_id & !3) + 4
        } else {
            now & !3
        };
        self.last_id = id | if answer { 1 } else { 3 };
        self.last_id
    }

    /// Adds a message; content-related ones count in the sequence. Answers its id.
    pub(super) fn add(&mut self, micros: i64, body: Vec<u8>, content: bool, answer: bool) -> i64 {
        let id = self.id(micros, answer);
        let sequence = self.sequence * 2 + i32::from(content);
        self.sequence += i32::from(content);
        self.waiting.push((id, sequence, body));
        id
    }

    /// Encrypted payloads of everything that waits.
    pub(super) fn payloads(&mut self, micros: i64, key: &AuthKey, salt: i64, session: i64) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        let mut waiting = std::mem::take(&mut self.waiting).into_iter().peekable();
        while waiting.peek().is_some() {
            let mut group = Vec::new();
            let mut size = 0;
            while let Some((_, _, body)) = waiting.peek() {
                if !group.is_empty() && (size + body.len() + 16 > CONTAINER_BYTES || group.len() >= 100) {
                    break;
                }
                size += body.len() + 16;
                group.extend(waiting.next());
            }
            let mut plain = Vec::with_capacity(size + 64);
            salt.serialize(&mut plain);
            session.serialize(&mut plain);
            if let [one] = &group[..] {
                write(&mut plain, one);
            } else {
                let mut body = Vec::with_capacity(size + 8);
                CONTAINER.serialize(&mut body);
                (group.len() as i32).serialize(&mut body);
                for message in &group {
                    write(&mut body, message);
                }
                let id = self.id(micros, true);
                write(&mut plain, &(id, self.sequence * 2, body));
            }
            payloads.push(encrypt_to_client(key, &plain));
        }
        payloads
    }
}

fn write(out: &mut Vec<u8>, (id, sequence, body): &(i64, i32, Vec<u8>)) {
    id.serialize(out);
    sequence.serialize(out);
    (body.len() as i32).serialize(out);
    out.extend_from_slice(body);
}

/// `rpc_result`; large results are packed, errors and files are not.
pub(super) fn rpc_result(request: i64, body: &[u8], pack: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 12);
    RPC_RESULT.serialize(&mut out);
    request.serialize(&mut out);
    if pack && body.len() > 512 {
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), Compression::fast());
        if encoder.write_all(body).is_ok()
            && let Ok(packed) = encoder.finish()
        {
            GZIP.serialize(&mut out);
            packed.serialize(&mut out);
            return out;
        }
    }
    out.extend_from_slice(body);
    out
}

/// What `gzip_packed` holds.
pub(crate) fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    GzDecoder::new(packed)
        .take(UNPACKED_BYTES)
        .read_to_end(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::id_error;

    #[test]
    fn a_message_id_tells_the_time_as_the_server_does() {
        let id = |seconds: i64| seconds << 32;
        for (at, error) in [
            (1000, None),
            (700, None),
            (699, Some(16)),
            (1030, None),
            (1031, Some(17)),
        ] {
            assert_eq!(id_error(id(at), 1000), error, "{at}");
        }
        assert_eq!(id_error(id(1000) | 1, 1000), Some(18));
    }
}
