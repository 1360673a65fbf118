//! The version of a policy: three numbers that only ever grow.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// `1.2.0`. Compared number by number, never as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// Reads three numbers with dots between; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse().ok())?;
        let mut parts = text.split('.');
        let version = Self {
            major: number(parts.next()?)?,
            minor: number(parts.next()?)?,
            patch: number(parts.next()?)?,
        };
        parts.next().is_none().then_some(version)
    }
}

impl Version {
    /// The first of the three.
    pub(crate) fn major(self) -> u32 {
        self.major
    }

    /// The version that usually comes next.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        Self { minor: self.minor.saturating_add(1), patch: 0, ..self }
    }

    /// The next major version.
    #[must_use]
    pub(crate) fn next_major(self) -> Self {
        Self { major: self.major.saturating_add(1), minor: 0, patch: 0 }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(|| {
            de::Error::custom("expected three numbers with dots between; write for example `\"1.2.0\"`")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("1.10.0") > version("1.9.9"));
        assert_eq!(version("2.0.1").to_string(), "2.0.1");
        for odd in ["", "1", "1.2", "1.2.3.4", "1.2.x", "+1.2.3", "1..2", "1.2.99999999999"] {
            assert_eq!(Version::parse(odd), None, "{odd}");
        }
    }
}
