//! The same as the module, written as one would say it: every route is tried, and the best is taken.
//! It shares nothing with the module, and no more than texts: the fuzz target uses it too.

/// A route, as it stands in the file.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) methods: Option<Vec<String>>,
    pub(crate) host: Option<String>,
    pub(crate) path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Refused,
    Route(usize),
    Unlisted,
}

/// How specific a route is for a request: the greater, the more.
type Rank = (usize, Vec<u8>, bool);

pub(crate) fn find(routes: &[Route], method: &str, host: Option<&str>, path: &str) -> Answer {
    let method = if method == "HEAD" { "GET" } else { method };
    let host = host.map(str::to_lowercase);
    let best = |path: &str| {
        let ranks = routes.iter().enumerate().filter_map(|(index, route)| {
            let rank = rank(route, method, host.as_deref(), path)?;
            Some((rank, index))
        });
        ranks.max().map_or(Answer::Unlisted, |(_, index)| Answer::Route(index))
    };
    match decoded(path) {
        Some(decoded) if best(&decoded) == best(path) => best(path),
        _ => Answer::Refused,
    }
}

/// Whether two routes are for some of the same requests, and neither is more specific.
pub(crate) fn clash(one: &Route, other: &Route) -> bool {
    let shape = |route: &Route| -> Vec<String> {
        let segments = route.path.split('/').map(|segment| match kind(segment) {
            2 => segment.to_owned(),
            kind => format!("{{{kind}}}"),
        });
        segments.collect()
    };
    let host = |route: &Route| route.host.as_ref().map(|host| host.to_lowercase());
    let methods = match (&one.methods, &other.methods) {
        (Some(some), Some(others)) => some.iter().any(|method| others.contains(method)),
        (some, others) => some.is_none() && others.is_none(),
    };
    host(one) == host(other) && shape(one) == shape(other) && methods
}

fn rank(route: &Route, method: &str, host: Option<&str>, path: &str) -> Option<Rank> {
    let by_host = match (&route.host, host) {
        (None, _) => 0,
        (Some(pattern), Some(host)) => {
            let pattern = pattern.to_lowercase();
            match pattern.strip_prefix('*') {
                Some(domain) if host.ends_with(domain) && host.len() > domain.len() => domain.len(),
                None if pattern == host => usize::MAX,
                _ => return None,
            }
        }
        _ => return None,
    };
    let names_method = match &route.methods {
        None => false,
        Some(methods) if methods.iter().any(|name| name == method) => true,
        _ => return None,
    };
    Some((by_host, by_path(&route.path, path)?, names_method))
}

/// The kinds of the template's segments, if it is for the path.
fn by_path(template: &str, path: &str) -> Option<Vec<u8>> {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let has_rest = template.last().is_some_and(|last| kind(last) == 0);
    if path.len() < template.len() || (path.len() > template.len() && !has_rest) {
        return None;
    }
    let is_for = |(segment, given): (&&str, &&str)| match kind(segment) {
        2 => segment == given,
        1 => !given.is_empty(),
        _ => true,
    };
    template.iter().zip(&path).all(is_for).then(|| template.iter().map(|segment| kind(segment)).collect())
}

/// 2 for a literal, 1 for a capture, 0 for the rest.
fn kind(segment: &str) -> u8 {
    match segment {
        _ if segment.starts_with("{*") => 0,
        _ if segment.starts_with('{') => 1,
        _ => 2,
    }
}

/// The path without escapes; none if it reads in two ways.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if !(b'!'..=b'~').contains(&byte) {
            return None;
        }
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let value = u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?;
        if value == b'/' {
            return None;
        }
        bytes.push(value);
    }
    let decoded = String::from_utf8(bytes).ok()?;
    let is_escape = |(at, _)| {
        let digits = decoded[at + 1..].bytes().take(2);
        digits.clone().count() == 2 && digits.clone().all(|byte: u8| byte.is_ascii_hexdigit())
    };
    let is_odd = |character: char| character.is_control() || character == '\\' || character == ';';
    let has_dots = decoded.split('/').any(|segment| segment == "." || segment == "..");
    let is_ambiguous = has_dots
        || !decoded.starts_with('/')
        || decoded.contains("//")
        || decoded.contains(is_odd)
        || decoded.match_indices('%').any(is_escape);
    (!is_ambiguous).then_some(decoded)
}
