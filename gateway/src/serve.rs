//! `portcullis serve`

use std::io::{self, Write as _};
use std::sync::Arc;

use portcullis::Auth;
use portcullis::config::Config;
use tokio::net::TcpListener;
use tokio::runtime;

use crate::cli::ServeArgs;
use crate::failure::Failure;
use crate::log;
use crate::whoami;

mod connection;
mod end_point;
mod front;
mod health;
mod listener;
mod open_files;
pub(crate) mod plan;
mod preface;
mod reload;
mod share;
mod signals;
mod tls;
mod turn;

use self::connection::Connector;
use self::front::Front;
use self::health::Health;
use self::plan::{Certificate, Plan};
use self::signals::{Hangups, Signals};

/// Serves until a signal says otherwise.
pub(crate) fn run(args: &ServeArgs) -> Result<(), Failure> {
    log::init()?;
    let runtime = runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Runtime(format!("cannot start: {error}")))?;
    let result = runtime.block_on(serve(args));
    // Whatever has not ended by now is not waited for.
    runtime.shutdown_background();
    result
}

async fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let no_signals = |error: io::Error| Failure::Runtime(format!("cannot wait for signals: {error}"));
    // Before anything is read: what changes from now on is not missed, and a signal during the start ends nothing.
    let hangups = Hangups::new().map_err(no_signals)?;
    let config = Config::from_path(&args.config)?;
    let certificate = args.tls_cert.as_ref().zip(args.tls_key.as_ref());
    let plan = Plan::new(config.serve(), args.listen, certificate.map(|(cert, key)| Certificate::new(cert, key)))?;
    let tls = plan.tls()?;
    let auth = Auth::builder().load_config(config).await?;
    for warning in auth.warnings() {
        tracing::warn!("{warning}");
    }

    let cannot_listen = |error: io::Error| Failure::Runtime(format!("cannot listen on {}: {error}", plan.listen));
    let listener = TcpListener::bind(plan.listen).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let signals = Signals::new().map_err(no_signals)?;

    let (health, switch) = Health::new().await;
    let connector = Arc::new(Connector::new(Front::new(health, &auth, whoami::service()), tls));
    let room = open_files::max_connections();
    tokio::spawn(reload::on(hangups, args.config.clone(), auth.clone()));
    announce(&format!("{}://{address}", plan.scheme()));
    listener::run(listener, room, connector, switch, signals).await;
    Ok(())
}

/// Tells whoever started the program where it listens.
fn announce(url: &str) {
    tracing::info!("listening on {url}");
    let mut stdout = io::stdout();
    if let Err(error) = writeln!(stdout, "listening on {url}").and_then(|()| stdout.flush()) {
        // Somebody closed it: then nobody wants to know.
        tracing::debug!("cannot write to stdout: {error}");
    }
}
