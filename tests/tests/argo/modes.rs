//! The config files of the example: kubeconfigs and cookies, and callers without a token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_testbed::{Cluster, curl};
use serde_json::json;

use crate::scene::{account, assert_not_valid, file, get, hello_world, post, serve};

#[test]
fn all_files_say_the_same_of_requests() {
    let routes = |name| file(name).split_once("# From here on").unwrap().1.to_owned();
    for name in ["server.toml", "webhooks.toml"] {
        assert_eq!(routes("portcullis.toml"), routes(name));
    }
}

#[test]
fn a_kubeconfig_lets_in_with_its_token_in_all_forms_and_with_nothing_else() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, "portcullis.toml");
    let jenkins = account(&cluster, ("kubeconfigs", "jenkins"), &["list"], &["workflows"]);
    let token = jenkins.strip_prefix("Bearer ").unwrap();
    let kubeconfig = std::fs::read_to_string(cluster.kubeconfig_of(token)).unwrap();
    let elsewhere = json!({ "Host": "https://elsewhere.example.test", "BearerToken": token });
    let forms = [STANDARD.encode(&kubeconfig), format!("v0:{}", STANDARD.encode(elsewhere.to_string()))];
    for form in forms.iter().flat_map(|form| [form.clone(), format!("Bearer {form}")]) {
        assert_eq!(get(&program, &form, "/api/v1/workflows/kubeconfigs").status, 200);
        assert_eq!(get(&program, &form, "/api/v1/workflow-templates/kubeconfigs").status, 403);
    }
    let administrator = STANDARD.encode(std::fs::read_to_string(cluster.kubeconfig()).unwrap());
    let password = STANDARD.encode(json!({ "Username": "admin", "Password": "not-so-secret" }).to_string());
    for form in [administrator, format!("v0:{password}"), "v1:e30=".to_owned(), token.to_owned()] {
        assert_not_valid(&get(&program, &form, "/api/v1/workflows/kubeconfigs"));
    }
}

#[test]
fn the_cookie_of_the_web_interface_lets_in_and_not_for_the_pages_of_others() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, "portcullis.toml");
    let jenkins = account(&cluster, ("cookies", "jenkins"), &["list", "create"], &["workflows"]);
    let (cookie, url) = (format!("authorization={jenkins}"), program.url("/api/v1/workflows/cookies"));
    let ask = |more: &[&str]| curl(&[&["-b", &cookie, &url], more].concat());
    assert_eq!(ask(&[]).status, 200);
    assert_not_valid(&ask(&["-H", "Authorization: Bearer anything"]));
    assert_eq!(curl(&["-H", &format!("Cookie: {cookie}; {cookie}"), &url]).status, 400, "which of them?");
    let body = hello_world().to_string();
    assert_eq!(ask(&["-d", &body, "-H", "Sec-Fetch-Site: same-origin"]).status, 200);
    let answer = ask(&["-d", &body, "-H", "Sec-Fetch-Site: cross-site"]);
    assert_eq!((answer.status, &answer.json()["code"]), (403, &json!(7)));
}

#[test]
fn callers_without_a_token_do_what_the_servers_account_may_do_and_no_more() {
    let cluster = Cluster::start();
    let program = serve(&cluster, "server.toml");
    // Its own token, if somebody has it, is not needed for that.
    drop(account(&cluster, ("argo", "argo-server"), &["list", "create"], &["workflows"]));
    let url = |path: &str| program.url(path);
    assert_eq!(curl(&[&url("/api/v1/workflows/argo")]).status, 200);
    let made = curl(&["-d", &hello_world().to_string(), &url("/api/v1/workflows/argo")]).json();
    assert_eq!(made["metadata"]["labels"], json!({}), "nobody is known to have made it");
    for path in ["/api/v1/info", "/api/v1/version", "/api/v1/userinfo"] {
        assert_eq!(curl(&[&url(path)]).status, 200, "{path}");
    }
    assert_eq!(curl(&[&url("/api/v1/userinfo")]).json()["subject"], "anonymous");
    for path in ["/api/v1/workflow-templates/argo", "/api/v1/workflows/kube-system", "/api/v1/cron-workflows/argo"] {
        assert_not_valid(&curl(&[&url(path)]));
    }
    // Whoever presents something is not without a token.
    for bad in ["Authorization: Bearer anything", "Authorization: Basic YTpi", "Authorization;"] {
        assert_not_valid(&curl(&["-H", bad, &url("/api/v1/workflows/argo")]));
    }
    assert_not_valid(&curl(&["-b", "authorization=Bearer anything", &url("/api/v1/workflows/argo")]));
    let jenkins = account(&cluster, ("argo", "jenkins"), &["list"], &["workflowtemplates"]);
    assert_eq!(get(&program, &jenkins, "/api/v1/workflow-templates/argo").status, 200);
    assert_eq!(get(&program, &jenkins, "/api/v1/workflows/argo").status, 403);
    assert_eq!(post(&program, &jenkins, "/api/v1/workflows/argo", &hello_world()).status, 403);
}
