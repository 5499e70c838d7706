//! What a keytab holds: everything but the keys.

use std::fmt;

use crate::principal_name::PrincipalName;

/// The first two bytes of the only form that is still written.
const VERSION: [u8; 2] = [5, 2];

/// One key of a keytab, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) principal: PrincipalName,
    pub(crate) kvno: u32,
    pub(crate) enctype: i32,
}

/// Why a file is no keytab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoKeytab(&'static str);

/// Reads the entries of a keytab, in the form that MIT krb5 documents as "The Keytab Binary File
/// Format", version 2. An entry whose name is not UTF-8 is left out.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Entry>, NoKeytab> {
    let mut rest = match bytes {
        [] => return Err(NoKeytab("it is empty")),
        _ => bytes.strip_prefix(&VERSION).ok_or(NoKeytab("it is no keytab"))?,
    };
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let mut reader = Reader(rest);
        let size = reader.number::<4>().map(|size| size as u32 as i32);
        let (record, after) = match size {
            // As libkrb5 reads it: the file ends here.
            Some(0) => break,
            Some(size) => reader
                .0
                .split_at_checked(size.unsigned_abs() as usize)
                .ok_or(NoKeytab("it ends in the middle of a key"))?,
            None => return Err(NoKeytab("it ends in the middle of a key")),
        };
        // Less than nothing is room that a removed key has left.
        if size > Some(0) {
            entries.extend(entry(record).ok_or(NoKeytab("a key in it is cut short"))?);
        }
        rest = after;
    }
    Ok(entries)
}

/// `None` if the record is cut short; nothing in it if its name cannot be shown.
fn entry(record: &[u8]) -> Option<Option<Entry>> {
    let mut reader = Reader(record);
    let components = reader.number::<2>()?;
    let realm = reader.text()?;
    let mut name = Vec::new();
    for index in 0..components {
        if index > 0 {
            name.push(b'/');
        }
        escape_into(&mut name, reader.text()?);
    }
    name.push(b'@');
    escape_into(&mut name, realm);
    // The name's type and the time.
    reader.take(8)?;
    let short = reader.number::<1>()?;
    let enctype = reader.number::<2>()? as u16 as i16;
    reader.text()?;
    // Newer writers add all of the version, which may be zero for "see above".
    let kvno = reader.number::<4>().filter(|kvno| *kvno != 0).unwrap_or(short);
    let principal = String::from_utf8(name).ok().and_then(PrincipalName::parse);
    Some(principal.map(|principal| Entry { principal, kvno: kvno as u32, enctype: i32::from(enctype) }))
}

/// As `krb5_unparse_name` does.
fn escape_into(name: &mut Vec<u8>, part: &[u8]) {
    for byte in part {
        let escape = match byte {
            b'/' | b'@' | b'\\' => Some(*byte),
            b'\n' => Some(b'n'),
            b'\t' => Some(b't'),
            0x08 => Some(b'b'),
            0 => Some(b'0'),
            _ => None,
        };
        match escape {
            Some(letter) => name.extend([b'\\', letter]),
            None => name.push(*byte),
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Of at most eight bytes, the most significant first.
    fn number<const LENGTH: usize>(&mut self) -> Option<u64> {
        Some(self.take(LENGTH)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.number::<2>()?;
        self.take(usize::try_from(length).ok()?)
    }
}

/// The name of an encryption type, as administrators know it.
pub(crate) fn enctype_name(enctype: i32) -> String {
    match enctype {
        16 => "des3-cbc-sha1".to_owned(),
        17 => "aes128-cts-hmac-sha1-96".to_owned(),
        18 => "aes256-cts-hmac-sha1-96".to_owned(),
        19 => "aes128-cts-hmac-sha256-128".to_owned(),
        20 => "aes256-cts-hmac-sha384-192".to_owned(),
        23 => "arcfour-hmac".to_owned(),
        25 => "camellia128-cts-cmac".to_owned(),
        26 => "camellia256-cts-cmac".to_owned(),
        other => format!("encryption type {other}"),
    }
}

impl fmt::Display for NoKeytab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A keytab with a key of each of these: principal, version, encryption type.
    pub(crate) fn written(entries: &[(&str, u32, u16)]) -> Vec<u8> {
        let mut bytes = VERSION.to_vec();
        for (principal, kvno, enctype) in entries {
            let (name, realm) = principal.split_once('@').unwrap();
            let mut record = Vec::new();
            record.extend((name.split('/').count() as u16).to_be_bytes());
            for part in [realm].into_iter().chain(name.split('/')) {
                record.extend((part.len() as u16).to_be_bytes());
                record.extend(part.as_bytes());
            }
            record.extend([0, 0, 0, 1, 0, 0, 0, 0, *kvno as u8]);
            record.extend(enctype.to_be_bytes());
            record.extend([0, 2, 0xca, 0xfe]);
            record.extend(kvno.to_be_bytes());
            bytes.extend((record.len() as u32).to_be_bytes());
            bytes.extend(record);
        }
        bytes
    }

    #[test]
    fn every_key_is_listed_with_all_of_its_version() {
        let bytes = written(&[("HTTP/a@R", 3, 18), ("host/a@R", 300, 17)]);
        let entries = parse(&bytes).unwrap();
        let listed: Vec<_> = entries.iter().map(|e| (e.principal.text(), e.kvno, e.enctype)).collect();
        assert_eq!(listed, [("HTTP/a@R", 3, 18), ("host/a@R", 300, 17)]);
    }

    #[test]
    fn the_room_of_removed_keys_is_skipped() {
        let mut bytes = written(&[("HTTP/a@R", 3, 18)]);
        bytes.extend((-5_i32).to_be_bytes());
        bytes.extend([9; 5]);
        bytes.extend(&written(&[("HTTP/b@R", 1, 18)])[2..]);
        assert_eq!(parse(&bytes).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_keytab_says_why() {
        let whole = written(&[("HTTP/a@R", 3, 18)]);
        for (bytes, problem) in [
            (&[][..], "empty"),
            (b"-----BEGIN", "no keytab"),
            (&[5, 1][..], "no keytab"),
            (&whole[..whole.len() - 1], "middle"),
            (&whole[..4], "middle"),
            (&[5, 2, 0, 0, 0, 1, 0], "cut short"),
        ] {
            let error = parse(bytes).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
        assert_eq!(parse(&VERSION).unwrap(), []);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut bytes in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let _ = parse(&bytes);
            bytes.splice(..0, VERSION);
            let _ = parse(&bytes);
            let mut keytab = written(&[("HTTP/a@R", 3, 18), ("HTTP/b@R", 1, 18)]);
            let at = at.index(keytab.len());
            keytab[at] = byte;
            let _ = parse(&keytab);
        }
    }
}
