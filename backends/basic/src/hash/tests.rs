use super::*;

// Made with other implementations: argon2-cffi (the reference C code) and crypt(3) of libxcrypt.

/// Of `correct horse`.
pub(crate) const ARGON2ID: &str =
    "$argon2id$v=19$m=7168,t=5,p=1$MDEyMzQ1Njc4OWFiY2RlZg$2Ek5zMZVGrFVTlHZZgywf+fd0fS6/y+DB3Z5fAX1+zM";
/// Of `pässwörd: with colon`.
pub(crate) const ARGON2ID_OTHER: &str =
    "$argon2id$v=19$m=7168,t=5,p=1$ZmVkY2JhOTg3NjU0MzIxMA$zRAZvo1BjxTSdOviOlK2qHQruQV5DObMl6GMErnzccE";
/// Of `battery staple`, with the settings of `hash_password`.
pub(crate) const ARGON2ID_USUAL: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$ZmVkY2JhOTg3NjU0MzIxMA$22JSQTf2aO5vfjyIY6aBOxuBfsp/bvLdad5QR/YN68w";
/// Of `correct horse`.
pub(crate) const BCRYPT: &str = "$2b$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu";
/// Of 72 times `a`.
const BCRYPT_72: &str = "$2b$10$abcdefghijklmnopqrstuuiYfj.JCH/8Hff5KmeyaPABzfEqwvS.a";
/// Of `tr0ub4dor`.
pub(crate) const BCRYPT_2Y: &str = "$2y$11$zyxwvutsrqponmlkjihgfuASr8d3.n9B42c15aSe3uBe2XQnR3jDK";

#[test]
fn hashes_of_other_implementations_verify() {
    for (hash, password) in [
        (ARGON2ID, "correct horse"),
        (ARGON2ID_OTHER, "p\u{e4}ssw\u{f6}rd: with colon"),
        (ARGON2ID_USUAL, "battery staple"),
        (BCRYPT, "correct horse"),
        (BCRYPT_2Y, "tr0ub4dor"),
    ] {
        let hash = Hash::parse(hash).unwrap();
        assert_eq!(hash.verify(password.as_bytes()), Ok(Match::Yes), "{hash:?}");
        assert_eq!(hash.verify(b"correct horsf"), Ok(Match::No), "{hash:?}");
    }
}

#[test]
fn a_password_longer_than_bcrypt_looks_at_never_matches() {
    let hash = Hash::parse(BCRYPT_72).unwrap();
    assert_eq!(hash.verify(&[b'a'; 72]), Ok(Match::Yes));
    assert_eq!(hash.verify(&[b'a'; 73]), Ok(Match::TooLong));
    assert_eq!(hash.verify(&[b'a'; 71]), Ok(Match::No));
}

#[test]
fn the_cost_is_read_from_the_hash() {
    let cost = |text| Hash::parse(text).unwrap().cost();
    assert_eq!(cost(ARGON2ID), Cost::Argon2id { memory: 7168, passes: 5, lanes: 1 });
    assert_eq!(cost(ARGON2ID), cost(ARGON2ID_OTHER));
    assert_ne!(cost(ARGON2ID), cost(ARGON2ID_USUAL));
    assert_eq!(cost(BCRYPT_2Y), Cost::Bcrypt { cost: 11 });
}

#[test]
fn weak_and_absurd_parameters_are_refused() {
    let with = |params: &str| Hash::parse(&ARGON2ID.replace("m=7168,t=5,p=1", params));
    // OWASP's list, and the bounds.
    for params in [
        "m=47104,t=1,p=1",
        "m=19456,t=2,p=1",
        "m=12288,t=3,p=1",
        "m=9216,t=4,p=1",
        "m=7168,t=5,p=1",
        "m=1048576,t=64,p=64",
    ] {
        assert!(with(params).is_ok(), "{params}");
    }
    for params in ["m=7167,t=64,p=1", "m=7168,t=4,p=1", "m=35839,t=1,p=1", "m=8,t=1,p=1"] {
        assert!(with(params).unwrap_err().contains("too little work"), "{params}");
    }
    for params in ["m=1048577,t=1,p=1", "m=7168,t=65,p=1", "m=65536,t=2,p=65", "m=4294967295,t=4294967295,p=64"] {
        assert!(with(params).unwrap_err().contains("too much work"), "{params}");
    }
    for (cost, accepted) in [("04", false), ("09", false), ("10", true), ("16", true), ("17", false), ("31", false)] {
        assert_eq!(Hash::parse(&BCRYPT.replace("$10$", &format!("${cost}$"))).is_ok(), accepted, "{cost}");
    }
}

#[test]
fn only_the_usual_spelling_of_a_hash_is_read() {
    for text in [
        ARGON2ID.replace("v=19", "v=16"),
        ARGON2ID.replace("v=19$", ""),
        ARGON2ID.replace("m=7168,t=5,p=1", "t=5,m=7168,p=1"),
        ARGON2ID.replace("m=7168,t=5,p=1", "m=07168,t=5,p=1"),
        ARGON2ID.replace("m=7168,t=5,p=1", "m=7168,t=5"),
        ARGON2ID.replace("m=7168,t=5,p=1", "m=7168,t=5,p=0"),
        ARGON2ID.replace("m=7168,t=5,p=1", "m=7168,t=5,p=1,data=AAAA"),
        ARGON2ID.replace("$m=7168,t=5,p=1", ""),
        ARGON2ID.replace("+zM", "+zN"),
        ARGON2ID.replace("MDEyMzQ1Njc4OWFiY2RlZg", "MDEy"),
        ARGON2ID.replace("fd0fS6/y+DB3Z5fAX1+zM", ""),
        format!("{ARGON2ID}$x"),
        format!("{ARGON2ID} "),
        ARGON2ID[..40].to_owned(),
        "$argon2id$".to_owned(),
        BCRYPT[..59].to_owned(),
        format!("{BCRYPT}x"),
        BCRYPT.replace('J', "\u{e9}"),
        BCRYPT.replace("$10$", "$1x$"),
        "$2b$".to_owned(),
    ] {
        assert!(Hash::parse(&text).is_err(), "{text}");
    }
}

#[test]
fn what_is_refused_is_named_and_never_shown() {
    let argon2i = "$argon2i$v=19$m=7168,t=5,p=1$MDEyMzQ1Njc4OWFiY2RlZg$X+0vnzYdm5eNHowhk22hhAogfh1FeBiVhFMOnsSoqIk";
    for (text, kind) in [
        (argon2i, "Argon2i "),
        (&argon2i.replace("argon2i", "argon2d"), "Argon2d "),
        (&BCRYPT.replace("2b", "2a"), "$2a$"),
        ("$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/", "$apr1$"),
        ("$1$r31.....$HqJZimcKQFAMYayBlzkrA/", "$1$"),
        ("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8", "$5$"),
        ("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO", "$6$"),
        ("$whirlpool$abcdefgh", "unknown kind"),
        ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{SHA}"),
        ("rqXexS6ZhobKA", "crypt hash or plain text"),
        ("hunter2hunter2", "crypt hash or plain text"),
        ("", "no hash"),
    ] {
        let problem = Hash::parse(text).unwrap_err();
        assert!(problem.contains(kind), "{problem}");
        let tail = text.rsplit('$').next().unwrap_or_default();
        assert!(tail.is_empty() || !problem.contains(tail), "{problem}");
    }
}

#[test]
fn the_debug_form_holds_no_hash() {
    for text in [ARGON2ID, BCRYPT] {
        let shown = format!("{:?}", Hash::parse(text).unwrap());
        assert!(!shown.contains("MDEy") && !shown.contains("2Ek5") && !shown.contains("abcdef"), "{shown}");
    }
}
