//! A rejection in gRPC and gRPC-web.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use portcullis_core::Rejection;

/// A [Trailers-Only](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) response:
/// the headers, which end the stream, carry the status.
pub(super) fn headers(rejection: &Rejection) -> HeaderMap {
    let mut headers = trailers(rejection);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers
}

/// [gRPC-web](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md): the trailers are a
/// frame of the body, since browsers show no trailers to a page.
pub(super) fn web_form(rejection: &Rejection, text: bool) -> (HeaderMap, Bytes) {
    let mut trailers = trailers(rejection);
    let mut headers = HeaderMap::with_capacity(2);
    if let Some(no_store) = trailers.remove(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, no_store);
    }
    let content_type = if text { "application/grpc-web-text+proto" } else { "application/grpc-web+proto" };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let frame = trailers_frame(&trailers);
    (headers, if text { STANDARD.encode(&frame).into() } else { frame })
}

fn trailers(rejection: &Rejection) -> HeaderMap {
    let mut trailers = rejection.metadata();
    trailers.insert("grpc-status", HeaderValue::from(u16::from(rejection.grpc_code())));
    trailers.insert("grpc-message", percent_encoded(rejection.message()));
    trailers
}

fn trailers_frame(trailers: &HeaderMap) -> Bytes {
    const TRAILERS: u8 = 0x80;
    let mut block = BytesMut::new();
    for (name, value) in trailers {
        block.put_slice(name.as_str().as_bytes());
        block.put_slice(b": ");
        block.put_slice(value.as_bytes());
        block.put_slice(b"\r\n");
    }
    let mut frame = BytesMut::with_capacity(block.len() + 5);
    frame.put_u8(TRAILERS);
    frame.put_u32(u32::try_from(block.len()).unwrap_or(u32::MAX));
    frame.put(block);
    frame.freeze()
}

/// `grpc-message`: what is not printable ASCII, and `%`, in percent-encoding.
fn percent_encoded(message: &str) -> HeaderValue {
    let mut encoded = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    // Printable ASCII is a valid field value.
    HeaderValue::try_from(encoded).unwrap_or_else(|_| HeaderValue::from_static(""))
}
