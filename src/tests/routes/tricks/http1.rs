//! As bytes of HTTP/1.1.

use super::*;
use crate::route::tests::wire::{exchange, http1};

/// What comes of the row's request; none if hyper takes it for none.
async fn asked(server: &(SocketAddr, Receiver<Seen>), row: &Row, caller: Caller) -> Option<Seen> {
    let received = exchange(server.0, &http1(row, caller.fields()), |_| false).await;
    let answer = String::from_utf8_lossy(&received);
    let seen = server.1.try_recv().ok();
    // What came over the socket is what left the layer.
    let handler = answer.lines().find_map(|line| line.strip_prefix(HANDLER)?.strip_prefix(": "));
    assert_eq!(handler, seen.as_ref().and_then(|seen| seen.handler.as_deref()), "{answer}");
    assert!(seen.is_some() || !answer.starts_with("HTTP/1.1 2"), "{answer}");
    seen
}

fn shown(row: &Row, caller: Caller) -> String {
    let target = String::from_utf8_lossy(&row.target);
    let target: String = target.chars().take(80).collect();
    format!("{caller:?}: {} {target} {:?}", row.method, row.fields)
}

#[tokio::test]
async fn each_target_gets_each_caller_to_the_handler_of_its_route_or_nowhere() {
    let (server, closed) = (serve(CLOSED).await, routes(CLOSED));
    for row in rows() {
        for caller in CALLERS {
            let seen = asked(&server, &row, caller).await;
            let found = seen.as_ref().map(|seen| seen.handler.as_deref().ok_or(seen.status));
            assert_eq!(found, expected(&row, caller, &closed), "{}", shown(&row, caller));
        }
    }
}

/// The same target without tricks, and without the fields that other servers believe. The host says what is asked for.
fn plain(row: &Row) -> Row {
    let mut fields = row.fields.clone();
    fields.retain(|(name, _)| *name == "host");
    Row { target: row.plain.clone().into_bytes(), plain: row.plain.clone(), fields, ..*row }
}

#[tokio::test]
async fn whoever_gets_somewhere_by_a_trick_gets_there_by_the_plain_spelling() {
    let server = serve(CLOSED).await;
    let mut tricks = 0;
    for row in rows() {
        let plain = plain(&row);
        if plain.target == row.target && plain.fields == row.fields {
            continue;
        }
        tricks += 1;
        for caller in CALLERS {
            let Some(Seen { handler: Some(handler), .. }) = asked(&server, &row, caller).await else { continue };
            let by_plain = asked(&server, &plain, caller).await.and_then(|seen| seen.handler);
            assert_eq!(by_plain, Some(handler), "{}", shown(&row, caller));
        }
    }
    assert!(tricks >= 90, "{tricks}");
}

/// What is worst: a route for all else that is public.
#[tokio::test]
async fn no_handler_is_reached_past_its_own_route_although_all_else_is_public() {
    let (server, closed) = (serve(&open()).await, routes(CLOSED));
    let mut reached = 0;
    for row in rows() {
        for caller in CALLERS {
            let Some(Seen { handler: Some(handler), .. }) = asked(&server, &row, caller).await else { continue };
            assert!(may_reach(&handler, caller, &closed), "{} reaches {handler}", shown(&row, caller));
            reached += 1;
        }
    }
    assert!(reached >= 150, "{reached}");
}
