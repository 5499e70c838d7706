use super::*;

const USERS: &str = "users = { base = 'dc=test', filter = '(uid={name})' }\n";

fn invalid(section: &str) -> Option<String> {
    problem(&toml::from_str(section).unwrap_or_else(|error| panic!("{section}: {error}")))
}

fn problem(config: &DirectoryConfig) -> Option<String> {
    let checked = servers(config).and_then(|_| check(config)).and_then(|()| plan(config, &Clock::default()).map(drop));
    checked.err().map(|invalid| invalid.key().to_owned())
}

/// With all else that is needed.
fn with(more: &str) -> Option<String> {
    invalid(&format!("urls = ['ldaps://dc.example.test']\n{more}\n{USERS}"))
}

fn with_users(users: &str) -> Option<String> {
    invalid(&format!("urls = ['ldaps://dc.example.test']\n[users]\n{users}"))
}

fn with_groups(groups: &str) -> Option<String> {
    invalid(&format!("urls = ['ldaps://dc.example.test']\n{USERS}\n[groups]\n{groups}"))
}

#[test]
fn servers_and_accounts_are_all_it_takes() {
    assert_eq!(with(""), None);
    assert_eq!(with_groups("base = 'ou=groups,dc=test'"), None);
}

#[test]
fn the_examples_of_the_documentation_are_sections() {
    let mut count = 0;
    for example in include_str!("../../README.md").split("```toml\n").skip(1) {
        let file: toml::Table = toml::from_str(example.split("```").next().unwrap()).unwrap();
        for directory in file["directory"].as_array().unwrap() {
            let mut section = directory.as_table().unwrap().clone();
            section.remove("name");
            assert_eq!(problem(&section.try_into().unwrap()), None);
            count += 1;
        }
    }
    assert_eq!(count, 2);
}

#[test]
fn an_error_names_the_key() {
    for (more, key) in [
        ("timeout = '50ms'", "timeout"),
        ("timeout = '31s'", "timeout"),
        ("connections = 0", "connections"),
        ("ttl = '2d'", "ttl"),
        ("stale_if_unavailable = '8d'", "stale_if_unavailable"),
        ("capacity = 0", "capacity"),
        ("bind_dn = 'cn=reader'", "bind_password"),
        ("bind_password = { env = 'X' }", "bind_dn"),
        ("bind_dn = 'reader'\nbind_password = { env = 'X' }", "bind_dn"),
        ("bind_dn = ''\nbind_password = { env = 'X' }", "bind_dn"),
    ] {
        assert_eq!(with(more).as_deref(), Some(key), "{more}");
    }
}

#[test]
fn a_connection_that_others_can_read_is_refused() {
    let urls = |urls: &str, more: &str| invalid(&format!("urls = {urls}\n{more}\n{USERS}"));
    assert_eq!(urls("[]", "").as_deref(), Some("urls"));
    assert_eq!(urls("['ldaps://a', 'ldap://b.example.test']", "").as_deref(), Some("urls[1]"));
    assert_eq!(urls("['ldaps://a', 'ldaps://a:636']", "").as_deref(), Some("urls[1]"));
    assert_eq!(urls("['ldap://b.example.test']", "start_tls = true"), None);
    assert_eq!(urls("['ldap://b.example.test']", "plain_text = true"), None);
    assert_eq!(urls("['ldap://127.0.0.1:1389', 'ldap://localhost']", ""), None);
}

#[test]
fn accounts_are_found_in_one_way_and_by_something_of_the_caller() {
    for (users, key) in [
        ("", "users.filter"),
        ("base = 'dc=test'", "users.filter"),
        ("filter = '(uid={name})'", "users.base"),
        ("base = 'x'\nfilter = '(uid={name})'", "users.base"),
        ("base = 'dc=test'\nfilter = '(uid={name}'", "users.filter"),
        ("base = 'dc=test'\nfilter = '(uid=alice)'", "users.filter"),
        ("base = 'dc=test'\nfilter = '(uid={dn})'", "users.filter"),
        ("base = 'dc=test'\nfilter = '(uid={name})'\ndn = 'uid={name}'", "users.dn"),
        ("base = 'dc=test'\ndn = 'uid={name}'", "users.base"),
        ("dn = 'uid=alice'", "users.dn"),
        ("dn = '{name}'", "users.dn"),
        ("dn = 'uid={name}'\nname = 'u id'", "users.name"),
        ("base = 'dc=test'\nfilter = '(uid={name}*)'", "users.name"),
        ("base = 'dc=test'\nfilter = '(!(uid={name}))'", "users.name"),
        ("base = 'dc=test'\nfilter = '(&(uid~={name})(mail={claim.email}))'", "users.name"),
        ("base = 'dc=test'\nfilter = '(uid:caseExactMatch:={name})'", "users.name"),
        ("dn = 'uid={name}'\nlockout_duration = '0s'", "users.lockout_duration"),
    ] {
        assert_eq!(with_users(users).as_deref(), Some(key), "{users}");
    }
    assert_eq!(with_users("dn = 'uid={name},dc=test'\nlockout_duration = '15m'"), None);
    for users in [
        "filter = '(uid={name}*)'\nname = 'uid'",
        "filter = '(mail={claim.email}*)'",
        "filter = '(objectSid={name})'",
        "filter = '(userPrincipalName={name}@example.test)'",
        "filter = '(|(uid={name})(cn={name}*))'",
    ] {
        assert_eq!(with_users(&format!("base = 'dc=test'\n{users}")), None, "{users}");
    }
}

#[test]
fn groups_need_what_their_way_of_being_found_needs() {
    for (groups, key) in [
        ("", Some("groups.base")),
        ("base = 'x'", Some("groups.base")),
        ("base = 'dc=test'\nname = ''", Some("groups.name")),
        ("base = 'dc=test'\ndepth = 33", Some("groups.depth")),
        ("base = 'dc=test'\nmax = 0", Some("groups.max")),
        ("base = 'dc=test'\nfilter = 'member={dn}'", Some("groups.filter")),
        ("base = 'dc=test'\nfilter = '(objectClass=group)'", Some("groups.filter")),
        ("base = 'dc=test'\nfilter = '(memberUid={name})'", None),
        ("base = 'dc=test'\nfilter = '(memberUid={name})'\ndepth = 1", Some("groups.filter")),
        ("find = 'member_of'", None),
        ("find = 'member_of'\nfilter = '(member={dn})'", Some("groups.filter")),
        ("find = 'member_of'\ndepth = 1", Some("groups.base")),
        ("find = 'member_of'\ndepth = 1\nbase = 'dc=test'\nfilter = '(uniqueMember={dn})'", None),
        ("find = 'in_chain'\nbase = 'dc=test'", None),
        ("find = 'in_chain'\nbase = 'dc=test'\ndepth = 1", Some("groups.depth")),
        ("find = 'token_groups'", Some("groups.base")),
        ("find = 'token_groups'\nname = 'objectSid'", None),
        ("find = 'token_groups'\nbase = 'dc=test'\nfilter = '(member={dn})'", Some("groups.filter")),
        ("find = 'sid'\nbase = 'dc=test'", None),
        ("find = 'sid'\nbase = 'dc=test'\nname = 'objectSid'", Some("groups.name")),
    ] {
        assert_eq!(with_groups(groups).as_deref(), key, "{groups}");
    }
}

#[test]
fn names_of_sids_alone_need_no_accounts() {
    let section = |find: &str| format!("urls = ['ldaps://a']\n[groups]\nbase = 'dc=test'\nfind = '{find}'");
    assert_eq!(invalid(&section("sid")), None);
    assert_eq!(invalid(&section("member")).as_deref(), Some("users.filter"));
    for users in ["unknown = 'accept'", "name = 'uid'", "lockout_duration = '1m'"] {
        let section = format!("{}\n[users]\n{users}", section("sid"));
        assert_eq!(invalid(&section).as_deref(), Some("users.filter"), "nobody is looked up: {users}");
    }
}
