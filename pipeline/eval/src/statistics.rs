//! Counts, shares and how sure they are.

use serde::{Deserialize, Serialize};

/// The two-sided 95 % point of the normal distribution.
const Z: f64 = 1.959_964;

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Those that were counted.
    pub hits: u64,
    /// All that were looked at.
    pub of: u64,
}

impl Tally {
    /// Looks at one more.
    pub fn add(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.of += 1;
    }

    /// Takes in another count.
    pub fn join(&mut self, other: Self) {
        self.hits += other.hits;
        self.of += other.of;
    }

    /// The share; `None` of nothing.
    pub fn fraction(&self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// The Wilson score interval of the share, 95 %: where the true share plausibly lies, if each was drawn
    /// for itself. Of nothing it is 0 to 1.
    ///
    /// *Source*: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    pub fn wilson(&self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (n, p) = (self.of as f64, self.hits as f64 / self.of as f64);
        let z2 = Z * Z;
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        ((middle - half).clamp(0.0, p), (middle + half).clamp(p, 1.0))
    }
}

/// Where the true mean of a Poisson count plausibly lies, 95 %, exactly.
///
/// *Source*: F. Garwood, "Fiducial limits for the Poisson distribution", 1936; found by bisection of the
/// distribution itself.
pub fn poisson_interval(count: u64) -> (f64, f64) {
    const TAIL: f64 = 0.025;
    let most = count as f64 + 12.0 * (count as f64 + 1.0).sqrt() + 12.0;
    let low = match count.checked_sub(1) {
        None => 0.0,
        // At least `count` is as improbable as one less is probable to be exceeded.
        Some(below) => bisected(most, |mean| 1.0 - poisson_at_most(below, mean) < TAIL),
    };
    (low, bisected(most, |mean| poisson_at_most(count, mean) > TAIL))
}

/// Where `below` turns from true to false, between 0 and `most`.
fn bisected(most: f64, below: impl Fn(f64) -> bool) -> f64 {
    let (mut from, mut to) = (0.0, most);
    for _ in 0..100 {
        let middle = (from + to) / 2.0;
        if below(middle) {
            from = middle;
        } else {
            to = middle;
        }
    }
    (from + to) / 2.0
}

/// How probable it is that a Poisson count of this mean is at most `count`.
fn poisson_at_most(count: u64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    let mut logarithm = -mean;
    let mut sum = logarithm.exp();
    for k in 1..=count {
        logarithm += mean.ln() - (k as f64).ln();
        sum += logarithm.exp();
    }
    sum.min(1.0)
}

/// The mean; `None` of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The smallest value that this share of the values do not exceed; `None` of nothing.
pub(crate) fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wilson_intervals_are_those_of_the_tables() {
        let check = |hits, of, expected: (f64, f64)| {
            let (low, high) = Tally { hits, of }.wilson();
            let near = (low - expected.0).abs() < 5e-5 && (high - expected.1).abs() < 5e-5;
            assert!(near, "{hits} of {of}: {low} to {high}");
        };
        // R: prop.test(x, n, correct = FALSE), or by hand.
        check(0, 10, (0.0, 0.2775));
        check(10, 10, (0.7225, 1.0));
        check(1, 20, (0.0089, 0.2361));
        check(50, 100, (0.4038, 0.5962));
        check(0, 0, (0.0, 1.0));
    }

    #[test]
    fn poisson_intervals_are_those_of_the_tables() {
        let check = |count, expected: (f64, f64)| {
            let (low, high) = poisson_interval(count);
            let near = (low - expected.0).abs() < 5e-4 && (high - expected.1).abs() < 5e-4;
            assert!(near, "{count}: {low} to {high}");
        };
        // E. S. Pearson and H. O. Hartley, Biometrika Tables for Statisticians, table 40; R: poisson.test(x).
        check(0, (0.0, 3.6889));
        check(1, (0.0253, 5.5716));
        check(2, (0.2422, 7.2247));
        check(5, (1.6235, 11.6683));
        check(10, (4.7954, 18.3904));
        check(100, (81.3640, 121.6272));
    }

    proptest! {
        #[test]
        fn the_share_lies_in_its_interval_and_more_counts_narrow_it(of in 1_u64..5_000, at in 0.0_f64..=1.0) {
            let few = Tally { hits: (of as f64 * at) as u64, of };
            let (low, high) = few.wilson();
            let p = few.fraction().unwrap();
            prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0);
            let many = Tally { hits: few.hits * 9, of: few.of * 9 };
            prop_assert!(many.wilson().1 - many.wilson().0 < high - low);
        }
    }

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let values = [4.0, 1.0, 3.0, 2.0];
        let check = |share, expected| assert_eq!(quantile(&values, share), Some(expected), "{share}");
        check(0.0, 1.0);
        check(0.25, 1.0);
        check(0.26, 2.0);
        check(0.95, 4.0);
        check(1.0, 4.0);
        assert_eq!((quantile(&[], 0.5), mean(&[]), mean(&values)), (None, None, Some(2.5)));
    }
}
