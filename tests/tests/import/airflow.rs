//! `import airflow`

use portcullis_testbed::{Program, Realm, Site, Wish, airflow, basic, curl};
use serde_json::json;

use super::{assert_passes, checked, follow, import, of_example, routes, run};

/// A hash as Airflow 1.10 makes it (flask-bcrypt, cost 12), and its password.
const HASH: &str = "$2b$12$STQNx.0SacOUQu8HdUJD1eeBjzRnSo0KsPqQ46c3mxDRRizXEElK.";
const PASSWORD: &str = "open sesame";

/// The versions whose files are there, and the lines of those that say who gets in.
const VERSIONS: [(&str, &str); 2] = [
    ("1.10.15", "\nauth_backend = airflow.api.auth.backend.deny_all\n"),
    ("2.6.3", "\nauth_backends = airflow.api.auth.backend.session\n"),
];

/// A site with the `airflow.cfg` that this version ships, but for that line.
fn site(version: &str, line: &str) -> Site {
    let (_, own) = VERSIONS.into_iter().find(|(known, _)| *known == version).unwrap();
    let path = airflow(version).join("airflow/config_templates/default_airflow.cfg");
    let shipped = std::fs::read_to_string(path).unwrap();
    assert!(shipped.contains(own), "{version}");
    let site = Site::new("");
    // Not by `write`: nothing in it is secret.
    std::fs::write(site.path("airflow.cfg"), shipped.replace(own, &format!("\n{line}\n"))).unwrap();
    site
}

#[test]
fn the_files_that_airflow_ships_let_nobody_in() {
    for (version, line) in VERSIONS {
        let site = site(version, line.trim());
        let done = import(&site, &["airflow", "airflow.cfg"]);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{version}");
        assert!(done.stdout.contains("\nkind = \"deny-all\"\n"), "{}", done.stdout);
        assert_passes(&site);
        assert_eq!(curl(&[&site.serve().url("/")]).status, 403);
    }
}

#[test]
fn each_backend_of_the_document_passes_or_check_says_what_the_file_says() {
    for (version, key) in [("1.10.15", "auth_backend"), ("2.6.3", "auth_backends")] {
        for (module, missing) in [
            ("airflow.api.auth.backend.deny_all", None),
            ("airflow.api.auth.backend.default", None),
            ("airflow.api.auth.backend.session", None),
            ("airflow.contrib.auth.backends.password_auth", Some("airflow.htpasswd")),
            ("airflow.api.auth.backend.basic_auth", Some("airflow.htpasswd")),
            ("airflow.api.auth.backend.kerberos_auth", Some("airflow.keytab")),
        ] {
            let site = site(version, &format!("{key} = {module}"));
            let done = import(&site, &["airflow", "airflow.cfg"]);
            assert_eq!(done.code, Some(0), "{module}");
            match missing {
                None => assert_passes(&site),
                Some(missing) => {
                    assert!(
                        done.stdout.contains("# TO DO: ") && done.stderr.contains("TO DO"),
                        "{module}: {}",
                        done.stdout
                    );
                    let refused = checked(&site);
                    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{module}");
                    assert!(refused.stderr.contains(missing), "{module}: {}", refused.stderr);
                }
            }
        }
    }
}

#[test]
fn users_of_1_10_get_in_with_their_old_passwords() {
    let site = site("1.10.15", "auth_backend = airflow.contrib.auth.backends.password_auth");
    let done = import(&site, &["airflow", "airflow.cfg"]);
    let table = "CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(250), email VARCHAR(500), superuser BOOLEAN, \
                 password VARCHAR(255))";
    let rows = format!("INSERT INTO users (username, password) VALUES ('alice', '{HASH}'), ('ldap', NULL)");
    run(site.directory(), &format!("sqlite3 airflow.db \"{table}; {}\"", rows.replace('$', "\\$")));
    follow(&site, &done.stdout, "sqlite3");
    assert_passes(&site);

    site.watch_for(PASSWORD);
    let program = site.serve();
    let ask = |user: &str, password: &str| {
        curl(&["-H", &format!("Authorization: {}", basic(user, password)), &program.url("/api/experimental/test")])
    };
    assert_eq!(ask("alice", PASSWORD).json()["name"], json!("alice"));
    assert_eq!((ask("alice", "close sesame").status, ask("ldap", "").status), (401, 401));
    // As in 1.10, whoever gets in may do everything, in that API.
    let post = |path: &str| curl(&["-u", &format!("alice:{PASSWORD}"), "-X", "POST", &program.url(path)]).status;
    assert_eq!((post("/api/experimental/pools"), post("/api/v1/pools"), post("/")), (200, 403, 403));
}

#[test]
fn what_a_request_of_1_10_needs_is_what_the_example_says() {
    let site = site("1.10.15", "auth_backend = airflow.contrib.auth.backends.password_auth");
    let done = import(&site, &["airflow", "airflow.cfg"]);
    let own = routes(&done.stdout);
    assert_eq!((&own, own.len()), (&routes(&of_example("airflow/password.toml")), 12));
}

#[test]
fn users_of_2_have_the_roles_that_they_had() {
    let site = site("2.6.3", "auth_backends = airflow.api.auth.backend.basic_auth,airflow.api.auth.backend.session");
    let done = import(&site, &["airflow", "airflow.cfg"]);
    run(
        site.directory(),
        "sqlite3 airflow.db \"CREATE TABLE ab_user (id INTEGER, username TEXT, active BOOLEAN); CREATE TABLE ab_role (id INTEGER, name TEXT);
         CREATE TABLE ab_user_role (id INTEGER, user_id INTEGER, role_id INTEGER);
         INSERT INTO ab_user VALUES (1, 'alice', 1), (2, 'bob', 1), (3, 'bob admin', 1), (4, 'gone', 0); INSERT INTO ab_role VALUES (1, 'Op'), (2, 'Viewer');
         INSERT INTO ab_user_role VALUES (1, 1, 1), (2, 2, 2), (3, 3, 1), (4, 4, 1);
         CREATE TABLE ab_permission (id INTEGER, name TEXT); CREATE TABLE ab_view_menu (id INTEGER, name TEXT);
         CREATE TABLE ab_permission_view (id INTEGER, permission_id INTEGER, view_menu_id INTEGER);
         CREATE TABLE ab_permission_view_role (id INTEGER, permission_view_id INTEGER, role_id INTEGER);
         INSERT INTO ab_permission VALUES (1, 'can_read'), (2, 'can_edit'); INSERT INTO ab_view_menu VALUES (1, 'DAG Runs'), (2, 'Pools');
         INSERT INTO ab_permission_view VALUES (1, 1, 1), (2, 2, 2); INSERT INTO ab_permission_view_role VALUES (1, 1, 2), (2, 2, 1)\"",
    );
    let queries = done.stdout.lines().filter_map(|line| line.strip_prefix("#     sqlite3"));
    let permissions: Vec<_> = queries.filter(|query| query.contains("ab_permission_view_role")).collect();
    let [query] = permissions[..] else { panic!("{}", done.stdout) };
    run(site.directory(), &format!("sqlite3{query} > permissions"));
    let shown = std::fs::read_to_string(site.path("permissions")).unwrap();
    assert_eq!(shown, "Op|can_edit|pools\nViewer|can_read|dag_runs\n");
    follow(&site, &done.stdout, "sqlite3");
    assert_eq!(std::fs::read_to_string(site.path("airflow.groups")).unwrap(), "Op: alice\nViewer: bob\n");
    // The other command asks for a password on the terminal.
    assert!(done.stdout.contains("portcullis hash-password alice >> airflow.htpasswd\n"), "{}", done.stdout);
    for user in ["alice", "bob", "nobody"] {
        let add = "portcullis hash-password";
        run(site.directory(), &format!("umask 077; echo '{PASSWORD}' | {add} {user} >> airflow.htpasswd"));
    }
    assert_passes(&site);
    site.watch_for(PASSWORD);
    let runs = "/dags/one/dagRuns";
    let asked = |program: &Program, user: &str, method: &str, path: &str| {
        curl(&["-u", &format!("{user}:{PASSWORD}"), "-X", method, &program.url(&format!("/api/v1{path}"))]).status
    };
    let program = site.serve();
    assert_eq!(
        [asked(&program, "bob", "GET", runs), asked(&program, "alice", "GET", runs)],
        [403, 403],
        "not compared yet"
    );
    drop(program);

    site.write("portcullis.toml", &with_bindings(&done.stdout));
    assert_passes(&site);
    let program = site.serve();
    let ask = |user: &str, method: &str, path: &str| asked(&program, user, method, path);
    assert_eq!([ask("bob", "GET", runs), ask("bob", "POST", runs), ask("alice", "POST", runs)], [200, 403, 200]);
    assert_eq!([ask("bob", "GET", "/pools"), ask("alice", "DELETE", "/pools/a")], [403, 200]);
    assert_eq!([ask("alice", "GET", "/users"), ask("alice", "GET", "/nonsense")], [403, 403], "an Op, and nobody");
    assert_eq!([ask("bob", "GET", "/eventLogs"), ask("alice", "GET", "/eventLogs")], [403, 403], "CVE-2024-26280");
    assert_eq!([ask("bob", "POST", "/dags/~/dagRuns/list"), ask("bob", "GET", "/dags/~/dagRuns")], [200, 200]);
    assert_eq!([ask("nobody", "GET", "/dags"), ask("stranger", "GET", "/dags")], [403, 401], "no role, and no user");
    assert_eq!(curl(&[&program.url("/api/v1/health")]).status, 200, "as in Airflow");

    for (group, verb, resource, allowed) in [
        ("Op", "can_delete", "pools", true),
        ("Op", "can_create", "dag_runs", true),
        ("User", "can_create", "dag_runs", true),
        ("User", "can_delete", "pools", false),
        ("Viewer", "can_read", "dags", true),
        ("Viewer", "can_edit", "dags", false),
        ("Admin", "can_edit", "roles", true),
        ("Admin", "can_read", "audit_logs", true),
        ("Op", "can_read", "plugins", true),
        ("User", "can_read", "plugins", false),
        ("Public", "can_read", "dags", false),
    ] {
        let asked = ["--backend", "basic", "--user", "u", "--group", group, "--verb", verb, "--resource", resource];
        let code = site.explain(&asked).status.code();
        assert_eq!(code, Some(i32::from(!allowed)), "{group} {verb} {resource}");
    }
}

/// The file with the bindings of its comments, as an administrator takes the `#` from them.
fn with_bindings(config: &str) -> String {
    let is_of_binding =
        |line: &str| ["[[binding]]", "roles = ", "subjects = "].iter().any(|begin| line.starts_with(begin));
    let lines =
        config.lines().map(|line| line.strip_prefix("#     ").filter(|line| is_of_binding(line)).unwrap_or(line));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The methods and paths of an OpenAPI document of Airflow's, which indents a path by two blanks, and a method by four.
fn documented(version: &str) -> Vec<(String, String)> {
    let document = airflow(version).join("airflow/api_connexion/openapi/v1.yaml");
    let document = std::fs::read_to_string(document).unwrap();
    let (_, paths) = document.split_once("\npaths:\n").unwrap();
    let (paths, _) = paths.split_once("\ncomponents:\n").unwrap();
    let (mut path, mut calls) = ("", Vec::new());
    for line in paths.lines() {
        let name = line.trim().trim_end_matches(':');
        match line.len() - line.trim_start().len() {
            2 if name.starts_with('/') => path = name,
            4 if ["get", "post", "patch", "put", "delete"].contains(&name) => {
                calls.push((name.to_uppercase(), format!("/api/v1{path}")));
            }
            _ => {}
        }
    }
    calls
}

#[test]
fn each_call_that_airflow_2_documents_has_a_route_and_nothing_else_has() {
    let site = site("2.6.3", "auth_backends = airflow.api.auth.backend.basic_auth");
    let done = import(&site, &["airflow", "airflow.cfg"]);
    let value = |route: &str, key: &str| {
        route.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim_matches(['"', '[', ']']).to_owned()
    };
    let routes = routes(&done.stdout);
    let calls = routes.iter().map(|route| (value(route, "methods = "), value(route, "path = ")));
    let mut calls: Vec<_> = calls.collect();
    let mut documented = documented("2.6.3");
    assert!(documented.len() > 60, "{documented:?}");
    calls.sort();
    documented.sort();
    assert_eq!(calls, documented);
    // What Airflow's `check_authorization` takes no permission for.
    let public = routes.iter().filter(|route| route.contains("public = true")).map(|route| value(route, "path = "));
    assert_eq!(public.collect::<Vec<_>>(), ["/api/v1/health", "/api/v1/version"]);
    assert!(routes.iter().all(|route| route.contains("public = true") || route.contains("action = { verb = ")));
}

#[test]
fn tickets_for_the_service_airflow_get_in_with_and_without_spnego() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("airflow.keytab", &["airflow/localhost"]);
    let site = site("1.10.15", "auth_backend = airflow.api.auth.backend.kerberos_auth");
    let config = std::fs::read_to_string(site.path("airflow.cfg")).unwrap();
    let own = "\nkeytab = airflow.keytab\n";
    assert!(config.contains(own));
    std::fs::write(site.path("airflow.cfg"), config.replace(own, &format!("\nkeytab = {}\n", keytab.display())))
        .unwrap();
    let done = import(&site, &["airflow", "--airflow-version", "1.10", "airflow.cfg"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "nothing is left to be done");
    // The replay cache is for all processes of a user, and this realm is not the only one of its name.
    let replays = format!("raw_krb5 = true\nreplay_cache = \"{}\"\n", realm.path("replays").display());
    site.write("portcullis.toml", &done.stdout.replace("raw_krb5 = true\n", &replays));

    let program = realm.serve_site(&site, |_| {});
    let mut alice = realm.tickets("alice").initiator();
    let wish = Wish::default().service("airflow@localhost");
    for wish in [wish.clone(), wish.clone().raw()] {
        let ticket = alice.token_as(&wish).authorization();
        let answer = curl(&["-H", &format!("Authorization: {ticket}"), &program.url("/api/experimental/test")]);
        assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("alice@EXAMPLE.TEST")));
    }
    let post = |program: &Program, path: &str, ticket: &str| {
        curl(&["-H", &format!("Authorization: {ticket}"), "-X", "POST", &program.url(path)]).status
    };
    let pools = "/api/experimental/pools";
    assert_eq!(
        post(&program, pools, &alice.token_as(&wish).authorization()),
        200,
        "whoever got in could do everything"
    );
    drop(program);

    // Airflow 2.0 had the same key with the same module, and asked for roles.
    let done = import(&site, &["airflow", "airflow.cfg"]);
    assert!(done.stderr.contains("TO DO"), "{}", done.stderr);
    site.write("portcullis.toml", &done.stdout.replace("raw_krb5 = true\n", &replays));
    let program = realm.serve_site(&site, |_| {});
    for path in [pools, "/api/v1/pools", "/api/experimental/test"] {
        assert_eq!(post(&program, path, &alice.token_as(&wish).authorization()), 403, "{path}");
    }
}
