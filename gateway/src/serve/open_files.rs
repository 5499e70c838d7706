//! How many connections the operating system lets us have.

/// Further ones wait in the operating system's queue.
const MAX_CONNECTIONS: u64 = 10_000;

/// Open files that are no connections: logs, the config's files, providers.
const RESERVE: u64 = 64;

/// How many connections to accept. Raises the soft limit of open files, if the hard one lets it.
pub(super) fn max_connections() -> usize {
    connections(limit())
}

/// None: there is no limit.
#[cfg(unix)]
fn limit() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // No more than can be used: a limit of a billion has costs of its own.
    let wanted = maximum.unwrap_or(u64::MAX).min(MAX_CONNECTIONS + RESERVE);
    if current.is_none_or(|current| current >= wanted) {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
        Ok(()) => Some(wanted),
        Err(error) => {
            tracing::warn!("cannot raise the limit of open files to {wanted}: {error}");
            current
        }
    }
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}

fn connections(open_files: Option<u64>) -> usize {
    let most = open_files.map_or(MAX_CONNECTIONS, |limit| limit.saturating_sub(RESERVE).clamp(1, MAX_CONNECTIONS));
    usize::try_from(most).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_everything_else() {
        for (limit, expected) in [
            (None, 10_000),
            (Some(u64::MAX), 10_000),
            (Some(10_064), 10_000),
            (Some(10_063), 9_999),
            (Some(1024), 960),
            (Some(64), 1),
            (Some(0), 1),
        ] {
            assert_eq!(connections(limit), expected, "{limit:?}");
        }
    }
}
