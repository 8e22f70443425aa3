//! Lets a world live: does what [`Life`] says in real time, and remembers it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::memory::{Memory, Origin};
use crate::scenario::demo::{Deed, Life, demo};
use crate::server::Sim;
use crate::world::World;

/// How often it is noted who is logged in.
const LOOK: Duration = Duration::from_millis(500);

/// The world as it was when it was left: made anew, and all that happened done again at the times it happened.
pub fn remembered(memory: &mut Memory) -> anyhow::Result<(World, Life)> {
    let Origin {
        seed, longest, born, ..
    } = memory.origin;
    let (mut world, mut life) = demo(seed, born, longest);
    for (at, deed) in memory.deeds()? {
        life.act(&mut world, deed, at);
    }
    Ok((world, life))
}

/// Goes on until it is told to stop, or a note cannot be written.
pub async fn live(
    sim: Arc<Sim>,
    mut life: Life,
    mut memory: Option<Memory>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let begin = Instant::now();
    let (mut attacks, mut steps) = (0, 0);
    let mut step = begin + life.pause(steps);
    loop {
        let attack = begin + Life::next_attack(attacks);
        let look = Instant::now() + LOOK;
        let next = look.min(step).min(attack);
        tokio::select! {
            () = sleep_until(next) => {}
            () = stop.cancelled() => return remember(&sim, memory.as_mut()),
        }
        let now = Instant::now();
        let deed = if attack <= now {
            attacks += 1;
            Deed::Attack
        } else if step <= now {
            Deed::Step
        } else {
            remember(&sim, memory.as_mut())?;
            continue;
        };
        let mut world = sim.world();
        let at = world.now();
        if let Some(memory) = &mut memory {
            memory.note(at, deed)?;
        }
        life.act(&mut world, deed, at);
        if deed == Deed::Step {
            steps += 1;
            step = now + life.pause(steps);
        }
    }
}

fn remember(sim: &Sim, memory: Option<&mut Memory>) -> anyhow::Result<()> {
    memory.map_or(Ok(()), |memory| memory.keep(sim.authorizations()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scenario::ACCOUNT;
    use crate::snapshot::take;

    const BORN: i32 = 1_780_000_000;

    fn origin() -> Origin {
        Origin {
            seed: 3,
            longest: 20,
            version: "1".to_owned(),
            born: BORN,
        }
    }

    #[test]
    fn a_world_that_is_started_again_has_the_same_history() {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Memory::open(folder.path(), origin()).unwrap();
        let (mut world, mut life) = remembered(&mut memory).unwrap();
        for n in 0..120 {
            let deed = if n == 70 { Deed::Attack } else { Deed::Step };
            let at = BORN + 10 + n * 3;
            memory.note(at, deed).unwrap();
            life.act(&mut world, deed, at);
        }
        // Killed while it wrote: that line never happened.
        let path = folder.path().join("deeds");
        let noted = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{noted}17800")).unwrap();
        let later = Origin {
            born: BORN + 86_400,
            ..origin()
        };
        let mut memory = Memory::open(folder.path(), later).unwrap();
        let (again, mut going_on) = remembered(&mut memory).unwrap();
        assert_eq!(take(&again, ACCOUNT), take(&world, ACCOUNT));
        assert_eq!(fs::read_to_string(&path).unwrap(), noted);
        // And both go on alike.
        let (mut world, mut again) = (world, again);
        for n in 0..40 {
            life.act(&mut world, Deed::Step, BORN + 1000 + n);
            going_on.act(&mut again, Deed::Step, BORN + 1000 + n);
        }
        assert_eq!(take(&again, ACCOUNT), take(&world, ACCOUNT));
    }

    #[test]
    fn another_world_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Memory::open(folder.path(), origin()).unwrap();
        for other in [
            Origin { seed: 4, ..origin() },
            Origin {
                version: "2".to_owned(),
                ..origin()
            },
        ] {
            assert!(Memory::open(folder.path(), other).is_err());
        }
    }
}
