//! Days and hours since 1970-01-01, UTC: what a record says in the clear of its time.

use std::fmt;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Span, Unit};
use velum_vocab::Timestamp;

const HOUR_SECS: i64 = 3_600;
const HOURS_A_DAY: u32 = 24;

/// An hour since 1970-01-01T00:00Z. Times before that count as the first hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hour(pub(crate) u32);

impl Hour {
    pub(crate) fn of(time: Timestamp) -> Self {
        Self(u32::try_from(time.unix_secs().div_euclid(HOUR_SECS).max(0)).unwrap_or(u32::MAX))
    }

    pub(crate) fn day(self) -> Day {
        Day(self.0 / HOURS_A_DAY)
    }

    pub(crate) fn start(self) -> Timestamp {
        Timestamp::from_unix_secs(i64::from(self.0).saturating_mul(HOUR_SECS))
    }

    /// Whether what was sealed in this hour may not be kept any longer. Counted from the hour's start, so that
    /// nothing outlives its retention.
    pub(crate) fn is_past(self, now: Timestamp, retention: Duration) -> bool {
        self.start().plus(retention) <= now
    }
}

/// A day since 1970-01-01, UTC; printed as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) u32);

impl Day {
    /// Whether even what was sealed in this day's last hour may not be kept any longer.
    pub(crate) fn is_past(self, now: Timestamp, retention: Duration) -> bool {
        Hour(self.0.saturating_mul(HOURS_A_DAY).saturating_add(HOURS_A_DAY - 1)).is_past(now, retention)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let date: Date = text.parse().ok()?;
        let days = epoch().until((Unit::Day, date)).ok()?.get_days();
        let day = Self(u32::try_from(days).ok()?);
        (day.to_string() == text).then_some(day)
    }
}

fn epoch() -> Date {
    jiff::civil::date(1970, 1, 1)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = Span::new().try_days(self.0).ok().and_then(|span| epoch().checked_add(span).ok());
        match date {
            Some(date) => write!(f, "{date}"),
            None => write!(f, "day-{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_back() {
        for (number, text) in [(0, "1970-01-01"), (20_778, "2026-11-21"), (11_016, "2000-02-29")] {
            assert_eq!(Day(number).to_string(), text);
            assert_eq!(Day::parse(text), Some(Day(number)));
        }
        for bad in ["", "1969-12-31", "2026-02-30", "2026-1-1", "2026-11-21T00", "x"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        assert_eq!(Day(u32::MAX).to_string(), "day-4294967295");
    }

    #[test]
    fn nothing_outlives_its_retention() {
        let sealed = Timestamp::from_unix_secs(3_600 * 25 + 3_599);
        let hour = Hour::of(sealed);
        let retention = Duration::from_secs(3_600 * 72);
        assert_eq!(hour.day(), Day(1));
        assert!(hour.is_past(sealed.plus(retention), retention));
        assert!(!hour.is_past(sealed.plus(retention).minus(Duration::from_secs(3_600)), retention));
        assert_eq!(Hour::of(Timestamp::from_unix_secs(-5)), Hour(0));
    }
}
