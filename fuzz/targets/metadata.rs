//! Any bytes are a provider's metadata, or an error; and no metadata sends us where nobody can be trusted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_oidc::ProviderMetadata;

const ISSUER: &str = "https://id.example.test";

fuzz_target!(|document: &[u8]| {
    let Ok(metadata) = ProviderMetadata::parse(document, ISSUER) else { return };
    let keys = metadata.jwks_uri();
    // The issuer is not on this machine, so its keys are not either.
    let here = ["https://127.", "https://localhost/", "https://localhost:", "https://[::1]"];
    assert!(keys.starts_with("https://") && !here.iter().any(|own| keys.starts_with(own)), "{keys}");
});
