use std::time::{Duration, Instant};

use super::*;

/// A kubeconfig with this behind it.
fn with(more: &str) -> Vec<u8> {
    header(&format!("{}{more}", of_user("{ token: t }")))
}

#[test]
fn anchors_and_aliases_are_refused() {
    assert_eq!(found(&with("")).as_deref(), Ok("t"));
    for more in ["x: &a 1\n", "x: &a [1]\ny: *a\n", "x: *a\n", "x: &a [*a]\n", "&a x: 1\n"] {
        assert_eq!(found(&with(more)), Err(Refused::Alias), "{more}");
    }
}

#[test]
fn merge_keys_are_refused() {
    for more in ["x: { <<: { a: b } }\n", "<<: { token: t }\n", "<<: [{ a: b }]\n"] {
        assert_eq!(found(&with(more)), Err(Refused::MergeKey), "{more}");
    }
}

#[test]
fn several_documents_are_refused() {
    for more in ["---\n", "---\nkind: Config\n", "...\n", "...\n@ no yaml", "...\n---\n", "... # end\n\tx", "\r...\r@"]
    {
        assert_eq!(found(&with(more)), Err(Refused::SeveralDocuments), "{more}");
    }
    let twice = header(&format!("---\n---\n{}", of_user("{ token: t }")));
    assert_eq!(found(&twice), Err(Refused::SeveralDocuments));
}

#[test]
fn a_name_twice_is_refused_however_it_is_written() {
    for more in [
        "kind: Config\n",
        "'kind': Config\n",
        "\"k\\x69nd\": Config\n",
        "!!str kind: Config\n",
        "? kind\n: Config\n",
        "x: { a: 1, a: 1 }\n",
        "x: [{ 1: a, '1': b }]\n",
    ] {
        assert_eq!(found(&with(more)), Err(Refused::DuplicateName), "{more}");
    }
}

#[test]
fn what_is_no_kubeconfigs_yaml_is_refused() {
    for more in [
        "x: !local y\n",
        "x: !include /etc/passwd\n",
        "x: !!python/object:os.system y\n",
        "x: !!binary '-'\n",
        "? [a, b]\n: c\n",
        "? { a: b }\n: c\n",
        "~: x\n",
        "\tx: y\n",
        "x: [\n",
        "x: 'y\n",
        "x: %y\n",
        "x\n",
        "x: \u{0}\n",
        "x: y: z\n",
    ] {
        assert_eq!(found(&with(more)), Err(Refused::NotYaml), "{more}");
    }
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let flow = |levels: usize| format!("x: {}{}\n", "[".repeat(levels), "]".repeat(levels));
    let block = |levels: usize| {
        (0..levels).fold(String::new(), |mut text, level| {
            writeln!(text, "{}x:", " ".repeat(level)).unwrap();
            text
        })
    };
    assert_eq!(found(&with(&flow(15))).as_deref(), Ok("t"));
    assert_eq!(found(&with(&block(16))).as_deref(), Ok("t"));
    for more in [flow(16), block(17), flow(10_000), block(200), format!("x: {}", "- ".repeat(10_000))] {
        let found = found(&with(&more));
        assert!(matches!(found, Err(Refused::TooDeep | Refused::NotYaml)), "{found:?}");
    }
    assert_eq!(found(&with(&flow(16))), Err(Refused::TooDeep));
    assert_eq!(found(&with(&block(17))), Err(Refused::TooDeep));
}

/// The deepest kubeconfig of each sort, on a stack that is a fraction of what a runtime's threads have.
#[test]
fn what_is_not_too_deep_needs_little_stack() {
    let yaml = with(&format!("x: {}{}\n", "[{a: ".repeat(7), "}]".repeat(7)));
    let json = header(&format!("{{\"kind\": {}{}}}", "[{\"a\":".repeat(31), "}]".repeat(31)).replace(":}", ":0}"));
    std::thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(move || {
            assert_eq!(found(&yaml).as_deref(), Ok("t"));
            assert_eq!(found(&json), Err(Refused::Malformed));
        })
        .unwrap()
        .join()
        .unwrap();
}

/// Text of the full size that costs much with some parser. What a bomb would cost is seconds to years.
#[test]
fn no_text_takes_long() {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let laughs = many(9, &|n| match n {
        0 => "l0: &l0 lol\n".to_owned(),
        n => format!("l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", ")),
    });
    for (bomb, text) in [
        ("billion laughs", laughs),
        ("names", many(5000, &|n| format!("{n}: 0\n"))),
        ("entries", format!("x:\n{}", many(6000, &|n| format!("- {n}\n")))),
        ("empty sequences", format!("x: [{}]\n", "[],".repeat(12_000))),
        ("empty mappings", format!("x: [{}]\n", "{},".repeat(12_000))),
        ("flow names", format!("x: {{{}}}\n", many(5000, &|n| format!("{n}: 0,")))),
        ("open brackets", "[".repeat(40_000)),
        ("open braces", "{".repeat(40_000)),
        ("questions", "? ".repeat(20_000)),
        ("dashes", "- ".repeat(20_000)),
        ("documents", "---\n".repeat(10_000)),
        ("comments", "#\n".repeat(20_000)),
        ("quotes", format!("x: \"{}", "\\x41".repeat(10_000))),
        ("folded lines", format!("x: >\n{}", " a\n".repeat(13_000))),
        ("plain lines", format!("x: a\n{}", " a\n".repeat(13_000))),
        ("blank lines", format!("x: |\n{}y", "\n".repeat(40_000))),
        ("long key", format!("{}: x", "a".repeat(40_000))),
        ("tags", "!a ".repeat(13_000)),
        ("anchors", "&a ".repeat(13_000)),
        ("directives", "%YAML 1.2\n".repeat(4000)),
        ("colons", ":".repeat(40_000)),
        ("spaces", format!("x: {}", " \n".repeat(20_000))),
        ("users", format!("extensions:\n{}", many(3000, &|n| format!("- name: {n}x\n")))),
    ] {
        let began = Instant::now();
        let found = found(&with(&text));
        let took = began.elapsed();
        assert_ne!(found, Err(Refused::TooLong), "{bomb}");
        assert!(took < Duration::from_secs(3), "{bomb}: {took:?}");
    }
}
