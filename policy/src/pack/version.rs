//! The version of packs: the month in which they were looked at, and a number where a month has several.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// `2026.11`, or `2026.11.2` for the second after it. Compared number by number, never as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackVersion {
    year: u16,
    month: u8,
    number: u32,
}

impl PackVersion {
    /// Reads the notation; none for anything else. Each version is written in one way only.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |s: &str| {
            (s.len() <= 9 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u32>().ok())?
        };
        let mut parts = text.split('.');
        let year = u16::try_from(number(parts.next()?)?).ok()?;
        let month = u8::try_from(number(parts.next()?)?).ok()?;
        let version = Self { year, month, number: parts.next().map_or(Some(0), number)? };
        let is_whole = parts.next().is_none() && (1..=12).contains(&month);
        (is_whole && version.to_string() == text).then_some(version)
    }
}

impl fmt::Display for PackVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, number } = self;
        write!(f, "{year:04}.{month:02}")?;
        if *number > 0 { write!(f, ".{number}") } else { Ok(()) }
    }
}

impl<'de> Deserialize<'de> for PackVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(|| {
            de::Error::custom(
                "expected year and month, and a number if need be; write for example `\"2026.11\"`",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers_and_written_in_one_way() {
        let version = |text| PackVersion::parse(text).unwrap();
        assert!(version("2026.11.10") > version("2026.11.9"));
        assert!(version("2026.11.1") > version("2026.11"));
        assert!(version("2027.01") > version("2026.12.7"));
        assert_eq!(version("2026.11.2").to_string(), "2026.11.2");
        for odd in
            ["", "2026", "2026.1", "2026.13", "2026.00", "2026.11.0", "2026.11.01", "2026.11.1.1", "+2026.11"]
        {
            assert_eq!(PackVersion::parse(odd), None, "{odd}");
        }
    }
}
