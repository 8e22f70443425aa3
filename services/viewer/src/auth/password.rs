//! Passwords: argon2id with its recommended cost (19 MiB), a few at a time.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// A password as it is kept.
pub fn hash(password: &str) -> Result<String, String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| format!("the password cannot be hashed: {e}"))
}

/// Whether it is this password. A hash that cannot be read is nobody's.
pub fn is(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

/// So many at once: each takes memory and a core for a while.
pub(crate) const AT_ONCE: usize = 2;

/// [`is`], aside and in turn; `None`: it takes as long, and is none.
pub(crate) async fn check(turns: &Semaphore, password: String, kept: Option<String>) -> bool {
    let Ok(_turn) = turns.acquire().await else {
        return false;
    };
    let checked = tokio::task::spawn_blocking(move || match kept {
        Some(kept) => is(&password, &kept),
        None => {
            // Who asks must not learn from the time which names exist.
            let _ = hash(&password);
            false
        }
    });
    checked.await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_its_password_alone() {
        let kept = hash("correct horse").unwrap();
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        assert_ne!(kept, hash("correct horse").unwrap(), "salted");
        assert!(is("correct horse", &kept));
        assert!(!is("correct horsf", &kept) && !is("", &kept) && !is("correct horse", "no hash"));
    }
}
