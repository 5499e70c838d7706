//! The system's clocks. A deadline needs no more than a few milliseconds' precision, and Linux has
//! clocks that cost a fifth for it: 5 ns instead of 25, up to twice for each cached request.

use std::time::SystemTime;

pub(super) use imp::monotonic;

/// The time of day.
pub(super) fn wall() -> SystemTime {
    imp::wall()
}

#[cfg(target_os = "linux")]
mod imp {
    use std::time::{Duration, SystemTime};

    use rustix::time::{ClockId, Timespec, clock_gettime};

    /// Nanoseconds since the machine's start.
    pub(crate) fn monotonic() -> u64 {
        let nanoseconds = since_zero(clock_gettime(ClockId::MonotonicCoarse)).as_nanos();
        u64::try_from(nanoseconds).unwrap_or(u64::MAX)
    }

    pub(crate) fn wall() -> SystemTime {
        SystemTime::UNIX_EPOCH + since_zero(clock_gettime(ClockId::RealtimeCoarse))
    }

    /// Neither clock shows a time before its zero, unless somebody set it before 1970.
    fn since_zero(time: Timespec) -> Duration {
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime};

    /// Nanoseconds since the first call.
    pub(crate) fn monotonic() -> u64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn wall() -> SystemTime {
        SystemTime::now()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    #[test]
    fn the_clocks_go_forward_and_show_the_time_of_day() {
        let before = super::monotonic();
        std::thread::sleep(Duration::from_millis(50));
        let passed = Duration::from_nanos(super::monotonic() - before);
        assert!(passed >= Duration::from_millis(30), "{passed:?}");
        let off = SystemTime::now().duration_since(super::wall()).unwrap_or_default();
        assert!(off < Duration::from_secs(1), "{off:?}");
    }
}
