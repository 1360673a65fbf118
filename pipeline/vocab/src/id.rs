//! Names and random ids. An id never carries a time: that would defeat the policy's time precision.

use std::fmt;

use ring::rand::SecureRandom;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The name is empty, too long, or has a character outside `a-z A-Z 0-9 . _ -`.
    #[error(
        "`{0}`: a name has 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`, for example `tram-hub-3`"
    )]
    Name(String),
    /// The system's random number generator failed.
    #[error("the system's random number generator failed; no id can be made")]
    Random,
    /// Not the hexadecimal form of the expected length.
    #[error("`{0}`: expected {1} hexadecimal digits")]
    Hex(String, usize),
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses a name of 1 to 64 of the characters `a-z A-Z 0-9 . _ -`.
            ///
            /// # Errors
            /// [`IdError::Name`] for anything else.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
                if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
                    return Err(IdError::Name(text.to_owned()));
                }
                Ok(Self(text.to_owned()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// An edge box, as its certificate names it.
    BoxId
);
name!(
    /// A place with one or more cameras, as the policy names it.
    SiteId
);
name!(
    /// A camera, as the policy and the configuration name it.
    CameraId
);
name!(
    /// A polygon on one camera's picture.
    ZoneId
);

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Draws a new id from the system's random number generator.
            ///
            /// # Errors
            /// [`IdError::Random`] when the system gives no random bytes.
            pub fn random() -> Result<Self, IdError> {
                let mut bytes = [0_u8; 16];
                ring::rand::SystemRandom::new().fill(&mut bytes).map_err(|_| IdError::Random)?;
                Ok(Self(bytes))
            }

            /// The id with these 16 bytes, read back from storage.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
    };
}

random_id!(
    /// One event. Random.
    EventId
);
random_id!(
    /// One alert: the same in its raised, updated and cleared events. Random.
    AlertId
);

/// A SHA-256 digest, of a policy file or of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut out = [0_u8; 32];
        out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
        Self(out)
    }

    /// Parses 64 hexadecimal digits, with or without the prefix `sha256:`.
    ///
    /// # Errors
    /// [`IdError::Hex`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let mut out = [0_u8; 32];
        hex::decode_to_slice(digits, &mut out).map_err(|_| IdError::Hex(text.to_owned(), 64))?;
        Ok(Self(out))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["a", "tram-hub-3", "mp.01_x"] {
            assert_eq!(CameraId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "../x", "é", &"x".repeat(65)] {
            assert_eq!(CameraId::parse(bad), Err(IdError::Name(bad.to_owned())));
        }
    }

    #[test]
    fn digests_read_back() {
        let digest = Digest::of(b"velum");
        assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
        assert_eq!(Digest::parse(&format!("sha256:{digest}")), Ok(digest));
        assert!(Digest::parse("sha256:00").is_err());
    }

    #[test]
    fn random_ids_differ() {
        assert_ne!(AlertId::random().unwrap(), AlertId::random().unwrap());
    }
}
