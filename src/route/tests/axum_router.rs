//! What axum serves, of the requests that get past the routes.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, ServiceExt as _};

use super::spellings::{CLOSED, Outcome, open, openness, rows};
use super::*;

/// What was made of a request in front of the router.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) found: Result<Option<Arc<Route>>, Ambiguous>,
    pub(super) captures: Vec<String>,
}

/// A router with routes around it.
pub(super) type Guarded = BoxCloneSyncService<axum::extract::Request, Response, std::convert::Infallible>;

/// The field in which a handler says which one it is.
pub(crate) const HANDLER: &str = "x-handler";

fn answer(name: &'static str, captured: String) -> Response {
    ([(HANDLER, name)], captured).into_response()
}

/// A handler for each route. What they capture is what they answer.
pub(crate) fn router() -> Router {
    let named = |name| any(move || async move { answer(name, String::new()) });
    let captures = |name| any(move |Path(captured): Path<String>| async move { answer(name, captured) });
    let router = Router::new()
        .route("/", named("/"))
        .route("/public", named("/public"))
        .route("/static/{*path}", captures("/static/{*path}"))
        .route("/me", named("/me"))
        .route("/admin", named("/admin"))
        .route("/admin/{*rest}", captures("/admin/{*rest}"))
        .route("/queues/{queue}", get(|Path(queue): Path<String>| async move { answer("GET /queues/{queue}", queue) }))
        .route("/files/{name}", captures("/files/{name}"))
        .route("/files/secret", named("/files/secret"))
        .route("/report", get(|| async { answer("GET /report", String::new()) }))
        .route("/report", axum::routing::post(|| async { answer("POST /report", String::new()) }))
        .route(
            "/status",
            any(|request: axum::extract::Request| async move {
                let field = request.headers().get("host").and_then(|host| host.to_str().ok());
                let host = request.uri().host().or(field).unwrap_or_default().split(':').next().unwrap_or_default();
                let is_internal = host.eq_ignore_ascii_case("internal.test");
                answer(if is_internal { "internal.test/status" } else { "/status" }, String::new())
            }),
        )
        .fallback(|| async { (StatusCode::NOT_FOUND, answer("-", String::new())) })
        .method_not_allowed_fallback(|| async { (StatusCode::METHOD_NOT_ALLOWED, answer("405", String::new())) });
    tonic::service::Routes::from(router).add_service(Orders).into_axum_router()
}

/// Finds its method by the path as it came, as the services do that tonic generates.
#[derive(Clone)]
struct Orders;

impl tonic::server::NamedService for Orders {
    const NAME: &str = "orders.v1.Orders";
}

impl tower::Service<Request<tonic::body::Body>> for Orders {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> Self::Future {
        let (name, status) = match request.uri().path() {
            "/orders.v1.Orders/List" => ("/orders.v1.Orders/List", tonic::Status::ok("")),
            _ => ("/orders.v1.Orders/*", tonic::Status::unimplemented("")),
        };
        let response = status.into_http::<Body>();
        std::future::ready(Ok(([(HANDLER, name)], response).into_response()))
    }
}

/// The router with the routes around it. They refuse what is ambiguous; all else goes on, whoever asks for it.
pub(super) fn guarded(routes: Routes) -> (Guarded, Receiver<Seen>) {
    let (sender, receiver) = channel();
    let routes = Arc::new(routes);
    let layer = from_fn(move |request: axum::extract::Request, next: Next| {
        let (routes, sender) = (Arc::clone(&routes), sender.clone());
        async move {
            match look(&routes, &request, &sender) {
                Ok(()) => next.run(request).await,
                Err(_) => StatusCode::BAD_REQUEST.into_response(),
            }
        }
    });
    (Guarded::new(layer.layer(router())), receiver)
}

fn look(routes: &Routes, request: &axum::extract::Request, sender: &Sender<Seen>) -> Result<(), Ambiguous> {
    let mut captures = Vec::new();
    let find = || {
        let target = Target::of(Head::from(request))?;
        Ok(match routes.find(&target)? {
            Found::Listed(route) => {
                captures.extend(route.captures(&target).map(|(_, value)| value.to_owned()));
                Some(Arc::clone(route))
            }
            Found::Unlisted => None,
        })
    };
    let found = std::iter::once_with(find).next().unwrap();
    let answer = found.as_ref().map(|_| ()).map_err(|ambiguous| *ambiguous);
    sender.send(Seen { found, captures }).unwrap();
    answer
}

#[tokio::test]
async fn axum_serves_each_where_its_route_says() {
    let (service, seen) = guarded(routes(CLOSED));
    for row in rows() {
        let Some(request) = row.request() else { continue };
        let shown = format!("{} {} {:?}", row.method, request.uri(), row.fields);
        let response = service.clone().oneshot(request.map(|()| Body::empty())).await.unwrap();
        let seen = seen.try_recv().unwrap();
        let expected = match row.outcome {
            Outcome::Takes(name) => row.served.unwrap_or(name),
            Outcome::Unlisted => row.served.unwrap_or("-"),
            Outcome::Refused(_) | Outcome::Unparsed => {
                assert_eq!(response.status(), 400, "{shown}");
                continue;
            }
        };
        assert_eq!(response.headers()[HANDLER], expected, "{shown}");
        let is_same = seen.found.is_ok_and(|route| route.is_some_and(|route| route.to_string() == expected));
        if is_same && row.method != "HEAD" && !expected.starts_with("/orders") {
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            assert_eq!(
                str::from_utf8(&body),
                Ok(&*seen.captures.concat()),
                "the handler sees what the action does: {shown}"
            );
        }
    }
}

/// What is worst: a route for all else that is public.
#[tokio::test]
async fn no_handler_is_reached_by_a_route_that_is_more_open_than_its_own() {
    let closed = routes(CLOSED);
    let (service, seen) = guarded(routes(&open()));
    let mut reached = 0;
    for row in rows() {
        let Some(request) = row.request() else { continue };
        let shown = format!("{} {} {:?}", row.method, request.uri(), row.fields);
        let response = service.clone().oneshot(request.map(|()| Body::empty())).await.unwrap();
        let seen = seen.try_recv().unwrap();
        let Some(handler) = response.headers().get(HANDLER) else { continue };
        let Some(own) = closed.iter().find(|route| route.to_string().as_bytes() == handler) else { continue };
        assert!(openness(&seen.found) <= openness(&Ok(Some(Arc::clone(own)))), "{shown}: {seen:?}, served by {own}");
        reached += 1;
    }
    assert!(reached >= 50, "{reached}");
}
