//! From when to when, in bins of whole hours of UTC.

use std::fmt;

use velum_proto::v1::StatisticsRequest;

use crate::access::Refused;

pub(super) const HOUR_MS: i64 = 3_600_000;
/// No store keeps longer.
const MOST_DAYS: i64 = 366;
const MOST_BIN_HOURS: u32 = 24 * 31;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    from_unix_ms: i64,
    to_unix_ms: i64,
    bin_hours: u32,
}

impl Period {
    /// # Errors
    /// [`Refused::Invalid`], with the field.
    pub(super) fn of(request: &StatisticsRequest) -> Result<Self, Refused> {
        let invalid = |field, expected: &str, found: String| {
            Err(Refused::Invalid { field, expected: expected.to_owned(), found })
        };
        let StatisticsRequest { from_unix_ms, to_unix_ms, bin_hours, .. } = *request;
        for (field, unix_ms) in [("from_unix_ms", from_unix_ms), ("to_unix_ms", to_unix_ms)] {
            if unix_ms < 0 || unix_ms % HOUR_MS != 0 {
                return invalid(field, "a whole hour of UTC since 1970", unix_ms.to_string());
            }
        }
        let hours = to_unix_ms.saturating_sub(from_unix_ms) / HOUR_MS;
        if !(1..=MOST_DAYS * 24).contains(&hours) {
            return invalid("to_unix_ms", "1 hour to 366 days after from_unix_ms", format!("{hours} hours"));
        }
        if bin_hours > MOST_BIN_HOURS {
            return invalid("bin_hours", "0 to 744", bin_hours.to_string());
        }
        Ok(Self { from_unix_ms, to_unix_ms, bin_hours: bin_hours.max(1) })
    }

    /// With bins of at least this length, in whole hours.
    pub(super) fn not_finer_than(self, bin_ms: i64) -> Self {
        let hours = bin_ms.saturating_add(HOUR_MS - 1).div_euclid(HOUR_MS);
        let least = u32::try_from(hours).unwrap_or(MOST_BIN_HOURS);
        Self { bin_hours: self.bin_hours.max(least), ..self }
    }

    pub(super) fn begins_unix_ms(self) -> i64 {
        self.from_unix_ms
    }

    pub(super) fn ends_unix_ms(self) -> i64 {
        self.to_unix_ms
    }

    pub(super) fn bin_hours(self) -> u32 {
        self.bin_hours
    }

    pub(super) fn has(self, unix_ms: i64) -> bool {
        (self.from_unix_ms..self.to_unix_ms).contains(&unix_ms)
    }

    /// The start of the bin of a moment of the period.
    pub(super) fn bin_of(self, unix_ms: i64) -> i64 {
        let past = unix_ms.saturating_sub(self.from_unix_ms);
        unix_ms.saturating_sub(past.rem_euclid(self.bin_ms()))
    }

    /// The end of a bin: the last one may be shorter.
    pub(super) fn end_of(self, bin_unix_ms: i64) -> i64 {
        bin_unix_ms.saturating_add(self.bin_ms()).min(self.to_unix_ms)
    }

    fn bin_ms(self) -> i64 {
        i64::from(self.bin_hours).saturating_mul(HOUR_MS)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = |unix_ms: i64| {
            jiff::Timestamp::from_millisecond(unix_ms)
                .map_or_else(|_| unix_ms.to_string(), |at| at.to_string())
        };
        write!(f, "{} to {}", utc(self.from_unix_ms), utc(self.to_unix_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_hours_in_order_and_no_bin_finer_than_the_policys() {
        let request = |from: i64, to: i64, bin_hours| StatisticsRequest {
            from_unix_ms: from * HOUR_MS,
            to_unix_ms: to * HOUR_MS,
            bin_hours,
            ..StatisticsRequest::default()
        };
        let period = Period::of(&request(10, 34, 0)).unwrap();
        assert_eq!((period.bin_hours(), period.bin_of(11 * HOUR_MS + 5)), (1, 11 * HOUR_MS));
        for (bin_ms, hours) in [(0, 1), (900_000, 1), (HOUR_MS, 1), (HOUR_MS + 1, 2), (86_400_000, 24)] {
            assert_eq!(period.not_finer_than(bin_ms).bin_hours(), hours);
        }
        let days = period.not_finer_than(10 * HOUR_MS);
        assert_eq!((days.bin_of(31 * HOUR_MS), days.end_of(30 * HOUR_MS)), (30 * HOUR_MS, 34 * HOUR_MS));
        let refused = |request: &StatisticsRequest, part: &str| {
            let told = Period::of(request).unwrap_err().to_string();
            assert!(told.contains(part), "{told}");
        };
        refused(&request(10, 10, 1), "to_unix_ms: expected 1 hour to 366 days");
        refused(&request(10, 9_000, 1), "found 8990 hours");
        refused(&request(10, 11, 745), "bin_hours: expected 0 to 744");
        let crooked = StatisticsRequest { from_unix_ms: 7, ..request(0, 4, 1) };
        refused(&crooked, "from_unix_ms: expected a whole hour");
    }
}
