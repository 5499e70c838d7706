//! The layer around a tonic server, called with a tonic client.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::uri::PathAndQuery;
use portcullis::{Principal, Rejection};
use portcullis_testbed::Badges;
use prost::Message;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Iter, StreamExt as _, iter};
use tonic::metadata::MetadataValue;
use tonic::server::{NamedService, ServerStreamingService, UnaryService};
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

/// A message of one text.
#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

impl Text {
    fn of(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

/// A service of three methods: who calls, the letters of that, and a refusal of its own.
#[derive(Clone)]
struct Greeter;

impl NamedService for Greeter {
    const NAME: &'static str = "test.Greeter";
}

impl tower::Service<http::Request<tonic::body::Body>> for Greeter {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<Text, Text>::default());
            Ok(match request.uri().path() {
                "/test.Greeter/Who" => grpc.unary(Who, request).await,
                "/test.Greeter/Letters" => grpc.server_streaming(Letters, request).await,
                "/test.Greeter/Refuse" => grpc.unary(Refuse, request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

struct Who;

impl UnaryService<Text> for Who {
    type Response = Text;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Text>, Status>> + Send>>;

    fn call(&mut self, request: Request<Text>) -> Self::Future {
        Box::pin(async move {
            let principal = Principal::from_extensions(request.extensions())?;
            let credential = request.metadata().get("authorization");
            Ok(Response::new(Text::of(format!("{} {credential:?}", principal.name()))))
        })
    }
}

struct Letters;

impl ServerStreamingService<Text> for Letters {
    type Response = Text;
    type ResponseStream = Iter<std::vec::IntoIter<Result<Text, Status>>>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Self::ResponseStream>, Status>> + Send>>;

    fn call(&mut self, request: Request<Text>) -> Self::Future {
        Box::pin(async move {
            let name = Principal::from_extensions(request.extensions())?.name().to_owned();
            let mut letters: Vec<_> = name.chars().map(|letter| Ok(Text::of(letter))).collect();
            let mut end = Status::data_loss("no more letters");
            end.metadata_mut().insert("letters", MetadataValue::from(letters.len()));
            letters.push(Err(end));
            Ok(Response::new(iter(letters)))
        })
    }
}

struct Refuse;

impl UnaryService<Text> for Refuse {
    type Response = Text;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Text>, Status>> + Send>>;

    fn call(&mut self, request: Request<Text>) -> Self::Future {
        Box::pin(async move {
            let principal = Principal::from_extensions(request.extensions())?;
            Err(Rejection::forbidden(format!("{} may not", principal.name())).into())
        })
    }
}

/// Serves with the layer of these badges around it, or without any.
async fn client(badges: Option<&Badges>) -> tonic::client::Grpc<Channel> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = TcpListenerStream::new(listener);
    match badges {
        Some(badges) => {
            let server = Server::builder().layer(badges.auth("").await.layer()).add_service(Greeter);
            tokio::spawn(server.serve_with_incoming(incoming));
        }
        None => {
            tokio::spawn(Server::builder().add_service(Greeter).serve_with_incoming(incoming));
        }
    }
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    client
}

fn request(name: Option<&str>) -> Request<Text> {
    let mut request = Request::new(Text::default());
    if let Some(name) = name {
        request.metadata_mut().insert("authorization", format!("Bearer {name}").parse().unwrap());
    }
    request
}

async fn call(
    client: &mut tonic::client::Grpc<Channel>,
    method: &str,
    name: Option<&str>,
) -> Result<Response<Text>, Status> {
    client.ready().await.unwrap();
    let path = PathAndQuery::try_from(format!("/test.Greeter/{method}")).unwrap();
    client.unary(request(name), path, ProstCodec::default()).await
}

fn metadata<'a>(status: &'a Status, name: &str) -> Vec<&'a str> {
    status.metadata().get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn a_handler_gets_the_principal_and_not_the_credential() {
    let mut client = client(Some(&Badges::default())).await;
    let response = call(&mut client, "Who", Some("carol")).await.unwrap();
    assert_eq!(response.get_ref().text, "carol None");
}

#[tokio::test]
async fn who_is_refused_gets_a_status_with_the_challenge() {
    let mut client = client(Some(&Badges::default())).await;
    for (method, name) in [("Who", None), ("Who", Some("stolen")), ("Letters", None), ("NoSuchMethod", None)] {
        let status = call(&mut client, method, name).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "no valid credential was presented"));
        assert_eq!(metadata(&status, "www-authenticate"), ["Bearer realm=\"badges\""], "{method} {name:?}");
        assert_eq!(metadata(&status, "cache-control"), ["no-store"]);
    }
    let status = call(&mut client, "NoSuchMethod", Some("carol")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_provider_that_is_away_is_unavailable_with_a_time_to_come_back() {
    let badges = Badges::default();
    let mut client = client(Some(&badges)).await;
    badges.set_away(true);
    let status = call(&mut client, "Who", Some("carol")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(metadata(&status, "grpc-retry-pushback-ms"), ["7500"]);
}

#[tokio::test]
async fn a_handler_without_a_layer_is_an_internal_error_and_lets_nobody_in() {
    let mut client = client(None).await;
    for method in ["Who", "Refuse"] {
        let status = call(&mut client, method, Some("carol")).await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::Internal, "this service is not behind a Portcullis layer")
        );
    }
}

#[tokio::test]
async fn a_rejection_of_a_handler_reads_like_one_of_the_layer() {
    let mut client = client(Some(&Badges::default())).await;
    let status = call(&mut client, "Refuse", Some("carol")).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::PermissionDenied, "carol may not"));
    assert_eq!(metadata(&status, "cache-control"), ["no-store"]);
}

#[tokio::test]
async fn a_reply_is_initial_metadata_of_each_call_that_succeeds() {
    let badges = Badges::owing();
    let mut client = client(Some(&badges)).await;
    for _ in 0..2 {
        let response = call(&mut client, "Who", Some("carol")).await.unwrap();
        assert_eq!(response.metadata().get("authentication-info").unwrap(), "badge=\"seen\"");
    }
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/test.Greeter/Letters");
    let response =
        client.server_streaming(request(Some("carol")), path, ProstCodec::<Text, Text>::default()).await.unwrap();
    let (metadata, _, _) = response.into_parts();
    assert_eq!(metadata.get("authentication-info").unwrap(), "badge=\"seen\"", "in the head, before any message");
}

#[tokio::test]
async fn a_stream_keeps_its_messages_and_its_trailers() {
    let mut client = client(Some(&Badges::default())).await;
    let path = PathAndQuery::from_static("/test.Greeter/Letters");
    let response = client.server_streaming(request(Some("carol")), path, ProstCodec::<Text, Text>::default()).await;
    let messages: Vec<_> = response.unwrap().into_inner().collect().await;
    let (end, letters) = messages.split_last().unwrap();
    let letters: String = letters.iter().map(|letter| letter.as_ref().unwrap().text.as_str()).collect();
    assert_eq!(letters, "carol");
    let end = end.as_ref().unwrap_err();
    assert_eq!((end.code(), end.message(), metadata(end, "letters")), (Code::DataLoss, "no more letters", vec!["5"]));
}
