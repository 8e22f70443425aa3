//! Bytes from and to the socket.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use grammers_mtproto::transport::{self, Transport as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::{Connection, Outgoing, PACKET_BYTES};
use crate::server::Shared;

/// Serves one connection until it ends.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    id: u64,
    dc: i32,
    mut socket: TcpStream,
    late: mpsc::Sender<Outgoing>,
    mut outgoing: mpsc::Receiver<Outgoing>,
) -> anyhow::Result<()> {
    let mut c = Connection::new(shared, id, dc, late);
    let mut buffer: Vec<u8> = Vec::with_capacity(1 << 16);
    loop {
        tokio::select! {
            read = socket.read_buf(&mut buffer) => {
                if read? == 0 {
                    return Ok(());
                }
                c.hung_up = all_of(&socket, &mut buffer)?;
                ensure!(buffer.len() <= PACKET_BYTES, "a packet beyond all bounds");
                if c.shared.faults.is_black_hole(dc) {
                    buffer.clear();
                    continue;
                }
                let mut at = 0;
                while !c.closing {
                    let unpacked = match c.transport.unpack(&mut buffer[at..]) {
                        Ok(unpacked) => unpacked,
                        Err(transport::Error::MissingBytes) => break,
                        Err(e) => bail!("transport: {e}"),
                    };
                    let packet = buffer[at + unpacked.data_range.start..at + unpacked.data_range.end].to_vec();
                    at += unpacked.next_offset;
                    c.packet(&packet)?;
                }
                buffer.drain(..at);
            }
            message = outgoing.recv() => match message {
                Some(Outgoing::Push(body)) => c.push(&body),
                Some(Outgoing::Late(request, body, pack)) => {
                    c.answer(request, &body, pack);
                }
                Some(Outgoing::Close) | None => return Ok(()),
            }
        }
        c.flush();
        if !c.wire.is_empty() {
            tokio::time::timeout(Duration::from_secs(30), socket.write_all(&c.wire))
                .await
                .context("a reader asleep")??;
            c.wire.clear();
        }
        if c.closing {
            return Ok(());
        }
    }
}

/// Reads whatever else is there; answers whether the other side has closed.
fn all_of(socket: &TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<bool> {
    while buffer.len() <= PACKET_BYTES {
        match socket.try_read_buf(buffer) {
            Ok(0) => return Ok(true),
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => break,
            Err(e) => return Err(e),
        }
    }
    Ok(false)
}
