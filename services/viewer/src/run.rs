//! The service.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::Method;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};
use secrecy::ExposeSecret as _;
use store::StoreError;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::AppExt as _;

use crate::app::App;
use crate::auth::{admin, guard::guard, password, sessions::Sessions};
use crate::config::{Config, Deps};
use crate::events::{Hub, REMIND};
use crate::headers::secure;
use crate::page::page;
use crate::problem::{Problem, ProblemCode};
use crate::{api, compression, openapi};

/// Threads that answer.
const WORKERS: usize = 2;
/// Bytes of a request's body: a log-in and a decision are short.
const BODY: usize = 16 << 10;
/// Seconds for answers that are being given when the viewer ends.
const LEAVE: u64 = 3;

/// Why the viewer does not run.
#[derive(Debug, thiserror::Error)]
pub enum ViewerError {
    /// The address cannot be had.
    #[error("VIEWER_ADDRESS: {address} cannot be listened on: {reason}")]
    Address {
        /// Which.
        address: SocketAddr,
        /// Why.
        reason: std::io::Error,
    },
    /// There is no administrator.
    #[error("the viewer's password: {0}")]
    Password(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server.
    #[error("the viewer's server ended: {0}")]
    Server(std::io::Error),
}

/// Runs until `shutdown`.
pub async fn run(deps: Deps, config: Config, shutdown: CancellationToken) -> Result<(), ViewerError> {
    let (name, secret) = admin::credentials(&config)?;
    let sessions = if config.read_only {
        let hash = password::hash(secret.expose_secret()).map_err(ViewerError::Password)?;
        Some(Sessions::new(name, hash))
    } else {
        admin::ensure(&*deps.store, &name, &secret).await?;
        None
    };
    let hub = Hub::new(shutdown.child_token());
    let (address, read_only) = (config.address, config.read_only);
    let app = web::Data::new(App::new(&deps, config, Arc::clone(&hub), sessions));
    let (server, bound) = server(app, address)?;
    let handle = server.handle();
    deps.state.send_modify(|s| s.address = bound);
    if let Some(bound) = bound {
        tracing::info!("the viewer answers at http://{bound}");
    }
    let serving = async {
        tokio::select! {
            ended = server => ended.map_err(ViewerError::Server),
            () = async {
                shutdown.cancelled().await;
                handle.stop(true).await;
            } => Ok(()),
        }
    };
    let following = async {
        if read_only {
            hub.remind(REMIND).await;
        } else {
            hub.feed(&*deps.bus, &deps.state).await;
        }
    };
    let (ended, ()) = tokio::join!(
        async {
            let ended = serving.await;
            hub.shutdown.cancel();
            ended
        },
        following
    );
    ended
}

/// Bound, not yet answering; with its real port.
fn server(app: web::Data<App>, address: SocketAddr) -> Result<(Server, Option<SocketAddr>), ViewerError> {
    let server = HttpServer::new(move || {
        let (actix, _) = ActixApp::new()
            .app_data(app.clone())
            .into_utoipa_app()
            .service(
                utoipa_actix_web::scope("/api/v1")
                    .wrap(from_fn(guard))
                    .wrap(from_fn(compression::choose))
                    .wrap(Compress::default())
                    .wrap(from_fn(compression::tidy))
                    .configure(api::routes),
            )
            .split_for_parts();
        actix
            .configure(limits)
            .route("/api/openapi.json", web::get().to(document))
            .default_service(web::route().to(other))
            .wrap(from_fn(secure))
    })
    .workers(WORKERS)
    .shutdown_timeout(LEAVE)
    .disable_signals()
    .bind(address)
    .map_err(|reason| ViewerError::Address { address, reason })?;
    let bound = server.addrs().first().copied();
    Ok((server.run(), bound))
}

/// What cannot be read is a problem document, too.
fn limits(config: &mut web::ServiceConfig) {
    config
        .app_data(
            web::JsonConfig::default()
                .limit(BODY)
                .error_handler(|e, _| Problem::bad(e.to_string()).into()),
        )
        .app_data(web::QueryConfig::default().error_handler(|e, _| Problem::bad(e.to_string()).into()))
        .app_data(web::PathConfig::default().error_handler(|_, _| Problem::not_found().into()));
}

async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(openapi())
}

async fn other(request: actix_web::HttpRequest) -> Result<HttpResponse, Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        page(request).await
    } else {
        Err(Problem::new(ProblemCode::NotFound, "nothing takes this here"))
    }
}
