//! Nothing in a kubeconfig, or in a token, has the program contact anybody, or look anybody up, but its own cluster: seen
//! where everything that goes out is seen.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{TcpListener, TcpStream};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_mint::Mint;
use portcullis_testbed::{Cluster, Nowhere, Program, Site, decoded};
use serde_json::{Value, json};

/// By name and by address, with what is seen of somebody who contacts it.
const HOSTS: [(&str, &str); 2] =
    [("elsewhere.test:6443", ".elsewhere.test."), ("198.51.100.7:6443", "> 198.51.100.7:6443 ")];

const KEYS: &str = "audiences = [\"orders\"]\naccept_kubeconfig = true\ntimeout = \"1s\"\n";

/// A document, and whether its token counts.
type Row = (Value, bool);

/// Kubeconfigs that name this host, wherever one can be named.
fn kubeconfigs(host: &str, token: &str) -> Vec<Row> {
    let (url, path) = (format!("https://{host}"), format!("//{host}/file"));
    let config = |cluster: Value, more: Value| {
        let mut user = json!({ "token": token });
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{ "name": "c", "cluster": cluster }],
            "users": [{ "name": "u", "user": user }],
            "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u" } }],
        })
    };
    let (plugin, provider) = (plugin(host), provider(&url));
    vec![
        (config(json!({ "server": url }), json!({})), true),
        (config(json!({ "server": url, "proxy-url": format!("http://{host}") }), json!({})), true),
        (config(json!({ "server": url, "certificate-authority": path }), json!({})), true),
        (config(json!({ "server": url, "certificate-authority": url }), json!({})), true),
        (config(json!({ "server": url, "tls-server-name": host, "insecure-skip-tls-verify": true }), json!({})), true),
        (config(json!({ "server": url }), json!({ "as": url, "as-groups": [url] })), true),
        (config(json!({ "server": url }), json!({ "exec": plugin })), false),
        (config(json!({ "server": url }), json!({ "auth-provider": provider })), false),
        (config(json!({ "server": url }), json!({ "tokenFile": path })), false),
        (config(json!({ "server": url }), json!({ "client-certificate": path, "client-key": url })), false),
    ]
}

/// The same of client configurations.
fn client_configs(host: &str, token: &str) -> Vec<Row> {
    let (url, path) = (format!("https://{host}"), format!("//{host}/file"));
    let tls = |member: &str| json!({ "ServerName": host, "Insecure": true, member: path });
    let config =
        |member: &str, value: Value| json!({ "Host": url, "APIPath": url, "BearerToken": token, member: value });
    vec![
        (config("Username", json!("")), true),
        (config("Proxy", json!(url)), true),
        (config("TLSClientConfig", tls("CAFile")), true),
        (config("Impersonate", json!({ "UserName": url, "Groups": [url] })), true),
        (config("ExecProvider", plugin(host)), false),
        (config("AuthProvider", provider(&url)), false),
        (config("BearerTokenFile", json!(path)), false),
        (config("TLSClientConfig", tls("CertFile")), false),
    ]
}

fn plugin(host: &str) -> Value {
    let args = ["--insecure", "--max-time", "1", &format!("https://{host}/")];
    json!({ "apiVersion": "client.authentication.k8s.io/v1", "command": "curl", "args": args, "interactiveMode": "Never" })
}

fn provider(url: &str) -> Value {
    let config = json!({
        "idp-issuer-url": url, "client-id": "c", "client-secret": "s", "id-token": "a.b.c", "refresh-token": "r",
    });
    json!({ "name": "oidc", "config": config })
}

/// All of them that name this host, as values of the `Authorization` field.
fn fields(host: &str, token: &str) -> Vec<(String, bool)> {
    let mut values = Vec::new();
    for (kubeconfig, counts) in kubeconfigs(host, token) {
        let members = kubeconfig.as_object().unwrap().iter();
        // JSON is YAML as well, within it.
        let yaml: String = members.map(|(name, value)| format!("{name}: {value}\n")).collect();
        values.extend([kubeconfig.to_string(), yaml].map(|text| (STANDARD.encode(text), counts)));
    }
    let client_configs = client_configs(host, token).into_iter();
    values
        .extend(client_configs.map(|(config, counts)| (format!("v0:{}", STANDARD.encode(config.to_string())), counts)));
    values.into_iter().flat_map(|(value, counts)| [(format!("Bearer {value}"), counts), (value, counts)]).collect()
}

/// Tokens that say themselves where to look for their keys.
fn forged(host: &str, good: &str) -> [String; 2] {
    let (mint, url) = (Mint::new("ES256", "stranger"), format!("https://{host}"));
    let header =
        json!({ "alg": "ES256", "kid": "stranger", "jku": format!("{url}/jwks"), "x5u": format!("{url}/x5u") });
    let ours = decoded(good).1;
    let mut theirs = ours.clone();
    theirs["iss"] = json!(url);
    [ours, theirs].map(|claims| mint.sign_with(&header, &claims))
}

/// Presents each, and returns how many got in.
fn present(program: &Program, host: &str, good: &str) -> u64 {
    let mut let_in = 0;
    let [of_our_issuer, of_theirs] = forged(host, good);
    for (token, is_good) in [(good, true), (&of_our_issuer, false), (&of_theirs, false)] {
        for (field, counts) in fields(host, token) {
            let answer = program.authorized(&field);
            assert_eq!(answer.status, if is_good && counts { 200 } else { 401 }, "{host}: {answer:?}");
            let_in += u64::from(answer.status == 200);
        }
    }
    let_in
}

fn curl_fails(host: &str) {
    let curl = Command::new("curl")
        .args(["--noproxy", "*", "--silent", "--max-time", "2", &format!("http://{host}/")])
        .status();
    assert!(!curl.unwrap().success());
}

/// The program, whose own kubeconfig names this host, in vain.
fn asks(cluster: &Cluster, host: &str, token: &str) {
    let kubeconfig = std::fs::read_to_string(cluster.kubeconfig_of(&cluster.reviewer())).unwrap();
    let site = Site::new(&format!("[[backend]]\nkind = \"kubernetes\"\nkubeconfig = \"kubeconfig\"\n{KEYS}"));
    site.write("kubeconfig", &kubeconfig.replace(&cluster.url(""), &format!("https://{host}")));
    assert_eq!(site.serve().bearer(token).status, 503);
}

fn assert_some(sent: &[String], text: &str) {
    assert!(sent.iter().any(|frame| frame.contains(text)), "{text}: {sent:#?}");
}

#[test]
fn no_kubeconfig_in_a_header_has_the_program_contact_or_look_up_anybody() {
    Nowhere::visit("no_kubeconfig_in_a_header_has_the_program_contact_or_look_up_anybody", |nowhere| {
        // What goes out is seen.
        for (host, seen) in HOSTS {
            curl_fails(host);
            assert_some(&nowhere.sent_out(), seen);
        }
        let cluster = Cluster::shared();
        let token = cluster.tokens_for_orders(1).remove(0);
        let program = Site::new(&(cluster.entry() + KEYS)).serve_here();
        assert_eq!(program.bearer(&token).status, 200);
        assert_eq!(nowhere.sent_out(), [""; 0], "before anybody presents a kubeconfig");

        let before = cluster.reviews();
        // Nor is somebody beside us contacted.
        let beside = TcpListener::bind("127.0.0.1:0").unwrap();
        beside.set_nonblocking(true).unwrap();
        let beside_us = beside.local_addr().unwrap();
        let mut let_in = present(&program, &beside_us.to_string(), &token);
        for (host, _) in HOSTS {
            let_in += present(&program, host, &token);
        }
        assert_eq!(nowhere.sent_out(), [""; 0]);
        assert!(beside.accept().is_err());
        assert_eq!(cluster.reviews() - before, let_in, "each was shown to our own cluster");
        println!("{let_in} kubeconfigs had a token that is good, and no other frame was sent");

        // If the program did contact them, that would be seen too.
        for (host, seen) in HOSTS {
            asks(&cluster, host, &token);
            assert_some(&nowhere.sent_out(), seen);
        }
        let _connection = TcpStream::connect(beside_us).unwrap();
        assert!(beside.accept().is_ok());
    });
}
