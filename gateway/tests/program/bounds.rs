//! How many connections there are.

use std::net::Ipv4Addr;

use http::{Method, StatusCode, Version};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::client::{ALICE, send_over};
use crate::program::{BASIC, Program};

/// Connects from an address of the loopback interface.
async fn connect(program: &Program, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    socket.connect(program.address).await.unwrap()
}

async fn is_served(stream: TcpStream) -> bool {
    send_over(stream, Version::HTTP_11, Method::GET, "/", Some(ALICE)).await.status == StatusCode::OK
}

/// Only Linux has more than one address there by itself.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_with_its_share_is_turned_away_and_others_are_not() {
    // 64 are in reserve, so there are 16 connections, and 4 of one client.
    let program = Program::serve_after("ulimit -n 80", BASIC, &[]);
    let greedy = Ipv4Addr::new(127, 0, 0, 2);
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(connect(&program, greedy).await);
    }
    let mut said = Vec::new();
    // The connection may be reset.
    let _ = connect(&program, greedy).await.read_to_end(&mut said).await;
    assert!(said.is_empty());
    assert!(is_served(connect(&program, Ipv4Addr::LOCALHOST).await).await);
    assert!(is_served(held.remove(0)).await, "those that it has are served");
    assert!(program.log().contains("up to 16 connections at a time, 4 of one client"), "{}", program.log());
    assert!(program.log().contains("127.0.0.2"), "{}", program.log());
}

#[tokio::test]
async fn the_soft_limit_of_open_files_does_not_count() {
    let program = Program::serve_after("ulimit -Sn 70 && ulimit -Hn 200", BASIC, &[]);
    let mut held = Vec::new();
    for _ in 0..33 {
        held.push(connect(&program, Ipv4Addr::LOCALHOST).await);
    }
    for stream in held {
        assert!(is_served(stream).await);
    }
    assert!(program.log().contains("up to 136 connections"), "{}", program.log());
}
