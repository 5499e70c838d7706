//! What a section says, what is wrong with it, and what is remarked.

use super::*;
use crate::Action;

fn action<'a>(method: &str, uri: &str, routes: &'a Routes, check: impl FnOnce(Action<'_>)) -> &'a Route {
    let request = request(method, uri, None);
    let target = Target::of(Head::from(&request)).unwrap();
    let Ok(Found::Listed(route)) = routes.find(&target) else { panic!("{uri}: not listed") };
    check(route.asked(&target).unwrap().action());
    route
}

#[test]
fn an_action_has_what_the_path_has_decoded_once() {
    let routes = routes(
        r#"
        route = [
            { path = "/{group}/{ns}/{name}/{*rest}", action = { verb = "patch", resource = "workflows", group = "{group}", subresource = "{rest}", namespace = "{ns}", name = "wf-{name}" }, scopes = ["write", "all"] },
            { path = "/logs/{*rest}", action = { verb = "get", url = "/logs/{rest}" } },
        ]
        "#,
    );
    let route = action("GET", "/argo/a%20b/%C3%a9/x%40/y", &routes, |action| {
        let expected =
            Action::new("patch", "workflows").group("argo").subresource("x@/y").namespace("a b").name("wf-\u{e9}");
        assert_eq!(action, expected);
    });
    assert_eq!(route.scopes().iter().map(|scope| &**scope).collect::<Vec<_>>(), ["write", "all"]);
    assert_eq!((route.place().to_string().as_str(), route.access()), ("routes.toml:1", Access::Authorized));
    action("POST", "/logs/a/b", &routes, |action| assert_eq!(action, Action::url("get", "/logs/a/b")));
    action("POST", "/logs/", &routes, |action| assert_eq!(action, Action::url("get", "/logs/")));
}

#[test]
fn the_captures_of_a_path_are_told() {
    let routes = routes(r#"route = [{ path = "/{a}/b/{*c}", public = true }]"#);
    let request = request("GET", "/%61/b/c/d", None);
    let target = Target::of(Head::from(&request)).unwrap();
    let Ok(Found::Listed(route)) = routes.find(&target) else { panic!("not listed") };
    assert_eq!(route.captures(&target).collect::<Vec<_>>(), [("a", "a"), ("c", "c/d")]);
    assert!(route.asked(&target).is_none());
}

#[test]
fn everything_that_is_wrong_with_a_section_is_said() {
    for (section, said) in [
        ("public = true", &["for no path; expected `path`, or `grpc`"][..]),
        (
            r#"path = "/a", grpc = "/a.B/C", public = true"#,
            &["grpc: stands beside `path`; expected the one or the other"],
        ),
        (
            r#"path = "/a", public = true, methods = ["POST"], safe = false"#,
            &["safe: none of the route's methods is a safe one; expected the key left out"],
        ),
        (
            r#"path = "/a""#,
            &["says not who gets past; expected one of `public = true`, `authenticated = true`, `action = { … }`"],
        ),
        (
            r#"path = "/a", public = false, scopes = ["a"]"#,
            &["says not who gets past; expected one of `public = true`, `authenticated = true`, `action = { … }`"],
        ),
        (
            r#"path = "/a", public = true, authenticated = true"#,
            &["authenticated: stands beside `public`; expected exactly one of `public`, `authenticated`, `action`"],
        ),
        (
            r#"path = "/a", authenticated = true, action = { verb = "get", url = "/" }"#,
            &["action: stands beside `authenticated`; expected exactly one of `public`, `authenticated`, `action`"],
        ),
        (
            r#"path = "/a", public = true, scopes = ["a"]"#,
            &["scopes: a caller without a credential has none; expected the key left out beside `public`"],
        ),
        (
            r#"path = "/a", authenticated = true, scopes = ["a", "", "b c"]"#,
            &[
                "scopes[1]: no scope; expected visible ASCII without quotes, backslashes and spaces (RFC 6749, section 3.3)",
                "scopes[2]: no scope; expected visible ASCII without quotes, backslashes and spaces (RFC 6749, section 3.3)",
            ],
        ),
        (
            r#"grpc = "/a.B/C", methods = ["POST"], public = true"#,
            &["methods: gRPC has none; expected the key left out beside `grpc`"],
        ),
        (r#"path = "/{a}", action = { verb = "get" }"#, &["action: on nothing; expected `resource`, or `url`"]),
        (
            r#"path = "/{a}", action = { verb = "", resource = "{b}", url = "/", name = "{a" }"#,
            &[
                "action.url: stands beside `resource`; expected the one or the other",
                "action.verb: empty; expected a text, or the key left out",
                "action.resource: a capture that the path does not have; expected `{a}` of the path",
                "action.name: a brace that belongs to no capture; expected captures such as `{name}`",
            ],
        ),
        (
            r#"grpc = "/a.B/*", action = { verb = "get", url = "{a}", name = "b" }"#,
            &[
                "action.url: a capture that the path does not have; expected a text without captures: the path has none",
                "action.name: a URL has none; expected the key left out beside `url`",
            ],
        ),
        (
            r#"path = "a", host = "a b", methods = ["got"], action = { verb = "{x}", resource = "" }"#,
            &[
                "path: does not begin with a slash; expected a path such as `/api/v1/workflows/{namespace}`",
                "methods[0]: unknown method; expected `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, `OPTIONS`, `TRACE` or another registered one",
                "host: no host; expected a host such as `api.example.test`, without a port, or `*.example.test`",
            ],
        ),
    ] {
        let problems = compile(&format!("route = [{{ {section} }}]")).unwrap_err();
        let problems: Vec<_> = problems.iter().map(|(_, invalid)| invalid.to_string()).collect();
        assert_eq!(problems, said, "{section}");
    }
}

#[test]
fn routes_that_no_request_takes_are_remarked() {
    let remarked = |text: &str| routes(text).remarks().iter().map(|(index, _)| *index).collect::<Vec<_>>();
    assert_eq!(
        remarked(
            r#"
            route = [
                { path = "/a/{*rest}", authenticated = true },
                { path = "/a/", authenticated = true },
                { path = "/a/{x}", authenticated = true },
                { path = "/a/{x}/", authenticated = true },
                { path = "/a/{x}/{y}", authenticated = true },
                { path = "/a/{x}/{y}/{*rest}", methods = ["GET"], authenticated = true },
                { path = "/a/{*rest}", methods = ["GET"], authenticated = true },
            ]
            "#
        ),
        [6],
        "only those with GET are all taken"
    );
    let three = |last: &str| {
        remarked(&format!(
            r#"route = [{{ path = "/{{*r}}", public = true }}, {{ path = "/", public = true }}, {{ path = "/{{x}}", public = true }}, {last}]"#
        ))
    };
    assert_eq!(three(r#"{ path = "/{x}/{*r}", public = true }"#), [0]);
    assert!(three(r#"{ path = "/{x}/{*r}", methods = ["GET"], public = true }"#).is_empty());
    assert!(three(r#"{ host = "a.test", path = "/{x}/{*r}", public = true }"#).is_empty());
}

#[test]
fn a_guarded_prefix_whose_own_path_is_public_is_remarked() {
    let remarked = |text: &str| {
        let remarks = routes(text).remarks();
        remarks.iter().map(|(index, invalid)| (*index, invalid.problem().to_owned())).collect::<Vec<_>>()
    };
    let problem = "not for the path itself, which the route in line 1 makes public".to_owned();
    for (public, guarded, is_remarked) in [
        (r#"path = "/{*rest}""#, r#"path = "/admin/{*rest}""#, true),
        (r#"path = "/{*rest}""#, r#"path = "/{x}/{*rest}""#, true),
        (r#"path = "/{*rest}", host = "*.a.test""#, r#"path = "/admin/{*rest}", host = "*.a.test""#, true),
        (r#"path = "/{*rest}", host = "*.a.test""#, r#"path = "/admin/{*rest}", host = "b.a.test""#, true),
        (r#"path = "/admin""#, r#"path = "/admin/{*rest}", host = "*.a.test""#, true),
        (r#"path = "/{*rest}", methods = ["GET"]"#, r#"path = "/admin/{*rest}""#, true),
        (r#"path = "/{*rest}", methods = ["GET"]"#, r#"path = "/admin/{*rest}", methods = ["POST"]"#, false),
        (r#"path = "/{*rest}", host = "b.test""#, r#"path = "/admin/{*rest}", host = "a.test""#, false),
        (r#"path = "/{*rest}""#, r#"path = "/admin""#, false),
        (r#"path = "/admin""#, r#"path = "/{*rest}""#, false),
    ] {
        let remarks =
            remarked(&format!("route = [{{ {public}, public = true }}, {{ {guarded}, authenticated = true }}]"));
        let expected = if is_remarked { vec![(1, problem.clone())] } else { Vec::new() };
        assert_eq!(remarks, expected, "{public} {guarded}");
    }
    let both = r#"route = [{ path = "/{*r}", public = true }, { path = "/a", authenticated = true }, { path = "/a/{*r}", authenticated = true }]"#;
    assert_eq!(remarked(both), []);
}

#[test]
fn a_guarded_host_whose_path_is_public_for_all_hosts_is_remarked() {
    let problem = "guards this host alone: whoever names another takes the route in line 1, which is public";
    for (public, guarded, is_remarked) in [
        (r#"path = "/a""#, r#"path = "/a", host = "a.test""#, true),
        (r#"path = "/a""#, r#"path = "/a", host = "*.a.test""#, true),
        (r#"path = "/{x}""#, r#"path = "/{y}", host = "a.test""#, true),
        (r#"path = "/{*rest}""#, r#"path = "/a/{b}/c", host = "a.test""#, true),
        (r#"path = "/{*rest}""#, r#"path = "/{*rest}", host = "a.test""#, true),
        (r#"path = "/{*rest}""#, r#"grpc = "/a.B/*", host = "a.test""#, true),
        (r#"path = "/a", methods = ["POST"]"#, r#"path = "/a", methods = ["GET", "POST"], host = "a.test""#, true),
        (r#"path = "/a", methods = ["POST"]"#, r#"path = "/a", methods = ["GET"], host = "a.test""#, false),
        (r#"path = "/b""#, r#"path = "/a", host = "a.test""#, false),
        (r#"path = "/b""#, r#"path = "/{x}", host = "a.test""#, false),
        (r#"path = "/a", host = "*.test""#, r#"path = "/a", host = "a.test""#, false),
    ] {
        let text = format!("route = [{{ {public}, public = true }}, {{ {guarded}, authenticated = true }}]");
        let remarks = routes(&text).remarks();
        let remarks: Vec<_> = remarks.iter().map(|(index, invalid)| (*index, invalid.problem())).collect();
        assert_eq!(remarks, if is_remarked { vec![(1, problem)] } else { Vec::new() }, "{text}");
    }
    let guarded = r#"route = [{ path = "/{*r}", public = true }, { path = "/a", authenticated = true }, { path = "/a", host = "a.test", authenticated = true }]"#;
    assert!(routes(guarded).remarks().is_empty());
}

/// Whoever names the host takes its route, wherever the request goes.
#[test]
fn a_host_whose_route_takes_less_than_the_one_for_all_hosts_is_remarked() {
    let problem =
        |what| format!("guards all hosts but those of the route in line 1, which {what}: whoever names one takes that");
    for (lax, guarded, what) in [
        (r#"path = "/a", host = "a.test", public = true"#, r#"path = "/a", authenticated = true"#, "is public"),
        (r#"path = "/{*rest}", host = "*.test", public = true"#, r#"path = "/a/b", authenticated = true"#, "is public"),
        (
            r#"path = "/{*rest}", host = "a.test", methods = ["GET"], public = true"#,
            r#"grpc = "/a.B/*", authenticated = true"#,
            "is public",
        ),
        (
            r#"path = "/a", host = "a.test", authenticated = true"#,
            r#"path = "/a", authenticated = true, scopes = ["s"]"#,
            "takes less",
        ),
        (
            r#"path = "/{x}", host = "a.test", authenticated = true"#,
            r#"path = "/a", action = { verb = "get", resource = "a" }"#,
            "takes less",
        ),
    ] {
        let text = format!("route = [{{ {lax} }}, {{ {guarded} }}]");
        let remarks = routes(&text).remarks();
        let remarks: Vec<_> = remarks.iter().map(|(index, invalid)| (*index, invalid.problem().to_owned())).collect();
        assert_eq!(remarks, [(1, problem(what))], "{text}");
    }
    for (one, other) in [
        (r#"path = "/a", host = "a.test", authenticated = true"#, r#"path = "/a", public = true"#),
        (r#"path = "/b", host = "a.test", public = true"#, r#"path = "/a", authenticated = true"#),
        (r#"path = "/a", host = "a.test", authenticated = true"#, r#"path = "/a", authenticated = true"#),
    ] {
        let remarks = routes(&format!("route = [{{ {one} }}, {{ {other} }}]")).remarks();
        assert!(remarks.iter().all(|(index, _)| *index == 0), "{one} {other}: {remarks:?}");
    }
}
