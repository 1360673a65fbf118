//! What may leave cannot be read from bytes.

fn from_bytes<T: serde::de::DeserializeOwned>() {}

fn main() {
    from_bytes::<velum_gate::Releasable<velum_vocab::Health>>();
}
