//! `import armada`

use std::path::{Path, PathBuf};

use portcullis_testbed::{Realm, Samba, Site, basic, curl};
use serde_json::json;

use super::{assert_passes, checked, import, of_example, routes, run};

/// The examples of the page about Armada's Helm chart, put together, but for Kerberos, which newer versions lack.
const DOCUMENTED: &str = r#"
applicationConfig:
  auth:
    anonymousAuth: true
    openIdAuth:
      providerUrl: "https://myproviderurl.com"
      groupsClaim: "groups"
      clientId: "test"
      scopes: []
    basicAuth:
      enableAuthentication: true
      users:
        "user1":
          password: "password1"
          groups: ["administrators", "teamB"]
        "user2":
          password: "password1"
          groups: ["teamA"]
    permissionGroupMapping:
      submit_any_jobs: ["administrators"]
      create_queue: ["administrators"]
      cancel_any_jobs: ["administrators"]
      watch_all_events: ["administrators", "everyone"]
      execute_jobs: ["armada-executor"]
    permissionScopeMapping:
      execute_jobs: ["armada/executor"]
"#;

/// A site with the documented file, imported.
fn site(extra: &[&str]) -> Site {
    let site = Site::new("");
    std::fs::write(site.path("config.yaml"), DOCUMENTED).unwrap();
    site.watch_for("password1");
    let done = import(&site, &[&["armada", "config.yaml"], extra].concat());
    assert_eq!(done.code, Some(0));
    assert!(!done.stderr.contains("TO DO"), "nothing is left to be done: {}", done.stderr);
    // Where the hashes are is told where it matters.
    assert_eq!(done.stderr.contains("hashes of passwords"), extra.is_empty(), "{}", done.stderr);
    assert!(!done.stdout.contains("password1"), "{}", done.stdout);
    site
}

#[test]
fn the_documented_file_passes_and_its_users_get_in_with_their_old_passwords() {
    for extra in [&[][..], &["--users-file", "armada.htpasswd"]] {
        let site = site(extra);
        assert_passes(&site);
        let program = site.serve();
        let ask = |user: &str, password: &str| {
            curl(&["-H", &format!("Authorization: {}", basic(user, password)), &program.url("/v1/queue/blue")])
        };
        let user1 = ask("user1", "password1").json();
        assert_eq!((&user1["name"], &user1["groups"]), (&json!("user1"), &json!(["administrators", "teamB"])));
        assert_eq!(ask("user2", "password1").json()["groups"], json!(["teamA"]));
        let refused = ask("user1", "password2");
        assert_eq!((refused.status, &refused.json()["error"]), (401, &refused.json()["message"]), "as Armada has it");
        assert_eq!(curl(&[&program.url("/v1/queue/blue")]).json()["anonymous"], json!(true));
        assert_eq!(curl(&[&program.url("/")]).status, 401, "in no route");
        drop(program);
        let config = std::fs::read_to_string(site.config()).unwrap();
        assert!(config.contains("kind = \"anonymous\""), "{config}");
        site.write("portcullis.toml", &config.replace("[[backend]]\nkind = \"anonymous\"\n", ""));
        assert_eq!(curl(&[&site.serve().url("/v1/queue/blue")]).status, 401, "nobody is anonymous any more");
    }
}

#[test]
fn what_a_request_needs_is_what_the_example_says() {
    let users = "auth: { basicAuth: { enableAuthentication: true, users: { alice: { password: wonderland } } } }\n";
    let site = Site::new("");
    site.watch_for("wonderland");
    std::fs::write(site.path("config.yaml"), users).unwrap();
    let done = import(&site, &["armada", "config.yaml"]);
    let (own, example) = (routes(&done.stdout), routes(&of_example("armada/portcullis.toml")));
    let (own, executors) = own.split_at(example.len());
    assert_eq!((own, own.len()), (&example[..], 5));
    assert!(matches!(executors, [one] if one.contains("execute")), "{executors:?}");
    assert!(done.stdout.contains("stands in no route is denied"), "{}", done.stdout);

    let program = site.example("example-armada");
    let ask = |path: &str| curl(&["-u", "alice:wonderland", &program.url(path)]).status;
    let queue = "/v1/queue/blue";
    assert_eq!((ask(queue), curl(&[&program.url(queue)]).status), (404, 401), "there is no such queue");
    assert_eq!((ask("/api/swagger.json"), ask("/other")), (200, 403));
}

#[test]
fn a_file_that_could_not_be_printed_leaves_no_users_file_behind() {
    let site = Site::new("");
    std::fs::write(site.path("config.yaml"), DOCUMENTED).unwrap();
    let command = "portcullis import armada config.yaml --users-file armada.htpasswd";
    let refused =
        format!("if {command} > /dev/full 2> said; then exit 9; fi; grep stdout said; test ! -e armada.htpasswd");
    run(site.directory(), &refused);
    run(site.directory(), &format!("{command} > portcullis.toml; test -s armada.htpasswd"));
    assert_passes(&site);
}

#[test]
fn permissions_are_those_of_the_document() {
    let site = site(&[]);
    let may = |caller: &[&str], verb: &str, resource: &str| {
        let asked = ["--verb", verb, "--resource", resource, "--namespace", "some-queue"];
        site.explain(&[caller, &asked].concat()).status.code() == Some(0)
    };
    let of = |backend: &'static str, group: &'static str| ["--backend", backend, "--user", "u", "--group", group];
    for backend in ["basic", "oidc"] {
        let administrator = of(backend, "administrators");
        for (verb, resource) in [("submit", "jobs"), ("create", "queues"), ("cancel", "jobs"), ("watch", "events")] {
            assert!(may(&administrator, verb, resource), "{backend} {verb} {resource}");
            assert_eq!(may(&of(backend, "teamA"), verb, resource), verb == "watch", "{backend} {verb} {resource}");
        }
        assert!(!may(&administrator, "execute", "jobs") && !may(&administrator, "delete", "queues"));
        assert!(may(&of(backend, "armada-executor"), "execute", "jobs"));
    }
    assert!(may(&["--anonymous"], "watch", "events") && !may(&["--anonymous"], "submit", "jobs"));
    let executor = ["--backend", "oidc", "--user", "u", "--scope", "armada/executor"];
    assert!(may(&executor, "execute", "jobs") && !may(&executor, "submit", "jobs"));
}

#[test]
fn the_users_file_is_its_owners_alone_and_is_not_overwritten() {
    let site = site(&["--users-file", "armada.htpasswd"]);
    let path = site.path("armada.htpasswd");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(&path).unwrap();
    let done = import(&site, &["armada", "config.yaml", "--users-file", "armada.htpasswd"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    assert!(done.stderr.contains("armada.htpasswd is there already"), "{}", done.stderr);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// A `kerberos` with this keytab, and more keys.
fn kerberos(keytab: &Path, more: &str) -> String {
    format!(
        "auth: {{ kerberos: {{ keytabLocation: {keytab:?}, principalName: HTTP/localhost, userNameSuffix: -suffix{more} }}, \
         permissionGroupMapping: {{ submit_any_jobs: [ops-team], cancel_any_jobs: [ops], create_queue: [team-0-team] }} }}\n"
    )
}

#[test]
fn a_ticket_that_says_nothing_of_groups_is_refused_as_before() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("armada.keytab", &["HTTP/localhost"]);
    let site = Site::new("");
    std::fs::write(site.path("config.yaml"), kerberos(&keytab, "")).unwrap();
    let done = import(&site, &["armada", "config.yaml"]);
    assert_passes(&site);
    // The replay cache is for all processes of a user, and this realm is not the only one of its name.
    let replays = format!("\nreplay_cache = \"{}\"\nname_mapping", realm.path("replays").display());
    let config = done.stdout.replace("\nname_mapping", &replays);
    let mut alice = realm.tickets("alice").initiator();
    for (required, answer) in [("true", (401, json!(null))), ("false", (200, json!("alice-suffix")))] {
        site.write("portcullis.toml", &config.replace("required = true", &format!("required = {required}")));
        let program = realm.serve_site(&site, |_| {});
        let ticket = alice.token().authorization();
        let got = curl(&["-H", &format!("Authorization: {ticket}"), &program.url("/v1/queue/blue")]);
        assert_eq!((got.status, got.json()["name"].clone()), answer);
    }
}

#[test]
fn tickets_of_a_domain_get_in_with_the_names_and_groups_that_they_had_once_the_domain_is_said() {
    let samba = Samba::start();
    let site = Site::new("");
    site.watch_for("reader-password");
    let ldap = format!(
        ", groupNameSuffix: -team, ldap: {{ url: {:?}, username: {:?}, password: reader-password, groupSearchBase: {:?}, \
         cacheExpiry: 1m30s }}",
        samba.url(),
        Samba::dn("reader"),
        format!("CN=Users,{}", Samba::SUFFIX),
    );
    std::fs::write(site.path("config.yaml"), kerberos(&samba.path("http.keytab"), &ldap)).unwrap();
    let done = import(&site, &["armada", "config.yaml"]);
    assert!(!done.stdout.contains("reader-password") && !done.stderr.contains("reader-password"));
    let refused = checked(&site);
    assert!(refused.code == Some(2) && refused.stderr.contains("armada-ldap.password"), "{}", refused.stderr);
    site.write("armada-ldap.password", "reader-password");
    assert_passes(&site);

    let own = |key: &str, path: PathBuf| format!("\n{key} = {path:?}");
    let config =
        done.stdout.replace("\nname_mapping", &(own("replay_cache", samba.path("replays")) + "\nname_mapping"));
    let config = config.replace("\nbind_dn", &(own("ca_file", samba.ca_file()) + "\nbind_dn"));
    let alice = samba.tickets("alice");
    let ask = |config: &str| {
        site.write("portcullis.toml", config);
        let program = site.serve_with(|command| {
            command.env("KRB5_CONFIG", samba.config()).env_remove("KRB5_KTNAME");
        });
        let ticket = alice.initiator().token().authorization();
        curl(&["-H", &format!("Authorization: {ticket}"), &program.url("/v1/queue/blue")])
    };
    assert_eq!(ask(&config).status, 401, "nobody is of the domain that stands there");
    let config = config.replace("S-1-5-21-0-0-0", samba.domain_sid());
    let answer = ask(&config);
    let (who, groups) = (answer.json()["name"].clone(), answer.json()["groups"].to_string());
    assert_eq!((answer.status, who), (200, json!("alice-suffix")));
    assert!(["ops", "staff", "universal"].iter().all(|group| groups.contains(&format!("\"{group}\""))), "{groups}");

    let may = |group: &str, verb: &str, resource: &str| {
        let asked = ["--backend", "kerberos", "--user", "alice-suffix", "--group", group, "--verb", verb];
        site.explain(&[&asked[..], &["--resource", resource, "--namespace", "blue"]].concat()).status.code() == Some(0)
    };
    assert!(may("ops", "submit", "jobs"), "as `ops-team`");
    assert!(!may("ops", "cancel", "jobs") && !may("ops", "create", "queues"), "nobody was in `ops`");
}
