//! An OpenID provider on this machine, as small as one can be, and tokens of it.

use std::net::{Ipv4Addr, TcpListener};

use axum::Router;
use axum::routing::get;
use portcullis_mint::{Mint, jwks, now};
use serde_json::json;

/// Who the tokens are for.
pub const AUDIENCE: &str = "orders-api";

/// How long a token is, in bytes: that of a real provider with a few groups.
const LENGTH: usize = 900;

/// Serves its metadata and its one key until the process ends.
pub struct Provider {
    issuer: String,
    mint: Mint,
}

impl Provider {
    /// Starts one, in a thread of its own, with a new key for this JOSE algorithm.
    ///
    /// # Panics
    ///
    /// If the machine has no free port or no thread.
    #[must_use]
    pub fn start(algorithm: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let mint = Mint::new(algorithm, "first");
        let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") }).to_string();
        let keys = jwks(&[&mint]).to_string();
        let json = |document: String| get(|| async { ([("content-type", "application/json")], document) });
        let router =
            Router::new().route("/.well-known/openid-configuration", json(metadata)).route("/keys", json(keys));
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("a server");
            });
        });
        Self { issuer, mint }
    }

    /// Its issuer identifier: an `http` URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its key.
    #[must_use]
    pub fn mint(&self) -> &Mint {
        &self.mint
    }

    /// The access token of one user, 900 bytes long, good for a day.
    #[must_use]
    pub fn token(&self, number: usize) -> String {
        let short = self.signed(number, 0).len();
        // Base64 makes four bytes of three.
        self.signed(number, LENGTH.saturating_sub(short) / 4 * 3)
    }

    fn signed(&self, number: usize, padding: usize) -> String {
        self.mint.sign(&json!({
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": format!("user-{number:08}"),
            "exp": now() + 86_400,
            "iat": now(),
            "nbf": now(),
            "jti": format!("{number:032x}"),
            "scope": "openid profile",
            "groups": ["ops", "staff"],
            "sid": "x".repeat(padding),
        }))
    }
}
