use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use portcullis_core::ManualClock;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A certificate authority, and a server of whom it vouches.
struct Authority {
    pem: String,
    server: Arc<ServerConfig>,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "an authority of the tests");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let server = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Self { pem: issuer.pem(), server: server.into() }
    }
}

/// A server that ends each connection after one answer, so that its certificate is looked at each time.
async fn serve(served: Arc<Mutex<Arc<ServerConfig>>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let config = Arc::clone(&served.lock().unwrap());
            let Ok(mut stream) = TlsAcceptor::from(config).accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    address
}

async fn trusts(stack: &Stack) -> bool {
    let request = Request::get("/").body(Body::default()).unwrap();
    stack.service().oneshot(request).await.is_ok_and(|response| response.status().is_success())
}

fn stack(address: SocketAddr, file: &Path, clock: &ManualClock) -> Stack {
    let config = kube::Config::new(format!("https://{address}").parse().unwrap());
    Stack::new(config, Trust::File(file.to_owned()), Clock::from(clock)).unwrap()
}

#[tokio::test]
async fn a_replaced_file_of_certificate_authorities_counts_when_it_is_time_and_one_that_cannot_be_read_never_does() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.crt");
    let (old, new) = (Authority::new(), Authority::new());
    std::fs::write(&file, &old.pem).unwrap();
    let served = Arc::new(Mutex::new(Arc::clone(&old.server)));
    let hand = ManualClock::new();
    let stack = stack(serve(Arc::clone(&served)).await, &file, &hand);
    assert!(trusts(&stack).await);

    let half = &new.pem[..new.pem.len() / 2];
    for text in [Some(half), Some(""), None] {
        match text {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        hand.advance(FRESH);
        assert!(trusts(&stack).await, "the old one is better than none: {text:?}");
    }

    *served.lock().unwrap() = Arc::clone(&new.server);
    assert!(!trusts(&stack).await);
    std::fs::write(&file, &new.pem).unwrap();
    hand.advance(FRESH - Duration::from_millis(1));
    assert!(!trusts(&stack).await, "not at each request");
    hand.advance(Duration::from_millis(1));
    assert!(trusts(&stack).await);
    *served.lock().unwrap() = old.server;
    assert!(!trusts(&stack).await, "the old one counts no longer");
}
