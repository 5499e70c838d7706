//! Signals.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::grpc::{by_alice, channel};
use crate::program::{BASIC, Program};

/// Less than the time that requests have after the first signal, which is 30 seconds.
const SOON: Duration = Duration::from_secs(20);

/// A request that has begun and lasts until the sender goes.
struct Conversation {
    questions: mpsc::Sender<ServerReflectionRequest>,
    answers: Streaming<ServerReflectionResponse>,
}

impl Conversation {
    async fn begin(program: &Program) -> Self {
        let (questions, receiver) = mpsc::channel(1);
        let mut client = ServerReflectionClient::new(channel(program).await);
        let answers = client.server_reflection_info(by_alice(ReceiverStream::new(receiver))).await.unwrap();
        let mut conversation = Self { questions, answers: answers.into_inner() };
        conversation.ask().await;
        conversation
    }

    async fn ask(&mut self) {
        let message_request = Some(MessageRequest::ListServices(String::new()));
        self.questions.send(ServerReflectionRequest { host: String::new(), message_request }).await.unwrap();
        assert!(self.answers.message().await.unwrap().unwrap().message_response.is_some());
    }
}

/// Waits until the program accepts no more connections.
async fn until_closed(program: &Program) {
    let start = Instant::now();
    while TcpStream::connect(program.address).await.is_ok() {
        assert!(start.elapsed() < SOON, "{}", program.log());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_has_begun_is_finished_after_sigterm() {
    let mut program = Program::serve(BASIC, &[]);
    let mut conversation = Conversation::begin(&program).await;
    program.signal(Signal::TERM);
    until_closed(&program).await;
    conversation.ask().await;
    assert_eq!(program.wait(Duration::from_millis(300)).await, None, "it waits for the request");
    drop(conversation.questions);
    assert!(conversation.answers.message().await.unwrap().is_none(), "the stream ends in order");
    let ended = program.wait(SOON).await;
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "{}", program.log());
    assert!(program.log().contains("all requests were answered"), "{}", program.log());
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut program = Program::serve(BASIC, &[]);
    let _conversation = Conversation::begin(&program).await;
    program.signal(Signal::TERM);
    until_closed(&program).await;
    program.signal(Signal::INT);
    assert_eq!(program.wait(SOON).await.and_then(|status| status.code()), Some(0), "{}", program.log());
    assert!(program.log().contains("at once"), "{}", program.log());
}

#[tokio::test]
async fn connections_that_say_nothing_do_not_keep_it() {
    let mut program = Program::serve(BASIC, &[]);
    let _silent = TcpStream::connect(program.address).await.unwrap();
    let idle = channel(&program).await;
    HealthClient::new(idle.clone()).check(HealthCheckRequest::default()).await.unwrap();
    program.signal(Signal::INT);
    assert_eq!(program.wait(SOON).await.and_then(|status| status.code()), Some(0), "{}", program.log());
}

#[tokio::test]
async fn those_who_watch_its_health_are_told_and_let_go() {
    let mut program = Program::serve(BASIC, &[]);
    let mut client = HealthClient::new(channel(&program).await);
    let mut watch = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    program.signal(Signal::TERM);
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert!(watch.message().await.unwrap().is_none());
    assert_eq!(program.wait(SOON).await.and_then(|status| status.code()), Some(0), "{}", program.log());
}
