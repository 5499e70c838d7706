//! Roles and bindings: what is read, from which files, and where it stands.

use std::fs;

use portcullis_core::{Action, Principal};
use tempfile::TempDir;

#[cfg(feature = "kubernetes")]
use super::super::Backends;
use super::super::Config;
#[cfg(feature = "kubernetes")]
use crate::rbac::PlacedSubject;
use crate::rbac::Policy;

const GUESTS: &str = "[[backend]]\nkind = \"anonymous\"\nname = \"guests\"\n";

fn policy(text: &str) -> Policy {
    Config::from_toml(text).unwrap_or_else(|error| panic!("{error}")).policy().unwrap().clone()
}

/// What allows it, as it is audited.
fn reason(policy: &Policy, principal: &Principal, action: &Action<'_>) -> Option<String> {
    policy.decide(&policy.grants_of(principal), action).map(|allowed| allowed.decided_by().to_string())
}

/// Files in a folder, of which the first one is the main file.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read(folder: &TempDir) -> Result<Config, String> {
    let shown = format!("{}/", folder.path().display());
    Config::from_path(folder.path().join("main.toml")).map_err(|error| error.to_string().replace(&shown, ""))
}

fn alice() -> Principal {
    Principal::builder("alice").backend("guests").build()
}

#[test]
fn without_roles_and_bindings_there_is_no_policy() {
    assert!(Config::from_toml(GUESTS).unwrap().policy().is_none());
    assert!(Config::from_toml("binding = []").unwrap().policy().is_some());
    assert!(Config::from_toml("[role]").unwrap().policy().is_some());
}

#[test]
fn a_decision_names_the_rule_and_the_binding_however_they_are_written() {
    let inline = format!(
        "{GUESTS}[role.a]\nrules = [\n{{ verbs = [\"get\"], resources = [\"a\"] }},\n{{ verbs = [\"get\"], resources = [\"b\"] }} ]\n[[binding]]\nrole = \"a\"\nsubjects = [\"everyone\"]\n"
    );
    let sections = format!(
        "{GUESTS}[role.a]\n[[role.a.rules]]\nverbs = [\"get\"]\nresources = [\"a\"]\n[[role.a.rules]]\nverbs = [\"get\"]\nresources = [\"b\"]\n\n[[binding]]\nroles = [\"a\"]\nsubjects = [\"everyone\"]\n"
    );
    let implied = format!(
        "{GUESTS}[[role.a.rules]]\nverbs = [\"get\"]\nresources = [\"a\"]\n[[role.a.rules]]\nverbs = [\"get\"]\nresources = [\"b\"]\n\n[[binding]]\nroles = [\"a\"]\nsubjects = [\"everyone\"]\n"
    );
    for (text, expected) in [
        (inline, "role a, rule 2 (<toml>:7), bound at <toml>:8"),
        (sections, "role a, rule 2 (<toml>:8), bound at <toml>:12"),
        (implied, "role a, rule 2 (<toml>:7), bound at <toml>:11"),
    ] {
        let policy = policy(&text);
        assert_eq!(reason(&policy, &alice(), &Action::new("get", "b")).as_deref(), Some(expected));
        assert_eq!(policy.roles().next().unwrap().place().line(), 4, "{text}");
    }
}

#[test]
fn the_only_backend_is_the_one_that_is_meant() {
    let text = format!(
        "{GUESTS}[role.a]\nrules = [{{ verbs = [\"*\"], resources = [\"*\"] }}]\n[[binding]]\nrole = \"a\"\nsubjects = [{{ user = \"alice\" }}]\n"
    );
    let policy = policy(&text);
    assert!(reason(&policy, &alice(), &Action::new("get", "a")).is_some());
    assert!(reason(&policy, &Principal::builder("alice").backend("basic").build(), &Action::new("get", "a")).is_none());
    assert!(reason(&policy, &Principal::builder("alice").build(), &Action::new("get", "a")).is_none());
}

#[test]
fn files_are_read_in_order_and_each_thing_knows_its_file() {
    let role = |name: &str| format!("[role.{name}]\nrules = [{{ verbs = [\"get\"], resources = [\"{name}\"] }}]\n");
    let binding = |name: &str| format!("\n[[binding]]\nrole = \"{name}\"\nsubjects = [\"everyone\"]\n");
    let files = [
        (
            "main.toml",
            format!("include = [\"rbac.d/*.toml\", \"last.toml\", \"rbac.d/b.toml\"]\n{GUESTS}{}", role("main")),
        ),
        ("rbac.d/b.toml", role("b") + &binding("a") + &binding("main")),
        ("rbac.d/a.toml", role("a") + &binding("b") + &binding("last")),
        ("rbac.d/.c.toml", "not read".to_owned()),
        ("rbac.d/c.txt", "not read".to_owned()),
        ("last.toml", role("last")),
    ];
    let folder = folder(&files.each_ref().map(|(path, text)| (*path, text.as_str())));
    let config = read(&folder).unwrap();
    let policy = config.policy().unwrap();
    let names: Vec<_> = policy.roles().map(|role| role.name()).collect();
    assert_eq!(names, ["main", "a", "b", "last"]);
    let shown = format!("{}/", folder.path().display());
    for (name, expected) in [
        ("main", "role main, rule 1 (main.toml:6), bound at rbac.d/b.toml:8"),
        ("a", "role a, rule 1 (rbac.d/a.toml:2), bound at rbac.d/b.toml:4"),
        ("b", "role b, rule 1 (rbac.d/b.toml:2), bound at rbac.d/a.toml:4"),
        ("last", "role last, rule 1 (last.toml:2), bound at rbac.d/a.toml:8"),
    ] {
        let reason = reason(policy, &alice(), &Action::new("get", name)).unwrap();
        assert_eq!(reason.replace(&shown, ""), expected);
    }
}

#[cfg(unix)]
#[test]
fn a_mounted_config_map_is_read_through_its_links() {
    let binding = "[[binding]]\nrole = \"a\"\nsubjects = [\"everyone\"]\n";
    let folder = folder(&[
        ("main.toml", "include = [\"rbac.d/*.toml\"]\n[role.a]\nrules = []\n"),
        ("rbac.d/..2026_11_21/a.toml", binding),
    ]);
    let inner = folder.path().join("rbac.d");
    std::os::unix::fs::symlink("..2026_11_21", inner.join("..data")).unwrap();
    std::os::unix::fs::symlink("..data/a.toml", inner.join("a.toml")).unwrap();
    assert_eq!(read(&folder).unwrap().policy().unwrap().bindings().len(), 1);
    std::os::unix::fs::symlink("no-such-file", inner.join("b.toml")).unwrap();
    assert!(read(&folder).unwrap_err().starts_with("main.toml:1:12: include[0]: rbac.d/b.toml: "));
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_directory_is_not_waited_for() {
    let folder = folder(&[("main.toml", "include = [\"rbac.d/*.toml\"]\n"), ("rbac.d/a.toml/b.toml", "")]);
    assert_eq!(read(&folder).unwrap_err(), "main.toml:1:12: include[0]: rbac.d/a.toml: not a file");
}

#[test]
fn an_administrator_hears_of_what_has_no_effect() {
    let folder = folder(&[
        ("main.toml", "include = [\"rbac.d/*.toml\", \"none.d/*.toml\"]\n[role.a]\nrules = []\n[role.b]\nrules = []\n"),
        ("rbac.d/a.txt", ""),
    ]);
    let shown = format!("{}/", folder.path().display());
    let warnings = read(&folder).unwrap().warnings().join("\n").replace(&shown, "");
    assert_eq!(
        warnings,
        "main.toml:1:12: include[0]: no file is called so\n\
         main.toml:1:29: include[1]: no file is called so\n\
         main.toml:2: role a: nobody is bound to it\n\
         main.toml:4: role b: nobody is bound to it"
    );
    let bound = "[role.a]\nrules = []\n[[binding]]\nrole = \"a\"\nsubjects = []\n[[binding]]\nrole = \"a\"\nsubjects = [\"everyone\"]\n";
    assert!(Config::from_toml(bound).unwrap().warnings().is_empty());
    let to_nobody = bound.replace("\"everyone\"", "");
    assert_eq!(Config::from_toml(&to_nobody).unwrap().warnings(), ["<toml>:1: role a: nobody is bound to it"]);
}

#[test]
fn there_is_a_bound_to_the_number_of_files() {
    let folder = folder(&[("main.toml", "include = [\"*.rbac\"]\n")]);
    for number in 0..1001 {
        fs::write(folder.path().join(format!("{number}.rbac")), "").unwrap();
    }
    assert_eq!(read(&folder).unwrap_err(), "main.toml:1:12: include[0]: too many files; expected at most 1000 in all");
    fs::remove_file(folder.path().join("7.rbac")).unwrap();
    assert!(read(&folder).is_ok());
}

#[test]
fn lists_that_multiply_to_too_much_are_refused_at_the_rule_that_has_the_most() {
    let list = |many: usize| (0..many).map(|number| format!("\"n{number}\"")).collect::<Vec<_>>().join(", ");
    let text = |many| {
        let small = "{ verbs = [\"get\"], resources = [\"a\"], names = [\"b\"] }";
        let large =
            format!("{{ verbs = [\"get\"], resources = [\"a\"], names = [{0}], namespaces = [{0}] }}", list(many));
        format!("[role.a]\nrules = [{small}]\n[role.b]\nrules = [{small},\n{large}]\n")
    };
    assert!(Config::from_toml(&text(100)).is_ok());
    assert_eq!(
        Config::from_toml(&text(1500)).unwrap_err().to_string(),
        "<toml>:5:1: role.b.rules[1]: with the lists of this rule, which has the most, the policy has too many \
         combinations; expected shorter lists, or `*`: at most 2097152 combinations in all"
    );
}

#[test]
fn ten_thousand_unknown_roles_are_no_work() {
    let roles: String = (0..5_000).map(|number| format!("[role.role-number-{number}]\nrules = []\n")).collect();
    let bindings = "[[binding]]\nrole = \"rolle-number-7\"\nsubjects = []\n".repeat(10_000);
    let error = Config::from_toml(&(roles + &bindings)).unwrap_err();
    assert_eq!(error.problems().len(), 10_000);
    let shown = error.to_string();
    let mut lines = shown.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .ends_with("unknown role (did you mean `role-number-7`?); expected the name of one of the 5000 roles")
    );
    assert!(lines.last().unwrap().ends_with("unknown role; expected the name of one of the 5000 roles"));
}

/// The subject as it is compiled, where these are the backends.
#[cfg(feature = "kubernetes")]
fn resolved(subject: &str) -> Result<PlacedSubject, String> {
    let text = format!(
        "[[backend]]\nkind = \"kubernetes\"\nname = \"blue\"\n\
         [[backend]]\nkind = \"kubernetes\"\nname = \"green\"\nusername_prefix = \"g:\"\n\
         [[backend]]\nkind = \"anonymous\"\nname = \"guests\"\n\
         [role.a]\nrules = []\n[[binding]]\nrole = \"a\"\nsubjects = [{subject}]\n"
    );
    let config = Config::from_toml(&text).map_err(|error| error.to_string())?;
    let backends = Backends::of(&config.backends, &[]);
    let bindings = config.policy.as_ref().unwrap().bindings().next().unwrap().binding().clone();
    Ok(backends.resolve(&bindings.subjects[0], "").unwrap())
}

#[cfg(feature = "kubernetes")]
#[test]
fn a_service_account_is_its_name_behind_the_prefix_of_its_cluster() {
    let name = |subject: &str| match resolved(subject).unwrap() {
        PlacedSubject::Callers(callers) => (callers.backend.to_string(), callers.user.unwrap()),
        other => panic!("{other:?}"),
    };
    let of = |backend: &str, name: &str| (backend.to_owned(), name.to_owned());
    assert_eq!(
        name("{ backend = \"blue\", service_account = \"argo:operator\" }"),
        of("blue", "system:serviceaccount:argo:operator")
    );
    assert_eq!(
        name("{ backend = \"green\", service_account = \"argo:operator\" }"),
        of("green", "g:system:serviceaccount:argo:operator")
    );
    assert_eq!(name("{ backend = \"green\", user = \"system:admin\" }"), of("green", "system:admin"));
    assert!(resolved("{ backend = \"blue\", group = \"system:masters\" }").is_ok());
    for reserved in ["service_account = \"argo:operator\"", "user = \"system:admin\"", "group = \"system:masters\""] {
        let error = resolved(&format!("{{ backend = \"guests\", {reserved} }}")).unwrap_err();
        assert!(error.ends_with("expected a backend of the kind `kubernetes`"), "{error}");
    }
}
