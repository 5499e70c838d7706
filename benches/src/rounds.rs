//! Contenders measured in turn, round by round: what disturbs the machine disturbs all of them, and
//! ratios within a round hold where times do not.

use std::fmt;

use rustix::time::{ClockId, clock_gettime};

/// Short ones: what was made ready is still in the processor's caches, as what a server just read is.
const RUNS: usize = 10;

/// Something whose calls are timed, and all done by the thread that makes them.
pub trait Contender {
    /// What the table calls it.
    fn name(&self) -> &str;

    /// Makes ready what the next run consumes. Not timed.
    fn prepare(&mut self) {}

    /// Makes so many calls, and says how many.
    fn run(&mut self) -> usize;
}

/// The nanoseconds of this thread per call of each contender, in each round.
pub struct Rounds(Vec<Vec<f64>>);

impl Rounds {
    /// Has everybody run a few times per round, each round beginning with another one.
    pub fn measure(contenders: &mut [Box<dyn Contender + '_>], rounds: usize) -> Self {
        let count = contenders.len();
        let round = |first: usize| {
            let mut times = vec![0.0; count];
            for number in (0..count).map(|number| (first + number) % count) {
                times[number] = nanoseconds_per_call(&mut *contenders[number]);
            }
            times
        };
        Self((0..rounds).map(round).collect())
    }

    /// A figure of each round, from the times in the order of the contenders.
    ///
    /// # Panics
    ///
    /// If there was no round.
    pub fn spread(&self, figure: impl Fn(&[f64]) -> f64) -> Spread {
        Spread::of(self.0.iter().map(|times| figure(times)))
    }
}

fn nanoseconds_per_call(contender: &mut dyn Contender) -> f64 {
    let (mut time, mut calls) = (0, 0);
    for _ in 0..RUNS {
        contender.prepare();
        let start = nanoseconds_of_this_thread();
        calls += contender.run();
        time += nanoseconds_of_this_thread() - start;
    }
    time as f64 / calls as f64
}

/// The processor's time, not the clock's: other programs take turns with us.
fn nanoseconds_of_this_thread() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// The median of a figure, and between what four fifths of the rounds were.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Half of the rounds were below.
    pub median: f64,
    /// A tenth of the rounds was below.
    pub low: f64,
    /// A tenth of the rounds was above.
    pub high: f64,
}

impl Spread {
    /// That of these figures.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures = Vec::from_iter(figures);
        figures.sort_by(f64::total_cmp);
        let at = |percent: usize| figures[(figures.len() - 1) * percent / 100];
        Self { median: at(50), low: at(10), high: at(90) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(3);
        write!(f, "{:.digits$} ({:.digits$} to {:.digits$})", self.median, self.low, self.high)
    }
}
