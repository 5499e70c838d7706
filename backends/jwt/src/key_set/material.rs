//! From the members of a JWK to keys that verify (RFC 7518, section 6; RFC 8037, section 2).

use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm};

use super::component::{bits, bytes, is_odd, number};
use super::ed25519;
use super::jwk::string;
use crate::{Algorithm, Json};

type Parsed = Vec<(Algorithm, ParsedPublicKey)>;

/// The algorithms that a key of this kind and curve may be for.
pub(super) fn algorithms(jwk: &Json<'_>) -> Result<&'static [Algorithm], String> {
    let kty = string(jwk, "kty")?.ok_or("kty is missing")?;
    Ok(match (kty, string(jwk, "crv")?) {
        ("RSA", _) => Algorithm::RSA,
        ("EC", Some("P-256")) => &[Algorithm::Es256],
        ("EC", Some("P-384")) => &[Algorithm::Es384],
        ("EC", Some("P-521")) => &[Algorithm::Es512],
        ("OKP", Some("Ed25519")) => &[Algorithm::EdDsa],
        ("EC" | "OKP", Some(_)) => return Err("a curve that is not supported".to_owned()),
        ("EC" | "OKP", None) => return Err("crv is missing".to_owned()),
        _ => return Err("a kty that is not supported".to_owned()),
    })
}

/// The key, parsed for each of these algorithms.
pub(super) fn parse(jwk: &Json<'_>, algorithms: &[Algorithm]) -> Result<Parsed, String> {
    let mut parsed = Vec::with_capacity(algorithms.len());
    for algorithm in algorithms {
        let key = match algorithm {
            Algorithm::Rs256 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => rsa(jwk, &signature::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::Ps256 => rsa(jwk, &signature::RSA_PSS_2048_8192_SHA256),
            Algorithm::Ps384 => rsa(jwk, &signature::RSA_PSS_2048_8192_SHA384),
            Algorithm::Ps512 => rsa(jwk, &signature::RSA_PSS_2048_8192_SHA512),
            // The fixed form, r and s one after the other (RFC 7518, section 3.4).
            Algorithm::Es256 => point(jwk, &signature::ECDSA_P256_SHA256_FIXED, 32),
            Algorithm::Es384 => point(jwk, &signature::ECDSA_P384_SHA384_FIXED, 48),
            Algorithm::Es512 => point(jwk, &signature::ECDSA_P521_SHA512_FIXED, 66),
            Algorithm::EdDsa => ed25519::parse(jwk),
        }?;
        parsed.push((*algorithm, key));
    }
    Ok(parsed)
}

fn rsa(jwk: &Json<'_>, parameters: &'static RsaParameters) -> Result<ParsedPublicKey, String> {
    let (n, e) = (number(jwk, "n")?, number(jwk, "e")?);
    if !(2048..=8192).contains(&bits(&n)) {
        return Err(format!("an RSA key of {} bits", bits(&n)));
    }
    if !is_odd(&n) {
        return Err("an RSA modulus that is even".to_owned());
    }
    // What aws-lc takes; e = 1 would make every message its own signature.
    if !is_odd(&e) || e == [1] || bits(&e) > 33 {
        return Err("an RSA exponent that is 1, even, or longer than 33 bits".to_owned());
    }
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).map_err(|_| "not an RSA key".to_owned())
}

fn point(
    jwk: &Json<'_>,
    algorithm: &'static dyn VerificationAlgorithm,
    length: usize,
) -> Result<ParsedPublicKey, String> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != length || y.len() != length {
        return Err("coordinates that are not of the curve's length".to_owned());
    }
    // SEC 1, section 2.3.4: uncompressed. Parsing refuses a point that is not on the curve.
    let point = [&[4], x.as_slice(), &y].concat();
    ParsedPublicKey::new(algorithm, point).map_err(|_| "a point that is not on the curve".to_owned())
}
