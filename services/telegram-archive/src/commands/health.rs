//! `healthcheck`: what `/readyz` says of this machine's process.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use assembly::control;
use bus::Bus;
use model::AccountId;
use serde::Deserialize;
use service_kit::{Check, Readiness};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wire::Subject;

use super::context;
use crate::settings::Settings;

/// Whom to ask on the control socket.
const PROCESS: &str = "process";
/// Answers all checks of the process.
const VERB_READINESS: &str = "readiness";
/// How long until requests are served again that could not be.
const AGAIN: Duration = Duration::from_secs(2);
/// How long the admin port may take.
const ANSWER: Duration = Duration::from_secs(5);
/// Bytes that its answer may have.
const LONGEST: u64 = 1 << 20;

/// Answers what `/readyz` answers, on the control socket of a single node.
pub(super) async fn serve(bus: Arc<dyn Bus>, account: AccountId, source: impl Fn() -> Readiness) {
    let subject = Subject::Rpc {
        service: PROCESS.to_owned(),
        verb: VERB_READINESS.to_owned(),
        account,
    };
    loop {
        if let Ok(mut requests) = bus.serve(&subject).await {
            while let Ok((_, replier)) = requests.next().await {
                let checks = source().checks;
                if let Err(error) = replier.reply(wire::encode_rpc_response(Ok(&checks))).await {
                    tracing::debug!("an answer was not taken: {error}");
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Exit 0: all services of the process can do their work.
pub(super) async fn check(settings: &Settings) -> anyhow::Result<ExitCode> {
    let socket = context::socket(settings);
    let checks: Vec<Check> = if control::answers(&socket).await {
        let asked = control::request(&socket, PROCESS, VERB_READINESS, &serde_json::Value::Null).await?;
        serde_json::from_value(asked.context("the archive does not run here")?)
            .context("the running process is of another version")?
    } else {
        admin(settings).await?
    };
    let mut code = ExitCode::SUCCESS;
    for check in checks.iter().filter(|c| !c.ok) {
        eprintln!("{}: {}", check.name, check.detail);
        code = ExitCode::FAILURE;
    }
    Ok(code)
}

/// A process of a cluster has no socket: its admin port is asked.
async fn admin(settings: &Settings) -> anyhow::Result<Vec<Check>> {
    #[derive(Deserialize)]
    struct Body {
        checks: Vec<Check>,
    }
    let mut address = settings.args.operation.admin_address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /readyz HTTP/1.0\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.take(LONGEST).read_to_string(&mut answer).await?;
        Ok::<String, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(ANSWER, asked)
        .await
        .with_context(|| format!("http://{address}/readyz does not answer in time"))?
        .with_context(|| {
            format!("the archive does not run here: nobody answers at {address} (ADMIN_ADDRESS)")
        })?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let body: Body = serde_json::from_str(body)
        .with_context(|| format!("{address} (ADMIN_ADDRESS) is another program's"))?;
    Ok(body.checks)
}
