//! Base64url as JOSE writes it (RFC 7515, section 2): no padding, no white space, and no bits left over.
//!
//! Own code, because the three segments are much of what there is to read of a token: a table for each place in a
//! group of four, and one look at the end whether any character was wrong. The tests hold it against the crate `base64`.

/// What a character that is not of the alphabet is in every table.
const BAD: u32 = 1 << 31;

/// The six bits of each character, at their place in a group of four.
static PLACES: [[u32; 256]; 4] = [six_bits(18), six_bits(12), six_bits(6), six_bits(0)];

const fn six_bits(shift: u32) -> [u32; 256] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut table = [BAD; 256];
    let mut n = 0;
    while n < ALPHABET.len() {
        table[ALPHABET[n] as usize] = (n as u32) << shift;
        n += 1;
    }
    table
}

/// Appends the bytes of `text`. `None` if it is not strictly base64url.
pub(crate) fn append(text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    let start = bytes.len();
    bytes.resize(start + decoded_len(text), 0);
    fill(text, &mut bytes[start..])
}

/// The bytes of `text` at the front of `room`. `None` if they are not strictly base64url, or do not fit.
pub(crate) fn decode_into<'r>(text: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
    let bytes = room.get_mut(..decoded_len(text))?;
    fill(text, bytes)?;
    Some(bytes)
}

/// The bytes of `text`. `None` if it is not strictly base64url.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    append(text.as_bytes(), &mut bytes)?;
    Some(bytes)
}

/// Whether `text` is strictly base64url, whatever its bytes.
pub(crate) fn is_strict(text: &[u8]) -> bool {
    // Only the last group can have bits left over.
    let (whole, last) = text.split_at(text.len() / 4 * 4);
    let seen = whole.iter().fold(0, |seen, char| seen | PLACES[0][usize::from(*char)]);
    seen & BAD == 0 && fill(last, &mut [0; 3][..last.len() * 3 / 4]).is_some()
}

const fn decoded_len(text: &[u8]) -> usize {
    text.len() / 4 * 3 + text.len() % 4 * 3 / 4
}

/// Fills `bytes`, which are exactly as many as `text` stands for.
fn fill(text: &[u8], bytes: &mut [u8]) -> Option<()> {
    let (mut pairs, mut sixes) = (text.chunks_exact(8), bytes.chunks_exact_mut(6));
    let mut seen = 0;
    for (text, bytes) in (&mut pairs).zip(&mut sixes) {
        let (high, low) = (group(&text[..4]), group(&text[4..]));
        seen |= high | low;
        bytes.copy_from_slice(&(u64::from(high) << 40 | u64::from(low) << 16).to_be_bytes()[..6]);
    }
    let (text, bytes) = (pairs.remainder(), sixes.into_remainder());
    for (text, bytes) in text.chunks(4).zip(bytes.chunks_mut(3)) {
        let group = group(text);
        seen |= group;
        bytes.copy_from_slice(&group.to_be_bytes()[1..=bytes.len()]);
        // The bits of the last character that no byte takes.
        if group & (0x00ff_ffff >> (8 * bytes.len())) != 0 {
            return None;
        }
    }
    // One character alone has no whole byte.
    (seen & BAD == 0 && text.len() % 4 != 1).then_some(())
}

/// Up to four characters as the upper of 24 bits.
#[inline]
fn group(text: &[u8]) -> u32 {
    text.iter().zip(&PLACES).fold(0, |bits, (char, place)| bits | place[usize::from(*char)])
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::{decode, decode_into, is_strict};

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
        let good = URL_SAFE_NO_PAD.encode([0x5a; 33]);
        for at in 0..good.len() {
            for wrong in (0..=0x7f).filter(|byte: &u8| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte)) {
                let mut text = good.clone().into_bytes();
                text[at] = wrong;
                let text = String::from_utf8(text).unwrap();
                assert!(decode(&text).is_none() && !is_strict(text.as_bytes()), "{wrong:#x} at {at}");
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
        fn it_takes_what_the_crate_base64_takes(text in "[A-Za-z0-9_=+-]{0,24}") {
            prop_assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok());
            prop_assert_eq!(is_strict(text.as_bytes()), URL_SAFE_NO_PAD.decode(&text).is_ok());
        }
    }
}
