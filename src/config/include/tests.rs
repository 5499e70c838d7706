use super::*;

#[test]
fn a_star_is_any_characters_in_a_name() {
    for (pattern, name, expected) in [
        ("*.toml", "a.toml", true),
        ("*.toml", ".toml", true),
        ("*.toml", "a.toml.bak", false),
        ("a*", "a", true),
        ("a*", "ba", false),
        ("*", "", true),
        ("a*b*c", "abc", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "acb", false),
        ("a*a", "a", false),
        ("**", "a", true),
        ("*ab*ab", "ab", false),
        ("*ab*ab", "abab", true),
        ("*é.toml", "café.toml", true),
        ("a", "a", true),
        ("a", "ab", false),
    ] {
        assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
    }
}

#[test]
fn only_the_last_part_of_a_path_has_a_star() {
    for good in ["a.toml", "*.toml", "rbac.d/*.toml", "/etc/portcullis/rbac.d/*", "./a.toml"] {
        assert!(FilePattern::parse(good).is_some(), "{good}");
    }
    for bad in
        ["", "/", ".", "..", "../a.toml", "a/../b.toml", "a/", "*/a.toml", "a?.toml", "a[b].toml", "{a,b}", "a\0b"]
    {
        assert!(FilePattern::parse(bad).is_none(), "{bad}");
    }
}
