//! The API of a workflow engine, for callers who are known to a Kubernetes cluster: in the manner of the Argo Server.
//!
//! `cargo run -p example-argo -- 127.0.0.1:2746 examples/argo/portcullis.toml examples/argo/manifests`
//!
//! Who calls, and what each request needs, stands in the file. A handler asks for leave itself only where the request's
//! path does not tell what it is about: `@latest`, and workflows that are made from a template.

#![forbid(unsafe_code)]

mod body;
mod collection;
mod event;
mod expression;
mod info;
mod object;
mod shelf;
mod submission;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use axum::middleware::map_request;
use axum::routing::{get, post};
use portcullis::{Auth, Peer};
use tokio::net::TcpListener;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

use self::body::{MAX_EVENT, MAX_OBJECT};
use self::shelf::Store;

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/portcullis.toml");

/// What is there from the start: templates, and what events make of them.
const MANIFESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests");

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let argument = |number, default: &str| env::args().nth(number).unwrap_or_else(|| default.to_owned());
    let served = serve(&argument(1, "127.0.0.1:2746"), &argument(2, CONFIG), &argument(3, MANIFESTS)).await;
    let Err(error) = served else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(address: &str, config: &str, manifests: &str) -> Result<(), Box<dyn Error>> {
    let store = Store::load(manifests)?;
    // Around the layer, so that its audit events can say who was connected.
    let app = app(&Auth::from_path(config).await?, &store).layer(map_request(tell_peer));
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

/// The layers come last: what is added to the router afterwards is outside of them. That of webhooks is around the other.
fn app(auth: &Auth, store: &Store) -> Router {
    let events = post(event::receive).layer(DefaultBodyLimit::max(MAX_EVENT));
    Router::new()
        .route("/api/v1/info", get(info::info))
        .route("/api/v1/version", get(info::version))
        .route("/api/v1/userinfo", get(info::user_info))
        // To `submit`, says the file. In a pattern of its own, that would be the name of no workflow.
        .route("/api/v1/workflows/{namespace}/{name}", post(submission::submit))
        .route("/api/v1/events/{namespace}/{discriminator}", events)
        .with_state(store.clone())
        .route("/api/v1/workflow-event-bindings/{namespace}", get(collection::list).with_state(store.bindings.clone()))
        .nest("/api/v1/workflows", collection::routes(&store.workflows))
        .nest("/api/v1/workflow-templates", collection::routes(&store.templates))
        .layer(DefaultBodyLimit::max(MAX_OBJECT))
        .layer(auth.layer())
        .layer(auth.webhook_layer())
}

async fn tell_peer(ConnectInfo(address): ConnectInfo<SocketAddr>, mut request: Request) -> Request {
    request.extensions_mut().insert(Peer(address));
    request
}
