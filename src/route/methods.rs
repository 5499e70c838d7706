//! The methods of a route.

use http::Method;
use portcullis_core::Invalid;

/// Those that the error for an unknown one names.
const COMMON: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// The others of the [registry](https://www.iana.org/assignments/http-methods) that a client may
/// send to a service. The name of any other one is mistyped, or nobody's.
const REGISTERED: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

/// Which methods a route is for.
#[derive(Clone, Debug)]
pub(super) enum Methods {
    Named(Box<[Method]>),
    Any,
    /// Any, and no route beside it for the same path may name one: tonic runs a call whatever the method is, so one that names
    /// `GET` would be the more specific route to the same call.
    Grpc,
}

impl Methods {
    pub(super) fn read(names: Option<&[String]>) -> Result<Self, Vec<Invalid>> {
        let Some(names) = names else { return Ok(Self::Any) };
        if names.is_empty() {
            let expected = "one method or more, or the key left out for any";
            return Err(vec![Invalid::new("methods", "empty").expected(expected)]);
        }
        let (mut methods, mut problems) = (Vec::new(), Vec::new());
        for (index, name) in names.iter().enumerate() {
            let found = match method(name) {
                Ok(method) if !methods.contains(&method) => {
                    methods.push(method);
                    continue;
                }
                Ok(_) => ("named twice", "each once".to_owned()),
                Err(found) => found,
            };
            problems.push(Invalid::new(format!("methods[{index}]"), found.0).expected(found.1));
        }
        if problems.is_empty() { Ok(Self::Named(methods.into())) } else { Err(problems) }
    }

    /// Those it names; none if it is for any.
    pub(super) fn named(&self) -> Option<&[Method]> {
        match self {
            Self::Named(methods) => Some(methods),
            Self::Any | Self::Grpc => None,
        }
    }

    pub(super) fn is_grpc(&self) -> bool {
        matches!(self, Self::Grpc)
    }

    /// What to ask for, to ask for all of them: none is a method that no route names.
    pub(super) fn probes(&self) -> impl Iterator<Item = Option<&Method>> {
        let any = self.named().is_none().then_some(None);
        self.named().unwrap_or_default().iter().map(Some).chain(any)
    }

    /// Whether both are for some method and neither may be more specific: named is more than any.
    pub(super) fn clash(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(some), Self::Named(others)) => some.iter().any(|method| others.contains(method)),
            (Self::Grpc, _) | (_, Self::Grpc) | (Self::Any, Self::Any) => true,
            (Self::Named(_), Self::Any) | (Self::Any, Self::Named(_)) => false,
        }
    }
}

fn method(name: &str) -> Result<Method, (&'static str, String)> {
    let is_known = |name: &str| COMMON.contains(&name) || REGISTERED.contains(&name);
    match name {
        "HEAD" => Err(("`HEAD` counts as `GET`", "`GET`, which is for both".to_owned())),
        "CONNECT" => Err(("a request with `CONNECT` is refused where there are routes", "another method".to_owned())),
        _ if is_known(name) => {
            let unknown = |_| ("unknown method", "a method".to_owned());
            Method::from_bytes(name.as_bytes()).map_err(unknown)
        }
        _ if is_known(&name.to_ascii_uppercase()) => {
            Err(("methods are case-sensitive", "the method in upper case".to_owned()))
        }
        _ => {
            let common: Vec<_> = COMMON.iter().map(|name| format!("`{name}`")).collect();
            Err(("unknown method", format!("{} or another registered one", common.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> Result<Methods, Vec<Invalid>> {
        Methods::read(Some(&names.iter().map(ToString::to_string).collect::<Vec<_>>()))
    }

    #[test]
    fn every_registered_method_is_read() {
        for name in COMMON.iter().chain(REGISTERED) {
            assert_eq!(read(&[name]).unwrap().named().unwrap()[0].as_str(), *name);
        }
        assert!(Methods::read(None).unwrap().named().is_none());
    }

    #[test]
    fn what_is_wrong_is_said_of_each() {
        let problems = read(&["GET", "get", "HEAD", "GOT", "GET", "CONNECT", ""]).unwrap_err();
        let said: Vec<_> = problems.iter().map(|invalid| (invalid.key(), invalid.problem())).collect();
        assert_eq!(
            said,
            [
                ("methods[1]", "methods are case-sensitive"),
                ("methods[2]", "`HEAD` counts as `GET`"),
                ("methods[3]", "unknown method"),
                ("methods[4]", "named twice"),
                ("methods[5]", "a request with `CONNECT` is refused where there are routes"),
                ("methods[6]", "unknown method"),
            ]
        );
        assert_eq!(read(&[]).unwrap_err()[0].problem(), "empty");
    }
}
