//! What a signature is of: the body, and what stands around it.

use portcullis_core::Invalid;

const BODY: &str = "{body}";
const TIME: &str = "{timestamp}";

/// What stands before and behind the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    before: Around,
    after: Around,
}

/// A text, in which the time may stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Around {
    start: Box<str>,
    /// What follows the time.
    time: Option<Box<str>>,
}

impl Signed {
    /// The body alone.
    pub(super) fn body() -> Self {
        Self { before: Around::default(), after: Around::default() }
    }

    /// Reads `signed`; `has_time` is whether the sender says when it signed.
    pub(super) fn read(text: Option<&str>, has_time: bool) -> Result<Self, Invalid> {
        let default = if has_time { "{timestamp}.{body}" } else { BODY };
        let text = text.unwrap_or(default);
        let invalid = |problem: &str, expected: &str| Err(Invalid::new("signed", problem).expected(expected));
        let Some((before, after)) = text.split_once(BODY) else {
            return invalid("does not sign the body", "a text with `{body}` in it");
        };
        let signed = Self { before: Around::read(before), after: Around::read(after) };
        if [&signed.before, &signed.after].into_iter().any(Around::has_brace) {
            return invalid(
                "more braces than those of the two captures",
                "`{body}` once, and `{timestamp}` once at most",
            );
        }
        match (signed.before.time.is_some(), signed.after.time.is_some(), has_time) {
            (false, false, false) => Ok(signed),
            (false, false, true) => invalid("does not sign the time", "a text with `{timestamp}` in it"),
            (true, true, _) => invalid("signs the time twice", "`{timestamp}` once"),
            (_, _, false) => invalid("signs a time that nobody says", "`timestamp`, or a text without `{timestamp}`"),
            _ if signed.is_certain() => Ok(signed),
            _ => {
                let problem = "a digit of the body could be one of the time";
                invalid(problem, "something that is no digit beside `{timestamp}`, towards `{body}`")
            }
        }
    }

    /// Whether what is signed tells where the time ends and the body begins, whatever both are.
    fn is_certain(&self) -> bool {
        let between = match (&self.before.time, &self.after.time) {
            (Some(behind), _) => behind.chars().next(),
            (None, _) => self.after.start.chars().next_back(),
        };
        between.is_some_and(|character| !character.is_ascii_digit())
    }

    /// What is signed before the body.
    pub(super) fn before(&self, time: &str) -> String {
        self.before.with(time)
    }

    /// What is signed behind the body.
    pub(super) fn after(&self, time: &str) -> String {
        self.after.with(time)
    }
}

impl Around {
    fn read(text: &str) -> Self {
        match text.split_once(TIME) {
            Some((start, end)) => Self { start: start.into(), time: Some(end.into()) },
            None => Self { start: text.into(), time: None },
        }
    }

    fn has_brace(&self) -> bool {
        let texts = std::iter::once(&self.start).chain(&self.time);
        texts.into_iter().any(|text| text.contains(['{', '}']))
    }

    fn with(&self, time: &str) -> String {
        match &self.time {
            Some(end) => format!("{}{time}{end}", self.start),
            None => self.start.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(text: &str, has_time: bool) -> Result<(String, String), String> {
        let signed = Signed::read(Some(text), has_time).map_err(|invalid| invalid.problem().to_owned())?;
        Ok((signed.before("17"), signed.after("17")))
    }

    #[test]
    fn the_body_has_its_surroundings() {
        for (text, has_time, before, after) in [
            ("{body}", false, "", ""),
            ("a{body}b", false, "a", "b"),
            ("v0:{timestamp}:{body}", true, "v0:17:", ""),
            ("{timestamp}.{body}", true, "17.", ""),
            ("{body}-{timestamp}", true, "", "-17"),
            ("1{body}2-{timestamp}3", true, "1", "2-173"),
        ] {
            assert_eq!(around(text, has_time), Ok((before.to_owned(), after.to_owned())), "{text}");
        }
        assert_eq!(Signed::read(None, false), Ok(Signed::body()));
        assert_eq!(Signed::read(None, true), Signed::read(Some("{timestamp}.{body}"), true));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in ["{timestamp}{body}", "{body}{timestamp}", "{timestamp}0.{body}", "{body}.0{timestamp}"] {
            assert_eq!(around(text, true), Err("a digit of the body could be one of the time".to_owned()), "{text}");
        }
        for (text, has_time, problem) in [
            ("", false, "does not sign the body"),
            ("{timestamp}", true, "does not sign the body"),
            ("{body}", true, "does not sign the time"),
            ("{timestamp}.{body}", false, "signs a time that nobody says"),
            ("{timestamp}.{body}.{timestamp}", true, "signs the time twice"),
            ("{timestamp}.{timestamp}.{body}", true, "more braces than those of the two captures"),
            ("{body}{body}", false, "more braces than those of the two captures"),
            ("{id}.{body}", false, "more braces than those of the two captures"),
            ("{{body}}", false, "more braces than those of the two captures"),
        ] {
            assert_eq!(around(text, has_time), Err(problem.to_owned()), "{text}");
        }
    }
}
