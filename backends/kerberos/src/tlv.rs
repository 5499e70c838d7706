//! Tags, lengths and values, as DER has them (X.690).

/// What is left to read. Every step fails rather than read past the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    rest: &'a [u8],
}

impl<'a> Tlv<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next value if it has this tag. With another one, nothing is consumed.
    pub(crate) fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (own, value, rest) = split(self.rest)?;
        (own == tag).then(|| {
            self.rest = rest;
            value
        })
    }

    /// The next value as something to read further.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.next(tag).map(Self::new)
    }

    /// The next value if it has this tag and nothing follows, as something to read further.
    pub(crate) fn only(self, tag: u8) -> Option<Self> {
        self.last(tag).map(Self::new)
    }

    /// The next value if it has this tag and nothing follows.
    pub(crate) fn last(mut self, tag: u8) -> Option<&'a [u8]> {
        let value = self.next(tag)?;
        self.is_empty().then_some(value)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes that are left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}

/// The first tag, its value, and what follows.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        // Four bytes are more than a credential can be long; 0x80, an indefinite length, is not DER.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((*tag, value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_of_one_to_five_bytes_are_read() {
        for length in [0_usize, 1, 0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let mut bytes = vec![0x30];
            match length {
                0..=0x7f => bytes.push(length as u8),
                0x80..=0xff => bytes.extend([0x81, length as u8]),
                _ => bytes.extend([0x84, 0, (length >> 16) as u8, (length >> 8) as u8, length as u8]),
            }
            bytes.extend(vec![7; length]);
            bytes.push(9);
            let mut tlv = Tlv::new(&bytes);
            assert_eq!(tlv.next(0x31), None);
            assert_eq!(tlv.next(0x30).unwrap().len(), length);
            assert_eq!(tlv.rest(), [9]);
        }
    }

    #[test]
    fn what_is_cut_short_or_has_no_definite_length_is_not_read() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x30, 0x81],
            &[0x30, 0x82, 1],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(Tlv::new(bytes).next(0x30), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>(), tag in any::<u8>()) {
            let mut tlv = Tlv::new(&bytes);
            while tlv.next(tag).is_some() {}
        }
    }
}
