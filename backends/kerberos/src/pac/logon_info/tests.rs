use super::written::{USUAL, Written, mend_length};
use super::*;
use proptest::prelude::*;

/// Of tickets of a domain controller.
const ALICE: &[u8] = include_bytes!("samples/alice.bin");
const BOB: &[u8] = include_bytes!("samples/bob.bin");
const CAROL: &[u8] = include_bytes!("samples/carol.bin");

const DOMAIN: &str = "S-1-5-21-2003245237-930021025-2682115916";
const OTHER: &str = "S-1-5-21-4-5-6";

fn sid(text: &str) -> Sid {
    Sid::parse(text).unwrap()
}

fn relative_ids(info: &LogonInfo) -> Vec<u32> {
    let own = info.groups().filter(|group| group.domain() == Some(sid(DOMAIN)));
    own.map(|group| *group.sub_authorities().last().unwrap()).collect()
}

fn problem(written: &Written) -> &'static str {
    LogonInfo::decode(&written.bytes()).unwrap_err().0
}

#[test]
fn tickets_of_a_domain_controller_say_who_and_of_which_groups() {
    for (sample, account, user, groups) in [
        (ALICE, "alice", 1102, vec![513, 1107, 1108, 1109, 1110]),
        (BOB, "bob", 1103, vec![513]),
        (CAROL, "carol", 1112, std::iter::once(513).chain(1113..1413).collect()),
    ] {
        let info = LogonInfo::decode(sample).unwrap();
        assert_eq!((info.account(), *info.user()), (account, sid(&format!("{DOMAIN}-{user}"))));
        assert_eq!(relative_ids(&info), groups);
        // Authentication Authority Asserted Identity: of no domain.
        assert_eq!(info.groups().len(), groups.len() + 1);
        assert!(info.groups().any(|group| *group == sid("S-1-18-1")));
    }
}

#[test]
fn what_is_cut_short_or_goes_on_is_refused_whatever_its_header_says() {
    for sample in [ALICE, BOB, CAROL] {
        for length in 0..sample.len() {
            let mut cut = sample[..length].to_vec();
            assert!(LogonInfo::decode(&cut).is_err(), "{length}");
            if length >= HEADERS {
                mend_length(&mut cut);
                assert!(LogonInfo::decode(&cut).is_err(), "{length}, by its header too");
            }
        }
        for more in [1, 4, 8, 16] {
            let mut long = [sample, &vec![0; more]].concat();
            assert!(LogonInfo::decode(&long).is_err(), "{more} more");
            mend_length(&mut long);
            assert!(LogonInfo::decode(&long).is_err(), "{more} more, by its header too");
        }
    }
}

#[test]
fn one_byte_that_is_another_adds_at_most_one_group_of_the_domain() {
    let mut still_good = 0;
    let before = relative_ids(&LogonInfo::decode(ALICE).unwrap());
    for index in 0..ALICE.len() {
        for value in 0..=255 {
            let mut bytes = ALICE.to_vec();
            bytes[index] = value;
            let Ok(info) = LogonInfo::decode(&bytes) else { continue };
            still_good += 1;
            let after = relative_ids(&info);
            assert!(after.len() <= before.len(), "{index} {value}");
            assert!(after.iter().filter(|group| !before.contains(group)).count() <= 1, "{index} {value}");
        }
    }
    // Most of it is times, and names that nobody asks for.
    assert!(still_good > 10_000, "{still_good}");
}

#[test]
fn another_version_byte_order_or_length_of_headers_is_refused() {
    for (index, value) in [(0, 2), (1, 0), (1, 0x11), (2, 16), (3, 1), (8, 0xb8), (11, 1)] {
        let mut bytes = ALICE.to_vec();
        bytes[index] = value;
        let problem = LogonInfo::decode(&bytes).unwrap_err().to_string();
        assert!(problem.contains("version") || problem.contains("length"), "{index}: {problem}");
    }
}

#[test]
fn numbers_that_the_bytes_do_not_bear_out_are_refused() {
    // Offsets of a structure that begins at 20, and of what follows it at 236.
    for (what, offset, value, expected) in [
        ("the structure", 16, 0, "nothing in it"),
        ("EffectiveName", 72, 0, "a string is not there"),
        ("its length", 68, 0x000a_000c, "a string's lengths differ"),
        ("its room", 68, 0x000c_000a, "a string's lengths differ"),
        ("its referent's room", 236, 6, "a string's lengths differ"),
        ("its referent's room", 236, 0x8000_0005, "a string's lengths differ"),
        ("its referent's offset", 240, 1, "a string's lengths differ"),
        ("its referent's length", 244, 0x8000_0005, "a string's lengths differ"),
        ("GroupCount", 128, 6, "an array's lengths differ"),
        ("GroupCount", 128, 0, "an array's lengths differ"),
        ("GroupCount", 128, u32::MAX, "too many groups"),
        ("GroupIds", 132, 0, "an array is not there"),
        ("its referent's length", 320, u32::MAX, "an array's lengths differ"),
        ("LogonDomainId", 172, 0, "LogonDomainId is not there"),
        ("its referent's length", 408, 5, "a security identifier is broken"),
        ("its revision", 412, 0x0402, "a security identifier is broken"),
        ("UserFlags", 136, 0, "UserFlags does not know of"),
        ("SidCount", 216, 2, "an array's lengths differ"),
        ("ExtraSids", 220, 0, "an array is not there"),
        ("the first of them", 440, 0, "one of ExtraSids is not there"),
        ("ResourceGroupDomainSid", 224, 1, "cut short"),
        ("ResourceGroupCount", 228, 1, "an array is not there"),
        ("ResourceGroupIds", 232, 1, "ResourceGroupDomainSid is not there"),
    ] {
        let mut bytes = ALICE.to_vec();
        bytes[offset..offset + 4].copy_from_slice(&u32::to_le_bytes(value));
        let problem = LogonInfo::decode(&bytes).expect_err(what).to_string();
        assert!(problem.contains(expected), "{what}: {problem}");
    }
}

#[test]
fn groups_are_those_of_the_domain_the_extra_ones_and_those_of_the_resource() {
    let mut written = Written::new("alice", DOMAIN);
    written.group_ids = (1..=300).map(|group| (group, USUAL)).collect();
    written.extra_sids = vec![(sid("S-1-18-1"), USUAL), (sid(&format!("{OTHER}-9")), 0xe000_0007)];
    written.resource_groups = Some((sid(OTHER), vec![(9, 0x2000_0007), (10, 0x2000_0007)]));
    let info = LogonInfo::decode(&written.bytes()).unwrap();
    assert_eq!(relative_ids(&info), Vec::from_iter(1..=300));
    for group in ["S-1-18-1", "S-1-5-21-4-5-6-9", "S-1-5-21-4-5-6-10"] {
        assert!(info.groups().any(|own| own.to_string() == group), "{group}");
    }
    assert_eq!(info.groups().len(), 303);
}

#[test]
fn groups_that_are_off_or_only_deny_do_not_count() {
    let all = [(1, 0), (2, 3), (3, 4), (4, 0x10), (5, 0x14), (6, 0x17), (7, 0x2000_0004)];
    let mut written = Written::new("alice", DOMAIN);
    written.group_ids = all.into();
    assert_eq!(relative_ids(&LogonInfo::decode(&written.bytes()).unwrap()), [3, 7]);

    let mut written = Written::new("alice", OTHER);
    written.resource_groups = Some((sid(DOMAIN), all.into()));
    assert_eq!(relative_ids(&LogonInfo::decode(&written.bytes()).unwrap()), [3, 7]);

    let mut written = Written::new("alice", OTHER);
    written.extra_sids = all.map(|(group, attributes)| (sid(DOMAIN).child(group).unwrap(), attributes)).into();
    assert_eq!(relative_ids(&LogonInfo::decode(&written.bytes()).unwrap()), [3, 7]);
}

#[test]
fn a_user_without_an_identifier_is_the_first_of_the_extra_ones_and_no_group() {
    let user = sid(&format!("{OTHER}-77"));
    let mut written = Written::new("alice", DOMAIN);
    written.user_id = 0;
    assert_eq!(problem(&written), "there is no user");
    written.extra_sids = vec![(user, USUAL), (sid(&format!("{DOMAIN}-5")), USUAL)];
    let info = LogonInfo::decode(&written.bytes()).unwrap();
    assert_eq!(*info.user(), user);
    assert_eq!(Vec::from_iter(info.groups().copied()), [sid(&format!("{DOMAIN}-5"))]);
}

#[test]
fn groups_that_the_flags_do_not_know_of_are_refused() {
    for (flags, is_good) in [(0x220, true), (0x200, false), (0x20, false), (u32::MAX, true)] {
        let mut written = Written::new("alice", DOMAIN);
        written.user_flags = flags;
        assert!(LogonInfo::decode(&written.bytes()).is_ok(), "without any groups, {flags:#x}");
        written.extra_sids = vec![(sid("S-1-18-1"), USUAL)];
        written.resource_groups = Some((sid(OTHER), vec![(9, USUAL)]));
        assert_eq!(LogonInfo::decode(&written.bytes()).is_ok(), is_good, "{flags:#x}");
    }
}

#[test]
fn the_bounds_are_kept() {
    let mut written = Written::new("alice", DOMAIN);
    let groups = |count: usize| (1..=count as u32).map(|group| (group, USUAL)).collect::<Vec<_>>();
    written.group_ids = groups(LogonInfo::MAX_GROUPS - 1);
    written.extra_sids = vec![(sid("S-1-18-1"), USUAL)];
    assert_eq!(LogonInfo::decode(&written.bytes()).unwrap().groups().len(), LogonInfo::MAX_GROUPS);
    written.group_ids = groups(LogonInfo::MAX_GROUPS);
    assert_eq!(problem(&written), "there are too many groups");

    let mut written = Written::new(&"a".repeat(256), DOMAIN);
    assert!(LogonInfo::decode(&written.bytes()).is_ok());
    written.effective_name.push(0x61);
    assert_eq!(problem(&written), "the account has no name, or one that is too long");

    let mut written = Written::new("alice", DOMAIN);
    written.text = "a".repeat(5000);
    assert_eq!(problem(&written), "it is too long");
    written.text = "a".repeat(4000);
    assert!(LogonInfo::decode(&written.bytes()).is_ok());

    let domain = sid("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15");
    assert_eq!(problem(&Written { domain, ..Written::new("alice", DOMAIN) }), "a security identifier is too long");
}

#[test]
fn an_account_has_a_name_that_can_be_no_other_principals() {
    for name in ["alice", "ALICE", "DC1$", "alice smith", "a.b-c_d", "\u{e5}sa", "\u{1f600}"] {
        assert_eq!(LogonInfo::decode(&Written::new(name, DOMAIN).bytes()).unwrap().account(), name);
    }
    for name in ["", "a@R", "@", "a/admin", r"a\@R", r"a\", "a\0", "a\nb", "a\u{85}"] {
        assert!(problem(&Written::new(name, DOMAIN)).starts_with("the account"), "{name:?}");
    }
    for half in [0xd800, 0xdc00] {
        let written = Written { effective_name: vec![0x61, half], ..Written::new("", DOMAIN) };
        assert_eq!(problem(&written), "the account's name is not UTF-16");
    }
}

fn any_sid() -> impl Strategy<Value = Sid> {
    let parts = prop::collection::vec(any::<u32>(), 1..=14);
    (0_u64..1 << 48, parts).prop_map(|(authority, parts)| Sid::new(authority, &parts).unwrap())
}

fn groups_of_a_domain() -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop::collection::vec((any::<u32>(), prop_oneof![Just(USUAL), any::<u32>()]), 0..320)
}

prop_compose! {
    fn any_written()(
        name in "[a-zA-Z0-9 .$é😀-]{1,20}",
        text in ".{0,9}",
        room in 0_u16..4,
        user_id in 1_u32..,
        domain in any_sid(),
        group_ids in groups_of_a_domain(),
        extra_sids in prop::collection::vec((any_sid(), any::<u32>()), 0..20),
        resource_groups in prop::option::of((any_sid(), groups_of_a_domain())),
    ) -> Written {
        let effective_name = name.encode_utf16().collect();
        Written { effective_name, text, room, user_id, user_flags: 0x220, domain, group_ids, extra_sids, resource_groups }
    }
}

proptest! {
    #[test]
    fn what_a_kdc_writes_is_read(written in any_written()) {
        let info = LogonInfo::decode(&written.bytes()).unwrap();
        prop_assert_eq!(Vec::from_iter(info.account().encode_utf16()), written.effective_name);
        prop_assert_eq!(*info.user(), written.domain.child(written.user_id).unwrap());

        let resource_groups = written.resource_groups.map(|(domain, groups)| (groups, domain));
        let mut groups = written.extra_sids;
        for (ids, domain) in std::iter::once((written.group_ids, written.domain)).chain(resource_groups) {
            groups.extend(ids.into_iter().map(|(id, attributes)| (domain.child(id).unwrap(), attributes)));
        }
        let enabled = groups.iter().filter(|(_, attributes)| attributes & 4 != 0 && attributes & 16 == 0);
        prop_assert_eq!(info.groups().copied().collect::<BTreeSet<_>>(), enabled.map(|(sid, _)| *sid).collect());
    }

    #[test]
    fn what_a_kdc_writes_is_read_whole_or_not_at_all(written in any_written(), cut in any::<prop::sample::Index>()) {
        let mut bytes = written.bytes();
        bytes.truncate(cut.index(bytes.len() - HEADERS) + HEADERS);
        mend_length(&mut bytes);
        prop_assert!(LogonInfo::decode(&bytes).is_err());
    }

    #[test]
    fn no_bytes_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = LogonInfo::decode(&bytes);
        bytes.splice(..0, ALICE[..HEADERS + 4].iter().copied());
        bytes.truncate(bytes.len() / 8 * 8);
        mend_length(&mut bytes);
        let _ = LogonInfo::decode(&bytes);
    }
}
