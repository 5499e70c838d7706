//! Random routes and random requests, beside the naive search.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::naive::{self, Answer};
use super::*;

/// Few different ones, so that they meet.
const LITERALS: &[&str] = &["a", "b", "ab", "A", "a.b", "~"];
const SEGMENTS: &[&str] = &[
    "a", "b", "ab", "A", "a.b", "~", "x", "", ".", "..", "...", "%61", "%62", "%41", "%7E", "%7e", "a%2Eb", "%2e",
    "%2E.", "%2f", "a;b", "%3b", "%25", "%2561", "%zz", "%", "\\", "%5C", "%00", "%c3%a9", "%ff", "a%20b", "{x}", "é",
    "+",
];
const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE"];

fn template() -> impl Strategy<Value = String> {
    let segment = prop_oneof![3 => select(LITERALS).prop_map(Some), 2 => Just(None)];
    (vec(segment, 0..4), select(&["", "", "/", "/{*rest}"])).prop_map(|(segments, end)| {
        let shown = |(index, segment): (usize, &Option<&str>)| match segment {
            Some(literal) => format!("/{literal}"),
            None => format!("/{{c{index}}}"),
        };
        let path: String = segments.iter().enumerate().map(shown).collect();
        if path.is_empty() && end.is_empty() { "/".to_owned() } else { path + end }
    })
}

fn route() -> impl Strategy<Value = naive::Route> {
    let methods = option::weighted(0.4, proptest::sample::subsequence(METHODS, 1..3));
    let host = option::weighted(0.3, select(&["a.test", "*.test", "*.a.test", "b.a.test", "B.a.test"]));
    (methods, host, template()).prop_map(|(methods, host, path)| naive::Route {
        methods: methods.map(|names| names.into_iter().map(ToOwned::to_owned).collect()),
        host: host.map(ToOwned::to_owned),
        path,
    })
}

/// Mostly plain segments: one odd one is enough to be refused.
fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![6 => select(LITERALS), 1 => select(SEGMENTS)];
    let segments = vec(segment, 1..5).prop_map(|segments| format!("/{}", segments.join("/")));
    (segments, prop::bool::weighted(0.2)).prop_map(|(path, slash)| if slash { path + "/" } else { path })
}

fn host() -> impl Strategy<Value = Option<&'static str>> {
    option::weighted(0.6, select(&["a.test", "b.a.test", "c.b.A.test", "test", "d.test", "xa.test"]))
}

fn section(route: &naive::Route) -> RouteConfig {
    RouteConfig {
        methods: route.methods.clone(),
        host: route.host.clone(),
        path: Some(route.path.clone()),
        public: true,
        ..RouteConfig::default()
    }
}

fn compile(routes: &[naive::Route]) -> Result<Routes, Vec<(usize, Invalid)>> {
    let place = |line| Place::new("".into(), line);
    let sections: Vec<_> = routes.iter().enumerate().map(|(line, route)| (section(route), place(line))).collect();
    Routes::compile(&sections)
}

/// Those that do not clash with an earlier one.
fn apart(routes: &[naive::Route]) -> Vec<naive::Route> {
    let mut apart: Vec<naive::Route> = Vec::new();
    for route in routes {
        if !apart.iter().any(|other| naive::clash(route, other)) {
            apart.push(route.clone());
        }
    }
    apart
}

fn answer(routes: &Routes, method: &str, host: Option<&str>, path: &str) -> Answer {
    let request = request(method, path, host);
    let found = Target::of(Head::from(&request)).and_then(|target| routes.find(&target));
    match found {
        Err(_) => Answer::Refused,
        Ok(Found::Listed(route)) => Answer::Route(route.place().line()),
        Ok(Found::Unlisted) => Answer::Unlisted,
    }
}

/// Paths that the template is for, and no other that does not take the same: a segment `other`
/// is no literal, and what stands for the rest is as long as any template.
fn examples(template: &str) -> Vec<String> {
    let (before, rest) = template.split_once("{*").map_or((template, None), |(before, rest)| (before, Some(rest)));
    let segments = before.split('/').map(|segment| if segment.starts_with('{') { "other" } else { segment });
    let before = segments.collect::<Vec<_>>().join("/");
    let ends =
        ["", "other", "other/", "other/other", "other/other/", "other/other/other", "other/other/other/other/other"];
    let ends = if rest.is_some() { &ends[..] } else { &ends[..1] };
    ends.iter().map(|end| format!("{before}{end}")).collect()
}

proptest! {
    // Ten requests each: 100,000.
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_route_found_is_the_one_that_a_naive_search_finds(
        routes in vec(route(), 0..12),
        requests in vec((select(&["GET", "HEAD", "POST", "BREW"]), host(), path()), 10),
    ) {
        let apart = apart(&routes);
        prop_assert_eq!(compile(&routes).is_err(), apart.len() < routes.len(), "{:?}", routes);
        let (routes, compiled) = (&apart, compile(&apart).unwrap());
        for (method, host, path) in requests {
            let expected = naive::find(routes, method, host, &path);
            prop_assert_eq!(answer(&compiled, method, host, &path), expected, "{} {:?} {}", method, host, path);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_encoded_spelling_takes_the_route_of_the_plain_one_or_is_refused(
        routes in vec(route(), 0..12),
        path in vec(select(LITERALS), 1..5),
        encoded in vec(any::<bool>(), 20),
    ) {
        let routes = compile(&apart(&routes)).unwrap();
        let plain = format!("/{}", path.join("/"));
        let mut encoded = encoded.into_iter().chain(std::iter::repeat(false));
        let spelling = |character: char| match encoded.next() {
            Some(true) if character != '/' => format!("%{:02x}", u32::from(character)),
            _ => character.to_string(),
        };
        let spelling: String = plain.chars().map(spelling).collect();
        let found = answer(&routes, "GET", None, &spelling);
        prop_assert!(found == Answer::Refused || found == answer(&routes, "GET", None, &plain), "{} {:?}", spelling, found);
    }

    /// An unreachable route is one that no request takes, and no other is remarked.
    #[test]
    fn a_route_is_remarked_as_unreachable_if_and_only_if_no_request_takes_it(routes in vec(route(), 0..12)) {
        let routes = apart(&routes);
        let compiled = compile(&routes).unwrap();
        for (index, route) in routes.iter().enumerate() {
            let is_remarked = compiled.remarks().iter().any(|(remarked, _)| *remarked == index);
            let host = route.host.as_ref().map(|host| host.replace('*', "another").to_lowercase());
            let methods = route.methods.clone().unwrap_or(vec!["BREW".to_owned()]);
            let paths = examples(&route.path);
            let is_taken = methods.iter().any(|method| {
                paths.iter().any(|path| answer(&compiled, method, host.as_deref(), path) == Answer::Route(index))
            });
            prop_assert_eq!(is_remarked, !is_taken, "{:?} of {:?}", route, routes);
        }
    }
}
