//! Request targets that have opened doors elsewhere. None gets more than its plain spelling does.

mod table;

use super::*;

pub(crate) use self::table::rows;

/// Routes without which nobody gets anywhere.
pub(crate) const CLOSED: &str = r#"
    route = [
        { path = "/", public = true },
        { path = "/public", public = true },
        { path = "/static/{*path}", public = true },
        { path = "/me", authenticated = true },
        { path = "/admin", action = { verb = "get", url = "/admin" } },
        { path = "/admin/{*rest}", action = { verb = "get", url = "/admin/{rest}" } },
        { path = "/queues/{queue}", methods = ["GET"], action = { verb = "get", resource = "queues", name = "{queue}" } },
        { path = "/files/{name}", public = true },
        { path = "/files/secret", action = { verb = "get", resource = "files" } },
        { path = "/report", methods = ["GET"], public = true },
        { path = "/report", methods = ["POST"], action = { verb = "create", resource = "reports" } },
        { grpc = "/orders.v1.Orders/List", public = true },
        { grpc = "/orders.v1.Orders/*", action = { verb = "update", resource = "orders" } },
        { path = "/status", public = true },
        { path = "/status", host = "internal.test", action = { verb = "get", resource = "status" } },
        # more
    ]
"#;

/// The same, and all else is public.
pub(crate) fn open() -> String {
    CLOSED.replace("# more", r#"{ path = "/{*else}", public = true }"#)
}

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No server takes it for a request.
    Unparsed,
    Refused(Ambiguous),
    Takes(&'static str),
    Unlisted,
}

pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) target: Vec<u8>,
    pub(crate) fields: Vec<(&'static str, &'static str)>,
    /// The same without tricks.
    pub(crate) plain: String,
    pub(crate) outcome: Outcome,
    /// What axum serves, where that has another name.
    pub(crate) served: Option<&'static str>,
}

impl Row {
    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.fields.push((name, value));
        self
    }

    fn plain(self, plain: &str) -> Self {
        Self { plain: plain.to_owned(), ..self }
    }

    fn served(self, served: &'static str) -> Self {
        Self { served: Some(served), ..self }
    }

    /// The request, if there is one.
    pub(super) fn request(&self) -> Option<Request<()>> {
        let mut request = request(self.method, Uri::try_from(&*self.target).ok()?, None);
        for (name, value) in &self.fields {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        Some(request)
    }
}

/// `GET`, or the method before the target.
fn row(target: impl AsRef<[u8]>, outcome: Outcome) -> Row {
    let target = target.as_ref();
    let (method, target) = match ["HEAD ", "POST ", "PUT ", "OPTIONS ", "CONNECT "]
        .iter()
        .find(|method| target.starts_with(method.as_bytes()))
    {
        Some(method) => (method.trim_end(), &target[method.len()..]),
        None => ("GET", target),
    };
    let plain = String::from_utf8_lossy(target).into_owned();
    Row { method, target: target.to_vec(), fields: Vec::new(), plain, outcome, served: None }
}

fn outcome(routes: &Routes, request: &Request<()>) -> Result<Option<Arc<Route>>, Ambiguous> {
    let target = Target::of(Head::from(request))?;
    Ok(match routes.find(&target)? {
        Found::Listed(route) => Some(Arc::clone(route)),
        Found::Unlisted => None,
    })
}

/// How many get past it: the greater, the more.
pub(super) fn openness(outcome: &Result<Option<Arc<Route>>, Ambiguous>) -> u8 {
    match outcome.as_ref().map(|route| route.as_ref().map(|route| route.access())) {
        Err(_) | Ok(None) => 0,
        Ok(Some(Access::Authorized)) => 1,
        Ok(Some(Access::Authenticated)) => 2,
        Ok(Some(Access::Public)) => 3,
    }
}

#[test]
fn each_target_takes_the_route_that_it_should() {
    let routes = routes(CLOSED);
    assert!(routes.denies_unlisted());
    for row in rows() {
        let shown = String::from_utf8_lossy(&row.target);
        let outcome = match row.request().map(|request| outcome(&routes, &request)) {
            None => Outcome::Unparsed,
            Some(Err(ambiguous)) => Outcome::Refused(ambiguous),
            Some(Ok(None)) => Outcome::Unlisted,
            Some(Ok(Some(route))) => match row.outcome {
                Outcome::Takes(name) if name == route.to_string() => row.outcome,
                other => panic!("{} {shown} takes {route}, not {other:?}", row.method),
            },
        };
        assert_eq!(outcome, row.outcome, "{} {shown} {:?}", row.method, row.fields);
    }
}

#[test]
fn none_gets_more_than_its_plain_spelling() {
    let routes = routes(CLOSED);
    for row in rows() {
        let Some(mut request) = row.request() else { continue };
        let got = outcome(&routes, &request);
        let Ok(plain) = Uri::try_from(&row.plain) else { panic!("{:?} is no plain spelling", row.plain) };
        *request.uri_mut() = plain;
        let plain = outcome(&routes, &request);
        assert!(openness(&got) <= openness(&plain), "{} {} gets more than {}", row.method, request.uri(), row.plain);
    }
}

#[test]
fn there_are_many_of_all_kinds() {
    let rows = rows();
    assert!(rows.len() >= 150, "{}", rows.len());
    let refused = rows.iter().filter(|row| matches!(row.outcome, Outcome::Refused(_) | Outcome::Unparsed)).count();
    assert!(refused >= 60 && rows.len() - refused >= 60, "{refused} of {}", rows.len());
}
