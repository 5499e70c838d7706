//! Channel bindings: a token that is bound to one TLS connection is good for no other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use portcullis_testbed::{Answer, Authority, Certificate, Program, Realm, Site, Token, Wish, curl};

/// The program over TLS, and what to call it with.
struct Tls {
    program: Program,
    site: Site,
    certificate: Certificate,
}

fn serve(realm: &Realm, authority: &Authority, channel_binding: &str) -> Tls {
    serve_with(realm, authority, &format!("channel_binding = \"{channel_binding}\"\n"))
}

fn serve_with(realm: &Realm, authority: &Authority, keys: &str) -> Tls {
    let certificate = authority.certificate(&["localhost"]);
    let site = Site::new(&(realm.backend() + keys));
    site.write("server.crt", &(certificate.pem.clone() + &authority.pem()));
    site.write("server.key", &certificate.key);
    site.write("ca.crt", &authority.pem());
    let program = realm.serve_site(&site, |command| {
        command.arg("--tls-cert").arg(site.path("server.crt")).arg("--tls-key").arg(site.path("server.key"));
    });
    Tls { program, site, certificate }
}

impl Tls {
    fn url(&self) -> String {
        self.program.on_localhost("/").replace("http://", "https://")
    }

    fn ca_file(&self) -> String {
        self.site.path("ca.crt").to_str().unwrap().to_owned()
    }

    fn send(&self, http: &str, token: &Token) -> Answer {
        let field = format!("Authorization: {}", token.authorization());
        curl(&[http, "--cacert", &self.ca_file(), "-H", &field, &self.url()])
    }

    /// The application data for the certificate, computed by `sha256sum` or another of its kind.
    fn end_point(&self, sum: &str) -> Vec<u8> {
        let path = self.site.path("server.der");
        std::fs::write(&path, &self.certificate.der).unwrap();
        let shown = Command::new(sum).arg(path).output().unwrap().stdout;
        let shown = String::from_utf8(shown).unwrap();
        let hex = shown.split(' ').next().unwrap();
        let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
        b"tls-server-end-point:".iter().copied().chain(bytes).collect()
    }
}

#[test]
fn match_mismatch_and_absence_under_off_allow_and_require() {
    let realm = Realm::start("EXAMPLE.TEST");
    let authority = Authority::default();
    let mut alice = realm.tickets("alice").initiator();
    for (channel_binding, expected) in
        [("off", [200, 200, 200]), ("allow", [200, 401, 200]), ("require", [200, 401, 401])]
    {
        let tls = serve(&realm, &authority, channel_binding);
        let right = Wish::default().bound_to(&tls.end_point("sha256sum"));
        let mut wrong = tls.end_point("sha256sum");
        *wrong.last_mut().unwrap() ^= 1;
        let wishes = [right, Wish::default().bound_to(&wrong), Wish::default()];
        for http in ["--http1.1", "--http2"] {
            let statuses = wishes.clone().map(|wish| tls.send(http, &alice.token_as(&wish)).status);
            assert_eq!(statuses, expected, "match, mismatch, absent under {channel_binding} over {http}");
        }
        if channel_binding != "off" {
            tls.program.wait_for("channel bindings: the token is bound to another TLS connection");
        }
        if channel_binding == "require" {
            tls.program.wait_for("channel bindings: the client sent none");
        }
    }
}

#[test]
fn other_data_than_that_of_the_certificate_is_a_mismatch() {
    let realm = Realm::start("EXAMPLE.TEST");
    let tls = serve(&realm, &Authority::default(), "allow");
    let mut alice = realm.tickets("alice").initiator();
    let right = tls.end_point("sha256sum");
    let unique = [&b"tls-unique:"[..], &right[21..]].concat();
    for data in [&right[21..], &right[..40], b"", &unique, &tls.end_point("sha384sum")] {
        let token = alice.token_as(&Wish::default().bound_to(data));
        assert_eq!(tls.send("--http1.1", &token).status, 401, "{data:?}");
    }
}

#[test]
fn the_service_proves_who_it_is_to_a_client_that_bound_its_token() {
    let realm = Realm::start("EXAMPLE.TEST");
    let tls = serve(&realm, &Authority::default(), "require");
    let mut alice = realm.tickets("alice").initiator();
    let token = alice.token_as(&Wish::default().bound_to(&tls.end_point("sha256sum")));
    let answer = tls.send("--http1.1", &token);
    assert_eq!(answer.json()["name"], "alice@EXAMPLE.TEST");
    assert_eq!(alice.proved(&token, answer.field("www-authenticate")), Ok(()));
}

#[test]
fn the_hash_is_that_of_the_certificates_signature() {
    let realm = Realm::start("EXAMPLE.TEST");
    for (algorithm, sum) in [
        (&rcgen::PKCS_ECDSA_P256_SHA256, "sha256sum"),
        (&rcgen::PKCS_ECDSA_P384_SHA384, "sha384sum"),
        (&rcgen::PKCS_RSA_SHA512, "sha512sum"),
    ] {
        let tls = serve(&realm, &Authority::signing_with(algorithm), "require");
        let mut alice = realm.tickets("alice").initiator();
        let statuses = ["sha256sum", "sha384sum", "sha512sum"].map(|sum| {
            (sum, tls.send("--http1.1", &alice.token_as(&Wish::default().bound_to(&tls.end_point(sum)))).status)
        });
        for (tried, status) in statuses {
            assert_eq!(status, if tried == sum { 200 } else { 401 }, "{tried} where it is {sum}");
        }
    }
}

#[test]
fn a_certificate_without_a_hash_function_binds_nobody() {
    let realm = Realm::start("EXAMPLE.TEST");
    let authority = Authority::signing_with(&rcgen::PKCS_ED25519);
    let mut alice = realm.tickets("alice").initiator();
    let strict = serve(&realm, &authority, "require");
    assert_eq!(strict.send("--http1.1", &alice.token()).status, 401);
    let bound = Wish::default().bound_to(&strict.end_point("sha256sum"));
    assert_eq!(strict.send("--http1.1", &alice.token_as(&bound)).status, 401);
    assert_eq!(serve(&realm, &authority, "allow").send("--http1.1", &alice.token()).status, 200);
}

#[test]
fn without_tls_nothing_is_bound() {
    let realm = Realm::start("EXAMPLE.TEST");
    let mut alice = realm.tickets("alice").initiator();
    let bound = Wish::default().bound_to(b"tls-server-end-point:whatever");
    for (channel_binding, expected) in [("off", [200, 200]), ("allow", [200, 200]), ("require", [401, 401])] {
        let program = realm.serve(&format!("channel_binding = \"{channel_binding}\"\n"));
        let statuses = [alice.token(), alice.token_as(&bound)].map(|token| program.negotiate(&token).status);
        assert_eq!(statuses, expected, "{channel_binding}");
    }
}

#[test]
fn requests_kerberos_binds_its_tokens_to_certificates_of_either_hash() {
    let realm = Realm::start("EXAMPLE.TEST");
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384] {
        // It sends no SPNEGO.
        let keys = "channel_binding = \"require\"\nraw_krb5 = true\n";
        let tls = serve_with(&realm, &Authority::signing_with(algorithm), keys);
        let outcome = realm.tickets("alice").python("requests_kerberos_get.py", &[&tls.url(), &tls.ca_file()]);
        assert_eq!(outcome["status"], 200, "{outcome}");
        let curl = realm.tickets("alice").curl(&["--cacert", &tls.ca_file(), &tls.url()]);
        assert_eq!(curl.status, 401, "this curl binds nothing");
    }
}
