//! Any bytes are a provider's metadata, or an error; and no metadata sends us where nobody can be trusted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_oidc::ProviderMetadata;

const ISSUER: &str = "https://id.example.test";

fuzz_target!(|document: &[u8]| {
    let Ok(metadata) = ProviderMetadata::parse(document, ISSUER) else { return };
    let keys = metadata.jwks_uri();
    assert!(
        keys.starts_with("https://")
            || ["http://127.", "http://localhost", "http://[::1]"].iter().any(|own| keys.starts_with(own)),
        "{keys}"
    );
});
