//! How many connections there may be: in the TLS handshake, open, of one address, and by one certificate's name.
//!
//! Whoever only connects holds a place of the handshakes, for seconds, and none of those who have shown who they
//! are; and no address alone, and no box or operator alone, can take them all.

use std::collections::HashMap;
use std::hash::Hash;
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
    /// Open connections of one box or operator.
    pub(crate) open_by_holder: usize,
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

/// A number of places, of which one (an address's network, a holder) gets a part.
#[derive(Debug)]
pub(crate) struct Places<One: Eq + Hash> {
    all: Arc<Semaphore>,
    by_one: usize,
    taken: Mutex<HashMap<One, usize>>,
}

/// One place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place<One: Eq + Hash> {
    places: Arc<Places<One>>,
    of: One,
    _one: OwnedSemaphorePermit,
}

impl<One: Eq + Hash + Clone> Places<One> {
    pub(crate) fn new(all: usize, by_one: usize) -> Arc<Self> {
        Arc::new(Self { all: Arc::new(Semaphore::new(all)), by_one, taken: Mutex::default() })
    }

    /// A place for one more of these, if there is one.
    pub(crate) fn take(self: &Arc<Self>, of: One) -> Option<Place<One>> {
        let one = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let mut taken = self.taken();
        let count = taken.get(&of).copied().unwrap_or(0);
        if count >= self.by_one {
            return None;
        }
        taken.insert(of.clone(), count + 1);
        Some(Place { places: Arc::clone(self), of, _one: one })
    }
}

impl<One: Eq + Hash> Places<One> {
    fn taken(&self) -> MutexGuard<'_, HashMap<One, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<One: Eq + Hash> Drop for Place<One> {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&self.of) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.of);
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
        let take = |from: &str| places.take(network(from.parse().unwrap()));
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
