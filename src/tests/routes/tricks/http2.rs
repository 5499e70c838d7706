//! As frames of HTTP/2, whose pseudo-header fields no client library would send.

use super::*;
use crate::route::tests::wire::{exchange, http2, is_answered};

type Field<'a> = (&'a str, &'a [u8]);

/// What comes of a request with these fields, and the caller's; none if h2 takes it for none.
async fn asked(server: &(SocketAddr, Receiver<Seen>), fields: &[Field<'_>], caller: Caller) -> Option<Seen> {
    let credential = caller.fields().iter().map(|(name, value)| (*name, value.as_bytes()));
    exchange(server.0, &http2(fields.iter().copied().chain(credential)), is_answered).await;
    server.1.try_recv().ok()
}

fn fields(row: &Row) -> Vec<Field<'_>> {
    let has_host = row.fields.iter().any(|(name, _)| *name == "host");
    let authority = (!has_host).then_some((":authority", &b"a.test"[..]));
    let pseudo = [(":method", row.method.as_bytes()), (":scheme", b"http"), (":path", &row.target)];
    let others = row.fields.iter().map(|(name, value)| (*name, value.as_bytes()));
    pseudo.into_iter().chain(authority).chain(others).collect()
}

/// The long ones are for HTTP/1.1.
fn short_rows() -> impl Iterator<Item = Row> {
    rows().into_iter().filter(|row| row.target.len() < 100)
}

#[tokio::test]
async fn each_path_gets_each_caller_to_the_handler_of_its_route_or_nowhere() {
    let (server, closed) = (serve(CLOSED).await, routes(CLOSED));
    for row in short_rows() {
        let is_path = row.target.starts_with(b"/") && row.method != "CONNECT";
        for caller in CALLERS {
            let shown = format!("{caller:?}: {} {}", row.method, String::from_utf8_lossy(&row.target));
            let seen = asked(&server, &fields(&row), caller).await;
            let found = seen.as_ref().map(|seen| seen.handler.as_deref().ok_or(seen.status));
            match expected(&row, caller, &closed) {
                expected if is_path => assert_eq!(found, expected, "{shown}"),
                // As a path, an absolute target is none.
                _ => assert!(!matches!(found, Some(Ok(_))), "{shown}: {found:?}"),
            }
        }
    }
}

#[tokio::test]
async fn odd_pseudo_header_fields_get_nobody_past_a_route() {
    let (server, closed) = (serve(&open()).await, routes(CLOSED));
    let method: Field<'_> = (":method", b"POST");
    let scheme: Field<'_> = (":scheme", b"http");
    let authority: Field<'_> = (":authority", b"a.test");
    let admin: Field<'_> = (":path", b"/admin");
    let public: Field<'_> = (":path", b"/public");
    let odd: &[(&[Field<'_>], &[u16])] = &[
        // Two paths, in either order; one behind the fields; none.
        (&[method, scheme, authority, public, admin], &[]),
        (&[method, scheme, authority, admin, public], &[]),
        (&[method, scheme, authority, public, ("x", b"y"), admin], &[]),
        (&[method, scheme, authority], &[]),
        // gRPC without a slash.
        (&[method, scheme, authority, (":path", b"orders.v1.Orders/Drop"), ("content-type", b"application/grpc")], &[]),
        (&[method, scheme, authority, (":path", b"?/orders.v1.Orders/List")], &[400]),
        (&[method, scheme, authority, (":path", b"*")], &[400]),
        // Hosts that differ, or are none.
        (&[method, scheme, (":authority", b"internal.test"), (":path", b"/status"), ("host", b"a.test")], &[400]),
        (&[method, scheme, (":authority", b"a.test"), (":path", b"/status"), ("host", b"internal.test")], &[400]),
        (&[method, scheme, (":authority", b"a.test@internal.test"), (":path", b"/status")], &[400]),
        (&[method, scheme, (":path", b"/status"), ("host", b"a.test"), ("host", b"internal.test")], &[400]),
        // Two methods, an extended CONNECT (RFC 8441), and a tunnel.
        (&[method, (":method", b"GET"), scheme, authority, (":path", b"/report")], &[]),
        (&[(":method", b"CONNECT"), (":protocol", b"websocket"), scheme, authority, admin], &[400]),
        (&[(":method", b"CONNECT"), authority], &[400]),
    ];
    for (fields, allowed) in odd {
        for caller in CALLERS {
            let seen = asked(&server, fields, caller).await;
            let status = seen.as_ref().map(|seen| seen.status);
            assert!(status.is_none_or(|status| allowed.contains(&status)), "{caller:?}: {fields:?}: {seen:?}");
            assert_eq!(status.is_some(), !allowed.is_empty(), "{caller:?}: {fields:?}");
            assert_eq!(seen.and_then(|seen| seen.handler), None, "{caller:?}: {fields:?}");
        }
    }
    for path in ["/admin", "/public", "/me", "/orders.v1.Orders/*", "/elsewhere"] {
        for caller in CALLERS {
            let seen = asked(&server, &[method, scheme, authority, (":path", path.as_bytes())], caller).await.unwrap();
            let handler = seen.handler.as_deref();
            assert!(handler.is_none_or(|handler| may_reach(handler, caller, &closed)), "{caller:?}: {path}");
            assert_eq!(handler.is_some(), may_reach(path, caller, &closed), "{caller:?}: {path}");
        }
    }
}
