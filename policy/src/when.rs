//! Dates and moments of a policy.

use std::fmt;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, de};

/// A date, or a moment with its offset. A date that begins something begins it at 00:00 UTC; a date that ends
/// something ends it at 24:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A whole day.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
}

impl When {
    /// The first moment of it.
    pub fn starts(self) -> Timestamp {
        match self {
            Self::Day(date) => midnight(date),
            Self::Moment(moment) => moment,
        }
    }

    /// The first moment that is no longer in it, when it says until when something lasts.
    pub fn ends(self) -> Timestamp {
        match self {
            Self::Day(date) => date.tomorrow().map_or(Timestamp::MAX, midnight),
            Self::Moment(moment) => moment,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text.parse::<Timestamp>() {
            Ok(moment) => Some(Self::Moment(moment)),
            Err(_) if text.len() == 10 => text.parse().ok().map(Self::Day),
            Err(_) => None,
        }
    }
}

fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Moment(moment) => moment.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = toml::value::Datetime::deserialize(deserializer)?;
        Self::parse(&written.to_string()).ok_or_else(|| {
            de::Error::custom(
                "expected a date, or a date and time with its offset; \
                 write for example `2026-12-01` or `2026-12-01T00:00:00Z`",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lasts_until_midnight_utc() {
        let day = When::parse("2026-12-01").unwrap();
        assert_eq!(day.starts().to_string(), "2026-12-01T00:00:00Z");
        assert_eq!(day.ends().to_string(), "2026-12-02T00:00:00Z");
        let moment = When::parse("2026-12-01T01:00:00+01:00").unwrap();
        assert_eq!(moment.starts(), day.starts());
        assert_eq!(moment.ends(), day.starts());
    }

    #[test]
    fn a_time_without_offset_is_refused() {
        for odd in ["2026-12-01T00:00:00", "00:00:00", "2026-02-30", ""] {
            assert_eq!(When::parse(odd), None, "{odd}");
        }
    }
}
