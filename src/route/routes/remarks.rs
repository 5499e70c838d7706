//! What may be meant otherwise than it stands.

use std::sync::Arc;

use http::Method;
use portcullis_core::Invalid;

use super::Routes;
use crate::route::entry::{Access, Route};
use crate::route::host::Pattern;
use crate::route::tree::Tree;

impl Routes {
    /// What may not be meant as it stands, each with the index of its section.
    pub(crate) fn remarks(&self) -> Vec<(usize, Invalid)> {
        let mut unreachable = Vec::new();
        let trees = self.exact.values().chain(self.below.values()).chain([&self.any]);
        trees.for_each(|tree| tree.unreachable(&mut unreachable));
        let unreachable = unreachable.into_iter().map(|index| {
            let problem = "no request takes this route: more specific ones are for all of them";
            (index, Invalid::new("", problem).expected("it left out, or those"))
        });
        let mut remarks: Vec<_> = unreachable.chain(self.bare_prefixes()).chain(self.other_hosts()).collect();
        remarks.sort_by_key(|(index, _)| *index);
        remarks
    }

    /// Routes for all that is below a path that is public itself: `/admin/{*rest}` is not for
    /// `/admin`, which may surprise.
    fn bare_prefixes(&self) -> impl Iterator<Item = (usize, Invalid)> {
        let guarded = self.routes.iter().enumerate().filter(|(_, route)| route.access() != Access::Public);
        guarded.filter_map(|(index, route)| {
            let public = self.bare_prefix(route).filter(|found| found.access() == Access::Public)?;
            let problem =
                format!("not for the path itself, which the route in line {} makes public", public.place().line());
            Some((index, Invalid::new("", problem).expected("a route for that path too")))
        })
    }

    /// The route of the path that this one is for all below of.
    fn bare_prefix(&self, route: &Route) -> Option<&Arc<Route>> {
        let path = route.template.bare_prefix()?;
        let host = route.host.example();
        let mut trees =
            usual_methods(route).flat_map(|method| self.trees(host.as_deref()).map(move |tree| (tree, method)));
        trees.find_map(|(tree, method)| tree.find(&path, Some(method))).map(|index| &self.routes[index])
    }

    /// Routes of one host and of all hosts for the same path, of which one takes less than the other: the client says which host it
    /// means.
    fn other_hosts(&self) -> impl Iterator<Item = (usize, Invalid)> {
        self.routes.iter().enumerate().filter_map(|(index, route)| {
            let path = route.template.example();
            let find = |tree: &Tree| {
                let found = usual_methods(route).filter_map(|method| tree.find(&path, Some(method)));
                found.map(|other| &self.routes[other]).find(|other| takes(other) < takes(route))
            };
            let for_all = route.host == Pattern::Any;
            let laxer = match for_all {
                true => {
                    self.exact.values().chain(self.below.values()).filter_map(find).min_by_key(|r| r.place().line())?
                }
                false => find(&self.any)?,
            };
            let line = laxer.place().line();
            let what = if laxer.access() == Access::Public { "is public" } else { "takes less" };
            let problem = match for_all {
                true => format!(
                    "guards all hosts but those of the route in line {line}, which {what}: whoever names one takes that"
                ),
                false => format!(
                    "guards this host alone: whoever names another takes the route in line {line}, which {what}"
                ),
            };
            let expected = "routes that take the same whatever the host is, or a service that looks at the host itself";
            Some((index, Invalid::new("", problem).expected(expected)))
        })
    }
}

/// How much a route takes: nothing; a credential; a certain one.
fn takes(route: &Route) -> u8 {
    match route.access() {
        Access::Public => 0,
        Access::Authenticated if route.scopes().is_empty() => 1,
        Access::Authenticated | Access::Authorized => 2,
    }
}

/// The methods that it is for; of those that it does not name, the most usual one.
fn usual_methods(route: &Route) -> impl Iterator<Item = &Method> {
    route.methods.probes().map(|method| method.unwrap_or(&Method::GET))
}
