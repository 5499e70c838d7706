//! A kubeconfig in the `Authorization` field, as Argo's documents have it: `curl -H "Authorization: $ARGO_TOKEN"`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_testbed::{Answer, Cluster, Program, Site, curl};
use serde_json::{Value, json};

const ACCEPTED: &str = "accept_kubeconfig = true\n";

fn serve(cluster: &Cluster, keys: &str) -> Program {
    Site::new(&(cluster.entry() + keys)).serve_here()
}

fn ask(program: &Program, argo_token: &str) -> Answer {
    curl(&["-H", &format!("Authorization: {argo_token}"), &program.url("/")])
}

/// What Go writes of a client's configuration, which says of another server, too, that it is to be asked.
fn client_config(token: &str) -> Value {
    json!({
        "Host": "https://attacker.example.test",
        "APIPath": "",
        "ContentConfig": { "GroupVersion": null },
        "Username": "",
        "Password": "",
        "BearerToken": token,
        "BearerTokenFile": "",
        "Impersonate": { "UserName": "system:admin", "Groups": ["system:masters"], "Extra": null },
        "AuthProvider": null,
        "ExecProvider": null,
        "TLSClientConfig": { "Insecure": true, "CertData": null, "KeyData": null, "CAData": "Tm9uZQ==" },
        "Timeout": 0,
    })
}

/// The file that `kubectl` would have for this token.
fn kubeconfig(cluster: &Cluster, token: &str) -> String {
    std::fs::read_to_string(cluster.kubeconfig_of(token)).unwrap()
}

/// The two forms, without a scheme.
fn forms(cluster: &Cluster, token: &str) -> [String; 2] {
    [format!("v0:{}", STANDARD.encode(client_config(token).to_string())), STANDARD.encode(kubeconfig(cluster, token))]
}

fn assert_is_401(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let challenge = answer.field("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer realm=\"portcullis\""), "{challenge}");
}

#[test]
fn its_token_gets_in_in_all_four_forms_and_nothing_else_of_it_counts() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, ACCEPTED);
    cluster.account("argo", "jenkins");
    let token = cluster.token("argo", "jenkins").issue();
    for form in forms(&cluster, &token) {
        for argo_token in [form.clone(), format!("Bearer {form}"), format!("bearer {form}")] {
            let answer = ask(&program, &argo_token);
            assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("system:serviceaccount:argo:jenkins")));
        }
    }
    assert_eq!(ask(&program, &format!("Bearer {token}")).status, 200, "a token by itself still does");
    assert_is_401(&ask(&program, &token));
    // The documents have it with a token that is in a Secret, too.
    let token = cluster.secret_token("argo", "jenkins", "jenkins.service-account-token");
    for form in forms(&cluster, &token) {
        assert_eq!(ask(&program, &form).json()["claims"]["serviceaccount"], "jenkins");
    }
}

#[test]
fn none_gets_in_unless_the_file_says_so() {
    let cluster = Cluster::shared();
    cluster.account("strict", "jenkins");
    let token = cluster.token("strict", "jenkins").issue();
    for keys in ["", "accept_kubeconfig = false\n", "default = true\n"] {
        let program = serve(&cluster, keys);
        for form in forms(&cluster, &token) {
            assert_is_401(&ask(&program, &form));
            assert_is_401(&ask(&program, &format!("Bearer {form}")));
        }
        assert_eq!(ask(&program, &format!("Bearer {token}")).status, 200);
    }
}

#[test]
fn a_token_in_it_is_held_to_what_a_token_by_itself_is() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, &format!("{ACCEPTED}audiences = [\"orders\"]\n"));
    cluster.account("held", "jenkins");
    let [good, bad] =
        ["orders", "invoices"].map(|audience| cluster.token("held", "jenkins").audiences(&[audience]).issue());
    for (token, status) in [(good.as_str(), 200), (&bad, 401), (cluster.static_token(), 401), ("x.y.z", 401)] {
        for form in forms(&cluster, token) {
            assert_eq!(ask(&program, &form).status, status);
        }
    }
}

#[test]
fn other_proofs_than_a_token_are_refused_and_each_is_named_in_the_log() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, ACCEPTED);
    cluster.account("proofs", "jenkins");
    let token = cluster.token("proofs", "jenkins").issue();
    let with_certificate = std::fs::read_to_string(cluster.kubeconfig()).unwrap();
    let beside_the_token =
        |line: &str| kubeconfig(&cluster, &token).replace("    token:", &format!("    {line}\n    token:"));
    for (text, named) in [
        (with_certificate, "a kubeconfig with a client certificate or key"),
        (beside_the_token("username: admin"), "a kubeconfig with a user name or password"),
        (beside_the_token("exec: { command: aws }"), "a kubeconfig with an exec plug-in"),
        (beside_the_token("tokenFile: /etc/passwd"), "a kubeconfig with a token file"),
    ] {
        assert_is_401(&ask(&program, &STANDARD.encode(text)));
        program.wait_for(named);
    }
    assert_eq!(ask(&program, &STANDARD.encode(kubeconfig(&cluster, &token))).status, 200);
}
