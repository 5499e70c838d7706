//! The `[[route]]` sections of a file.

use http::Request;
use portcullis_core::Head;

use super::*;
use crate::route::{Access, Found, Target};

fn asked(config: &Config, path: &str) -> Option<String> {
    let request = Request::get(path).header("host", "api.example.test").body(()).unwrap();
    let target = Target::of(Head::from(&request)).unwrap();
    match config.routes().find(&target) {
        Ok(Found::Listed(route)) => Some(route.asked(&target).unwrap().action().to_string()),
        _ => None,
    }
}

#[test]
fn every_key_of_a_route_is_read() {
    let config = Config::from_toml(include_str!("full.toml")).unwrap();
    let routes: Vec<_> = config.routes().iter().map(|route| (route.to_string(), route.access())).collect();
    let expected = [
        ("GET,POST *.example.test/api/v1/{namespace}/{name}/{*rest}", Access::Authorized),
        ("/metrics", Access::Authorized),
        ("/me", Access::Authenticated),
        ("/grpc.health.v1.Health/Check", Access::Public),
    ];
    assert_eq!(routes, expected.map(|(route, access)| (route.to_owned(), access)));
    assert_eq!(config.routes().iter().map(|route| route.is_safe()).collect::<Vec<_>>(), [true, true, false, true]);
    assert_eq!(config.routes().iter().next().unwrap().scopes(), [Box::from("workflows:read")]);
    let action = r#"get workflows.argoproj.io/log "hello" in namespace "argo""#;
    assert_eq!(asked(&config, "/api/v1/argo/hello/log").as_deref(), Some(action));
    assert_eq!(asked(&config, "/metrics").as_deref(), Some("get /metrics"));
}

#[test]
fn a_route_knows_its_line() {
    let text = include_str!("full.toml");
    let config = Config::from_toml(text).unwrap();
    for (route, (line, _)) in
        config.routes().iter().zip(text.lines().enumerate().filter(|(_, line)| *line == "[[route]]"))
    {
        assert_eq!((route.place().file(), route.place().line()), ("<toml>", line + 1));
    }
}

#[test]
fn without_a_route_there_are_none() {
    for text in ["", "route = []"] {
        let config = Config::from_toml(text).unwrap();
        assert!(config.routes().is_empty() && !config.routes().denies_unlisted());
    }
}

#[test]
fn what_is_odd_about_a_route_is_a_warning_with_its_place() {
    let text = r#"
        route = [
            { path = "/{*rest}", public = true },
            { path = "/", public = true },
            { path = "/{name}", public = true },
            { path = "/{name}/{*rest}", public = true },
            { path = "/admin/{*rest}", authenticated = true },
        ]
    "#;
    let config = Config::from_toml(text).unwrap();
    let warnings = [
        "<toml>:3:13: route[0]: no request takes this route: more specific ones are for all of them; expected it left out, or those",
        "<toml>:7:13: route[4]: not for the path itself, which the route in line 5 makes public; expected a route for that path too",
    ];
    assert_eq!(config.warnings(), warnings);
}
