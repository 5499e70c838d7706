use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::*;
use crate::{basic, user};

/// The secrets, sorted, as text.
fn all(secrets: &Secrets) -> Vec<String> {
    let mut all: Vec<_> = secrets.secrets().iter().map(|secret| String::from_utf8(secret.clone()).unwrap()).collect();
    all.sort();
    all
}

fn of_field(name: &str, value: &str) -> Vec<String> {
    let secrets = Secrets::default();
    secrets.add_field(name.as_bytes(), value.as_bytes());
    all(&secrets)
}

#[test]
fn of_a_jwt_all_but_the_header_is_secret_and_of_another_token_all() {
    assert_eq!(of_field("authorization", "Bearer aaaaaaaa.bbbbbbbb.cccccccc"), ["bbbbbbbb", "cccccccc"]);
    assert_eq!(of_field("Authorization", "bearer  eyJhbGciOiJub25lIn0.e30."), ["eyJhbGciOiJub25lIn0.e30."]);
    for token in ["opaque-token", "SlAV32hkKG.SlAV32hkKG"] {
        assert_eq!(of_field("authorization", &format!("Bearer {token}")), [token]);
        assert_eq!(of_field("authorization", token), [token], "without a scheme");
        assert_eq!(of_field("cookie", &format!("a=b; session={token}")), [token]);
    }
}

#[test]
fn of_a_password_the_base64_and_the_pair_and_the_password_are_secret() {
    let pair = STANDARD_NO_PAD.encode("alice:wonderland");
    let expected = ["alice:wonderland", "wonderland"];
    for value in [basic("alice", "wonderland"), format!("BASIC {pair}"), pair.clone(), format!("Basic \"{pair}\"")] {
        let found = of_field("authorization", &value);
        assert_eq!(found, [&pair[..], expected[0], expected[1]], "{value}");
    }
    // Both alphabets: `>>` and `??` have digits in which they differ.
    for value in [STANDARD.encode("bob:>>>>??>>>>"), base64::engine::general_purpose::URL_SAFE.encode("bob:>>>>??>>>>")]
    {
        assert!(of_field("authorization", &format!("Basic {value}")).contains(&">>>>??>>>>".to_owned()), "{value}");
    }
}

#[test]
fn malformed_credentials_are_secret_too_and_schemes_and_other_fields_are_not() {
    assert_eq!(of_field("authorization", "Negotiate"), [""; 0]);
    assert_eq!(of_field("authorization", "Bearer first-token, second-token"), ["first-token", "second-token"]);
    assert_eq!(of_field("authorization ", "Digest username=\"alice\", response=\"0123456789\""), ["0123456789"]);
    assert_eq!(of_field("x-request-id", "0123456789"), [""; 0]);
    let secrets = Secrets::default();
    secrets.add_target("/path?access_token=first-token&other=something");
    secrets.add_target("/path/without/query");
    assert_eq!(all(&secrets), ["first-token"]);
}

#[test]
fn of_files_and_variables_what_is_not_known_to_be_public_is_secret() {
    let secrets = Secrets::default();
    secrets.add_file("portcullis.toml", "kind = \"basic\"");
    secrets.add_file("groups", "developers: alice");
    secrets.add_file("anything", "the-client-secret\n");
    secrets.add_file("server.key", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n");
    assert_eq!(all(&secrets), ["MIGHAgEAMBMG", "the-client-secret"]);

    let secrets = Secrets::default();
    let mut command = Command::new("true");
    command.env("PORTCULLIS_LOG", "trace=trace").env("https_proxy", "http://127.0.0.1:1").env("ANYTHING", "the-secret");
    secrets.add_environment(command.env_remove("SOMETHING"));
    assert_eq!(all(&secrets), ["the-secret"]);
}

#[test]
fn of_a_users_file_salts_and_hashes_are_secret() {
    let line = user("alice", "wonderland");
    let parts: Vec<_> = line.trim().rsplit('$').take(2).map(str::to_owned).collect();
    let secrets = Secrets::default();
    secrets.add_file("users.htpasswd", &line);
    assert_eq!(all(&secrets).len(), 2);
    assert!(parts.iter().all(|part| all(&secrets).contains(part)), "{line}");
}

#[test]
fn of_a_kubeconfig_tokens_and_passwords_and_keys_are_secret_and_names_and_certificates_are_not() {
    let yaml = "apiVersion: v1
clusters:
- name: tests
  cluster:
    server: https://127.0.0.1:6443
    certificate-authority-data: Y2VydGlmaWNhdGU=
users:
- name: one
  user:
    client-certificate-data: Y2VydGlmaWNhdGU=
    client-key-data: 'a2V5IG9mIG9uZQ=='
- user:
    token: aaaaaaaa.bbbbbbbb.cccccccc
- user:
    tokenFile: /path/to/a/token
    password: \"the password\"
";
    let secrets = Secrets::default();
    secrets.add_file("kubeconfig", yaml);
    assert_eq!(all(&secrets), ["a2V5IG9mIG9uZQ==", "bbbbbbbb", "cccccccc", "the password"]);
    let secrets = Secrets::default();
    secrets.add_file("an.kubeconfig", "{\n  \"name\": \"somebody\",\n  \"token\": \"opaque-token\",\n}\n");
    assert_eq!(all(&secrets), ["opaque-token"]);
}

#[test]
fn what_is_too_short_is_not_searched_for() {
    let secrets = Secrets::default();
    secrets.add("1234567");
    assert_eq!(secrets.traces(b"1234567 12345678"), []);
    secrets.add("12345678");
    assert_eq!(secrets.traces(b"1234567 12345678").len(), 1);
}
