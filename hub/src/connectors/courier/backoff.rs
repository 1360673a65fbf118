//! How long to wait after failures in a row: longer each time, never all connectors at once, and as long as the target
//! asked for.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);
/// A target cannot ask for more.
const LONGEST_ASKED: Duration = Duration::from_secs(3_600);

/// The wait after so many failures.
pub(super) fn wait(failures: u32, asked: Option<Duration>, random: &mut fastrand::Rng) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let ceiling = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let jittered = ceiling.mul_f64(0.5 + random.f64() / 2.0);
    jittered.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_are_spread() {
        let mut random = fastrand::Rng::with_seed(7);
        for (failures, ceiling_secs) in
            [(1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (u32::MAX, 300)]
        {
            let ceiling = Duration::from_secs(ceiling_secs);
            let waits: Vec<_> = (0..100).map(|_| wait(failures, None, &mut random)).collect();
            assert!(waits.iter().all(|wait| (ceiling / 2..=ceiling).contains(wait)), "{failures}");
            assert!(waits.iter().max().unwrap() > &ceiling.mul_f64(0.9), "{failures}");
            assert!(waits.iter().min().unwrap() < &ceiling.mul_f64(0.6), "{failures}");
        }
    }

    #[test]
    fn a_target_may_ask_for_longer_and_not_for_ever() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut asked = |secs| wait(1, Some(Duration::from_secs(secs)), &mut random);
        assert!(asked(0) <= FIRST);
        assert_eq!(asked(120), Duration::from_secs(120));
        assert_eq!(asked(u64::MAX), LONGEST_ASKED);
    }
}
