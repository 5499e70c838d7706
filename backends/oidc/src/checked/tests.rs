use portcullis_core::Secret;

use super::*;

fn good() -> OidcConfig {
    OidcConfig {
        issuer: "https://id.example.test".to_owned(),
        audiences: vec!["orders".to_owned()],
        ..OidcConfig::default()
    }
}

fn introspecting(change: impl Fn(&mut IntrospectionConfig)) -> OidcConfig {
    let secret = Secret::Env("ORDERS".to_owned());
    let mut introspection = IntrospectionConfig::new("https://id.example.test/introspect", "orders", secret);
    change(&mut introspection);
    OidcConfig { introspection: Some(introspection), ..good() }
}

fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn what_is_good_has_its_urls() {
    let config = OidcConfig { jwks_url: Some("http://127.0.0.1:80/keys".to_owned()), ..introspecting(|_| ()) };
    let urls = check(&config).unwrap();
    assert_eq!(urls.issuer.text(), "https://id.example.test");
    assert_eq!(urls.jwks.as_ref().unwrap().to_string(), "http://127.0.0.1/keys");
    assert_eq!(urls.introspection.as_ref().unwrap().to_string(), "https://id.example.test/introspect");
    assert!(urls.use_tls());
    let local = OidcConfig { issuer: "http://localhost:8080".to_owned(), ..good() };
    assert!(!check(&local).unwrap().use_tls());
}

#[test]
fn an_error_names_the_key_and_what_was_expected() {
    let with = |change: &dyn Fn(&mut OidcConfig)| {
        let mut config = good();
        change(&mut config);
        config
    };
    for (key, expected, config) in [
        ("issuer", "`iss`", with(&|c| c.issuer.clear())),
        ("issuer", "`iss`", with(&|c| c.issuer = "id.example.test".to_owned())),
        ("issuer", "`iss`", with(&|c| c.issuer = "http://id.example.test".to_owned())),
        ("issuer", "`iss`", with(&|c| c.issuer = "https://id.example.test/?a=b".to_owned())),
        ("issuer", "`iss`", with(&|c| c.issuer = "https://id.example.test/#a".to_owned())),
        ("audiences", "known to the provider", with(&|c| c.audiences.clear())),
        ("audiences[1]", "a name", with(&|c| c.audiences.push(String::new()))),
        ("audiences[1]", "once", with(&|c| c.audiences.push("orders".to_owned()))),
        ("algorithms", "at least one", with(&|c| c.algorithms.clear())),
        ("token_types", "at least one", with(&|c| c.token_types.clear())),
        ("jwks_url", "`https` URL", with(&|c| c.jwks_url = Some("http://id.example.test/keys".to_owned()))),
        ("leeway", "0s to 5m", with(&|c| c.leeway = milliseconds(300_001))),
        ("max_age", "1s to 1year", with(&|c| c.max_age = Some(milliseconds(999)))),
        ("timeout", "100ms to 15s", with(&|c| c.timeout = milliseconds(99))),
        ("timeout", "100ms to 15s", with(&|c| c.timeout = milliseconds(15_001))),
        ("refresh", "1s to 1day", with(&|c| c.refresh = milliseconds(999))),
        ("refresh", "1s to 1day", with(&|c| c.refresh = milliseconds(86_400_001))),
        ("stale_keys", "5m to 7days, and never less than `refresh`", with(&|c| c.stale_keys = milliseconds(299_999))),
        ("stale_keys", "5m to 7days", with(&|c| c.stale_keys = milliseconds(604_800_001))),
        ("cool_down", "1s to 5m", with(&|c| c.cool_down = milliseconds(300_001))),
        ("cool_down", "1s to 5m", with(&|c| c.cool_down = milliseconds(999))),
        ("realm", "printable ASCII", with(&|c| c.realm = "b\u{f6}se".to_owned())),
        ("introspection.url", "`https` URL", introspecting(|i| i.url = "http://id.example.test/".to_owned())),
        ("introspection.client_id", "name", introspecting(|i| i.client_id.clear())),
        ("introspection.ttl", "0s to 5m", introspecting(|i| i.ttl = milliseconds(300_001))),
        ("introspection.timeout", "100ms to 15s", introspecting(|i| i.timeout = Some(milliseconds(1)))),
        ("introspection.max_concurrent", "1 to 1024", introspecting(|i| i.max_concurrent = 0)),
        ("introspection.max_concurrent", "1 to 1024", introspecting(|i| i.max_concurrent = 1025)),
    ] {
        let invalid = check(&config).unwrap_err();
        assert_eq!(invalid.key(), key, "{invalid}");
        assert!(invalid.expectation().unwrap().contains(expected), "{invalid}");
    }
}

#[test]
fn the_bounds_themselves_are_within() {
    let mut config = introspecting(|i| {
        (i.ttl, i.timeout, i.max_concurrent) = (Duration::ZERO, Some(milliseconds(100)), 1024);
    });
    (config.leeway, config.timeout) = (Duration::ZERO, milliseconds(15_000));
    (config.refresh, config.stale_keys) = (milliseconds(86_400_000), milliseconds(86_400_000));
    (config.cool_down, config.max_age) = (milliseconds(1000), Some(milliseconds(1000)));
    assert!(check(&config).is_ok());
}
