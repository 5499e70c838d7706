//! Security identifiers of Windows.

use std::fmt;

/// A security identifier ([MS-DTYP], section 2.4.2): what a user, a group or a domain is called that keeps its
/// identity when its name changes.
///
/// As text it is `S-1-5-21-1004336348-1177238915-682003330-512`: the revision, the authority, and one to fifteen
/// sub-authorities. The last one of a user or a group is its relative identifier, and those in front of it are the domain's.
///
/// ```
/// use portcullis_core::Sid;
///
/// let sid = Sid::parse("S-1-5-21-1004336348-1177238915-682003330-512").unwrap();
/// assert_eq!(sid.to_string(), "S-1-5-21-1004336348-1177238915-682003330-512");
/// assert_eq!(Sid::parse("s-1-5-32-544"), None);
/// assert_eq!(sid.domain(), Sid::parse("S-1-5-21-1004336348-1177238915-682003330"));
/// assert_eq!(Sid::from_bytes(&sid.to_bytes()), Some(sid));
/// ```
///
/// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/f992ad60-0fe4-4b87-9fed-beb478836861
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid {
    /// 48 bits.
    authority: u64,
    count: usize,
    /// Zeros beyond `count`.
    sub_authorities: [u32; Self::MOST],
}

impl Sid {
    /// How many sub-authorities there can be.
    pub const MOST: usize = 15;

    /// `None` without sub-authorities, with more than [`MOST`](Self::MOST), or with an authority of more than 48 bits.
    #[must_use]
    pub fn new(authority: u64, sub_authorities: &[u32]) -> Option<Self> {
        let count = sub_authorities.len();
        let mut own = [0; Self::MOST];
        own.get_mut(..count)?.copy_from_slice(sub_authorities);
        (count > 0 && authority >> 48 == 0).then_some(Self { authority, count, sub_authorities: own })
    }

    /// Reads the text form, and no other way to write the same thing: no leading zeros, no lower case, and an authority in
    /// hexadecimal if and only if it takes more than 32 bits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("S-1-")?.split('-');
        let authority = parts.next()?;
        let authority = match authority.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => authority.parse(),
        };
        let (mut count, mut sub_authorities) = (0, [0; Self::MOST]);
        for part in parts {
            *sub_authorities.get_mut(count)? = part.parse().ok()?;
            count += 1;
        }
        // What was read may be spelt in other ways too.
        Self::new(authority.ok()?, &sub_authorities[..count]).filter(|sid| sid.to_string() == text)
    }

    /// Reads the packet form ([MS-DTYP], section 2.4.2.2), which directories have: the revision 1, the number of
    /// sub-authorities, the authority in six bytes, and the sub-authorities with the lowest byte first. `None` if anything is
    /// missing, or left.
    ///
    /// [MS-DTYP]: https://learn.microsoft.com/openspecs/windows_protocols/ms-dtyp/f992ad60-0fe4-4b87-9fed-beb478836861
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[1, count, ref authority @ ..], parts) = bytes.split_first_chunk::<8>()? else { return None };
        let (parts, []) = parts.as_chunks::<4>() else { return None };
        let authority = authority.iter().fold(0, |authority, byte| authority << 8 | u64::from(*byte));
        let (mut sub_authorities, count) = ([0; Self::MOST], usize::from(count));
        if parts.len() != count {
            return None;
        }
        for (own, part) in sub_authorities.get_mut(..count)?.iter_mut().zip(parts) {
            *own = u32::from_le_bytes(*part);
        }
        Self::new(authority, &sub_authorities[..count])
    }

    /// The packet form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 4 * self.count);
        bytes.push(1);
        // There are 15 at most.
        bytes.push(self.count as u8);
        bytes.extend(&self.authority.to_be_bytes()[2..]);
        bytes.extend(self.sub_authorities().iter().flat_map(|part| part.to_le_bytes()));
        bytes
    }

    /// Whether a text would pass for one with somebody who does not look closely. Names of groups are none.
    #[must_use]
    pub fn is_looked_like_by(text: &str) -> bool {
        text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("S-1-"))
    }

    /// The identifier authority, in 48 bits.
    #[must_use]
    pub fn authority(&self) -> u64 {
        self.authority
    }

    /// The sub-authorities, 1 to 15.
    #[must_use]
    pub fn sub_authorities(&self) -> &[u32] {
        &self.sub_authorities[..self.count]
    }

    /// The user or group of this relative identifier. `None` if there is no room for one.
    #[must_use]
    pub fn child(&self, relative: u32) -> Option<Self> {
        let mut child = *self;
        *child.sub_authorities.get_mut(self.count)? = relative;
        child.count += 1;
        Some(child)
    }

    /// Whether this is a domain: `S-1-5-21-a-b-c`.
    #[must_use]
    pub fn is_domain(&self) -> bool {
        self.authority == 5 && matches!(self.sub_authorities(), [21, _, _, _])
    }

    /// The domain of a user or a group. `None` for those that every host has, and for what is no account.
    #[must_use]
    pub fn domain(&self) -> Option<Self> {
        let (_, domain) = self.sub_authorities().split_last()?;
        Self::new(self.authority, domain).filter(Self::is_domain)
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match u32::try_from(self.authority) {
            Ok(authority) => write!(f, "S-1-{authority}")?,
            Err(_) => write!(f, "S-1-{:#014X}", self.authority)?,
        }
        self.sub_authorities().iter().try_for_each(|part| write!(f, "-{part}"))
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sid(text: &str) -> Sid {
        Sid::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn the_text_form_is_read_and_written() {
        for text in [
            "S-1-1-0",
            "S-1-5-32-544",
            "S-1-5-21-4294967295-0-1-513",
            "S-1-4294967295-1",
            "S-1-0x000100000000-1",
            "S-1-0xABCDEF012345-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15",
        ] {
            assert_eq!(sid(text).to_string(), text);
        }
    }

    #[test]
    fn what_could_be_written_otherwise_or_is_too_much_is_refused() {
        for text in [
            "",
            "S-1",
            "S-1-",
            "S-1-5",
            "S-1-5-",
            "S-1-5--1",
            "S-1-5-01",
            "S-1-05-1",
            "S-1-5-+1",
            "S-1-5-1 ",
            " S-1-5-1",
            "s-1-5-1",
            "S-2-5-1",
            "S-1-5-4294967296",
            "S-1-4294967296-1",
            "S-1-0x5-1",
            "S-1-0x000000000005-1",
            "S-1-0x0001000000ab-1",
            "S-1-0x1000000000000-1",
            "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
            "S-1-5-0x15",
            "S-1-5-٣",
        ] {
            assert_eq!(Sid::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_domain_is_what_is_in_front_of_the_relative_identifier() {
        let domain = sid("S-1-5-21-1-2-3");
        assert!(domain.is_domain());
        assert_eq!(sid("S-1-5-21-1-2-3-512").domain(), Some(domain));
        assert_eq!(domain.child(512), Some(sid("S-1-5-21-1-2-3-512")));
        for none in ["S-1-5-21-1-2-3", "S-1-5-32-544", "S-1-18-1", "S-1-5-21-1-2-3-4-5", "S-1-1-21-1-2-3-4"] {
            assert_eq!(sid(none).domain(), None, "{none}");
        }
        assert_eq!(sid("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15").child(16), None);
    }

    #[test]
    fn known_identifiers_have_their_packet_form() {
        let administrators = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
        assert_eq!(Sid::from_bytes(&administrators), Some(sid("S-1-5-32-544")));
        assert_eq!(sid("S-1-5-32-544").to_bytes(), administrators);
        assert_eq!(sid("S-1-1-0").to_bytes(), [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(sid("S-1-0x0123456789AB-1").to_bytes()[2..8], [1, 0x23, 0x45, 0x67, 0x89, 0xab]);
    }

    #[test]
    fn bytes_of_another_length_or_revision_are_none() {
        for bytes in [
            &[][..],
            &[1],
            &[1, 0, 0, 0, 0, 0, 0],
            &[1, 0, 0, 0, 0, 0, 0, 5],
            &[2, 1, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0],
            &[1, 1, 0, 0, 0, 0, 0, 5, 1, 0, 0],
            &[1, 1, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0],
            &[1, 1, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 2, 0, 0, 0],
        ] {
            assert_eq!(Sid::from_bytes(bytes), None, "{bytes:?}");
        }
        assert_eq!(Sid::from_bytes(&[[1, 16, 0, 0, 0, 0, 0, 5].as_slice(), &[0; 64]].concat()), None);
    }

    #[test]
    fn some_texts_only_look_like_one() {
        for text in ["S-1-5-32-544", "s-1-5", "S-1-"] {
            assert!(Sid::is_looked_like_by(text), "{text}");
        }
        for text in ["", "S-1", "S-2-5", "\u{df}-1-5", "staff"] {
            assert!(!Sid::is_looked_like_by(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(authority in 0_u64..1 << 48, parts in prop::collection::vec(any::<u32>(), 1..=15)) {
            let sid = Sid::new(authority, &parts).unwrap();
            prop_assert_eq!(Sid::parse(&sid.to_string()), Some(sid));
            prop_assert_eq!(Sid::from_bytes(&sid.to_bytes()), Some(sid));
        }

        #[test]
        fn any_bytes_are_the_one_form_of_one_or_none(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(sid) = Sid::from_bytes(&bytes) {
                prop_assert_eq!(sid.to_bytes(), bytes);
            }
        }

        #[test]
        fn no_text_panics_and_what_is_read_is_written_the_same(text in "S-1-[-0-9xA-F]{0,24}") {
            if let Some(sid) = Sid::parse(&text) {
                prop_assert_eq!(sid.to_string(), text);
            }
        }
    }
}
