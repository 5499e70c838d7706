//! Any bytes as the logon information of a PAC: whoever and whatever is read of them stands in them, within the bounds; it takes all of
//! them; and only the groups that the flags know of.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use portcullis_core::Sid;
use portcullis_kerberos::LogonInfo;

/// The common header and the private one, which says how much follows.
const HEADERS: usize = 16;
/// `UserFlags`.
const USER_FLAGS: usize = 136;

fuzz_target!(|input: &[u8]| {
    check(input);
    // A change of length alone would seldom get further than the header.
    if input.len() >= HEADERS {
        check(&with_length(input[..input.len() / 8 * 8].to_vec()));
    }
});

fn check(bytes: &[u8]) {
    let info = match LogonInfo::decode(bytes) {
        Ok(info) => info,
        Err(problem) => {
            let problem = problem.to_string();
            assert!(problem.is_ascii() && (10..100).contains(&problem.len()), "{problem}");
            return;
        }
    };
    assert!(bytes.len() <= LogonInfo::MAX_BYTES && bytes.len().is_multiple_of(8));
    check_account(&info, bytes);
    check_groups(&info, bytes);

    // Nothing of it could be missing, and nothing more can be there.
    for length in (HEADERS..bytes.len()).step_by(8).rev().take(4) {
        assert!(LogonInfo::decode(&with_length(bytes[..length].to_vec())).is_err(), "{length}");
    }
    assert!(LogonInfo::decode(&with_length([bytes, &[0; 8]].concat())).is_err());
    assert!(LogonInfo::decode(&bytes[..bytes.len() - 1]).is_err());

    // Without the flags there is nothing but the groups of the user's own domain.
    let mut plain = bytes.to_vec();
    plain[USER_FLAGS..USER_FLAGS + 4].fill(0);
    if let Ok(plain) = LogonInfo::decode(&plain) {
        assert_eq!(plain, info);
        let own = |sid: &Sid| sid.to_string().rsplit_once('-').map(|(domain, _)| domain.to_owned());
        assert!(info.groups().all(|group| own(group) == own(info.user())));
    }
}

fn check_account(info: &LogonInfo, bytes: &[u8]) {
    let account = info.account();
    assert!((1..=LogonInfo::MAX_ACCOUNT_CHARS).contains(&account.chars().count()));
    assert!(!account.contains(|c: char| c.is_control() || "@/\\".contains(c)), "{account:?}");
    let units: Vec<u8> = account.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(bytes.windows(units.len()).any(|window| window == units), "{account:?}");
}

fn check_groups(info: &LogonInfo, bytes: &[u8]) {
    assert!(info.groups().len() <= LogonInfo::MAX_GROUPS && info.groups().len() * 8 <= bytes.len());
    let words: BTreeSet<u32> = bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect();
    for sid in info.groups().chain([info.user()]) {
        let text = sid.to_string();
        assert_eq!(Sid::parse(&text), Some(*sid), "{text}");
        let mut parts = text.split('-').skip(3).map(|part| part.parse().unwrap());
        assert!(parts.all(|part| words.contains(&part)), "{text}");
    }
}

fn with_length(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(bytes.len() - HEADERS).unwrap();
    bytes[8..12].copy_from_slice(&length.to_le_bytes());
    bytes
}
