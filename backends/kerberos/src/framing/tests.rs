use proptest::prelude::*;

use super::*;

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = value.len();
    let mut bytes = vec![tag];
    match length {
        0..=0x7f => bytes.push(length as u8),
        _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend(value);
    bytes
}

fn number(number: i32) -> Vec<u8> {
    tlv(0x02, &[&number.to_be_bytes()])
}

const AUTHENTICATOR: &[u8] = &[9; 150];

/// An AP-REQ with a ticket for this service.
fn ap_req(service: &[&[u8]], realm: &[u8], kvno: Option<i32>) -> Vec<u8> {
    let components: Vec<u8> = service.iter().flat_map(|part| tlv(0x1b, &[part])).collect();
    let name = tlv(0x30, &[&tlv(0xa0, &[&number(2)]), &tlv(0xa1, &[&tlv(0x30, &[&components])])]);
    let kvno = kvno.map(|kvno| tlv(0xa1, &[&number(kvno)])).unwrap_or_default();
    let encrypted = tlv(0x30, &[&tlv(0xa0, &[&number(18)]), &kvno, &tlv(0xa2, &[&tlv(0x04, &[&[7; 200]])])]);
    let ticket =
        [tlv(0xa0, &[&number(5)]), tlv(0xa1, &[&tlv(0x1b, &[realm])]), tlv(0xa2, &[&name]), tlv(0xa3, &[&encrypted])];
    let ticket = tlv(0x61, &[&tlv(0x30, &[&ticket.concat()])]);
    let request = [
        tlv(0xa0, &[&number(5)]),
        tlv(0xa1, &[&number(14)]),
        tlv(0xa2, &[&tlv(0x03, &[&[0; 5]])]),
        tlv(0xa3, &[&ticket]),
        tlv(0xa4, &[&tlv(0x30, &[&tlv(0xa0, &[&number(18)]), &tlv(0xa2, &[&tlv(0x04, &[AUTHENTICATOR])])])]),
    ];
    tlv(0x6e, &[&tlv(0x30, &[&request.concat()])])
}

fn krb5(mechanism: &[u8], ap_req: &[u8]) -> Vec<u8> {
    tlv(0x60, &[&tlv(0x06, &[mechanism]), &AP_REQ, ap_req])
}

fn spnego(mechanisms: &[&[u8]], token: &[u8]) -> Vec<u8> {
    let mechanisms: Vec<u8> = mechanisms.iter().flat_map(|mechanism| tlv(0x06, &[mechanism])).collect();
    let init = [tlv(0xa0, &[&tlv(0x30, &[&mechanisms])]), tlv(0xa2, &[&tlv(0x04, &[token])])];
    tlv(0x60, &[&tlv(0x06, &[SPNEGO]), &tlv(0xa0, &[&tlv(0x30, &[&init.concat()])])])
}

/// A token for `HTTP/web.example.test`, as it should be but for what is encrypted.
pub(crate) fn token() -> Vec<u8> {
    spnego(&[KRB5], &good())
}

fn good() -> Vec<u8> {
    krb5(KRB5, &ap_req(&[b"HTTP", b"web.example.test"], b"EXAMPLE.TEST", Some(3)))
}

#[test]
fn the_ticket_within_spnego_says_its_service_and_key() {
    let digest = digest(&SHA256, AUTHENTICATOR);
    let tag = digest.as_ref()[..16].try_into().unwrap();
    let service = "HTTP/web.example.test@EXAMPLE.TEST".to_owned();
    let hint = TicketHint { service, kvno: Some(3), enctype: 18, tag };
    for first in [KRB5, KRB5_OF_WINDOWS] {
        assert_eq!(Framing::of(&spnego(&[first, NTLM], &good())), Framing::Spnego(Some(hint.clone())));
    }
    assert_eq!(Framing::of(&good()), Framing::Krb5(Some(hint)));
    let unnumbered = krb5(KRB5, &ap_req(&[b"HTTP", b"a"], b"R", None));
    assert_eq!(Framing::of(&unnumbered).hint().unwrap().kvno, None);
}

#[test]
fn other_mechanisms_are_told_apart() {
    let negoex: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e];
    assert_eq!(Framing::of(b""), Framing::Empty);
    assert_eq!(Framing::of(b"NTLMSSP\0\x01"), Framing::Ntlm);
    assert_eq!(Framing::of(&spnego(&[NTLM], b"NTLMSSP\0")), Framing::SpnegoOfNtlm);
    assert_eq!(Framing::of(&spnego(&[NTLM, KRB5], b"NTLMSSP\0")), Framing::SpnegoOfOther);
    assert_eq!(Framing::of(&spnego(&[negoex, KRB5], &good())), Framing::SpnegoOfOther);
    assert_eq!(Framing::of(&[0xa1, 3, 0x30, 1, 0]), Framing::SpnegoContinued);
    assert_eq!(Framing::of(&krb5(negoex, b"")), Framing::Unknown);
    assert_eq!(Framing::of(&spnego(&[], &good())), Framing::Unknown);
    assert_eq!(Framing::of(b"anything"), Framing::Unknown);
}

#[test]
fn a_token_without_a_ticket_that_can_be_read_has_no_hint() {
    assert_eq!(Framing::of(&spnego(&[KRB5], b"nothing")), Framing::Spnego(None));
    assert_eq!(Framing::of(&spnego(&[KRB5], &krb5(KRB5, b"nothing"))), Framing::Spnego(None));
    let whole = good();
    for length in 12..whole.len() {
        // The outermost length no longer fits.
        assert_eq!(Framing::of(&whole[..length]), Framing::Unknown, "{length}");
    }
}

/// Else a token could have one authenticator for us and another one for libkrb5, and be new each time.
#[test]
fn there_is_one_way_to_read_a_token() {
    let (token, other) = (good(), krb5(KRB5, &ap_req(&[b"HTTP", b"other"], b"R", None)));
    let init = |parts: &[Vec<u8>]| tlv(0x60, &[&tlv(0x06, &[SPNEGO]), &tlv(0xa0, &[&tlv(0x30, &[&parts.concat()])])]);
    let mechanisms = tlv(0xa0, &[&tlv(0x30, &[&tlv(0x06, &[KRB5])])]);
    let (one, two) = (tlv(0xa2, &[&tlv(0x04, &[&token])]), tlv(0xa2, &[&tlv(0x04, &[&other])]));
    assert!(Framing::of(&init(&[mechanisms.clone(), one.clone()])).hint().is_some());
    let behind = tlv(0xa0, &[&tlv(0x30, &[&tlv(0x06, &[KRB5])]), &two]);
    let within = tlv(0xa0, &[&tlv(0x30, &[&tlv(0x06, &[KRB5]), &two])]);
    for parts in [
        vec![mechanisms.clone(), one.clone(), two.clone()],
        vec![mechanisms.clone(), tlv(0xa2, &[&tlv(0x04, &[&token]), &tlv(0x04, &[&other])])],
        vec![mechanisms.clone(), tlv(0xa2, &[&tlv(0x04, &[&token, &other])])],
        vec![behind, one.clone()],
        vec![within, one.clone()],
        vec![mechanisms.clone(), two.clone(), one.clone()],
    ] {
        assert_eq!(Framing::of(&init(&parts)).hint(), None);
    }
    let trailing = [init(&[mechanisms, one]), two].concat();
    assert_eq!(Framing::of(&trailing), Framing::Unknown);
}

/// The first of these brings libkrb5 1.20 down.
#[test]
fn lists_of_mechanisms_that_libkrb5_loses_count_of_are_not_shown_to_it() {
    let with = |more: &[u8]| {
        let list = tlv(0xa0, &[&tlv(0x30, &[&tlv(0x06, &[KRB5]), more])]);
        let token = tlv(0xa2, &[&tlv(0x04, &[&good()])]);
        Framing::of(&tlv(0x60, &[&tlv(0x06, &[SPNEGO]), &tlv(0xa0, &[&tlv(0x30, &[&list, &token])])]))
    };
    let long = tlv(0x06, &[&[1; 0x80]]);
    for more in [&[0x06, 0].repeat(16_000)[..], &[0x06, 0], &[0x06, 0x81, 1, 0x2a], &[0x06, 0x82, 0, 1, 0x2a], &long] {
        assert_eq!(with(more), Framing::Unknown);
    }
    assert!(with(&[0x06, 1, 0x2a].repeat(31)).hint().is_some());
    assert_eq!(with(&[0x06, 1, 0x2a].repeat(32)), Framing::Unknown);
}

#[test]
fn what_a_stranger_wrote_is_made_fit_for_a_log() {
    let token = krb5(KRB5, &ap_req(&[b"HT\nTP", &[b'x'; 500]], "\u{e9}".as_bytes(), Some(-1)));
    let Framing::Krb5(Some(hint)) = Framing::of(&token) else { panic!("no hint") };
    assert!(hint.service.starts_with("HT?TP/xxx") && hint.service.ends_with("...@??") && hint.service.len() < 200);
    assert_eq!(hint.kvno, None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let _ = Framing::of(&bytes);
        let mut token = spnego(&[KRB5], &good());
        let at = at.index(token.len());
        token[at] = byte;
        let _ = Framing::of(&token);
    }
}
