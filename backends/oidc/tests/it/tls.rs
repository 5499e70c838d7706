//! Whom the backend takes for the provider.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use portcullis_core::{Backend as _, Clock};
use portcullis_mint::{Mint, jwks};
use portcullis_oidc::{Oidc, OidcConfig};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::provider::{Outcome, outcome, unavailable};

/// A certificate authority in PEM, and a server with a certificate of it.
fn authority() -> (String, ServerConfig) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let server_key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&server_key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(server_key.serialize_der()).unwrap())
        .unwrap();
    (ca.pem(), config)
}

/// Serves these keys over TLS, whatever is asked for.
async fn serve(tls: ServerConfig, document: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Fails for whoever does not trust us.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let length = document.len();
            let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{document}");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}

fn config(address: SocketAddr) -> OidcConfig {
    let mut config = OidcConfig::default();
    config.issuer = "https://id.example.test".to_owned();
    config.audiences = vec!["orders".to_owned()];
    config.jwks_url = Some(format!("https://localhost:{}/keys", address.port()));
    config
}

/// Keys served over TLS are taken from an authority of `ca_file`, with no provider of cryptography
/// installed in the process, and from no other.
pub(crate) async fn keys_come_over_tls_from_a_trusted_authority_alone() {
    let mint = Mint::new("ES256", "a");
    let exp = portcullis_mint::now() + 60;
    let token = mint.sign(&json!({ "iss": "https://id.example.test", "aud": "orders", "sub": "alice", "exp": exp }));
    let (ca, tls) = authority();
    let (other, _) = authority();
    let address = serve(tls, jwks(&[&mint]).to_string()).await;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("ca.pem"), format!("# ours\n{other}{ca}")).unwrap();
    std::fs::write(directory.path().join("other.pem"), other).unwrap();

    let with = |file: &str| {
        let mut config = config(address);
        config.ca_file = Some(file.into());
        Oidc::new(config, "corp", directory.path(), Clock::default()).unwrap()
    };
    assert_eq!(outcome(&with("ca.pem"), &token).await, Outcome::Accepted);
    let stranger = with("other.pem");
    unavailable(&stranger, &token).await;
    let warnings = stranger.warnings().join("\n");
    assert!(warnings.contains("cannot connect") && warnings.contains("certificate"), "{warnings}");
}

#[tokio::test]
async fn a_ca_file_that_cannot_be_used_is_an_error_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("empty.pem", "");
    write("text.pem", "no certificate");
    write("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    write("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    std::fs::File::create(directory.path().join("large.pem")).unwrap().set_len(1024 * 1024 + 1).unwrap();
    for (file, part) in [
        ("away.pem", "away.pem: "),
        (".", "not a file"),
        ("empty.pem", "no certificate"),
        ("text.pem", "no certificate"),
        ("key.pem", "no certificate"),
        ("broken.pem", "certificate 1"),
        ("cut.pem", "not PEM"),
        ("large.pem", "larger than 1 MiB"),
    ] {
        let mut config = config(SocketAddr::from(([127, 0, 0, 1], 1)));
        config.ca_file = Some(file.into());
        let invalid = Oidc::new(config, "corp", directory.path(), Clock::default()).unwrap_err();
        assert_eq!(invalid.key(), "ca_file");
        assert!(invalid.problem().contains(part), "{file}: {invalid}");
    }
}

#[tokio::test]
async fn the_systems_authorities_are_trusted_by_default() {
    let (_, tls) = authority();
    let address = serve(tls, "{\"keys\":[]}".to_owned()).await;
    let oidc = Oidc::new(config(address), "corp", Path::new(""), Clock::default());
    // Where the system has none, that is told at the start.
    match oidc {
        Err(invalid) => assert_eq!(invalid.key(), "ca_file"),
        Ok(oidc) => {
            let claims = json!({ "iss": "https://id.example.test", "aud": "orders", "exp": 1 });
            unavailable(&oidc, &Mint::new("ES256", "a").sign(&claims)).await;
            assert!(oidc.warnings().join("\n").contains("certificate"), "{:?}", oidc.warnings());
        }
    }
}
