//! How many connections there may be: in the TLS handshake, open, and of one address.
//!
//! Whoever only connects holds a place of the handshakes, for seconds, and none of those who have shown who they
//! are; and no address alone can take them all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many places a listener has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Open connections, after the handshake.
    pub(crate) open: usize,
    /// Open connections of one address.
    pub(crate) open_by_address: usize,
    /// Connections in the handshake.
    pub(crate) handshakes: usize,
    /// Connections in the handshake of one address.
    pub(crate) handshakes_by_address: usize,
}

/// Whoever has one IPv6 address has 2^64 of them: they count as one.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        other => other,
    }
}

/// A number of places, of which one address gets a part.
#[derive(Debug)]
pub(crate) struct Places {
    all: Arc<Semaphore>,
    by_address: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    address: IpAddr,
    _one: OwnedSemaphorePermit,
}

impl Places {
    pub(crate) fn new(all: usize, by_address: usize) -> Arc<Self> {
        Arc::new(Self { all: Arc::new(Semaphore::new(all)), by_address, taken: Mutex::default() })
    }

    /// A place for a connection from this address, if there is one.
    pub(crate) fn take(self: &Arc<Self>, from: IpAddr) -> Option<Place> {
        let one = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let address = network(from);
        let mut taken = self.taken();
        let count = taken.get(&address).copied().unwrap_or(0);
        if count >= self.by_address {
            return None;
        }
        taken.insert(address, count + 1);
        Some(Place { places: Arc::clone(self), address, _one: one })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_part_and_all_together_no_more_than_there_are() {
        let places = Places::new(5, 2);
        let take = |from: &str| places.take(from.parse().unwrap());
        let held = [take("192.0.2.1"), take("::ffff:192.0.2.1")];
        assert!(held.iter().all(Option::is_some));
        assert!(take("192.0.2.1").is_none(), "its part is taken");
        let others = [take("2001:db8::1"), take("2001:db8::2")];
        assert!(others.iter().all(Option::is_some));
        assert!(take("2001:db8::3").is_none(), "one network");
        let last = take("192.0.2.2").unwrap();
        assert!(take("192.0.2.3").is_none(), "no more are there");
        drop(last);
        drop(held);
        assert!(take("192.0.2.3").is_some());
        drop(others);
        assert!(places.taken().is_empty(), "who is gone is forgotten");
    }
}
