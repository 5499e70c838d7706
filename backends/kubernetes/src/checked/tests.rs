use super::*;

fn checked(toml: &str) -> String {
    let config: KubernetesConfig = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}"));
    check(&config).map_or_else(|invalid| invalid.to_string(), |()| "good".to_owned())
}

#[test]
fn nothing_is_needed_and_bounds_are_kept() {
    for toml in [
        "",
        "audiences = ['a', 'b']\nissuers = ['https://a']\nverify = 'review'\ndefault = true",
        "kubeconfig = 'a'\ncontext = 'b'",
        "ttl = '0s'\ntimeout = '30s'\nmax_concurrent = 1024",
    ] {
        assert_eq!(checked(toml), "good", "{toml}");
    }
    for (toml, expected) in [
        ("context = 'b'", "context: there is no `kubeconfig`; expected"),
        ("audiences = ['']", "audiences[0]: an empty string; expected"),
        ("audiences = ['a', 'b', 'a']", "audiences[2]: it is in the list already; expected each name once"),
        ("issuers = ['a', '']", "issuers[1]: an empty string; expected"),
        ("ttl = '6m'", "ttl: out of bounds; expected 0s to 5m"),
        ("max_concurrent = 0", "max_concurrent: out of bounds; expected 1 to 1024"),
        ("opaque_max_concurrent = 2000", "opaque_max_concurrent: out of bounds; expected 1 to 1024"),
        ("timeout = '1m'", "timeout: out of bounds; expected 100ms to 30s"),
        ("refresh = '0s'", "refresh: out of bounds; expected 1s to 1day"),
        ("stale_keys = '1m'", "stale_keys: out of bounds; expected 5m to 7days, and never less than `refresh`"),
        ("cool_down = '0s'", "cool_down: out of bounds; expected 1s to 5m"),
        ("realm = \"caf\u{e9}\"", "realm: clients disagree about anything else; expected printable ASCII"),
    ] {
        let found = checked(toml);
        assert!(found.starts_with(expected), "{toml}: {found}");
    }
}

#[test]
fn a_key_that_is_mistyped_or_a_verify_that_is_not_known_is_an_error() {
    for toml in ["audience = ['a']", "verify = 'jwks'", "accept_kubeconfig = 'yes'", "ttl = 10"] {
        assert!(toml::from_str::<KubernetesConfig>(toml).is_err(), "{toml}");
    }
}

#[test]
fn what_lets_more_in_than_it_seems_is_warned_of() {
    let warned = |toml: &str| warnings(&toml::from_str(toml).unwrap()).len();
    assert_eq!(warned("audiences = ['a']"), 0);
    assert_eq!(warned(""), 1);
    assert_eq!(warned("audiences = ['a']\nverify = 'review'"), 1);
    assert_eq!(warned("audiences = ['a']\nverify = 'review'\nissuers = ['https://a']"), 0);
    assert_eq!(warned("audiences = ['a']\ndefault = true"), 1);
    let act_as =
        "audiences = ['a']\n[access_review]\nact_as = [{ backend = 'b', user = 'c', as = 'd', as_groups = ['GROUP'] }]";
    assert_eq!(warned(&act_as.replace("GROUP", "system:masters")), 1);
    assert_eq!(warned(&act_as.replace("GROUP", "ops")), 0);
}
