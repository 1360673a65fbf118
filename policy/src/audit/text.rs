//! Texts that may stand in a log line, and times and days as they are written there.

use std::fmt;

use jiff::civil::Date;
use velum_vocab::Timestamp;

use crate::audit::AuditError;
use crate::audit::entry::LARGEST;
use crate::finding::turns_around;

/// The longest name, characters.
const NAME_CHARS: usize = 128;

/// Names of people, roles, purposes and rules.
pub(crate) fn name(field: &'static str, text: Option<&str>) -> Result<(), AuditError> {
    within(field, text, NAME_CHARS)
}

/// Whether the log takes a text as the name of a person, role, purpose or rule.
pub fn is_name(text: &str) -> bool {
    name("name", Some(text)).is_ok()
}

/// A text of 1 to `most` characters, of which none commands a terminal or turns the order of others.
pub(crate) fn within(field: &'static str, text: Option<&str>, most: usize) -> Result<(), AuditError> {
    let Some(text) = text else { return Ok(()) };
    let chars = text.chars().count();
    if text.trim().is_empty() || chars > most {
        let reason = format!("has 1 to {most} characters that are not all blank, found {chars}");
        return Err(AuditError::Text { field, reason });
    }
    match text.chars().find(|c| c.is_control() || is_unseen(*c)) {
        Some(c) => {
            let reason = format!("has the control character U+{:04X}; leave it out", u32::from(c));
            Err(AuditError::Text { field, reason })
        }
        None => Ok(()),
    }
}

/// Separators of lines, and marks that turn the direction of writing: what is shown would not be what is there.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}') || turns_around(c)
}

/// A text of the log's own, without what [`within`] refuses.
pub(crate) fn shortened(text: &str) -> String {
    plain(text, NAME_CHARS)
}

/// So much of a text as the log takes: what commands a terminal or turns the order of others is left out.
pub fn plain(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control() && !is_unseen(*c)).take(most).collect()
}

/// A count that every reader of JSON reads alike.
pub(crate) fn count(field: &'static str, count: Option<u64>) -> Result<(), AuditError> {
    match count {
        Some(count) if count > LARGEST => {
            Err(AuditError::Text { field, reason: format!("is at most {LARGEST}, found {count}") })
        }
        _ => Ok(()),
    }
}

/// A day whose key seals what was recorded on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDay(Date);

impl KeyDay {
    /// Reads `2026-12-03`; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let day = Self(text.parse().ok()?);
        (day.to_string() == text).then_some(day)
    }
}

impl fmt::Display for KeyDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// `2026-12-03T08:14:20Z`; seconds are cut, not rounded.
pub(crate) fn time(at: Timestamp) -> Option<String> {
    jiff::Timestamp::from_second(at.unix_secs()).ok().map(|at| at.to_string())
}

/// Reads what [`time`] writes, and nothing else.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    let at = Timestamp::from_unix_secs(at.as_second());
    (time(at).as_deref() == Some(text)).then_some(at)
}

/// The month of a time, `2026-12`; months sort as text.
pub(crate) fn month(time: &str) -> String {
    time.chars().take(7).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_and_plain() {
        let check = |text: &str, fits: bool| {
            assert_eq!(within("justification", Some(text), 10).is_ok(), fits, "{text:?}");
        };
        check("0123456789", true);
        check("äöüéèñçßøå", true);
        check("01234567890", false);
        check("", false);
        check("   ", false);
        check("a\nb", false);
        check("a\u{1b}[2J", false);
        check("a\u{202e}b", false);
        check("a\u{2028}b", false);
    }

    #[test]
    fn names_are_what_an_entry_takes() {
        assert!(is_name("plaza-steward") && is_name(&"x".repeat(NAME_CHARS)));
        for odd in ["", " ", "a\nb", "a\u{202e}b", &"x".repeat(NAME_CHARS + 1)] {
            assert!(!is_name(odd), "{odd:?}");
        }
    }

    #[test]
    fn times_have_one_notation() {
        let at = Timestamp::from_unix_millis(1_796_285_660_999);
        assert_eq!(time(at).unwrap(), "2026-12-03T08:14:20Z");
        assert_eq!(parse_time("2026-12-03T08:14:20Z"), Some(Timestamp::from_unix_secs(1_796_285_660)));
        for odd in ["", "2026-12-03T08:14:20.5Z", "2026-12-03T09:14:20+01:00", "2026-12-03 08:14:20Z"] {
            assert_eq!(parse_time(odd), None, "{odd}");
        }
        assert_eq!(time(Timestamp::from_unix_micros(i64::MAX)), None);
    }

    #[test]
    fn days_have_one_notation() {
        assert_eq!(KeyDay::parse("2026-12-03").unwrap().to_string(), "2026-12-03");
        for odd in ["", "20261203", "2026-13-01", "2026-12-03T00:00:00"] {
            assert_eq!(KeyDay::parse(odd), None, "{odd}");
        }
    }
}
