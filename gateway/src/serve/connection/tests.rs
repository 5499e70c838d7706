use super::*;
use crate::serve::health::Health;
use crate::whoami;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use portcullis::Auth;
use portcullis::config::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3600);

/// A connection, and for how many seconds it was served. Whoever asks gets in.
async fn connect(buffer: usize) -> (DuplexStream, JoinHandle<u64>) {
    let config = Config::from_toml("[[backend]]\nkind = 'anonymous'\n").unwrap();
    let auth = Auth::builder().load_config(config).await.unwrap();
    let (health, switch) = Health::new().await;
    let connector = Connector::new(Front::new(health, &auth, whoami::service()), None);
    let (client, server) = duplex(buffer);
    let served = tokio::spawn(async move {
        let (_stop, stopping) = watch::channel(());
        let start = Instant::now();
        connector.speak(server, Peer(([192, 0, 2, 1], 1).into()), EndPoint::default(), stopping).await;
        drop(switch);
        start.elapsed().as_secs()
    });
    (client, served)
}

/// Answers pings by itself.
async fn http2(window: u32) -> (SendRequest<Full<Bytes>>, JoinHandle<u64>) {
    let (client, served) = connect(64 * 1024).await;
    let mut builder = http2::Builder::new(TokioExecutor::new());
    let (sender, connection) =
        builder.initial_stream_window_size(window).handshake(TokioIo::new(client)).await.unwrap();
    tokio::spawn(connection);
    (sender, served)
}

async fn call(sender: &mut SendRequest<Full<Bytes>>, method: Method, path: &str) -> Response<Incoming> {
    let request = Request::builder().method(method).uri(format!("http://localhost{path}"));
    // An empty message of gRPC, in its frame.
    let request = request.header("content-type", "application/grpc").body(Full::from(&[0; 5][..])).unwrap();
    sender.send_request(request).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_http_2_client_that_only_answers_pings_is_let_go() {
    let (sender, served) = http2(1024).await;
    assert_eq!(served.await.unwrap(), 60);
    assert!(sender.is_closed());
}

#[tokio::test(start_paused = true)]
async fn the_time_begins_anew_with_each_request() {
    let (mut sender, served) = http2(1024).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(50)).await;
        let answer = call(&mut sender, Method::POST, "/portcullis.whoami.v1.WhoAmI/Get").await;
        answer.into_body().collect().await.unwrap();
    }
    assert_eq!(served.await.unwrap(), 3 * 50 + 60);
}

#[tokio::test(start_paused = true)]
async fn an_http_2_client_that_takes_no_answer_is_given_up() {
    for path in ["/portcullis.whoami.v1.WhoAmI/Get", "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"] {
        let (mut sender, served) = http2(0).await;
        let answer = call(&mut sender, Method::POST, path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(served.await.unwrap(), 70, "{path}");
        assert!(answer.into_body().collect().await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_may_wait_until_it_goes() {
    let (mut sender, mut served) = http2(1024).await;
    let mut answer = call(&mut sender, Method::POST, "/grpc.health.v1.Health/Watch").await;
    assert!(answer.frame().await.unwrap().unwrap().is_data());
    assert!(timeout(HOUR, &mut served).await.is_err());
    drop(answer);
    let left = Instant::now();
    served.await.unwrap();
    assert_eq!(left.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn an_http_1_client_that_asks_no_more_is_let_go() {
    let (mut client, served) = connect(64 * 1024).await;
    let mut first = [0; 12];
    for _ in 0..2 {
        client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_secs(20)).await;
        client.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        client.read_buf(&mut Vec::with_capacity(64 * 1024)).await.unwrap();
    }
    assert_eq!(served.await.unwrap(), 20 + 30);
}

#[tokio::test(start_paused = true)]
async fn an_http_1_client_that_does_not_read_or_does_not_send_its_body_is_given_up() {
    for path in ["/", "/grpc.health.v1.Health/Check", "/portcullis.whoami.v1.WhoAmI/Get"] {
        for content_type in ["text/plain", "application/grpc"] {
            // Too small for the head of an answer.
            for buffer in [16, 64 * 1024] {
                let (mut client, served) = connect(buffer).await;
                let head = format!(
                    "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\ncontent-length: 9\r\n\r\n"
                );
                client.write_all(head.as_bytes()).await.unwrap();
                let seconds = timeout(HOUR, served).await.unwrap().unwrap();
                assert!(seconds <= 10 + 60 + 10, "{path} {content_type} {buffer}: {seconds}");
            }
        }
    }
}
