//! The way to a claim that may lie in another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// The names that lead to a claim, outermost first: `sub`, `realm_access.roles`, or, where a name has dots of its own,
/// `"https://example.test/groups".admins`. In quotes, `\"` and `\\` stand for a quote and a backslash.
///
/// ```
/// use portcullis_jwt::ClaimPath;
///
/// let path: ClaimPath = r#""https://example.test/groups".admins"#.parse()?;
/// assert_eq!(path.segments(), ["https://example.test/groups", "admins"]);
/// assert!("https://example.test/groups".parse::<ClaimPath>().is_err());
/// # Ok::<(), portcullis_jwt::BadClaimPath>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClaimPath {
    segments: Vec<String>,
}

impl ClaimPath {
    /// The path to an outermost claim, whatever characters its name has.
    #[must_use]
    pub fn of(name: impl Into<String>) -> Self {
        Self { segments: vec![name.into()] }
    }

    /// The names on the way, at least one.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.segments
    }
}

impl FromStr for ClaimPath {
    type Err = BadClaimPath;

    fn from_str(text: &str) -> Result<Self, BadClaimPath> {
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            let (segment, after) =
                if let Some(quoted) = rest.strip_prefix('"') { quoted_segment(quoted) } else { bare_segment(rest) }?;
            segments.push(segment);
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(Self { segments }),
                None => return Err(BadClaimPath("a closing quote must be followed by a dot or the end")),
            }
        }
    }
}

/// A segment without quotes, and what follows it.
fn bare_segment(text: &str) -> Result<(String, &str), BadClaimPath> {
    let (segment, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    if segment.is_empty() {
        return Err(BadClaimPath("a name is empty; write names with dots in quotes, and the empty one as \"\""));
    }
    if segment.contains("://") {
        return Err(BadClaimPath("a name that is a URL must be in quotes, for its dots would part it"));
    }
    if segment.chars().any(needs_quotes) {
        return Err(BadClaimPath(
            "a name with a quote, a backslash, white space or a control character must be in quotes",
        ));
    }
    Ok((segment.to_owned(), rest))
}

/// A segment whose opening quote has been read, and what follows its closing quote.
fn quoted_segment(text: &str) -> Result<(String, &str), BadClaimPath> {
    let mut segment = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next().ok_or(BadClaimPath("a quote is not closed"))? {
            '"' => return Ok((segment, chars.as_str())),
            '\\' => match chars.next() {
                Some(char @ ('"' | '\\')) => segment.push(char),
                _ => return Err(BadClaimPath(r#"a backslash in quotes must be followed by a quote or a backslash"#)),
            },
            char => segment.push(char),
        }
    }
}

fn needs_quotes(char: char) -> bool {
    matches!(char, '"' | '\\') || char.is_whitespace() || char.is_control()
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, segment) in self.segments.iter().enumerate() {
            if n > 0 {
                f.write_str(".")?;
            }
            if bare_segment(segment).is_ok_and(|(_, rest)| rest.is_empty()) {
                f.write_str(segment)?;
            } else {
                write!(f, "\"{}\"", segment.replace('\\', r"\\").replace('"', r#"\""#))?;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for ClaimPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a text is no path to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadClaimPath(&'static str);

impl fmt::Display for BadClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not the path of a claim: {}", self.0)
    }
}

impl std::error::Error for BadClaimPath {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ClaimPath;
    use crate::Claims;

    fn path(text: &str) -> Vec<String> {
        text.parse::<ClaimPath>().expect(text).segments
    }

    fn error(text: &str) -> String {
        text.parse::<ClaimPath>().expect_err(text).to_string()
    }

    #[test]
    fn dots_part_and_quotes_keep_together() {
        assert_eq!(path("sub"), ["sub"]);
        assert_eq!(path("cognito:groups"), ["cognito:groups"]);
        assert_eq!(path("resource_access.orders-api.roles"), ["resource_access", "orders-api", "roles"]);
        assert_eq!(path(r#"a."b.c"."d""#), ["a", "b.c", "d"]);
        assert_eq!(path(r#""say \"hi\" \\"."""#), [r#"say "hi" \"#, ""]);
    }

    #[test]
    fn a_path_that_would_be_misread_is_told_why() {
        assert!(error("https://example.test/groups").contains("URL"));
        assert!(error("").contains("empty"));
        assert!(error("a..b").contains("empty"));
        assert!(error("a.").contains("empty"));
        assert!(error(r#""a"#).contains("not closed"));
        assert!(error(r#""a"b"#).contains("followed by a dot"));
        assert!(error(r#"a"b"#).contains("in quotes"));
        assert!(error("a b").contains("white space"));
        assert!(error(r#""\n""#).contains("backslash"));
    }

    #[test]
    fn a_path_leads_through_objects_only() {
        let claims = Claims::parse(r#"{ "a": { "b": { "c": 1 } }, "s": "x", "l": [{ "b": 1 }] }"#).unwrap();
        assert!(claims.at(&"a.b.c".parse().unwrap()).is_some());
        for missing in ["a.x", "a.b.c.d", "s.length", "l.b", "x.a", "l.0"] {
            assert_eq!(claims.at(&missing.parse().unwrap()), None, "{missing}");
        }
    }

    #[test]
    fn a_path_is_read_from_a_file() {
        let path: ClaimPath = serde_json::from_str(r#""realm_access.roles""#).unwrap();
        assert_eq!(path.to_string(), "realm_access.roles");
        assert!(serde_json::from_str::<ClaimPath>(r#""a..b""#).is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(segments in prop::collection::vec(any::<String>(), 1..4)) {
            let path = ClaimPath { segments };
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }

        #[test]
        fn any_text_is_a_path_or_an_error(text in any::<String>()) {
            if let Ok(path) = text.parse::<ClaimPath>() {
                prop_assert!(!path.segments().is_empty());
            }
        }
    }
}
