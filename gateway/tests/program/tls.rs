//! TLS.

use std::path::Path;
use std::sync::Arc;

use http::{Method, StatusCode, Version};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client::{ALICE, send_over};
use crate::program::{BASIC, Program, directory, run, write};

/// Writes `crt` and `key`, and returns the certificate.
fn certificate(directory: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    write(directory, "crt", &made.cert.pem());
    write(directory, "key", &made.signing_key.serialize_pem());
    made.cert.into()
}

async fn connect(program: &Program, root: &CertificateDer<'static>, protocol: Option<&[u8]>) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocol.into_iter().map(<[u8]>::to_vec).collect();
    let stream = TcpStream::connect(program.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn alpn_chooses_between_http_2_and_http_1() {
    let files = tempfile::tempdir().unwrap();
    let root = certificate(files.path());
    let path = |name: &str| files.path().join(name).display().to_string();
    let program = Program::serve(BASIC, &["--tls-cert", &path("crt"), "--tls-key", &path("key")]);
    assert_eq!(program.url, format!("https://{}", program.address));
    for (offered, agreed, version) in [
        (Some(&b"h2"[..]), Some(&b"h2"[..]), Version::HTTP_2),
        (Some(b"http/1.1"), Some(b"http/1.1"), Version::HTTP_11),
        (None, None, Version::HTTP_11),
    ] {
        for (authorization, status) in [(Some(ALICE), StatusCode::OK), (None, StatusCode::UNAUTHORIZED)] {
            let stream = connect(&program, &root, offered).await;
            assert_eq!(stream.get_ref().1.alpn_protocol(), agreed);
            let answer = send_over(stream, version, Method::GET, "/", authorization).await;
            assert_eq!(answer.status, status, "{version:?}");
        }
    }
}

#[tokio::test]
async fn a_client_without_tls_harms_nobody_else() {
    let files = tempfile::tempdir().unwrap();
    let root = certificate(files.path());
    let path = |name: &str| files.path().join(name).display().to_string();
    let program = Program::serve(BASIC, &["--tls-cert", &path("crt"), "--tls-key", &path("key")]);
    let mut plain = TcpStream::connect(program.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    // The connection may be reset.
    let _ = plain.read_to_end(&mut said).await;
    assert!(!said.starts_with(b"HTTP"));
    let answer = send_over(connect(&program, &root, None).await, Version::HTTP_11, Method::GET, "/", Some(ALICE)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn the_file_names_a_certificate_beside_it_and_the_line_beats_it() {
    let config = format!("{BASIC}[serve]\ntls = {{ cert = 'crt', key = 'key' }}\n");
    let beside = directory(&config);
    let of_file = certificate(beside.path());
    let file = beside.path().join("config.toml").display().to_string();
    let checked = run(&["check", &file], b"");
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(checked.stdout.contains("https://127.0.0.1:8080"), "{}", checked.stdout);

    let files = tempfile::tempdir().unwrap();
    let of_line = certificate(files.path());
    let at = |directory: &Path, name: &str| directory.join(name).display().to_string();
    let config = format!(
        "{BASIC}[serve]\nlisten = '127.0.0.1:0'\ntls = {{ cert = '{}', key = '{}' }}\n",
        at(beside.path(), "crt"),
        at(beside.path(), "key")
    );
    let program = Program::serve(&config, &[]);
    assert_eq!(connect(&program, &of_file, None).await.get_ref().1.peer_certificates().unwrap(), [of_file]);
    let program =
        Program::serve(&config, &["--tls-cert", &at(files.path(), "crt"), "--tls-key", &at(files.path(), "key")]);
    assert_eq!(connect(&program, &of_line, None).await.get_ref().1.peer_certificates().unwrap(), [of_line]);
}
