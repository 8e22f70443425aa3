//! A push service: takes pushes over HTTP, answers as it is told to, and keeps what it got.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use model::{Clock as _, TestClock};
use testkit::eventually;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    /// Names in small letters.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// When, by the test's clock, unix microseconds.
    pub(crate) at: i64,
}

#[derive(Default)]
struct Inner {
    received: Vec<Received>,
    /// Status line and headers of the next answers; then it takes everything.
    answers: VecDeque<String>,
}

pub(crate) struct PushService {
    pub(crate) address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    _serving: AbortOnDropHandle<()>,
}

impl PushService {
    pub(crate) async fn start(clock: TestClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = Arc::clone(&inner);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, clock) = (Arc::clone(&shared), clock.clone());
                tokio::spawn(async move { connection(stream, &shared, &clock).await });
            }
        });
        Self {
            address,
            inner,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// An answer to come: `410 Gone`, or with headers `429 No\r\nretry-after: 1`.
    pub(crate) fn answer(&self, status: &str) {
        self.inner.lock().unwrap().answers.push_back(status.to_owned());
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inner.lock().unwrap().received.clone()
    }

    /// What was received, as soon as it is so much.
    pub(crate) async fn until(&self, count: usize) -> Vec<Received> {
        eventually(&format!("{count} pushes"), async || {
            let received = self.received();
            (received.len() >= count).then_some(received)
        })
        .await
        .unwrap()
    }
}

async fn connection(mut stream: TcpStream, inner: &Mutex<Inner>, clock: &TestClock) {
    let mut held = Vec::new();
    loop {
        let head = loop {
            if let Some(end) = held.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut held).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let text = String::from_utf8(held[..head].to_vec()).unwrap();
        let mut lines = text.lines();
        let request = lines.next().unwrap();
        assert!(request.starts_with("POST "), "{request}");
        let headers: HashMap<String, String> = lines
            .filter_map(|l| l.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers["content-length"].parse().unwrap();
        while held.len() < head + length {
            if stream.read_buf(&mut held).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let body = held[head..head + length].to_vec();
        held.drain(..head + length);
        let status = {
            let mut inner = inner.lock().unwrap();
            inner.received.push(Received {
                path: request.split(' ').nth(1).unwrap().to_owned(),
                headers,
                body,
                at: clock.now_micros(),
            });
            inner
                .answers
                .pop_front()
                .unwrap_or_else(|| "201 Created".to_owned())
        };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
