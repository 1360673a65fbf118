//! A number that is a number: TOML allows `nan` and `inf`, no setting does.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A finite number, written as an integer or with a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finite(pub(crate) f64);

impl<'de> Deserialize<'de> for Finite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(FiniteVisitor)
    }
}

impl Serialize for Finite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

struct FiniteVisitor;

impl Visitor<'_> for FiniteVisitor {
    type Value = Finite;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a finite number")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Finite, E> {
        if value.is_finite() {
            Ok(Finite(value))
        } else {
            Err(E::custom(format!("expected a finite number, found `{value}`; write a number such as 2.5")))
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Finite, E> {
        Ok(Finite(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Finite, E> {
        Ok(Finite(value as f64))
    }
}
