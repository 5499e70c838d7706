//! Servers that are others than they say, or away, and how often they are asked.

use std::time::{Duration, Instant};

use portcullis_testbed::{Authority, Entries, Slapd, Wire, user_dn};
use serde_json::json;
use tokio::task::JoinSet;

use crate::scene::{GROUPS, Scene, USERS};

/// To the same server with TLS from the start, and with StartTLS, by this name.
fn directories(slapd: &Slapd, name: &str) -> [String; 2] {
    let [tls, plain] = [slapd.tls_url(), slapd.url()].map(|url| url.replace("localhost", name));
    [slapd.directory_at(&[&tls]), format!("{}start_tls = true\n", slapd.directory_at(&[&plain]))]
}

#[test]
fn the_servers_certificate_is_of_an_authority_that_is_trusted_with_and_without_start_tls() {
    let (scene, tables) = (Scene::new(&Entries::company()), format!("{USERS}{GROUPS}"));
    let other = scene.slapd.path("other.pem");
    std::fs::write(&other, Authority::default().pem()).unwrap();
    let (ca_file, other) = (scene.slapd.ca_file(), other.display().to_string());
    for directory in directories(&scene.slapd, "localhost") {
        assert_eq!(scene.groups(&scene.serve_with(&directory, &tables), "alice"), json!(["ops"]), "{directory}");
        let binds = scene.slapd.binds().len();
        let stranger = directory.replace(&*ca_file.to_string_lossy(), &other);
        let program = scene.serve_with(&stranger, &tables);
        assert_eq!(scene.groups(&program, "alice"), 503, "{stranger}");
        program.wait_for("invalid peer certificate: BadSignature");
        assert_eq!(scene.slapd.binds().len(), binds, "nobody was told the password");
    }
}

/// Both names lead to the server. Its certificate has one of them.
#[test]
fn the_servers_certificate_is_for_its_name_with_and_without_start_tls() {
    let tables = format!("{USERS}{GROUPS}");
    for (name, other) in [("localhost", "127.0.0.1"), ("127.0.0.1", "localhost")] {
        let scene = Scene::of(Slapd::builder().names(&[name]).start(&Entries::company()));
        for (right, wrong) in directories(&scene.slapd, name).iter().zip(directories(&scene.slapd, other)) {
            let binds = scene.slapd.binds().len();
            let program = scene.serve_with(&wrong, &tables);
            assert_eq!(scene.groups(&program, "alice"), 503, "{wrong}");
            program.wait_for("certificate not valid for name");
            assert_eq!(scene.slapd.binds().len(), binds, "nobody was told the password");
            assert_eq!(scene.groups(&scene.serve_with(right, &tables), "alice"), json!(["ops"]), "{right}");
            assert_eq!(scene.slapd.binds().len() - binds, 1);
        }
    }
}

#[test]
fn a_reader_who_is_not_let_in_is_an_outage_and_no_lack_of_groups() {
    let scene = Scene::new(&Entries::company());
    let program = scene.serve(&format!("{USERS}{GROUPS}"));
    scene.slapd.load(&Entries::default().set(Slapd::READER, "userPassword", "another-password"));
    assert_eq!(scene.groups(&program, "alice"), 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_requests_at_once_cost_one_lookup() {
    let scene = tokio::task::spawn_blocking(|| Scene::new(&Entries::company())).await.unwrap();
    let program = scene.serve(&format!("{USERS}{GROUPS}"));
    let before = scene.slapd.searches().len();
    let mut requests = JoinSet::new();
    for _ in 0..200 {
        let (address, token) = (program.address(), scene.token("alice"));
        requests.spawn(async move {
            Wire::connect(address).await.authorized(&format!("Bearer {token}")).await.head.status.as_u16()
        });
    }
    assert_eq!(requests.join_all().await, [200; 200]);
    assert_eq!(scene.slapd.searches()[before..].len(), 2, "the user, and the groups");
    assert_eq!(scene.groups(&program, "alice"), json!(["ops"]));
    assert_eq!(scene.slapd.searches()[before..].len(), 2, "and none thereafter");
}

#[test]
fn known_users_are_served_while_it_is_away_and_others_asked_to_come_again() {
    let mut scene = Scene::new(&Entries::company());
    let directory = scene.slapd.directory() + "timeout = \"1s\"\n";
    let program = scene.serve_with(&directory, &format!("{USERS}{GROUPS}"));
    assert_eq!(scene.groups(&program, "alice"), json!(["ops"]));
    scene.slapd.stop();
    assert_eq!((scene.groups(&program, "alice"), scene.groups(&program, "bob")), (json!(["ops"]), json!(503)));
    scene.slapd.start_again();
    assert_eq!(scene.soon(&program, "bob"), json!(["staff"]), "on a new connection");

    scene.slapd.pause();
    let began = Instant::now();
    assert_eq!((scene.groups(&program, "alice"), scene.groups(&program, "carol")), (json!(["ops"]), json!(503)));
    assert!((Duration::from_millis(700)..Duration::from_secs(4)).contains(&began.elapsed()), "{:?}", began.elapsed());
    scene.slapd.resume();
    assert_eq!(scene.soon(&program, "carol"), json!([]));
}

#[test]
fn groups_are_remembered_for_their_time_and_beyond_it_while_it_is_away() {
    let mut scene = Scene::new(&Entries::company());
    let lasting = scene.slapd.directory() + "ttl = \"1s\"\nstale_if_unavailable = \"1h\"\n";
    let passing = scene.slapd.directory() + "ttl = \"1s\"\n";
    let programs = [lasting, passing].map(|directory| scene.serve_with(&directory, &format!("{USERS}{GROUPS}")));
    for program in &programs {
        assert_eq!(scene.groups(program, "alice"), json!(["ops"]));
    }
    scene.slapd.load(&Entries::default().join("everyone", &user_dn("alice")));
    std::thread::sleep(Duration::from_millis(1_100));
    for program in &programs {
        assert_eq!(scene.groups(program, "alice"), json!(["everyone", "ops"]), "it has changed");
    }
    scene.slapd.stop();
    std::thread::sleep(Duration::from_millis(1_100));
    let groups = programs.each_ref().map(|program| scene.groups(program, "alice"));
    assert_eq!(groups, [json!(["everyone", "ops"]), json!(503)]);
}

#[test]
fn another_server_answers_while_the_first_is_away() {
    let mut scene = Scene::new(&Entries::company());
    let second = Slapd::start(&Entries::company().join("ops", &user_dn("bob")));
    let both = scene.slapd.path("both.pem");
    let pem = [scene.slapd.ca_file(), second.ca_file()].map(|file| std::fs::read_to_string(file).unwrap()).concat();
    std::fs::write(&both, pem).unwrap();
    let directory = scene.slapd.directory_at(&[&scene.slapd.tls_url(), &second.tls_url()]);
    let directory = directory.replace(&*scene.slapd.ca_file().to_string_lossy(), &both.to_string_lossy());
    let program = scene.serve_with(&directory, &format!("{USERS}{GROUPS}"));
    assert_eq!(scene.groups(&program, "alice"), json!(["ops"]));
    assert_eq!(second.binds().iter().filter(|dn| *dn == Slapd::READER).count(), 0, "the first one is asked");
    scene.slapd.stop();
    assert_eq!(scene.groups(&program, "bob"), json!(["ops", "staff"]), "as the second one says");
}
