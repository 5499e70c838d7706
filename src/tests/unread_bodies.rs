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
    format!("POST {path} HTTP/1.1\r\nHost: a.test\r\nAuthorization: Bearer {token}\r\nContent-Length: 4\r\n\r\n")
}

/// The address of a server that lets tokens like `ok-a` in, and nobody in at `/never`.
async fn server() -> SocketAddr {
    let auth = auth(&[&Fake::new("1", &[Scheme::BEARER])], "").await;
    let never = post(async || "in").layer(RequireLayer::new(Action::new("get", "pods")));
    let app = Router::new().route("/", post(async || "in")).route("/never", never).layer(auth.layer());
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
