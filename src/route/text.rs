//! A text of an action, with the captures in it.

use std::borrow::Cow;

use portcullis_core::Invalid;

use super::template::{Position, Template};

/// A text that a request's path completes. By default it is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Fixed(Box<str>),
    Capture(Position),
}

impl Text {
    /// Reads the text of `key`, whose captures are those of `template`.
    pub(super) fn read(key: &str, text: &str, template: &Template) -> Result<Self, Invalid> {
        let invalid =
            |problem: &str, expected: String| Err(Invalid::new(format!("action.{key}"), problem).expected(expected));
        if text.is_empty() {
            return invalid("empty", "a text, or the key left out".to_owned());
        }
        if text.chars().any(char::is_control) {
            return invalid("a control character", "a text without".to_owned());
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(['{', '}']) {
            let (fixed, from) = rest.split_at(start);
            if !fixed.is_empty() {
                pieces.push(Piece::Fixed(fixed.into()));
            }
            let Some((name, after)) = from.strip_prefix('{').and_then(|from| from.split_once('}')) else {
                return invalid("a brace that belongs to no capture", "captures such as `{name}`".to_owned());
            };
            let Some(position) = template.position(name) else {
                return invalid("a capture that the path does not have", captures(template));
            };
            // Else the client, who chooses both, also chooses where the one ends and the other begins.
            if rest.len() < text.len() && !fixed.contains('/') {
                let problem = "two captures without a slash between them: it is not certain where the first one ends";
                return invalid(problem, "a slash between them, such as `{a}/{b}`: no segment holds one".to_owned());
            }
            pieces.push(Piece::Capture(position));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Fixed(rest.into()));
        }
        Ok(Self(pieces))
    }

    /// The text for this path. Only one that joins several pieces is a new one.
    pub(super) fn of<'a>(&'a self, path: &'a str) -> Cow<'a, str> {
        match self.0.as_slice() {
            [] => Cow::Borrowed(""),
            [piece] => Cow::Borrowed(piece.of(path)),
            pieces => Cow::Owned(pieces.iter().map(|piece| piece.of(path)).collect()),
        }
    }
}

impl Piece {
    fn of<'a>(&'a self, path: &'a str) -> &'a str {
        match self {
            Self::Fixed(text) => text,
            Self::Capture(position) => position.of(path),
        }
    }
}

/// What can be asked for.
fn captures(template: &Template) -> String {
    let names: Vec<_> = template.names().map(|name| format!("`{{{name}}}`")).collect();
    match names.as_slice() {
        [] => "a text without captures: the path has none".to_owned(),
        names => format!("{} of the path", names.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Text, Invalid> {
        Text::read("name", text, &Template::of_path("/x/{a}/{b}/{*c}").unwrap())
    }

    #[test]
    fn a_text_has_what_the_path_has_there() {
        let path = "/x/one/two/three/four";
        for (text, expected, borrowed) in [
            ("fixed", "fixed", true),
            ("{a}", "one", true),
            ("{c}", "three/four", true),
            ("{a}/{b}", "one/two", false),
            ("x-{b}-/-{a}-y", "x-two-/-one-y", false),
            ("/{b}/x", "/two/x", false),
        ] {
            let text = read(text).unwrap();
            assert_eq!(text.of(path), expected);
            assert_eq!(matches!(text.of(path), Cow::Borrowed(_)), borrowed, "{expected}");
        }
    }

    #[test]
    fn what_the_path_lacks_cannot_be_asked_for() {
        for (text, problem) in [
            ("", "empty"),
            ("a\nb", "a control character"),
            ("{d}", "a capture that the path does not have"),
            ("{*c}", "a capture that the path does not have"),
            ("{}", "a capture that the path does not have"),
            ("{a", "a brace that belongs to no capture"),
            ("a}", "a brace that belongs to no capture"),
            ("{{a}}", "a capture that the path does not have"),
        ] {
            let invalid = read(text).unwrap_err();
            assert_eq!((invalid.key(), invalid.problem()), ("action.name", problem), "{text:?}");
        }
        assert_eq!(read("{d}").unwrap_err().expectation(), Some("`{a}` or `{b}` or `{c}` of the path"));
    }

    #[test]
    fn where_one_capture_ends_and_the_next_begins_is_certain() {
        for text in ["{a}{b}", "{a}-{b}", "/{a}-{b}/", "{a}/{b}.{c}", "{c}{a}", "{a}{a}", "{a}\u{2215}{b}"] {
            let invalid = read(text).unwrap_err();
            let problem = "two captures without a slash between them: it is not certain where the first one ends";
            assert_eq!((invalid.key(), invalid.problem()), ("action.name", problem), "{text:?}");
        }
    }

    /// Of all short paths, no two have the same text but those with the same captures.
    #[test]
    fn a_text_that_is_read_tells_its_captures_apart() {
        let words = ["x", "-", "x-", "-x", "x-x", "--"];
        let rests = words.iter().map(ToString::to_string).chain(["".to_owned()]);
        let deeper = words.iter().flat_map(|one| ["", "x", "-"].map(|other| format!("{one}/{other}")));
        let rests: Vec<_> = rests.chain(deeper).collect();
        for text in ["{a}/{b}", "{a}-/-{b}", "{a}/{c}", "{c}/{a}", "{c}-/x/{a}", "-{a}/{c}/{b}-", "{c}/{a}/{c}"] {
            let read = read(text).unwrap();
            let mut seen = std::collections::HashMap::new();
            for (a, b) in words.iter().flat_map(|a| words.map(|b| (*a, b))) {
                for c in &rests {
                    let path = format!("/x/{a}/{b}/{c}");
                    let has =
                        |name: &str, value: &str| if text.contains(name) { value.to_owned() } else { String::new() };
                    let captures = [has("{a}", a), has("{b}", b), has("{c}", c)];
                    let before = seen.entry(read.of(&path).into_owned()).or_insert_with(|| captures.clone());
                    assert_eq!(*before, captures, "{text}");
                }
            }
        }
    }
}
