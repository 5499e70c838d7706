//! What goes over the wire of HTTP/2: gRPC and gRPC-web, called and refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Version};
use portcullis_testbed::{Frame, Heard, Program, Site, Wire, basic, frames};
use prost::Message;

const WHO_AM_I: &str = "/portcullis.whoami.v1.WhoAmI/Get";
const CHALLENGE: &str = "Basic realm=\"portcullis\", charset=\"UTF-8\"";
const MESSAGE: &str = "no valid credential was presented";

/// An empty message in gRPC's framing.
const EMPTY: Bytes = Bytes::from_static(&[0; 5]);

/// Some of the fields of `GetResponse`.
#[derive(PartialEq, Message)]
struct GetResponse {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    backend: String,
    #[prost(bool, tag = "3")]
    anonymous: bool,
    #[prost(string, repeated, tag = "4")]
    groups: Vec<String>,
}

fn call(content_type: &str, authorization: Option<&str>, body: Bytes) -> Request<Bytes> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://localhost{WHO_AM_I}"))
        .version(Version::HTTP_2)
        .header("content-type", content_type)
        .header("te", "trailers");
    let request = match authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    };
    request.body(body).unwrap()
}

async fn heard(program: &Program, content_type: &str, authorization: Option<&str>, body: Bytes) -> Heard {
    Wire::connect(program.address()).await.send(call(content_type, authorization, body)).await
}

/// The fields of a trailers frame of gRPC-web.
fn trailers_of(frame: &[u8]) -> Vec<(String, String)> {
    let (head, block) = frame.split_at(5);
    assert_eq!(head[0], 0x80, "a frame of trailers, not compressed");
    assert_eq!(u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize, block.len(), "and nothing behind it");
    let text = str::from_utf8(block).unwrap();
    let lines = text.strip_suffix("\r\n").unwrap().split("\r\n");
    lines.map(|line| line.split_once(':').map(|(name, value)| (name.into(), value.trim().into())).unwrap()).collect()
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values: Vec<_> = headers.get_all(name).iter().collect();
    assert!(values.len() <= 1, "{name}: {values:?}");
    values.first().map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_call_of_somebody_known_is_answered_with_who_they_are() {
    let program = Site::new(Site::BASIC).serve_here();
    let heard = heard(&program, "application/grpc", Some(&basic("alice", "wonderland")), EMPTY).await;
    assert_eq!(heard.head.status, 200);
    assert_eq!(value(&heard.trailers.unwrap(), "grpc-status"), Some("0"));
    let (head, message) = heard.data.split_at(5);
    assert_eq!(u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize, message.len());
    let who = GetResponse::decode(message).unwrap();
    let expected =
        GetResponse { name: "alice".into(), backend: "basic".into(), anonymous: false, groups: vec!["ops".into()] };
    assert_eq!(who, expected);
}

#[tokio::test]
async fn a_grpc_rejection_is_a_head_that_ends_the_stream() {
    let program = Site::new(Site::BASIC).serve_here();
    let wrong = basic("alice", "wrong-password");
    for (authorization, code) in [(None, "16"), (Some(&*wrong), "16"), (Some("Basic"), "16"), (Some(""), "16")] {
        for content_type in ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"] {
            let heard = heard(&program, content_type, authorization, EMPTY).await;
            assert!(heard.ended_with_head && heard.data.is_empty() && heard.trailers.is_none(), "{heard:?}");
            let headers = &heard.head.headers;
            assert_eq!(heard.head.status, 200);
            assert_eq!(value(headers, "content-type"), Some("application/grpc"));
            assert_eq!(value(headers, "grpc-status"), Some(code));
            assert_eq!(value(headers, "grpc-message"), Some(MESSAGE));
            assert_eq!(value(headers, "www-authenticate"), Some(CHALLENGE));
            assert_eq!(value(headers, "cache-control"), Some("no-store"));
        }
    }
}

#[test]
fn a_grpc_rejection_is_one_frame() {
    let program = Site::new(Site::BASIC).serve_here();
    let grpc = [(":method", "POST"), (":scheme", "http"), (":path", WHO_AM_I), (":authority", "localhost")];
    let grpc = [&grpc[..], &[("content-type", "application/grpc"), ("te", "trailers")]].concat();
    // HEADERS with END_HEADERS and END_STREAM.
    assert_eq!(frames(program.address(), &grpc), [Frame { kind: 1, flags: 0x5 }]);
    // The same of plain HTTP has a body.
    assert_eq!(frames(program.address(), &grpc[..4])[0], Frame { kind: 1, flags: 0x4 });
}

#[tokio::test]
async fn a_rejection_of_a_malformed_call_has_its_own_code() {
    let program = Site::new(Site::BASIC).serve_here();
    let mut two = call("application/grpc", Some(&basic("alice", "wonderland")), EMPTY);
    two.headers_mut().append("authorization", basic("bob", "bob-the-builder").parse().unwrap());
    let heard = Wire::connect(program.address()).await.send(two).await;
    assert_eq!((heard.head.status.as_u16(), value(&heard.head.headers, "grpc-status")), (200, Some("3")));
    assert!(heard.ended_with_head);
}

#[tokio::test]
async fn a_grpc_web_rejection_is_a_frame_of_trailers() {
    let program = Site::new(Site::BASIC).serve_here();
    for (content_type, answered) in [
        ("application/grpc-web", "application/grpc-web+proto"),
        ("application/grpc-web+proto", "application/grpc-web+proto"),
        ("application/grpc-web-text", "application/grpc-web-text+proto"),
        ("application/grpc-web-text+proto", "application/grpc-web-text+proto"),
    ] {
        let heard = heard(&program, content_type, Some(&basic("alice", "wrong-password")), EMPTY).await;
        assert_eq!((heard.head.status.as_u16(), value(&heard.head.headers, "content-type")), (200, Some(answered)));
        assert_eq!(value(&heard.head.headers, "cache-control"), Some("no-store"));
        assert!(heard.trailers.is_none(), "a browser would not show them");
        let frame = match content_type.contains("text") {
            true => STANDARD.decode(&heard.data).unwrap(),
            false => heard.data.to_vec(),
        };
        let trailers = trailers_of(&frame);
        for (name, expected) in [("grpc-status", "16"), ("grpc-message", MESSAGE), ("www-authenticate", CHALLENGE)] {
            assert!(trailers.contains(&(name.into(), expected.into())), "{name}: {trailers:?}");
        }
    }
}

#[tokio::test]
async fn a_head_is_refused_without_a_body() {
    let program = Site::new(Site::BASIC).serve_here();
    let head = Request::head("http://localhost/").version(Version::HTTP_2).body(Bytes::new()).unwrap();
    let heard = Wire::connect(program.address()).await.send(head).await;
    assert_eq!((heard.head.status.as_u16(), value(&heard.head.headers, "www-authenticate")), (401, Some(CHALLENGE)));
    assert!(heard.data.is_empty());
}

#[tokio::test]
async fn a_ticket_of_90_kib_reaches_the_layer() {
    let program = Site::new(Site::BASIC).serve_here();
    let mut wire = Wire::connect(program.address()).await;
    let long = "A".repeat(90 * 1024);
    for (scheme, status, code, grpc_code) in [("Negotiate", 401, 16, "16"), ("Basic", 431, 3, "3")] {
        let authorization = format!("{scheme} {long}");
        let request =
            Request::get("http://localhost/").version(Version::HTTP_2).header("authorization", &authorization);
        let plain = wire.send(request.body(Bytes::new()).unwrap()).await;
        assert_eq!(plain.head.status, status);
        let body: serde_json::Value = serde_json::from_slice(&plain.data).unwrap();
        assert_eq!(body["code"], code, "the layer itself answers");
        let grpc = wire.send(call("application/grpc", Some(&authorization), EMPTY)).await;
        assert_eq!(value(&grpc.head.headers, "grpc-status"), Some(grpc_code), "{scheme}");
    }
}

#[tokio::test]
async fn calls_of_one_connection_are_each_their_own() {
    let program = Site::new(Site::BASIC).serve_here();
    let mut wire = Wire::connect(program.address()).await;
    for (authorization, name) in [
        (Some(basic("alice", "wonderland")), Some("alice")),
        (Some(basic("bob", "bob-the-builder")), Some("bob")),
        (None, None),
        (Some(basic("alice", "wonderland")), Some("alice")),
    ] {
        let heard = wire.send(call("application/grpc", authorization.as_deref(), EMPTY)).await;
        let who = heard.data.get(5..).map(|message| GetResponse::decode(message).unwrap().name);
        assert_eq!(who.as_deref(), name);
    }
}
