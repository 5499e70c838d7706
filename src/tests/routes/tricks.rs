//! Every request target of the table, over a socket, through the layer, to an axum router with a service of tonic: nobody
//! gets more by a trick than by the plain spelling.

mod http1;
mod http2;

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use tokio::net::TcpListener;

use super::*;
use crate::route::tests::axum_router::{HANDLER, router};
use crate::route::tests::routes;
use crate::route::tests::spellings::{CLOSED, Outcome, Row, open, rows};
use crate::route::{Access, Ambiguous, Routes};

/// Alice may do whatever any route asks.
const POLICY: &str = r#"
    [[backend]]
    kind = "one"

    [role.all]
    rules = [{ verbs = ["*"], resources = ["*"] }, { verbs = ["*"], urls = ["*"] }]

    [[binding]]
    role = "all"
    subjects = [{ user = "alice" }]
"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Nobody,
    /// Has a good credential, and may nothing.
    Bob,
    Alice,
}

const CALLERS: [Caller; 3] = [Caller::Nobody, Caller::Bob, Caller::Alice];

impl Caller {
    fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Nobody => &[],
            Self::Bob => &[BOB],
            Self::Alice => &[ALICE],
        }
    }

    /// What comes of a request that takes a route of this access, without gRPC.
    fn past(self, access: Access) -> Result<(), u16> {
        match (access, self) {
            (Access::Public, _) | (Access::Authenticated, Self::Bob | Self::Alice) | (_, Self::Alice) => Ok(()),
            (_, Self::Nobody) => Err(401),
            (_, Self::Bob) => Err(403),
        }
    }
}

/// What came of a request that a server took for one: a status, as of HTTP without gRPC, and the handler that was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    status: u16,
    handler: Option<String>,
}

/// What must come of a row's request, where the routes are [`CLOSED`]; none if no server takes it for one.
fn expected(row: &Row, caller: Caller, closed: &Routes) -> Option<Result<&'static str, u16>> {
    Some(match row.outcome {
        Outcome::Unparsed => return None,
        Outcome::Refused(Ambiguous::OtherRoute) if caller == Caller::Nobody => Err(401),
        Outcome::Refused(_) => Err(400),
        Outcome::Takes(name) => {
            let route = closed.iter().find(|route| route.to_string() == name).unwrap();
            caller.past(route.access()).map(|()| row.served.unwrap_or(name))
        }
        Outcome::Unlisted if caller == Caller::Nobody => Err(401),
        Outcome::Unlisted => Err(403),
    })
}

/// Whether the caller may reach the handler, by the handler's own route.
fn may_reach(handler: &str, caller: Caller, closed: &Routes) -> bool {
    let own = closed.iter().find(|route| route.to_string() == handler);
    own.is_none_or(|route| caller.past(route.access()).is_ok())
}

/// A server with these routes, and what comes of the requests that it takes for some.
async fn serve(routes: &str) -> (SocketAddr, Receiver<Seen>) {
    let auth = builder(&[&bearer()]).load_toml(&format!("{routes}{POLICY}")).await.unwrap();
    let (sender, receiver) = channel();
    let told = from_fn(move |request: Request, next: Next| {
        let sender = sender.clone();
        async move {
            let response = next.run(request).await;
            sender.send(seen(&response)).unwrap();
            response
        }
    });
    let app = router().layer(auth.layer()).layer(told);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, receiver)
}

fn seen(response: &axum::response::Response) -> Seen {
    let handler = response.headers().get(HANDLER).map(|name| name.to_str().unwrap().to_owned());
    let grpc = response.headers().get("grpc-status").filter(|_| handler.is_none());
    let status = match grpc.map(|code| code.to_str().unwrap()) {
        Some("3") => 400,
        Some("7") => 403,
        Some("16") => 401,
        _ => response.status().as_u16(),
    };
    Seen { status, handler }
}
