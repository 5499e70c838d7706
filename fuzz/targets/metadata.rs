//! Any bytes are a provider's metadata, or an error; and no metadata sends us where nobody can be trusted.

#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use portcullis_oidc::ProviderMetadata;

const ISSUER: &str = "https://id.example.test";

fuzz_target!(|document: &[u8]| {
    let Ok(metadata) = ProviderMetadata::parse(document, ISSUER) else { return };
    let keys = metadata.jwks_uri();
    let Some(rest) = keys.strip_prefix("https://") else { panic!("not https: {keys}") };
    // The issuer is not on this machine, so its keys are not either.
    assert!(!is_this_machine(host(rest)), "{keys}");
});

fn host(authority_and_more: &str) -> &str {
    let authority = authority_and_more.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((address, _)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    authority.split(':').next().unwrap_or_default()
}

/// A name that only begins like a loopback address, `127.0.0.1e.test`, is any other name.
fn is_this_machine(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
