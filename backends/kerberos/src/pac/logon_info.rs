//! The logon information of a PAC.

use std::collections::BTreeSet;
use std::fmt;
use std::slice::ChunksExact;

use portcullis_core::Sid;

use super::ndr::{CUT_SHORT, Reader, StringField, u32_of};

/// What a KDC of Active Directory says of a user in the PAC of a ticket: `KERB_VALIDATION_INFO`
/// ([MS-PAC], section 2.5), in the serialization of [MS-RPCE], section 2.2.6.
///
/// ```
/// use portcullis_kerberos::LogonInfo;
///
/// let problem = LogonInfo::decode(b"\x01\x10\x08\x00").unwrap_err();
/// assert_eq!(problem.to_string(), "it is cut short");
/// ```
///
/// [MS-PAC]: https://learn.microsoft.com/openspecs/windows_protocols/ms-pac/69e86ccc-85e3-41b9-b514-7d969cd0ed73
/// [MS-RPCE]: https://learn.microsoft.com/openspecs/windows_protocols/ms-rpce/9a1d0f97-eac0-49ab-a197-f1a581c2d6a0
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogonInfo {
    account: String,
    user: Sid,
    groups: BTreeSet<Sid>,
}

/// Why something is no logon information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedLogonInfo(pub(super) &'static str);

/// `LOGON_EXTRA_SIDS` of `UserFlags`.
const EXTRA_SIDS: u32 = 0x20;
/// `LOGON_RESOURCE_GROUPS` of `UserFlags`.
const RESOURCE_GROUPS: u32 = 0x200;

/// `SE_GROUP_ENABLED`
const ENABLED: u32 = 0x4;
/// `SE_GROUP_USE_FOR_DENY_ONLY`
const DENY_ONLY: u32 = 0x10;

/// The headers (MS-RPCE, sections 2.2.6.1 and 2.2.6.2).
const HEADERS: usize = 16;

impl LogonInfo {
    /// How many bytes there may be. A ticket that had more would not fit into a request.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// How many groups there may be. A logon to Windows ends at 1,024.
    pub const MAX_GROUPS: usize = 4096;

    /// How many characters the account's name may have: as many as `sAMAccountName` can.
    pub const MAX_ACCOUNT_CHARS: usize = 256;

    /// Reads what `gss_get_name_attribute` gives for `urn:mspac:logon-info`. Nothing is allocated for numbers that the
    /// bytes do not bear out.
    ///
    /// # Errors
    ///
    /// If it is anything but one structure, little-endian, in which all lengths agree and after which nothing follows; if it
    /// is beyond the bounds above; if groups are there that `UserFlags` says are not; or if the account's name is empty, or has one of
    /// the characters `/`, `@` and `\` that mean something in the names of principals, or a control character.
    pub fn decode(bytes: &[u8]) -> Result<Self, MalformedLogonInfo> {
        check_headers(bytes)?;
        let mut reader = Reader::new(bytes, HEADERS);
        let fields = Fields::read(&mut reader)?;
        let (account, user, groups) = fields.referents(&mut reader)?;
        if !reader.is_at_end() {
            return Err(MalformedLogonInfo("there is more than it says"));
        }
        Ok(Self { account, user, groups })
    }

    /// The account's name (`EffectiveName`), as the directory spells it, whatever the user typed: not empty, with no control
    /// character, and with no `/`, `@` or `\`.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The account: `UserId` in `LogonDomainId`; or if that is zero, the first of `ExtraSids`.
    #[must_use]
    pub fn user(&self) -> &Sid {
        &self.user
    }

    /// The groups, each once: `GroupIds` in `LogonDomainId`, `ExtraSids`, and `ResourceGroupIds` in
    /// `ResourceGroupDomainSid`. Only those that are enabled (`SE_GROUP_ENABLED`), and not for denying only
    /// (`SE_GROUP_USE_FOR_DENY_ONLY`).
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Sid> {
        self.groups.iter()
    }
}

/// The common header and the private one, and that they are for as much as there is.
fn check_headers(bytes: &[u8]) -> Result<(), MalformedLogonInfo> {
    /// Version 1, little-endian, a header of 8 bytes.
    const START: &[u8] = &[1, 0x10, 8, 0];
    if bytes.len() > LogonInfo::MAX_BYTES {
        return Err(MalformedLogonInfo("it is too long"));
    }
    let (headers, body) = bytes.split_at_checked(HEADERS).ok_or(CUT_SHORT)?;
    if !headers.starts_with(START) {
        return Err(MalformedLogonInfo("it is not NDR of the one known version, little-endian"));
    }
    if usize::try_from(u32_of(&headers[8..])) != Ok(body.len()) || !body.len().is_multiple_of(8) {
        return Err(MalformedLogonInfo("it has another length than it says"));
    }
    Ok(())
}

/// The structure itself, without what its pointers point at.
struct Fields {
    effective_name: StringField,
    /// `FullName`, `LogonScript`, `ProfilePath`, `HomeDirectory`, `HomeDirectoryDrive`.
    of_the_user: [StringField; 5],
    user_id: u32,
    group_ids: ArrayField,
    /// `LogonServer`, `LogonDomainName`.
    of_the_logon: [StringField; 2],
    extra_sids: ArrayField,
    has_resource_domain: bool,
    resource_group_ids: ArrayField,
}

/// What of an array is among the fields.
#[derive(Clone, Copy)]
struct ArrayField {
    count: u32,
    is_there: bool,
}

impl Fields {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedLogonInfo> {
        if !reader.pointer()? {
            return Err(MalformedLogonInfo("there is nothing in it"));
        }
        // LogonTime, LogoffTime, KickOffTime, PasswordLastSet, PasswordCanChange, PasswordMustChange.
        reader.take(6 * 8)?;
        let effective_name = reader.string()?;
        let of_the_user = [reader.string()?, reader.string()?, reader.string()?, reader.string()?, reader.string()?];
        // LogonCount, BadPasswordCount.
        reader.take(2 + 2)?;
        let user_id = reader.u32()?;
        // PrimaryGroupId. It is among the GroupIds, with its attributes.
        reader.take(4)?;
        let group_ids = ArrayField::read(reader)?;
        let user_flags = reader.u32()?;
        // UserSessionKey.
        reader.take(16)?;
        let of_the_logon = [reader.string()?, reader.string()?];
        if !reader.pointer()? {
            return Err(MalformedLogonInfo("LogonDomainId is not there"));
        }
        // Reserved1, UserAccountControl, SubAuthStatus, LastSuccessfulILogon, LastFailedILogon, FailedILogonCount,
        // Reserved3.
        reader.take(8 + 4 + 4 + 8 + 8 + 4 + 4)?;
        let extra_sids = ArrayField::read(reader)?;
        let has_resource_domain = reader.pointer()?;
        let resource_group_ids = ArrayField::read(reader)?;

        let counts = [group_ids, extra_sids, resource_group_ids].map(|array| u64::from(array.count));
        if counts.iter().sum::<u64>() > LogonInfo::MAX_GROUPS as u64 {
            return Err(MalformedLogonInfo("there are too many groups"));
        }
        for (array, flag) in [(extra_sids, EXTRA_SIDS), (resource_group_ids, RESOURCE_GROUPS)] {
            if array.count > 0 && user_flags & flag == 0 {
                return Err(MalformedLogonInfo("there are groups that UserFlags does not know of"));
            }
        }
        if resource_group_ids.is_there && !has_resource_domain {
            return Err(MalformedLogonInfo("ResourceGroupDomainSid is not there"));
        }
        Ok(Self {
            effective_name,
            of_the_user,
            user_id,
            group_ids,
            of_the_logon,
            extra_sids,
            has_resource_domain,
            resource_group_ids,
        })
    }

    /// What the pointers point at follows in their order: the account's name, the user, the groups.
    fn referents(&self, reader: &mut Reader<'_>) -> Result<(String, Sid, BTreeSet<Sid>), MalformedLogonInfo> {
        let account = account_name(reader.characters(&self.effective_name)?)?;
        self.of_the_user.iter().try_for_each(|string| reader.characters(string).map(drop))?;
        let group_ids = self.group_ids.elements(reader)?;
        self.of_the_logon.iter().try_for_each(|string| reader.characters(string).map(drop))?;
        let domain = reader.sid()?;
        let mut groups = relative(group_ids, &domain).collect::<Result<BTreeSet<_>, _>>()?;

        let mut first_extra = None;
        for element in self.extra_sids.elements(reader)? {
            if u32_of(element) == 0 {
                return Err(MalformedLogonInfo("one of ExtraSids is not there"));
            }
            let sid = reader.sid()?;
            first_extra.get_or_insert(sid);
            if counts(element) {
                groups.insert(sid);
            }
        }
        if self.has_resource_domain {
            let domain = reader.sid()?;
            for group in relative(self.resource_group_ids.elements(reader)?, &domain) {
                groups.insert(group?);
            }
        }
        if self.user_id != 0 {
            return Ok((account, child(&domain, self.user_id)?, groups));
        }
        // An account that is not of LogonDomainId.
        let user = first_extra.ok_or(MalformedLogonInfo("there is no user"))?;
        groups.remove(&user);
        Ok((account, user, groups))
    }
}

impl ArrayField {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedLogonInfo> {
        let (count, is_there) = (reader.u32()?, reader.pointer()?);
        if count > 0 && !is_there {
            return Err(MalformedLogonInfo("an array is not there"));
        }
        Ok(Self { count, is_there })
    }

    /// `GROUP_MEMBERSHIP` or `KERB_SID_AND_ATTRIBUTES`: a relative identifier or a pointer, then attributes.
    fn elements<'a>(self, reader: &mut Reader<'a>) -> Result<ChunksExact<'a, u8>, MalformedLogonInfo> {
        const SIZE: usize = 4 + 4;
        if self.is_there { reader.array(self.count, SIZE) } else { Ok([].chunks_exact(SIZE)) }
    }
}

/// The groups of a domain that count.
fn relative<'a>(
    elements: ChunksExact<'a, u8>,
    domain: &'a Sid,
) -> impl Iterator<Item = Result<Sid, MalformedLogonInfo>> + use<'a> {
    elements.filter(|element| counts(element)).map(|element| child(domain, u32_of(element)))
}

fn counts(element: &[u8]) -> bool {
    u32_of(&element[4..]) & (ENABLED | DENY_ONLY) == ENABLED
}

fn child(domain: &Sid, relative: u32) -> Result<Sid, MalformedLogonInfo> {
    domain.child(relative).ok_or(MalformedLogonInfo("a security identifier is too long"))
}

fn account_name(characters: &[u8]) -> Result<String, MalformedLogonInfo> {
    let units = characters.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let name: Result<String, _> = char::decode_utf16(units).collect();
    let name = name.map_err(|_| MalformedLogonInfo("the account's name is not UTF-16"))?;
    if name.is_empty() || name.chars().count() > LogonInfo::MAX_ACCOUNT_CHARS {
        return Err(MalformedLogonInfo("the account has no name, or one that is too long"));
    }
    if name.contains(|c: char| c.is_control() || matches!(c, '/' | '@' | '\\')) {
        return Err(MalformedLogonInfo("the account's name has a character that no account's may have"));
    }
    Ok(name)
}

impl fmt::Display for MalformedLogonInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for MalformedLogonInfo {}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod written;
