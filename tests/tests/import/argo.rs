//! `import argo`

use portcullis_testbed::{Cluster, Site, Subject, curl};
use serde_json::json;

use super::{assert_passes, checked, import, of_example, routes};

/// A file as `kubectl` has it, of a cluster that nobody asks.
const KUBECONFIG: &str = "apiVersion: v1
kind: Config
current-context: a
contexts: [{ name: a, context: { cluster: a, user: a } }]
clusters: [{ name: a, cluster: { server: 'https://a.example.test' } }]
users: [{ name: a, user: { token: nobody-takes-this-token } }]
";

/// As Argo's document about SSO has it.
const CONFIGMAP: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: workflow-controller-configmap
  namespace: argo
data:
  sso: |
    issuer: https://issuer.root.url/
    clientId:
      name: client-id-secret
      key: client-id-key
    clientSecret:
      name: client-secret-secret
      key: client-secret-key
    redirectUrl: https://argo-server/oauth2/callback
    scopes:
     - groups
     - email
    rbac:
      enabled: true
";

#[test]
fn every_combination_of_modes_passes() {
    let site = Site::new("");
    site.write("kubeconfig", KUBECONFIG);
    std::fs::write(site.path("configmap.yaml"), CONFIGMAP).unwrap();
    let modes = ["client", "server", "sso"];
    for (chosen, has_rest) in (1..8).flat_map(|chosen| [(chosen, false), (chosen, true)]) {
        let chosen = (0..3).filter(|bit| chosen & (1 << bit) != 0).map(|bit| modes[bit]);
        let arguments: Vec<&str> = chosen.clone().flat_map(|mode| ["--auth-mode", mode]).collect();
        let has = |wanted: &str| chosen.clone().any(|mode| mode == wanted);
        let mut rest = vec!["configmap.yaml"];
        if has_rest {
            rest.extend(["--server-account", "argo:argo-server"]);
            rest.extend(["--audience", "argo-client"].into_iter().filter(|_| has("sso")));
        }
        let arguments = [&["argo", "--kubeconfig", "kubeconfig"], &arguments[..], &rest].concat();
        let done = import(&site, &arguments);
        assert_eq!(done.code, Some(0), "{arguments:?}");
        assert_passes(&site);
        // Under `rbac`, who acts as whom is still to be said.
        let has_to_do = has("sso") || !has_rest && has("server");
        assert_eq!(done.stderr.contains("TO DO"), has_to_do, "{arguments:?}: {}", done.stderr);
        let says = checked(&site).stdout;
        assert_eq!(says.contains("https://issuer.root.url/"), has("sso") && has_rest, "{says}");
        assert_eq!(says.contains("gets in as anonymous"), arguments.contains(&"server"), "{says}");
    }
}

#[test]
fn outside_of_a_pod_the_file_says_what_is_missing() {
    let site = Site::new("");
    let done = import(&site, &["argo"]);
    assert_eq!(done.code, Some(0));
    assert!(done.stdout.contains("--kubeconfig FILE") && done.stderr.contains("one thing is left"), "{}", done.stdout);
    let refused = checked(&site);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("kubeconfig"), "{}", refused.stderr);
}

#[test]
fn what_a_request_needs_is_what_the_example_says() {
    let rules = |config: &str| config[config.find("[[route]]").unwrap()..].to_owned();
    let example = of_example("argo/portcullis.toml");
    let site = Site::new("");
    for modes in [&[][..], &["--auth-mode", "server"]] {
        let done = import(&site, &[&["argo"], modes].concat());
        assert_eq!((rules(&done.stdout), routes(&done.stdout).len()), (rules(&example), 14));
        assert!(done.stdout.contains("stands in no route is denied"), "{}", done.stdout);
    }
}

#[test]
fn the_clients_of_webhooks_move_over_as_the_comment_says() {
    let site = Site::new("");
    site.write("kubeconfig", KUBECONFIG);
    let server = ["--auth-mode", "server", "--server-account", "argo:argo-server"];
    let done = import(&site, &[&["argo", "--kubeconfig", "kubeconfig"][..], &server].concat());
    std::fs::create_dir(site.path("webhook-clients")).unwrap();
    std::fs::write(site.path("webhook-clients/github.com"), "type: github\nsecret: \"not so secret\"\n").unwrap();
    // The section is pasted where its comment stands, and the entry into `act_as`.
    let section = done.stdout.replace("#     [[webhook]]", "[[webhook]]").replace("#     path", "path");
    let section = section.replace("#     clients_dir", "clients_dir");
    let entry = done.stdout.lines().find_map(|line| line.strip_prefix("#     { backend = \"webhook\"")).unwrap();
    let config = section.replace("act_as = [", &format!("act_as = [{{ backend = \"webhook\"{entry}, "));
    assert!(config.contains("\n[[webhook]]\n") && config.matches("backend = \"webhook\"").count() == 2, "{config}");
    site.write("portcullis.toml", &config);
    assert_passes(&site);
}

#[test]
fn the_imported_file_as_it_is_has_the_cluster_asked_for_the_example() {
    let cluster = Cluster::shared();
    let kubeconfig = cluster.kubeconfig_of(&cluster.reviewer());
    cluster.account("argo", "import-may");
    cluster.account("argo", "import-may-not");
    cluster.role("argo", "creator-of-import", "argoproj.io", &["list"], &["workflows"]);
    cluster.bind("argo", "creator-of-import", Subject::Account("argo", "import-may"));
    let site = Site::new("");
    import(&site, &["argo", "--kubeconfig", kubeconfig.to_str().unwrap()]);
    let program = site.example("example-argo");
    let ask = |account: &str, path: &str| {
        let token = cluster.token("argo", account).issue();
        curl(&["-H", &format!("Authorization: Bearer {token}"), &program.url(path)]).status
    };
    let list = "/api/v1/workflows/argo";
    assert_eq!((ask("import-may", list), ask("import-may-not", list)), (200, 403));
    assert_eq!(ask("import-may", "/api/v1/workflows/other"), 403, "a role of another namespace");
    assert_eq!(ask("import-may", "/api/v1/workflow-templates/argo"), 403, "another resource");
    assert_eq!(ask("import-may", "/api/v1/archived-workflows"), 403, "in no route");
    assert_eq!(
        (ask("import-may-not", "/api/v1/userinfo"), curl(&[&program.url("/api/v1/userinfo")]).status),
        (200, 401)
    );
}

#[test]
fn callers_are_themselves_or_the_server_as_the_modes_have_it() {
    let cluster = Cluster::shared();
    let kubeconfig = cluster.kubeconfig_of(&cluster.reviewer());
    cluster.account("argo", "argo-server");
    cluster.account("argo", "jenkins");
    cluster.role("argo", "lister-of-import", "argoproj.io", &["list"], &["workflows"]);
    cluster.bind("argo", "lister-of-import", Subject::Account("argo", "argo-server"));
    let jenkins = format!("Authorization: Bearer {}", cluster.token("argo", "jenkins").issue());
    let account = ["--server-account", "argo:argo-server"];
    let with_server = [&["--auth-mode", "client", "--auth-mode", "server"][..], &account].concat();
    for (modes, anonymous) in [
        (&["--auth-mode", "client"][..], 401),
        (&with_server, 200),
        (&["--auth-mode", "client", "--auth-mode", "server"], 401),
    ] {
        let site = Site::new("");
        import(&site, &[&["argo", "--kubeconfig", kubeconfig.to_str().unwrap()], modes].concat());
        let program = site.serve();
        let list = program.url("/api/v1/workflows/argo");
        let refused = curl(&[&list]);
        assert_eq!(refused.status, anonymous, "{modes:?}: {refused:?}");
        if anonymous == 401 {
            assert!(refused.json()["message"].as_str().unwrap().starts_with("token not valid. see "), "{refused:?}");
        }
        assert_eq!(curl(&["-H", &jenkins, &list]).status, 403, "jenkins is himself, and has no role");
        let info = curl(&["-H", &jenkins, &program.url("/api/v1/info")]);
        assert_eq!(info.json()["name"], json!("system:serviceaccount:argo:jenkins"));
        assert_eq!(curl(&["-H", "Authorization: Bearer anything", &program.url("/api/v1/info")]).status, 401);
    }
    let site = Site::new("");
    let server =
        [&["argo", "--kubeconfig", kubeconfig.to_str().unwrap(), "--auth-mode", "server"][..], &account].concat();
    import(&site, &server);
    let program = site.serve();
    assert_eq!(curl(&[&program.url("/api/v1/workflows/argo")]).status, 200);
    // The mode `client` is off, and Argo took no token of the cluster then, whoever it was made for.
    let info = program.url("/api/v1/info");
    let token = |audience: &str| cluster.token("argo", "jenkins").audiences(&[audience]).issue();
    let tokens = [
        token("argo-server"),
        token("https://nobody.invalid"),
        cluster.secret_token("argo", "jenkins", "jenkins-of-import"),
    ];
    for presented in [jenkins].into_iter().chain(tokens.map(|token| format!("Authorization: Bearer {token}"))) {
        assert_eq!(curl(&["-H", &presented, &info]).status, 401, "{presented}");
    }
}
