//! What depends on the process: each of these runs this program once more, by itself.

use std::process::Command;

use portcullis_core::{Backend as _, Clock};
use portcullis_mint::{Mint, jwks};
use portcullis_oidc::Oidc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::rustls::crypto::CryptoProvider;

use crate::provider::{Outcome, Provider, json_answer, outcome, unavailable};
use crate::tls::keys_come_over_tls_from_a_trusted_authority_alone;

/// Set in the process that does the work of a test, and starts no other.
const ALONE: &str = "PORTCULLIS_TEST_ALONE";

fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// Runs one test of this program in a process of its own, with these variables.
fn run_alone(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("process::{test}"), "--nocapture"]).env(ALONE, "1");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}

#[tokio::test]
async fn no_provider_of_cryptography_is_needed_or_installed() {
    if !is_alone() {
        return run_alone("no_provider_of_cryptography_is_needed_or_installed", &[]);
    }
    assert!(CryptoProvider::get_default().is_none());
    keys_come_over_tls_from_a_trusted_authority_alone().await;
    assert!(CryptoProvider::get_default().is_none());
}

/// A proxy that answers every `CONNECT` with 403, and tells whom it was asked for.
async fn refusing_proxy() -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://user:hunter2@{}", listener.local_addr().unwrap());
    let (asked, receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let line = String::from_utf8_lossy(&request[..read]).lines().next().unwrap_or_default().to_owned();
            let _ = asked.send(line);
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    (address, receiver)
}

#[tokio::test]
async fn a_proxy_is_honoured_and_this_machine_needs_none() {
    const TEST: &str = "a_proxy_is_honoured_and_this_machine_needs_none";
    if is_alone() {
        return behind_a_proxy().await;
    }
    let (proxy, mut asked) = refusing_proxy().await;
    let run = move || {
        let proxies = ["HTTP_PROXY", "HTTPS_PROXY"].map(|name| (name, proxy.as_str()));
        run_alone(TEST, &[&proxies[..], &[("NO_PROXY", "direct.example.test")]].concat());
    };
    tokio::task::spawn_blocking(run).await.unwrap();
    let first = asked.try_recv().unwrap();
    assert_eq!(first, "CONNECT id.example.test:443 HTTP/1.1");
    while let Ok(line) = asked.try_recv() {
        assert_eq!(line, first);
    }
}

async fn behind_a_proxy() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::bare().await;
    provider.serve("/keys", json_answer(&jwks(&[&mint]))).await;
    let with = |keys: &str| {
        let mut config = provider.config();
        config.jwks_url = Some(keys.to_owned());
        Oidc::new(config, "corp", std::path::Path::new(""), Clock::default()).unwrap()
    };
    let token = mint.sign(&provider.claims());
    assert_eq!(outcome(&with(&format!("{}/keys", provider.issuer())), &token).await, Outcome::Accepted);
    for (host, through_proxy) in [("id.example.test", true), ("direct.example.test", false)] {
        let oidc = with(&format!("https://{host}/keys?secret=hunter2"));
        unavailable(&oidc, &token).await;
        let warnings = oidc.warnings().join("\n");
        assert_eq!(warnings.contains("tunnel"), through_proxy, "{warnings}");
        assert!(!warnings.contains("hunter2"), "{warnings}");
    }
}
