//! A greeter that knows whom it greets.
//!
//! `cargo run -p example-tonic -- 127.0.0.1:50051`

#![forbid(unsafe_code)]

#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use portcullis::{Auth, Peer, Principal};
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::{TcpConnectInfo, TcpIncoming};
use tonic::{Request, Response, Status};
use tower::util::MapRequestLayer;

use self::proto::greeter_server::{Greeter, GreeterServer};
use self::proto::{GreetRequest, GreetResponse};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

#[allow(missing_docs, unreachable_pub, unused_qualifications, dead_code, clippy::all, reason = "generated code")]
mod proto {
    tonic::include_proto!("examples.greeter.v1");
}

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/portcullis.toml");

/// Room for the longest credential, in bytes. Without this it is 16 KiB, which the Kerberos ticket
/// of somebody in many groups does not fit in.
const MAX_METADATA: u32 = 128 * 1024;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:50051".to_owned());
    match serve(&address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    let auth = Auth::from_path(CONFIG).await?;
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    greet(listener, &auth, interrupted()).await?;
    Ok(())
}

/// Serves until `end`.
async fn greet(
    listener: TcpListener,
    auth: &Auth,
    end: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    Server::builder()
        .http2_max_header_list_size(MAX_METADATA)
        // The first layer is the outermost.
        .layer(MapRequestLayer::new(tell_peer))
        .layer(auth.layer())
        .add_service(GreeterServer::new(Greetings))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), end)
        .await
}

struct Greetings;

#[tonic::async_trait]
impl Greeter for Greetings {
    async fn greet(&self, request: Request<GreetRequest>) -> Result<Response<GreetResponse>, Status> {
        let principal = Principal::from_extensions(request.extensions())?;
        let greeting = &request.get_ref().greeting;
        let message = format!("{greeting}, {} of {}", principal.name(), principal.backend());
        Ok(Response::new(GreetResponse { message }))
    }
}

/// Lets the layer's audit events say who was connected.
fn tell_peer<B>(mut request: http::Request<B>) -> http::Request<B> {
    let address = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
    if let Some(address) = address {
        request.extensions_mut().insert(Peer(address));
    }
    request
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
