//! Whatever the file says, it is in order or the error says where it is not.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

const FULL: &str = include_str!("full.toml");

/// What a mutation may put into it.
const BITS: &[&str] =
    &["", "\"", "\n", "[", "]", "{", "}", "=", ".", ",", "[[", "]]", "'''", "\\u", "1", "\n[[backend]]\n", "\u{e9}"];

/// A value that no message may hold.
const SECRET: &str = "tr0ub4dor&3";

fn check(text: &str) -> Result<(), TestCaseError> {
    let Err(error) = assemble(Config::from_toml(text)) else {
        return Ok(());
    };
    let lines = text.matches('\n').count() + 1;
    let shown = error.to_string();
    prop_assert!(error.problems().len() > 0);
    prop_assert_eq!(shown.lines().count(), error.problems().len());
    prop_assert!(!shown.contains(SECRET), "{}", shown);
    let mut before = (0, 0);
    for problem in error.problems() {
        let place = (problem.line().unwrap(), problem.column().unwrap());
        prop_assert!((1..=lines).contains(&place.0) && place.1 >= 1 && before <= place, "{}", shown);
        before = place;
    }
    Ok(())
}

/// The full file with some of its text replaced.
fn mutated(edits: Vec<(Index, usize, String)>) -> String {
    let mut text: Vec<char> = FULL.chars().collect();
    for (at, len, new) in edits {
        let start = at.index(text.len() + 1);
        let end = (start + len).min(text.len());
        text.splice(start..end, new.chars());
    }
    text.into_iter().collect()
}

/// Mostly bits of TOML, sometimes anything.
fn bit() -> impl Strategy<Value = String> {
    prop_oneof![4 => proptest::sample::select(BITS).prop_map(ToOwned::to_owned), 1 => any::<String>()]
}

proptest! {
    #[test]
    fn any_text_is_in_order_or_says_where_it_is_not(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn a_good_file_with_mistakes_is_in_order_or_says_where_it_is_not(
        edits in proptest::collection::vec((any::<Index>(), 0usize..12, bit()), 1..6),
    ) {
        check(&mutated(edits))?;
    }

    /// Each line in turn loses its value for a secret, as text, in an array or in a table.
    #[test]
    fn no_value_is_shown_wherever_it_stands(line in any::<Index>(), form in 0..4) {
        let keys: Vec<_> = FULL.lines().filter(|line| line.contains(" = ")).collect();
        let line = keys[line.index(keys.len())];
        let (key, _) = line.rsplit_once(" = ").unwrap();
        let value = match form {
            0 => format!("\"{SECRET}\""),
            1 => format!("[\"{SECRET}\"]"),
            2 => format!("{{ a = \"{SECRET}\" }}"),
            _ => format!("\"{SECRET}"),
        };
        check(&FULL.replace(line, &format!("{key} = {value}")))?;
    }
}
