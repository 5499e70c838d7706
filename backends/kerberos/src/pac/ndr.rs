//! What NDR writes, little-endian ([C706], chapter 14, and [MS-RPCE], section 2.2.5.1), as far as logon information needs it.
//!
//! [C706]: https://pubs.opengroup.org/onlinepubs/9629399/chap14.htm
//! [MS-RPCE]: https://learn.microsoft.com/openspecs/windows_protocols/ms-rpce/290c38b1-92fe-4229-91e6-4fc376610c15

use std::slice::ChunksExact;

use portcullis_core::Sid;

use super::logon_info::MalformedLogonInfo;

pub(super) const CUT_SHORT: MalformedLogonInfo = MalformedLogonInfo("it is cut short");
const BROKEN_SID: MalformedLogonInfo = MalformedLogonInfo("a security identifier is broken");

/// What is left to read. Every step fails rather than read past the end, and allocates nothing.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The part of a string that is among the fields: its length in bytes, the room it had, and whether its characters follow
/// (`RPC_UNICODE_STRING`).
pub(super) struct StringField {
    length: u16,
    maximum: u16,
    is_there: bool,
}

impl<'a> Reader<'a> {
    /// Reads on from `at`; what has to be aligned is so from the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], MalformedLogonInfo> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).ok_or(CUT_SHORT)?;
        self.at += count;
        Ok(taken)
    }

    /// Whether nothing is left but what it takes to a multiple of eight bytes.
    pub(super) fn is_at_end(&self) -> bool {
        self.at.next_multiple_of(8) == self.bytes.len()
    }

    pub(super) fn u16(&mut self) -> Result<u16, MalformedLogonInfo> {
        let bytes = self.take(2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    pub(super) fn u32(&mut self) -> Result<u32, MalformedLogonInfo> {
        self.take(self.at.next_multiple_of(4) - self.at)?;
        self.take(4).map(u32_of)
    }

    /// Whether a pointer points at something.
    pub(super) fn pointer(&mut self) -> Result<bool, MalformedLogonInfo> {
        Ok(self.u32()? != 0)
    }

    pub(super) fn string(&mut self) -> Result<StringField, MalformedLogonInfo> {
        Ok(StringField { length: self.u16()?, maximum: self.u16()?, is_there: self.pointer()? })
    }

    /// The characters of a string, two bytes each: an array with the room there was, where it starts, and how much is used.
    pub(super) fn characters(&mut self, field: &StringField) -> Result<&'a [u8], MalformedLogonInfo> {
        let StringField { length, maximum, is_there } = *field;
        if !is_there {
            return if length == 0 { Ok(&[]) } else { Err(MalformedLogonInfo("a string is not there")) };
        }
        let (room, offset, used) = (self.u32()?, self.u32()?, self.u32()?);
        let are_declared = u64::from(room) * 2 == u64::from(maximum) && u64::from(used) * 2 == u64::from(length);
        if !are_declared || length > maximum || offset != 0 {
            return Err(MalformedLogonInfo("a string's lengths differ"));
        }
        self.take(length.into())
    }

    /// The elements of an array of structures of `size` bytes, of which there should be `count`.
    pub(super) fn array(&mut self, count: u32, size: usize) -> Result<ChunksExact<'a, u8>, MalformedLogonInfo> {
        if self.u32()? != count {
            return Err(MalformedLogonInfo("an array's lengths differ"));
        }
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
        Ok(self.take(length.ok_or(CUT_SHORT)?)?.chunks_exact(size))
    }

    /// An `RPC_SID`: how many sub-authorities there are, then the identifier in its packet form.
    pub(super) fn sid(&mut self) -> Result<Sid, MalformedLogonInfo> {
        let count = self.u32()?;
        let head = self.take(8)?;
        if head[0] != 1 || u32::from(head[1]) != count {
            return Err(BROKEN_SID);
        }
        // Big-endian, unlike everything else.
        let authority = head[2..].iter().fold(0, |authority, byte| authority << 8 | u64::from(*byte));
        let mut parts = [0; 15];
        let parts = parts.get_mut(..head[1].into()).ok_or(BROKEN_SID)?;
        for part in parts.iter_mut() {
            *part = self.take(4).map(u32_of)?;
        }
        Sid::new(authority, parts).ok_or(BROKEN_SID)
    }
}

/// The first four bytes, of which there are as many.
pub(super) fn u32_of(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
