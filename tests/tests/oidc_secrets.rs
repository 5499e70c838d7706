//! Nothing that has to do with a token is written down, at any level.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Version};
use portcullis_testbed::{Access, Faults, OldKeys, Program, Provider, Site, Socket, Wire, traces, traces_of, with_kid};

/// The tokens that were presented, and what else the log must not have.
struct Presented {
    program: Program,
    secrets: Vec<String>,
    /// The program may read its files again.
    _site: Site,
}

impl Presented {
    /// Over HTTP/1.1 and HTTP/2, as gRPC too, and in ways that are wrong.
    fn present(&mut self, token: &str, expected: &[u16]) {
        let status = self.program.bearer(token).status;
        assert!(expected.contains(&status), "{status}, and not of {expected:?}");
        let url = self.program.url(&format!("/?access_token={token}"));
        assert_eq!(portcullis_testbed::curl(&["--http2-prior-knowledge", &url]).status, 401, "no place for a token");
        for field in ["Authorization: bearer  TOKEN", "Authorization: Bearer TOKEN TOKEN", "Authorization: TOKEN"] {
            let _ = Socket::connect(self.program.address()).get(&[field.replace("TOKEN", token).as_bytes()]);
        }
        let request = Request::post("http://localhost/portcullis.whoami.v1.WhoAmI/Get")
            .version(Version::HTTP_2)
            .header("content-type", "application/grpc")
            .header("authorization", format!("Bearer {token}"));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            Wire::connect(self.program.address()).await.send(request.body(Bytes::new()).unwrap()).await
        });
        self.secrets.push(token.to_owned());
        // Of a JWT, claims and signature: the header has no secret.
        self.secrets.extend(token.split('.').skip(1).map(str::to_owned));
    }
}

/// What the operator keeps secret.
const CLIENT_SECRET: &str = "gate-secret";
const CLIENT_TOKEN: &str = "canary-of-the-service-account-5e1f";

fn serve(provider: &Provider, faults: &Faults) -> Presented {
    let (keys, introspection) = (faults.url("/jwks"), provider.url("/token/introspection"));
    let site = Site::new(&format!(
        "{}jwks_url = \"{keys}\"\nclient_token_file = \"token\"\nleeway = \"0s\"\n\
         introspection = {{ url = \"{introspection}\", client_id = \"gate\", client_secret = {{ file = \"secret\" }} }}\n",
        provider.backend()
    ));
    site.write("secret", CLIENT_SECRET);
    site.write("token", CLIENT_TOKEN);
    let program = site.serve();
    let secrets = [CLIENT_SECRET, CLIENT_TOKEN].map(str::to_owned).into();
    Presented { program, secrets, _site: site }
}

#[test]
fn no_log_at_any_level_shows_a_token_or_a_secret_of_the_file() {
    let mut provider = Provider::start();
    let faults = Faults::before(&provider.issuer());
    let mut presented = serve(&provider, &faults);

    let good = provider.log_in("alice", &Access::to("orders"));
    let short = provider.client_token(&Access::to("orders").lasting(Duration::from_secs(1)));
    presented.present(&good.access_token, &[200]);
    presented.present(&good.id_token, &[401]);
    presented.present(&provider.client_token(&Access::to("orders").signed_with("ES256")), &[200]);
    presented.present(&provider.client_token(&Access::to("invoices")), &[401]);
    presented.present(&with_kid(&good.access_token, "unknown"), &[401, 503]);
    let (forged, last) = good.access_token.split_at(good.access_token.len() - 8);
    presented.present(&format!("{forged}{}", last.chars().rev().collect::<String>()), &[401]);
    presented.present(&good.access_token.replacen('.', ".e30", 1), &[401]);
    let opaque = provider.log_in("alice", &Access::to("orders").opaque()).access_token;
    presented.present(&opaque, &[200]);
    presented.present(&provider.client_token(&Access::to("invoices").opaque()), &[401]);
    presented.present(&format!("no{opaque}"), &[401]);
    std::thread::sleep(Duration::from_secs(2));
    presented.present(&short, &[401]);
    let last_words = provider.log_in("bob", &Access::to("orders").opaque()).access_token;
    provider.rotate(OldKeys::Dropped);
    provider.stop();
    presented.present(&last_words, &[503]);
    assert!(faults.asked("/jwks").iter().all(|asked| asked["authorization"].to_str().unwrap().ends_with(CLIENT_TOKEN)));

    let Presented { program, secrets, .. } = presented;
    let ended = program.stop();
    let log = String::from_utf8_lossy(&ended.output);
    for said in ["TRACE", "portcullis::audit", "outcome=\"accepted\"", "outcome=\"refused\"", "outcome=\"unavailable\""]
    {
        assert!(log.contains(said), "{said} is in the log:\n{log}");
    }
    let found = traces_of(&ended.output, secrets.iter().map(String::as_bytes));
    assert!(found.is_empty(), "secrets are in the log: {found:?}\n{log}");
    // The search would have found them.
    for secret in &secrets {
        assert_ne!(traces(format!("DEBUG token={secret:?}").as_bytes(), secret), [""; 0]);
    }
}
