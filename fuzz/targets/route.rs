//! Routes, and requests for them: the route found is the one that a naive search finds, and an encoded
//! spelling takes the route of the plain one or none.
//!
//! Each line of the input is a route or a request, its parts separated by a space, `-` for none:
//! `+ GET,POST a.test /a/{b}` is a public route, with `!` for `+` one that takes more, and
//! `> GET a.test /a/b` is a request.

#![no_main]

use std::sync::Arc;

use http::{Method, Request, Uri};
use libfuzzer_sys::fuzz_target;
use naive::Answer;
use portcullis::Head;
use portcullis::config::Config;
use portcullis::route::{Ambiguous, Found, Routes, Target};

#[path = "../../src/route/tests/naive.rs"]
mod naive;

const MAX_ROUTES: usize = 16;

fn unless_none(text: &str) -> Option<String> {
    (text != "-").then(|| text.to_owned())
}

fn route_of(line: &str) -> Option<(bool, naive::Route)> {
    let mut parts = line.splitn(4, ' ');
    let is_public = match parts.next()? {
        "+" => true,
        "!" => false,
        _ => return None,
    };
    let methods = unless_none(parts.next()?).map(|names| names.split(',').map(ToOwned::to_owned).collect());
    Some((is_public, naive::Route { methods, host: unless_none(parts.next()?), path: parts.next()?.to_owned() }))
}

/// What a file says that has these routes.
fn toml(routes: &[(bool, naive::Route)]) -> String {
    // The strings of JSON are strings of TOML, but for DEL.
    let quoted = |text: &String| serde_json::to_string(text).expect("a string").replace('\u{7f}', "\\u007f");
    let section = |(is_public, route): &(bool, naive::Route)| {
        let methods = route.methods.as_ref().map(|names| names.iter().map(quoted).collect::<Vec<_>>().join(", "));
        let methods = methods.map(|names| format!("methods = [{names}]\n")).unwrap_or_default();
        let host = route.host.as_ref().map(|host| format!("host = {}\n", quoted(host))).unwrap_or_default();
        let access = if *is_public { "public = true" } else { "action = { verb = 'get', url = '/' }" };
        format!("[[route]]\n{methods}{host}path = {}\n{access}\n", quoted(&route.path))
    };
    routes.iter().map(section).collect()
}

fn read(routes: &[(bool, naive::Route)]) -> Option<Arc<Routes>> {
    Config::from_toml(&toml(routes)).ok().map(|config| Arc::clone(config.routes()))
}

/// Those that do not clash with an earlier one.
fn apart(routes: &[(bool, naive::Route)]) -> Vec<(bool, naive::Route)> {
    let mut apart: Vec<(bool, naive::Route)> = Vec::new();
    for route in routes {
        if !apart.iter().any(|(_, other)| naive::clash(&route.1, other)) {
            apart.push(route.clone());
        }
    }
    apart
}

/// The routes that are in order, each by itself and all together.
fn in_order(input: &str) -> (Vec<naive::Route>, Arc<Routes>) {
    let mut routes: Vec<_> = input.lines().filter_map(route_of).take(MAX_ROUTES).collect();
    let mut compiled = read(&routes);
    if compiled.is_none() {
        routes.retain(|route| read(std::slice::from_ref(route)).is_some());
        compiled = read(&routes);
    }
    let apart = apart(&routes);
    assert_eq!(compiled.is_some(), apart.len() == routes.len(), "refused if and only if two clash");
    let compiled = compiled.or_else(|| read(&apart)).expect("they are in order");
    (apart.into_iter().map(|(_, route)| route).collect(), compiled)
}

/// The request without its body, if any server takes it for one.
fn request_of(line: &str) -> Option<Request<()>> {
    let mut parts = line.strip_prefix("> ")?.splitn(3, ' ');
    let method = Method::from_bytes(parts.next()?.as_bytes()).ok()?;
    let host = unless_none(parts.next()?);
    let request = Request::builder().method(method).uri(Uri::try_from(parts.next()?).ok()?);
    host.into_iter().fold(request, |request, host| request.header("host", host)).body(()).ok()
}

/// The index of the route that is found.
fn find(routes: &Routes, request: &Request<()>) -> Result<Option<usize>, Ambiguous> {
    let target = Target::of(Head::from(request))?;
    let Found::Listed(route) = routes.find(&target)? else { return Ok(None) };
    assert!(route.captures(&target).all(|(name, _)| !name.is_empty()));
    if let Some(asked) = route.asked(&target) {
        assert!(!asked.action().to_string().is_empty());
    }
    Ok(routes.iter().position(|other| Arc::ptr_eq(route, other)))
}

/// The same with another path, if that is a path.
fn with_path(request: &Request<()>, path: &str) -> Option<Request<()>> {
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(path.parse().ok().filter(|uri: &http::uri::PathAndQuery| uri.as_str() == path)?);
    let mut other = request.clone();
    *other.uri_mut() = Uri::from_parts(parts).ok()?;
    Some(other)
}

fn encoded(path: &str) -> String {
    let encoded = |(at, character): (usize, char)| match character {
        '/' | '%' => character.to_string(),
        _ if at % 2 == 0 && character.is_ascii() => format!("%{:02x}", u32::from(character)),
        _ => character.to_string(),
    };
    path.char_indices().map(encoded).collect()
}

/// The plain spelling, if there is one that needs no escapes.
fn decoded(path: &str) -> Option<String> {
    let mut pieces = path.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"?#%".contains(byte);
    String::from_utf8(bytes).ok().filter(|path| path.as_bytes().iter().all(is_plain))
}

fuzz_target!(|input: &str| {
    let (routes, compiled) = in_order(input);
    for request in input.lines().filter_map(request_of) {
        let found = find(&compiled, &request);
        let path = request.uri().path();
        let Ok(target) = Target::of(Head::from(&request)) else {
            assert!(found.is_err());
            continue;
        };
        if path != "*" {
            let naive = naive::find(&routes, request.method().as_str(), target.host(), path);
            let answer = found.map_or(Answer::Refused, |found| found.map_or(Answer::Unlisted, Answer::Route));
            assert_eq!(answer, naive, "{path}");
        }
        let Ok(found) = found else { continue };
        if let Some(plain) = decoded(path).and_then(|plain| with_path(&request, &plain)) {
            assert_eq!(find(&compiled, &plain), Ok(found), "{path} takes another route than its plain spelling");
        }
        if let Some(Ok(other)) = with_path(&request, &encoded(path)).map(|other| find(&compiled, &other)) {
            assert_eq!(other, found, "{path} takes another route when encoded");
        }
    }
});
