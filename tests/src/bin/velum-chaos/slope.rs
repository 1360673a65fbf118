//! Whether something grows: a line through its values, and how sure that line is.

/// Growth an hour, and the ends of its interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(crate) struct Slope {
    pub(crate) low: f64,
    pub(crate) per_hour: f64,
    pub(crate) high: f64,
}

/// Values that follow each other closely are alike: means of so many of them are not.
const BLOCKS: usize = 12;
/// Of Student's t with [`BLOCKS`] - 2 degrees of freedom, both sides.
const T_95: f64 = 2.228;

impl Slope {
    /// By least squares through the means of [`BLOCKS`] pieces of equal length, at 95 %. `None` of too few values.
    ///
    /// # Shape
    /// `[n] (seconds, value)`, in order of time.
    pub(crate) fn of(values: &[(f64, f64)]) -> Option<Self> {
        let size = values.len() / BLOCKS;
        let mean = |part: &[(f64, f64)]| {
            let sum = part.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            (sum.0 / part.len() as f64 / 3_600.0, sum.1 / part.len() as f64)
        };
        let blocks: Vec<(f64, f64)> = match size {
            0 => return None,
            _ => values.chunks_exact(size).take(BLOCKS).map(mean).collect(),
        };
        let count = blocks.len() as f64;
        let (x_mean, y_mean) = blocks.iter().fold((0.0, 0.0), |m, b| (m.0 + b.0 / count, m.1 + b.1 / count));
        let spread: f64 = blocks.iter().map(|b| (b.0 - x_mean).powi(2)).sum();
        if spread <= 0.0 {
            return None;
        }
        let per_hour = blocks.iter().map(|b| (b.0 - x_mean) * (b.1 - y_mean)).sum::<f64>() / spread;
        let rest: f64 = blocks.iter().map(|b| (b.1 - y_mean - per_hour * (b.0 - x_mean)).powi(2)).sum();
        let error = T_95 * (rest / (count - 2.0) / spread).sqrt();
        Some(Self { low: per_hour - error, per_hour, high: per_hour + error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_seen_and_noise_is_none() {
        let values = |per_hour: f64| -> Vec<(f64, f64)> {
            let mut random = fastrand::Rng::with_seed(7);
            let value =
                |n: u32| (f64::from(n) * 10.0, 300.0 + per_hour * f64::from(n) / 360.0 + random.f64());
            (0..180).map(value).collect()
        };
        let grows = Slope::of(&values(20.0)).unwrap();
        assert!(grows.low > 18.0 && grows.high < 22.0, "{grows:?}");
        let rests = Slope::of(&values(0.0)).unwrap();
        assert!(rests.low < 0.0 && rests.high > 0.0 && rests.high < 2.0, "{rests:?}");
        assert_eq!(Slope::of(&values(0.0)[..5]), None);
    }
}
