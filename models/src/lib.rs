//! Detectors: what finds people, heads, faces, vehicles and bags in a frame. ONNX Runtime is named only here.
//!
//! In reading order: a [`Manifest`] says what a model is and how to speak to it; the [`Catalogue`] knows the
//! manifests and finds, fetches, imports and verifies the files; `onnx` reads a model file and refuses what
//! must not run here; [`Runtime`] is ONNX Runtime's library; a [`Detector`] is one session that all cameras
//! share: `preprocess` makes a tensor of a frame, `session` runs it, `head` reads boxes out of the answer,
//! `suppression` leaves one box a thing.
//!
//! Invariant: no model that makes a vector of a face or a body is ever run. Landmarks of faces are cut off the
//! graph before it is loaded.

mod catalogue;
mod detector;
mod error;
mod head;
mod manifest;
mod onnx;
mod preprocess;
mod runtime;
mod session;
mod suppression;
mod verifier;

pub use catalogue::{Catalogue, Imported, Listing, LoadedModel, Presence, Verified};
pub use detector::{Detect, Detector, DetectorCounts, DetectorOptions};
pub use error::ModelError;
pub use manifest::{Channels, ClassEntry, Fit, HeadKind, InputLayout, Manifest, Range, Source, Task};
pub use runtime::{Provider, ProviderChoice, Runtime};
