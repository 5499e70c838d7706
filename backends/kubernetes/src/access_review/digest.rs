//! The fingerprint of a question, under a key that never leaves the process.

use highway::{HighwayHash as _, HighwayHasher, Key};

use super::question::Question;

/// 128 bits that stand for a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Digest([u64; 2]);

/// How questions are fingerprinted.
///
/// A digest and not the question itself is what decisions are found by, since a caller may have hundreds of groups: so
/// the room that the decisions take follows from their number, and nobody's groups lie about in memory. Two questions
/// with one digest would let one caller have the other's answer, and callers have a say in what they ask about. So it
/// is [HighwayHash](https://arxiv.org/abs/1612.06257) with a random key, as it is for tokens: without the key, nobody can
/// look for such a pair.
pub(super) struct Digester(Key);

impl Digester {
    /// With a fresh random key; `None` if the operating system has no randomness to give.
    pub(super) fn new() -> Option<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok()?;
        let word = |word: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[word * 8 + byte]));
        Some(Self(Key(std::array::from_fn(word))))
    }

    pub(super) fn digest(&self, question: &Question<'_>) -> Digest {
        let mut hasher = HighwayHasher::new(self.0);
        question.encode(|bytes| hasher.append(bytes));
        Digest(hasher.finalize128())
    }
}
