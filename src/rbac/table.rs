//! A hash table that is filled once.

use std::fmt;

/// What the tables are looked up by: numbers that stand for something, none of which anybody outside of the policy chooses;
/// or a short text, packed.
pub(crate) type Key = (u64, u64);

/// A map from [`Key`]s that never changes. Less than half of it is full, and a look is one multiplication and, mostly, one line of
/// the processor's cache: std's map takes twice as long, and three to six looks are what a check consists of.
pub(crate) struct Table<V> {
    /// A power of two.
    slots: Box<[Option<(Key, V)>]>,
}

impl<V: Copy> Table<V> {
    /// Of several values of a key the first one stays.
    pub(crate) fn new(values: impl ExactSizeIterator<Item = (Key, V)>) -> Self {
        let mut table = Self { slots: vec![None; (2 * values.len() + 1).next_power_of_two()].into() };
        for (key, value) in values {
            let slot = table.slot(key);
            table.slots[slot].get_or_insert((key, value));
        }
        table
    }

    pub(crate) fn get(&self, key: Key) -> Option<&V> {
        self.slots[self.slot(key)].as_ref().map(|(_, value)| value)
    }

    /// Where the key is, or would be.
    fn slot(&self, key: Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(key) as usize & mask;
        // There is an empty one.
        while self.slots[slot].is_some_and(|(other, _)| other != key) {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// Both halves of a product, folded, in which each bit of the key counts: as in wyhash. The numbers are the first digits of π, as
/// those of Blowfish.
fn hash((a, b): Key) -> u64 {
    let product = u128::from(a ^ 0x243f_6a88_85a3_08d3) * u128::from(b ^ 0x1319_8a2e_0370_7344);
    product as u64 ^ (product >> 64) as u64
}

/// A text of 1 to 15 bytes as a key, of which no other text has the same.
pub(crate) fn packed(text: &[u8]) -> Option<Key> {
    let word = |at: usize| Some(u64::from_le_bytes(*text.get(at..)?.first_chunk()?));
    let half = |at: usize| Some(u64::from(u32::from_le_bytes(*text.get(at..)?.first_chunk()?)));
    let (low, high) = match text.len() {
        // What two of them overlap in is the same in both.
        1..=3 => {
            let byte = |at: usize| u64::from(text[at]) << (8 * at);
            (byte(0) | byte(text.len() / 2) | byte(text.len() - 1), 0)
        }
        4..=7 => (half(0)? | half(text.len() - 4)? << (8 * (text.len() - 4)), 0),
        8 => (word(0)?, 0),
        9..=15 => (word(0)?, word(text.len() - 8)? >> (8 * (16 - text.len()))),
        _ => return None,
    };
    Some((low, high | (text.len() as u64) << 56))
}

impl<V> fmt::Debug for Table<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("slots", &self.slots.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_packed_byte_by_byte_with_its_length() {
        let text = b"abcdefghijklmnop";
        for length in 1..=15 {
            let (low, high) = packed(&text[..length]).unwrap();
            let mut bytes = [low.to_le_bytes(), high.to_le_bytes()].concat();
            assert_eq!(bytes.pop(), Some(length as u8));
            assert_eq!(bytes[..length], text[..length]);
            assert!(bytes[length..].iter().all(|byte| *byte == 0));
        }
        assert_eq!((packed(b""), packed(text)), (None, None));
    }

    #[test]
    fn an_empty_table_has_nothing() {
        assert_eq!(Table::<u32>::new(std::iter::empty().collect::<Vec<_>>().into_iter()).get((0, 0)), None);
    }

    proptest! {
        #[test]
        fn a_table_is_a_map(keys in prop::collection::vec((0..40_u64, 0..3_u64), 0..100)) {
            let mut map = HashMap::new();
            for (value, key) in keys.iter().enumerate() {
                map.entry(*key).or_insert(value);
            }
            let table = Table::new(keys.iter().enumerate().map(|(value, key)| (*key, value)));
            for key in (0..41).flat_map(|a| (0..4).map(move |b| (a, b))) {
                prop_assert_eq!(table.get(key), map.get(&key));
            }
        }
    }
}
