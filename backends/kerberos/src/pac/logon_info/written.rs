//! Logon information as a KDC writes it, for tests.

use portcullis_core::Sid;

/// `SE_GROUP_MANDATORY`, `SE_GROUP_ENABLED_BY_DEFAULT`, `SE_GROUP_ENABLED`: what groups usually have.
pub(crate) const USUAL: u32 = 7;

/// What is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) effective_name: Vec<u16>,
    /// For all the other strings.
    pub(crate) text: String,
    /// How many characters there is room for in each string, beside its own.
    pub(crate) room: u16,
    pub(crate) user_id: u32,
    pub(crate) user_flags: u32,
    pub(crate) domain: Sid,
    pub(crate) group_ids: Vec<(u32, u32)>,
    pub(crate) extra_sids: Vec<(Sid, u32)>,
    pub(crate) resource_groups: Option<(Sid, Vec<(u32, u32)>)>,
}

impl Written {
    /// A user of this name with the identifier 1000 in this domain, without any groups.
    pub(crate) fn new(name: &str, domain: &str) -> Self {
        Self {
            effective_name: name.encode_utf16().collect(),
            text: String::new(),
            room: 0,
            user_id: 1000,
            user_flags: 0x220,
            domain: Sid::parse(domain).unwrap(),
            group_ids: Vec::new(),
            extra_sids: Vec::new(),
            resource_groups: None,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Out(vec![1, 0x10, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc, 0, 0, 0, 0, 0, 0, 0, 0]);
        let text: Vec<u16> = self.text.encode_utf16().collect();
        out.u32(1);
        out.zeros(6 * 8);
        out.string(&self.effective_name, self.room);
        (0..5).for_each(|_| out.string(&text, self.room));
        out.u32(0);
        out.u32(self.user_id);
        out.u32(513);
        out.count(self.group_ids.len());
        out.u32(self.user_flags);
        out.zeros(16);
        (0..2).for_each(|_| out.string(&text, self.room));
        out.u32(1);
        out.zeros(40);
        out.count(self.extra_sids.len());
        out.u32(self.resource_groups.is_some().into());
        out.count(self.resource_groups.as_ref().map_or(0, |(_, groups)| groups.len()));
        assert_eq!(out.0.len(), 16 + 4 + 216);

        out.characters(&self.effective_name, self.room);
        (0..5).for_each(|_| out.characters(&text, self.room));
        out.pairs(&self.group_ids);
        (0..2).for_each(|_| out.characters(&text, self.room));
        out.sid(&self.domain);
        // Pointers first, then all that they point at.
        out.pairs(&self.extra_sids.iter().map(|(_, attributes)| (1, *attributes)).collect::<Vec<_>>());
        self.extra_sids.iter().for_each(|(sid, _)| out.sid(sid));
        if let Some((domain, groups)) = &self.resource_groups {
            out.sid(domain);
            out.pairs(groups);
        }
        out.align(8);
        let Out(mut bytes) = out;
        mend_length(&mut bytes);
        bytes
    }
}

/// Has the header say how much there is.
pub(crate) fn mend_length(bytes: &mut [u8]) {
    let length = u32::try_from(bytes.len() - 16).unwrap();
    bytes[8..12].copy_from_slice(&length.to_le_bytes());
}

struct Out(Vec<u8>);

impl Out {
    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    fn zeros(&mut self, count: usize) {
        self.0.resize(self.0.len() + count, 0);
    }

    fn u16(&mut self, number: u16) {
        self.0.extend(number.to_le_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.align(4);
        self.0.extend(number.to_le_bytes());
    }

    /// Null if there are none.
    fn count(&mut self, length: usize) {
        self.u32(length as u32);
        self.u32(u32::from(length > 0));
    }

    fn string(&mut self, units: &[u16], room: u16) {
        self.u16(units.len() as u16 * 2);
        self.u16((units.len() as u16 + room) * 2);
        self.u32(1);
    }

    fn characters(&mut self, units: &[u16], room: u16) {
        self.u32(units.len() as u32 + u32::from(room));
        self.u32(0);
        self.u32(units.len() as u32);
        units.iter().for_each(|unit| self.u16(*unit));
    }

    fn pairs(&mut self, pairs: &[(u32, u32)]) {
        if pairs.is_empty() {
            return;
        }
        self.u32(pairs.len() as u32);
        for (first, second) in pairs {
            self.u32(*first);
            self.u32(*second);
        }
    }

    fn sid(&mut self, sid: &Sid) {
        let parts = sid.sub_authorities();
        self.u32(parts.len() as u32);
        self.0.extend([1, parts.len() as u8]);
        self.0.extend(&sid.authority().to_be_bytes()[2..]);
        parts.iter().for_each(|part| self.u32(*part));
    }
}
