//! Files that are in order.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::*;
use crate::chain::Absent;
use crate::config::{CacheSettings, Origin, Preflight, RequestSettings, ResponseSettings, Section, Serve, Style};

fn read(text: &str) -> (Config, Chain) {
    assemble(Config::from_toml(text)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_key_is_read() {
    let (config, chain) = read(include_str!("full.toml"));
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    assert_eq!(
        config.cache(),
        &CacheSettings {
            capacity: 1,
            ttl: minutes(90),
            refusal_capacity: 2,
            refusal_ttl: Duration::from_millis(2500),
            stale_if_unavailable: Some(minutes(10)),
            timeout: Duration::from_secs(3),
            max_in_flight: 4,
            max_revocations: 5,
        }
    );
    let origins = ["https://app.example.test", "http://localhost:3000"];
    assert_eq!(
        config.request(),
        &RequestSettings {
            cookie: Some("__Host-session".to_owned()),
            forward_credentials: true,
            allowed_origins: origins.iter().map(|origin| Origin::parse(origin).unwrap()).collect(),
            preflight: Preflight::Pass,
        }
    );
    let message = Some("ask the help desk — extension 7".to_owned());
    assert_eq!(config.response(), &ResponseSettings { style: Style::Problem, message });
    let listen: SocketAddr = "[::1]:8443".parse().unwrap();
    assert_eq!((config.serve().listen, config.serve().plain_text), (Some(listen), false));
    let tls = config.serve().tls.as_ref().unwrap();
    assert_eq!((tls.cert.as_path(), tls.key.as_path()), (Path::new("server.crt"), Path::new("/etc/tls/server.key")));
    assert_eq!(chain.members.iter().map(|member| &*member.name).collect::<Vec<_>>(), ["acme", "other"]);
    let Absent::Anonymous { principal, ignore_credentials: false } = chain.absent else {
        panic!("anonymous is not read");
    };
    assert_eq!((principal.backend(), principal.name(), principal.is_anonymous()), ("guest", "guest", true));
    assert_eq!(principal.groups().collect::<Vec<_>>(), ["visitors", "readers"]);
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let (config, _) = read(include_str!("../defaults.toml"));
    assert_eq!(config.cache(), &CacheSettings::default());
    assert_eq!(config.request(), &RequestSettings::default());
    assert_eq!(config.response(), &ResponseSettings::default());
    assert_eq!(config.serve(), &Serve::default());
    // What is documented at each key is the same.
    let documented = include_str!("../cache.rs");
    for line in include_str!("../defaults.toml").lines().filter(|line| !line.starts_with(['#', '[', ' '])) {
        if let Some((key, value)) =
            line.split_once(" = ").filter(|(key, _)| documented.contains(&format!("pub {key}:")))
        {
            let value = value.replace('_', "");
            let default = [format!("Default {value}."), format!("Default `{value}`.")];
            let (doc, _) = documented.split_once(&format!("pub {key}:")).unwrap();
            let doc = doc.rsplit_once("\n\n").unwrap().1;
            assert!(default.iter().any(|default| doc.contains(default)), "{key}: {doc}");
        }
    }
}

#[test]
fn nothing_configured_turns_everybody_away() {
    for text in ["", "# nothing\n", "backend = []\n", "[cache]\n", "[[backend]]\nkind = \"deny-all\"\n", "\u{feff}"] {
        let (_, chain) = read(text);
        assert!(chain.members.is_empty() && matches!(chain.absent, Absent::DenyAll), "{text:?}");
    }
}

#[test]
fn anonymous_alone_may_ignore_credentials() {
    let (_, chain) = read("[[backend]]\nkind = \"anonymous\"\nignore_credentials = true\n");
    let Absent::Anonymous { principal, ignore_credentials } = chain.absent else {
        panic!("anonymous is not read");
    };
    assert_eq!((principal.name(), ignore_credentials), ("anonymous", true));
}

#[test]
fn backends_without_anonymous_challenge() {
    let (_, chain) = read("[[backend]]\nkind = \"acme\"\nurl = \"\"\n");
    assert!(matches!(chain.absent, Absent::Challenge));
    assert!(!chain.members[0].system);
}

#[test]
fn relative_paths_start_at_the_directory_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("portcullis.toml");
    std::fs::write(&path, "serve.tls = { cert = \"a/b.crt\", key = \"/c.key\" }\n").unwrap();
    let config = Config::from_path(&path).unwrap();
    let tls = config.serve().tls.clone().unwrap();
    assert_eq!((tls.cert, tls.key), (directory.path().join("a/b.crt"), PathBuf::from("/c.key")));
}

#[test]
fn a_registered_kind_reads_its_section() {
    static SEEN: Mutex<Vec<(Section, AcmeConfig)>> = Mutex::new(Vec::new());
    let mut kinds = Kinds::default();
    kinds
        .register("acme", async |section| {
            let config = section.deserialize::<AcmeConfig>()?;
            SEEN.lock().unwrap_or_else(PoisonError::into_inner).push((section, config));
            Ok(Acme { alone: Vec::new() })
        })
        .unwrap();
    let config = Config::from_toml(include_str!("full.toml")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime
        .block_on(config.assemble(
            &kinds,
            &crate::config::KnownDirectories::default(),
            &portcullis_core::Clock::default(),
        ))
        .unwrap();
    let seen = SEEN.lock().unwrap();
    let (section, acme) = &seen[0];
    assert_eq!((section.kind(), section.name(), section.directory()), ("acme", "acme", Path::new("")));
    let rules = vec![
        Rule { verbs: vec!["get".to_owned(), "list".to_owned()], level: Some(Level::High) },
        Rule { verbs: vec!["create".to_owned()], level: None },
    ];
    let secret = Some(serde_json::from_str::<Secret>(r#"{ "env": "ACME_SECRET" }"#).unwrap());
    let (url, retries, port) = ("https://acme.example.test".to_owned(), Some(3), Some(8080));
    assert_eq!(acme, &AcmeConfig { url, secret, retries, port, rules, alone: Vec::new() });
    assert_eq!(seen[1].0.name(), "other");
    assert!(!format!("{section:?} {config:?}").contains("ACME_SECRET"));
}

/// A bare backend's error for a key is at that key, wherever it stands.
#[test]
fn an_invalid_key_is_found_in_its_section() {
    let config = Config::from_toml(include_str!("full.toml")).unwrap();
    let section = &config.backends[0].section;
    let place = |key: &str| {
        let error = section.invalid(Invalid::new(key, "odd"));
        let problem = error.problems().next().unwrap();
        (problem.line().unwrap(), problem.column().unwrap(), problem.key().to_owned())
    };
    assert_eq!(place("retries"), (7, 1, "backend[0].retries".to_owned()));
    assert_eq!(place("secret.env"), (6, 12, "backend[0].secret.env".to_owned()));
    assert_eq!(place("rules[1].verbs"), (11, 5, "backend[0].rules[1].verbs".to_owned()));
    assert_eq!(place("rules[1].level"), (11, 3, "backend[0].rules[1].level".to_owned()));
    assert_eq!(place("kind"), (4, 1, "backend[0].kind".to_owned()));
    assert_eq!(place("absent"), (3, 1, "backend[0].absent".to_owned()));
    assert_eq!(place(""), (3, 1, "backend[0]".to_owned()));
}

#[cfg(feature = "kerberos")]
#[test]
fn groups_by_names_that_clients_type_are_warned_of() {
    let warnings = |rest: &str| {
        let backend = format!("[[backend]]\nkind = 'kerberos'\nkeytab = 'k'\ndirectory = 'corp'\n{rest}");
        Config::from_toml(&backend).unwrap().warnings().to_vec()
    };
    let pac = "pac = { domains = ['S-1-5-21-1-2-3']";
    let warned = warnings(&format!("{pac} }}"));
    assert!(warned.len() == 1 && warned[0].starts_with("<toml>:1: backend kerberos: a ticket without"), "{warned:?}");
    assert!(warnings(&format!("{pac}, required = true }}")).is_empty());
    assert!(warnings("").is_empty(), "the KDC need not be Active Directory's");
    #[cfg(feature = "ldap")]
    for (filter, count) in [("(uid={name})", 1), ("(objectSid={claim.sid})", 0)] {
        let users = format!("users = {{ base = 'dc=test', filter = '{filter}' }}");
        let corp = format!("[[directory]]\nname = 'corp'\nurls = ['ldaps://dc.test']\n{users}\n");
        assert_eq!(warnings(&format!("{pac} }}\n{corp}")).len(), count, "{filter}");
    }
}

#[cfg(all(feature = "basic", feature = "ldap"))]
#[test]
fn passwords_that_are_never_looked_at_are_warned_of() {
    let warnings = |kinds: [&str; 2]| {
        let corp = "[[directory]]\nname = 'corp'\nurls = ['ldaps://dc.test']\nusers = { dn = 'uid={name},dc=test' }\n";
        let entry = |kind| match kind {
            "ldap" => "[[backend]]\nkind = 'ldap'\ndirectory = 'corp'\n",
            _ => "[[backend]]\nkind = 'basic'\nusers_file = 'users'\n",
        };
        Config::from_toml(&format!("{corp}{}", kinds.map(entry).concat())).unwrap().warnings().to_vec()
    };
    let warned = warnings(["ldap", "basic"]);
    assert!(warned.len() == 1 && warned[0].starts_with("<toml>:8: backend basic: it is never asked"), "{warned:?}");
    assert!(warnings(["basic", "ldap"]).is_empty());
}

#[cfg(feature = "ldap")]
#[test]
fn a_directory_with_a_bound_that_never_counts_is_warned_of() {
    let warnings = |timeout: &str| {
        let corp = "name = 'corp'\nurls = ['ldaps://dc.test']\nusers = { dn = 'uid={name},dc=test' }";
        let file =
            format!("[[directory]]\n{corp}\ntimeout = '{timeout}'\n[[backend]]\nkind = 'ldap'\ndirectory = 'corp'");
        Config::from_toml(&file).unwrap().warnings().to_vec()
    };
    let warned = warnings("10s");
    assert!(warned.len() == 1 && warned[0].starts_with("<toml>:1: directory corp: `timeout` of"), "{warned:?}");
    assert!(warnings("9s").is_empty());
}

#[cfg(feature = "ldap")]
#[test]
fn a_directory_is_asked_by_the_backends_that_name_it_and_warned_of_if_none_does() {
    let directory = |name: &str| {
        format!(
            "[[directory]]\nname = '{name}'\nurls = ['ldaps://dc.example.test']\n\
             users = {{ base = 'dc=example,dc=test', filter = '(uid={{name}})' }}\n"
        )
    };
    let entries = "[[backend]]\nkind = 'acme'\nurl = 'x'\ndirectory = 'corp'\n[[backend]]\nkind = 'ldap'\ndirectory = 'corp'\n\
                   [[backend]]\nkind = 'acme'\nurl = 'x'\nname = 'alone'\n";
    let (config, chain) = read(&format!("{}{}{entries}", directory("corp"), directory("other")));
    let asked = |member: &crate::chain::Member| member.directory.as_ref().map(|consulted| consulted.name.to_string());
    let corp = Some("corp".to_owned());
    assert_eq!(chain.members.iter().map(asked).collect::<Vec<_>>(), [corp.clone(), corp, None]);
    assert_eq!(config.warnings(), ["<toml>:5: directory other: no backend asks it"]);
}
