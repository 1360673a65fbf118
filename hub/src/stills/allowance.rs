//! How often one person may ask for a still, whether by certificate or in the console.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::identity::same_person;

const HOUR: Duration = Duration::from_secs(3_600);

/// What each operator asked for in the last hour; memory is bounded by operators times the limit.
#[derive(Debug)]
pub(super) struct Allowance {
    most_per_hour: usize,
    asked: Mutex<HashMap<String, VecDeque<Instant>>>,
}

impl Allowance {
    pub(super) fn new(most_per_hour: usize) -> Self {
        Self { most_per_hour, asked: Mutex::default() }
    }

    /// Counts one request, or says how long to wait.
    pub(super) fn take(&self, operator: &str, now: Instant) -> Result<(), Duration> {
        let person = same_person(operator);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, moments| {
            moments.retain(|moment| now.saturating_duration_since(*moment) < HOUR);
            !moments.is_empty()
        });
        let moments = asked.entry(person).or_default();
        if moments.len() >= self.most_per_hour {
            let passed = moments.front().map_or(HOUR, |oldest| now.saturating_duration_since(*oldest));
            return Err(HOUR.saturating_sub(passed));
        }
        moments.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_has_an_allowance_that_comes_back_after_an_hour() {
        let allowance = Allowance::new(2);
        let start = Instant::now();
        let check = |operator: &str, minute: u64, expected: Result<(), u64>| {
            let found = allowance.take(operator, start + Duration::from_secs(minute * 60));
            assert_eq!(found.map_err(|wait| wait.as_secs() / 60), expected, "{operator} at minute {minute}");
        };
        check("anna", 0, Ok(()));
        check("anna", 10, Ok(()));
        check("anna", 20, Err(40));
        check("ben", 20, Ok(()));
        check("anna", 59, Err(1));
        check("anna", 60, Ok(()));
        check("anna", 61, Err(9));
    }

    #[test]
    fn one_person_has_one_allowance_however_they_ask() {
        let (allowance, now) = (Allowance::new(2), Instant::now());
        assert!(allowance.take("certificate:anna", now).is_ok());
        assert!(allowance.take("console:anna", now).is_ok());
        assert!(allowance.take("certificate:Anna", now).is_err());
        assert!(allowance.take("certificate:ben", now).is_ok());
    }
}
