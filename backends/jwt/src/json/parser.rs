//! A recursive-descent parser for RFC 8259.

use std::borrow::Cow;

use super::{BadJson, Json, MAX_DEPTH, Number, text};

/// Up to this many members, names are compared with each other; beyond, they are sorted first.
const FEW: usize = 16;

/// What a small object or array needs room for at first, so that it grows once at most.
const ROOM: usize = 4;

/// Room for the claims of a usual token.
const ROOM_AT_THE_TOP: usize = 16;

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
        let value = self.value()?;
        self.skip_white_space();
        if self.peek().is_some() { Err(BadJson::Syntax) } else { Ok(value) }
    }

    fn value(&mut self) -> Result<Json<'t>, BadJson> {
        self.skip_white_space();
        match self.peek().ok_or(BadJson::Syntax)? {
            b'"' => self.string().map(Json::String),
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b't' => self.literal("true", Json::Bool(true)),
            b'f' => self.literal("false", Json::Bool(false)),
            b'n' => self.literal("null", Json::Null),
            _ => self.number(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json<'t>, BadJson>) -> Result<Json<'t>, BadJson> {
        if self.depth == MAX_DEPTH {
            return Err(BadJson::TooDeep);
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Json<'t>, BadJson> {
        self.skip_white_space();
        if self.take(b'}') {
            return Ok(Json::Object(Vec::new()));
        }
        let mut members = Vec::with_capacity(if self.depth == 1 { ROOM_AT_THE_TOP } else { ROOM });
        loop {
            self.skip_white_space();
            if self.peek() != Some(b'"') {
                return Err(BadJson::Syntax);
            }
            let name = self.string()?;
            self.skip_white_space();
            self.expect(b':')?;
            members.push((name, self.value()?));
            self.skip_white_space();
            if self.take(b'}') {
                break;
            }
            self.expect(b',')?;
        }
        if !self.duplicates && a_name_occurs_twice(&members) {
            return Err(BadJson::DuplicateName);
        }
        Ok(Json::Object(members))
    }

    fn array(&mut self) -> Result<Json<'t>, BadJson> {
        self.skip_white_space();
        if self.take(b']') {
            return Ok(Json::Array(Vec::new()));
        }
        let mut values = Vec::with_capacity(ROOM);
        loop {
            values.push(self.value()?);
            self.skip_white_space();
            if self.take(b']') {
                return Ok(Json::Array(values));
            }
            self.expect(b',')?;
        }
    }

    /// A string, whose opening quote comes next.
    fn string(&mut self) -> Result<Cow<'t, str>, BadJson> {
        let rest = self.text.get(self.at + 1..).ok_or(BadJson::Syntax)?;
        let (string, length) = text::string(rest).ok_or(BadJson::Syntax)?;
        self.at += 1 + length;
        Ok(string)
    }

    fn number(&mut self) -> Result<Json<'t>, BadJson> {
        let rest = self.text.get(self.at..).ok_or(BadJson::Syntax)?;
        let (number, whole) = text::number(rest).ok_or(BadJson::Syntax)?;
        self.at += number.len();
        Number::of(number, whole).map(Json::Number)
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

pub(super) fn a_name_occurs_twice(members: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    if members.len() <= FEW {
        return members
            .iter()
            .enumerate()
            .any(|(n, (name, _))| members[..n].iter().any(|(earlier, _)| earlier == name));
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}
