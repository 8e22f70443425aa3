//! How the broker is reached.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::ConnectOptions;
use bus::BusError;
use secrecy::{ExposeSecret as _, SecretString};

use crate::ANSWER;

/// How the broker is reached, and how much it may hold.
#[derive(Clone, Debug)]
pub struct NatsOptions {
    /// `nats://host:port`, several with commas; `user:password@` or `token@` before the host of the first; `tls://`
    /// insists on TLS. What is in a user, password or token besides letters and digits is percent-encoded.
    pub url: SecretString,
    /// A `.creds` file (JWT and nkey).
    pub credentials_file: Option<PathBuf>,
    /// PEM of the authorities to trust instead of the system's.
    pub root_certificates: Option<PathBuf>,
    /// PEM of our own certificate and its key, where the server asks for one.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// Shown in the server's list of connections.
    pub name: String,
    /// Copies of each stream.
    pub replicas: usize,
    /// Bytes that LIVE and HISTORY may hold, each; the others, whose messages are ids, may hold a quarter.
    pub stream_bytes: i64,
    /// How long `publish` waits for room in a full stream.
    pub publish_wait: Duration,
}

impl NatsOptions {
    /// The defaults for a server: streams of 256 MiB, one copy.
    pub fn new(url: SecretString) -> Self {
        Self {
            url,
            credentials_file: None,
            root_certificates: None,
            client_certificate: None,
            name: "telegram-archive".to_owned(),
            replicas: 1,
            stream_bytes: 256 << 20,
            publish_wait: Duration::from_secs(5),
        }
    }

    /// For the client; and the servers' addresses, without secrets.
    pub(crate) async fn connect_options(&self) -> Result<(ConnectOptions, Vec<String>), BusError> {
        let mut connect = ConnectOptions::new()
            .name(&self.name)
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .ping_interval(Duration::from_secs(20))
            .retry_on_initial_connect()
            .reconnect_delay_callback(|attempts| Duration::from_millis(50 << attempts.min(6)));
        let mut servers = Vec::new();
        let mut login = None;
        for text in self.url.expose_secret().split(',') {
            let (server, user) = address(text.trim());
            servers.push(server);
            login = login.or(user);
        }
        // The client itself does not look for these in an address.
        connect = match login {
            Some(Login::User(user, password)) => connect.user_and_password(user, password),
            Some(Login::Token(token)) => connect.token(token),
            None => connect,
        };
        if let Some(file) = &self.credentials_file {
            connect = connect
                .credentials_file(file)
                .await
                .map_err(|e| BusError::Unavailable(format!("{}: {e}", file.display())))?;
        }
        if let Some(file) = &self.root_certificates {
            connect = connect.add_root_certificates(file.clone()).require_tls(true);
        }
        if let Some((certificate, key)) = &self.client_certificate {
            connect = connect
                .add_client_certificate(certificate.clone(), key.clone())
                .require_tls(true);
        }
        Ok((connect, servers))
    }
}

#[derive(PartialEq, Eq)]
enum Login {
    User(String, String),
    Token(String),
}

/// An address without its login, and the login.
fn address(text: &str) -> (String, Option<Login>) {
    let (scheme, rest) = text.split_once("://").unwrap_or(("nats", text));
    let Some((login, host)) = rest.rsplit_once('@') else {
        return (format!("{scheme}://{rest}"), None);
    };
    let login = match login.split_once(':') {
        Some((user, password)) => Login::User(decoded(user), decoded(password)),
        None => Login::Token(decoded(login)),
    };
    (format!("{scheme}://{host}"), Some(login))
}

/// Without percent-encoding; what is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'%');
        let code = hex
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_their_login() {
        let user = |u: &str, p: &str| Some(Login::User(u.to_owned(), p.to_owned()));
        let cases = [
            ("nats://h:4222", "nats://h:4222", None),
            ("h", "nats://h", None),
            ("tls://u:p@h:1", "tls://h:1", user("u", "p")),
            ("nats://u:p%40%3A%2f%zz@h", "nats://h", user("u", "p@:/%zz")),
            (
                "nats://t%C3%A9@[::1]:4",
                "nats://[::1]:4",
                Some(Login::Token("té".to_owned())),
            ),
        ];
        for (text, server, login) in cases {
            assert!(address(text) == (server.to_owned(), login), "{text}");
        }
    }
}
