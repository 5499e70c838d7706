use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::import::tests::{assert_is_config, assert_passes, comments, text};

fn imported(config: &str) -> Result<String, String> {
    let text = text(import(&Source::of("config.yaml", config), None).map(|(draft, _)| draft))?;
    assert_is_config(&text);
    Ok(text)
}

/// The example of Armada's documentation, `docs/helm/server.md`.
const DOCUMENTED: &str = r#"
applicationConfig:
  grpcPort: 50051
  auth:
    basicAuth:
      enableAuthentication: true
      users:
        "user1": { password: "password1", groups: ["administrator", "teamB"] }
        "user2": { password: "password1", groups: ["teamA"] }
    permissionGroupMapping:
      submit_any_jobs: ["administrators"]
      create_queue: ["administrators"]
      cancel_any_jobs: ["administrators"]
      watch_all_events: ["administrators", "everyone"]
      execute_jobs: ["armada-executor"]
    permissionScopeMapping:
      execute_jobs: ["armada/executor"]
"#;

#[test]
fn the_documented_users_groups_and_permissions_are_there() {
    let text = imported(DOCUMENTED).unwrap();
    assert_passes(&text);
    let config: toml::Table = text.parse().unwrap();
    let basic = &config["backend"][0];
    assert_eq!(basic["groups"]["administrator"][0].as_str(), Some("user1"));
    assert!(basic["users"]["user2"].as_str().unwrap().starts_with("$argon2id$"));
    assert_eq!(config["role"]["submit_any_jobs"]["rules"][0]["verbs"][0].as_str(), Some("submit"));
    assert!(config["role"]["create_queue"]["rules"][0].get("namespaces").is_none(), "in every queue");
    assert!(text.contains("subjects = [{ backend = \"basic\", group = \"administrators\" }, \"everyone\"]"), "{text}");
    assert!(!text.contains("password1"), "{text}");
    assert!(comments(&text, "NO EQUIVALENT")[0].contains("armada/executor"), "no entry has scopes: {text}");
}

#[test]
fn the_keys_are_found_where_they_ever_were_and_in_any_case() {
    let users = "basicAuth: { enableAuthentication: true, users: { alice: { password: wonderland } } }";
    for config in [
        format!("auth: {{ {users} }}"),
        format!("AUTH: {{ {} }}", users.replace("basicAuth", "basicauth")),
        format!("applicationConfig: {{ auth: {{ {users} }} }}"),
        format!("spec: {{ applicationConfig: {{ auth: {{ {users} }} }} }}"),
        format!("applicationConfig: {{ {users}, redis: x }}"),
        format!("{users}\nredis: {{ password: hunter2 }}"),
    ] {
        let text = imported(&config).unwrap();
        assert_passes(&text);
        assert!(text.contains("alice = \"$argon2id$"), "{text}");
        assert!(!text.contains("NOT UNDERSTOOD:") && !text.contains("hunter2"), "{text}");
    }
    let problem = imported("redis: {}").unwrap_err();
    assert!(problem.starts_with("config.yaml: there is no `auth`"), "{problem}");
}

#[test]
fn who_was_kept_out_is_kept_out() {
    let of = |keys: &str| {
        imported(&format!("auth: {{ basicAuth: {{ {keys} users: {{ a: {{ password: wonderland }} }} }} }}")).unwrap()
    };
    assert!(of("enableAuthentication: false,").contains("kind = \"deny-all\""));
    assert!(of("enableAuthentication: true,").contains("kind = \"basic\""));
    let text = of("");
    assert!(
        text.contains("kind = \"deny-all\"") && comments(&text, "TO DO")[0].contains("enableAuthentication"),
        "{text}"
    );
    // Where there was no `auth`, there was no such key.
    assert!(imported("basicAuth: { users: { a: { password: wonderland } } }").unwrap().contains("kind = \"basic\""));
    let nobody = imported("auth: {}").unwrap();
    assert!(nobody.contains("kind = \"deny-all\"") && !nobody.contains("public = true"), "{nobody}");
    assert!(imported("auth: { anonymousAuth: false }").unwrap().contains("kind = \"deny-all\""));
    assert_eq!(comments(&imported("auth: { anonymousAuth: true }").unwrap(), "INSECURE").len(), 1);
    // With an `auth`, Armada reads nothing beside it, and does not start with an empty one.
    for empty in ["auth:", "auth: ~", "auth: {}", "applicationConfig:\n  auth:"] {
        let text = imported(&format!("{empty}\nanonymousAuth: true\n")).unwrap();
        assert!(text.contains("kind = \"deny-all\"") && !text.contains("kind = \"anonymous\""), "{text}");
    }
    assert!(imported("anonymousAuth: true").unwrap().contains("kind = \"anonymous\""));
}

#[test]
fn a_user_who_could_not_log_in_here_is_left_out_and_told() {
    let text = imported(
        "auth: { basicAuth: { enableAuthentication: true, users: { Alice: { password: wonderland, groups: ['a:b', ok, everyone] }, 'b:c': { password: x }, \
         nobody: {}, '#': { password: x } } } }",
    )
    .unwrap();
    assert_passes(&text);
    assert!(text.contains("[backend.groups]\nok = [\"alice\"]\n"), "{text}");
    for said in [
        "`Alice` is `alice` here",
        "`Alice` is not in `a:b`",
        "`b:c` is left out",
        "`nobody` is left out",
        "`#` is left out",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(
        imported("auth: { basicAuth: { enableAuthentication: true, users: { a: {} } } }").unwrap().contains("deny-all")
    );
}

#[test]
fn nothing_secret_is_shown() {
    let text = imported(
        "auth: { basicAuth: { enableAuthentication: true, users: { a: { password: 'hunter2 secret', pasword: hunter2 } } }, kerberos: { keytabLocation: /k, \
         principalName: armada, ldap: { url: 'ldap://x', password: hunter2, bindPassword: hunter2 } }, x: { y: hunter2 } }",
    )
    .unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let strange = comments(&text, "NOT UNDERSTOOD").concat();
    for key in ["auth.x", "auth.basicAuth.users.a.pasword", "auth.kerberos.ldap.bindPassword"] {
        assert!(strange.contains(key), "{key}: {strange}");
    }
    let problem =
        imported("auth: { basicAuth: { enableAuthentication: true, users: { a: { password: 123456789 } } } }")
            .unwrap_err();
    assert!(
        problem.starts_with("config.yaml:1:74: auth.basicAuth.users.a.password: ") && !problem.contains("1234"),
        "{problem}"
    );
}

#[test]
fn a_provider_is_an_entry_if_it_can_be_trusted() {
    let of = |keys: &str| imported(&format!("auth: {{ openIdAuth: {{ {keys} }} }}")).unwrap();
    let text = of("providerUrl: 'https://id.test', groupsClaim: 'cognito:groups', clientId: test, scopes: [a]");
    assert!(
        text.contains("issuer = \"https://id.test\"\naudiences = [\"test\"]\ngroups_claim = \"cognito:groups\"\n"),
        "{text}"
    );
    assert!(text.contains("\nscopes_claim = \"scope\"\n"), "Armada gives nothing for the claim `scp`: {text}");
    assert!(comments(&text, "TO DO").is_empty(), "{text}");
    let text = of(
        "providerUrl: 'https://id.test', clientId: test, skipClientIDCheck: true, groupsClaim: 'https://id.test/groups'",
    );
    assert!(comments(&text, "INSECURE")[0].contains("skipClientIDCheck"), "{text}");
    assert_eq!(comments(&text, "TO DO").len(), 1);
    assert!(text.contains(r#"groups_claim = "\"https://id.test/groups\"""#), "{text}");
    // Whatever stood there for an audience, somebody could have a token made for it.
    for without in ["", ", skipClientIDCheck: true", ", clientId: ''", ", clientId: \"a\\nb\""] {
        let text = of(&format!("providerUrl: 'https://id.test'{without}"));
        assert!(text.contains("deny-all") && !text.contains("\naudiences"), "{text}");
        assert_eq!(comments(&text, "TO DO").len() + comments(&text, "NOT UNDERSTOOD").len(), 1, "{text}");
    }
    for bad in ["http://id.test", "https://id.test?a=hunter2", "https://*** your user pool id ***"] {
        let text = of(&format!("providerUrl: '{bad}', clientId: test"));
        assert!(text.contains("deny-all") && !text.contains("hunter2"), "{text}");
        assert_eq!(comments(&text, "NO EQUIVALENT").len(), 1);
    }
}

#[test]
fn subjects_are_those_that_armada_would_have_meant() {
    let text = imported(
        "auth: { openIdAuth: { providerUrl: 'https://id.test', clientId: c, groupsClaim: groups }, \
         kubernetesAuth: { kidMappingFileLocation: /kid/ }, anonymousAuth: true, \
         permissionGroupMapping: { Submit_Any_Jobs: [ops, everyone], execute_jobs: ['system:serviceaccount:armada:executor', 'a*'], \
         submit_jobs: [ops], nonsense: [ops] }, permissionScopeMapping: { execute_jobs: [armada/executor] }, \
         permissionClaimMapping: { cancel_any_jobs: ['https://id.test/admin'], delete_queue: [admin, admin] } }",
    )
    .unwrap();
    for subjects in [
        r#"[{ backend = "oidc", group = "ops" }, "everyone"]"#,
        r#"[{ backend = "kubernetes", service_account = "armada:executor" }, { backend = "oidc", scope = "armada/executor" }]"#,
        r#"[{ backend = "oidc", claims = { "\"https://id.test/admin\"" = "*" } }]"#,
    ] {
        assert!(
            text.replace("\n    ", " ").replace("[ {", "[{").replace(",\n]", "]").contains(subjects),
            "{subjects}: {text}"
        );
    }
    assert!(text.contains(r#"claims = ["\"https://id.test/admin\"", "admin"]"#), "{text}");
    let missing = comments(&text, "NO EQUIVALENT").concat();
    assert!(missing.contains("submit_jobs") && missing.contains("`a*`"), "{missing}");
    assert!(comments(&text, "NOT UNDERSTOOD").concat().contains("nonsense"), "{text}");
    // A role that nobody has would be one more thing to read.
    assert!(!text.contains("[role.submit_jobs]") && !text.contains("[role.nonsense]"));
}

#[test]
fn groups_without_a_claim_for_them_are_nobodys() {
    let text = imported(
        "auth: { openIdAuth: { providerUrl: 'https://id.test', clientId: c }, permissionGroupMapping: { create_queue: [ops] } }",
    )
    .unwrap();
    assert!(!text.contains("[role."), "{text}");
}

#[test]
fn the_hashes_go_into_the_users_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("armada.htpasswd");
    let imported = |config: &str| {
        import(&Source::of("config.yaml", config), Some(&path)).unwrap_or_else(|failure| panic!("{failure}"))
    };
    let (draft, hashes) = imported(DOCUMENTED);
    let text = draft.text();
    std::fs::write(&path, hashes.unwrap()).unwrap();
    assert_passes(text);
    assert!(!text.contains("$argon2id$") && text.contains("users_file = ") && !draft.has_hashes(), "{text}");
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    // Without users, there is no such file.
    assert!(imported("auth: { anonymousAuth: true }").1.is_none());
}

#[test]
fn hashes_in_the_config_file_are_told() {
    let notes = |config: &str| {
        let (draft, _) = import(&Source::of("config.yaml", config), None).unwrap_or_else(|failure| panic!("{failure}"));
        crate::import::notes(&draft)
    };
    let [note] = &notes(DOCUMENTED)[..] else { panic!("one") };
    assert!(note.contains("hashes of passwords") && note.contains("chmod 600"), "{note}");
    assert_eq!(notes("auth: { anonymousAuth: true }"), Vec::<String>::new());
}

#[test]
fn a_path_that_nobody_spoke_of_is_denied_and_anonymous_callers_pass_the_others_only_by_their_entry() {
    let routes = |config: &str| -> Vec<toml::Value> {
        let config: toml::Table = imported(config).unwrap().parse().unwrap();
        config["route"].as_array().unwrap().clone()
    };
    let known = routes("auth: { kubernetesAuth: { kidMappingFileLocation: /kid/ } }");
    let open = routes("auth: { anonymousAuth: true }");
    assert_eq!((known.len(), open.len()), (6, 6));
    assert_eq!(known.iter().filter(|route| route.get("public").is_some()).count(), 1, "{known:?}");
    // Not `public`: then nobody would need a credential, even with the entry `anonymous` removed.
    assert_eq!(open.iter().filter(|route| route.get("public").is_some()).count(), 1, "{open:?}");
    assert!(open[1..].iter().all(|route| route.get("action").is_some()), "{open:?}");
    // Routes deny what is on none of them as soon as one names an action.
    assert!(known[5].get("action").is_some() && known[5] == open[5], "{known:?}");
}

#[test]
fn tokens_of_the_cluster_for_anybody_are_told() {
    let text = imported("auth: { kubernetesAuth: { kidMappingFileLocation: /kid/ } }").unwrap();
    let told = comments(&text, "INSECURE");
    assert!(told.iter().any(|told| told.contains("every pod") && told.contains("audiences = [\"armada\"]")), "{text}");
}

#[test]
fn tokens_of_a_cluster_that_the_mapping_may_not_name_get_nobody_in() {
    let text = imported("auth: { kubernetesAuth: { kidMappingFileLocation: /kid/ } }").unwrap();
    let nobody =
        "kind = \"kubernetes\"\nissuers = [\"https://nobody.invalid\"]\naudiences = [\"https://nobody.invalid\"]\n";
    assert!(text.contains(nobody), "{text}");
    assert!(comments(&text, "TO DO")[0].contains("takes nobody's token yet"), "{text}");
}

#[test]
fn tickets_for_others_and_names_of_others_are_not_taken() {
    for bad in ["principalName: 'a b'", "userNameSuffix: \"a\\tb\""] {
        let text = imported(&format!("auth: {{ kerberos: {{ keytabLocation: /k, {bad} }} }}")).unwrap();
        assert!(text.contains("deny-all") && !text.contains("keytab = "), "{text}");
        assert_eq!(comments(&text, "NOT UNDERSTOOD").len(), 1, "{text}");
    }
    let good =
        imported("auth: { kerberos: { keytabLocation: /k, principalName: HTTP/a.test, userNameSuffix: -x } }").unwrap();
    assert!(good.contains("service = \"HTTP/a.test\"") && good.contains("username_suffix = \"-x\""), "{good}");
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let text = imported(
        "auth: { openIdAuth: { providerUrl: 'https://user:hunter2@id.test' }, kerberos: { keytabLocation: /k, ldap: \
         { url: 'ldap://user:hunter2@x' } }, kubernetesAuth: {} }",
    )
    .unwrap();
    assert!(!text.contains("hunter2"), "{text}");
}

/// A text that means something to TOML, to YAML, or to the config file.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\n",
        "\r",
        "\"",
        "'",
        "\\",
        "#",
        "[x]",
        "= 1",
        "\u{0}",
        "\u{7f}",
        "\u{2028}",
        "\u{202e}",
        "{",
        ":",
        "*",
        ".",
        " ",
        "a",
        "é",
        "system:",
        "everyone",
        "https://a.test/",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())]
}

/// JSON is YAML, if it is in ASCII.
fn yaml(value: &Value) -> String {
    let escaped = |char: char| match char {
        ' '..='~' => char.to_string(),
        _ => char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    };
    value.to_string().chars().map(escaped).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whoever_the_users_are_the_result_passes(
        name in hostile(),
        password in hostile(),
        groups in prop::collection::vec(hostile(), 0..3),
    ) {
        let config = json!({ "auth": {
            "basicAuth": { "enableAuthentication": true, "users": {
                format!("y{name}"): { "password": password, "groups": &groups },
                "zoe": { "password": "wonderland" },
            } },
            "permissionGroupMapping": { "create_queue": groups },
        } });
        assert_passes(&imported(&yaml(&config)).unwrap());
    }

    #[test]
    fn whatever_the_provider_is_like_the_result_passes(texts in prop::collection::vec(hostile(), 6), flag in any::<Option<bool>>()) {
        let config = json!({ "auth": {
            // Nobody listens there.
            "openIdAuth": {
                "providerUrl": "http://127.0.0.1:1/", "clientId": texts[0], "groupsClaim": texts[1], "skipClientIdCheck": flag,
            },
            "anonymousAuth": flag,
            "permissionGroupMapping": { "submit_any_jobs": [texts[2], "x"] },
            "permissionScopeMapping": { "submit_any_jobs": [texts[3]] },
            "permissionClaimMapping": { "submit_any_jobs": [texts[4]], "cancel_any_jobs": [texts[5], texts[4]] },
        } });
        assert_passes(&imported(&yaml(&config)).unwrap());
    }

    #[test]
    fn whatever_the_file_says_the_result_is_a_config_file(texts in prop::collection::vec(hostile(), 10), flag in any::<bool>()) {
        let config = json!({ "auth": {
            format!("x{}", texts[0]): texts[1],
            "openIdAuth": { "providerUrl": texts[2], "clientId": "x" },
            "kubernetesAuth": { "kidMappingFileLocation": texts[3] },
            "kerberos": {
                // Without it there is no entry, which this build could not read.
                "keytabLocation": if flag { &texts[4] } else { "" },
                "principalName": texts[5], "userNameSuffix": texts[6], "ldap": { "url": texts[7] },
            },
            "permissionGroupMapping": { "execute_jobs": [texts[8]], format!("x{}", texts[9]): [texts[8]] },
        } });
        imported(&yaml(&config)).unwrap();
    }
}
