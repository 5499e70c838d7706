//! Ed25519 keys (RFC 8037, section 2).

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};

use super::component::bytes;
use crate::Json;

/// The y coordinates of the points of order 1, 2, 4 and 8, and their forms that are not reduced, in little endian.
///
/// Under such a key anybody can sign anything. They follow from the curve (RFC 8032, section 5.1); libsodium and others
/// refuse the same ones.
const OF_SMALL_ORDER: [[u8; 32]; 7] = [
    filled(0x00, 0x00, 0x00),
    filled(0x01, 0x00, 0x00),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    filled(0xec, 0xff, 0x7f),
    filled(0xed, 0xff, 0x7f),
    filled(0xee, 0xff, 0x7f),
];

pub(super) fn parse(jwk: &Json<'_>) -> Result<ParsedPublicKey, String> {
    let x = bytes(jwk, "x")?;
    // aws-lc-rs would take other lengths for other encodings.
    let Ok(mut y) = <[u8; 32]>::try_from(x.as_slice()) else {
        return Err("an Ed25519 key that has not 32 bytes".to_owned());
    };
    // The highest bit is the sign of the other coordinate.
    y[31] &= 0x7f;
    if OF_SMALL_ORDER.contains(&y) {
        return Err("an Ed25519 key of small order".to_owned());
    }
    ParsedPublicKey::new(&ED25519, x).map_err(|_| "not an Ed25519 key".to_owned())
}

const fn filled(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut bytes = [between; 32];
    (bytes[0], bytes[31]) = (first, last);
    bytes
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
    use portcullis_mint::base64url;
    use serde_json::json;

    use super::{OF_SMALL_ORDER, filled};
    use crate::KeySet;

    #[test]
    fn a_key_of_small_order_is_refused_with_either_sign() {
        for y in OF_SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut x = y;
                x[31] |= sign;
                let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(x) });
                let set = KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
                assert_eq!(set.unusable(), ["keys[0]: an Ed25519 key of small order"], "{x:x?}");
            }
        }
    }

    /// Why it matters: nobody's key, and a signature of nothing but the neutral element and zero.
    #[test]
    fn under_such_a_key_anybody_signs_anything() {
        let neutral = filled(1, 0, 0);
        let signature = [neutral, [0; 32]].concat();
        for message in ["one", "another"] {
            assert!(UnparsedPublicKey::new(&ED25519, neutral).verify(message.as_bytes(), &signature).is_ok());
        }
    }
}
