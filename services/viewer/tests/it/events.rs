//! Live events, and who gets them.

use bus::Bus as _;
use model::{ChatId, Lane};
use reqwest::{Method, Response};
use testkit::eventually;
use wire::{Changed, Subject, encode_changed};

use crate::bed::{Bed, Browser, HIDDEN, OPEN};

pub(crate) struct Stream {
    answer: Response,
    pub(crate) text: String,
}

impl Stream {
    pub(crate) async fn open(browser: &Browser, last: Option<&str>) -> Self {
        let mut request = browser.ask(Method::GET, "/events");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut stream = Self {
            answer,
            text: String::new(),
        };
        stream.until("event: ready").await;
        stream
    }

    /// Reads until this was sent.
    pub(crate) async fn until(&mut self, wanted: &str) {
        let read = async {
            while !self.text.contains(wanted) {
                let chunk = self.answer.chunk().await.unwrap().expect("the stream goes on");
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), read)
            .await
            .expect(wanted);
    }

    /// Reads until it ends.
    async fn rest(mut self) -> String {
        let read = async {
            while let Ok(Some(chunk)) = self.answer.chunk().await {
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), read)
            .await
            .expect("it ends");
        self.text
    }

    fn last_id(&self) -> String {
        let line = self
            .text
            .lines()
            .rev()
            .find(|l| l.starts_with("id: "))
            .expect("an id");
        line.trim_start_matches("id: ").to_owned()
    }
}

pub(crate) async fn change(bed: &Bed, chat: Option<ChatId>, kind: &str, id: i64) {
    let changed = Changed {
        seq: id,
        chat,
        lane: Lane::Live,
        kind: kind.to_owned(),
        ids: vec![id],
        is_range: false,
    };
    bed.bus
        .publish(&Subject::Changed(bed.account), encode_changed(&changed))
        .await
        .unwrap();
}

pub(crate) fn told(chat: ChatId, kind: &str, id: i64) -> String {
    format!(
        "event: change\ndata: {{\"account\":1,\"chat\":{chat},\"kind\":\"{kind}\",\"ids\":[{id}],\"is_range\":false,\"live\":true}}\n\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_reaches_those_who_may_see_its_chat() {
    let bed = Bed::new().await;
    bed.add_user("reader", Some(vec![OPEN])).await;
    let (reader, admin) = (bed.browser("reader").await, bed.admin().await);
    let (mut reading, mut administering) = (
        Stream::open(&reader, None).await,
        Stream::open(&admin, None).await,
    );
    change(&bed, Some(HIDDEN), "new", 1).await;
    change(&bed, None, "chat", 2).await;
    change(&bed, Some(OPEN), "incident", 3).await;
    change(&bed, Some(OPEN), "edited", 4).await;
    administering.until(&told(OPEN, "edited", 4)).await;
    for (chat, kind, id) in [(HIDDEN, "new", 1), (OPEN, "incident", 3)] {
        assert!(administering.text.contains(&told(chat, kind, id)));
    }
    reading.until(&told(OPEN, "edited", 4)).await;
    assert_eq!(
        reading.text.matches("event: change").count(),
        1,
        "{}",
        reading.text
    );
    // A chat that is taken away is not told any more, though the stream was open before.
    let mut user = bed.store.viewer_user("reader").await.unwrap().unwrap();
    user.chats = Some(vec![HIDDEN]);
    bed.store.save_viewer_user(&user).await.unwrap();
    change(&bed, Some(OPEN), "new", 5).await;
    change(&bed, Some(HIDDEN), "new", 6).await;
    reading.until(&told(HIDDEN, "new", 6)).await;
    assert!(!reading.text.contains(&told(OPEN, "new", 5)));
    assert_eq!(admin.json("/status").await["followers"], 2);
    drop((reading, administering));
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_told_what_was_missed() {
    let bed = Bed::new().await;
    let admin = bed.admin().await;
    let mut stream = Stream::open(&admin, None).await;
    change(&bed, Some(OPEN), "new", 1).await;
    stream.until(&told(OPEN, "new", 1)).await;
    let last = stream.last_id();
    drop(stream);
    for id in 2..=5 {
        change(&bed, Some(OPEN), "new", id).await;
    }
    let mut back = Stream::open(&admin, Some(&last)).await;
    back.until(&told(OPEN, "new", 5)).await;
    for id in 2..=5 {
        assert_eq!(
            back.text.matches(&told(OPEN, "new", id)).count(),
            1,
            "{}",
            back.text
        );
    }
    assert!(!back.text.contains(&told(OPEN, "new", 1)) && !back.text.contains("reload"));
    // Of another bus, and nonsense: load again.
    for odd in ["12345.1", "no place", "1.2.3"] {
        let mut stream = Stream::open(&admin, Some(odd)).await;
        stream.until("event: reload").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session() {
    let bed = Bed::new().await;
    bed.add_user("reader", None).await;
    let (admin, reader) = (bed.admin().await, bed.browser("reader").await);
    let (of_admin, of_reader) = (
        Stream::open(&admin, None).await,
        Stream::open(&reader, None).await,
    );
    admin.ask(Method::DELETE, "/session").send().await.unwrap();
    of_admin.rest().await;
    // By another process: at the next heartbeat, or the next change.
    bed.store.remove_viewer_user("reader").await.unwrap();
    change(&bed, Some(OPEN), "new", 1).await;
    let text = of_reader.rest().await;
    assert!(!text.contains("event: change"), "{text}");
    eventually("nobody follows", async || {
        let browser = bed.admin().await;
        (browser.json("/status").await["followers"] == 0).then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_viewer_ends_though_somebody_follows() {
    let bed = Bed::new().await;
    let admin = bed.admin().await;
    let stream = Stream::open(&admin, None).await;
    bed.stop().await;
    stream.rest().await;
}
