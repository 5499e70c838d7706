use super::*;

#[test]
fn a_section_is_read_as_it_is_documented() {
    let config: DirectoryConfig = toml::from_str(
        r#"
        urls = ["ldaps://dc1.example.com", "ldaps://dc2.example.com"]
        ca_file = "corp-ca.pem"
        bind_dn = "cn=reader,dc=example,dc=com"
        bind_password = { file = "reader.password" }
        timeout = "2s"
        connections = 16
        ttl = "1m"
        stale_if_unavailable = "1h"
        capacity = 100000

        [users]
        base = "ou=people,dc=example,dc=com"
        filter = "(uid={name})"
        name = "uid"
        unknown = "accept"
        lockout_duration = "15m"

        [groups]
        find = "member_of"
        base = "ou=groups,dc=example,dc=com"
        filter = "(member={dn})"
        name = "cn"
        depth = 5
        max = 5000
        "#,
    )
    .unwrap();
    assert_eq!((config.connections, config.capacity, config.ttl), (16, 100_000, Duration::from_secs(60)));
    assert_eq!(config.bind_password, Some(Secret::File("reader.password".into())));
    assert_eq!(config.users.lockout_duration, Some(Duration::from_secs(900)));
    assert_eq!((config.users.unknown, UsersConfig::default().unknown), (Unknown::Accept, Unknown::Refuse));
    let groups = config.groups.unwrap();
    assert_eq!((groups.find, groups.depth, groups.max), (Find::MemberOf, 5, 5000));
}

#[test]
fn each_way_to_find_groups_has_its_word() {
    for (word, find) in [
        ("member", Find::Member),
        ("member_of", Find::MemberOf),
        ("in_chain", Find::InChain),
        ("token_groups", Find::TokenGroups),
        ("sid", Find::Sid),
    ] {
        assert_eq!(toml::from_str::<GroupsConfig>(&format!("find = '{word}'")).unwrap().find, find);
    }
}

#[test]
fn unknown_keys_and_words_are_errors() {
    for text in [
        "url = 'x'",
        "users = { bas = 'x' }",
        "users = { unknown = 'ignore' }",
        "groups = { find = 'all' }",
        "groups = { nested = 1 }",
        "timeout = 5",
    ] {
        assert!(toml::from_str::<DirectoryConfig>(text).is_err(), "{text}");
    }
    assert!(toml::from_str::<LdapConfig>("directory = 'corp'").is_err());
    assert_eq!(toml::from_str::<LdapConfig>("").unwrap().realm, "portcullis");
}
