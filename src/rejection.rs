//! A rejection in the form of the request's transport.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Response};
use portcullis_core::Rejection;

mod grpc;

/// How the client speaks, and so how it must be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Http,
    /// HTTP, and the client wants no body.
    HttpHead,
    Grpc,
    GrpcWeb,
    /// gRPC-web in base64.
    GrpcWebText,
}

impl Transport {
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        match headers.get(CONTENT_TYPE).and_then(|value| Self::of_grpc(value.as_bytes())) {
            Some(transport) => transport,
            None if *method == Method::HEAD => Self::HttpHead,
            None => Self::Http,
        }
    }

    /// `application/grpc` followed by the end, `;`, `+` or `-web`.
    fn of_grpc(content_type: &[u8]) -> Option<Self> {
        let rest = strip_prefix(content_type, b"application/grpc")?;
        let (rest, transport) = match strip_prefix(rest, b"-web") {
            None => (rest, Self::Grpc),
            Some(rest) => match strip_prefix(rest, b"-text") {
                None => (rest, Self::GrpcWeb),
                Some(rest) => (rest, Self::GrpcWebText),
            },
        };
        matches!(rest.first(), None | Some(b';' | b'+' | b' ' | b'\t')).then_some(transport)
    }
}

/// Writes `rejection` for a client that speaks `transport`.
pub(crate) fn render(rejection: &Rejection, transport: Transport) -> Response<Bytes> {
    let (headers, body) = match transport {
        Transport::Http => http_form(rejection),
        Transport::HttpHead => (http_form(rejection).0, Bytes::new()),
        Transport::Grpc => return respond(grpc::headers(rejection), Bytes::new()),
        Transport::GrpcWeb | Transport::GrpcWebText => {
            let (headers, body) = grpc::web_form(rejection, transport == Transport::GrpcWebText);
            return respond(headers, body);
        }
    };
    let mut response = respond(headers, body);
    *response.status_mut() = rejection.status();
    response
}

fn respond(headers: HeaderMap, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
}

fn http_form(rejection: &Rejection) -> (HeaderMap, Bytes) {
    let (content_type, body) = rejection.body();
    let mut headers = rejection.headers();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    (headers, body.into())
}

fn strip_prefix<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests;
