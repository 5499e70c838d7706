//! The words of a policy's rules, and which of its patterns fit a word that somebody asks about.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::pattern::Form;
use super::table::{Table, packed};

/// A map that is quick to look into. Only the files decide what is in it, so nobody who asks can make it slow.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;

/// A pattern of one kind of words: a verb, a name.
pub(crate) type Id = u32;

/// `*`.
pub(crate) const ANY: Id = 0;
/// Nothing is said. No pattern but `*` fits it, except of groups and subresources.
pub(crate) const EMPTY: Id = 1;
/// Of subresources: any but none.
pub(crate) const SOME: Id = 2;
/// In the stead of a group: this is a URL.
pub(crate) const URL: Id = 3;
/// The first that is a word's or a prefix's.
const FIRST: Id = 4;

/// The patterns of one kind, as long as there may come more.
#[derive(Default)]
pub(crate) struct Words {
    words: Map<Box<str>, Id>,
    prefixes: Map<Box<[u8]>, Id>,
}

/// The patterns of one kind.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// The words that can be packed.
    short: Table<Found>,
    long: Map<Box<str>, Found>,
    prefixes: Map<Box<[u8]>, Chain>,
    /// Of the prefixes: each that there is, the longest first.
    lengths: Box<[usize]>,
    chains: Box<[Id]>,
}

/// The patterns that fit a word, apart from `*`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// The word itself, if it is one of the patterns.
    pub(crate) word: Option<Id>,
    prefixes: Chain,
}

/// Prefixes that fit a word, the longest first: where they are in `chains`.
#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    start: u32,
    end: u32,
}

/// What a pattern of one word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Prefix,
    Any,
}

impl Words {
    pub(crate) fn add(&mut self, form: Form<'_>) -> Id {
        let next = FIRST + (self.words.len() + self.prefixes.len()) as Id;
        match form {
            Form::Any => ANY,
            Form::Word("") => EMPTY,
            Form::Word(word) => match self.words.get(word) {
                Some(id) => *id,
                None => *self.words.entry(word.into()).or_insert(next),
            },
            Form::Prefix(prefix) => *self.prefixes.entry(prefix.as_bytes().into()).or_insert(next),
        }
    }

    pub(crate) fn finish(self) -> Lexicon {
        let Self { words, prefixes } = self;
        let mut lengths: Vec<usize> = prefixes.keys().map(|prefix| prefix.len()).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        let mut chains = Vec::new();
        let mut chain = |word: &[u8]| {
            let start = chains.len() as u32;
            chains.extend(lengths.iter().filter_map(|length| prefixes.get(word.get(..*length)?)));
            Chain { start, end: chains.len() as u32 }
        };
        let (mut short, mut long) = (Vec::new(), Map::default());
        for (word, id) in words {
            let found = Found { word: Some(id), prefixes: chain(word.as_bytes()) };
            match packed(word.as_bytes()) {
                Some(key) => short.push((key, found)),
                None => _ = long.insert(word, found),
            }
        }
        let short = Table::new(short.into_iter());
        let prefixes = prefixes.keys().map(|prefix| (prefix.clone(), chain(prefix))).collect();
        Lexicon { short, long, prefixes, lengths: lengths.into(), chains: chains.into() }
    }
}

impl Lexicon {
    /// The patterns that fit the word. Costs one look for a word of the policy, and for another one look for each length that
    /// its prefixes have.
    #[inline]
    pub(crate) fn find(&self, word: &str) -> Found {
        match word {
            "" => Found { word: Some(EMPTY), prefixes: Chain::default() },
            word => self.look_up(word),
        }
    }

    fn look_up(&self, word: &str) -> Found {
        let found = match packed(word.as_bytes()) {
            Some(key) => self.short.get(key),
            None => self.long.get(word),
        };
        match found {
            Some(found) => *found,
            None => Found { word: None, prefixes: self.longest(word.as_bytes()) },
        }
    }

    /// The patterns of this kind that fit.
    pub(crate) fn of<'f>(&'f self, found: &'f Found, kind: Kind) -> &'f [Id] {
        match kind {
            Kind::Word => found.word.as_slice(),
            Kind::Prefix => self.prefixes(found),
            Kind::Any => &[ANY],
        }
    }

    pub(crate) fn prefixes(&self, found: &Found) -> &[Id] {
        let Chain { start, end } = found.prefixes;
        self.chains.get(start as usize..end as usize).unwrap_or_default()
    }

    fn longest(&self, word: &[u8]) -> Chain {
        let mut prefixes = self.lengths.iter().filter_map(|length| self.prefixes.get(word.get(..*length)?));
        prefixes.next().copied().unwrap_or_default()
    }
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Word, Self::Prefix, Self::Any];

    pub(crate) fn of(form: Form<'_>) -> Self {
        match form {
            Form::Word(_) => Self::Word,
            Form::Prefix(_) => Self::Prefix,
            Form::Any => Self::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::form;
    use super::*;

    fn lexicon(patterns: &[&str]) -> (Lexicon, Vec<Id>) {
        let mut words = Words::default();
        let ids = patterns.iter().map(|pattern| words.add(form(pattern).unwrap())).collect();
        (words.finish(), ids)
    }

    fn find(lexicon: &Lexicon, word: &str) -> (Option<Id>, Vec<Id>) {
        let found = lexicon.find(word);
        (found.word, lexicon.prefixes(&found).to_vec())
    }

    #[test]
    fn a_word_finds_itself_and_the_prefixes_it_begins_with() {
        let (lexicon, ids) = lexicon(&["abc", "a*", "abc*", "ab*", "*", "b", "abc"]);
        let [abc, a_, abc_, ab_, any, b, again] = ids[..] else { unreachable!() };
        assert_eq!((any, abc), (ANY, again));
        assert_eq!(find(&lexicon, "abc"), (Some(abc), vec![abc_, ab_, a_]));
        assert_eq!(find(&lexicon, "abcd"), (None, vec![abc_, ab_, a_]));
        assert_eq!(find(&lexicon, "abd"), (None, vec![ab_, a_]));
        assert_eq!(find(&lexicon, "a"), (None, vec![a_]));
        assert_eq!(find(&lexicon, "b"), (Some(b), vec![]));
        assert_eq!(find(&lexicon, "*"), (None, vec![]));
        assert_eq!(find(&lexicon, ""), (Some(EMPTY), vec![]));
    }

    #[test]
    fn words_of_every_length_are_found() {
        let texts: Vec<String> = (1..40).map(|length| "a".repeat(length)).collect();
        let patterns: Vec<&str> = texts.iter().map(String::as_str).chain(["aaaaaaaaaaaaaaaa*"]).collect();
        let (lexicon, ids) = lexicon(&patterns);
        for (text, id) in texts.iter().zip(&ids) {
            let prefixes = if text.len() < 16 { vec![] } else { vec![ids[39]] };
            assert_eq!(find(&lexicon, text), (Some(*id), prefixes), "{}", text.len());
            assert_eq!(find(&lexicon, &format!("{}b", &text[1..])).0, None, "{}", text.len());
        }
        assert_eq!(find(&lexicon, &"a".repeat(40)), (None, vec![ids[39]]));
    }

    #[test]
    fn a_prefix_may_end_within_a_character_of_what_is_asked() {
        let (lexicon, ids) = lexicon(&["é*", "x\u{301}*"]);
        assert_eq!(find(&lexicon, "éa"), (None, vec![ids[0]]));
        assert_eq!(find(&lexicon, "\u{ea}"), (None, vec![]));
        assert_eq!(find(&lexicon, "x\u{300}"), (None, vec![]));
    }
}
