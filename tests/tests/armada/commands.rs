//! The commands of the example's README that need a provider, tickets or armada-client: those of the blocks that say no
//! language. (`documents.rs` tries the others.)

use std::path::Path;
use std::process::{Command, Stdio};

use portcullis_testbed::{Access, Block, Provider, Realm, python_clients, repository};

use super::service::{Served, alice, config, read, serve, serve_with};

/// Where the README has the service.
const DOCUMENTED: [&str; 2] = ["127.0.0.1:50051", "localhost:50051"];

/// Runs the only such block with this in it, and returns what it shows. The service is there already.
fn run(served: &Served, with: &str, environment: impl FnOnce(&mut Command)) -> String {
    let blocks = Block::all(&read("README.md"));
    let mut meant = blocks.iter().filter(|block| block.language.is_empty() && block.text.contains(with));
    let (Some(block), None) = (meant.next(), meant.next()) else { panic!("not one block with {with}") };
    let lines = block.text.lines().filter(|line| !line.starts_with("cargo run "));
    let script = lines.collect::<Vec<_>>().join("\n");
    assert!(DOCUMENTED.iter().any(|address| script.contains(address)), "{script}");
    let port = served.program.address().port();
    let script = script.replace("127.0.0.1:50051", &format!("127.0.0.1:{port}"));
    let script = script.replace("localhost:50051", &format!("localhost:{port}")).replace("curl ", "curl -sS --fail ");
    let mut bash = Command::new("bash");
    let path = format!("{}:{}", python_clients().display(), std::env::var("PATH").unwrap_or_default());
    bash.args(["-euo", "pipefail", "-c", &script]).env("PATH", path).env("NO_PROXY", "*").stdin(Stdio::null());
    environment(&mut bash);
    let output = bash.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_commands_with_a_bearer_token_do_what_they_say() {
    let provider = Provider::start();
    let served = serve(&config("openid.toml", &[("https://id.example.test/realms/corp", &provider.issuer())]));
    let token = provider.log_in("alice", &Access::to("armada")).access_token;
    served.program.watch_for(&token);
    let shown = run(&served, "Bearer $TOKEN", |bash| {
        bash.env("TOKEN", &token);
    });
    assert!(shown.starts_with("{}blue"), "{shown:?}");
}

#[test]
fn the_commands_with_tickets_do_what_they_say() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let keys = format!("\"{}\"\nreplay_cache = \"{}\"", keytab.display(), realm.path("replays").display());
    let config = config("kerberos.toml", &[("\"/etc/armada/http.keytab\"", &keys)]);
    let served = serve_with(&config, |command| realm.environment(command));
    let tickets = realm.tickets("alice");
    let shown = run(&served, "--negotiate", |bash| tickets.environment(bash));
    assert!(shown.starts_with("{}blue"), "{shown:?}");
}

#[test]
fn the_script_with_armadas_client_does_what_it_says() {
    let served = serve(&config("portcullis.toml", &[]));
    let (_, credential) = alice().split_once(' ').map(|(scheme, rest)| (scheme.to_owned(), rest.to_owned())).unwrap();
    served.program.watch_for(&credential);
    let shown = run(&served, "ArmadaClient", |_| {});
    assert_eq!(shown.lines().collect::<Vec<_>>(), ["submitted", "queued", "leased", "pending", "running", "succeeded"]);
}

/// Built by itself, with no more features than it asks for. `cargo check`, so that it is not in the place of the program
/// that the other tests start.
#[test]
fn the_example_with_kerberos_is_built_by_the_command_in_the_readme() {
    let text = read("README.md");
    let commands = text.lines().filter_map(|line| line.strip_prefix("cargo run ")?.split_once(" -- "));
    let arguments: Vec<_> = commands.map(|(arguments, _)| arguments).filter(|it| it.contains("--features")).collect();
    assert_eq!(arguments, ["-p example-armada --features kerberos"]);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["check", "--locked", "--quiet"]).args(arguments[0].split(' ')).current_dir(repository());
    assert!(cargo.stdin(Stdio::null()).status().unwrap().success());
}

#[test]
fn all_files_say_the_same_of_requests() {
    let routes = |name| {
        let text = read(name);
        let blocks = text.split("\n\n").filter(|block| block.contains("[[route]]"));
        blocks.map(|block| block.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(routes("portcullis.toml").len(), 5);
    for name in ["openid.toml", "kubernetes.toml", "kerberos.toml"] {
        assert_eq!(routes("portcullis.toml"), routes(name), "{name}");
    }
    assert!(routes("anonymous.toml").is_empty(), "it leaves all to the service");
}

#[test]
fn every_file_that_the_readme_names_is_there() {
    let text = read("README.md");
    let named: Vec<_> =
        text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name).collect();
    let files: Vec<_> = named.iter().filter(|name| !name.contains("://")).collect();
    assert!(files.len() >= 5, "{named:?}");
    for file in files {
        assert!(!read(file).is_empty() && Path::new(file).extension().is_some_and(|it| it == "toml"), "{file}");
    }
}
