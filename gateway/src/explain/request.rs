//! A request: which route it takes, and what that asks for.

use std::fmt::Write as _;

use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Uri, header};
use portcullis::config::Config;
use portcullis::route::{Access, Ambiguous, Found, Route, Target};
use portcullis::{Head, Principal};

use super::answer::Answer;
use super::caller::Caller;
use crate::cli::AskedArgs;
use crate::failure::Failure;

/// Adds to the report which route the request takes and what that asks for, and answers.
pub(super) fn explain(
    args: &AskedArgs,
    path: &PathAndQuery,
    config: &Config,
    caller: &Caller,
    report: &mut String,
) -> Result<Answer, Failure> {
    let method = args.method.clone().unwrap_or(Method::GET);
    let host = args.host.as_ref();
    let shown = host.and_then(|host| host.to_str().ok()).map(|host| format!(" on {host}")).unwrap_or_default();
    let _ = writeln!(report, "request: {method} {path}{shown}");
    let request = request(method, path, host).map_err(|error| Failure::Usage(error.to_string()))?;
    if config.routes().is_empty() {
        let open = |_: &_| Answer::allowed("the file has no routes, so whoever gets in passes");
        return Ok(caller.principal().map_or_else(|answer| answer, open));
    }
    let target = match Target::of(Head::from(&request)) {
        Ok(target) => target,
        Err(ambiguous) => return Ok(refused(ambiguous)),
    };
    let route = match config.routes().find(&target) {
        Ok(Found::Listed(route)) => Some(route),
        Ok(_) => None,
        Err(ambiguous) => return Ok(refused(ambiguous)),
    };
    let _ = match route {
        Some(route) => writeln!(report, "route: {route} ({})", route.place()),
        None => writeln!(report, "route: none"),
    };
    let is_public = route.is_some_and(|route| route.access() == Access::Public);
    Ok(match (caller.principal(), route) {
        (Err(_), _) if is_public && matches!(caller, Caller::WithoutCredential) => {
            Answer::allowed("the route is public")
        }
        (Err(answer), _) => answer,
        (Ok(principal), Some(route)) => of_route(route, &target, config, principal, report),
        (Ok(_), None) if config.routes().denies_unlisted() => {
            Answer::not_allowed("no route is for it, and with a route that names an action or scopes, that is denied")
        }
        (Ok(_), None) => {
            Answer::allowed("no route is for it, and as no route names an action or scopes, whoever gets in passes")
        }
    })
}

fn request(method: Method, path: &PathAndQuery, host: Option<&HeaderValue>) -> http::Result<Request<()>> {
    let mut request = Request::builder().method(method).uri(Uri::from(path.clone()));
    if let Some(host) = host {
        request = request.header(header::HOST, host);
    }
    request.body(())
}

fn refused(ambiguous: Ambiguous) -> Answer {
    let whom = match ambiguous {
        // It would tell others which routes there are.
        Ambiguous::OtherRoute => {
            "with 400 if a good credential comes with it, and as any other one that is denied if not"
        }
        _ => "with 400, whoever makes it",
    };
    Answer::not_allowed(format!("the target is ambiguous ({ambiguous}), so the request is refused {whom}"))
}

/// What the route makes of the caller.
fn of_route(route: &Route, target: &Target<'_>, config: &Config, principal: &Principal, report: &mut String) -> Answer {
    match route.access() {
        Access::Public => return Answer::allowed("the route is public"),
        Access::Authenticated if principal.is_anonymous() => {
            return Answer::not_allowed("the route takes a caller with a credential");
        }
        _ => {}
    }
    if !route.scopes().is_empty() {
        let _ = writeln!(report, "scopes of the route: {}", route.scopes().join(", "));
    }
    let missing: Vec<_> = route.scopes().iter().filter(|scope| !principal.has_scope(scope)).map(|s| &**s).collect();
    if !missing.is_empty() {
        return Answer::not_allowed(format!("the caller lacks {}", missing.join(", ")));
    }
    match route.asked(target) {
        Some(asked) => {
            let action = asked.action();
            let _ = writeln!(report, "action: {action}");
            Answer::of(config, principal, &action)
        }
        None if route.access() == Access::Authenticated => {
            let scopes = if route.scopes().is_empty() { "" } else { " with these scopes" };
            Answer::allowed(format!("the route takes any caller with a credential{scopes}"))
        }
        // As the gate has it: a way in that this version does not know is none.
        None => Answer::not_allowed("the route names no action"),
    }
}
