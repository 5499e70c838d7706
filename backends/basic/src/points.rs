//! Which cost a name that nobody has is to have.

use crate::hash::Hash;

/// What the key is for (BLAKE3 asks that no other key be derived for the same).
const CONTEXT: &str = "portcullis-basic 2026-01 points of unknown names";

/// Gives each name a point: the same each time, and not to be foretold from outside.
///
/// Where users have hashes of different cost, the point of an unknown name decides which of them
/// it costs. A user's cost stays as it is from one start to the next. If an unknown name's did not,
/// whoever measures both before and after a restart would see which names are users. So the key is
/// no random number but derived from the stored hashes, which hold random salts and are secret,
/// and survive the restart. It comes from all of them, as whoever made one of them knows that one.
/// It stays when the files are read again, so that a new user does not move everybody else's
/// point. Only a start with other hashes than the last start's moves them.
pub(crate) struct Points {
    key: [u8; blake3::KEY_LEN],
}

impl Points {
    pub(crate) fn new<'a>(hashes: impl Iterator<Item = &'a Hash>) -> Self {
        // Sorted, as the order of the users must not matter.
        let mut texts: Vec<String> = hashes.map(Hash::text).collect();
        texts.sort_unstable();
        Self { key: blake3::derive_key(CONTEXT, texts.join("\n").as_bytes()) }
    }

    pub(crate) fn of(&self, name: &str) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = *blake3::keyed_hash(&self.key, name.as_bytes()).as_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::tests::{ARGON2ID, ARGON2ID_OTHER, BCRYPT};

    fn points(hashes: &[&str]) -> Points {
        let hashes: Vec<_> = hashes.iter().map(|hash| Hash::parse(hash).unwrap()).collect();
        Points::new(hashes.iter())
    }

    #[test]
    fn the_same_hashes_in_any_order_give_the_same_points() {
        let (one, two) = (points(&[ARGON2ID, BCRYPT]), points(&[BCRYPT, ARGON2ID]));
        for name in ["", "alice", "b\u{f6}b"] {
            assert_eq!(one.of(name), two.of(name));
        }
        assert_ne!(one.of("alice"), one.of("bob"));
    }

    #[test]
    fn who_does_not_know_each_of_the_hashes_cannot_foretell_a_point() {
        let of = |hashes: &[&str]| points(hashes).of("alice");
        let all = of(&[ARGON2ID, ARGON2ID_OTHER, BCRYPT]);
        for fewer in [[ARGON2ID, ARGON2ID_OTHER], [ARGON2ID, BCRYPT], [ARGON2ID_OTHER, BCRYPT]] {
            assert_ne!(of(&fewer), all);
        }
    }
}
