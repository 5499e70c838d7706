use std::path::Path;

use portcullis::Clock;
use portcullis_ldap::{DirectoryConfig, LdapDirectory};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::import::armada::import;
use crate::import::source::Source;
use crate::import::tests::{assert_is_config, comments};

/// What becomes of this `kerberos`, and of groups that may submit jobs.
fn imported(kerberos: &Value, groups: &[&str]) -> String {
    let config = json!({ "auth": { "kerberos": kerberos, "permissionGroupMapping": { "submit_any_jobs": groups } } })
        .to_string();
    let (draft, _) = import(&Source::of("config.yaml", &config), None).unwrap_or_else(|failure| panic!("{failure}"));
    assert_is_config(draft.text());
    draft.text().to_owned()
}

/// The same with this `ldap`, but for what is good in it.
fn with_ldap(change: &Value) -> String {
    let mut ldap = json!({
        "url": "ldaps://dc1.example.test", "username": "CN=armada,DC=example,DC=test", "password": "hunter2",
        "groupSearchBase": "OU=groups,DC=example,DC=test", "cacheExpiry": "10m",
    });
    ldap.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    imported(&json!({ "keytabLocation": "/k", "ldap": ldap }), &[])
}

/// The groups of tickets that are bound.
fn bound(text: &str) -> Vec<String> {
    let config: toml::Table = text.parse().unwrap();
    let subjects = config.get("binding").map_or(&[][..], |bindings| bindings[0]["subjects"].as_array().unwrap());
    let of_tickets = subjects.iter().filter(|subject| subject["backend"].as_str() == Some("kerberos"));
    of_tickets.map(|subject| subject["group"].as_str().unwrap().to_owned()).collect()
}

/// # Panics
///
/// If `portcullis check` would refuse the directory, once the password is there.
fn assert_directory_passes(text: &str) {
    let config: toml::Table = text.parse().unwrap();
    let mut section = config["directory"][0].as_table().unwrap().clone();
    let name = section.remove("name").unwrap();
    section.insert("bind_password".to_owned(), toml::Value::Table("env = \"PATH\"".parse().unwrap()));
    let mut config: DirectoryConfig = section.try_into().unwrap();
    let authorities = tempfile::NamedTempFile::new().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    std::fs::write(authorities.path(), certificate.pem()).unwrap();
    config.ca_file = Some(authorities.path().to_owned());
    LdapDirectory::new(config, name.as_str().unwrap(), Path::new(""), Clock::default())
        .unwrap_or_else(|invalid| panic!("{invalid}: {text}"));
}

#[test]
fn groups_are_those_of_the_ticket_and_nobody_gets_in_until_the_domain_is_written() {
    for ldap in [json!(null), json!({ "url": "ldap://x", "password": "hunter2" })] {
        let text = imported(&json!({ "keytabLocation": "/k", "groupNameSuffix": "-x", "ldap": ldap }), &[]);
        assert!(text.contains("\n[backend.pac]\ndomains = [\"S-1-5-21-0-0-0\"]\nrequired = true\n"), "{text}");
        assert!(comments(&text, "TO DO").iter().any(|told| told.contains("nobody gets in")), "{text}");
        assert!(
            !text.contains("[[directory]]") && !text.contains("directory = ") && !text.contains("hunter2"),
            "{text}"
        );
        assert_eq!(text.contains("which has no `username`"), !ldap.is_null(), "{text}");
        assert_eq!(comments(&text, "INSECURE").len(), usize::from(!ldap.is_null()), "{text}");
    }
}

#[test]
fn the_directory_is_asked_for_the_names_of_groups_as_armada_asked() {
    let text = with_ldap(&json!({}));
    let section = "\n[[directory]]\nname = \"ldap\"\nurls = [\"ldaps://dc1.example.test\"]\n\
                   bind_dn = \"CN=armada,DC=example,DC=test\"\nbind_password = { file = \"armada-ldap.password\" }\n\
                   ttl = \"10m\"\n\n[directory.groups]\nfind = \"sid\"\nbase = \"OU=groups,DC=example,DC=test\"\n";
    assert!(text.contains(section), "{text}");
    assert!(text.contains("\nname_mapping = \"strip_realm\"\ndirectory = \"ldap\"\n\n"), "{text}");
    assert!(text.contains("\n[backend.pac]\ndomains = [\"S-1-5-21-0-0-0\"]\nrequired = true\n"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(comments(&text, "TO DO").iter().any(|told| told.contains("armada-ldap.password")), "{text}");
    let [insecure] = &comments(&text, "INSECURE")[..] else { panic!("{text}") };
    assert!(insecure.contains("`ldap.password`"), "{text}");
    assert!(comments(&text, "NO EQUIVALENT").is_empty() && comments(&text, "NOT UNDERSTOOD").is_empty(), "{text}");
    assert_directory_passes(&text);
}

#[test]
fn a_directory_that_was_asked_in_plain_text_has_to_take_tls() {
    for url in ["ldap://dc1.example.test", "LDAP://localhost:389"] {
        let text = with_ldap(&json!({ "url": url }));
        assert!(text.contains(&format!("\nurls = [\"{url}\"]\nstart_tls = true\n")), "{text}");
        assert!(!text.contains("plain_text"), "{text}");
        assert_eq!(comments(&text, "INSECURE").iter().filter(|told| told.contains("`ldap://`")).count(), 1, "{text}");
        assert_directory_passes(&text);
    }
}

#[test]
fn what_the_directory_cannot_be_asked_with_is_left_to_be_done_and_lets_nobody_in() {
    for (key, values, instead) in [
        (
            "url",
            &["", "ldapi:///run/ldapi", "ldaps://u:hunter3@x", "ldaps://x/dc=test", "x", "ldap://x:0"][..],
            "urls = [\"ldaps://nobody.invalid\"]",
        ),
        ("username", &["EXAMPLE\\armada", "armada@example.test", "\n"], "bind_dn = \"cn=nobody,dc=invalid\""),
        ("groupSearchBase", &["", "groups", "OU=groups,"], "base = \"cn=nobody,dc=invalid\""),
    ] {
        let usual = comments(&with_ldap(&json!({})), "TO DO").len();
        for value in values {
            let text = with_ldap(&json!({ key: value }));
            assert!(text.contains(&format!("\n{instead}\n")) && !text.contains("hunter3"), "{value}: {text}");
            assert_eq!(comments(&text, "TO DO").len(), usual + 1, "{value}: {text}");
            assert_directory_passes(&text);
        }
    }
}

#[test]
fn names_are_remembered_as_long_as_armada_did_and_at_most_a_day() {
    let ttl = |expiry: Value| {
        let text = with_ldap(&json!({ "cacheExpiry": expiry }));
        let told = ["NO EQUIVALENT", "NOT UNDERSTOOD"].iter().flat_map(|mark| comments(&text, mark)).count();
        let ttl = text.lines().find_map(|line| line.strip_prefix("ttl = ")).map(str::to_owned);
        (ttl, told)
    };
    assert_eq!(ttl(json!("1h30m0s")), (Some("\"1h30m0s\"".to_owned()), 0));
    assert_eq!(ttl(json!("36h")), (Some("\"1d\"".to_owned()), 1));
    for default in [json!(null), json!("0s")] {
        assert_eq!(ttl(default), (None, 0));
    }
    for strange in [json!("soon"), json!(300_000_000_000_u64), json!(["5m"])] {
        assert_eq!(ttl(strange), (None, 1));
    }
}

#[test]
fn a_permission_is_for_the_group_that_a_ticket_could_have_had() {
    let sid = "S-1-5-21-1004336348-1177238915-682003330-1104";
    let groups =
        ["ops", "ops-x", "-x", "everyone-x", "system:ops-x", "S-1-5-32-544", "S-1-5-21-01-2-3-4", "S-1-5-21-1-x", sid];
    let of = |kerberos: Value| imported(&kerberos, &groups);
    let ldap = json!({ "url": "ldaps://x", "username": "cn=a", "groupSearchBase": "dc=test" });
    assert_eq!(bound(&of(json!({ "keytabLocation": "/k", "groupNameSuffix": "-x" }))), [sid], "there were no names");
    let named = of(json!({ "keytabLocation": "/k", "ldap": ldap }));
    assert_eq!(bound(&named), ["ops", "ops-x", "-x", "everyone-x"], "there were no identifiers");
    let suffixed = of(json!({ "keytabLocation": "/k", "groupNameSuffix": "-x", "ldap": ldap }));
    assert_eq!(bound(&suffixed), ["ops"], "of {groups:?}, without the suffix");
    let told = comments(&suffixed, "NO EQUIVALENT").concat();
    assert!(told.contains("`groupNameSuffix` `-x`") && told.contains("`ops` of "), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_ldap_says_the_directory_passes(
        host in "[a-z0-9.:/@%-]{0,12}|\\PC{0,6}",
        scheme in prop::sample::select(vec!["ldap://", "ldaps://", "LDAPS://", ""]),
        texts in prop::collection::vec("(cn|ou|dc)=[a-z\\\\+#\", ]{0,4}|\\PC{0,8}|[0-9]{1,12}[a-z]{1,2}", 4),
    ) {
        // Without a name to ask by, there is no directory.
        let username = format!("{}x", texts[0]);
        let text = with_ldap(&json!({
            "url": format!("{scheme}{host}"), "username": username, "groupSearchBase": texts[1], "cacheExpiry": texts[2],
        }));
        assert_directory_passes(&text);
    }
}
