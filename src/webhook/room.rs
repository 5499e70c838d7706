//! How much of all bodies together is kept, and which one makes room for another.
//!
//! Whoever has no secret can begin a body and never end it. So a body that is still coming keeps nobody out: where there is no
//! room, the one that has been coming for the longest is given up. To shut a webhook, somebody has to send as much as there is
//! room for in the time that a delivery takes to come. Whose request it is does not count: behind a proxy all are one peer's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// That of one `[[webhook]]`, in bytes.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    bytes: usize,
    /// Bodies that have not ended, by the order in which they began to come.
    coming: BTreeMap<u64, Coming>,
    next: u64,
}

#[derive(Debug)]
struct Coming {
    bytes: usize,
    /// Who is to be told when it is given up.
    waker: Waker,
}

/// What one body takes of it. It is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: Arc<Room>,
    bytes: usize,
    /// Its place among those that are coming, from its first byte until its end.
    number: Option<u64>,
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    pub(super) fn share(self: &Arc<Self>) -> Share {
        Share { of: Arc::clone(self), bytes: 0, number: None }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.lock().bytes
    }
}

impl Kept {
    /// Gives up as many as it takes, the oldest first, and none that is newer than `number`. Returns whom to tell; none if that
    /// would not be enough, and then nothing has changed. The bytes count as free at once, though those who keep them have yet to hear of it.
    fn make_room(&mut self, by: usize, most: usize, number: Option<u64>) -> Option<Vec<Waker>> {
        let excess = self.bytes.checked_add(by)?.saturating_sub(most);
        let mut freed = 0;
        let mut given_up = Vec::new();
        for (other, coming) in self.coming.range(..number.unwrap_or(u64::MAX)) {
            if freed >= excess {
                break;
            }
            freed += coming.bytes;
            given_up.push(*other);
        }
        if freed < excess {
            return None;
        }
        self.bytes -= freed;
        Some(given_up.iter().filter_map(|number| self.coming.remove(number)).map(|coming| coming.waker).collect())
    }
}

impl Share {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes so many bytes more for a body that is coming. Returns whether there are so many; `waker` is for when they are
    /// wanted back.
    pub(super) fn grow(&mut self, by: usize, waker: &Waker) -> bool {
        let mut kept = self.of.lock();
        if self.number.is_some_and(|number| !kept.coming.contains_key(&number)) {
            return false;
        }
        let Some(given_up) = kept.make_room(by, self.of.most, self.number) else { return false };
        let number = self.number.unwrap_or(kept.next);
        kept.next = kept.next.max(number + 1);
        kept.bytes += by;
        self.bytes += by;
        let before = kept.coming.insert(number, Coming { bytes: self.bytes, waker: waker.clone() });
        self.number = Some(number);
        // Not under the lock: nobody knows what a waker does, nor what else goes with it.
        drop(kept);
        drop(before);
        given_up.into_iter().for_each(Waker::wake);
        true
    }

    /// Whether another body has the room now; if not, `waker` is told when it is so.
    pub(super) fn is_given_up(&self, waker: &Waker) -> bool {
        let Some(number) = self.number else { return false };
        let mut kept = self.of.lock();
        let Some(coming) = kept.coming.get_mut(&number) else { return true };
        if !coming.waker.will_wake(waker) {
            let before = std::mem::replace(&mut coming.waker, waker.clone());
            drop(kept);
            drop(before);
        }
        false
    }

    /// The body has ended, and is not given up from now on. Returns whether it had not been before.
    pub(super) fn settle(&mut self) -> bool {
        let Some(number) = self.number else { return true };
        let coming = self.of.lock().coming.remove(&number);
        self.number = self.number.filter(|_| coming.is_none());
        coming.is_some()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut kept = self.of.lock();
        let coming = self.number.map(|number| kept.coming.remove(&number));
        // What was given up has been given back.
        if !matches!(coming, Some(None)) {
            kept.bytes -= self.bytes;
        }
        drop(kept);
    }
}

#[cfg(test)]
mod tests;
