//! Keys, certificates and tokens that are there before the server is.

use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};

use super::Cluster;
use crate::secrets::Secrets;
use crate::{Authority, Certificate};

/// What the testbed itself must know of them.
pub(super) struct Credentials {
    pub(super) authority: String,
    pub(super) administrator: Certificate,
    /// With which tokens are signed.
    pub(super) signing_key: KeyPair,
    static_token: String,
}

impl Credentials {
    /// Their files, and the flags of `kube-apiserver` that name them.
    pub(super) const FLAGS: [(&str, &str); 6] = [
        ("tls-cert-file", "server.crt"),
        ("tls-private-key-file", "server.key"),
        ("client-ca-file", "ca.crt"),
        ("token-auth-file", "tokens.csv"),
        ("service-account-signing-key-file", "accounts.key"),
        ("service-account-key-file", "accounts.key"),
    ];

    /// Makes new ones.
    pub(super) fn write(directory: &Path) -> Self {
        let write =
            |file: &str, text: &str| std::fs::write(directory.join(file), text).expect("the file can be written");
        let authority = Authority::default();
        write("ca.crt", &authority.pem());
        let server = authority.certificate(&["localhost", "127.0.0.1"]);
        write("server.crt", &server.pem);
        write("server.key", &server.key);
        let administrator = authority.client("administrator", "system:masters");
        write("administrator.crt", &administrator.pem);
        write("administrator.key", &administrator.key);
        Secrets::everywhere().add_file("administrator.key", &administrator.key);
        Secrets::everywhere().add(STANDARD.encode(&administrator.key));

        let signing_key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key can be made");
        write("accounts.key", &signing_key.serialize_pem());
        let static_token = format!("static-{:016x}{:016x}", random(), random());
        Secrets::everywhere().add_token(static_token.as_bytes());
        let (user, uid, groups) = (Cluster::STATIC_USER, Cluster::STATIC_UID, Cluster::STATIC_GROUPS.join(","));
        write("tokens.csv", &format!("{static_token},{user},{uid},\"{groups}\"\n"));
        Self { authority: authority.pem(), administrator, signing_key, static_token }
    }
}

impl Cluster {
    /// Whose the [static token](Self::static_token) is.
    pub const STATIC_USER: &str = "alice";

    /// The same user's UID.
    pub const STATIC_UID: &str = "1001";

    /// The same user's groups, beside `system:authenticated`.
    pub const STATIC_GROUPS: [&str; 2] = ["devs", "ops"];

    /// An opaque token, which is in the server's `--token-auth-file`.
    #[must_use]
    pub fn static_token(&self) -> &str {
        &self.credentials.static_token
    }
}

fn random() -> u64 {
    RandomState::new().hash_one(0)
}
