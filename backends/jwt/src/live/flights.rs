//! Which fetch is under way, and when the next may be.

use std::time::Duration;

use portcullis_core::Moment;
use tokio::sync::watch;

use super::Why;
use super::unknown::UnknownKids;

/// When a fetch counts as lost: it ends before, unless its runtime has stopped without a word.
const LOST: Duration = Duration::from_secs(70);

/// The fetches: there is at most one.
pub(super) struct Flights {
    under_way: Option<UnderWay>,
    /// How many have begun; the number of the last one.
    pub(super) begun: u64,
    /// The number of the last one that succeeded.
    pub(super) succeeded: u64,
    /// The end of the cool-down after the last one for an unknown key.
    cool: Option<Moment>,
    /// Whether somebody asked for a key in the cool-down, so that there is to be one after it.
    owed: bool,
    pub(super) unknown: UnknownKids,
}

pub(super) struct UnderWay {
    number: u64,
    began: Moment,
    pub(super) why: Why,
    /// Dropped, it tells all who wait.
    landed: watch::Sender<()>,
}

/// The end of a fetch, to wait for.
pub(super) struct Landing(watch::Receiver<()>);

impl Flights {
    pub(super) fn new() -> Self {
        Self { under_way: None, begun: 0, succeeded: 0, cool: None, owed: false, unknown: UnknownKids::new() }
    }

    /// The end of the one that is under way.
    pub(super) fn join(&self, now: Moment) -> Option<Landing> {
        self.not_lost(now).map(|under_way| Landing(under_way.landed.subscribe()))
    }

    pub(super) fn is_under_way(&self, now: Moment) -> bool {
        self.not_lost(now).is_some()
    }

    fn not_lost(&self, now: Moment) -> Option<&UnderWay> {
        self.under_way.as_ref().filter(|under_way| now.since(under_way.began) < LOST)
    }

    /// Begins one, to be called only if none is to be joined. Returns its number.
    pub(super) fn begin(&mut self, why: Why, now: Moment) -> (u64, Landing) {
        let (sender, receiver) = watch::channel(());
        self.begun += 1;
        self.owed = false;
        self.under_way = Some(UnderWay { number: self.begun, began: now, why, landed: sender });
        (self.begun, Landing(receiver))
    }

    /// Ends the one with this number; `None` if it has ended, or was lost and another is under way.
    /// Those who wait wake up when what this returns is dropped.
    pub(super) fn land(&mut self, number: u64, has_succeeded: bool, cool: Moment) -> Option<UnderWay> {
        let landed = self.under_way.take_if(|under_way| under_way.number == number)?;
        if has_succeeded {
            self.succeeded = number;
        }
        if landed.why == Why::UnknownKey {
            self.cool = Some(cool);
        }
        Some(landed)
    }

    /// When the cool-down ends, unless it is over.
    pub(super) fn cool(&self, now: Moment) -> Option<Moment> {
        self.cool.filter(|cool| *cool > now)
    }

    /// Sees to it that there is one after the cool-down. Returns whether that is new.
    pub(super) fn owe(&mut self) -> bool {
        !std::mem::replace(&mut self.owed, true)
    }

    /// When the one that is owed may be.
    pub(super) fn owed(&self) -> Option<Moment> {
        self.cool.filter(|_| self.owed)
    }
}

impl Landing {
    pub(super) async fn landed(mut self) {
        // Nothing is ever sent: this is an error when the sender is gone.
        while self.0.changed().await.is_ok() {}
    }
}
