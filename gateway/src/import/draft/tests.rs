use proptest::prelude::*;

use super::*;

/// What the TOML says under these keys.
fn read(draft: &Draft) -> toml::Table {
    draft.text().parse().unwrap_or_else(|error| panic!("{error}: {}", draft.text()))
}

#[test]
fn a_long_comment_is_wrapped_and_a_long_list_has_a_line_for_each_element() {
    let mut draft = Draft::made_from("nothing", "");
    draft.comment(&"word ".repeat(100));
    draft.key("list", (0..40).map(|n| format!("element {n}")).collect::<Value>());
    draft.key("short", ["a", "b"].into_iter().collect::<Value>());
    assert!(draft.text().lines().all(|line| line.chars().count() <= WIDTH), "{}", draft.text());
    assert!(draft.text().contains("    \"element 7\",\n") && draft.text().contains("short = [\"a\", \"b\"]\n"));
    assert_eq!(read(&draft)["list"].as_array().unwrap().len(), 40);
}

#[test]
fn what_is_to_be_done_is_counted() {
    let mut draft = Draft::made_from("nothing", "x");
    draft.note(Mark::Insecure, "a");
    draft.note(Mark::ToDo, "b");
    draft.note(Mark::ToDo, "c");
    assert_eq!(draft.to_do(), 2);
    assert!(draft.text().contains("# INSECURE: a\n# TO DO: b\n"), "{}", draft.text());
}

#[test]
fn marks_of_direction_and_ends_of_lines_are_seen() {
    let mut draft = Draft::made_from("nothing", "");
    draft.comment(&format!("a{}b", shown("x\u{202e}y\u{2028}z\r\nkey = 1")));
    draft.key("text", "x\u{202e}y\u{85}\u{7f}");
    assert!(draft.text().contains(r"x\u{202e}y\u{2028}z\u{d}\u{a}key = 1"), "{}", draft.text());
    assert!(draft.text().contains(r#"text = "x\u202Ey\u0085\u007F""#), "{}", draft.text());
}

#[test]
fn a_long_text_of_the_input_is_cut() {
    assert_eq!(shown(&"é".repeat(300)).chars().count(), MAX_SHOWN + 3);
    assert_eq!(shown("é"), "`é`");
}

proptest! {
    #[test]
    fn no_text_breaks_out_of_a_comment_or_a_string(text in any::<String>(), hostile in hostile()) {
        for text in [text, hostile] {
            let mut draft = Draft::made_from(&text, &text);
            draft.comment(&text);
            draft.note(Mark::NotUnderstood, &shown(&text));
            draft.example(&text);
            draft.header_of("role", &text);
            draft.key(&text, text.as_str());
            draft.key(&format!("{text}2"), table([(&text, [text.as_str()].into_iter().collect())]));
            let read = read(&draft);
            prop_assert_eq!(read.len(), 1);
            let role = &read["role"][text.as_str()];
            prop_assert_eq!(role.as_table().unwrap().len(), 2);
            prop_assert_eq!(role[text.as_str()].as_str(), Some(text.as_str()));
            prop_assert_eq!(role[format!("{text}2").as_str()][text.as_str()][0].as_str(), Some(text.as_str()));
        }
    }
}

/// What means something in TOML, or to a terminal.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\n",
        "\r",
        "\r\n",
        "\"",
        "\"\"\"",
        "'",
        "\\",
        "#",
        "[x]",
        "[[backend]]\n",
        "= 1",
        "\u{0}",
        "\u{1b}[2J",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{202e}",
        "\u{feff}",
        "{",
        "}",
        ".",
        ",",
        " ",
        "\t",
        "a",
        "\u{e9}",
        "\u{1f600}",
        "\u{e0001}",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}
