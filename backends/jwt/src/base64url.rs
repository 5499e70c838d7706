//! Base64url as JOSE writes it (RFC 7515, section 2): no padding, no white space, and no bits left over.
//!
//! The three segments are much of what there is to read of a token, and `base64-simd` reads them with what instructions
//! the processor has. The tests hold it against the crate `base64`.

use base64_simd::{AsOut as _, URL_SAFE_NO_PAD};

/// Appends the bytes of `text`. `None` if it is not strictly base64url.
pub(crate) fn append(text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    URL_SAFE_NO_PAD.decode_append(text, bytes).ok()
}

/// The bytes of `text` at the front of `room`. `None` if they are not strictly base64url, or do not fit.
pub(crate) fn decode_into<'r>(text: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
    let bytes = room.get_mut(..URL_SAFE_NO_PAD.decoded_length(text).ok()?)?;
    URL_SAFE_NO_PAD.decode(text, bytes.as_out()).ok().map(|bytes| &*bytes)
}

/// The bytes of `text`. `None` if it is not strictly base64url.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

/// Whether `text` is strictly base64url, whatever its bytes.
pub(crate) fn is_strict(text: &[u8]) -> bool {
    URL_SAFE_NO_PAD.check(text).is_ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::{append, decode, decode_into, is_strict};

    #[test]
    fn padding_white_space_and_the_other_alphabet_are_refused() {
        for text in [
            "YQ==",
            "YQ=",
            "YWI=",
            "Y W I",
            "YWI\n",
            " YWI",
            "-_+_",
            "-_/_",
            "YWJj.",
            "YWJ\u{e9}",
            "YWJj====",
            "=",
            "====",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    #[test]
    fn bits_left_over_are_refused() {
        assert_eq!(decode("YQ"), Some(b"a".to_vec()));
        for text in ["YR", "YX", "Yf", "YWJjYR", "YWJ", "YWL", "YWJjYWJjYWJ"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn one_character_alone_is_refused() {
        for text in ["Y", "A", "YWJjY", "YWJjYWJjA"] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode(""), Some(Vec::new()));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(decode_into(b"YWJj", &mut [0; 2]), None);
        assert_eq!(decode_into(b"YWJj", &mut [0; 8]), Some(&b"abc"[..]));
    }

    #[test]
    fn every_wrong_byte_is_found_at_every_place() {
        // Long enough for what reads 32 characters at once and for what is left over; neighbours of every kind.
        let good = URL_SAFE_NO_PAD.encode((0..75_u8).map(|n| n.wrapping_mul(167)).collect::<Vec<_>>());
        for at in 0..good.len() {
            for wrong in (0..=u8::MAX).filter(|byte| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte)) {
                let mut text = good.clone().into_bytes();
                text[at] = wrong;
                assert!(append(&text, &mut Vec::new()).is_none() && !is_strict(&text), "{wrong:#x} at {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let text = URL_SAFE_NO_PAD.encode(&bytes);
            prop_assert!(is_strict(text.as_bytes()));
            prop_assert_eq!(decode(&text), Some(bytes));
        }

        #[test]
        fn one_other_byte_among_many_is_judged_as_the_crate_base64_judges_it(
            bytes in prop::collection::vec(any::<u8>(), 1..400),
            at in any::<prop::sample::Index>(),
            other: u8,
        ) {
            let mut text = URL_SAFE_NO_PAD.encode(&bytes).into_bytes();
            let at = at.index(text.len());
            text[at] = other;
            let mut found = Vec::new();
            prop_assert_eq!(append(&text, &mut found).map(|()| found), URL_SAFE_NO_PAD.decode(&text).ok());
            prop_assert_eq!(is_strict(&text), URL_SAFE_NO_PAD.decode(&text).is_ok());
        }

        #[test]
        fn it_takes_what_the_crate_base64_takes(text in "[A-Za-z0-9_=+-]{0,24}") {
            prop_assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok());
            prop_assert_eq!(is_strict(text.as_bytes()), URL_SAFE_NO_PAD.decode(&text).is_ok());
        }
    }
}
