//! A number told only by the band it lies in: enough to tune a threshold by, too coarse to point at one moment.

use std::fmt;

/// From a lower edge (included) to an upper one (excluded); open where there is none.
///
/// It is written `<0.1`, `0.1-0.2` or `>=0.8`, and read back by [`Band::parse`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    from: Option<f64>,
    below: Option<f64>,
}

impl Band {
    /// The band of a value between these edges, which rise. What is no number lies in the lowest.
    pub fn of(value: f64, edges: &[f64]) -> Self {
        let below = edges.iter().copied().find(|edge| value.is_nan() || value < *edge);
        let from = edges.iter().copied().take_while(|edge| value >= *edge).last();
        Self { from, below }
    }

    /// Whether every value of the band is at least this.
    pub fn is_at_least(&self, value: f64) -> bool {
        self.from.is_some_and(|from| from >= value)
    }

    /// The lower edge; 0 where there is none.
    pub fn from(&self) -> f64 {
        self.from.unwrap_or(0.0)
    }

    /// Reads what [`Display`](fmt::Display) wrote; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
        let band = if let Some(below) = text.strip_prefix('<') {
            Self { from: None, below: Some(number(below)?) }
        } else if let Some(from) = text.strip_prefix(">=") {
            Self { from: Some(number(from)?), below: None }
        } else {
            let (from, below) = text.split_once('-')?;
            Self { from: Some(number(from)?), below: Some(number(below)?) }
        };
        (band.to_string() == text).then_some(band)
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.below) {
            (Some(from), Some(below)) => write!(f, "{from}-{below}"),
            (Some(from), None) => write!(f, ">={from}"),
            (None, Some(below)) => write!(f, "<{below}"),
            (None, None) => f.write_str("any"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_one_band_that_reads_back() {
        let check = |value: f64, expected: &str| {
            let band = Band::of(value, &[0.5, 10.0, 30.0]);
            assert_eq!(band.to_string(), expected, "{value}");
            assert_eq!(Band::parse(expected), Some(band));
        };
        check(-1.0, "<0.5");
        check(f64::NAN, "<0.5");
        check(0.5, "0.5-10");
        check(29.9, "10-30");
        check(30.0, ">=30");
        check(f64::INFINITY, ">=30");
        for odd in ["", "any", "5", "<", "<x", "10-", "-10", "1-2-3", ">=inf", ">= 3", "<0.50"] {
            assert_eq!(Band::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_band_is_at_least_its_lower_edge() {
        let check = |value: f64, least: f64, expected: bool| {
            assert_eq!(Band::of(value, &[10.0, 30.0]).is_at_least(least), expected, "{value} {least}");
        };
        check(20.0, 10.0, true);
        check(20.0, 11.0, false);
        check(5.0, 0.0, false);
        assert_eq!((Band::of(5.0, &[10.0]).from(), Band::of(15.0, &[10.0]).from()), (0.0, 10.0));
    }
}
