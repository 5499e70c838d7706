//! Portcullis and its peers as tower services, around the same inner service and with the same
//! tokens of the same provider.

#![forbid(unsafe_code)]

pub mod crypto;
mod peer;
pub mod permissions;
mod services;

use http::HeaderValue;
use portcullis::Auth;
use portcullis_benches::Bare;
use portcullis_benches::provider::{AUDIENCE, Provider};
use portcullis_benches::rounds::Contender;
use tokio::runtime::Runtime;
use tower::Layer as _;

use crate::crypto::Crypto;
use crate::peer::Peer;

/// The bare service: the first of the [`contenders`].
pub const BARE: usize = 0;
/// Portcullis, with all tokens remembered.
pub const REMEMBERED: usize = 1;
/// Portcullis, with the one token that comes remembered.
pub const ONE_REMEMBERED: usize = 2;
/// Portcullis, with each token new.
pub const NEW: usize = 3;
/// The first of the peers; the others follow.
pub const FIRST_PEER: usize = 4;

/// A runtime of one thread for all of them.
///
/// # Panics
///
/// If there can be none.
#[must_use]
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// The tokens of so many users, as fields.
///
/// # Panics
///
/// Never: a token is visible ASCII.
#[must_use]
pub fn credentials(provider: &Provider, users: usize) -> Vec<HeaderValue> {
    let field = |number| HeaderValue::try_from(format!("Bearer {}", provider.token(number)));
    (0..users).map(|number| field(number).expect("visible ASCII")).collect()
}

/// Everybody, warm: keys fetched and each token seen once.
///
/// # Panics
///
/// If somebody does not accept the tokens.
pub fn contenders<'a>(
    runtime: &'a Runtime,
    provider: &Provider,
    credentials: &'a [HeaderValue],
) -> Vec<Box<dyn Contender + 'a>> {
    crypto::install();
    let issuer = provider.issuer();
    let portcullis = || {
        let file = format!(
            "[[backend]]\nkind = 'oidc'\nissuer = '{issuer}'\naudiences = ['{AUDIENCE}']\ngroups_claim = 'groups'\n\
             [cache]\nttl = '24h'"
        );
        runtime.block_on(Auth::from_toml(&file)).expect("the file is right")
    };
    let (remembered, one, new) = (portcullis(), portcullis(), portcullis());
    let resource_server = runtime.block_on(services::resource_server(issuer));
    let peer = |name| Peer::new(name, runtime, credentials);
    vec![
        peer("bare").around(Bare),
        peer("Portcullis, remembered").around(remembered.layer().layer(Bare)),
        Peer::new("Portcullis, remembered, one identity", runtime, &credentials[..1]).around(one.layer().layer(Bare)),
        peer("Portcullis, each token new").forgets(new.clone()).around(new.layer().layer(Bare)),
        peer("jwt-authorizer").around(runtime.block_on(services::jwt_authorizer(issuer))),
        peer("tower-oauth2-resource-server, aws-lc").around(resource_server.clone()),
        peer("tower-oauth2-resource-server, default").crypto(Crypto::RustCrypto).around(resource_server),
        peer("limes").around(runtime.block_on(services::limes(issuer))),
    ]
}
