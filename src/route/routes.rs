//! All the routes of a file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use http::Method;
use portcullis_core::Invalid;

mod remarks;

use super::ambiguous::Ambiguous;
use super::config::RouteConfig;
use super::entry::{Access, Route};
use super::host::Pattern;
use super::target::Target;
use super::tree::Tree;
use crate::rbac::Place;

/// The routes of a file, compiled. By default there are none.
///
/// ```
/// use http::Request;
/// use portcullis::Head;
/// use portcullis::config::Config;
/// use portcullis::route::{Found, Target};
///
/// let config = Config::from_toml(
///     r#"
///     [[route]]
///     path = "/api/v1/workflows/{namespace}"
///     action = { verb = "list", resource = "workflows", namespace = "{namespace}" }
///     "#,
/// )?;
/// let request = Request::get("/api/v1/workflows/argo").body(()).unwrap();
/// let target = Target::of(Head::from(&request)).unwrap();
/// let Ok(Found::Listed(route)) = config.routes().find(&target) else { panic!("it is listed") };
/// let asked = route.asked(&target).unwrap();
/// assert_eq!(asked.action().to_string(), r#"list workflows in namespace "argo""#);
/// # Ok::<(), portcullis::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Routes {
    routes: Vec<Arc<Route>>,
    exact: HashMap<Box<str>, Tree>,
    /// By the domain that the hosts are below.
    below: HashMap<Box<str>, Tree>,
    any: Tree,
}

/// Which route a request takes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Found<'a> {
    /// This one.
    Listed(&'a Arc<Route>),
    /// None: it takes an accepted principal, and is denied if
    /// [the routes deny it](Routes::denies_unlisted).
    Unlisted,
}

impl Routes {
    /// Compiles the sections.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with the index of its section.
    pub(crate) fn compile(sections: &[(RouteConfig, Place)]) -> Result<Self, Vec<(usize, Invalid)>> {
        let mut routes = Self::default();
        let mut problems = Vec::new();
        for (index, (config, place)) in sections.iter().enumerate() {
            let compiled = Route::compile(config, place.clone());
            match compiled.and_then(|route| routes.insert(route).map_err(|invalid| vec![invalid])) {
                Ok(()) => {}
                Err(found) => problems.extend(found.into_iter().map(|invalid| (index, invalid))),
            }
        }
        if problems.is_empty() {
            problems.extend(routes.below_services());
        }
        if problems.is_empty() { Ok(routes) } else { Err(problems) }
    }

    /// Routes that name methods, and stand in the way of a `grpc` route: to the same calls, which run whatever the method is.
    fn below_services(&self) -> impl Iterator<Item = (usize, Invalid)> {
        let named = self.routes.iter().enumerate().filter(|(_, route)| route.methods.named().is_some());
        named.filter_map(|(index, route)| {
            let service = route.template.segments.first()?;
            let is_of_it =
                |other: &&Arc<Route>| other.methods.is_grpc() && other.template.segments.first() == Some(service);
            let line = self.routes.iter().find(is_of_it)?.place().line();
            let problem =
                format!("below the gRPC service of the route in line {line}, whose calls run whatever the method is");
            Some((index, Invalid::new("methods", problem).expected("`grpc` in place of `path`, or the key left out")))
        })
    }

    fn insert(&mut self, route: Route) -> Result<(), Invalid> {
        let tree = match route.host.clone() {
            Pattern::Any => &mut self.any,
            Pattern::Below(domain) => self.below.entry(domain).or_default(),
            Pattern::Exact(host) => self.exact.entry(host).or_default(),
        };
        let inserted = tree.insert(&route.template.segments, &route.methods, self.routes.len());
        inserted.map_err(|other| {
            let other = &self.routes[other];
            let line = other.place().line();
            // If only one of them names methods, the other one is of gRPC.
            let (problem, expected) = match route.methods.named().is_some() == other.methods.named().is_some() {
                true => (
                    format!("for the same requests as the route in line {line}, and as specific"),
                    "another path, other hosts, or other methods",
                ),
                false => (
                    format!(
                        "for the same path as the route in line {line}, and a gRPC call runs whatever the method is"
                    ),
                    "another path, or other hosts",
                ),
            };
            Invalid::new("", problem).expected(expected)
        })?;
        self.routes.push(Arc::new(route));
        Ok(())
    }

    /// The route that the request takes: of those that are for it, the most specific one.
    ///
    /// # Errors
    ///
    /// If the path has escapes, and without them it would take another route.
    pub fn find(&self, target: &Target<'_>) -> Result<Found<'_>, Ambiguous> {
        Ok(self.index_of(target)?.map_or(Found::Unlisted, |index| Found::Listed(&self.routes[index])))
    }

    /// As [`find`](Self::find), by its place among the routes.
    pub(crate) fn index_of(&self, target: &Target<'_>) -> Result<Option<usize>, Ambiguous> {
        let host = target.host.map(lower_case);
        let found = self.look_up(host.as_deref(), target.path, target.method);
        match &target.decoded {
            Some(decoded) if self.look_up(host.as_deref(), decoded, target.method) != found => {
                Err(Ambiguous::OtherRoute)
            }
            _ => Ok(found),
        }
    }

    pub(crate) fn at(&self, index: usize) -> Option<&Route> {
        self.routes.get(index).map(|route| &**route)
    }

    fn look_up(&self, host: Option<&str>, path: &str, method: &Method) -> Option<usize> {
        self.trees(host).find_map(|tree| tree.find(path, Some(method)))
    }

    /// Those for this host, the most specific first.
    fn trees(&self, host: Option<&str>) -> impl Iterator<Item = &Tree> {
        let exact = host.filter(|_| !self.exact.is_empty()).and_then(|host| self.exact.get(host));
        let dots = host.filter(|_| !self.below.is_empty()).into_iter().flat_map(|host| {
            let dots = host.bytes().enumerate().filter(|(_, byte)| *byte == b'.');
            dots.filter_map(|(dot, _)| self.below.get(&host[dot + 1..]))
        });
        exact.into_iter().chain(dots).chain([&self.any])
    }

    /// Whether a request that no route is for is denied: as soon as any route names an action or
    /// scopes. Before that, an accepted principal is enough.
    #[must_use]
    pub fn denies_unlisted(&self) -> bool {
        let wants_more = |route: &Arc<Route>| route.access() == Access::Authorized || !route.scopes().is_empty();
        self.routes.iter().any(wants_more)
    }

    /// The routes, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Route>> {
        self.routes.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }
}

fn lower_case(host: &str) -> Cow<'_, str> {
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    }
}
