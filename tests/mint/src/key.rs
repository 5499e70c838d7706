//! A private key of each kind, what it signs with, and its public half as a JWK.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

use crate::base64url;

pub(crate) enum Key {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair, &'static str),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// A new key for a JOSE algorithm. Panics on a name it does not know.
    pub(crate) fn generate(algorithm: &str) -> Self {
        match algorithm {
            "RS256" => Self::rsa(&signature::RSA_PKCS1_SHA256),
            "RS384" => Self::rsa(&signature::RSA_PKCS1_SHA384),
            "RS512" => Self::rsa(&signature::RSA_PKCS1_SHA512),
            "PS256" => Self::rsa(&signature::RSA_PSS_SHA256),
            "PS384" => Self::rsa(&signature::RSA_PSS_SHA384),
            "PS512" => Self::rsa(&signature::RSA_PSS_SHA512),
            "ES256" => Self::ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            "ES384" => Self::ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
            "ES512" => Self::ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"),
            "EdDSA" => Self::Ed25519(Ed25519KeyPair::generate().expect("an Ed25519 key")),
            other => panic!("no key for the algorithm {other}"),
        }
    }

    fn rsa(encoding: &'static dyn RsaEncoding) -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key"), encoding)
    }

    fn ec(algorithm: &'static EcdsaSigningAlgorithm, curve: &'static str) -> Self {
        Self::Ec(EcdsaKeyPair::generate(algorithm).expect("an EC key"), curve)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).expect("an RSA signature");
                signature
            }
            Self::Ec(pair, _) => pair.sign(&random, message).expect("an ECDSA signature").as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// The members of the JWK that depend on the kind of key.
    pub(crate) fn public_members(&self) -> Value {
        match self {
            Self::Rsa(pair, _) => {
                let public = pair.public_key();
                json!({
                    "kty": "RSA",
                    "n": base64url(public.modulus().big_endian_without_leading_zero()),
                    "e": base64url(public.exponent().big_endian_without_leading_zero()),
                })
            }
            Self::Ec(pair, curve) => {
                // SEC 1, 2.3.3: 0x04, x, y.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
                json!({ "kty": "EC", "crv": curve, "x": base64url(x), "y": base64url(y) })
            }
            Self::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref()) })
            }
        }
    }

    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        match self {
            Self::Rsa(pair, _) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(pair).expect("an RSA key as PKCS #8").as_ref().to_vec()
            }
            Self::Ec(pair, _) => pair.to_pkcs8v1().expect("an EC key as PKCS #8").as_ref().to_vec(),
            Self::Ed25519(pair) => pair.to_pkcs8v1().expect("an Ed25519 key as PKCS #8").as_ref().to_vec(),
        }
    }
}
