//! One `[[route]]`, compiled.

use std::fmt;

use http::Method;
use portcullis_core::Invalid;

use super::asked::{Asked, Wanted};
use super::config::RouteConfig;
use super::host::Pattern;
use super::methods::Methods;
use super::target::Target;
use super::template::Template;
use crate::rbac::Place;

/// What a `[[route]]` says of the requests that it is for. It shows itself as the file has it:
/// `GET /api/v1/workflows/{namespace}`.
#[derive(Clone, Debug)]
pub struct Route {
    pub(super) methods: Methods,
    pub(super) host: Pattern,
    pub(super) template: Template,
    /// The path or the gRPC method, as it stands in the file.
    text: Box<str>,
    access: Access,
    is_safe: bool,
    wanted: Option<Wanted>,
    scopes: Box<[Box<str>]>,
    place: Place,
}

/// Who gets past a [`Route`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Whoever presents no bad credential.
    Public,
    /// Whoever presents a credential that a backend accepts, with the route's scopes.
    Authenticated,
    /// Whoever may do what the route asks, with its scopes.
    Authorized,
}

impl Route {
    pub(super) fn compile(config: &RouteConfig, place: Place) -> Result<Self, Vec<Invalid>> {
        let mut problems = Vec::new();
        let template = match (&config.path, &config.grpc) {
            (Some(path), None) => Template::of_path(path),
            (None, Some(grpc)) => Template::of_grpc(grpc),
            (Some(_), Some(_)) => Err(Invalid::new("grpc", "stands beside `path`").expected("the one or the other")),
            (None, None) => Err(Invalid::new("", "for no path").expected("`path`, or `grpc`")),
        };
        if config.grpc.is_some() && config.methods.is_some() {
            problems.push(Invalid::new("methods", "gRPC has none").expected("the key left out beside `grpc`"));
        }
        let template = template.map_err(|invalid| problems.push(invalid));
        problems.extend(unsafe_anyway(config));
        let methods = match config.grpc {
            Some(_) => Ok(Methods::Grpc),
            None => Methods::read(config.methods.as_deref()).map_err(|found| problems.extend(found)),
        };
        let host = Pattern::read(config.host.as_deref()).map_err(|invalid| problems.push(invalid));
        let access = access(config).map_err(|invalid| problems.push(invalid));
        // Without the path nobody knows which captures there are.
        let wanted = match (&config.action, &template) {
            (Some(action), Ok(template)) => {
                Some(Wanted::read(action, template).map_err(|found| problems.extend(found))).transpose()
            }
            _ => Ok(None),
        };
        problems.extend(bad_scopes(config));
        match (template, methods, host, access, wanted) {
            (Ok(template), Ok(methods), Ok(host), Ok(access), Ok(wanted)) if problems.is_empty() => {
                let text = config.path.as_deref().or(config.grpc.as_deref()).unwrap_or_default().into();
                let scopes = config.scopes.iter().map(|scope| scope.as_str().into()).collect();
                let is_safe = config.safe.unwrap_or(true);
                Ok(Self { methods, host, template, text, access, is_safe, wanted, scopes, place })
            }
            _ => Err(problems),
        }
    }

    /// Who gets past it.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether what its safe methods do is safe.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.is_safe
    }

    /// What a request that takes this route asks to do, if the route says. Allocates nothing, unless
    /// a text joins a capture with something else.
    #[must_use]
    pub fn asked<'a>(&'a self, target: &'a Target<'_>) -> Option<Asked<'a>> {
        self.asked_of(target.decoded())
    }

    /// The same for a path, which is decoded.
    pub(crate) fn asked_of<'a>(&'a self, path: &'a str) -> Option<Asked<'a>> {
        self.wanted.as_ref().map(|wanted| wanted.of(path))
    }

    /// The captures of its path with what the target has there, decoded.
    pub fn captures<'a>(&'a self, target: &'a Target<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
        let value = |name| self.template.position(name).map_or("", |position| position.of(target.decoded()));
        self.template.names().map(move |name| (name, value(name)))
    }

    /// The scopes that it takes, all of them.
    #[must_use]
    pub fn scopes(&self) -> &[Box<str>] {
        &self.scopes
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, method) in self.methods.named().unwrap_or_default().iter().enumerate() {
            write!(f, "{}{method}", if index > 0 { "," } else { "" })?;
        }
        if self.methods.named().is_some() {
            f.write_str(" ")?;
        }
        match &self.host {
            Pattern::Any => {}
            Pattern::Below(domain) => write!(f, "*.{domain}")?,
            Pattern::Exact(host) => f.write_str(host)?,
        }
        f.write_str(&self.text)
    }
}

/// `safe` says something about safe methods alone. gRPC has none: each call is a POST.
fn unsafe_anyway(config: &RouteConfig) -> Option<Invalid> {
    config.safe?;
    if config.grpc.is_some() {
        let problem = "a gRPC method is none of the safe ones";
        return Some(Invalid::new("safe", problem).expected("the key left out beside `grpc`"));
    }
    let methods = config.methods.as_ref()?;
    let is_safe = |method: &String| Method::from_bytes(method.as_bytes()).is_ok_and(|method| method.is_safe());
    let problem = "none of the route's methods is a safe one";
    (!methods.iter().any(is_safe)).then(|| Invalid::new("safe", problem).expected("the key left out"))
}

/// The one decision of the route.
fn access(config: &RouteConfig) -> Result<Access, Invalid> {
    let decisions = [
        ("public", config.public, Access::Public),
        ("authenticated", config.authenticated, Access::Authenticated),
        ("action", config.action.is_some(), Access::Authorized),
    ];
    let mut taken = decisions.into_iter().filter(|(_, is_taken, _)| *is_taken);
    match (taken.next(), taken.next()) {
        (Some((_, _, access)), None) => Ok(access),
        (Some((first, ..)), Some((second, ..))) => {
            let problem = format!("stands beside `{first}`");
            Err(Invalid::new(second, problem).expected("exactly one of `public`, `authenticated`, `action`"))
        }
        (None, _) => {
            let expected = "one of `public = true`, `authenticated = true`, `action = { … }`";
            Err(Invalid::new("", "says not who gets past").expected(expected))
        }
    }
}

fn bad_scopes(config: &RouteConfig) -> Vec<Invalid> {
    if config.public && !config.scopes.is_empty() {
        let problem = "a caller without a credential has none";
        return vec![Invalid::new("scopes", problem).expected("the key left out beside `public`")];
    }
    let wrong = config.scopes.iter().enumerate().filter(|(_, scope)| !is_scope(scope));
    let expected = "visible ASCII without quotes, backslashes and spaces (RFC 6749, section 3.3)";
    wrong.map(|(index, _)| Invalid::new(format!("scopes[{index}]"), "no scope").expected(expected)).collect()
}

/// `scope-token` of [RFC 6749, section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}
