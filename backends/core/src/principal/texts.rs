//! The texts of one principal.

use smallvec::SmallVec;

/// Bytes of what most principals are called, with their groups and scopes and the token's identifier.
const USUAL: usize = 128;

/// Several texts in one piece of memory: every new token makes a principal, and to ask for a piece for each of its words
/// would cost more than to check them.
#[derive(Clone)]
pub(super) struct Texts(String);

/// Where one of the texts is.
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

/// Where some of the texts are. Few are kept without memory of their own.
pub(super) type Spans = SmallVec<[Span; 4]>;

impl Texts {
    pub(super) fn new() -> Self {
        Self(String::with_capacity(USUAL))
    }

    pub(super) fn add(&mut self, text: &str) -> Span {
        let start = self.0.len();
        self.0.push_str(text);
        Span { start, end: self.0.len() }
    }

    pub(super) fn at(&self, span: Span) -> &str {
        self.0.get(span.start..span.end).unwrap_or_default()
    }

    /// Gives back what growing has taken too much.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to(USUAL);
    }
}
