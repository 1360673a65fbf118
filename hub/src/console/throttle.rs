//! How often a password may be tried.
//!
//! An attempt is counted before the password is looked at, so that many at once gain nothing; a right password
//! takes it off again. Limits by name and address keep a guesser out without locking the person out who sits
//! elsewhere; by the name alone attempts are only slowed down, or anybody could lock anybody out. Whoever fills the table
//! with names and addresses keeps out who is new, and nobody where somebody has logged in before.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::places::network;

const WINDOW: Duration = Duration::from_secs(900);
const BY_NAME_AND_ADDRESS: usize = 5;
const BY_ADDRESS: usize = 20;
const BY_NAME: usize = 100;
/// From then on a name may be tried once in this time.
const SLOW: Duration = Duration::from_secs(5);
/// Beyond this whoever was not seen before waits for a while: memory is bounded.
const MOST_KEYS: usize = 10_000;
/// Kept free for places where somebody has logged in before.
const KEPT_FREE: usize = 2_000;
/// So many such places are remembered, until the hub stops.
const MOST_PLACES: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    NameAndAddress(String, IpAddr),
    Address(IpAddr),
    Name(String),
}

impl Key {
    fn most(&self) -> usize {
        match self {
            Self::NameAndAddress(..) => BY_NAME_AND_ADDRESS,
            Self::Address(_) => BY_ADDRESS,
            Self::Name(_) => BY_NAME,
        }
    }
}

/// The attempts of the last quarter of an hour.
type Attempts = HashMap<Key, VecDeque<Instant>>;

#[derive(Debug, Default)]
struct Table {
    attempts: Attempts,
    /// Where somebody logged in, and when last.
    places: HashMap<IpAddr, Instant>,
}

impl Table {
    /// Whether there is room for these keys; what is over is forgotten where there is none.
    fn has_room(&mut self, keys: &[Key], from: IpAddr, now: Instant) -> bool {
        let most = MOST_KEYS + if self.places.contains_key(&from) { KEPT_FREE } else { 0 };
        if self.attempts.len() + keys.len() <= most {
            return true;
        }
        self.attempts.retain(|_, moments| {
            moments.retain(|moment| now.saturating_duration_since(*moment) < WINDOW);
            !moments.is_empty()
        });
        let new = keys.iter().filter(|key| !self.attempts.contains_key(key)).count();
        self.attempts.len() + new <= most
    }

    fn note_place(&mut self, from: IpAddr, at: Instant) {
        self.places.insert(from, at);
        if self.places.len() > MOST_PLACES
            && let Some(oldest) = self.places.iter().min_by_key(|(_, at)| **at).map(|(place, _)| *place)
        {
            self.places.remove(&oldest);
        }
    }
}

/// How often somebody may try.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Table>);

impl Throttle {
    /// Counts one attempt, or says how long to wait.
    pub(super) fn attempt(&self, name: &str, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let keys = keys(name, from);
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !table.has_room(&keys, network(from), now) {
            return Err(WINDOW);
        }
        let attempts = &mut table.attempts;
        let wait = keys.iter().filter_map(|key| wait(attempts, key, now)).max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        for key in keys {
            attempts.entry(key).or_default().push_back(now);
        }
        Ok(())
    }

    /// The password was right: the attempt of that moment counts nowhere, and what this person mistyped here before
    /// is forgotten.
    pub(super) fn succeeded(&self, name: &str, from: IpAddr, at: Instant) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.note_place(network(from), at);
        let attempts = &mut table.attempts;
        for key in keys(name, from) {
            let Some(moments) = attempts.get_mut(&key) else { continue };
            if let Some(place) = moments.iter().rposition(|moment| *moment == at) {
                moments.remove(place);
            }
            if moments.is_empty() || matches!(key, Key::NameAndAddress(..)) {
                attempts.remove(&key);
            }
        }
    }
}

fn keys(name: &str, from: IpAddr) -> [Key; 3] {
    let from = network(from);
    [Key::NameAndAddress(name.to_owned(), from), Key::Address(from), Key::Name(name.to_owned())]
}

fn wait(attempts: &mut Attempts, key: &Key, now: Instant) -> Option<Duration> {
    let moments = attempts.get_mut(key)?;
    moments.retain(|moment| now.saturating_duration_since(*moment) < WINDOW);
    let (oldest, newest) = (*moments.front()?, *moments.back()?);
    if moments.len() < key.most() {
        return None;
    }
    let wait = match key {
        Key::Name(_) => SLOW.saturating_sub(now.saturating_duration_since(newest)),
        Key::NameAndAddress(..) | Key::Address(_) => {
            WINDOW.saturating_sub(now.saturating_duration_since(oldest))
        }
    };
    (!wait.is_zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(throttle: &Throttle, name: &str, from: &str, at: Instant) -> usize {
        let from = from.parse().unwrap();
        (0..1_000).take_while(|_| throttle.attempt(name, from, at).is_ok()).count()
    }

    #[test]
    fn guesses_are_few_by_name_and_place_and_come_back_with_time() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        assert_eq!(tries(&throttle, "anna", "192.0.2.1", start), 5);
        assert_eq!(tries(&throttle, "anna", "192.0.2.2", start), 5, "anna herself elsewhere");
        assert_eq!(tries(&throttle, "ben", "192.0.2.1", start), 5);
        assert_eq!(tries(&throttle, "ben", "::ffff:192.0.2.1", start), 0, "the same address");
        assert_eq!(tries(&throttle, "anna", "192.0.2.1", start + WINDOW), 5);
    }

    #[test]
    fn neither_many_names_nor_many_addresses_help() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let by_names: usize = (0..50).map(|n| tries(&throttle, &format!("n{n}"), "2001:db8::1", start)).sum();
        assert_eq!(by_names, BY_ADDRESS);
        assert_eq!(tries(&throttle, "other", "2001:db8::ffff", start), 0, "the same network");
        let by_addresses: usize =
            (0..50).map(|n| tries(&throttle, "anna", &format!("192.0.2.{n}"), start)).sum();
        assert_eq!(by_addresses, BY_NAME);
    }

    #[test]
    fn a_right_password_forgives_mistypings() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        tries(&throttle, "anna", "192.0.2.1", start);
        throttle.succeeded("anna", "192.0.2.1".parse().unwrap(), start);
        assert_eq!(tries(&throttle, "anna", "192.0.2.1", start), 5);
    }

    #[test]
    fn right_passwords_count_nowhere() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let office = "192.0.2.1".parse().unwrap();
        for n in 0..1_000 {
            let at = start + Duration::from_millis(n);
            assert_eq!(throttle.attempt("anna", office, at), Ok(()), "{n}");
            throttle.succeeded("anna", office, at);
        }
        assert!(throttle.0.lock().unwrap().attempts.is_empty());
        tries(&throttle, "ben", "192.0.2.1", start);
        throttle.succeeded("anna", office, start + Duration::from_secs(1));
        assert_eq!(tries(&throttle, "ben", "192.0.2.1", start), 0, "another's wrong ones still count");
    }

    #[test]
    fn a_name_that_many_try_is_slow_and_not_locked() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        for n in 0..50 {
            tries(&throttle, "anna", &format!("192.0.2.{n}"), start);
        }
        let anna = "198.51.100.1".parse().unwrap();
        assert_eq!(
            throttle.attempt("anna", anna, start + Duration::from_secs(1)),
            Err(Duration::from_secs(4))
        );
        assert_eq!(throttle.attempt("anna", anna, start + SLOW), Ok(()));
        assert_eq!(tries(&throttle, "anna", "198.51.100.2", start + SLOW), 0, "one at a time");
    }

    #[test]
    fn when_the_table_is_full_only_who_is_new_waits() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        assert_eq!(throttle.attempt("anna", "192.0.2.1".parse().unwrap(), start), Ok(()));
        for n in 0_u32.. {
            let from = IpAddr::V4((0x0a00_0000 + n).into());
            if throttle.attempt(&format!("n{n}"), from, start).is_err() {
                break;
            }
        }
        assert!(throttle.0.lock().unwrap().attempts.len() <= MOST_KEYS);
        assert_eq!(throttle.attempt("anna", "192.0.2.1".parse().unwrap(), start), Ok(()), "known");
        assert_eq!(throttle.attempt("ben", "192.0.2.2".parse().unwrap(), start), Err(WINDOW));
        assert_eq!(throttle.attempt("ben", "192.0.2.2".parse().unwrap(), start + WINDOW), Ok(()));
    }

    #[test]
    fn a_full_table_keeps_nobody_out_where_somebody_has_logged_in_before() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let office: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(throttle.attempt("anna", office, start), Ok(()));
        throttle.succeeded("anna", office, start);
        let fill = |block: u32| {
            (0_u32..).find(|n| {
                let from = IpAddr::V4((block + n).into());
                throttle.attempt(&format!("n{block}-{n}"), from, start).is_err()
            })
        };
        fill(0x0a00_0000);
        assert_eq!(throttle.attempt("ben", "192.0.2.2".parse().unwrap(), start), Err(WINDOW), "new");
        assert_eq!(throttle.attempt("ben", office, start), Ok(()), "another person in the same office");
        for n in 0..u32::try_from(MOST_PLACES).unwrap() {
            throttle.succeeded("cora", IpAddr::V4((0x0b00_0000 + n).into()), start + WINDOW);
        }
        assert_eq!(throttle.0.lock().unwrap().places.len(), MOST_PLACES);
        assert_eq!(
            throttle.attempt("dora", office, start),
            Err(WINDOW),
            "the place was forgotten for newer ones"
        );
    }
}
