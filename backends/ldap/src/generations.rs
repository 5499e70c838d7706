//! Callers of whom nothing is to be remembered any more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use blake3::Hash;

/// How many callers are told from the others. One more, and everything is forgotten.
const MAX: usize = 1024;

/// How often callers were forgotten. It is part of what an answer is remembered by: one of an older generation, also one
/// that is still to come, is then found by nobody.
#[derive(Default)]
pub(crate) struct Generations(Mutex<State>);

#[derive(Default)]
struct State {
    last: u64,
    /// That of whoever has none of its own.
    base: u64,
    own: HashMap<Hash, u64>,
}

impl Generations {
    /// That of this caller; 0 if it was never forgotten.
    pub(crate) fn of(&self, backend: &str, name: &str) -> u64 {
        self.with(|state| match state.own.is_empty() {
            true => state.base,
            false => state.own.get(&key(backend, name)).copied().unwrap_or(state.base),
        })
    }

    pub(crate) fn forget(&self, backend: &str, name: &str) {
        let key = key(backend, name);
        self.with(|state| {
            if state.own.len() >= MAX && !state.own.contains_key(&key) {
                return state.begin_anew();
            }
            state.last += 1;
            state.own.insert(key, state.last);
        });
    }

    pub(crate) fn forget_all(&self) {
        self.with(State::begin_anew);
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn begin_anew(&mut self) {
        self.last += 1;
        self.base = self.last;
        self.own.clear();
    }
}

/// As long for any name.
fn key(backend: &str, name: &str) -> Hash {
    let mut digest = blake3::Hasher::new();
    digest.update(&backend.len().to_be_bytes()).update(backend.as_bytes()).update(name.as_bytes());
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_caller_that_is_meant_is_forgotten() {
        let generations = Generations::default();
        generations.forget("a", "bc");
        assert_eq!(generations.of("a", "bc"), 1);
        for (backend, name) in [("ab", "c"), ("a", "b"), ("", "abc"), ("b", "bc")] {
            assert_eq!(generations.of(backend, name), 0, "{backend} {name}");
        }
        generations.forget("a", "bc");
        assert_eq!(generations.of("a", "bc"), 2);
    }

    #[test]
    fn no_generation_comes_twice() {
        let generations = Generations::default();
        let mut seen = vec![generations.of("a", "alice")];
        for _ in 0..3 {
            generations.forget("a", "alice");
            seen.push(generations.of("a", "alice"));
            generations.forget_all();
            seen.push(generations.of("a", "alice"));
            assert_eq!(generations.of("a", "bob"), generations.of("a", "alice"));
        }
        assert!(seen.is_sorted_by(|one, next| one < next), "{seen:?}");
    }

    #[test]
    fn where_there_is_no_room_everybody_is_forgotten() {
        let generations = Generations::default();
        let all: Vec<String> = (0..=MAX).map(|number| number.to_string()).collect();
        all[..MAX].iter().for_each(|name| generations.forget("a", name));
        generations.forget("a", "0");
        let before: Vec<u64> = all.iter().map(|name| generations.of("a", name)).collect();
        assert_eq!((before[MAX], generations.0.lock().unwrap().own.len()), (0, MAX));
        generations.forget("a", &all[MAX]);
        assert!(all.iter().zip(before).all(|(name, before)| generations.of("a", name) > before));
        assert!(generations.0.lock().unwrap().own.is_empty());
    }
}
