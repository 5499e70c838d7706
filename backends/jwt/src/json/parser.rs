//! A recursive-descent parser for RFC 8259.

use std::borrow::Cow;

use super::{BadJson, Json, MAX_DEPTH, Number, text};

/// Up to this many members, names are compared with each other; beyond, they are sorted first.
const FEW: usize = 16;

/// What a small object or array needs room for at first, so that it grows once at most.
const ROOM: usize = 2;

/// Room for the claims of a usual token.
const ROOM_AT_THE_TOP: usize = 16;

type Members<'t> = Vec<(Cow<'t, str>, Json<'t>)>;

pub(super) struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    duplicates: bool,
}

impl<'t> Parser<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, at: 0, depth: 0, duplicates: false }
    }

    pub(super) const fn with_duplicates(mut self) -> Self {
        self.duplicates = true;
        self
    }

    /// The value that is all of the text.
    pub(super) fn only_value(mut self) -> Result<Json<'t>, BadJson> {
        let mut value = Json::Null;
        self.value(&mut value)?;
        self.skip_white_space();
        if self.peek().is_some() { Err(BadJson::Syntax) } else { Ok(value) }
    }

    /// Reads a value into its place. Handed back through a result, it would be copied at every level.
    fn value(&mut self, place: &mut Json<'t>) -> Result<(), BadJson> {
        self.skip_white_space();
        match self.peek().ok_or(BadJson::Syntax)? {
            b'"' => match self.plain_string() {
                Some(plain) => *place = Json::String(Cow::Borrowed(plain)),
                None => *place = Json::String(Cow::Owned(self.escaped_string()?)),
            },
            b'{' => *place = Json::Object(self.nested(Self::members)?),
            b'[' => *place = Json::Array(self.nested(Self::elements)?),
            b't' => *place = self.literal("true", Json::Bool(true))?,
            b'f' => *place = self.literal("false", Json::Bool(false))?,
            b'n' => *place = self.literal("null", Json::Null)?,
            _ => *place = Json::Number(self.number()?),
        }
        Ok(())
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, BadJson>) -> Result<T, BadJson> {
        if self.depth == MAX_DEPTH {
            return Err(BadJson::TooDeep);
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn members(&mut self) -> Result<Members<'t>, BadJson> {
        self.skip_white_space();
        if self.take(b'}') {
            return Ok(Vec::new());
        }
        let mut members = Vec::with_capacity(if self.depth == 1 { ROOM_AT_THE_TOP } else { ROOM });
        loop {
            self.skip_white_space();
            if self.peek() != Some(b'"') {
                return Err(BadJson::Syntax);
            }
            members.resize_with(members.len() + 1, || (Cow::Borrowed(""), Json::Null));
            if let Some((name, place)) = members.last_mut() {
                match self.plain_string() {
                    Some(plain) => *name = Cow::Borrowed(plain),
                    None => *name = Cow::Owned(self.escaped_string()?),
                }
                self.skip_white_space();
                self.expect(b':')?;
                self.value(place)?;
            }
            self.skip_white_space();
            if self.take(b'}') {
                break;
            }
            self.expect(b',')?;
        }
        if !self.duplicates && a_name_occurs_twice(&members) {
            return Err(BadJson::DuplicateName);
        }
        Ok(members)
    }

    fn elements(&mut self) -> Result<Vec<Json<'t>>, BadJson> {
        self.skip_white_space();
        if self.take(b']') {
            return Ok(Vec::new());
        }
        let mut elements = Vec::with_capacity(ROOM);
        loop {
            elements.resize_with(elements.len() + 1, || Json::Null);
            if let Some(place) = elements.last_mut() {
                self.value(place)?;
            }
            self.skip_white_space();
            if self.take(b']') {
                return Ok(elements);
            }
            self.expect(b',')?;
        }
    }

    /// A string whose opening quote comes next, if it has no escapes. If it has, nothing is read.
    fn plain_string(&mut self) -> Option<&'t str> {
        let string = text::plain_string(self.text.get(self.at + 1..)?)?;
        self.at += string.len() + 2;
        Some(string)
    }

    /// Any string whose opening quote comes next.
    #[cold]
    fn escaped_string(&mut self) -> Result<String, BadJson> {
        let rest = self.text.get(self.at + 1..).ok_or(BadJson::Syntax)?;
        let (string, length) = text::escaped_string(rest).ok_or(BadJson::Syntax)?;
        self.at += 1 + length;
        Ok(string)
    }

    fn number(&mut self) -> Result<Number, BadJson> {
        let rest = self.text.get(self.at..).ok_or(BadJson::Syntax)?;
        let (number, whole) = text::number(rest).ok_or(BadJson::Syntax)?;
        self.at += number.len();
        Number::of(number, whole)
    }

    fn literal(&mut self, word: &str, value: Json<'t>) -> Result<Json<'t>, BadJson> {
        let found = self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        self.at += word.len();
        if found { Ok(value) } else { Err(BadJson::Syntax) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), BadJson> {
        if self.take(byte) { Ok(()) } else { Err(BadJson::Syntax) }
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }
}

pub(super) fn a_name_occurs_twice(members: &Members<'_>) -> bool {
    if members.len() > FEW {
        let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        return names.windows(2).any(|pair| pair[0] == pair[1]);
    }
    // Most names differ in length or in the character at either end, and need not be compared.
    let mut seen = 0_u64;
    members.iter().enumerate().any(|(n, (name, _))| {
        let mark = mark(name);
        let marked = seen & mark != 0;
        seen |= mark;
        marked && members[..n].iter().any(|(earlier, _)| earlier == name)
    })
}

/// One bit for a name: names with different bits are different.
#[inline]
pub(crate) fn mark(name: &str) -> u64 {
    let (first, last) = (name.as_bytes().first().unwrap_or(&0), name.as_bytes().last().unwrap_or(&0));
    1 << ((name.len() + 7 * usize::from(*first) + 29 * usize::from(*last)) % 64)
}
