//! What time a data centre has.
//!
//! A message id is the client's time, and Telegram refuses one that is more than half a minute ahead (`bad_msg_notification`
//! 17). grammers corrects its time then, but never goes back behind an id it gave: it sends again and again, and is refused
//! for ever. A clock that is behind (16) it mends. So a clock that is ahead can be told only, and is told.

use std::net::SocketAddr;
use std::time::Duration;

use grammers_crypto::DequeBuffer;
use grammers_mtproto::transport::{Full, Transport as _};
use grammers_tl_types::{Serializable as _, functions};
use model::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Half a minute is refused.
const REFUSED: i64 = 30;
/// One plain message to and fro.
const LIMIT: Duration = Duration::from_secs(5);
/// `resPQ` with its envelope is about a hundred bytes.
const ANSWER_BYTES: usize = 4096;

/// By how many seconds this machine's clock is ahead of the data centre's, if it is so much that messages are refused.
pub(crate) async fn refused_ahead(address: SocketAddr, limit: Duration) -> Option<i64> {
    let theirs = tokio::time::timeout(limit.min(LIMIT), server_time(address))
        .await
        .ok()??;
    let ahead = SystemClock.now_unix() - theirs;
    (ahead >= REFUSED).then_some(ahead)
}

/// The time in the id of the answer to the first message of a key exchange, which needs no key and has no other effect.
async fn server_time(address: SocketAddr) -> Option<i64> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).ok()?;
    let request = functions::ReqPqMulti { nonce }.to_bytes();
    let mut packet = DequeBuffer::with_capacity(64, 16);
    packet.extend(0_i64.to_le_bytes());
    packet.extend(((SystemClock.now_unix()) << 32).to_le_bytes());
    packet.extend((request.len() as i32).to_le_bytes());
    packet.extend(request);
    let mut transport = Full::new();
    transport.pack(&mut packet);
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(&packet[..]).await.ok()?;
    let mut answer = Vec::new();
    while answer.len() < ANSWER_BYTES {
        if stream.read_buf(&mut answer).await.ok()? == 0 {
            return None;
        }
        if let Ok(unpacked) = transport.unpack(&mut answer) {
            // No key, then the id, whose upper half is the time.
            let id = answer[unpacked.data_range].get(8..16)?.first_chunk::<8>()?;
            return Some(i64::from_le_bytes(*id) >> 32);
        }
    }
    None
}
