//! What the server's own parser makes of names, realms and claims that would be something else if they could.

use portcullis_testbed::{Entries, Slapd, group_dn};
use serde_json::{Value, json};

use crate::draw::Draw;
use crate::scene::{GROUPS, Scene, USERS, by_dn};

/// How many values are tried in each place.
const COUNT: usize = 300;

/// The parts between these characters, where none of them is escaped.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut escaped) = (vec![String::new()], false);
    for letter in text.chars() {
        match letter {
            _ if letter == at && !escaped => parts.push(String::new()),
            _ => parts.last_mut().unwrap().push(letter),
        }
        escaped = letter == '\\' && !escaped;
    }
    parts
}

/// Base and filter of a search of this scope, as the server has read them and written them down again.
fn base_and_filter(search: &str, scope: u8) -> (&str, &str) {
    let (base, filter) = search.split_once(&format!("\" scope={scope} deref=0 filter=\"")).expect(search);
    (base.strip_prefix('"').expect(search), filter.strip_suffix('"').expect(search))
}

/// A filter is this one, with a value at each `?` that is no part of it: each `(`, `)` and `*` of a value is escaped.
fn assert_filter(filter: &str, shape: &str) {
    let mut rest = filter;
    for (at, piece) in shape.split('?').enumerate() {
        let value_ends = if at == 0 { 0 } else { rest.find(['(', ')', '*']).unwrap_or(rest.len()) };
        assert!(at == 0 || value_ends > 0, "an empty value: {filter}");
        rest = rest[value_ends..].strip_prefix(piece).unwrap_or_else(|| panic!("not {shape}: {filter}"));
    }
    assert_eq!(rest, "", "not {shape}: {filter}");
}

/// A distinguished name is this one, with a value at each `?` that is no part of it.
fn assert_name(name: &str, shape: &str) {
    let (levels, shapes) = (split(name, ','), split(shape, ','));
    assert_eq!(levels.len(), shapes.len(), "not {shape}: {name}");
    for (level, shape) in levels.iter().zip(shapes) {
        let is_like = match shape.strip_suffix('?') {
            Some(attribute) => {
                level.len() > attribute.len() && level.starts_with(attribute) && split(level, '+').len() == 1
            }
            None => *level == shape,
        };
        assert!(is_like, "not {shape}: {name}");
    }
}

#[test]
fn no_name_changes_the_shape_of_a_filter_or_of_a_distinguished_name() {
    let (scene, mut draw) = (Scene::new(&Entries::company()), Draw::new());
    let mut asked = |tables: &str| {
        let (program, before, names) = (scene.serve(tables), scene.slapd.searches().len(), draw.values(COUNT));
        for name in &names {
            assert_eq!(scene.groups(&program, name), 401, "{name:?}");
        }
        let asked = scene.slapd.searches().split_off(before);
        assert_eq!(asked.len(), names.len(), "one question each");
        asked
    };
    for search in asked(&format!("{USERS}{GROUPS}")) {
        let (base, filter) = base_and_filter(&search, 2);
        assert_eq!(base, "ou=people,dc=example,dc=test");
        assert_filter(filter, "(uid=?)");
    }
    for search in asked(&format!("{}{GROUPS}", by_dn())) {
        let (base, filter) = base_and_filter(&search, 0);
        assert_name(base, "uid=?,ou=people,dc=example,dc=test");
        assert_eq!(filter, "(objectClass=*)");
    }
}

/// Paths of providers. An issuer is visible ASCII, without a query or a fragment.
fn realms(draw: &mut Draw) -> Vec<String> {
    let is_possible = |letter: &char| letter.is_ascii_graphic() && !['?', '#'].contains(letter);
    let mut realms: Vec<String> = draw
        .values(30)
        .iter()
        .map(|value| format!("/{}", value.chars().filter(is_possible).collect::<String>()))
        .collect();
    realms.sort();
    realms.dedup();
    // From the end, where there is something behind the slash.
    realms.split_off(realms.len() - 12)
}

#[test]
fn no_realm_and_no_claim_changes_the_shape_of_a_filter_or_of_a_distinguished_name() {
    let (scene, mut draw) = (Scene::new(&Entries::company()), Draw::new());
    let realms = realms(&mut draw);
    let mut asked = |tables: &str| {
        let (before, names) = (scene.slapd.searches().len(), draw.values(COUNT));
        let program = scene.serve_realms(&realms, &format!("{}{tables}{GROUPS}", scene.slapd.directory()));
        for ((name, remark), realm) in names.iter().zip(draw.values(COUNT)).zip(realms.iter().cycle()) {
            let token = scene.token_with(name, realm, json!(remark));
            assert_eq!(Scene::groups_with(&program, name, &token), 401, "{name:?} {realm:?} {remark:?}");
        }
        let asked = scene.slapd.searches().split_off(before);
        assert_eq!(asked.len(), names.len(), "one question each");
        asked
    };
    let filter = "(&(uid={name})(|(o={realm})(!(description={claim.remark}))))";
    let users = format!("[directory.users]\nbase = \"ou=people,{}\"\nfilter = \"{filter}\"\n", Slapd::SUFFIX);
    for search in asked(&users) {
        let (base, filter) = base_and_filter(&search, 2);
        assert_eq!(base, "ou=people,dc=example,dc=test");
        assert_filter(filter, "(&(uid=?)(|(o=?)(!(description=?))))");
    }
    let users = format!("[directory.users]\ndn = \"uid={{name}},ou={{claim.remark}},o={{realm}},{}\"\n", Slapd::SUFFIX);
    for search in asked(&users) {
        let (base, filter) = base_and_filter(&search, 0);
        assert_name(base, "uid=?,ou=?,o=?,dc=example,dc=test");
        assert_eq!(filter, "(objectClass=*)");
    }
}

/// That alice was looked for, and her groups by a filter of this shape, as often as there are values.
fn assert_asked_of_alice(asked: Vec<String>, shape: &str) {
    assert_eq!(asked.len(), 2 * COUNT, "the user, and the groups");
    for search in asked {
        match base_and_filter(&search, 2) {
            ("ou=people,dc=example,dc=test", filter) => assert_eq!(filter, "(uid=alice)"),
            (base, filter) => {
                assert_eq!(base, "ou=groups,dc=example,dc=test");
                assert_filter(filter, shape);
            }
        }
    }
}

#[test]
fn no_claim_changes_the_shape_of_a_filter_of_groups() {
    const REMARK: &str = "the *(one)*\\";
    let entries = Entries::company().set(&group_dn("ops"), "description", REMARK);
    let (scene, mut draw) = (Scene::new(&entries), Draw::new());
    let program =
        scene.serve(&format!("{USERS}{GROUPS}filter = \"(&(member={{dn}})(description={{claim.remark}}))\"\n"));
    let groups = |remark: &str| Scene::groups_with(&program, "alice", &scene.token_with("alice", "", json!(remark)));
    assert_eq!(groups(REMARK), json!(["ops"]), "a value is found as what it is");
    let before = scene.slapd.searches().len();
    for remark in draw.values(COUNT) {
        assert_eq!(groups(&remark), json!([]), "{remark:?}");
    }
    assert_asked_of_alice(
        scene.slapd.searches().split_off(before),
        "(&(member=uid=alice,ou=people,dc=example,dc=test)(description=?))",
    );
}

#[test]
fn no_name_and_no_realm_changes_the_shape_of_a_filter_of_groups() {
    const NAME: &str = "the *(one)*\\";
    let entries = Entries::company().set(&group_dn("ops"), "description", NAME);
    let (scene, mut draw) = (Scene::new(&entries), Draw::new());
    let realms = realms(&mut draw);
    // Whoever has this claim is alice, whatever the name.
    let users =
        format!("[directory.users]\nbase = \"ou=people,{}\"\nfilter = \"(uid={{claim.remark}})\"\n", Slapd::SUFFIX);
    let filter = "filter = \"(&(member={dn})(|(description={name})(o={realm})))\"\n";
    let program = scene.serve_realms(&realms, &format!("{}{users}{GROUPS}{filter}", scene.slapd.directory()));
    let groups =
        |name: &str, realm: &str| Scene::groups_with(&program, name, &scene.token_with(name, realm, json!("alice")));
    assert_eq!(groups(NAME, &realms[0]), json!(["ops"]), "a name is found as what it is");
    let before = scene.slapd.searches().len();
    for (name, realm) in draw.values(COUNT).iter().zip(realms.iter().cycle()) {
        assert_eq!(groups(name, realm), json!([]), "{name:?} {realm:?}");
    }
    assert_asked_of_alice(
        scene.slapd.searches().split_off(before),
        "(&(member=uid=alice,ou=people,dc=example,dc=test)(|(description=?)(o=?)))",
    );
    for realm in &realms {
        scene.slapd.load(&Entries::default().set(&group_dn("ops"), "o", &scene.issuer(realm)));
        assert_eq!(groups("somebody", realm), json!(["ops"]), "{realm:?} is found as what it is");
    }
}

#[test]
fn what_no_value_can_be_is_never_asked_about() {
    let scene = Scene::new(&Entries::company());
    let user = |more: &str| {
        format!(
            "[directory.users]\nbase = \"ou=people,{}\"\nfilter = \"(&(uid={{name}})(!(description={{claim.remark}})))\"\n\
             {more}{GROUPS}",
            Slapd::SUFFIX
        )
    };
    let of_groups = format!("{USERS}{GROUPS}filter = \"(&(member={{dn}})(!(description={{claim.remark}})))\"\n");
    let remarks = [
        Value::Null,
        json!(""),
        json!("a\0b"),
        json!("a\nb"),
        json!("\u{7f}"),
        json!("x".repeat(1025)),
        json!(7),
        json!(["x"]),
    ];
    for (tables, expected) in
        [(user(""), json!(401)), (of_groups, json!(401)), (user("unknown = \"accept\"\n"), json!([]))]
    {
        let program = scene.serve(&tables);
        let groups =
            |remark: &Value| Scene::groups_with(&program, "alice", &scene.token_with("alice", "", remark.clone()));
        let before = scene.slapd.searches().len();
        for remark in &remarks {
            assert_eq!(groups(remark), expected, "{remark} with {tables}");
        }
        assert_eq!(scene.slapd.searches()[before..], [""; 0]);
        assert_eq!(groups(&json!("x".repeat(1024))), json!(["ops"]), "{tables}");
    }
}
