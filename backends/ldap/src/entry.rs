//! Entries that a search found.

use ldap3::asn1::{PL, StructureTag, TagClass};

use crate::dn;

/// `SearchResultEntry`, among the application's tags.
const ENTRY: u64 = 4;
const OCTET_STRING: u64 = 4;

/// An entry, as the server sent it: values are bytes, whatever they look like.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
    size: usize,
}

impl Entry {
    /// Reads `SearchResultEntry` ([RFC 4511, section 4.5.2](https://www.rfc-editor.org/rfc/rfc4511#section-4.5.2)).
    /// None if it is anything else.
    pub(crate) fn read(tag: StructureTag) -> Option<Self> {
        if (tag.class, tag.id) != (TagClass::Application, ENTRY) {
            return None;
        }
        let [name, attributes] = constructed(tag)?.try_into().ok()?;
        let dn = String::from_utf8(octets(name)?).ok().filter(|dn| dn.len() <= dn::MAX)?;
        let attributes: Vec<_> = constructed(attributes)?.into_iter().map(attribute).collect::<Option<_>>()?;
        let sizes = attributes.iter().flat_map(|(name, values)| values.iter().map(Vec::len).chain([name.len()]));
        let size = dn.len() + sizes.sum::<usize>();
        Some(Self { dn, attributes, size })
    }

    #[cfg(test)]
    pub(crate) fn of(dn: &str, attributes: &[(&str, &[&[u8]])]) -> Self {
        let attributes = attributes
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().map(|value| value.to_vec()).collect()));
        Self { dn: dn.to_owned(), attributes: attributes.collect(), size: 0 }
    }

    pub(crate) fn dn(&self) -> &str {
        &self.dn
    }

    /// Bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The values of an attribute; none if it is not there.
    pub(crate) fn values(&self, attribute: &str) -> &[Vec<u8>] {
        let named = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        named.map(|(_, values)| values.as_slice()).unwrap_or_default()
    }

    /// Whether the server gave only some of the values of an attribute ([range
    /// retrieval](https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/fbd21bb0-4fd1-45e3-b2e4-d8cb8b6e1e5f)).
    pub(crate) fn has_part_of(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|(name, _)| {
            let (base, options) = name.split_once(';').unwrap_or((name, ""));
            base.eq_ignore_ascii_case(attribute)
                && options.get(..6).is_some_and(|option| option.eq_ignore_ascii_case("range="))
        })
    }
}

fn attribute(tag: StructureTag) -> Option<(String, Vec<Vec<u8>>)> {
    let [name, values] = constructed(tag)?.try_into().ok()?;
    let values = constructed(values)?.into_iter().map(octets).collect::<Option<_>>()?;
    Some((String::from_utf8(octets(name)?).ok()?, values))
}

fn constructed(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    }
}

fn octets(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) if (tag.class, tag.id) == (TagClass::Universal, OCTET_STRING) => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3::asn1::parse_tag;

    fn read(bytes: &[u8]) -> Option<Entry> {
        Entry::read(parse_tag(bytes).unwrap().1)
    }

    #[test]
    fn values_are_bytes_and_attributes_ignore_case() {
        let entry = read(b"\x64\x17\x04\x03a=b\x30\x10\x30\x0e\x04\x03sId\x31\x07\x04\x01A\x04\x02\xff\0").unwrap();
        assert_eq!((entry.dn(), entry.size()), ("a=b", 9));
        assert_eq!(entry.values("SID"), [b"A".to_vec(), b"\xff\0".to_vec()]);
        assert!(entry.values("sid;lang-de").is_empty());
    }

    #[test]
    fn a_malformed_entry_is_none() {
        for bytes in [
            &b"\x65\x07\x04\x03a=b\x30\x00"[..],
            b"\x64\x00",
            b"\x64\x05\x04\x03a=b",
            b"\x64\x07\x02\x03a=b\x30\x00",
            b"\x64\x07\x04\x03a=\xff\x30\x00",
            b"\x64\x09\x04\x03a=b\x30\x02\x04\x00",
            b"\x64\x0d\x04\x03a=b\x30\x06\x30\x04\x04\x00\x04\x00",
            b"\x64\x0b\x04\x03a=b\x30\x04\x30\x02\x04\x00",
            b"\x64\x09\x04\x03a=b\x30\x00\x30\x00",
        ] {
            assert!(read(bytes).is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn a_part_of_the_values_is_told_from_all() {
        let entry = Entry::of("cn=a", &[("memberOf;Range=0-1499", &[b"x"]), ("member", &[b"y"])]);
        assert!(entry.has_part_of("memberof"));
        assert!(!entry.has_part_of("member"));
        assert!(entry.values("memberOf").is_empty());
    }
}
