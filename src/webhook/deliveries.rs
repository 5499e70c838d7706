//! Deliveries that were taken, so that none is taken twice.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256, SHA256_OUTPUT_LEN};
use http::{HeaderMap, StatusCode};
use portcullis_core::{Clock, Moment};

use super::proofs::Mark;

/// Of one client: more than anybody sends within the usual window. Nobody takes the room of another one.
const MAX_REMEMBERED: usize = 100_000;

/// Those of one `[[webhook]]`, by their signatures: what was not signed, such as an identifier in a field of its own, whoever
/// repeats a delivery could change. So could they the path, which counts only if the file says so.
pub(super) struct Deliveries {
    window: Duration,
    per_path: bool,
    clock: Clock,
    most: usize,
    seen: Mutex<Seen>,
}

/// The digest of a signature, and perhaps of a path: short, whatever the path is.
type Key = [u8; SHA256_OUTPUT_LEN];

#[derive(Default)]
struct Seen {
    entries: HashMap<Key, Entry>,
    /// Those that were taken, by when they are over.
    ends: BTreeSet<(Moment, Key)>,
    /// How many there are of each client.
    counts: HashMap<Arc<str>, usize>,
}

struct Entry {
    client: Arc<str>,
    /// None while it is under way.
    until: Option<Moment>,
}

/// Whether a delivery is the first of its signature.
pub(super) enum Noted {
    First(Delivery),
    /// It was taken.
    Again,
    /// Another one like it is with the service, which may not take it.
    UnderWay,
    /// The time that was signed is over by now.
    TooOld,
    /// There is no room to remember it, and without that nobody could tell.
    Full,
}

/// A delivery that the service has not yet taken. Dropped before, it is forgotten: it may come again.
#[must_use]
pub(super) struct Delivery {
    of: Arc<Deliveries>,
    /// And until when it is remembered at least.
    key: Option<(Key, Moment)>,
}

impl Deliveries {
    /// `per_path` is whether the same may be delivered once to each path.
    pub(super) fn new(window: Duration, per_path: bool, clock: Clock) -> Self {
        Self { window, per_path, clock, most: MAX_REMEMBERED, seen: Mutex::default() }
    }

    /// Remembers what the client delivers to the path while it is under way; see [`Delivery::settle`].
    pub(super) fn note(self: &Arc<Self>, mark: Mark, client: &str, path: &str) -> Noted {
        let (now, wall) = (self.clock.now(), self.clock.wall());
        let Ok(own) = mark.until.map(|until| until.duration_since(wall)).transpose() else { return Noted::TooOld };
        let mut delivery = Delivery { of: Arc::clone(self), key: None };
        if self.window.is_zero() {
            return Noted::First(delivery);
        }
        let key = key(&mark, self.per_path.then_some(path));
        let mut seen = self.lock();
        seen.forget_over(now);
        match seen.entries.get(&key) {
            Some(Entry { until: Some(_), .. }) => return Noted::Again,
            Some(Entry { until: None, .. }) => return Noted::UnderWay,
            None if seen.counts.get(client).is_some_and(|count| *count >= self.most) => return Noted::Full,
            None => seen.begin(key, client),
        }
        // A wall clock that is set back would let it be good for a little longer than it is counted here.
        let least = own.map_or(now, |own| now.after(own.saturating_add(Duration::from_secs(1))));
        delivery.key = Some((key, least));
        Noted::First(delivery)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn begin(&mut self, key: Key, client: &str) {
        let client = self.counts.get_key_value(client).map_or_else(|| client.into(), |(known, _)| Arc::clone(known));
        *self.counts.entry(Arc::clone(&client)).or_default() += 1;
        self.entries.insert(key, Entry { client, until: None });
    }

    fn keep(&mut self, key: Key, until: Moment) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.until = Some(until);
            self.ends.insert((until, key));
        }
    }

    fn forget_over(&mut self, now: Moment) {
        while let Some((_, key)) = self.ends.first().copied().filter(|(until, _)| *until < now) {
            self.ends.pop_first();
            self.forget(&key);
        }
    }

    fn forget(&mut self, key: &Key) {
        let Some(Entry { client, .. }) = self.entries.remove(key) else { return };
        if let Some(count) = self.counts.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&client);
            }
        }
    }
}

impl Delivery {
    /// The service has answered. After success, the delivery is remembered for the window, and for as long as the sender's own
    /// time lets it be accepted; otherwise it may come again.
    ///
    /// Success is a status 2xx. In gRPC, where a refusal has that too, it is also that no `grpc-status` stands in the header, or 0;
    /// one that stands in the trailers, or in a body of gRPC-web, comes too late to be looked at.
    pub(super) fn settle(self, status: StatusCode, headers: &HeaderMap) {
        if status.is_success() && headers.get_all("grpc-status").iter().all(|value| value == "0") {
            self.taken();
        }
    }

    fn taken(mut self) {
        let Some((key, least)) = self.key.take() else { return };
        let until = self.of.clock.now().after(self.of.window).max(least);
        self.of.lock().keep(key, until);
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some((key, _)) = self.key {
            self.of.lock().forget(&key);
        }
    }
}

fn key(mark: &Mark, path: Option<&str>) -> Key {
    let mut context = digest::Context::new(&SHA256);
    context.update(&mark.signature);
    if let Some(path) = path {
        update_decoded(&mut context, path);
    }
    let mut key = Key::default();
    key.copy_from_slice(context.finish().as_ref());
    key
}

/// The path counts without its escapes: two spellings of it are one. Those that it has are good, since it was found by its route.
fn update_decoded(context: &mut digest::Context, path: &str) {
    let mut pieces = path.split('%');
    context.update(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let escape = piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escape {
            Some(byte) => {
                context.update(&[byte]);
                context.update(&piece.as_bytes()[2..]);
            }
            None => {
                context.update(b"%");
                context.update(piece.as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests;
