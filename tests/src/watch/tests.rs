use axum::Router;
use bytes::Bytes;
use http::Version;

use super::*;
use crate::traces::Trace;
use crate::{Server, Socket, Wire, basic, serve};

const CANARY: &str = "canary-0f8e6d1a";

/// A server that seems to be a program, and what is secret there.
struct Seeming {
    server: Server,
    secrets: Arc<Secrets>,
    _watch: Watch,
}

impl Seeming {
    async fn start() -> Self {
        let server = serve(Router::new()).await;
        let secrets = Arc::new(Secrets::default());
        let _watch = Watch::over(server.address(), Arc::clone(&secrets));
        Self { server, secrets, _watch }
    }

    /// Whether the canary would be found.
    fn knows(&self) -> bool {
        let found = self.secrets.traces(format!("a log with {CANARY} in it").as_bytes());
        found.iter().any(|Trace { secret, .. }| secret == CANARY)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_curl_sends_is_secret_where_it_is_sent() {
    let (user, bearer) = (format!("alice:{CANARY}"), format!("Authorization: Bearer {CANARY}"));
    let (basic, cookie) = (format!("authorization:{}", basic("alice", CANARY)), format!("session={CANARY}"));
    for arguments in [
        ["-u", &user, "/"],
        ["-H", &bearer, "/"],
        ["--header", &basic, "/path?query"],
        ["--cookie", &cookie, "/"],
        ["--oauth2-bearer", CANARY, "/"],
        ["-X", "POST", &format!("/?access_token={CANARY}")],
    ] {
        let (there, elsewhere) = (Seeming::start().await, Seeming::start().await);
        let url = there.server.url(arguments[2]);
        let arguments = [arguments[0].to_owned(), arguments[1].to_owned(), url];
        let shown = arguments.join(" ");
        let curl = move || crate::curl(&arguments.each_ref().map(String::as_str));
        assert_eq!(tokio::task::spawn_blocking(curl).await.unwrap().status, 404);
        assert!(there.knows(), "{shown}");
        assert!(!elsewhere.knows(), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_over_a_bare_socket_is_secret() {
    for field in [format!("Authorization: Bearer {CANARY}"), format!("AUTHORIZATION : {}", basic("alice", CANARY))] {
        let there = Seeming::start().await;
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\nConnection: close\r\n\r\n");
        Socket::connect(there.server.address()).send(request.as_bytes());
        assert!(there.knows(), "{field}");
    }
    let there = Seeming::start().await;
    Socket::connect(there.server.address()).send(format!("GET /?access_token={CANARY} HTTP/1.1\r\n").as_bytes());
    assert!(there.knows());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_over_http2_is_secret() {
    for (target, value) in [("/", basic("alice", CANARY)), (&*format!("/?access_token={CANARY}"), "x".to_owned())] {
        let there = Seeming::start().await;
        let request = Request::get(format!("http://localhost{target}")).version(Version::HTTP_2);
        let request = request.header("authorization", &value).body(Bytes::new()).unwrap();
        assert_eq!(Wire::connect(there.server.address()).await.send(request).await.head.status, 404);
        assert!(there.knows(), "{target} {value}");

        let there = Seeming::start().await;
        let (address, target) = (there.server.address(), target.to_owned());
        let sent = move || {
            let fields = [(":method", "GET"), (":scheme", "http"), (":path", &*target), (":authority", "a")];
            crate::frames(address, &[&fields[..], &[("authorization", &value)]].concat())
        };
        drop(tokio::task::spawn_blocking(sent).await.unwrap());
        assert!(there.knows());
    }
}

#[tokio::test]
async fn what_is_sent_to_a_program_that_has_ended_is_nobodys() {
    let there = Seeming::start().await;
    let address = there.server.address();
    drop(there);
    assert!(at(address).is_none());
}
