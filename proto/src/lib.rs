//! The protocol between box, hub and terminal: generated code of `velum/v1/*.proto`.
//!
//! Invariant: nothing here is written by hand but this page. The generated files are committed, so that no
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
