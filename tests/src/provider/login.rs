//! The authorization code flow with PKCE ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)),
//! through the provider's login form.

use serde_json::Value;

use super::Provider;
use crate::{Answer, curl};

const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";

/// Those of appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// More pages than a login has.
const PAGES: usize = 20;

/// What the token endpoint grants to who has logged in.
pub(super) fn log_in(provider: &Provider, user: &str, resource: &str) -> Value {
    let code = code(provider, user, resource);
    provider.granted(&[
        "-d",
        "grant_type=authorization_code",
        "-d",
        "client_id=app",
        "-d",
        &format!("code={code}"),
        "-d",
        &format!("code_verifier={VERIFIER}"),
        "--data-urlencode",
        &format!("redirect_uri={REDIRECT_URI}"),
        "--data-urlencode",
        &format!("resource={resource}"),
    ])
}

fn code(provider: &Provider, user: &str, resource: &str) -> String {
    let jar = provider.directory.path().join(format!("{user}.cookies"));
    let _ = std::fs::remove_file(&jar);
    let jar = jar.to_str().expect("a name in UTF-8");
    let browse = |arguments: &[&str]| curl(&[&["--cookie", jar, "--cookie-jar", jar], arguments].concat());
    let asked = [
        ("client_id", "app"),
        ("response_type", "code"),
        ("scope", "openid groups"),
        ("nonce", "n"),
        ("code_challenge_method", "S256"),
        ("code_challenge", CHALLENGE),
        ("redirect_uri", REDIRECT_URI),
        ("resource", resource),
    ];
    let asked = asked.map(|(name, value)| format!("{name}={value}"));
    let asked: Vec<_> = asked.iter().flat_map(|field| ["--data-urlencode", field]).collect();
    let mut page = browse(&[&["--get", &provider.url("/auth")], &asked[..]].concat());
    for _ in 0..PAGES {
        if let Some(location) = page.field("location") {
            if let Some(query) = location.strip_prefix(REDIRECT_URI) {
                return query_value(query, "code");
            }
            let url = if location.starts_with('/') { provider.url(location) } else { location.to_owned() };
            page = browse(&[&url]);
        } else {
            let login = format!("prompt=login&password=any&login={user}");
            let asks_who = String::from_utf8_lossy(&page.body).contains("name=\"login\"");
            page = browse(&["-d", if asks_who { &login } else { "prompt=consent" }, &action(&page)]);
        }
    }
    panic!("the login does not come to an end: {page:?}");
}

/// Where the form of a page goes.
fn action(page: &Answer) -> String {
    let html = String::from_utf8_lossy(&page.body);
    let action = html.split_once("action=\"").and_then(|(_, rest)| rest.split_once('"'));
    action.unwrap_or_else(|| panic!("no form: {}: {html}", page.status)).0.to_owned()
}

fn query_value(query: &str, name: &str) -> String {
    let pairs = query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.into_iter().find(|(key, _)| *key == name);
    value.unwrap_or_else(|| panic!("no {name}: {query}")).1.to_owned()
}
