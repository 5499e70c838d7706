//! Queues of jobs as Armada has them, over gRPC and REST, on one listener and behind one layer. The jobs are only
//! simulated, and nothing outlives the process.
//!
//! `cargo run -p example-armada -- 127.0.0.1:50051 examples/armada/portcullis.toml`

#![forbid(unsafe_code)]

mod job_set;
mod queues;
mod rest;
mod service;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use portcullis::{Auth, Peer};
use tokio::net::TcpListener;
use tonic::Status;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::{TcpConnectInfo, TcpIncoming};
use tower::util::MapRequestLayer;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

use self::proto::event_server::EventServer;
use self::proto::queue_service_server::QueueServiceServer;
use self::proto::submit_server::SubmitServer;
use self::queues::Queues;
use self::service::MAX_MESSAGE_LEN;

#[allow(missing_docs, unreachable_pub, unused_qualifications, dead_code, clippy::all, reason = "generated code")]
mod proto {
    tonic::include_proto!("api");
}

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/portcullis.toml");

/// In bytes. Without this it is 16 KiB, which the Kerberos ticket of somebody in many groups does not fit in.
const MAX_METADATA: u32 = 128 * 1024;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let argument = |number, default: &str| env::args().nth(number).unwrap_or_else(|| default.to_owned());
    let served = serve(&argument(1, "127.0.0.1:50051"), &argument(2, CONFIG)).await;
    let Err(error) = served else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

/// Serves both transports until the process ends. gRPC is a router of axum too, so one layer stands before all routes.
async fn serve(address: &str, config: &str) -> Result<(), Box<dyn Error>> {
    let (auth, queues) = (Auth::from_path(config).await?, Queues::default());
    let grpc = Routes::new(SubmitServer::new(queues.clone()).max_decoding_message_size(MAX_MESSAGE_LEN))
        .add_service(QueueServiceServer::new(queues.clone()).max_decoding_message_size(MAX_MESSAGE_LEN))
        .add_service(EventServer::new(queues.clone()).max_decoding_message_size(MAX_MESSAGE_LEN));
    let nothing_here = async || rest::refused(Status::not_found("Not Found"));
    let routes = grpc.into_axum_router().merge(rest::routes(queues)).fallback(nothing_here);
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let server = Server::builder().accept_http1(true).http2_max_header_list_size(MAX_METADATA);
    // The first layer is the outermost.
    let mut server = server.layer(MapRequestLayer::new(tell_peer)).layer(auth.layer());
    Ok(server.add_routes(routes.into()).serve_with_incoming(TcpIncoming::from(listener)).await?)
}

/// Lets the layer's audit events say who was connected.
fn tell_peer<B>(mut request: http::Request<B>) -> http::Request<B> {
    if let Some(address) = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr) {
        request.extensions_mut().insert(Peer(address));
    }
    request
}
