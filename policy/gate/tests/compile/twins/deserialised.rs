//! The twin of `deserialised.rs`: a type that can be read from bytes.

fn from_bytes<T: serde::de::DeserializeOwned>() {}

pub(crate) fn main() {
    from_bytes::<String>();
}
