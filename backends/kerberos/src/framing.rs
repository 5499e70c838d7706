//! What a token is, as far as can be told without a key.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

use crate::replay_cache::Tag;
use crate::tlv::Tlv;

/// `1.3.6.1.5.5.2` (RFC 4178).
pub(crate) const SPNEGO: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];
/// `1.2.840.113554.1.2.2` (RFC 4121).
pub(crate) const KRB5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
/// `1.2.840.48018.1.2.2`: the same with a bit lost, as Windows has it ([MS-SPNG], section 1.9).
pub(crate) const KRB5_OF_WINDOWS: &[u8] = &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02];
/// `1.3.6.1.4.1.311.2.2.10` ([MS-NLMP]).
const NTLM: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];

/// Clients offer two or three.
const MOST_MECHANISMS: usize = 32;

/// Characters of a realm, and of a name.
const MOST_SHOWN: usize = 128;

/// The two bytes in front of an AP-REQ (RFC 4121, section 4.1).
const AP_REQ: [u8; 2] = [0x01, 0x00];

/// What a Negotiate token is, by its framing ([RFC 2743, section
/// 3.1](https://www.rfc-editor.org/rfc/rfc2743#section-3.1); [RFC 4178, section
/// 4.2](https://www.rfc-editor.org/rfc/rfc4178#section-4.2)). Nothing is verified: anybody can frame
/// anything.
///
/// ```
/// use portcullis_kerberos::Framing;
///
/// assert_eq!(Framing::of(b""), Framing::Empty);
/// assert_eq!(Framing::of(b"NTLMSSP\0\x01\0\0\0"), Framing::Ntlm);
/// assert_eq!(Framing::of(b"anything"), Framing::Unknown);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framing {
    /// Nothing: the client asks to be told what there is.
    Empty,
    /// SPNEGO that begins with Kerberos.
    Spnego(Option<TicketHint>),
    /// SPNEGO whose first mechanism is another one, so that its token is for that. What it offers
    /// besides would take a second leg.
    SpnegoOfOther,
    /// SPNEGO that offers NTLM alone.
    SpnegoOfNtlm,
    /// The second leg of an exchange, of which nothing is known here.
    SpnegoContinued,
    /// A Kerberos token without SPNEGO around it.
    Krb5(Option<TicketHint>),
    /// NTLM without SPNEGO around it.
    Ntlm,
    /// Something else, or broken.
    Unknown,
}

/// What a ticket says outside of its encrypted part: for which service it is, and which key it was
/// encrypted with ([RFC 4120, section 5.3](https://www.rfc-editor.org/rfc/rfc4120#section-5.3)).
/// Anybody can have written it; it serves for error messages only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TicketHint {
    /// `HTTP/host.example@EXAMPLE.TEST`, with the characters replaced that a log should not hold.
    pub service: String,
    /// The version of the key, where the ticket says it.
    pub kvno: Option<u32>,
    /// The encryption type's number.
    pub enctype: i32,
    /// Of the encrypted authenticator, which is new for each token.
    pub(crate) tag: Tag,
}

impl Framing {
    /// Tells what `token` is. All parts on the way to the ticket must fill exactly what they lie in, so that nobody can
    /// show one ticket here and another one to libkrb5.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        if token.is_empty() {
            return Self::Empty;
        }
        if token.starts_with(b"NTLMSSP\0") {
            return Self::Ntlm;
        }
        if token[0] == 0xa1 {
            return Self::SpnegoContinued;
        }
        let Some((mechanism, inner)) = initial(token) else { return Self::Unknown };
        match mechanism {
            SPNEGO => spnego(inner).unwrap_or(Self::Unknown),
            KRB5 | KRB5_OF_WINDOWS => Self::Krb5(hint(inner)),
            _ => Self::Unknown,
        }
    }

    /// What the ticket says, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<&TicketHint> {
        match self {
            Self::Spnego(hint) | Self::Krb5(hint) => hint.as_ref(),
            _ => None,
        }
    }
}

impl fmt::Debug for TicketHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketHint").field("kvno", &self.kvno).field("enctype", &self.enctype).finish_non_exhaustive()
    }
}

/// `InitialContextToken`: the mechanism, and what is for it.
fn initial(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut token = Tlv::new(token).only(0x60)?;
    let mechanism = token.next(0x06)?;
    Some((mechanism, token.rest()))
}

/// `NegTokenInit`.
fn spnego(inner: &[u8]) -> Option<Framing> {
    let mut init = Tlv::new(inner).only(0xa0)?.only(0x30)?;
    let mechanisms = mechanisms(init.enter(0xa0)?.only(0x30)?)?;
    let (first, alone) = (*mechanisms.first()?, mechanisms.len() == 1);
    if first != KRB5 && first != KRB5_OF_WINDOWS {
        return Some(if first == NTLM && alone { Framing::SpnegoOfNtlm } else { Framing::SpnegoOfOther });
    }
    let _flags = init.next(0xa1);
    let token = init.enter(0xa2).and_then(|token| token.last(0x04));
    // A MIC; or hints, and a MIC (MS-SPNG, section 2.2.1).
    let _more = (init.next(0xa3), init.next(0xa4));
    let token = token.filter(|_| init.is_empty());
    let hint = token.and_then(|token| {
        let (mechanism, inner) = initial(token)?;
        (mechanism == KRB5 || mechanism == KRB5_OF_WINDOWS).then(|| hint(inner)).flatten()
    });
    Some(Framing::Spnego(hint))
}

/// `MechTypeList`. libkrb5 1.20 loses count, and reads where it should not, if one of them is empty or has a length
/// that is longer than it need be.
fn mechanisms(mut list: Tlv<'_>) -> Option<Vec<&[u8]>> {
    let mut mechanisms = Vec::new();
    while !list.is_empty() {
        let before = list.rest().len();
        let mechanism = list.next(0x06)?;
        let is_plain = (1..0x80).contains(&mechanism.len()) && before - list.rest().len() == mechanism.len() + 2;
        if !is_plain || mechanisms.len() == MOST_MECHANISMS {
            return None;
        }
        mechanisms.push(mechanism);
    }
    Some(mechanisms)
}

/// What an `AP-REQ` says of its ticket (RFC 4120, sections 5.5.1 and 5.3).
fn hint(inner: &[u8]) -> Option<TicketHint> {
    let mut request = Tlv::new(inner.strip_prefix(&AP_REQ)?).only(0x6e)?.only(0x30)?;
    for field in [0xa0, 0xa1, 0xa2] {
        request.next(field)?;
    }
    let mut ticket = request.enter(0xa3)?.only(0x61)?.only(0x30)?;
    ticket.next(0xa0)?;
    let realm = ticket.enter(0xa1)?.next(0x1b)?;
    let mut name = ticket.enter(0xa2)?.enter(0x30)?;
    name.next(0xa0)?;
    let mut components = name.enter(0xa1)?.enter(0x30)?;
    let mut service = String::new();
    while let Some(component) = components.next(0x1b) {
        if !service.is_empty() {
            service.push('/');
        }
        push_shown(&mut service, component);
        if service.len() > MOST_SHOWN {
            break;
        }
    }
    service.push('@');
    push_shown(&mut service, realm);
    let mut encrypted = ticket.enter(0xa3)?.enter(0x30)?;
    let enctype = i32::try_from(integer(encrypted.enter(0xa0)?)?).ok()?;
    let kvno = encrypted.enter(0xa1).and_then(integer).and_then(|kvno| u32::try_from(kvno).ok());
    let mut authenticator = request.enter(0xa4)?.only(0x30)?;
    authenticator.next(0xa0)?;
    let _kvno = authenticator.next(0xa1);
    let authenticator = authenticator.only(0xa2)?.last(0x04)?;
    if !request.is_empty() {
        return None;
    }
    let digest = digest(&SHA256, authenticator);
    let tag = std::array::from_fn(|index| digest.as_ref()[index]);
    Some(TicketHint { service, kvno, enctype, tag })
}

fn integer(mut tlv: Tlv<'_>) -> Option<i64> {
    let bytes = tlv.next(0x02)?;
    let first = *bytes.first()?;
    let sign = if first & 0x80 == 0 { 0 } else { -1 };
    (bytes.len() <= 5).then(|| bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
}

/// Adds what a stranger wrote to what goes into a log: short, visible, ASCII.
fn push_shown(text: &mut String, bytes: &[u8]) {
    let shown = bytes.iter().take(MOST_SHOWN).map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' });
    text.extend(shown);
    if bytes.len() > MOST_SHOWN {
        text.push_str("...");
    }
}

#[cfg(test)]
pub(crate) mod tests;
