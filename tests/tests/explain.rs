//! What administrators are told of routes, roles and bindings: by `explain`, and by `check`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Output;

use portcullis_testbed::{Site, curl};

/// Behind the four lines of [`Site::BASIC`].
const RULES: &str = r#"
[[backend]]
kind = "anonymous"
groups = ["guests"]

[[route]]
path = "/healthz"
public = true

[[route]]
path = "/me"
authenticated = true

[[route]]
path = "/reports"
scopes = ["reports"]
authenticated = true

[[route]]
methods = ["GET"]
path = "/workflows/{namespace}"
action = { verb = "list", resource = "workflows", namespace = "{namespace}" }

[[route]]
methods = ["POST"]
path = "/workflows/{namespace}"
action = { verb = "create", resource = "workflows", namespace = "{namespace}" }

[[route]]
grpc = "/orders.v1.Orders/List"
action = { verb = "list", resource = "orders" }

[[route]]
host = "admin.example.test"
path = "/{*rest}"
action = { verb = "get", url = "/admin" }

[role.operator]
rules = [
    { verbs = ["list"], resources = ["workflows"] },
    { verbs = ["create"], resources = ["workflows"], namespaces = ["argo"] },
    { verbs = ["get"], urls = ["/admin"] },
]

[role.reader]
rules = [{ verbs = ["list"], resources = ["orders"] }]

[[binding]]
role = "operator"
subjects = [{ backend = "basic", group = "ops" }]

[[binding]]
role = "reader"
subjects = ["everyone"]
"#;

fn site() -> Site {
    Site::new(&format!("{}{RULES}", Site::BASIC))
}

/// The exit code, and what is said with the file's directory cut off.
fn told(site: &Site, output: &Output) -> (Option<i32>, String) {
    let said = String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap();
    (output.status.code(), said.replace(&format!("{}/", site.directory().display()), ""))
}

fn explain(site: &Site, arguments: &str) -> (Option<i32>, String) {
    told(site, &site.explain(&arguments.split_whitespace().collect::<Vec<_>>()))
}

#[track_caller]
fn assert_told(site: &Site, arguments: &str, code: i32, lines: &[&str]) {
    let (found, said) = explain(site, arguments);
    assert_eq!(said.lines().collect::<Vec<_>>(), lines, "{arguments}");
    assert_eq!(found, Some(code), "{arguments}");
}

#[test]
fn an_action_is_allowed_by_a_rule_and_a_binding_with_their_places() {
    assert_told(
        &site(),
        "--backend basic --user alice --group ops --verb create --resource workflows --namespace argo",
        0,
        &[
            "caller: alice of basic (groups: ops)",
            "action: create workflows in namespace \"argo\"",
            "allowed by role operator, rule 2 (portcullis.toml:45), bound at portcullis.toml:52",
        ],
    );
}

#[test]
fn what_is_not_allowed_comes_with_the_nearest_rules() {
    let site = site();
    assert_told(
        &site,
        "--backend basic --user alice --group ops --verb create --resource workflows --namespace prod",
        1,
        &[
            "caller: alice of basic (groups: ops)",
            "action: create workflows in namespace \"prod\"",
            "not allowed by the policy; the nearest rules:",
            "- role operator, rule 1 (portcullis.toml:44): other verbs",
            "- role operator, rule 2 (portcullis.toml:45): other namespaces",
        ],
    );
    assert_told(
        &site,
        "--backend basic --user bob --verb get --url /admin",
        1,
        &[
            "caller: bob of basic",
            "action: get /admin",
            "not allowed by the policy; the nearest rules:",
            "- role operator, rule 3 (portcullis.toml:46): the caller is not bound to the role (as others are at portcullis.toml:52)",
        ],
    );
}

#[test]
fn a_request_takes_a_route_and_asks_for_what_that_says() {
    let site = site();
    assert_told(
        &site,
        "--backend basic --user alice --group ops --path /workflows/team%2Da",
        0,
        &[
            "caller: alice of basic (groups: ops)",
            "request: GET /workflows/team%2Da",
            "route: GET /workflows/{namespace} (portcullis.toml:23)",
            "action: list workflows in namespace \"team-a\"",
            "allowed by role operator, rule 1 (portcullis.toml:44), bound at portcullis.toml:52",
        ],
    );
    assert_told(
        &site,
        "--anonymous --path /orders.v1.Orders/List --method POST",
        0,
        &[
            "caller: anonymous, without a credential (groups: guests)",
            "request: POST /orders.v1.Orders/List",
            "route: /orders.v1.Orders/List (portcullis.toml:33)",
            "action: list orders",
            "allowed by role reader, rule 1 (portcullis.toml:50), bound at portcullis.toml:56",
        ],
    );
    assert_told(
        &site,
        "--backend basic --user alice --scope profile --path /reports",
        1,
        &[
            "caller: alice of basic (scopes: profile)",
            "request: GET /reports",
            "route: /reports (portcullis.toml:18)",
            "scopes of the route: reports",
            "not allowed: the caller lacks reports",
        ],
    );
    assert_told(
        &site,
        "--backend basic --user alice --path /elsewhere",
        1,
        &[
            "caller: alice of basic",
            "request: GET /elsewhere",
            "route: none",
            "not allowed: no route is for it, and with a route that names an action or scopes, that is denied",
        ],
    );
    assert_told(
        &site,
        "--backend basic --user alice --path /healthz/../me",
        1,
        &[
            "caller: alice of basic",
            "request: GET /healthz/../me",
            "not allowed: the target is ambiguous (a dot segment in the path), so the request is refused with 400, whoever makes it",
        ],
    );
}

/// A caller to the command line, and to curl.
const CALLERS: &[(&str, &[&str])] = &[
    ("--anonymous", &[]),
    ("--backend basic --user alice --group ops", &["-u", "alice:wonderland"]),
    ("--backend basic --user bob", &["-u", "bob:bob-the-builder"]),
];

const TARGETS: &[(&str, &str, Option<&str>)] = &[
    ("GET", "/healthz", None),
    ("POST", "/healthz", None),
    ("GET", "/healthz/", None),
    ("GET", "/me", None),
    ("GET", "/%6de", None),
    ("GET", "//me", None),
    ("GET", "/me;a", None),
    ("GET", "/reports", None),
    ("GET", "/workflows/argo", None),
    ("PUT", "/workflows/argo", None),
    ("POST", "/workflows/argo", None),
    ("POST", "/workflows/prod", None),
    ("POST", "/orders.v1.Orders/List", None),
    ("GET", "/orders.v1.Orders/List", None),
    ("GET", "/orders.v1.Orders/Get", None),
    ("GET", "/nowhere", None),
    ("GET", "/nowhere", Some("admin.example.test")),
    ("GET", "/healthz", Some("admin.example.test:8080")),
    ("GET", "/healthz", Some("a..b")),
];

/// `explain` goes its own way through the routes: it must come to the same end as the gate.
#[test]
fn explain_says_what_serve_does() {
    let unlisted_pass = format!("{}[[route]]\npath = \"/me\"\nauthenticated = true\n", Site::BASIC);
    let nobody = "[[route]]\npath = \"/healthz\"\npublic = true\n";
    let without_routes = format!("{}[[backend]]\nkind = \"anonymous\"\n", Site::BASIC);
    for (file, targets) in [
        (&*format!("{}{RULES}", Site::BASIC), TARGETS),
        (&unlisted_pass, &TARGETS[3..7]),
        (&without_routes, &TARGETS[3..7]),
        (Site::BASIC, &TARGETS[5..6]),
        (nobody, &TARGETS[..4]),
    ] {
        let site = Site::new(file);
        let program = site.serve();
        let callers = if file == nobody { &CALLERS[..1] } else { CALLERS };
        for (caller, credential) in callers {
            for (method, path, host) in targets {
                let field = host.map(|host| format!("Host: {host}"));
                let mut arguments = vec!["--path-as-is", "-X", method];
                arguments.extend(field.iter().flat_map(|field| ["-H", field]));
                arguments.extend(*credential);
                let url = program.url(path);
                arguments.push(&url);
                let status = curl(&arguments).status;
                let host = host.map(|host| format!("--host {host}")).unwrap_or_default();
                let (code, said) = explain(&site, &format!("{caller} --method {method} --path {path} {host}"));
                assert_eq!(code, Some(i32::from(status != 200)), "{method} {path} {host}: {status}, but {said}");
                let is_ambiguous = said.contains("ambiguous");
                assert!(is_ambiguous || status != 400, "{method} {path} {host}: {status}, but {said}");
                // Those who are nobody are not told.
                let is_told = status == 400 || (*path == "/%6de" && status == 401);
                assert!(is_told || !is_ambiguous, "{method} {path} {host}: {status}, but {said}");
            }
        }
    }
}

/// A keytab, a cluster, users and a provider that are elsewhere.
const ELSEWHERE: &str = r#"
[[backend]]
kind = "kerberos"
keytab = "away.keytab"

[[backend]]
kind = "kubernetes"
kubeconfig = "away.kubeconfig"
username_prefix = "a:"
access_review = { act_as = [{ backend = "corp", group = "ops", as = "operator" }] }

[[backend]]
kind = "oidc"
name = "corp"
issuer = "https://id.example.test"
audiences = ["orders"]
ca_file = "away.pem"
client_token_file = "away.token"

[role.reader]
rules = [{ verbs = ["get"], resources = ["pods"] }]

[[binding]]
role = "reader"
subjects = [{ backend = "kerberos", user = "alice@EXAMPLE.TEST" }, { backend = "corp", claims = { on_call = true } }]
"#;

#[test]
fn nothing_is_read_but_the_file_and_who_would_be_asked_next_is_said() {
    let site = Site::new(ELSEWHERE);
    assert_ne!(site.check().status.code(), Some(0), "it could not be served here");
    let pods = "--verb get --resource pods";
    for allowed in ["--backend kerberos --user alice@EXAMPLE.TEST", "--backend corp --user bob --claim on_call=true"] {
        let (code, said) = explain(&site, &format!("{allowed} {pods}"));
        assert_eq!(code, Some(0), "{said}");
    }
    let next = "asked next: the cluster of kubernetes, which may allow it. Here nobody was asked.";
    for (caller, is_asked) in [
        ("--backend kubernetes --user a:system:serviceaccount:argo:operator", true),
        ("--backend kubernetes --user stranger", false),
        ("--backend corp --user bob --group ops", true),
        ("--backend corp --user bob --claim on_call=yes", false),
        ("--backend kerberos --user bob@EXAMPLE.TEST --group ops", false),
    ] {
        let (code, said) = explain(&site, &format!("{caller} {pods}"));
        assert_eq!(code, Some(1), "{said}");
        assert_eq!(said.lines().any(|line| line == next), is_asked, "{said}");
    }
}

#[test]
fn names_that_only_kubernetes_vouches_for_are_nobodys_elsewhere() {
    let site = site();
    let (code, said) = explain(&site, "--backend basic --user system:admin --group ops --path /healthz");
    assert_eq!(code, Some(1));
    assert!(said.contains("not allowed: such a caller does not exist: "), "{said}");
    let (code, said) =
        explain(&site, "--backend basic --user alice --group system:masters --group ops --path /workflows/a");
    assert_eq!(code, Some(0));
    assert!(said.contains("note: the group system:masters is dropped"), "{said}");
}

#[test]
fn a_wrong_file_or_command_line_is_told_apart_from_a_denial() {
    let (code, said) = explain(&site(), "--backend corp --user alice --path /");
    assert_eq!(code, Some(2));
    assert!(said.contains("expected basic, or `--anonymous`"), "{said}");
    let (code, said) = explain(&site(), "--backend basic --user alice");
    assert_eq!(code, Some(2));
    assert!(said.contains("--resource"), "{said}");
    let broken = Site::new(&format!("{}{}", Site::BASIC, RULES.replace("role = \"reader\"", "role = \"raeder\"")));
    let (code, said) = explain(&broken, "--anonymous --path /healthz");
    assert_eq!(code, Some(2));
    assert!(said.starts_with("portcullis.toml:57:1: binding[1].role: "), "{said}");
}

/// Those about the file itself: the testbed does not hide its users file.
fn warnings(said: &str) -> Vec<&str> {
    said.lines().filter_map(|line| line.strip_prefix("warning: ")).filter(|line| !line.starts_with("basic: ")).collect()
}

#[test]
fn check_says_what_is_asked_of_callers_and_what_is_odd_about_it() {
    let odd = "
[role.idle]
rules = []

[[route]]
path = \"/files/{*rest}\"
authenticated = true
";
    let specific = ["/files/", "/files/{name}", "/files/{name}/{*rest}"];
    let specific = specific.map(|path| format!("[[route]]\npath = \"{path}\"\npublic = true\n")).concat();
    let site = site();
    let (code, said) = told(&site, &site.check());
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(warnings(&said), [""; 0], "{said}");
    for sentence in ["Routes: 7 (", "A request that no route is for is denied.", "(roles: 2, rules: 4, bindings: 2)"] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    let site = Site::new(&format!("include = [\"*.rbac.toml\"]\n{}{RULES}{odd}{specific}", Site::BASIC));
    let (code, said) = told(&site, &site.check());
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        warnings(&said),
        [
            "portcullis.toml:1:12: include[0]: no file is called so",
            "portcullis.toml:61: role idle: nobody is bound to it",
            "portcullis.toml:64:1: route[7]: no request takes this route: more specific ones are for all of them; \
             expected it left out, or those",
        ]
    );
}
