//! What a living world remembers between two starts: when it was made, what happened when, and who is logged in. From
//! that the same history is made again, so that an archive of it never sees another one.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::authorizations::Authorization;
use crate::scenario::demo::Deed;

/// What decides how the world began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The same seed gives the same world.
    pub seed: u64,
    /// Messages of the largest chat.
    pub longest: usize,
    /// Which stories, told how: see [`crate::scenario::demo::version`].
    pub version: String,
    /// Unix seconds.
    pub born: i32,
}

/// A folder.
pub struct Memory {
    folder: PathBuf,
    /// See [`Origin`].
    pub origin: Origin,
    deeds: File,
    authorizations: Vec<Authorization>,
}

impl Memory {
    /// Opens a folder, or begins one with `origin`. A world that is known must be the same but for its birth.
    pub fn open(folder: &Path, origin: Origin) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let path = folder.join("origin.json");
        let origin = match fs::read(&path) {
            Ok(known) => {
                let known: Origin =
                    serde_json::from_slice(&known).with_context(|| path.display().to_string())?;
                let same = Origin {
                    born: known.born,
                    ..origin
                };
                ensure!(
                    known == same,
                    "{} remembers a world with another seed, size or story; remove it, and any archive of it, to begin anew",
                    folder.display()
                );
                known
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                replace(&path, &serde_json::to_vec(&origin)?)?;
                origin
            }
            Err(e) => return Err(e).with_context(|| path.display().to_string()),
        };
        let path = folder.join("deeds");
        let deeds = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .with_context(|| path.display().to_string())?;
        let known = fs::read(folder.join("authorizations.json")).unwrap_or_default();
        Ok(Self {
            folder: folder.to_owned(),
            origin,
            deeds,
            authorizations: serde_json::from_slice(&known).unwrap_or_default(),
        })
    }

    /// What happened, in order: unix seconds and what. A line that was not finished did not happen, and is taken out.
    pub fn deeds(&mut self) -> anyhow::Result<Vec<(i32, Deed)>> {
        let text = fs::read_to_string(self.folder.join("deeds"))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.deeds.set_len(whole as u64)?;
        self.deeds.seek(SeekFrom::End(0))?;
        let read = |line: &str| {
            let (at, what) = line.split_once(' ')?;
            let deed = match what {
                "step" => Deed::Step,
                "attack" => Deed::Attack,
                _ => return None,
            };
            Some((at.parse().ok()?, deed))
        };
        text[..whole]
            .lines()
            .map(|line| read(line).with_context(|| format!("{line:?} in {}", self.folder.display())))
            .collect()
    }

    /// Notes what is about to happen.
    pub fn note(&mut self, at: i32, deed: Deed) -> io::Result<()> {
        let what = match deed {
            Deed::Step => "step",
            Deed::Attack => "attack",
        };
        self.deeds.write_all(format!("{at} {what}\n").as_bytes())
    }

    /// Who was logged in.
    pub fn authorizations(&self) -> &[Authorization] {
        &self.authorizations
    }

    /// Notes who is logged in, if that is news.
    pub fn keep(&mut self, authorizations: Vec<Authorization>) -> anyhow::Result<()> {
        if authorizations != self.authorizations {
            replace(
                &self.folder.join("authorizations.json"),
                &serde_json::to_vec(&authorizations)?,
            )?;
            self.authorizations = authorizations;
        }
        Ok(())
    }
}

/// Writes a file as a whole, or not at all.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let aside = path.with_extension("new");
    fs::write(&aside, bytes)
        .and_then(|()| fs::rename(&aside, path))
        .with_context(|| path.display().to_string())
}
