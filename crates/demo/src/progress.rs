//! What the demo says while it runs.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use crate::process::Archive;

/// Between two looks, while the first run goes on and after it.
const SOON: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(5);

/// What is told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Picture {
    messages: u64,
    held: u64,
    chats: (u64, u64),
    running: bool,
    done: bool,
}

impl Picture {
    fn of(status: &Value) -> Self {
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        let run = &status["running"]["run"];
        Self {
            messages: number(&status["messages"]),
            held: number(&status["operations_held"]),
            chats: (number(&run["chats_done"]), number(&run["chats_total"])),
            running: run.is_object(),
            done: status["last_run"]["finished_at"].is_i64(),
        }
    }

    fn line(&self) -> String {
        let messages = grouped(self.messages);
        if self.running {
            let (done, total) = self.chats;
            return format!("archiving: {done} of {total} chats, {messages} messages");
        }
        format!(
            "following live: {messages} messages, {} held by the guard",
            self.held
        )
    }
}

/// With commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let parts = digits.as_bytes().chunks(3);
    if first == 0 {
        let parts: Vec<_> = parts.map(String::from_utf8_lossy).collect();
        return parts.join(",");
    }
    let (head, tail) = digits.split_at(first);
    let tail: String = tail
        .as_bytes()
        .chunks(3)
        .flat_map(|p| [",".into(), String::from_utf8_lossy(p)])
        .collect();
    head.to_owned() + &tail
}

/// One line that changes on a terminal; elsewhere a line for what is worth one.
pub(crate) async fn show(archive: &Archive) {
    let terminal = std::io::stdout().is_terminal();
    let (mut last, mut begun) = (Picture::default(), false);
    loop {
        let Some(status) = archive.status().await else {
            sleep(SOON).await;
            continue;
        };
        let now = Picture::of(&status);
        if !std::mem::replace(&mut begun, true) {
            // What was held at the last start is no news.
            last.held = now.held;
        }
        if terminal && now != last {
            print!("\r\x1b[K{}", now.line());
            // What cannot be shown is not worth ending for.
            let _ = std::io::stdout().flush();
        }
        let end = if terminal { "\r\x1b[K" } else { "" };
        if now.done && !last.done {
            println!(
                "{end}{} messages are archived; from now on it follows live",
                grouped(now.messages)
            );
        }
        if now.held > last.held {
            println!(
                "{end}somebody deletes a lot: the guard holds {} deletions (Incidents on the page)",
                now.held
            );
        }
        let pause = if now.done && !now.running { LATER } else { SOON };
        last = now;
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (123_456, "123,456"),
            (29_500, "29,500"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_run_is_told_until_it_is_done() {
        let status = json!({ "running": { "run": { "chats_done": 3, "chats_total": 15 } }, "messages": 1234, "last_run": null });
        assert_eq!(
            Picture::of(&status).line(),
            "archiving: 3 of 15 chats, 1,234 messages"
        );
        let status = json!({ "running": { "run": null }, "messages": 9, "operations_held": 30, "last_run": { "finished_at": 5 } });
        let picture = Picture::of(&status);
        assert!(picture.done);
        assert_eq!(picture.line(), "following live: 9 messages, 30 held by the guard");
    }
}
