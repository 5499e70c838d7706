//! A strict look at the few bytes that are read without ldap3: the answer to StartTLS, and the value of a control.

/// Takes one element with this tag off the front, and returns what it holds. Lengths are definite, as
/// [RFC 4511, section 5.1](https://www.rfc-editor.org/rfc/rfc4511#section-5.1) has them.
pub(crate) fn take<'a>(tag: u8, from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (&first, rest) = from.split_first()?;
    let (length, rest) = length(rest)?;
    if first != tag || length > rest.len() {
        return None;
    }
    let (content, rest) = rest.split_at(length);
    *from = rest;
    Some(content)
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let count = match first {
        0..=0x7f => return Some((usize::from(first), rest)),
        0x81..=0x84 => usize::from(first & 0x7f),
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(count)?;
    Some((bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest))
}

/// `INTEGER` and `ENUMERATED`, and the sequences and strings around them.
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const SEQUENCE: u8 = 0x30;
    /// `ExtendedResponse`
    pub(crate) const EXTENDED_RESPONSE: u8 = 0x78;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_are_taken_one_by_one() {
        let mut bytes = &b"\x02\x01\x05\x04\x81\x02ab\x04\x84\x00\x00\x00\x01c"[..];
        assert_eq!(take(tag::INTEGER, &mut bytes), Some(&b"\x05"[..]));
        assert_eq!(take(tag::OCTET_STRING, &mut bytes), Some(&b"ab"[..]));
        assert_eq!(take(tag::OCTET_STRING, &mut bytes), Some(&b"c"[..]));
        assert_eq!(take(tag::OCTET_STRING, &mut bytes), None);
    }

    #[test]
    fn what_is_cut_off_or_of_another_kind_is_not_taken() {
        for mut bytes in
            [&b""[..], b"\x04", b"\x04\x01", b"\x04\x80a\0\0", b"\x04\x85\0\0\0\0\x01a", b"\x04\x82\x01", b"\x02\x01a"]
        {
            assert_eq!(take(tag::OCTET_STRING, &mut bytes), None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(tag in any::<u8>(), bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut rest = bytes.as_slice();
            while take(tag, &mut rest).is_some() {}
        }
    }
}
