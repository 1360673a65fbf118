//! The edge box.
fn main() {}
