//! Providers that are reached over TLS, or through a proxy.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_mint::{Mint, jwks, now};
use portcullis_testbed::{Authority, ConnectProxy, Faults, Program, Site};
use serde_json::json;

const METADATA: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/keys";

/// The provider of a cluster, or of a company: a name, a certificate of its own authority, and keys.
struct House {
    authority: Authority,
    server: Faults,
    issuer: String,
    mint: Mint,
}

impl House {
    /// `named` is its host with a port, or none: then it is where it listens.
    fn new(named: Option<&str>) -> Self {
        let authority = Authority::default();
        let server = Faults::start_tls(&authority, &["127.0.0.1", "id.example.test"]);
        let issuer = named.map_or_else(|| server.url(""), |host| format!("https://{host}"));
        let mint = Mint::new("ES256", "house");
        server.publish(METADATA, &json!({ "issuer": issuer, "jwks_uri": format!("{issuer}{KEYS}") }));
        server.publish(KEYS, &jwks(&[&mint]));
        Self { authority, server, issuer, mint }
    }

    fn token(&self) -> String {
        let claims = json!({ "iss": self.issuer, "aud": "orders", "sub": "carol", "iat": now(), "exp": now() + 600 });
        self.mint.sign(&claims)
    }

    fn site(&self, rest: &str) -> Site {
        let issuer = &self.issuer;
        let backend = format!("[[backend]]\nkind = \"oidc\"\nissuer = \"{issuer}\"\naudiences = [\"orders\"]\n");
        let site = Site::new(&format!("{backend}timeout = \"5s\"\n{rest}"));
        site.write("ca.pem", &self.authority.pem());
        site
    }
}

const CA_FILE: &str = "ca_file = \"ca.pem\"\n";

/// The program, with these variables in its environment.
fn serve(site: &Site, variables: &[(&str, &str)]) -> Program {
    site.serve_with(|command| {
        command.envs(variables.iter().copied());
    })
}

#[test]
fn a_provider_is_trusted_if_its_authority_is_in_the_file() {
    let house = House::new(None);
    let program = house.site(CA_FILE).serve_here();
    assert_eq!(program.bearer(&house.token()).json()["name"], "carol");

    let program = house.site("").serve_here();
    assert_eq!(program.bearer(&house.token()).status, 503, "nobody vouches for it");
    let other = house.site(CA_FILE);
    other.write("ca.pem", &Authority::default().pem());
    assert_eq!(other.serve().bearer(&house.token()).status, 503, "another authority does not");
}

#[test]
fn the_token_of_the_file_is_shown_to_those_who_give_out_the_keys() {
    let house = House::new(None);
    let site = house.site(&format!("{CA_FILE}client_token_file = \"token\"\n"));
    site.write("token", "of-the-service-account\n");
    assert_eq!(site.serve().bearer(&house.token()).status, 200);
    for asked in house.server.asked(KEYS) {
        assert_eq!(asked["authorization"], "Bearer of-the-service-account");
    }
    assert!(house.server.count(KEYS) > 0);
}

#[test]
fn a_provider_beyond_the_proxy_is_asked_through_it() {
    let house = House::new(Some("id.example.test"));
    let proxy = ConnectProxy::start(&[("id.example.test:443", house.server.address())]);
    let site = house.site(CA_FILE);
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let before = proxy.tunnels().len();
        let program = serve(&site, &[(variable, &proxy.url())]);
        assert_eq!(program.bearer(&house.token()).json()["name"], "carol", "{variable}");
        assert!(proxy.tunnels().len() > before, "{variable}");
    }
    assert!(proxy.tunnels().iter().all(|host| host == "id.example.test:443"), "{:?}", proxy.tunnels());
}

#[test]
fn a_provider_on_this_side_of_the_proxy_is_not_asked_through_it() {
    let house = House::new(Some("id.example.test"));
    let proxy = ConnectProxy::start(&[("id.example.test:443", house.server.address())]);
    let site = house.site(CA_FILE);
    for list in ["id.example.test", ".example.test", "10.0.0.0/8, id.example.test", "*"] {
        let program = serve(&site, &[("HTTPS_PROXY", &proxy.url()), ("NO_PROXY", list)]);
        // On this side, nobody has this name.
        assert_eq!(program.bearer(&house.token()).status, 503, "{list}");
    }
    assert_eq!(proxy.tunnels(), [""; 0]);

    // To the proxy, this machine would be another one.
    let house = House::new(None);
    let program = serve(&house.site(CA_FILE), &[("HTTPS_PROXY", &proxy.url())]);
    assert_eq!(program.bearer(&house.token()).status, 200);
    assert_eq!(proxy.tunnels(), [""; 0]);
}
