use portcullis::config::ServiceAccount;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::import::tests::{assert_is_config, comments, text};

/// With the account of the server and the audience of the provider's tokens.
fn imported(modes: &[AuthMode], configmap: Option<&str>) -> Result<String, String> {
    let audience = modes.contains(&AuthMode::Sso).then_some("argo-client");
    imported_as(modes, configmap, Some("workflows:argo-server"), audience)
}

fn imported_as(
    modes: &[AuthMode],
    configmap: Option<&str>,
    server: Option<&str>,
    audience: Option<&str>,
) -> Result<String, String> {
    let args = ImportArgoArgs {
        auth_mode: modes.to_vec(),
        kubeconfig: None,
        server_account: server.and_then(ServiceAccount::parse),
        audience: audience.map(str::to_owned),
        configmap: None,
    };
    let configmap = configmap.map(|text| Source::of("configmap.yaml", text));
    let text = text(import(&args, configmap))?;
    assert_is_config(&text);
    Ok(text)
}

const SSO: &str = "issuer: https://id.test\nclientId: { name: sso, key: client-id }\nclientSecret: { name: sso, key: secret }\n\
                   redirectUrl: https://argo.test/oauth2/callback\n";

/// A ConfigMap with these lines, and these in addition.
fn manifest(more: &str) -> String {
    let inner = format!("{SSO}{more}").replace('\n', "\n    ");
    format!(
        "kind: ConfigMap\nmetadata:\n  namespace: workflows\ndata:\n  artifactRepository: |\n    s3: {{}}\n  sso: |\n    {inner}\n"
    )
}

/// The kinds of the entries.
fn kinds(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("kind = \"")?.strip_suffix('"')).collect()
}

#[test]
fn every_combination_of_modes_is_a_chain() {
    use AuthMode::{Client, Server, Sso};
    let map = manifest("");
    for (modes, chain) in [
        (&[Client][..], &["kubernetes"][..]),
        (&[Server], &["kubernetes", "anonymous"]),
        (&[Sso], &["kubernetes", "oidc"]),
        (&[Client, Server], &["kubernetes", "anonymous"]),
        (&[Sso, Client], &["kubernetes", "oidc"]),
        (&[Server, Sso], &["kubernetes", "oidc", "anonymous"]),
        (&[Client, Server, Sso], &["kubernetes", "oidc", "anonymous"]),
        (&[Client, Client], &["kubernetes"]),
    ] {
        let text = imported(modes, Some(&map)).unwrap();
        assert_eq!(kinds(&text), chain, "{text}");
        assert_eq!(text.contains("accept_kubeconfig = true"), modes.contains(&Client));
        // Where Argo took no Kubernetes tokens, none get in.
        let nobody = "\nissuers = [\"https://nobody.invalid\"]\naudiences = [\"https://nobody.invalid\"]\n";
        assert_eq!(text.contains(nobody), !modes.contains(&Client), "{text}");
        assert_eq!(text.contains("\naudiences = [\"argo-client\"]\n"), modes.contains(&Sso), "{text}");
        let server = "everyone = true, as = \"system:serviceaccount:workflows:argo-server\"";
        for (mode, backend) in [(Server, "anonymous"), (Sso, "sso")] {
            let acting = format!("{{ backend = \"{backend}\", {server} }}");
            assert_eq!(text.contains(&acting), modes.contains(&mode), "{acting}: {text}");
        }
    }
}

#[test]
fn the_hole_of_the_mode_server_is_told() {
    let text = imported(&[AuthMode::Server], None).unwrap();
    let told = comments(&text, "INSECURE").concat();
    assert!(
        told.contains("whoever can reach the port") && told.contains("system:serviceaccount:workflows:argo-server"),
        "{told}"
    );
}

#[test]
fn without_the_account_of_the_server_nobody_acts_as_it() {
    let map = manifest("");
    for modes in [&[AuthMode::Server][..], &[AuthMode::Client, AuthMode::Server], &[AuthMode::Sso]] {
        let text = imported_as(modes, Some(&map), None, Some("a").filter(|_| modes == [AuthMode::Sso])).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("act_as")), "{text}");
        assert!(comments(&text, "TO DO").concat().contains("--server-account"), "{text}");
    }
    let text = imported_as(&[AuthMode::Client], None, None, None).unwrap();
    assert!(!text.contains("--server-account"), "{text}");
}

#[test]
fn without_an_audience_there_is_nothing_that_somebody_could_have_a_token_made_for() {
    use AuthMode::{Client, Server, Sso};
    let map = manifest("");
    for (modes, chain) in [(&[Sso][..], &["deny-all"][..]), (&[Sso, Client, Server], &["kubernetes", "anonymous"])] {
        let text = imported_as(modes, Some(&map), Some("a:b"), None).unwrap();
        assert_eq!(kinds(&text), chain, "{text}");
        assert!(!text.contains("backend = \"sso\"") && !text.contains("\naudiences"), "{text}");
        assert!(comments(&text, "TO DO").concat().contains("--audience"), "{text}");
    }
    let problem = imported_as(&[Client], None, None, Some("a")).unwrap_err();
    assert!(problem.contains("--auth-mode sso"), "{problem}");
}

#[test]
fn sso_is_found_wherever_it_is_and_without_it_there_is_an_error() {
    let plain = format!("sso:\n  {}", SSO.trim_end().replace('\n', "\n  "));
    let config = format!("data:\n  config: |\n    {}\n", plain.replace('\n', "\n    "));
    let helm = format!("server:\n  {}\n", plain.replace('\n', "\n  "));
    for map in [manifest(""), plain, config, helm] {
        let text = imported(&[AuthMode::Sso], Some(&map)).unwrap_or_else(|error| panic!("{error}: {map}"));
        assert!(text.contains("issuer = \"https://id.test\""), "{text}");
    }
    assert!(imported(&[AuthMode::Sso], None).unwrap_err().contains("kubectl"));
    assert!(imported(&[AuthMode::Sso], Some("data: {}")).unwrap_err().starts_with("configmap.yaml: there is no `sso`"));
    let problem = imported(&[AuthMode::Sso], Some("sso: { issuer: 'http://id.test' }")).unwrap_err();
    assert!(problem.starts_with("configmap.yaml:1:6: sso: the `issuer` cannot be one here"), "{problem}");
    let problem = imported(&[AuthMode::Sso], Some("data:\n  sso: |\n    a: 1\n    issuer: 7\n")).unwrap_err();
    assert!(problem.starts_with("configmap.yaml, in data.sso:2:9: issuer: "), "{problem}");
}

#[test]
fn who_acts_as_whom_is_not_guessed() {
    let text = imported(&[AuthMode::Sso], Some(&manifest("rbac:\n  enabled: true\n"))).unwrap();
    assert!(!text.lines().any(|line| line.starts_with("act_as")), "{text}");
    assert!(comments(&text, "TO DO").iter().any(|to_do| to_do.contains("annotations")), "{text}");
    // Whom no rule fits was denied everything, `/api/v1/info` too.
    assert!(text.ends_with("\nsubjects = []\n"), "{text}");
    let all = [AuthMode::Sso, AuthMode::Client, AuthMode::Server];
    let text = imported(&all, Some(&manifest("rbac:\n  enabled: true\n"))).unwrap();
    assert!(text.ends_with("\nsubjects = [{ backend = \"kubernetes\" }, { backend = \"anonymous\" }]\n"), "{text}");
    assert!(!text.contains("{ backend = \"sso\", everyone"), "{text}");
    let text = imported(&[AuthMode::Sso], Some(&manifest("rbac: { enabled: false }\n"))).unwrap();
    assert!(comments(&text, "INSECURE").iter().any(|told| told.contains("without `rbac`")), "{text}");
    assert!(text.ends_with("\nsubjects = [\"everyone\"]\n"), "{text}");
}

#[test]
fn sso_that_was_not_enabled_is_not_taken_over() {
    let problem = imported(&[AuthMode::Sso], Some(&manifest("enabled: false\n"))).unwrap_err();
    assert!(problem.contains("`enabled` is `false`"), "{problem}");
}

#[test]
fn what_is_insecure_or_different_is_told() {
    let text = imported(
        &[AuthMode::Sso],
        Some(&manifest(
            "insecureSkipVerify: true\nissuerAlias: https://alias.test\nuserInfoPath: /u\nfilterGroupsRegex: [a]\n\
             sessionExpiry: 240h\ncustomGroupClaimName: https://id.test/groups\nscopes: [groups]\nrootCA: abc\nodd: 1\n",
        )),
    )
    .unwrap();
    assert!(comments(&text, "INSECURE").concat().contains("insecureSkipVerify"), "{text}");
    let different = comments(&text, "NO EQUIVALENT").concat();
    assert!(
        ["userInfoPath", "filterGroupsRegex", "sessionExpiry"].iter().all(|key| different.contains(key)),
        "{different}"
    );
    let to_do = comments(&text, "TO DO").concat();
    assert!(to_do.contains("https://alias.test") && to_do.contains("rootCA"), "{to_do}");
    assert!(comments(&text, "NOT UNDERSTOOD")[0].contains("`odd`"), "{text}");
    assert!(text.contains(r#"groups_claim = "\"https://id.test/groups\"""#), "{text}");
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let text = imported(&[AuthMode::Sso], Some(&manifest("issuerAlias: 'https://user:hunter2@alias.test'\n"))).unwrap();
    assert!(
        !text.contains("hunter2") && comments(&text, "TO DO").concat().contains("holds a user or a password"),
        "{text}"
    );
    let map = "sso: { issuer: 'https://user:hunter2@id.test', redirectUrl: 'https://user:hunter2@id.test' }";
    assert!(!imported(&[AuthMode::Sso], Some(map)).unwrap_err().contains("hunter2"));
}

#[test]
fn a_namespace_of_webhooks_is_that_of_the_controller() {
    let text = imported(&[AuthMode::Sso], Some(&manifest(""))).unwrap();
    let section = "#     [[webhook]]\n#     path = \"/api/v1/events/workflows/{discriminator}\"\n#     clients_dir = ";
    assert!(text.contains(section) && text.contains("as = \"system:serviceaccount:workflows:github.com\""), "{text}");
}

#[test]
fn a_command_to_paste_has_nothing_in_it_that_a_shell_would_run() {
    let map = "metadata: { namespace: 'n; touch /tmp/y' }\nsso: { issuer: 'https://id.test', clientId: { name: 'x; touch /tmp/y', key: 'a' } }";
    let text = imported(&[AuthMode::Sso], Some(map)).unwrap();
    assert!(!text.contains("touch"), "{text}");
    let text = imported_as(&[AuthMode::Sso], Some(map), None, None).unwrap();
    assert!(!text.contains("touch"), "{text}");
    let text = imported_as(&[AuthMode::Sso], Some(&manifest("")), None, None).unwrap();
    assert!(text.contains(
        "#     kubectl -n workflows get secret sso -o go-template='{{index .data \"client-id\" | base64decode}}'"
    ));
}

proptest! {
    #[test]
    fn whatever_the_configmap_says_the_result_is_a_config_file(texts in prop::collection::vec(any::<String>(), 6)) {
        let map = json!({ "metadata": { "namespace": texts[0] }, "sso": {
            "issuer": "https://id.test", "customGroupClaimName": texts[1], "issuerAlias": texts[2], texts[3].as_str(): 1,
            "clientId": { "name": texts[4], "key": texts[5] },
        } });
        let _ = imported(&[AuthMode::Sso, AuthMode::Server], Some(&map.to_string()));
    }
}
