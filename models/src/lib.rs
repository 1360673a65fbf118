//! Models: what finds people, heads, faces, vehicles and bags in a frame, and what counts a crowd. ONNX Runtime is
//! named only here.
//!
//! In reading order: a [`Manifest`] says what a model is and how to speak to it; the [`Catalogue`] knows the
//! manifests and finds, fetches, imports and verifies the files; `onnx` reads a model file and refuses what
//! must not run here; [`Runtime`] is ONNX Runtime's library; a [`Detector`] is what all cameras
//! share: `preprocess` makes a tensor of a frame, `session` runs it, `head` reads boxes out of the answer,
//! `suppression` leaves one box a thing. A [`DensityEstimator`] is the same for models that count a crowd without
//! finding anybody in it. A [`Resting`] detector looks again when its camera's picture has changed.
//!
//! Invariant: no model that makes a vector of a face or a body is ever run. Landmarks of faces are cut off the
//! graph before it is loaded.

mod catalogue;
mod density;
mod detector;
mod error;
mod head;
mod manifest;
mod onnx;
mod preprocess;
mod resting;
mod runtime;
mod session;
mod shared_session;
mod suppression;
mod verifier;

pub use catalogue::{
    Catalogue, Fetched, Imported, Listing, LoadedModel, Output, Presence, Progress, Verified,
};
pub use density::{DensityEstimator, DensityMap, EstimateDensity};
pub use detector::{Detect, Detector, DetectorOptions};
pub use error::ModelError;
pub use manifest::{
    Activation, Channels, ClassEntry, CountError, DensityLayout, DetrLayout, Fit, HeadKind, InputLayout,
    Manifest, Range, Source, Task,
};
pub use resting::{Alertness, LONGEST_REST, Resting};
pub use runtime::{Provider, ProviderChoice, Runtime};
pub use shared_session::SessionCounts;
