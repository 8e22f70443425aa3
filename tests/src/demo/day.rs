//! What happens on the day of the check.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use model::ChatId;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use sqlx::AnyPool;
use telegram_sim::Sim;
use telegram_sim::faults::{Action, Rule};
use telegram_sim::scenario::ACCOUNT;
use telegram_sim::world::{Draft, Edit};

use super::{LIMIT, Options, Running, number, until};
use crate::installation::{Installation, Mode};

/// Deletions of the attack.
pub(super) const ATTACK: i32 = 500;
/// Texts of what happens while the archive hears everything begin so.
pub(super) const CALM: &str = "calm";

/// Kills everything there is once, each at a random committed page, and starts it again; things happen meanwhile.
pub(super) async fn kills(
    options: &Options,
    rng: &mut StdRng,
    installation: &mut Installation,
    running: &mut Running,
    pool: &AnyPool,
    sim: &Sim,
    say: &impl Fn(&str),
) -> anyhow::Result<()> {
    let mut victims: Vec<&str> = installation.processes().to_vec();
    if installation.mode == Mode::Cluster {
        victims.extend(["NATS", "PostgreSQL"]);
        victims.shuffle(rng);
    }
    let (first, last) = (options.messages / 5, options.messages * 4 / 5);
    let mut moments: Vec<i32> = victims.iter().map(|_| rng.random_range(first..last)).collect();
    moments.sort_unstable();
    let happens_at = victims.len() / 2;
    for (n, (victim, moment)) in victims.into_iter().zip(moments).enumerate() {
        until("the next pages", || async {
            number(pool, "SELECT count(*) FROM messages").await >= i64::from(moment)
        })
        .await?;
        say(&format!(
            "{victim} is killed (-9) at {moment} committed messages or a little later"
        ));
        let servers = installation.servers.as_mut();
        match (victim, servers) {
            ("NATS", Some(servers)) => {
                servers.nats.kill().await?;
                servers.nats.start_again().await?;
            }
            ("PostgreSQL", Some(servers)) => {
                servers.postgres.stop().await?;
                servers.postgres.start_again().await?;
            }
            _ => {
                let place = running
                    .iter()
                    .position(|(name, _)| *name == victim)
                    .context("nothing of this name runs")?;
                running[place].1.kill().await?;
                if n == happens_at {
                    live(sim, rng, "unheard");
                }
                running[place].1 = installation.start(victim)?;
            }
        }
    }
    Ok(())
}

pub(super) fn bad_days(sim: &Sim) {
    let faults = sim.faults();
    faults.add(Rule::every("messages.getHistory", 47, Action::CloseBefore));
    faults.add(Rule::every("messages.getHistory", 59, Action::CloseAfter));
    faults.add(Rule::every(
        "messages.getHistory",
        71,
        Action::Error {
            code: 500,
            message: "INTERNAL".to_owned(),
        },
    ));
    faults.add(Rule::every("upload.getFile", 37, Action::CloseAfter));
    faults.add(Rule {
        after: 20,
        ..Rule::once("upload.getFile", Action::ExpireFileReferences)
    });
}

fn chats() -> [ChatId; 5] {
    [
        ChatId(2001),
        ChatId(2002),
        ChatId::group(301),
        ChatId::channel(4001),
        ChatId::channel(5001),
    ]
}

/// An ordinary while: below the guard's threshold in every chat.
pub(super) fn live(sim: &Sim, rng: &mut StdRng, word: &str) {
    let mut world = sim.world();
    for chat in chats() {
        let ids: Vec<i32> = (0..4)
            .filter_map(|n| world.post(ACCOUNT, chat, &Draft::text(format!("{word} {n}"))))
            .collect();
        if let [first, second, ..] = ids[..] {
            world.edit(
                ACCOUNT,
                chat,
                first,
                &Edit {
                    text: Some(format!("edited {}", rng.random::<u16>())),
                    ..Edit::default()
                },
            );
            world.delete(ACCOUNT, chat, &[second]);
            world.react(ACCOUNT, chat, first, vec![("\u{1f525}".to_owned(), 2)]);
        }
    }
}

/// On a supergroup that nothing else happens to; answers how many messages went.
pub(super) fn attack(sim: &Sim) -> anyhow::Result<usize> {
    let chat = ChatId::channel(4002);
    let mut world = sim.world();
    let victims: Vec<i32> = world
        .message_box(ACCOUNT, chat)
        .context("the supergroup")?
        .older(chat.0, i32::MAX)
        .take(ATTACK as usize)
        .collect();
    let gone = victims
        .chunks(100)
        .map(|part| world.delete(ACCOUNT, chat, part))
        .sum();
    ensure!(gone > 10, "the attack found {gone} messages only");
    Ok(gone)
}

/// Waits until the archive hears at once what is said.
pub(super) async fn heard(sim: &Sim, pool: &AnyPool) -> anyhow::Result<()> {
    let begin = Instant::now();
    loop {
        let said = "SELECT count(*) FROM messages WHERE text = 'is anybody there?'";
        let live = "SELECT count(*) FROM messages WHERE text = 'is anybody there?' AND origin = 'live'";
        let (known, told) = (number(pool, said).await, number(pool, live).await);
        let count = chats().len() as i64;
        for chat in chats() {
            sim.world().post(ACCOUNT, chat, &Draft::text("is anybody there?"));
        }
        until("what was said is known", || async {
            number(pool, said).await >= known + count
        })
        .await?;
        if number(pool, live).await == told + count {
            return Ok(());
        }
        ensure!(begin.elapsed() < LIMIT, "nobody listens");
    }
}
