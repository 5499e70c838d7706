use portcullis_core::Secret;

use super::*;

fn parse(text: &str) -> Result<OidcConfig, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn the_defaults_are_as_documented() {
    let config = parse("").unwrap();
    let seconds = Duration::from_secs;
    assert_eq!((config.issuer.as_str(), config.audiences.len(), config.jwks_url), ("", 0, None));
    let algorithms: Vec<_> = config.algorithms.iter().map(ToString::to_string).collect();
    assert_eq!(algorithms, ["RS256", "PS256", "ES256", "ES384", "EdDSA"]);
    assert_eq!((config.username_claim, config.groups_claim, config.scopes_claim), (ClaimPath::of("sub"), None, None));
    assert_eq!((config.username_prefix.as_str(), config.groups_prefix.as_str()), ("", ""));
    assert_eq!((config.leeway, config.max_age, config.timeout), (seconds(30), None, seconds(5)));
    assert_eq!((config.refresh, config.stale_keys, config.cool_down), (seconds(300), seconds(3600), seconds(10)));
    assert_eq!((config.accept_id_tokens, config.allow_unverified_email), (false, false));
    assert_eq!(config.token_types, parse("token_types = ['at+jwt', 'JWT', 'absent']").unwrap().token_types);
    assert_eq!((config.ca_file, config.client_token_file, config.realm.as_str()), (None, None, "portcullis"));
    assert!(config.introspection.is_none() && config.claims.is_empty());
    assert_eq!(config.required_claims.iter().count(), 0);
}

#[test]
fn every_key_is_read() {
    let config = parse(
        r#"
        issuer = "https://id.example.test"
        audiences = ["a", "b"]
        algorithms = ["ES256"]
        jwks_url = "https://id.example.test/keys"
        username_claim = '"https://example.test/user".name'
        username_prefix = "corp:"
        groups_claim = "realm_access.roles"
        groups_prefix = "g:"
        scopes_claim = "permissions"
        claims = ["email", "tenant.id"]
        leeway = "1m"
        token_types = ["at+jwt"]
        max_age = "12h"
        accept_id_tokens = true
        allow_unverified_email = true
        ca_file = "ca.pem"
        client_token_file = "token"
        timeout = "2s"
        refresh = "1h"
        stale_keys = "6h"
        cool_down = "30s"
        realm = "orders"
        [required_claims]
        "tenant.id" = "acme"
        plan = ["gold", "silver"]
        level = 3
        staff = true
        [introspection]
        url = "https://id.example.test/introspect"
        client_id = "orders"
        client_secret = { env = "ORDERS" }
        ttl = "10s"
        max_concurrent = 4
        timeout = "1s"
        require_issuer = true
        require_audience = false
        "#,
    )
    .unwrap();
    assert_eq!((config.issuer.as_str(), config.audiences.len()), ("https://id.example.test", 2));
    assert_eq!((config.algorithms, config.token_types.len()), (vec![Algorithm::Es256], 1));
    assert_eq!(config.jwks_url.as_deref(), Some("https://id.example.test/keys"));
    assert_eq!(config.username_claim.segments(), ["https://example.test/user", "name"]);
    assert_eq!((config.username_prefix.as_str(), config.groups_prefix.as_str()), ("corp:", "g:"));
    assert_eq!(config.groups_claim.unwrap().segments(), ["realm_access", "roles"]);
    assert_eq!(config.scopes_claim, Some(ClaimPath::of("permissions")));
    assert_eq!(config.claims[1].segments(), ["tenant", "id"]);
    assert_eq!((config.leeway.as_secs(), config.max_age.unwrap().as_secs()), (60, 43_200));
    assert!(config.accept_id_tokens && config.allow_unverified_email);
    assert_eq!((config.ca_file, config.client_token_file), (Some("ca.pem".into()), Some("token".into())));
    assert_eq!((config.timeout.as_secs(), config.refresh.as_secs()), (2, 3600));
    assert_eq!((config.stale_keys.as_secs(), config.cool_down.as_secs()), (21_600, 30));
    assert_eq!(config.realm, "orders");
    let required: Vec<_> = config.required_claims.iter().map(|(path, value)| (path.to_string(), value)).collect();
    assert_eq!(required.len(), 4);
    for (path, value) in [
        ("tenant.id", RequiredValue::OneOf(vec!["acme".to_owned()])),
        ("plan", RequiredValue::OneOf(vec!["gold".to_owned(), "silver".to_owned()])),
        ("level", RequiredValue::Integer(3)),
        ("staff", RequiredValue::Bool(true)),
    ] {
        assert!(required.contains(&(path.to_owned(), &value)), "{path}");
    }
    let introspection = config.introspection.unwrap();
    assert_eq!(introspection.url, "https://id.example.test/introspect");
    assert_eq!(introspection.client_id, "orders");
    assert_eq!(introspection.client_secret, Secret::Env("ORDERS".to_owned()));
    assert_eq!((introspection.ttl.as_secs(), introspection.max_concurrent), (10, 4));
    assert_eq!(introspection.timeout.unwrap().as_secs(), 1);
    assert!(introspection.require_issuer && !introspection.require_audience);
}

#[test]
fn introspection_by_itself_has_the_documented_defaults() {
    let config = parse("introspection = { url = 'u', client_id = 'i', client_secret = { file = 's' } }").unwrap();
    let read = config.introspection.unwrap();
    let made = IntrospectionConfig::new("u", "i", Secret::File("s".into()));
    for config in [read, made] {
        assert_eq!((config.url.as_str(), config.client_id.as_str()), ("u", "i"));
        assert_eq!((config.ttl.as_secs(), config.max_concurrent, config.timeout), (30, 16, None));
        assert!(!config.require_issuer && config.require_audience);
    }
}

#[test]
fn what_is_no_such_key_or_no_such_value_is_an_error() {
    for (text, part) in [
        ("isuer = 'x'", "isuer"),
        ("algorithms = ['none']", "never"),
        ("algorithms = ['HS256']", "never"),
        ("algorithms = ['RS265']", "RS265"),
        ("username_claim = 'a..b'", "empty"),
        ("username_claim = 'https://example.test/name'", "quotes"),
        ("leeway = 30", "a duration such as"),
        ("leeway = '30'", "a duration such as"),
        ("max_age = 'soon'", "a duration such as"),
        ("required_claims = { plan = [] }", "at least one string"),
        ("required_claims = { plan = 1.5 }", "a string, a boolean, an integer"),
        ("required_claims = { plan = [1] }", "string"),
        ("required_claims = { 'a..b' = 'c' }", "empty"),
        ("required_claims = ['plan']", "a table of claims"),
        ("introspection = { url = 'u', client_id = 'i' }", "client_secret"),
        ("introspection = { url = 'u', client_id = 'i', client_secret = 'hunter2' }", "client_secret"),
        ("introspection = { uri = 'u' }", "uri"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}
