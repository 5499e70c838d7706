//! What a refused client that sends a body may rely on: that its connection goes on, or that it is told otherwise.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::fake::*;
use crate::{Action, RequireLayer, Scheme};

/// `POST` of `path`, but for its body.
fn head(path: &str, token: &str) -> String {
    with(path, &format!("Authorization: Bearer {token}\r\nContent-Length: 4"))
}

fn with(path: &str, fields: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n\r\n")
}

/// The address of a server that lets tokens like `ok-a` in, and nobody in at `/never`.
async fn server() -> SocketAddr {
    let auth = auth(&[&Fake::new("1", &[Scheme::BEARER])], "").await;
    let never = post(async || "in").layer(RequireLayer::new(Action::new("get", "pods")));
    serve(Router::new().route("/", post(async || "in")).route("/never", never).layer(auth.layer())).await
}

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    address
}

/// The next answer on the connection, whose head is followed by `Content-Length` bytes.
async fn answer(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.expect("an answer"));
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ").expect("a length");
    let length = length.split_once("\r\n").unwrap().0.parse().unwrap();
    connection.read_exact(&mut vec![0; length]).await.expect("all of the body");
    head
}

#[tokio::test]
async fn a_client_whose_body_had_not_come_is_told_that_the_connection_ends() {
    let address = server().await;
    // The backend is asked; it is remembered, or clear, what it says; somebody who is known may not.
    for (path, token, status) in
        [("/", "bad-a", "401"), ("/", "bad-a", "401"), ("/", "", "401"), ("/never", "ok-a", "403")]
    {
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(head(path, token).as_bytes()).await.unwrap();
        let answer = answer(&mut connection).await;
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_whose_body_had_come_goes_on_with_its_connection() {
    let mut connection = TcpStream::connect(server().await).await.unwrap();
    for (path, token, status) in
        [("/", "bad-a", "401"), ("/never", "ok-a", "403"), ("/", "", "401"), ("/", "ok-a", "200")]
    {
        connection.write_all(format!("{}body", head(path, token)).as_bytes()).await.unwrap();
        let answer = answer(&mut connection).await;
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{answer}");
        assert!(!answer.contains("\r\nconnection:"), "{answer}");
    }
}

#[cfg(feature = "webhook")]
#[tokio::test]
async fn the_sender_of_a_webhook_may_rely_on_the_same() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "secret").unwrap();
    let webhook = format!(
        "[[webhook]]\npath = \"/hook\"\nmax_body = 64\n[[webhook.client]]\nname = \"gitlab.com\"\ntype = \"gitlab\"\n\
         secrets = [{{ file = '{}' }}]\n",
        secret.path().display()
    );
    let auth = auth(&[&Fake::new("1", &[Scheme::BEARER])], &webhook).await;
    let hook = Router::new().route("/hook", post(async || "in")).layer(auth.layer()).layer(auth.webhook_layer());
    let address = serve(hook).await;
    let long = "x".repeat(65);
    let chunk = format!("41\r\n{long}\r\n");
    let chunks = format!("{chunk}0\r\n\r\n");
    for (token, length, body, status, is_closed) in [
        ("wrong", "Content-Length: 4", "", "401", true),
        ("wrong", "Content-Length: 4", "body", "401", false),
        ("secret", "Content-Length: 65", "", "413", true),
        ("secret", "Content-Length: 65", &long, "413", false),
        // It is found too long while it is read.
        ("secret", "Transfer-Encoding: chunked", &chunk, "413", true),
        ("secret", "Transfer-Encoding: chunked", &chunks, "413", false),
    ] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let head = with("/hook", &format!("X-Gitlab-Token: {token}\r\n{length}"));
        connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let answer = answer(&mut connection).await;
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{answer}");
        assert_eq!(answer.contains("\r\nconnection: close\r\n"), is_closed, "{length} {body} {answer}");
    }
}
