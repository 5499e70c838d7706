//! Any bytes are a token of some kind, told by its first bytes; and what a ticket says of itself is fit for a log.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_kerberos::Framing;

/// `InitialContextToken` (RFC 2743, section 3.1).
const INITIAL: u8 = 0x60;
/// `NegTokenResp` (RFC 4178, section 4.2.2).
const RESPONSE: u8 = 0xa1;

fuzz_target!(|token: &[u8]| {
    let framing = Framing::of(token);
    let first = token.first().copied();
    match &framing {
        Framing::Empty => assert!(token.is_empty()),
        Framing::Ntlm => assert!(token.starts_with(b"NTLMSSP\0")),
        Framing::SpnegoContinued => assert_eq!(first, Some(RESPONSE)),
        Framing::Unknown => assert!(!matches!(first, None | Some(RESPONSE))),
        _ => assert_eq!(first, Some(INITIAL), "{framing:?}"),
    }
    let Some(hint) = framing.hint() else { return };
    assert!(hint.service.bytes().all(|byte| byte.is_ascii_graphic()), "{:?}", hint.service);
    assert!(hint.service.contains('@') && hint.service.len() <= token.len());
});
