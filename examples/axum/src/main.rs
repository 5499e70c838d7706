//! A board of notes that anybody may read, and that whoever is known may write on.
//!
//! `cargo run -p example-axum -- 127.0.0.1:3000`

#![forbid(unsafe_code)]

mod api_key;
#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::map_request;
use axum::routing::get;
use portcullis::{Auth, ConfigError, Peer, Principal, Rejection};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/portcullis.toml");

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    match serve(&address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    // Around the layer, so that its audit events can say who was connected.
    let app = app(&auth(CONFIG).await?).layer(map_request(tell_peer));
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(interrupted()).await?;
    Ok(())
}

/// Reads the config file, in which `kind = "api-key"` works too.
async fn auth(config: impl AsRef<Path>) -> Result<Auth, ConfigError> {
    Auth::builder().register("api-key", api_key::build).load(config).await
}

#[derive(Clone, Default)]
struct Board {
    notes: Arc<RwLock<Vec<String>>>,
}

/// The layer comes last: what is added to the router afterwards is outside of it.
fn app(auth: &Auth) -> Router {
    Router::new()
        .route("/", get(hello))
        .route("/notes", get(read).post(write).options(methods))
        .fallback(nothing_here)
        .with_state(Board::default())
        .layer(auth.layer())
}

async fn hello(principal: Principal) -> String {
    format!("hello {}\n", principal.name())
}

async fn read(State(board): State<Board>) -> String {
    board.notes.read().map(|notes| notes.concat()).unwrap_or_default()
}

async fn write(principal: Principal, State(board): State<Board>, note: String) -> Result<StatusCode, Rejection> {
    if principal.is_anonymous() {
        return Err(Rejection::forbidden("notes have an author: anonymous callers may only read"));
    }
    if let Ok(mut notes) = board.notes.write() {
        notes.push(format!("{}: {}\n", principal.name(), note.trim()));
    }
    Ok(StatusCode::CREATED)
}

/// Answers the preflights that `preflight = "pass"` lets through: they have no principal.
async fn methods(principal: Option<Principal>) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let methods = if principal.is_none() { "access-control-allow-methods" } else { "allow" };
    (StatusCode::NO_CONTENT, [(methods, "GET, POST, OPTIONS")])
}

async fn nothing_here(principal: Principal) -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, format!("there is nothing here, {}\n", principal.name()))
}

async fn tell_peer(ConnectInfo(address): ConnectInfo<SocketAddr>, mut request: Request) -> Request {
    request.extensions_mut().insert(Peer(address));
    request
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
