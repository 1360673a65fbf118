//! Days and hours as they stand in files, UTC.

use velum_vocab::Timestamp;

/// The day of a moment, `2026-11-26`; none outside the calendar.
pub(crate) fn day_of(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_second(at.unix_secs()).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

/// When a day begins; none for what is no day.
pub(crate) fn day_start(day: &str) -> Option<Timestamp> {
    let date: jiff::civil::Date = day.parse().ok()?;
    let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_unix_secs(start.timestamp().as_second()))
}

/// A moment to the second, `2026-11-26T04:00:00Z`; as a number outside the calendar.
pub(crate) fn time_text(unix_secs: i64) -> String {
    jiff::Timestamp::from_second(unix_secs).map_or_else(|_| unix_secs.to_string(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_back() {
        let start = Timestamp::from_unix_secs(1_795_219_200);
        assert_eq!(day_of(Timestamp::from_unix_secs(1_795_219_200 + 86_399)).unwrap(), "2026-11-21");
        assert_eq!(day_start("2026-11-21"), Some(start));
        assert_eq!((day_start("yesterday"), day_of(Timestamp::from_unix_micros(i64::MAX))), (None, None));
    }
}
