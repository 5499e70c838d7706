//! Of several routes, the most specific one; and those of which none is.

use super::*;

fn check(routes: &Routes, cases: &[(&str, &str, Option<&str>, &str)]) {
    for (method, uri, host, expected) in cases {
        assert_eq!(ask(routes, method, uri, *host).as_deref(), Ok(*expected), "{method} {uri} {host:?}");
    }
}

#[test]
fn a_literal_comes_before_a_capture_and_a_capture_before_the_rest_from_left_to_right() {
    let routes = routes(
        r#"
        route = [
            { path = "/{*rest}", public = true },
            { path = "/a/{*rest}", public = true },
            { path = "/a/{x}", public = true },
            { path = "/a/b", public = true },
            { path = "/a/b/", public = true },
            { path = "/{x}/b", public = true },
            { path = "/{x}/{y}/c", public = true },
            { path = "/a/{x}/d", public = true },
            { path = "/q/b/d", public = true },
            { path = "/q/{x}/e", public = true },
        ]
        "#,
    );
    check(
        &routes,
        &[
            ("GET", "/", None, "/{*rest}"),
            ("GET", "/a", None, "/{*rest}"),
            ("GET", "/a/", None, "/a/{*rest}"),
            ("GET", "/a/b", None, "/a/b"),
            ("GET", "/a/b/", None, "/a/b/"),
            ("GET", "/a/B", None, "/a/{x}"),
            ("GET", "/A/b", None, "/{x}/b"),
            ("GET", "/a/x/", None, "/a/{*rest}"),
            // Back from `/a/b/`, and from `/q/b/d` and `/q/{x}/e`.
            ("GET", "/a/b/d", None, "/a/{x}/d"),
            ("GET", "/q/b/e", None, "/q/{x}/e"),
            ("GET", "/q/b/c", None, "/{x}/{y}/c"),
            ("GET", "/a/b/c", None, "/a/{*rest}"),
            ("GET", "/a/b/e", None, "/a/{*rest}"),
            ("GET", "/x/y/e", None, "/{*rest}"),
            ("GET", "/ab", None, "/{*rest}"),
        ],
    );
}

#[test]
fn a_prefix_is_for_whole_segments() {
    let routes = routes(r#"route = [{ path = "/admin/{*rest}", authenticated = true }]"#);
    check(
        &routes,
        &[
            ("GET", "/admin", None, "-"),
            ("GET", "/admin/", None, "/admin/{*rest}"),
            ("GET", "/admin/a/b/", None, "/admin/{*rest}"),
            ("GET", "/administrator", None, "-"),
            ("GET", "/admin.old/a", None, "-"),
            ("GET", "/Admin/", None, "-"),
        ],
    );
}

#[test]
fn a_route_that_names_the_method_comes_before_one_for_any_of_the_same_path() {
    let routes = routes(
        r#"
        route = [
            { path = "/a", public = true },
            { path = "/a", methods = ["GET", "PUT"], authenticated = true },
            { path = "/a", methods = ["POST"], authenticated = true },
            { path = "/{x}", methods = ["DELETE"], authenticated = true },
            { path = "/b", methods = ["GET"], authenticated = true },
        ]
        "#,
    );
    check(
        &routes,
        &[
            ("GET", "/a", None, "GET,PUT /a"),
            ("HEAD", "/a", None, "GET,PUT /a"),
            ("PUT", "/a", None, "GET,PUT /a"),
            ("POST", "/a", None, "POST /a"),
            // The path counts before the method.
            ("DELETE", "/a", None, "/a"),
            ("BREW", "/a", None, "/a"),
            ("get", "/a", None, "/a"),
            // A route that is not for the method is not for the request.
            ("DELETE", "/b", None, "DELETE /{x}"),
            ("POST", "/b", None, "-"),
        ],
    );
}

#[test]
fn the_host_counts_before_the_path() {
    let routes = routes(
        r#"
        route = [
            { path = "/a", public = true },
            { path = "/b", methods = ["GET"], public = true },
            { host = "*.example.test", path = "/{*rest}", public = true },
            { host = "*.eu.example.test", path = "/a", public = true },
            { host = "API.example.test", path = "/a", methods = ["GET"], public = true },
        ]
        "#,
    );
    check(
        &routes,
        &[
            ("GET", "/a", None, "/a"),
            ("GET", "/a", Some("example.test"), "/a"),
            ("GET", "/a", Some("notexample.test"), "/a"),
            ("GET", "/a", Some("api.example.test"), "GET api.example.test/a"),
            ("GET", "/a", Some("Api.Example.TEST:8443"), "GET api.example.test/a"),
            ("GET", "/a", Some("api.example.test."), "GET api.example.test/a"),
            ("POST", "/a", Some("api.example.test"), "*.example.test/{*rest}"),
            ("GET", "/a", Some("x.eu.example.test"), "*.eu.example.test/a"),
            ("GET", "/a", Some("x.y.eu.example.test"), "*.eu.example.test/a"),
            ("GET", "/b", Some("x.eu.example.test"), "*.example.test/{*rest}"),
            ("GET", "/a", Some("eu.example.test"), "*.example.test/{*rest}"),
            ("GET", "http://api.example.test/a", None, "GET api.example.test/a"),
            ("GET", "/b", Some("[::1]:80"), "GET /b"),
        ],
    );
}

#[test]
fn a_grpc_method_comes_before_its_service_whatever_the_request_looks_like() {
    let routes = routes(
        r#"
        route = [
            { grpc = "/orders.v1.Orders/*", authenticated = true },
            { grpc = "/orders.v1.Orders/List", public = true },
            { path = "/{*rest}", public = true },
        ]
        "#,
    );
    check(
        &routes,
        &[
            ("POST", "/orders.v1.Orders/List", None, "/orders.v1.Orders/List"),
            ("POST", "/orders.v1.Orders/Delete", None, "/orders.v1.Orders/*"),
            ("GET", "/orders.v1.Orders/Delete", None, "/orders.v1.Orders/*"),
            ("POST", "/orders.v1.Orders/List/x", None, "/orders.v1.Orders/*"),
            ("POST", "/orders.v1.Orders/", None, "/orders.v1.Orders/*"),
            ("POST", "/orders.v1.Orders", None, "/{*rest}"),
            ("POST", "/orders.v1.Orders/list", None, "/orders.v1.Orders/*"),
        ],
    );
}

#[test]
fn of_two_routes_neither_of_which_is_more_specific_the_second_is_refused_with_the_line_of_the_first() {
    for (first, second) in [
        (r#"path = "/a""#, r#"path = "/a""#),
        (r#"path = "/{x}/b""#, r#"path = "/{y}/b""#),
        (r#"path = "/{*x}""#, r#"path = "/{*y}""#),
        (r#"path = "/a", methods = ["GET", "PUT"]"#, r#"path = "/a", methods = ["POST", "GET"]"#),
        (r#"path = "/a", host = "a.test""#, r#"path = "/a", host = "A.test""#),
        (r#"path = "/a.B/C""#, r#"grpc = "/a.B/C""#),
        (r#"path = "/a.B/{*method}""#, r#"grpc = "/a.B/*""#),
    ] {
        let text = format!("route = [{{ {first}, public = true }}, {{ {second}, authenticated = true }}]");
        let problems = compile(&text).unwrap_err();
        let [(1, invalid)] = problems.as_slice() else { panic!("{text}: {problems:?}") };
        assert_eq!(invalid.problem(), "for the same requests as the route in line 1, and as specific", "{text}");
    }
}

/// tonic runs a call whatever the method is: a route that names one would be another way to the same call.
#[test]
fn beside_a_grpc_route_there_is_none_for_the_same_path_whatever_its_methods() {
    for (path, grpc) in [("/a.B/C", "/a.B/C"), ("/a.B/{*method}", "/a.B/*")] {
        let path =
            |methods: &str, host: &str| format!(r#"{{ path = "{path}", methods = [{methods}]{host}, public = true }}"#);
        let grpc = |host: &str| format!(r#"{{ grpc = "{grpc}", authenticated = true{host} }}"#);
        let host = r#", host = "a.test""#;
        for methods in [r#""GET""#, r#""POST""#, r#""PUT", "DELETE""#] {
            for (first, second) in
                [(path(methods, ""), grpc("")), (grpc(""), path(methods, "")), (path(methods, host), grpc(host))]
            {
                let problems = compile(&format!("route = [{first}, {second}]")).unwrap_err();
                let [(1, invalid)] = problems.as_slice() else { panic!("{first} {second}: {problems:?}") };
                let problem = "for the same path as the route in line 1, and a gRPC call runs whatever the method is";
                assert_eq!(invalid.problem(), problem, "{first} {second}");
            }
        }
    }
    assert!(compile(r#"route = [{ grpc = "/a.B/*", public = true }, { grpc = "/a.B/C", public = true }]"#).is_ok());
}

/// Nor one for some of its paths: that would be the more specific one.
#[test]
fn below_a_grpc_service_no_path_names_methods_for_whatever_host() {
    for (path, grpc) in
        [("/a.B/C", "/a.B/*"), ("/a.B/{method}", "/a.B/*"), ("/a.B/{method}", "/a.B/C"), ("/a.B", "/a.B/*")]
    {
        for host in ["", r#", host = "a.test""#] {
            let text = |methods: &str| {
                format!(
                    r#"route = [{{ path = "{path}", public = true{methods}{host} }}, {{ grpc = "{grpc}", authenticated = true }}]"#
                )
            };
            let problems = compile(&text(r#", methods = ["GET"]"#)).unwrap_err();
            let [(0, invalid)] = problems.as_slice() else { panic!("{path} {grpc}: {problems:?}") };
            let problem = "below the gRPC service of the route in line 2, whose calls run whatever the method is";
            assert_eq!((invalid.key(), invalid.problem()), ("methods", problem));
            assert!(compile(&text("")).is_ok(), "it is for any method");
        }
    }
    let others =
        r#"route = [{ path = "/a.C/{x}", methods = ["GET"], public = true }, { grpc = "/a.B/*", public = true }]"#;
    assert!(compile(others).is_ok());
}

#[test]
fn what_no_route_is_for_is_denied_as_soon_as_one_takes_more_than_a_principal() {
    let denies = |text: &str| routes(text).denies_unlisted();
    assert!(!Routes::default().denies_unlisted());
    assert!(!denies(r#"route = [{ path = "/a", public = true }, { path = "/b", authenticated = true }]"#));
    assert!(denies(r#"route = [{ path = "/a", action = { verb = "get", url = "/a" } }]"#));
    assert!(denies(r#"route = [{ path = "/a", authenticated = true, scopes = ["a"] }]"#));
}
