//! What one client may have of something that there is little of.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A client may have one part in this many.
const PARTS: usize = 4;

/// Counts what each client has. There is no exception: neither for the loopback interface nor for
/// something in front of this program.
pub(super) struct Shares {
    most: usize,
    /// Without those who have nothing, so it is no larger than what is shared.
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One of a client's. It is given back when this goes.
pub(super) struct Share {
    of: Arc<Shares>,
    client: IpAddr,
}

impl Shares {
    pub(super) fn of(all: usize) -> Arc<Self> {
        Arc::new(Self { most: (all / PARTS).max(1), taken: Mutex::default() })
    }

    /// How many one client may have.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// None if the client has enough.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let client = client(address);
        let mut taken = self.taken();
        let count = taken.entry(client).or_default();
        if *count == self.most {
            return None;
        }
        *count += 1;
        drop(taken);
        Some(Share { of: Arc::clone(self), client })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.of.taken();
        match taken.get_mut(&self.client) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.client)),
        }
    }
}

/// An IPv4 address, or an IPv6 network of 64 bits: a host has all of its addresses.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_has_a_quarter_and_no_more_until_it_gives_back() {
        let shares = Shares::of(8);
        let first = shares.take(address("192.0.2.1")).unwrap();
        // The same client, on a socket that listens on IPv6 and IPv4.
        let second = shares.take(address("::ffff:192.0.2.1")).unwrap();
        assert!(shares.take(address("192.0.2.1")).is_none());
        assert!(shares.take(address("192.0.2.2")).is_some(), "others have theirs");
        drop(first);
        let third = shares.take(address("192.0.2.1"));
        assert!(third.is_some() && shares.take(address("192.0.2.1")).is_none());
        drop((second, third));
        assert!(shares.taken().is_empty(), "nobody is remembered");
    }

    #[test]
    fn the_addresses_of_an_ipv6_network_share() {
        let shares = Shares::of(4);
        let _one = shares.take(address("2001:db8:0:1::1")).unwrap();
        assert!(shares.take(address("2001:db8:0:1:ffff::2")).is_none());
        assert!(shares.take(address("2001:db8:0:2::1")).is_some());
    }

    #[test]
    fn where_there_is_less_than_one_for_each_a_client_has_one() {
        assert!(Shares::of(1).take(address("::1")).is_some());
    }
}
