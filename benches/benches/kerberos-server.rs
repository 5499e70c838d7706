//! The `portcullis` program beside Apache with mod_auth_gssapi: the same client, keys and kind of replay cache.

use std::net::SocketAddr;

use portcullis_benches::negotiate::{Load, Setting, Tokens, cpu_seconds, keytab};
use portcullis_benches::rounds::Spread;
use portcullis_testbed::{Apache, Site};

const ROUNDS: usize = 15;
const REQUESTS: usize = 1500;
const CONNECTIONS: [usize; 3] = [1, 4, 16];
const SERVERS: [&str; 2] = ["apache2", "portcullis"];

fn main() {
    if keytab().is_some() {
        return compare(&SERVERS.map(|server| {
            let address = std::env::var(variable(server)).expect("an address");
            address.parse().expect("an address")
        }));
    }
    assert!(std::env::var_os("PORTCULLIS_PROGRAM").is_some(), "PORTCULLIS_PROGRAM: a release build with `kerberos`");
    let setting = Setting::new();
    let apache = Apache::start(&setting.realm.config(), &setting.keytab);
    let (keytab, replays) = (setting.keytab.display(), setting.realm.path("replays"));
    let replays = replays.display();
    let site =
        Site::new(&format!("[[backend]]\nkind = \"kerberos\"\nkeytab = \"{keytab}\"\nreplay_cache = \"{replays}\"\n"));
    // Apache has no access log here, so there shall be no audit events either.
    let portcullis = setting.realm.serve_site(&site, |command| {
        command.env("PORTCULLIS_LOG", "warn");
    });
    setting.as_alice(|command| {
        command.env(variable(SERVERS[0]), apache.address().to_string());
        command.env(variable(SERVERS[1]), portcullis.address().to_string());
    });
}

fn variable(server: &str) -> String {
    format!("PORTCULLIS_BENCH_ADDRESS_{server}")
}

/// What a request cost, in seconds.
#[derive(Clone, Copy, Default)]
struct Cost {
    wall: f64,
    cpu: f64,
}

fn compare(addresses: &[SocketAddr; 2]) {
    let tokens = Tokens::new();
    let measure = |server: usize, connections: usize| {
        let load = Load::new(&tokens.make(REQUESTS));
        let cpu = cpu_seconds(SERVERS[server]);
        let wall = load.send(addresses[server], connections).as_secs_f64();
        let cpu = cpu_seconds(SERVERS[server]) - cpu;
        Cost { wall: wall / REQUESTS as f64, cpu: cpu / REQUESTS as f64 }
    };
    println!("{:11} {:>12} {:>12}   {:30} Apache's cpu / ours", "", "Apache, 1/s", "ours, 1/s", "ours / Apache");
    let mut rounds = CONNECTIONS.map(|connections| (connections, Vec::new()));
    for round in 0..ROUNDS {
        for (connections, costs) in &mut rounds {
            let mut pair = [Cost::default(); 2];
            for server in [round % 2, 1 - round % 2] {
                pair[server] = measure(server, *connections);
            }
            costs.push(pair);
        }
    }
    for (connections, costs) in rounds {
        let spread = |figure: &dyn Fn(&[Cost; 2]) -> f64| Spread::of(costs.iter().map(figure));
        let rate = |server: usize| spread(&|pair| 1.0 / pair[server].wall).median;
        let faster = spread(&|[apache, ours]| apache.wall / ours.wall);
        // The kernel counts in hundredths of a second: only the sum says something.
        let cpu = |server: usize| costs.iter().map(|pair| pair[server].cpu).sum::<f64>();
        let cheaper = cpu(0) / cpu(1);
        println!("{connections:2} at a time {:12.0} {:12.0}   {faster:30} {cheaper:.2}", rate(0), rate(1));
    }
}
