//! The admin port: `/livez` says that the process runs, `/readyz` whether it can do its work and what stops it.

use std::net::SocketAddr;
use std::sync::Arc;

pub use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};

/// One thing that must be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether.
    pub ok: bool,
    /// For a person.
    pub detail: String,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether all are so.
    pub ready: bool,
    /// Each.
    pub checks: Vec<Check>,
}

impl Readiness {
    /// Adds a check.
    #[must_use]
    pub fn with(mut self, name: &str, ok: bool, detail: impl Into<String>) -> Self {
        self.checks.push(Check {
            name: name.to_owned(),
            ok,
            detail: detail.into(),
        });
        self.ready = self.checks.iter().all(|c| c.ok);
        self
    }
}

type Source = Arc<dyn Fn() -> Readiness + Send + Sync>;

async fn livez() -> &'static str {
    "ok\n"
}

async fn readyz(source: web::Data<Source>) -> HttpResponse {
    let readiness = source();
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(readiness)
}

/// Serves until the handle is told to stop. Answers the address, with its real port.
pub fn serve(address: SocketAddr, source: Source) -> std::io::Result<(SocketAddr, ServerHandle)> {
    let data = web::Data::new(source);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route("/livez", web::get().to(livez))
            .route("/readyz", web::get().to(readyz))
    })
    .workers(1)
    .disable_signals()
    .bind(address)?;
    let bound = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok((bound, handle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn readiness_says_what_stops_it() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let source: Source = Arc::new(|| {
            Readiness::default()
                .with("database", true, "answers")
                .with("telegram", false, "login required")
        });
        let (address, handle) = serve("127.0.0.1:0".parse().unwrap(), source).unwrap();
        let get = async |path: &str| reqwest::get(format!("http://{address}{path}")).await.unwrap();
        assert_eq!(get("/livez").await.status(), 200);
        let ready = get("/readyz").await;
        assert_eq!(ready.status(), 503);
        let body: serde_json::Value = ready.json().await.unwrap();
        assert_eq!(body["checks"][1]["detail"], "login required");
        handle.stop(false).await;
    }
}
