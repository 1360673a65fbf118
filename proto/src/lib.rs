//! The protocol between box, hub and terminal: generated code of `velum/v1/*.proto`.
//!
//! Invariant: no message is written by hand, only this page. The generated files are committed, so that no
//! build needs a protobuf compiler; the test `generated_code_is_current` generates them again and compares.
//! After a change of a `.proto` file run `UPDATE=1 cargo test -p velum-proto`. Should generated code ever fail
//! to compile, empty `generated/velum.v1.rs` first: the test is built with this crate.

/// Messages and services of the package `velum.v1`.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::indexing_slicing,
    reason = "generated code; its documentation stands in the .proto files"
)]
#[rustfmt::skip]
#[path = "generated/velum.v1.rs"]
pub mod v1;

/// The encoded `FileDescriptorSet` of all files, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/velum.v1.binpb");

/// What a printed [`v1::EnrolmentToken`] begins with; base64url without padding of the message follows.
pub const ENROLMENT_TOKEN_PREFIX: &str = "velum1.";

/// Whether a certificate is to be renewed: a third of its life is left, or less, so that there is time for a hub that is away. All
/// in seconds since 1970.
pub fn is_due_for_renewal((from_secs, until_secs): (i64, i64), now_secs: i64) -> bool {
    until_secs.saturating_sub(now_secs) <= until_secs.saturating_sub(from_secs) / 3
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_third_before_its_end_a_certificate_is_due() {
        let check = |now_secs: i64, is_due: bool| {
            assert_eq!(super::is_due_for_renewal((1_000, 4_000), now_secs), is_due, "{now_secs}");
        };
        check(0, false);
        check(1_000, false);
        check(2_999, false);
        check(3_000, true);
        check(4_000, true);
        check(9_000, true);
    }
}
