//! Random days: operations of people, faults of Telegram, crashes, leaps of the clock. In the end the archive equals the
//! world: every operation is applied or stands in an incident, and once those are approved nothing differs.

use std::time::Duration;

use model::ChatId;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use telegram_sim::faults::{Action, PushFault, Rule};
use telegram_sim::scenario::{self, ACCOUNT};
use telegram_sim::world::{DocumentKind, Draft, Edit, Media};
use telegram_sim::{FloodLimit, World};
use tokio::time::sleep;

use crate::bed::{Bed, LEASE, Process};
use crate::compare::Comparison;
use crate::installation::Mode;
use crate::settle::{Past, at_rest, request, settle};

/// One thing that happens. `nth` counts a chat's messages from the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "named by what they do; times are milliseconds or seconds as they say"
)]
pub enum Step {
    Post {
        chat: i64,
        count: u32,
    },
    PostFile {
        chat: i64,
        bytes: u64,
    },
    Edit {
        chat: i64,
        nth: usize,
    },
    Delete {
        chat: i64,
        nth: usize,
    },
    Burst {
        chat: i64,
        count: usize,
    },
    React {
        chat: i64,
        nth: usize,
    },
    Pin {
        chat: i64,
        nth: usize,
    },
    Pushes {
        fault: PushFault,
        count: u32,
    },
    Fault {
        method: String,
        action: Action,
    },
    Flood {
        method: String,
        wait_seconds: i64,
    },
    Drop,
    /// Nothing comes through while so much is posted and deleted that the difference is too long.
    TooLong {
        chat: i64,
    },
    /// A process ends in the middle of what it does. Its replacement is there before it, or so many milliseconds after it.
    Crash {
        process: usize,
        #[serde(default)]
        away: Option<u64>,
    },
    /// Somebody asks for a run.
    Run,
    Clock {
        seconds: u64,
    },
    Pause {
        millis: u64,
    },
}

/// Chats that things happen to: two private ones, a group, a channel, a supergroup.
const CHATS: [ChatId; 5] = [
    ChatId(2001),
    ChatId(2002),
    ChatId::group(301),
    ChatId::channel(4001),
    ChatId::channel(4002),
];
const METHODS: [&str; 6] = [
    "messages.getHistory",
    "messages.getDialogs",
    "updates.getDifference",
    "updates.getChannelDifference",
    "upload.getFile",
    "users.getUsers",
];

const PUSH_FAULTS: [PushFault; 7] = [
    PushFault::Swallow,
    PushFault::Duplicate,
    PushFault::Reorder,
    PushFault::Combine,
    PushFault::TooLong,
    PushFault::Untold,
    PushFault::Garble,
];

/// An answer that is lost is waited for so long.
const PATIENCE: Duration = Duration::from_secs(3);

/// A day of so many steps; the same seed gives the same day.
pub fn day(seed: u64, steps: usize) -> Vec<Step> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..steps).map(|_| step(&mut rng)).collect()
}

fn step(rng: &mut StdRng) -> Step {
    let chat = CHATS.choose(rng).copied().unwrap_or(CHATS[0]).0;
    let nth = rng.random_range(0..25);
    let method = (*METHODS.choose(rng).unwrap_or(&METHODS[0])).to_owned();
    match rng.random_range(0..100) {
        0..=14 => Step::Post {
            chat,
            count: rng.random_range(1..6),
        },
        15..=17 => Step::PostFile {
            chat,
            bytes: rng.random_range(1..400_000),
        },
        18..=31 => Step::Edit { chat, nth },
        32..=43 => Step::Delete { chat, nth },
        44..=47 => Step::Burst {
            chat,
            count: rng.random_range(8..25),
        },
        48..=53 => Step::React { chat, nth },
        54..=56 => Step::Pin { chat, nth },
        57..=62 => Step::Pushes {
            fault: *PUSH_FAULTS.choose(rng).unwrap_or(&PushFault::Swallow),
            count: rng.random_range(1..4),
        },
        63..=72 => Step::Fault {
            method,
            action: action(rng),
        },
        73..=74 => Step::Flood {
            method,
            wait_seconds: rng.random_range(1..3),
        },
        75..=78 => Step::Drop,
        79..=81 => Step::TooLong { chat },
        82..=87 => Step::Crash {
            process: rng.random_range(0..4),
            away: rng.random_bool(0.5).then(|| rng.random_range(0..500)),
        },
        88..=89 => Step::Run,
        90..=92 => Step::Clock {
            seconds: rng.random_range(1..600),
        },
        _ => Step::Pause {
            millis: rng.random_range(10..250),
        },
    }
}

fn action(rng: &mut StdRng) -> Action {
    match rng.random_range(0..12) {
        0 => Action::CloseBefore,
        1 => Action::CloseAfter,
        2 => Action::FloodWait(1),
        3 => Action::Delay(rng.random_range(10..400)),
        4 => Action::ExpireFileReferences,
        5 => Action::ClockSkew(16),
        6 => Action::BadServerSalt,
        7 => Action::Truncate,
        8 => Action::Garble(100),
        9 => Action::WrongSession,
        10 => Action::LoseAnswer,
        _ => Action::Error {
            code: 500,
            message: "INTERNAL".to_owned(),
        },
    }
}

/// Runs a day and compares; the error holds the first differences. What went before a crash stays as it was, and nothing
/// that was once committed goes away. Days with an even seed begin with an archive that has seen everything.
pub async fn run(mode: Mode, seed: u64, steps: &[Step]) -> anyhow::Result<Comparison> {
    let mut bed = Bed::with(scenario::small(seed), mode).await?;
    bed.patience = PATIENCE;
    bed.log_in().await?;
    let mut running = bed.all().await?;
    let mut past = Past::default();
    if seed.is_multiple_of(2) {
        past = at_rest(&mut bed, &running).await?;
    }
    let pool = bed.pool().await?;
    for step in steps {
        happen(&bed, &mut running, step).await?;
        past.kept.look(&mut *pool.acquire().await?).await?;
    }
    // The day is over: nothing stands in the way any more.
    bed.sim.faults().clear();
    bed.sim.faults().black_hole(2, false);
    bed.sim.drop_connections(None);
    settle(&mut bed, &running, &past).await
}

async fn happen(bed: &Bed, running: &mut Vec<Process>, step: &Step) -> anyhow::Result<()> {
    match step {
        Step::Pushes { fault, count } => bed.sim.faults().pushes(*fault, *count),
        Step::Fault { method, action } => bed.sim.faults().add(Rule::once(method, action.clone())),
        Step::Flood { method, wait_seconds } => bed.sim.floods().limit(FloodLimit {
            method: method.clone(),
            calls: 20,
            window: 1,
            wait: *wait_seconds,
        }),
        Step::Drop => bed.sim.drop_connections(None),
        Step::TooLong { chat } => too_long(bed, ChatId(*chat)),
        Step::Crash { process, away } => {
            let away = away.map(Duration::from_millis);
            crash(bed, running, process % running.len(), away).await?;
        }
        Step::Run => request(bed, running, fetcher::VERB_RUN_NOW, &serde_json::Value::Null).await,
        Step::Clock { seconds } => bed.clock.advance(Duration::from_secs(*seconds)),
        Step::Pause { millis } => sleep(Duration::from_millis(*millis)).await,
        person => people(bed, person),
    }
    Ok(())
}

/// What people do.
fn people(bed: &Bed, step: &Step) {
    let mut world = bed.sim.world();
    match step {
        Step::Post { chat, count } => {
            for n in 0..*count {
                world.post(ACCOUNT, ChatId(*chat), &Draft::text(format!("a word {n}")));
            }
        }
        Step::PostFile { chat, bytes } => {
            let media = Media::Document {
                file: world.another_file(*bytes),
                mime: "application/octet-stream".to_owned(),
                name: Some("file.bin".to_owned()),
                kind: DocumentKind::Plain,
            };
            let draft = Draft {
                media: Some(media),
                ..Draft::text("a file")
            };
            world.post(ACCOUNT, ChatId(*chat), &draft);
        }
        Step::Edit { chat, nth } => {
            if let Some(id) = said(&world, ChatId(*chat), *nth) {
                let text = Some(format!("edited at {}", world.now()));
                let edit = Edit {
                    text,
                    ..Edit::default()
                };
                world.edit(ACCOUNT, ChatId(*chat), id, &edit);
            }
        }
        Step::Delete { chat, nth } => {
            if let Some(id) = world.newest(ACCOUNT, ChatId(*chat), nth + 1).pop() {
                world.delete(ACCOUNT, ChatId(*chat), &[id]);
            }
        }
        Step::Burst { chat, count } => {
            let ids = world.newest(ACCOUNT, ChatId(*chat), *count);
            world.delete(ACCOUNT, ChatId(*chat), &ids);
        }
        Step::React { chat, nth } => {
            if let Some(id) = world.newest(ACCOUNT, ChatId(*chat), nth + 1).pop() {
                let count = i32::try_from(nth + 1).unwrap_or(1);
                world.react(ACCOUNT, ChatId(*chat), id, vec![("\u{1f44d}".to_owned(), count)]);
            }
        }
        Step::Pin { chat, nth } => {
            if let Some(id) = said(&world, ChatId(*chat), *nth) {
                world.pin(ACCOUNT, ChatId(*chat), id, true);
            }
        }
        _ => {}
    }
}

/// The `nth` newest message that a person wrote: nobody edits or pins a service message.
fn said(world: &World, chat: ChatId, nth: usize) -> Option<i32> {
    let messages = world.message_box(ACCOUNT, chat)?;
    messages
        .older(chat.0, i32::MAX)
        .filter(|id| messages.get(*id).is_some_and(|post| post.action.is_none()))
        .nth(nth)
}

fn too_long(bed: &Bed, chat: ChatId) {
    bed.sim.faults().black_hole(2, true);
    bed.sim.drop_connections(Some(2));
    {
        let mut world = bed.sim.world();
        world.limits.channel_too_long = 15;
        world.limits.common_too_long = 15;
        for n in 0..20 {
            world.post(ACCOUNT, chat, &Draft::text(format!("unheard {n}")));
        }
        let ids = world.newest(ACCOUNT, chat, 24);
        world.delete(ACCOUNT, chat, &ids[18..]);
    }
    bed.sim.faults().black_hole(2, false);
    bed.sim.drop_connections(Some(2));
}

/// Crashes a process and starts it again; its leases run out first.
async fn crash(
    bed: &Bed,
    running: &mut Vec<Process>,
    which: usize,
    away: Option<Duration>,
) -> anyhow::Result<()> {
    let name = running[which].name;
    if let Some(away) = away {
        running.remove(which).crash();
        bed.clock.advance(LEASE + Duration::from_secs(1));
        sleep(away).await;
        running.insert(which, bed.process(name).await?);
        return Ok(());
    }
    // Two of one kind at once, for a moment: the older one is on its way out.
    let fresh = bed.process(name).await?;
    std::mem::replace(&mut running[which], fresh).crash();
    bed.clock.advance(LEASE + Duration::from_secs(1));
    Ok(())
}
