//! Keytabs: what is wrong with them is said at the start, and they are rotated under way.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use portcullis_testbed::{Initiator, Program, Realm, Site, Wish};
use serde_json::json;

/// What `portcullis check` says of a keytab.
fn checked(realm: &Realm, keytab: &Path, more: &str) -> (Option<i32>, String) {
    let config = format!("[[backend]]\nkind = \"kerberos\"\nkeytab = \"{}\"\n{more}", keytab.display());
    let site = Site::new(&config);
    let mut command = std::process::Command::new(Program::path());
    realm.environment(&mut command);
    let output = command.arg("check").arg(site.config()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

fn assert_is_wrong(realm: &Realm, keytab: &Path, more: &str, said: &[&str]) {
    let (code, output) = checked(realm, keytab, more);
    assert_eq!(code, Some(2), "{output}");
    for text in said {
        assert!(output.contains(text), "{text:?} is not said: {output}");
    }
}

#[test]
fn a_keytab_that_cannot_be_used_is_an_error_of_the_file_that_names_what_it_holds() {
    let realm = Realm::start("EXAMPLE.TEST");
    let both = realm.keytab("both.keytab", &["HTTP/localhost", "airflow/localhost"]);
    let airflow = realm.keytab("airflow.keytab", &["airflow/localhost"]);
    assert_eq!(checked(&realm, &both, "").0, Some(0));
    assert_eq!(checked(&realm, &both, "service = \"airflow\"\n").0, Some(0));
    assert_eq!(checked(&realm, &both, "service = \"HTTP/localhost\"\n").0, Some(0));

    assert_is_wrong(&realm, &realm.path("nowhere.keytab"), "", &["keytab", "nowhere.keytab", "No such file"]);
    assert_is_wrong(&realm, &airflow, "", &["keytab", "airflow/localhost@EXAMPLE.TEST", "HTTP"]);
    let held = ["HTTP/localhost@EXAMPLE.TEST", "airflow/localhost@EXAMPLE.TEST", "HTTP/elsewhere"];
    assert_is_wrong(&realm, &both, "service = \"HTTP/elsewhere\"\n", &held);
    assert_is_wrong(&realm, &both, "service = \"http\"\n", &held[..2]);
    for (file, bytes) in
        [("no-keys", &b"\x05\x02"[..]), ("no-bytes", b""), ("text", b"not a keytab"), ("old", b"\x05\x01")]
    {
        std::fs::write(realm.path(file), bytes).unwrap();
        assert_is_wrong(&realm, &realm.path(file), "", &["keytab", file]);
    }
    assert_is_wrong(&realm, &realm.path("."), "", &["keytab"]);
    let whole = std::fs::read(&both).unwrap();
    std::fs::write(realm.path("half"), &whole[..whole.len() / 3]).unwrap();
    let (code, output) = checked(&realm, &realm.path("half"), "");
    assert_eq!(code, Some(2), "{output}");
}

#[test]
fn a_keytab_that_others_can_read_is_a_warning() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let quiet = checked(&realm, &keytab, "").1;
    std::fs::set_permissions(&keytab, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, output) = checked(&realm, &keytab, "");
    assert!(code == Some(0) && output.contains("read by everybody") && !quiet.contains("warning"), "{output}");
}

/// Until the program has seen a change.
fn until(program: &Program, user: &mut Initiator, status: u16) {
    let began = Instant::now();
    while program.negotiate(&user.token()).status != status {
        assert!(began.elapsed() < Duration::from_secs(60), "no {status}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn during_a_rotation_the_old_key_and_the_new_both_work_without_a_restart() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    let mut before = realm.tickets("alice").initiator();
    let old = before.tokens(2, &Wish::default());
    assert_eq!(program.negotiate(&old[0]).status, 200);

    realm.rotate("HTTP/localhost", &realm.path("http.keytab"));
    let mut after = realm.tickets("alice").initiator();
    until(&program, &mut after, 200);
    assert_eq!(program.negotiate(&old[1]).status, 200, "who has an old ticket gets in");
    assert_eq!(program.negotiate(&before.token()).status, 200);
    program.wait_for("the keytab has changed");

    // The old key is withdrawn: the file is another now.
    let _ = realm.keytab("http.keytab", &["HTTP/localhost"]);
    until(&program, &mut before, 401);
    assert_eq!(program.negotiate(&after.token()).status, 200);
    program.wait_for("unknown key version");
}

#[test]
fn a_keytab_that_is_lost_under_way_is_an_outage_until_it_is_back() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve(Site::BASIC);
    let mut alice = realm.tickets("alice").initiator();
    assert_eq!(program.negotiate(&alice.token()).status, 200);
    std::fs::rename(realm.path("http.keytab"), realm.path("away")).unwrap();
    until(&program, &mut alice, 503);
    assert_eq!(portcullis_testbed::curl(&["-u", "alice:wonderland", &program.url("/")]).status, 200);
    std::fs::rename(realm.path("away"), realm.path("http.keytab")).unwrap();
    until(&program, &mut alice, 200);
}

#[test]
fn two_backends_have_a_keytab_each_and_a_ticket_is_for_one_of_them() {
    let realm = Realm::start("EXAMPLE.TEST");
    let other = realm.keytab("other.keytab", &["HTTP/other.example.test"]);
    let second = format!("[[backend]]\nkind = \"kerberos\"\nname = \"other\"\nkeytab = \"{}\"\n", other.display());
    let program =
        realm.serve(&format!("service = \"HTTP/localhost\"\n{second}service = \"HTTP/other.example.test\"\n"));
    let mut alice = realm.tickets("alice").initiator();
    for (host, backend) in [("localhost", "kerberos"), ("other.example.test", "other")] {
        let token = alice.token_as(&Wish::default().service(&format!("HTTP@{host}")));
        let answer = program.negotiate(&token);
        assert_eq!((answer.status, &answer.json()["backend"]), (200, &json!(backend)));
        assert_eq!(alice.proved(&token, answer.field("www-authenticate")), Ok(()));
    }
    realm.ensure("HTTP/third.example.test");
    let third = alice.token_as(&Wish::default().service("HTTP@third.example.test"));
    assert_eq!(program.negotiate(&third).status, 401);
}

#[test]
fn any_key_of_the_service_will_do_and_none_of_another_service() {
    let realm = Realm::start("EXAMPLE.TEST");
    let names = ["HTTP/localhost", "HTTP/alias.example.test", "airflow/localhost", "host/localhost"];
    let keytab = realm.keytab("all.keytab", &names);
    let section = format!("[[backend]]\nkind = \"kerberos\"\nkeytab = \"{}\"\n", keytab.display());
    let mut alice = realm.tickets("alice").initiator();
    let mut statuses = |service: &str| {
        let site = Site::new(&format!("{section}replay_cache = \"replays\"\n{service}"));
        let program = realm.serve_site(&site, |_| {});
        ["HTTP@localhost", "HTTP@alias.example.test", "airflow@localhost", "host@localhost"]
            .map(|name| program.negotiate(&alice.token_as(&Wish::default().service(name))).status)
    };
    assert_eq!(statuses(""), [200, 200, 401, 401]);
    assert_eq!(statuses("service = \"airflow\"\n"), [401, 401, 200, 401]);
    assert_eq!(statuses("service = \"HTTP/alias.example.test\"\n"), [401, 200, 401, 401]);
}

#[test]
fn tickets_outlive_the_kdc() {
    let mut realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    let alice = realm.tickets("alice");
    alice.fetch("HTTP/localhost");
    realm.stop();
    for _ in 0..3 {
        assert_eq!(alice.curl(&[&program.on_localhost("/")]).json()["name"], "alice@EXAMPLE.TEST");
    }
    let fresh = realm.serve("");
    assert_eq!(alice.curl(&[&fresh.on_localhost("/")]).status, 200, "the service starts without it, too");
}

#[test]
fn a_krb5_conf_that_is_broken_under_way_is_an_outage_until_it_is_mended() {
    let realm = Realm::start("EXAMPLE.TEST");
    let config = realm.config_with("service.conf", "  clockskew = 300\n");
    let good = std::fs::read_to_string(&config).unwrap();
    let site = Site::new(&realm.backend());
    let program = realm.serve_site(&site, |command| {
        command.env("KRB5_CONFIG", &config);
    });
    let mut alice = realm.tickets("alice").initiator();
    assert_eq!(program.negotiate(&alice.token()).status, 200);
    std::fs::write(&config, "[libdefaults\n").unwrap();
    until(&program, &mut alice, 503);
    std::fs::write(&config, good).unwrap();
    until(&program, &mut alice, 200);
}
