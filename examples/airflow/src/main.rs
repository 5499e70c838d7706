//! Airflow's experimental API, as its users know it, behind Portcullis.
//!
//! `cargo run -p example-airflow -- 127.0.0.1:8080 examples/airflow/password.toml`
//!
//! Nothing in here asks for a password or a ticket, and hardly anything who may do what: that stands in the config file.

#![forbid(unsafe_code)]

mod api;
mod dag_runs;
mod dags;
mod date;
mod failure;
mod pools;
mod state;
#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::map_request;
use portcullis::{Auth, Peer};
use tokio::net::TcpListener;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

/// Lets nobody in.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/portcullis.toml");

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let mut arguments = env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let config = arguments.next().unwrap_or_else(|| CONFIG.to_owned());
    let Err(error) = serve(&address, &config).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(address: &str, config: &str) -> Result<(), Box<dyn Error>> {
    let auth = Auth::from_path(config).await?;
    // Around the layer, so that its audit events can say who was connected.
    let app = api::app(&auth).layer(map_request(tell_peer));
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, app).await?)
}

async fn tell_peer(ConnectInfo(address): ConnectInfo<SocketAddr>, mut request: Request) -> Request {
    request.extensions_mut().insert(Peer(address));
    request
}
