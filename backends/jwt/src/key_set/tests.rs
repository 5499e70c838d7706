use portcullis_mint::{Mint, base64url, jwks};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::KeySet;
use crate::{Algorithm, Fault, FaultKind, Scratch, Token};

const ALL: [&str; 10] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).expect("a set")
}

/// The key with these members instead; `null` takes one away.
fn with(mut jwk: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(jwk.as_object_mut().expect("an object").remove(name)),
            value => jwk[name] = value.clone(),
        }
    }
    jwk
}

fn unusable(jwk: Value) -> String {
    let set = set(&[jwk]);
    assert_eq!((set.len(), set.unusable().len()), (0, 1), "{set:?}");
    set.unusable()[0].clone()
}

fn verify(text: &str, keys: &KeySet) -> Result<(), Fault> {
    let allowed: Vec<Algorithm> = ALL.iter().map(|name| name.parse().expect("an algorithm")).collect();
    Token::parse(text, &mut Scratch::new())?.verify(keys, &allowed)
}

fn kind(text: &str, keys: &KeySet) -> FaultKind {
    verify(text, keys).expect_err("a fault").kind()
}

#[test]
fn every_algorithm_verifies_its_own_tokens_and_no_other() {
    let mints: Vec<Mint> = ALL.iter().map(|name| Mint::new(name, name)).collect();
    let keys = KeySet::parse(jwks(&mints.iter().collect::<Vec<_>>()).to_string().as_bytes()).unwrap();
    assert_eq!((keys.len(), keys.unusable()), (ALL.len(), &[][..]));
    for mint in &mints {
        assert_eq!(verify(&mint.sign(&json!({})), &keys), Ok(()), "{}", mint.algorithm());
        for other in ALL.iter().filter(|name| **name != mint.algorithm()) {
            let lie = mint.sign_with(&json!({ "alg": other, "kid": mint.kid() }), &json!({}));
            let fault = verify(&lie, &keys).unwrap_err();
            assert_eq!(fault.reason(), "the key is not for this algorithm", "{} as {other}", mint.algorithm());
            assert!(fault.lasting());
        }
    }
}

#[test]
fn a_key_without_alg_is_for_all_of_its_kind() {
    for (first, others) in
        [("RS256", &["RS384", "RS512", "PS256", "PS384", "PS512"][..]), ("ES256", &[]), ("ES512", &[]), ("EdDSA", &[])]
    {
        let mint = Mint::new(first, "a");
        let keys = set(&[with(mint.jwk(), json!({ "alg": null }))]);
        assert_eq!(verify(&mint.sign(&json!({})), &keys), Ok(()), "{first}");
        for other in others {
            // The key is for it, and so what is wrong is the signature.
            let lie = mint.sign_with(&json!({ "alg": other, "kid": "a" }), &json!({}));
            assert_eq!(verify(&lie, &keys).unwrap_err().reason(), "the signature is wrong", "{other}");
        }
    }
}

#[test]
fn ed25519_goes_by_both_of_its_names() {
    let mint = Mint::new("EdDSA", "a");
    for in_key in [json!("EdDSA"), json!("Ed25519"), json!(null)] {
        let keys = set(&[with(mint.jwk(), json!({ "alg": in_key }))]);
        for in_token in ["EdDSA", "Ed25519"] {
            assert_eq!(verify(&mint.sign_with(&json!({ "alg": in_token, "kid": "a" }), &json!({})), &keys), Ok(()));
        }
    }
}

#[test]
fn one_bad_key_does_not_hurt_the_others() {
    let mint = Mint::new("ES256", "good");
    let keys =
        set(&[json!(1), json!({}), json!({ "kty": "EC" }), mint.jwk(), json!({ "kty": "RSA", "n": "!", "e": "AQAB" })]);
    assert_eq!((keys.len(), keys.unusable().len()), (1, 4));
    assert!(keys.unusable()[3].starts_with("keys[4]: "), "{keys:?}");
    assert_eq!(verify(&mint.sign(&json!({})), &keys), Ok(()));
}

#[test]
fn a_name_twice_hurts_its_own_key_alone() {
    let (bad, good) = (Mint::new("ES256", "bad"), Mint::new("ES256", "good"));
    let text =
        format!(r#"{{"keys":[{}, {}]}}"#, bad.jwk().to_string().replacen('{', r#"{"alg":"ES256","#, 1), good.jwk());
    let keys = KeySet::parse(text.as_bytes()).unwrap();
    assert_eq!(keys.unusable(), ["keys[0]: a name occurs twice"]);
    assert!(keys.has("good") && !keys.has("bad"));
}

#[test]
fn a_document_that_is_no_set_is_refused() {
    for text in [
        "",
        "[]",
        "null",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":null}"#,
        r#"{"keys":[],"keys":[]}"#,
        "<html></html>",
        r#"{"keys":[]"#,
    ] {
        assert!(KeySet::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(KeySet::parse(b"{\"keys\":[],\"x\":\"\xff\"}").is_err());
    assert!(KeySet::parse(format!(r#"{{"keys":[]{}}}"#, " ".repeat(1024 * 1024)).as_bytes()).is_err());
    let empty = KeySet::parse(br#"{"keys":[],"more":{"a":1}}"#).unwrap();
    assert!(empty.is_empty() && empty.unusable().is_empty());
}

#[test]
fn the_number_of_keys_is_bounded() {
    let mint = Mint::new("EdDSA", "a");
    let keys: Vec<Value> = (0..300).map(|n| with(mint.jwk(), json!({ "kid": n.to_string() }))).collect();
    let set = set(&keys);
    assert_eq!(set.len(), 256);
    assert_eq!(set.unusable(), ["300 keys, of which only the first 256 are read"]);
}

#[test]
fn keys_for_something_else_are_left_out_without_a_word() {
    let (rsa, ec) = (Mint::new("RS256", "a").jwk(), Mint::new("ES256", "b").jwk());
    let keys = set(&[
        with(rsa.clone(), json!({ "use": "enc" })),
        with(rsa.clone(), json!({ "use": "SIG" })),
        with(rsa.clone(), json!({ "use": null, "key_ops": ["encrypt", "wrapKey"] })),
        with(rsa.clone(), json!({ "key_ops": [] })),
        with(rsa, json!({ "use": null, "alg": "RSA-OAEP-256" })),
        with(ec, json!({ "use": null, "alg": "ECDH-ES+A128KW" })),
    ]);
    assert_eq!((keys.len(), keys.unusable()), (0, &[][..]));
}

#[test]
fn use_key_ops_and_alg_let_a_verifying_key_in() {
    let mint = Mint::new("RS256", "a");
    for changes in [
        json!({ "use": null }),
        json!({ "key_ops": ["verify"] }),
        json!({ "use": null, "key_ops": ["sign", "verify"] }),
        json!({ "x5c": [1], "x5t": {}, "x5u": "https://evil.example.test" }),
    ] {
        let keys = set(&[with(mint.jwk(), changes.clone())]);
        assert_eq!(verify(&mint.sign(&json!({})), &keys), Ok(()), "{changes}");
    }
}

#[test]
fn members_of_the_wrong_type_make_a_key_unusable() {
    let jwk = Mint::new("RS256", "a").jwk();
    for changes in [
        json!({ "use": 1 }),
        json!({ "key_ops": "verify" }),
        json!({ "alg": 1 }),
        json!({ "kid": 1 }),
        json!({ "kty": 1 }),
        json!({ "kty": null }),
        json!({ "n": 1 }),
        json!({ "n": null }),
        json!({ "e": null }),
    ] {
        unusable(with(jwk.clone(), changes));
    }
    assert!(unusable(with(jwk, json!({ "kid": "k".repeat(1025) }))).contains("kid is too long"));
}

#[test]
fn an_algorithm_of_another_kind_makes_a_key_unusable() {
    let (rsa, ec) = (Mint::new("RS256", "a").jwk(), Mint::new("ES256", "b").jwk());
    for alg in ["ES256", "HS256", "none", "EdDSA", "RS1", "rs256"] {
        assert!(unusable(with(rsa.clone(), json!({ "alg": alg }))).contains("alg is not known"), "{alg}");
    }
    for alg in ["ES384", "RS256", "ES256K"] {
        assert!(unusable(with(ec.clone(), json!({ "alg": alg }))).contains("alg is not known"), "{alg}");
    }
}

#[test]
fn a_published_secret_is_never_a_key() {
    let (rsa, ec, ed) = (Mint::new("RS256", "a").jwk(), Mint::new("ES256", "b").jwk(), Mint::new("EdDSA", "c").jwk());
    for jwk in [rsa.clone(), ec, ed] {
        assert!(unusable(with(jwk, json!({ "d": "AQAB" }))).contains("private key"));
    }
    for member in ["p", "q", "dp", "dq", "qi", "oth"] {
        assert!(unusable(with(rsa.clone(), json!({ member: "AQAB" }))).contains("private key"), "{member}");
    }
    assert!(unusable(json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256" })).contains("symmetric"));
    assert!(unusable(with(rsa, json!({ "k": "c2VjcmV0" }))).contains("symmetric"));
}

#[test]
fn rsa_keys_are_neither_small_nor_huge_nor_even() {
    let jwk = |bytes: usize, first: u8, last: u8, e: &[u8]| {
        let mut n = vec![0x5a; bytes];
        (n[0], n[bytes - 1]) = (first, last);
        json!({ "kty": "RSA", "n": base64url(n), "e": base64url(e) })
    };
    let e: &[u8] = &[1, 0, 1];
    assert_eq!(unusable(jwk(128, 0x80, 1, e)), "keys[0]: an RSA key of 1024 bits");
    assert_eq!(unusable(jwk(256, 0x7f, 1, e)), "keys[0]: an RSA key of 2047 bits");
    assert_eq!(unusable(jwk(1025, 0x01, 1, e)), "keys[0]: an RSA key of 8193 bits");
    assert!(unusable(jwk(256, 0x80, 2, e)).contains("even"));
    for e in [&[1][..], &[2], &[1, 0, 0], &[0, 1], &[0x03, 0, 0, 0, 1], &[1, 0, 0, 0, 0, 1]] {
        assert!(unusable(jwk(256, 0x80, 1, e)).contains("exponent"), "{e:?}");
    }
    for e in [&[0][..], &[]] {
        assert!(unusable(jwk(256, 0x80, 1, e)).contains("e is zero"), "{e:?}");
    }
    for (bytes, e) in [(256, &[3][..]), (256, &[1, 0, 1]), (1024, &[1, 0, 0, 0, 1])] {
        assert_eq!(set(&[jwk(bytes, 0x80, 1, e)]).len(), 1, "{bytes} {e:?}");
    }
}

#[test]
fn zero_bytes_before_a_modulus_do_not_count() {
    let mint = Mint::new("RS256", "a");
    let n = super::component::bytes(&crate::Json::parse(&mint.jwk().to_string()).unwrap(), "n").unwrap();
    let keys = set(&[with(mint.jwk(), json!({ "n": base64url([&[0, 0][..], &n].concat()) }))]);
    assert_eq!(verify(&mint.sign(&json!({})), &keys), Ok(()));
}

#[test]
fn a_point_off_the_curve_is_refused() {
    for (algorithm, length) in [("ES256", 32), ("ES384", 48), ("ES512", 66)] {
        let jwk = Mint::new(algorithm, "a").jwk();
        let off = |coordinate: Vec<u8>| unusable(with(jwk.clone(), json!({ "y": base64url(coordinate) })));
        let mut one = vec![0; length];
        one[length - 1] = 1;
        for y in [vec![0; length], one, vec![0xff; length]] {
            assert!(off(y).contains("not on the curve"), "{algorithm}");
        }
        let infinity = with(jwk.clone(), json!({ "x": base64url(vec![0; length]), "y": base64url(vec![0; length]) }));
        assert!(unusable(infinity).contains("not on the curve"), "{algorithm}");
        for length in [0, 1, length - 1, length + 1, 2 * length] {
            assert!(off(vec![1; length]).contains("length"), "{algorithm} {length}");
        }
        assert!(unusable(with(jwk.clone(), json!({ "y": null }))).contains("y is missing"));
    }
}

#[test]
fn a_point_of_one_curve_is_none_of_another() {
    let p256 = Mint::new("ES256", "a").jwk();
    for crv in ["P-384", "P-521", "secp256k1", "Ed25519", "p-256", ""] {
        unusable(with(p256.clone(), json!({ "crv": crv, "alg": null })));
    }
    unusable(with(p256.clone(), json!({ "crv": null, "alg": null })));
    unusable(with(p256, json!({ "kty": "OKP", "alg": null })));
}

#[test]
fn other_okp_keys_are_not_supported() {
    let jwk = Mint::new("EdDSA", "a").jwk();
    for crv in ["Ed448", "X25519", "X448"] {
        assert!(unusable(with(jwk.clone(), json!({ "crv": crv }))).contains("curve"), "{crv}");
    }
    for length in [0, 31, 33, 44, 57] {
        assert!(
            unusable(with(jwk.clone(), json!({ "x": base64url(vec![1; length]) }))).contains("32 bytes"),
            "{length}"
        );
    }
}

#[test]
fn several_keys_of_one_name_are_all_tried() {
    let (one, two, three) = (Mint::new("ES256", "a"), Mint::new("ES256", "a"), Mint::new("EdDSA", "a"));
    let keys = set(&[one.jwk(), two.jwk(), three.jwk(), one.jwk()]);
    assert_eq!(keys.len(), 3);
    for mint in [&one, &two, &three] {
        assert_eq!(verify(&mint.sign(&json!({})), &keys), Ok(()));
    }
    assert_eq!(kind(&Mint::new("ES256", "a").sign(&json!({})), &keys), FaultKind::BadSignature);
}

#[test]
fn not_endlessly_many_keys_of_one_name_are_tried() {
    let mints: Vec<Mint> = (0..9).map(|_| Mint::new("EdDSA", "a")).collect();
    let keys = set(&mints.iter().map(Mint::jwk).collect::<Vec<_>>());
    assert_eq!(verify(&mints[7].sign(&json!({})), &keys), Ok(()));
    let fault = verify(&mints[8].sign(&json!({})), &keys).unwrap_err();
    assert_eq!((fault.kind(), fault.lasting()), (FaultKind::Refused, false));
}

#[test]
fn a_token_without_kid_is_tried_against_at_most_eight_keys_that_fit() {
    let mints: Vec<Mint> = (0..9).map(|n| Mint::new("EdDSA", &n.to_string())).collect();
    let ec = Mint::new("ES256", "ec");
    let jwks: Vec<Value> = std::iter::once(ec.jwk()).chain(mints.iter().map(Mint::jwk)).collect();
    let nameless = |mint: &Mint| mint.sign_with(&json!({ "alg": mint.algorithm() }), &json!({}));

    let eight = set(&jwks[..9]);
    assert_eq!(verify(&nameless(&mints[7]), &eight), Ok(()));
    assert_eq!(verify(&nameless(&ec), &eight), Ok(()));
    // A newer set may have the key, so a forgery cannot be told from a rotation.
    let fault = verify(&nameless(&mints[8]), &eight).unwrap_err();
    assert_eq!((fault.kind(), fault.lasting()), (FaultKind::UnknownKey, false));
    assert_eq!(kind(&nameless(&Mint::new("ES384", "x")), &eight), FaultKind::UnknownKey);

    let nine = set(&jwks);
    let fault = verify(&nameless(&mints[0]), &nine).unwrap_err();
    assert_eq!((fault.kind(), fault.lasting()), (FaultKind::Refused, false));
}

#[test]
fn a_key_without_name_is_for_tokens_without_name() {
    let mint = Mint::new("ES256", "a");
    let keys = set(&[with(mint.jwk(), json!({ "kid": null }))]);
    assert_eq!(verify(&mint.sign_with(&json!({ "alg": "ES256" }), &json!({})), &keys), Ok(()));
    assert_eq!(kind(&mint.sign(&json!({})), &keys), FaultKind::UnknownKey);
}

#[test]
fn an_unknown_name_is_not_held_against_a_token_for_ever() {
    let fault =
        verify(&Mint::new("ES256", "new").sign(&json!({})), &set(&[Mint::new("ES256", "old").jwk()])).unwrap_err();
    assert_eq!((fault.kind(), fault.lasting()), (FaultKind::UnknownKey, false));
}

#[test]
fn a_withdrawal_is_a_key_that_verifies_no_more() {
    let (a, b) = (Mint::new("RS256", "a").jwk(), Mint::new("ES256", "b").jwk());
    let both = set(&[a.clone(), b.clone()]);
    assert!(both.same_as(&set(&[b.clone(), a.clone(), a.clone()])));
    assert!(set(std::slice::from_ref(&a)).withdraws(&both));
    assert!(set(&[]).withdraws(&both));
    assert!(!both.withdraws(&set(&[])) && !both.withdraws(&set(std::slice::from_ref(&b))));
    // The same name for another key, another name for the same key, and the key for less than before.
    assert!(set(&[Mint::new("RS256", "a").jwk(), b.clone()]).withdraws(&both));
    assert!(set(&[with(a.clone(), json!({ "kid": "c" })), b.clone()]).withdraws(&both));
    assert!(set(&[with(a.clone(), json!({ "alg": "PS256" })), b.clone()]).withdraws(&both));
    let for_all = set(&[with(a, json!({ "alg": null })), b]);
    assert!(!for_all.withdraws(&both) && both.withdraws(&for_all) && !for_all.same_as(&both));
}

#[test]
fn debug_and_complaints_hold_no_name_of_a_key() {
    let keys = set(&[Mint::new("EdDSA", "canary-1").jwk(), json!({ "kid": "canary-2", "kty": "RSA" })]);
    assert_eq!(keys.unusable(), ["keys[1]: n is missing"]);
    assert!(!format!("{keys:?}").contains("canary"));
}

proptest! {
    #[test]
    fn no_document_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = KeySet::parse(&bytes);
    }

    #[test]
    fn no_key_panics(
        kty in prop_oneof![Just("RSA"), Just("EC"), Just("OKP"), Just("oct")],
        crv in prop_oneof![Just("P-256"), Just("P-384"), Just("P-521"), Just("Ed25519")],
        x in prop::collection::vec(any::<u8>(), 0..70), y in prop::collection::vec(any::<u8>(), 0..70),
        n in prop::collection::vec(any::<u8>(), 0..1100), e in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let jwk = json!({ "kty": kty, "crv": crv, "x": base64url(x), "y": base64url(y), "n": base64url(n), "e": base64url(e) });
        let keys = set(&[jwk]);
        prop_assert_eq!(keys.len() + keys.unusable().len(), 1);
        // Whatever was taken for a key verifies without a panic, and nothing.
        for alg in ALL {
            let text = format!("{}.e30.{}", base64url(json!({ "alg": alg }).to_string()), base64url([1; 256]));
            prop_assert!(verify(&text, &keys).is_err());
        }
    }
}
