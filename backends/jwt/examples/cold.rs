//! Throw-away measurement.
use portcullis_jwt::*;
use serde_json::json;
use std::time::{Instant, SystemTime};
fn main() {
    for alg in ["RS256", "ES256", "EdDSA"] {
        let mint = portcullis_mint::Mint::new(alg, "key-2026-11");
        let now = portcullis_mint::now();
        let pad = if alg == "RS256" { 10 } else { 200 };
        let text = mint.sign(&json!({"iss":"https://id.example.test/realms/corp","aud":["orders-api","account"],"sub":"0b9cbf0d-0f3f-4d4c-9a5e-6d3b3a1c2b4e","exp":now+300,"iat":now,"nbf":now,
            "jti":"7c5f0a1e-1f2d-4a6b-8c9d-0e1f2a3b4c5d","azp":"orders-web","scope":"openid profile orders:read","preferred_username":"alice","email":"alice@example.test","email_verified":true,
            "realm_access":{"roles":["ops","dev","offline_access"]}, "x": "y".repeat(pad)}));
        let keys = KeySet::parse(portcullis_mint::jwks(&[&mint]).to_string().as_bytes()).unwrap();
        let rules = Rules::new("https://id.example.test/realms/corp", ["orders-api"]);
        let (signed, sig) = text.rsplit_once('.').unwrap();
        let sig = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, sig).unwrap();
        let jwk = mint.jwk();
        let d = |n: &str| {
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, jwk[n].as_str().unwrap()).unwrap()
        };
        use aws_lc_rs::signature as s;
        let key = match alg {
            "RS256" => s::RsaPublicKeyComponents { n: d("n"), e: d("e") }
                .to_parsed_public_key(&s::RSA_PKCS1_2048_8192_SHA256)
                .unwrap(),
            "ES256" => {
                s::ParsedPublicKey::new(&s::ECDSA_P256_SHA256_FIXED, [vec![4], d("x"), d("y")].concat()).unwrap()
            }
            _ => s::ParsedPublicKey::new(&s::ED25519, d("x")).unwrap(),
        };
        if std::env::args().nth(1).is_some() {
            for _ in 0..2_000_000 { let mut scratch = Scratch::new(); std::hint::black_box(Token::parse(std::hint::black_box(&text), &mut scratch).unwrap()); }
            return;
        }
        let n = 3000;
        let (mut best_bare, mut best_full, mut best_parse, mut best_rules) = (f64::MAX, f64::MAX, f64::MAX, f64::MAX);
        let now = SystemTime::now();
        for _ in 0..30 {
            let t = Instant::now();
            for _ in 0..n {
                std::hint::black_box(key.verify_sig(std::hint::black_box(signed.as_bytes()), &sig)).unwrap();
            }
            best_bare = best_bare.min(t.elapsed().as_nanos() as f64 / n as f64);
            let t = Instant::now();
            for _ in 0..n {
                let mut scratch = Scratch::new();
                let token = Token::parse(std::hint::black_box(&text), &mut scratch).unwrap();
                token.verify(&keys, &rules.algorithms).unwrap();
                std::hint::black_box(rules.check(&token, now)).unwrap();
            }
            best_full = best_full.min(t.elapsed().as_nanos() as f64 / n as f64);
            let t = Instant::now();
            for _ in 0..n {
                let mut scratch = Scratch::new();
                std::hint::black_box(Token::parse(std::hint::black_box(&text), &mut scratch).unwrap());
            }
            best_parse = best_parse.min(t.elapsed().as_nanos() as f64 / n as f64);
            let mut scratch = Scratch::new();
            let token = Token::parse(std::hint::black_box(&text), &mut scratch).unwrap();
            let t = Instant::now();
            for _ in 0..n {
                std::hint::black_box(rules.check(std::hint::black_box(&token), now)).unwrap();
            }
            best_rules = best_rules.min(t.elapsed().as_nanos() as f64 / n as f64);
        }
        println!(
            "{alg} {} bytes: bare {best_bare:.0} full {best_full:.0} = {:.3}x; parse {best_parse:.0} rules {best_rules:.0}",
            text.len(),
            best_full / best_bare
        );
    }
}
