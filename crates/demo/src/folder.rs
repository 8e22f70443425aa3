//! The folder of the demo: settings, password, logs.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::process::Ready;

/// The viewer's administrator.
pub(crate) const USER: &str = "demo";

/// See the module; nobody else uses it while it is open.
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path).with_context(|| path.display().to_string())?;
        let path = fs::canonicalize(path)?;
        let lock = File::create(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!("the demo runs already in {}", path.display()),
            Err(TryLockError::Error(e)) => Err(e).context("the lock of the demo"),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A log that is written to from now on.
    pub(crate) fn log(&self, name: &str) -> anyhow::Result<File> {
        let path = self.path.join(name);
        File::create(&path).with_context(|| path.display().to_string())
    }

    fn secret(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let mut options = File::options();
        let file = options.create(true).truncate(true).write(true).mode(0o600);
        let path = self.path.join(name);
        file.open(&path)
            .and_then(|mut f| f.write_all(text.as_bytes()))
            .with_context(|| path.display().to_string())
    }

    /// The password of the viewer's administrator, made once.
    pub(crate) fn password(&self) -> anyhow::Result<String> {
        // Without what looks alike.
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        if let Ok(known) = fs::read_to_string(self.path.join("password"))
            && known.len() >= 12
        {
            return Ok(known);
        }
        let mut random = [0; 14];
        getrandom::fill(&mut random).context("the system's random numbers")?;
        let password: String = random
            .iter()
            .map(|b| char::from(LETTERS[usize::from(b % 32)]))
            .collect();
        self.secret("password", &password)?;
        Ok(password)
    }

    /// The archive's `.env` and the key of its Telegram.
    pub(crate) fn write_settings(
        &self,
        ready: &Ready,
        viewer: SocketAddr,
        password: &str,
    ) -> anyhow::Result<()> {
        let dc = ready.dcs.get("2").context("the simulator serves no DC 2")?;
        let bots: Vec<String> = ready.bots.iter().map(ToString::to_string).collect();
        let settings = [
            ("TELEGRAM_API_ID", "12345"),
            ("TELEGRAM_API_HASH", "0123456789abcdef0123456789abcdef"),
            ("TELEGRAM_PHONE", &format!("+{}", ready.phone)),
            ("TELEGRAM_DC_ADDRESS", dc),
            ("TELEGRAM_DC_RSA_KEY_FILE", "rsa.pem"),
            ("TELEGRAM_HISTORY_CALLS_PER_SECOND", "0"),
            ("TELEGRAM_METADATA_CALLS_PER_SECOND", "0"),
            ("TELEGRAM_FILE_CALLS_PER_SECOND", "0"),
            ("BACKUP_PATH", "backups"),
            // No type of chats names them.
            ("GLOBAL_INCLUDE_CHAT_IDS", &bots.join(",")),
            ("ENABLE_LISTENER", "true"),
            ("LISTEN_NEW_MESSAGES_MEDIA", "true"),
            ("ADMIN_ADDRESS", "127.0.0.1:0"),
            ("VIEWER_ADDRESS", &viewer.to_string()),
            ("VIEWER_USERNAME", USER),
            ("VIEWER_PASSWORD", password),
            ("PUSH_NOTIFICATIONS", "full"),
        ];
        let lines: String = settings
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        self.secret(".env", &lines)
    }
}

/// On this machine alone, with a port that is free now: `wanted`, else any.
pub(crate) fn free_address(wanted: u16) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))
        .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .context("no free port")?;
    Ok(listener.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_made_once_and_the_folder_is_used_once() {
        let path = std::env::temp_dir().join(format!("demo-{}", std::process::id()));
        let folder = Folder::open(&path).unwrap();
        let password = folder.password().unwrap();
        assert_eq!(password.len(), 14);
        assert_eq!(folder.password().unwrap(), password);
        assert!(Folder::open(&path).is_err());
        drop(folder);
        assert_eq!(Folder::open(&path).unwrap().password().unwrap(), password);
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn a_port_that_is_taken_is_not_asked_for() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free_address(port).unwrap().port(), port);
    }
}
