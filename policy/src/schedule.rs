//! When a site may be analysed.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Deserializer, de};

use crate::order::choice;

choice!(
    /// A day of the week.
    Day {
        /// Monday.
        Mon = "mon",
        /// Tuesday.
        Tue = "tue",
        /// Wednesday.
        Wed = "wed",
        /// Thursday.
        Thu = "thu",
        /// Friday.
        Fri = "fri",
        /// Saturday.
        Sat = "sat",
        /// Sunday.
        Sun = "sun",
    }
);

impl From<civil::Weekday> for Day {
    fn from(weekday: civil::Weekday) -> Self {
        match weekday {
            civil::Weekday::Monday => Self::Mon,
            civil::Weekday::Tuesday => Self::Tue,
            civil::Weekday::Wednesday => Self::Wed,
            civil::Weekday::Thursday => Self::Thu,
            civil::Weekday::Friday => Self::Fri,
            civil::Weekday::Saturday => Self::Sat,
            civil::Weekday::Sunday => Self::Sun,
        }
    }
}

const DAY_MINUTES: usize = 24 * 60;
/// Minutes of a week.
pub(crate) const WEEK_MINUTES: usize = 7 * DAY_MINUTES;

/// Minutes since local midnight, 00:00 to 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let two =
            |s: &str| (s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u16>().ok());
        let (hours, minutes) = (two(hours)??, two(minutes)??);
        let total = hours * 60 + minutes;
        (minutes < 60 && total <= 24 * 60).then_some(Self(total))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(|| {
            de::Error::custom("expected a time of day from `00:00` to `24:00`; write `\"07:00\"`")
        })
    }
}

/// An IANA time zone, known to the built-in database.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A zone that was read from a policy always has its name.
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        TimeZone::get(&name).map(Self).map_err(|_| {
            de::Error::custom(
                "expected a time zone of the IANA database; write for example `\"Europe/Amsterdam\"`",
            )
        })
    }
}

/// One window. `to` before `from` spans midnight and belongs to the day on which it begins.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// On which days; none is never.
    #[serde(default)]
    pub days: BTreeSet<Day>,
    /// From this time of day.
    pub from: TimeOfDay,
    /// Until just before this time of day.
    pub to: TimeOfDay,
    /// In this time zone.
    pub tz: Zone,
    /// For what reason.
    pub why: Option<String>,
}

impl Window {
    /// Whether it begins and ends at the same time of day, and so says nothing.
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }

    /// The minutes of a week that it covers, counted from Monday 00:00 by the clock on the wall.
    pub(crate) fn minutes(&self) -> impl Iterator<Item = usize> + '_ {
        let (from, to) = (usize::from(self.from.0), usize::from(self.to.0));
        let length = if from < to { to - from } else { to + DAY_MINUTES - from };
        let length = if self.is_empty() { 0 } else { length };
        self.days.iter().flat_map(move |day| {
            let start = *day as usize * DAY_MINUTES + from;
            (start..start + length).map(|minute| minute % WEEK_MINUTES)
        })
    }

    /// As one would write it in the file.
    pub(crate) fn words(&self) -> String {
        let days: Vec<_> = self.days.iter().map(|day| format!("\"{day}\"")).collect();
        let why = self.why.as_ref().map(|why| format!(", why = {why:?}")).unwrap_or_default();
        format!(
            "{{ days = [{}], from = \"{}\", to = \"{}\", tz = \"{}\"{why} }}",
            days.join(", "),
            self.from,
            self.to,
            self.tz
        )
    }

    /// Whether the moment lies in it, by the clock on the wall of that zone.
    pub fn covers(&self, moment: Timestamp) -> bool {
        let local = moment.to_zoned(self.tz.0.clone()).datetime();
        let minute =
            TimeOfDay(u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0));
        let on = |date: civil::Date| self.days.contains(&Day::from(date.weekday()));
        let today = on(local.date());
        if self.is_empty() {
            return false;
        }
        if self.from < self.to {
            return today && self.from <= minute && minute < self.to;
        }
        let since_yesterday = local.date().yesterday().is_ok_and(on);
        (today && self.from <= minute) || (since_yesterday && minute < self.to)
    }
}

/// Whether any of these windows covers the moment; no window is never.
pub(crate) fn covers(windows: &[Window], moment: Timestamp) -> bool {
    windows.iter().any(|window| window.covers(moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Window {
        toml::from_str(text).unwrap()
    }

    fn check(window: &Window, moment: &str, expected: bool) {
        assert_eq!(window.covers(moment.parse().unwrap()), expected, "{moment}");
    }

    #[test]
    fn market_days_in_local_time_summer_and_winter() {
        let market = window("days = ['thu', 'sat']\nfrom = '07:00'\nto = '18:30'\ntz = 'Europe/Amsterdam'");
        check(&market, "2026-12-03T06:00:00Z", true); // Thursday, 07:00 in winter
        check(&market, "2026-12-03T05:59:59Z", false);
        check(&market, "2026-12-03T17:29:59Z", true);
        check(&market, "2026-12-03T17:30:00Z", false);
        check(&market, "2026-12-04T10:00:00Z", false); // Friday
        check(&market, "2027-07-01T05:00:00Z", true); // Thursday, 07:00 in summer
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_begins() {
        let night = window("days = ['fri']\nfrom = '22:00'\nto = '01:30'\ntz = 'UTC'");
        check(&night, "2026-12-04T22:00:00Z", true); // Friday
        check(&night, "2026-12-05T01:29:00Z", true); // still Friday's
        check(&night, "2026-12-05T01:30:00Z", false);
        check(&night, "2026-12-04T01:00:00Z", false); // Thursday's night
        check(&night, "2026-12-05T22:00:00Z", false);
    }

    #[test]
    fn a_whole_day_and_no_day() {
        let whole = window("days = ['mon']\nfrom = '00:00'\nto = '24:00'\ntz = 'UTC'");
        check(&whole, "2026-12-07T00:00:00Z", true);
        check(&whole, "2026-12-07T23:59:59Z", true);
        check(&whole, "2026-12-08T00:00:00Z", false);
        check(&window("from = '00:00'\nto = '24:00'\ntz = 'UTC'"), "2026-12-07T12:00:00Z", false);
        assert!(!covers(&[], Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn the_minutes_of_a_week_are_those_that_are_covered() {
        let monday: Timestamp = "2026-12-07T00:00:00Z".parse().unwrap();
        for text in [
            "days = ['thu', 'sat']\nfrom = '07:00'\nto = '18:30'\ntz = 'UTC'",
            "days = ['sun', 'mon']\nfrom = '22:00'\nto = '01:30'\ntz = 'UTC'",
            "days = ['mon']\nfrom = '00:00'\nto = '24:00'\ntz = 'UTC'",
            "days = ['mon']\nfrom = '07:00'\nto = '07:00'\ntz = 'UTC'",
        ] {
            let window = window(text);
            let covered: BTreeSet<_> = window.minutes().collect();
            for minute in 0..WEEK_MINUTES {
                let moment = monday + jiff::SignedDuration::from_mins(i64::try_from(minute).unwrap());
                assert_eq!(window.covers(moment), covered.contains(&minute), "{text}: {moment}");
            }
        }
    }

    #[test]
    fn times_and_zones_read_as_they_were_written() {
        let window = window("days = ['mon']\nfrom = '07:05'\nto = '24:00'\ntz = 'Europe/Amsterdam'");
        assert_eq!(format!("{} {} {}", window.from, window.to, window.tz), "07:05 24:00 Europe/Amsterdam");
    }

    #[test]
    fn odd_times_and_zones_are_refused() {
        for odd in ["24:01", "7:00", "07:60", "0700", "", "-1:00", "07:00:00"] {
            assert_eq!(TimeOfDay::parse(odd), None, "{odd}");
        }
        assert!(toml::from_str::<Window>("from = '00:00'\nto = '24:00'\ntz = 'Europe/Atlantis'").is_err());
    }
}
