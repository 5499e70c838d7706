//! The path of a key: `tls.cert`, `groups[1]`.

use std::fmt::Write as _;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Characters. A longer key is cut where it is shown.
const MAX_SHOWN: usize = 64;

/// Reads a path as an [`Invalid`](portcullis_core::Invalid) has it.
pub(super) fn parse(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, indices) = part.split_once('[').unwrap_or((part, ""));
        if !key.is_empty() {
            steps.push(Step::Key(key.to_owned()));
        }
        steps.extend(indices.split(['[', ']']).filter_map(|index| index.parse().ok()).map(Step::Index));
    }
    steps
}

/// Shows the path that leads on from `section`.
pub(super) fn show(section: &str, steps: &[Step]) -> String {
    let mut shown = section.to_owned();
    for step in steps {
        match step {
            Step::Index(index) => _ = write!(shown, "[{index}]"),
            Step::Key(key) => {
                if !shown.is_empty() {
                    shown.push('.');
                }
                push_key(&mut shown, key);
            }
        }
    }
    shown
}

/// Quotes a key as TOML would have it quoted.
fn push_key(shown: &mut String, key: &str) {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare && key.len() <= MAX_SHOWN {
        return shown.push_str(key);
    }
    shown.push('"');
    shown.extend(key.chars().take(MAX_SHOWN).flat_map(char::escape_debug));
    if key.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_and_shown_alike() {
        for path in ["a", "a.b", "a[0].b[12][3]", "users_file"] {
            assert_eq!(show("", &parse(path)), path);
            assert_eq!(show("backend[1]", &parse(path)), format!("backend[1].{path}"));
        }
        assert_eq!(parse(""), []);
    }

    #[test]
    fn an_odd_key_is_quoted_and_cut() {
        let key = |key: &str| show("cache", &[Step::Key(key.to_owned())]);
        assert_eq!(key("a b"), r#"cache."a b""#);
        assert_eq!(key("a\u{1b}[1m\n"), r#"cache."a\u{1b}[1m\n""#);
        assert_eq!(key(""), r#"cache."""#);
        assert_eq!(key(&"x".repeat(1000)).chars().count(), "cache.".len() + 64 + 3);
    }
}
