//! What may come instead of an answer.

use std::convert::Infallible;
use std::iter::repeat;
use std::time::Duration;

use axum::body::Body;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{StatusCode, Uri};
use tokio_stream::{Stream, StreamExt as _, iter};

/// An answer that is not the one hoped for.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status, and nothing else.
    Status(u16),
    /// A page that asks for a password.
    Html,
    /// 200, with this content type and body.
    Document(&'static str, String),
    /// JSON that begins well and never ends.
    Endless,
    /// The same, a byte a second.
    Trickle,
    /// To this URL.
    Redirect(String),
    /// To a URL of the same path, each time another one.
    RedirectForever,
    /// No answer at all.
    Hang,
    /// What would come anyway, so much later.
    Slow(Duration),
}

impl Fault {
    pub(super) async fn answer(self, uri: &Uri) -> Response {
        match self {
            Self::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
            Self::Html => {
                Html("<!DOCTYPE html><title>Log in</title><form><input type=password></form>").into_response()
            }
            Self::Document(content_type, body) => ([(CONTENT_TYPE, content_type)], body).into_response(),
            Self::Endless => json(iter(repeat(Bytes::from(" ".repeat(16 << 10))))),
            Self::Trickle => json(iter(repeat(Bytes::from(" "))).throttle(Duration::from_secs(1))),
            Self::Redirect(url) => (StatusCode::FOUND, [(LOCATION, url)]).into_response(),
            Self::RedirectForever => {
                let query = format!("{}x", uri.query().unwrap_or_default());
                Redirect::temporary(&format!("{}?{query}", uri.path())).into_response()
            }
            Self::Hang | Self::Slow(_) => std::future::pending().await,
        }
    }
}

fn json(rest: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let body = tokio_stream::once(Bytes::from("{\"keys\":[")).chain(rest).map(Ok::<_, Infallible>);
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(body)).into_response()
}
