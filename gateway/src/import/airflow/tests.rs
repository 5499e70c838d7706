use proptest::prelude::*;

use super::*;
use crate::import::tests::{assert_is_config, comments, text};

fn imported(config: &str) -> Result<String, String> {
    imported_of(config, None)
}

fn imported_of(config: &str, version: Option<AirflowVersion>) -> Result<String, String> {
    let text = text(import(&Source::of("airflow.cfg", config), version))?;
    assert_is_config(&text);
    Ok(text)
}

/// Whom bindings that count give a role.
fn subjects(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("subjects = ")).collect()
}

/// What a role has of its own.
fn rules<'a>(text: &'a str, role: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n[role.{role}]\n")).unwrap_or_else(|| panic!("{role}: {text}"));
    rest.split("\n\n").next().unwrap()
}

/// The kinds of the entries.
fn kinds(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("kind = \"")?.strip_suffix('"')).collect()
}

#[test]
fn every_module_of_airflow_is_a_kind_or_nobody_gets_in() {
    for (module, kind) in [
        ("airflow.api.auth.backend.deny_all", "deny-all"),
        ("airflow.api.auth.backend.default", "deny-all"),
        ("airflow.api.auth.backend.session", "deny-all"),
        ("airflow.providers.fab.auth_manager.api.auth.backend.session", "deny-all"),
        ("airflow.contrib.auth.backends.password_auth", "basic"),
        ("airflow.api.auth.backend.basic_auth", "basic"),
        ("airflow.providers.fab.auth_manager.api.auth.backend.basic_auth", "basic"),
        ("airflow.auth.managers.fab.api.auth.backend.basic_auth", "basic"),
        ("airflow.api.auth.backend.kerberos_auth", "kerberos"),
        ("airflow.auth.managers.fab.api.auth.backend.kerberos_auth", "kerberos"),
        ("airflow.providers.fab.auth_manager.api.auth.backend.kerberos_auth", "kerberos"),
        ("airflow.providers.google.common.auth_backend.google_openid", "oidc"),
        ("airflow.contrib.auth.backends.ldap_auth", "deny-all"),
        ("airflow.contrib.auth.backends.kerberos_auth", "deny-all"),
        ("mycompany.auth", "deny-all"),
    ] {
        for key in ["auth_backend", "auth_backends"] {
            let text = imported(&format!("[api]\n{key} = {module}\ngoogle_oauth2_audience = a\n")).unwrap();
            assert_eq!(kinds(&text), [kind], "{text}");
        }
    }
}

#[test]
fn an_open_api_becomes_a_refusal_with_the_reason() {
    let text = imported("[api]\nauth_backend = airflow.api.auth.backend.default\n").unwrap();
    let [reason] = &comments(&text, "INSECURE")[..] else { panic!("{text}") };
    assert!(reason.contains("CVE-2020-13927") && reason.contains("not taken over"), "{reason}");
    let text = imported("[api]\n[kerberos]\n").unwrap();
    assert_eq!(kinds(&text), ["deny-all"]);
    assert!(comments(&text, "INSECURE")[0].contains("1.10.10"), "{text}");
}

#[test]
fn by_ldap_nobody_got_into_the_api_and_nobody_does() {
    let ldap =
        "[ldap]\nuri = ldap://x\nuser_name_attr = uid\nbind_user = cn=a\nbind_password = hunter2\nbasedn = dc=x\n";
    let text = imported(&format!("[api]\nauth_backend = airflow.contrib.auth.backends.ldap_auth\n{ldap}")).unwrap();
    assert_eq!(kinds(&text), ["deny-all"]);
    assert!(text.contains("`kind = \"ldap\"`") && !text.contains("hunter2"), "{text}");
    let text = imported("[api]\nauth_backend = airflow.contrib.auth.backends.kerberos_auth\n").unwrap();
    assert!(!text.contains("`kind = \"ldap\"`"), "{text}");
}

#[test]
fn of_a_list_the_backends_count_that_keep_somebody_out() {
    let list = "airflow.api.auth.backend.session,\n  airflow.api.auth.backend.basic_auth,airflow.api.auth.backend.default, \
                airflow.api.auth.backend.kerberos_auth, airflow.api.auth.backend.deny_all, a.b, a.b,";
    let text = imported(&format!("[api]\nauth_backends = {list}\n")).unwrap();
    assert_eq!(kinds(&text), ["basic", "kerberos"]);
    assert_eq!(comments(&text, "INSECURE").len(), 2);
    assert_eq!(comments(&text, "NOT UNDERSTOOD").len(), 1);
    assert!(comments(&text, "NO EQUIVALENT")[0].contains("`session`"), "{text}");
    assert!(text.contains("# `deny_all` beside other backends kept nobody out"), "{text}");
}

#[test]
fn both_kinds_of_password_are_one_entry() {
    let list = "airflow.contrib.auth.backends.password_auth, airflow.api.auth.backend.basic_auth";
    assert_eq!(kinds(&imported(&format!("[api]\nauth_backends = {list}\n")).unwrap()), ["basic"]);
}

#[test]
fn the_newer_key_counts_and_the_older_one_is_told() {
    let text = imported(
        "[api]\nauth_backend = airflow.api.auth.backend.default\nauth_backends = airflow.api.auth.backend.deny_all\n\
         auth_backends_cmd = echo hunter2\nauth_rolle = x\n",
    )
    .unwrap();
    assert!(comments(&text, "INSECURE").is_empty() && !text.contains("hunter2"), "{text}");
    assert!(text.contains("`[api] auth_backend` is there too"), "{text}");
    let strange = comments(&text, "NOT UNDERSTOOD");
    assert!(strange[0].contains("auth_backends_cmd") && strange[1].contains("auth_rolle"), "{strange:?}");
}

#[test]
fn a_keytab_is_taken_as_it_stands_and_told_where_it_cannot_be() {
    let of = |keytab: &str| {
        let module = "airflow.api.auth.backend.kerberos_auth";
        let config = format!("[api]\nauth_backend = {module}\n[kerberos]\nkeytab = {keytab}\nprincipal = a/b@C\n");
        imported_of(&config, Some(AirflowVersion::V1_10)).unwrap()
    };
    let text = of("/etc/airflow/100%%.keytab");
    assert!(text.contains("keytab = \"/etc/airflow/100%.keytab\"\nservice = \"airflow\"\n"), "{text}");
    assert!(comments(&text, "TO DO").is_empty() && text.contains("`a/b@C`"), "{text}");
    assert!(of("FILE:/etc/airflow.keytab").contains("keytab = \"/etc/airflow.keytab\"\n"));
    for keytab in ["airflow.keytab", "{AIRFLOW_HOME}/airflow.keytab", "$AIRFLOW_HOME/k", "~/k", ""] {
        assert_eq!(comments(&of(keytab), "TO DO").len(), 1, "{keytab}");
    }
}

const KERBEROS: &str = "airflow.api.auth.backend.kerberos_auth";

#[test]
fn everybody_is_admin_only_where_the_file_or_the_administrator_says_that_it_is_of_1_10() {
    use AirflowVersion::{V1_10, V2};
    let password = "[api]\nauth_backend = airflow.contrib.auth.backends.password_auth\n";
    let kerberos = format!("[core]\n[api]\nauth_backend = {KERBEROS}\n[kerberos]\nkeytab = /k\n");
    let listed = format!("[api]\nauth_backend = airflow.contrib.auth.backends.password_auth, {KERBEROS}\n");
    for (config, said, is_of_1, is_asked) in [
        (password.to_owned(), None, true, false),
        (password.to_owned(), Some(V1_10), true, false),
        (kerberos.clone(), None, false, true),
        (kerberos.clone(), Some(V1_10), true, false),
        (kerberos.clone(), Some(V2), false, false),
        (format!("{kerberos}[database]\n"), None, false, false),
        (format!("[DEFAULT]\nauth_backends = {KERBEROS}\n[api]\n"), None, false, false),
        // No Airflow starts with it.
        (listed, None, false, true),
        (format!("[api]\nauth_backend = {KERBEROS}\nenable_experimental_api = True\n"), None, false, false),
        (format!("[api]\nauth_backends = {KERBEROS}\n"), None, false, false),
        ("[api]\nauth_backend = airflow.api.auth.backend.basic_auth\n".to_owned(), None, false, false),
        (
            "[api]\nauth_backend = airflow.auth.managers.fab.api.auth.backend.kerberos_auth\n".to_owned(),
            None,
            false,
            false,
        ),
    ] {
        let text = imported_of(&config, said).unwrap();
        assert_eq!(subjects(&text), if is_of_1 { &["[\"authenticated\"]"][..] } else { &[] }, "{text}");
        // Somebody gets in: then there are routes, and what is on none is denied.
        let has = |api: &str| text.contains(&format!("path = \"/api/{api}/"));
        assert_eq!((has("v1"), has("experimental")), (!is_of_1, is_of_1), "{text}");
        assert_eq!(comments(&text, "INSECURE").concat().contains("asks for no role"), is_of_1, "{text}");
        assert_eq!(comments(&text, "TO DO").concat().contains("--airflow-version"), is_asked, "{text}");
        for role in ["Viewer", "User", "Op", "Admin"] {
            rules(&text, role);
        }
    }
    let nobody = imported("[api]\nauth_backends = airflow.api.auth.backend.session\n").unwrap();
    assert!(!nobody.contains("[role.") && !nobody.contains("[[route]]"), "{nobody}");
}

#[test]
fn a_version_that_the_file_is_not_of_is_refused() {
    for (module, version) in [
        ("airflow.contrib.auth.backends.password_auth", AirflowVersion::V2),
        ("airflow.api.auth.backend.basic_auth", AirflowVersion::V1_10),
    ] {
        let problem = imported_of(&format!("[api]\nauth_backend = {module}\n"), Some(version)).unwrap_err();
        assert!(problem.contains("--airflow-version"), "{problem}");
    }
}

#[test]
fn a_role_may_do_what_it_may_in_every_version_of_2() {
    let text = imported("[api]\nauth_backends = airflow.api.auth.backend.basic_auth\n").unwrap();
    for role in ["Viewer", "User", "Op"] {
        assert!(!rules(&text, role).contains("audit_logs"), "CVE-2024-26280: {text}");
    }
    assert!(!rules(&text, "Viewer").contains("plugins") && rules(&text, "Op").contains("plugins"), "{text}");
    assert!(comments(&text, "NO EQUIVALENT").concat().contains("audit log"), "{text}");
}

#[test]
fn nobody_has_a_role_before_it_was_compared_with_what_it_is_in_airflow() {
    for module in ["basic_auth", "kerberos_auth"] {
        let text = imported(&format!("[api]\nauth_backends = airflow.api.auth.backend.{module}\n")).unwrap();
        assert_eq!(subjects(&text), [""; 0], "{text}");
        let to_do = comments(&text, "TO DO").concat();
        assert!(to_do.contains("web interface") && to_do.contains("nothing here has read"), "{to_do}");
        assert!(text.contains("#     sqlite3 airflow.db \"SELECT ab_role.name, ab_permission.name, "), "{text}");
    }
}

#[test]
fn who_has_no_groups_has_no_role_either() {
    for module in ["airflow.providers.google.common.auth_backend.google_openid", KERBEROS] {
        let text = imported(&format!("[api]\nauth_backends = {module}\ngoogle_oauth2_audience = a\n")).unwrap();
        assert_eq!(subjects(&text), [""; 0], "{text}");
        assert!(comments(&text, "INSECURE").concat().contains("may do nothing until a binding names them"), "{text}");
        assert!(comments(&text, "TO DO").concat().contains("by name"), "{text}");
    }
}

#[test]
fn a_key_that_is_there_and_empty_lets_nobody_in() {
    for config in [
        "[api]\nauth_backends =\nauth_backend = airflow.api.auth.backend.basic_auth\n",
        "[DEFAULT]\nauth_backends =\n[api]\nauth_backend = airflow.api.auth.backend.basic_auth\n",
        "[api]\nauth_backends = ,\n",
        "[api]\nauth_backend =\n",
    ] {
        let text = imported(config).unwrap();
        assert_eq!(kinds(&text), ["deny-all"], "{text}");
        assert!(comments(&text, "NOT UNDERSTOOD")[0].contains("is there, and empty"), "{text}");
    }
}

#[test]
fn without_an_audience_there_is_nothing_that_somebody_could_have_a_token_made_for() {
    let google = "airflow.providers.google.common.auth_backend.google_openid";
    let text = imported(&format!("[api]\nauth_backend = {google}\ngoogle_oauth2_audience =\n")).unwrap();
    assert_eq!(kinds(&text), ["deny-all"], "{text}");
    assert!(!text.contains("\naudiences") && !text.contains("[[route]]"), "{text}");
    assert!(comments(&text, "TO DO")[0].contains("audiences"), "{text}");
    assert!(comments(&text, "INSECURE")[0].contains("google_oauth2_audience"), "{text}");
    let text = imported(&format!("[api]\nauth_backends = {google}, {KERBEROS}\n")).unwrap();
    assert_eq!(kinds(&text), ["kerberos"], "{text}");
}

#[test]
fn a_list_of_very_many_modules_is_read_in_a_moment() {
    let modules: Vec<String> = (0..200_000).map(|n| format!("a.b{n}")).collect();
    let began = std::time::Instant::now();
    imported(&format!("[api]\nauth_backends = {}\n", modules.join(","))).unwrap();
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn a_file_that_is_none_of_airflows_is_told() {
    assert!(imported("").unwrap_err().starts_with("airflow.cfg: neither `[api]` nor `[core]`"));
    assert!(imported("a: 1\n").unwrap_err().starts_with("airflow.cfg:1:1: "));
    assert!(
        imported("[api]\nx = 1\nauth_backend = two words\n")
            .unwrap_err()
            .starts_with("airflow.cfg:3:1: api.auth_backend")
    );
    let problem = imported("[api]\nauth_backend = https://user:hunter2@x.test\n").unwrap_err();
    assert!(problem.starts_with("airflow.cfg:2:1: ") && !problem.contains("hunter2"), "{problem}");
}

proptest! {
    #[test]
    fn whatever_is_in_the_file_the_result_is_a_config_file(
        module in "[^,%\\s]{1,20}",
        keytab in "[^%\r\n]{0,20}",
        audience in "[^%\r\n]{0,20}",
    ) {
        let list = "airflow.api.auth.backend.kerberos_auth, airflow.providers.google.common.auth_backend.google_openid";
        let config = format!(
            "[api]\nauth_backends = {list}, {module}\ngoogle_oauth2_audience = {audience}\n[kerberos]\nkeytab = {keytab}\n"
        );
        // The name of a module can be a comment to Python, or the value a continuation.
        let _ = imported(&config);
    }
}
