use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::*;
use crate::config::{RequiredClaims, RequiredValue};

fn config(change: impl Fn(&mut OidcConfig)) -> OidcConfig {
    let mut config = OidcConfig { issuer: "https://id.example.test".to_owned(), ..OidcConfig::default() };
    change(&mut config);
    config
}

fn path(text: &str) -> ClaimPath {
    text.parse().unwrap()
}

fn map(config: &OidcConfig, claims: &Value) -> Result<Principal, String> {
    let text = claims.to_string();
    let mapping = Mapping::new(config, &"corp".into(), &Clock::default());
    mapping.principal(&Claims::parse(&text).unwrap(), Times::default())
}

fn name(config: &OidcConfig, claims: &Value) -> Result<String, String> {
    map(config, claims).map(|principal| principal.name().to_owned())
}

fn groups(config: &OidcConfig, claims: &Value) -> Vec<String> {
    map(config, claims).unwrap().groups().map(ToOwned::to_owned).collect()
}

fn scopes(config: &OidcConfig, claims: &Value) -> Vec<String> {
    map(config, claims).unwrap().scopes().map(ToOwned::to_owned).collect()
}

#[test]
fn the_name_is_the_prefix_and_the_claim() {
    assert_eq!(name(&config(|_| ()), &json!({ "sub": "alice" })).unwrap(), "alice");
    let nested = config(|c| {
        c.username_claim = path(r#""https://example.test/user".name"#);
        c.username_prefix = "corp:".to_owned();
    });
    let claims = json!({ "sub": "x", "https://example.test/user": { "name": "b\u{f6}b" } });
    assert_eq!(name(&nested, &claims).unwrap(), "corp:b\u{f6}b");
}

#[test]
fn what_can_be_nobodys_name_is_refused_and_not_shown() {
    let config = config(|_| ());
    for (claims, part) in [
        (json!({}), "no claim sub"),
        (json!({ "sub": 7 }), "no string"),
        (json!({ "sub": null }), "no string"),
        (json!({ "sub": ["alice"] }), "no string"),
        (json!({ "sub": "" }), "is empty"),
        (json!({ "sub": "ali\nce" }), "control character"),
        (json!({ "sub": "alice\u{0}" }), "control character"),
        (json!({ "sub": "x".repeat(1025) }), "1024"),
        (json!({ "sub": "alice", "jti": 7 }), "jti is no string"),
    ] {
        let error = name(&config, &claims).unwrap_err();
        assert!(error.contains(part) && !error.contains("ali") && !error.contains("xx"), "{error}");
    }
    assert_eq!(name(&config, &json!({ "sub": "x".repeat(1024) })).unwrap().len(), 1024);
}

#[test]
fn an_email_names_somebody_only_if_it_is_verified() {
    let strict = config(|c| c.username_claim = path("email"));
    let lax = config(|c| {
        c.username_claim = path("email");
        c.allow_unverified_email = true;
    });
    let claims = |verified: Value| json!({ "sub": "1", "email": "a@example.test", "email_verified": verified });
    assert_eq!(name(&strict, &claims(json!(true))).unwrap(), "a@example.test");
    for verified in [json!(false), json!("true"), json!(1), json!(null), json!([true])] {
        assert!(name(&strict, &claims(verified.clone())).unwrap_err().contains("email_verified"), "{verified}");
        assert!(name(&lax, &claims(verified)).is_ok());
    }
    assert!(name(&strict, &json!({ "email": "a@example.test" })).unwrap_err().contains("email_verified"));
    assert!(name(&config(|_| ()), &claims(json!(false))).is_ok(), "it does not matter where it names nobody");
}

#[test]
fn groups_are_an_array_or_one_string() {
    let with = config(|c| {
        c.groups_claim = Some(path("realm_access.roles"));
        c.groups_prefix = "g:".to_owned();
    });
    let claims = |roles: Value| json!({ "sub": "a", "realm_access": { "roles": roles } });
    assert_eq!(groups(&with, &claims(json!(["ops", "night shift"]))), ["g:ops", "g:night shift"]);
    assert_eq!(groups(&with, &claims(json!("ops, dev  night,"))), ["g:ops", "g:dev", "g:night"]);
    assert_eq!(groups(&with, &claims(json!(""))), [""; 0]);
    assert_eq!(groups(&with, &json!({ "sub": "a" })), [""; 0]);
    assert_eq!(groups(&config(|_| ()), &json!({ "sub": "a", "groups": ["ops"] })), [""; 0]);
}

#[test]
fn what_is_no_group_is_left_out_and_the_caller_let_in() {
    let with = config(|c| c.groups_claim = Some(path("groups")));
    let claims = |groups: Value| json!({ "sub": "a", "groups": groups });
    assert_eq!(
        groups(&with, &claims(json!(["ops", 7, null, ["root"], "", "a\u{7}", "x".repeat(1025), "dev"]))),
        ["ops", "dev"]
    );
    for other in [json!(true), json!(7), json!({ "root": 1 }), json!(null)] {
        assert_eq!(groups(&with, &claims(other)), [""; 0]);
    }
    // Sixteen bytes beside its own, each: 64 KiB have room for 1,024 of 48 bytes.
    let many: Vec<String> = (0..2_000).map(|n| format!("{n:048}")).collect();
    assert_eq!(groups(&with, &claims(json!(many))), many[..1024]);
}

#[test]
fn overage_means_no_groups() {
    let with = config(|c| c.groups_claim = Some(path("groups.direct")));
    let claims = |extra: Value| {
        let mut claims = json!({ "sub": "a", "groups": { "direct": ["ops"] } });
        claims.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        claims
    };
    for overage in [json!({ "_claim_names": { "groups": "src1" } }), json!({ "hasgroups": true })] {
        assert_eq!(groups(&with, &claims(overage)), [""; 0]);
    }
    for none in
        [json!({ "_claim_names": { "address": "src1" } }), json!({ "hasgroups": false }), json!({ "_claim_names": 1 })]
    {
        assert_eq!(groups(&with, &claims(none)), ["ops"]);
    }
}

#[test]
fn scopes_are_in_scope_or_else_in_scp() {
    let plain = config(|_| ());
    let named = config(|c| c.scopes_claim = Some(path("permissions")));
    for (config, claims, expected) in [
        (&plain, json!({ "sub": "a", "scope": "read  write" }), &["read", "write"][..]),
        (&plain, json!({ "sub": "a", "scp": ["read", "write"] }), &["read", "write"]),
        (&plain, json!({ "sub": "a", "scp": "read write" }), &["read", "write"]),
        (&plain, json!({ "sub": "a", "scope": "read", "scp": "write" }), &["read"]),
        (&plain, json!({ "sub": "a", "scope": "a,b" }), &["a,b"]),
        (&plain, json!({ "sub": "a", "scope": 7 }), &[]),
        (&plain, json!({ "sub": "a" }), &[]),
        (&named, json!({ "sub": "a", "scope": "read", "permissions": ["list"] }), &["list"]),
        (&named, json!({ "sub": "a", "scope": "read" }), &[]),
    ] {
        assert_eq!(scopes(config, &claims), expected, "{claims}");
    }
}

#[test]
fn required_claims_are_all_required() {
    let one = |path: &str, value| RequiredClaims::default().with(path.parse().unwrap(), value);
    let strings = |values: &[&str]| RequiredValue::OneOf(values.iter().map(|value| (*value).to_owned()).collect());
    let cases = [
        (one("tenant.id", strings(&["acme"])), json!({ "tenant": { "id": "acme" } }), true),
        (one("tenant.id", strings(&["acme"])), json!({ "tenant": { "id": "acme2" } }), false),
        (one("tenant.id", strings(&["acme"])), json!({ "tenant.id": "acme" }), false),
        (one("plan", strings(&["gold", "silver"])), json!({ "plan": "silver" }), true),
        (one("plan", strings(&["gold", "silver"])), json!({ "plan": ["tin", "gold"] }), true),
        (one("plan", strings(&["gold", "silver"])), json!({ "plan": ["tin"] }), false),
        (one("plan", strings(&["gold"])), json!({ "plan": [["gold"]] }), false),
        (one("plan", strings(&["gold"])), json!({}), false),
        (one("staff", RequiredValue::Bool(true)), json!({ "staff": true }), true),
        (one("staff", RequiredValue::Bool(true)), json!({ "staff": "true" }), false),
        (one("staff", RequiredValue::Bool(true)), json!({ "staff": 1 }), false),
        (one("level", RequiredValue::Integer(3)), json!({ "level": 3 }), true),
        (one("level", RequiredValue::Integer(3)), json!({ "level": [1, 3] }), true),
        (one("level", RequiredValue::Integer(-3)), json!({ "level": -3 }), true),
        (one("level", RequiredValue::Integer(3)), json!({ "level": "3" }), false),
        (one("level", RequiredValue::Integer(-1)), json!({ "level": u64::MAX }), false),
        (one("a", strings(&["x"])).with(path("b"), strings(&["y"])), json!({ "a": "x", "b": "y" }), true),
        (one("a", strings(&["x"])).with(path("b"), strings(&["y"])), json!({ "a": "x", "b": "z" }), false),
    ];
    for (required, mut claims, passes) in cases {
        claims["sub"] = json!("alice");
        let config = config(|c| c.required_claims = required.clone());
        let mapped = map(&config, &claims);
        assert_eq!(mapped.is_ok(), passes, "{claims}");
        assert!(mapped.err().is_none_or(|error| !error.contains("acme2") && !error.contains("tin")));
    }
}

#[test]
fn the_principal_carries_what_the_token_says_about_itself() {
    let config = config(|c| c.claims = vec![path("email"), path("tenant.id"), path("missing")]);
    let text = json!({ "sub": "a", "jti": "t1", "email": "a@b", "tenant": { "id": [1] }, "other": 1 }).to_string();
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let mapping = Mapping::new(&config, &"corp".into(), &Clock::default());
    let mut times = Times::default();
    (times.issued_at, times.expires_at) = (at(1), at(2));
    let principal = mapping.principal(&Claims::parse(&text).unwrap(), times).unwrap();
    assert_eq!((principal.issuer(), principal.token_id()), (Some("https://id.example.test"), Some("t1")));
    assert_eq!((principal.issued_at(), principal.expires_at()), (at(1), at(2)));
    assert_eq!(Value::from(principal.claims().clone()), json!({ "email": "a@b", "tenant.id": [1] }));
}
