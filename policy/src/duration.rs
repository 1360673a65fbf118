//! Durations as a policy writes them: days, hours, minutes, seconds. A month is not a number.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A duration in the notation `P30D`, `PT72H`, `P1DT12H`, `PT0.5S`. Months, years and weeks do not parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyDuration(Duration);

impl PolicyDuration {
    /// Nothing at all.
    pub const ZERO: Self = Self(Duration::ZERO);
    /// Without end: what stands where "at least" is required and nothing is written.
    pub const MAX: Self = Self(Duration::MAX);

    /// So many seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// As the standard library's duration.
    pub const fn get(self) -> Duration {
        self.0
    }

    /// Reads the notation; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix('P')?;
        let (days, clock) = match body.split_once('T') {
            Some((_, "")) => return None,
            Some((days, clock)) => (days, clock),
            None => (body, ""),
        };
        if days.is_empty() && clock.is_empty() {
            return None;
        }
        let mut total = Duration::ZERO;
        if !days.is_empty() {
            total = total.checked_add(whole(days.strip_suffix('D')?, 86_400)?)?;
        }
        let mut rest = clock;
        for (unit, secs) in [('H', 3_600), ('M', 60)] {
            if let Some((number, after)) = rest.split_once(unit) {
                total = total.checked_add(whole(number, secs)?)?;
                rest = after;
            }
        }
        if !rest.is_empty() {
            total = total.checked_add(seconds(rest.strip_suffix('S')?)?)?;
        }
        Some(Self(total))
    }
}

/// `number` units of `secs` seconds; digits only.
fn whole(number: &str, secs: u64) -> Option<Duration> {
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| number.parse::<u64>().ok())??;
    Some(Duration::from_secs(number.checked_mul(secs)?))
}

/// Seconds with up to nine decimals.
fn seconds(number: &str) -> Option<Duration> {
    let Some((full, decimals)) = number.split_once('.') else { return whole(number, 1) };
    let digits = (1..=9).contains(&decimals.len()) && decimals.bytes().all(|b| b.is_ascii_digit());
    let nanos = digits.then(|| format!("{decimals:0<9}").parse::<u64>().ok())??;
    whole(full, 1)?.checked_add(Duration::from_nanos(nanos))
}

impl fmt::Display for PolicyDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secs, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        if *self == Self::MAX {
            f.write_str("without end")
        } else if nanos > 0 {
            let decimals = format!("{nanos:09}");
            write!(f, "PT{secs}.{}S", decimals.trim_end_matches('0'))
        } else if secs > 0 && secs % 86_400 == 0 {
            write!(f, "P{}D", secs / 86_400)
        } else if secs > 0 && secs % 3_600 == 0 {
            write!(f, "PT{}H", secs / 3_600)
        } else {
            write!(f, "PT{secs}S")
        }
    }
}

impl<'de> Deserialize<'de> for PolicyDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(
                "expected a duration in days, hours, minutes or seconds; \
                 write for example `\"P30D\"` or `\"PT72H\"`: a month or a year is not a fixed number",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_to_seconds_parse_and_read_back() {
        let table = [
            ("PT0S", 0, "PT0S"),
            ("P30D", 2_592_000, "P30D"),
            ("PT72H", 259_200, "P3D"),
            ("P1DT12H", 129_600, "PT36H"),
            ("PT15M", 900, "PT900S"),
            ("PT1H1M1S", 3_661, "PT3661S"),
        ];
        for (text, secs, shown) in table {
            let parsed = PolicyDuration::parse(text).unwrap();
            assert_eq!(parsed, PolicyDuration::from_secs(secs), "{text}");
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(PolicyDuration::parse(shown), Some(parsed));
        }
        assert_eq!(PolicyDuration::parse("PT0.5S").unwrap().get(), Duration::from_millis(500));
        assert_eq!(PolicyDuration::parse("PT0.5S").unwrap().to_string(), "PT0.5S");
    }

    #[test]
    fn months_years_weeks_signs_and_oddities_do_not() {
        let odd = [
            "",
            "P",
            "PT",
            "P1DT",
            "P1M",
            "P1Y",
            "P2W",
            "P-1D",
            "P+1D",
            "-P1D",
            "30D",
            "P 1D",
            "PT1S1H",
            "PT1M1M",
            "PT.5S",
            "PT1.S",
            "P1.5D",
            "P99999999999999999999D",
            "P999999999999999999D",
            "p1d",
            "PT1",
            "P١D",
        ];
        for text in odd {
            assert_eq!(PolicyDuration::parse(text), None, "{text}");
        }
    }
}
