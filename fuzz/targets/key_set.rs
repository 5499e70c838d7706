//! Any bytes are a key set, or an error; and no key set verifies what none of its keys signed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_jwt::{Algorithm, KeySet, Scratch, Token};

/// Header `{"alg":"RS256","kid":"a"}`, claims `{}`, and a signature of 256 zeros.
const FORGED: &str = concat!("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.", include_str!("zeros.txt"));

fuzz_target!(|document: &[u8]| {
    let Ok(set) = KeySet::parse(document) else { return };
    assert!(set.is_empty() == (set.len() == 0));
    assert!(set.same_as(&set) && !set.withdraws(&set));
    let mut scratch = Scratch::new();
    let token = Token::parse(FORGED.trim_end(), &mut scratch).expect("it is in the strict form");
    assert!(token.verify(&set, Algorithm::DEFAULT).is_err());
});
