//! gRPC.

use http::uri::PathAndQuery;
use http::{Method, StatusCode};
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::client::{ALICE, NOT_ALICE, VERSIONS, send};
use crate::program::{BASIC, Program};

#[allow(missing_docs, unreachable_pub, unused_qualifications, dead_code, clippy::all, reason = "generated code")]
mod proto {
    tonic::include_proto!("portcullis.whoami.v1");
}

use self::proto::who_am_i_client::WhoAmIClient;
use self::proto::{GetRequest, GetResponse};

pub(crate) async fn channel(program: &Program) -> Channel {
    Endpoint::from_shared(program.url.clone()).unwrap().connect().await.unwrap()
}

/// A request of alice.
pub(crate) fn by_alice<T>(message: T) -> Request<T> {
    by(Some(ALICE), message)
}

fn by<T>(authorization: Option<&str>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(authorization) = authorization {
        request.metadata_mut().insert("authorization", authorization.parse().unwrap());
    }
    request
}

async fn whoami(program: &Program, authorization: Option<&str>) -> Result<GetResponse, Status> {
    let response = WhoAmIClient::new(channel(program).await).get(by(authorization, GetRequest {})).await;
    response.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn alice_is_told_who_she_is() {
    let program = Program::serve(BASIC, &[]);
    let answer = whoami(&program, Some(ALICE)).await.unwrap();
    assert_eq!((answer.name.as_str(), answer.backend.as_str(), answer.anonymous), ("alice", "basic", false));
    assert_eq!(answer.groups, ["ops"]);
    assert_eq!((answer.issuer, answer.expires_at), (None, None));
}

#[tokio::test]
async fn others_are_unauthenticated_and_told_the_challenge() {
    let program = Program::serve(BASIC, &[]);
    for authorization in [None, Some(NOT_ALICE)] {
        let status = whoami(&program, authorization).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert_eq!(status.metadata().get("www-authenticate").unwrap(), r#"Basic realm="portcullis", charset="UTF-8""#);
    }
}

#[tokio::test]
async fn a_method_that_nobody_has_is_unimplemented_for_those_who_get_in() {
    let program = Program::serve(BASIC, &[]);
    for path in ["/acme.Nothing/Get", "/portcullis.whoami.v1.WhoAmI/Put", "/grpc.health.v2.Health/Check"] {
        for (authorization, code) in [(Some(ALICE), Code::Unimplemented), (None, Code::Unauthenticated)] {
            let mut client = Grpc::new(channel(&program).await);
            client.ready().await.unwrap();
            let codec = tonic_prost::ProstCodec::<GetRequest, GetResponse>::default();
            let request = by(authorization, GetRequest {});
            let status = client.unary(request, PathAndQuery::from_static(path), codec).await.unwrap_err();
            assert_eq!(status.code(), code, "{path}");
        }
    }
}

#[tokio::test]
async fn health_needs_no_credential() {
    let program = Program::serve(BASIC, &[]);
    for service in ["", "portcullis.whoami.v1.WhoAmI"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = HealthClient::new(channel(&program).await).check(request).await.unwrap();
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving, "{service}");
    }
    let request = HealthCheckRequest { service: "acme".to_owned() };
    let status = HealthClient::new(channel(&program).await).check(request).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn what_only_looks_like_health_needs_one() {
    let program = Program::serve(BASIC, &[]);
    for path in [
        "/grpc.health.v1.Health",
        "/grpc.health.v1.Healthy/Check",
        "//grpc.health.v1.Health/Check",
        "/x/grpc.health.v1.Health/Check",
        "/GRPC.health.v1.Health/Check",
        "/grpc%2ehealth.v1.Health/Check",
        "/?/grpc.health.v1.Health/Check",
    ] {
        for version in VERSIONS {
            let answer = send(&program, version, Method::GET, path, None).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{version:?} {path}");
        }
    }
}

#[tokio::test]
async fn nothing_below_health_but_its_two_methods_goes_without_one() {
    let program = Program::serve(BASIC, &[]);
    for path in ["", "Check", "Watch", "List", "../x", "x/y"].map(|name| format!("/grpc.health.v1.Health/{name}")) {
        for version in VERSIONS {
            for method in [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS] {
                let answer = send(&program, version, method.clone(), &path, None).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{version:?} {method} {path}");
            }
        }
    }
    for path in ["/grpc.health.v1.Health/List", "/grpc.health.v1.Health/Check?x"] {
        let mut client = Grpc::new(channel(&program).await);
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<GetRequest, GetResponse>::default();
        let path = PathAndQuery::from_static(path);
        let status = client.unary(by(None, GetRequest {}), path, codec).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn those_who_watch_health_are_so_many_and_no_more() {
    let program = Program::serve(BASIC, &[]);
    let mut client = HealthClient::new(channel(&program).await);
    let mut watching = Vec::new();
    for _ in 0..25 {
        watching.push(client.watch(HealthCheckRequest::default()).await.unwrap());
    }
    let status = client.watch(HealthCheckRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(client.check(HealthCheckRequest::default()).await.is_ok());
}

#[tokio::test]
async fn reflection_tells_the_services_to_those_who_get_in() {
    let program = Program::serve(BASIC, &[]);
    let ask = |question| {
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
        tokio_stream::once(request)
    };
    let mut client = ServerReflectionClient::new(channel(&program).await);
    let list = || ask(MessageRequest::ListServices(String::new()));
    let status = client.server_reflection_info(list()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);

    let mut answers = client.server_reflection_info(by_alice(list())).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(services)) = answer else { panic!("{answer:?}") };
    let mut names: Vec<_> = services.service.into_iter().map(|service| service.name).collect();
    names.sort();
    assert_eq!(names, ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "portcullis.whoami.v1.WhoAmI"]);

    // Whatever a message refers to can be asked for.
    for file in ["portcullis/whoami/v1/whoami.proto", "google/protobuf/struct.proto", "google/protobuf/timestamp.proto"]
    {
        let question = ask(MessageRequest::FileByFilename(file.to_owned()));
        let mut answers = client.server_reflection_info(by_alice(question)).await.unwrap().into_inner();
        let answer = answers.message().await.unwrap().unwrap().message_response;
        assert!(matches!(answer, Some(MessageResponse::FileDescriptorResponse(_))), "{file}: {answer:?}");
    }
}
