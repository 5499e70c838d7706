//! The same over REST, with the routes and answers of Armada's grpc-gateway: a request of HTTP becomes one of gRPC, with
//! what the layer left in it, and goes to the same method. Messages are JSON as
//! [protobuf itself](https://protobuf.dev/programming-guides/json/) maps them: names in camel case, and read also as they
//! stand in the `.proto`; nothing for what has its default.

use std::error::Error;
use std::sync::LazyLock;

use axum::Router;
use axum::body::{self, Body};
use axum::extract::{FromRequest, FromRequestParts as _, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use futures_util::StreamExt as _;
use http::StatusCode;
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::{Map, Value};
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};

use crate::job_set::EventStream;
use crate::proto::event_server::Event as _;
use crate::proto::queue_service_server::QueueService as _;
use crate::proto::submit_server::Submit;
use crate::queues::Queues;
use crate::service::MAX_MESSAGE_LEN;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

pub(crate) fn routes(queues: Queues) -> Router {
    Router::new()
        .route("/v1/job/submit", post(async |Call(api, it)| answer(api.submit_jobs(it).await)))
        .route("/v1/job/cancel", post(async |Call(api, it)| answer(api.cancel_jobs(it).await)))
        .route("/v1/jobset/cancel", post(async |Call(api, it)| answer(api.cancel_job_set(it).await)))
        .route("/v1/queue", post(async |Call(api, it)| answer(Submit::create_queue(&api, it).await)))
        .route("/v1/queue/{name}", get(async |Call(api, it)| answer(api.get_queue(it).await)))
        .route("/v1/queue/{name}", put(async |Call(api, it)| answer(api.update_queue(it).await)))
        .route("/v1/queue/{name}", delete(async |Call(api, it)| answer(Submit::delete_queue(&api, it).await)))
        .route("/v1/queue/{name}/info", get(async |Call(api, it)| answer(api.get_queue_info(it).await)))
        .route("/v1/job-set/{queue}/{id}", post(async |Call(api, it)| lines(api.get_job_set_events(it).await)))
        .route("/api/swagger.json", get(async || (JSON, include_str!("../swagger.json"))))
        .method_not_allowed_fallback(async || refused(Status::unimplemented("Method Not Allowed")))
        .with_state(queues)
}

/// Whose method is called, and the request of gRPC that a request of HTTP stands for: its body, and the captures of its path.
struct Call<M>(Queues, tonic::Request<M>);

impl<M: Message + Name + Default> FromRequest<Queues> for Call<M> {
    type Rejection = Response;

    async fn from_request(request: Request, queues: &Queues) -> Result<Self, Response> {
        let (mut head, body) = request.into_parts();
        let captures = RawPathParams::from_request_parts(&mut head, queues).await;
        let captures = captures.map_err(|error| refused(Status::invalid_argument(error.body_text())))?;
        let body = body::to_bytes(body, MAX_MESSAGE_LEN).await;
        let body = body.map_err(|error| refused(Status::out_of_range(error.to_string())))?;
        let message = read(&body, &captures).map_err(|error| refused(Status::invalid_argument(error.to_string())))?;
        Ok(Self(queues.clone(), tonic::Request::from_parts(MetadataMap::new(), head.extensions, message)))
    }
}

/// A message from JSON, or from nothing, with the captures instead of its own fields.
fn read<M: Message + Name + Default>(json: &[u8], captures: &RawPathParams) -> Result<M, Box<dyn Error>> {
    let mut object: Map<String, Value> = serde_json::from_slice(if json.is_empty() { b"{}" } else { json })?;
    object.extend(captures.iter().map(|(name, value)| (name.to_owned(), value.into())));
    // What is unknown is skipped, as it is in gRPC: a `podSpec`, say.
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    Ok(DynamicMessage::deserialize_with_options(descriptor::<M>(), Value::Object(object), &options)?.transcode_to()?)
}

fn text<M: Message + Name>(message: &M) -> Result<String, Status> {
    let mut dynamic = DynamicMessage::new(descriptor::<M>());
    dynamic.transcode_from(message).map_err(|error| Status::internal(error.to_string()))?;
    serde_json::to_string(&dynamic).map_err(|error| Status::internal(error.to_string()))
}

fn descriptor<M: Name>() -> MessageDescriptor {
    static TYPES: LazyLock<DescriptorPool> = LazyLock::new(|| {
        let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
        DescriptorPool::decode(&bytes[..]).expect("build.rs wrote it")
    });
    TYPES.get_message_by_name(&M::full_name()).expect("build.rs wrote them all")
}

/// What gRPC answers.
fn answer<M: Message + Name>(answer: Result<tonic::Response<M>, Status>) -> Response {
    let text = answer.and_then(|response| text(response.get_ref()));
    text.map_or_else(refused, |text| (JSON, text).into_response())
}

/// A line for each event.
fn lines(events: Result<tonic::Response<EventStream>, Status>) -> Response {
    let line = |event: Result<_, Status>| Ok::<_, Status>(format!("{{\"result\":{}}}\n", text(&event?)?));
    let body = events.map(|events| Body::from_stream(events.into_inner().map(line)));
    body.map_or_else(refused, |body| (JSON, body).into_response())
}

/// In the form that `style = "armada"` gives to what the layer itself refuses, with the same challenges.
pub(crate) fn refused(status: Status) -> Response {
    // As grpc-gateway has it, in its runtime/errors.go.
    let http = match status.code() {
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        // Nothing else here is.
        Code::Unimplemented => StatusCode::METHOD_NOT_ALLOWED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let (code, message) = (i32::from(status.code()), Value::from(status.message()));
    let body = format!(r#"{{"error":{message},"code":{code},"message":{message}}}"#);
    (http, status.metadata().clone().into_headers(), JSON, body).into_response()
}
