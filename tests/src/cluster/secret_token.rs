//! Tokens that the server did not issue, though they are signed with its key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::SigningKey as _;
use serde_json::{Value, json};

use super::Cluster;
use crate::secrets::Secrets;

impl Cluster {
    /// Makes a Secret with a token of this account, which must be there, as the token controller would. The token
    /// is for nobody in particular, and does not expire: it is good until the Secret is deleted.
    #[must_use]
    pub fn secret_token(&self, namespace: &str, account: &str, secret: &str) -> String {
        let uid = self.uid(namespace, account);
        let token = self.sign(&json!({
            "iss": "kubernetes/serviceaccount",
            "sub": format!("system:serviceaccount:{namespace}:{account}"),
            "kubernetes.io/serviceaccount/namespace": namespace,
            "kubernetes.io/serviceaccount/secret.name": secret,
            "kubernetes.io/serviceaccount/service-account.name": account,
            "kubernetes.io/serviceaccount/service-account.uid": uid,
        }));
        let about = json!({
            "kubernetes.io/service-account.name": account,
            "kubernetes.io/service-account.uid": uid,
        });
        let stored = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/service-account-token",
            "metadata": { "annotations": about },
            "data": { "token": STANDARD.encode(&token) },
        });
        self.apply(&format!("/api/v1/namespaces/{namespace}/secrets/{secret}"), &stored);
        token
    }

    /// A token with these claims, signed as the server signs (RS256), such as the [decoded](crate::decoded) claims of
    /// one that was issued, with another `exp`.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "kid": self.kid() });
        let [header, claims] = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = self.credentials.signing_key.sign(signed.as_bytes()).expect("it can be signed");
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        Secrets::everywhere().add_token(token.as_bytes());
        token
    }

    /// The name of the signing key.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.kid.get_or_init(|| {
            let keys = self.admin().get("/openid/v1/jwks").json();
            keys["keys"][0]["kid"].as_str().unwrap_or_else(|| panic!("no key: {keys}")).to_owned()
        })
    }
}
