//! Why a model is not used, or gave no answer.

use std::path::PathBuf;

use velum_vocab::Digest;

/// Every error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// ONNX Runtime's library was not found anywhere.
    #[error(
        "ONNX Runtime: no libonnxruntime.so in {}; run `make setup`, or set ORT_DYLIB_PATH, for example \
         ORT_DYLIB_PATH=/opt/velum/lib/libonnxruntime.so.1.31.1",
        listed(.searched)
    )]
    RuntimeAbsent {
        /// Where it was looked for.
        searched: Vec<PathBuf>,
    },
    /// ONNX Runtime's library is there and cannot be used.
    #[error("ONNX Runtime `{}`: {reason}; version 1.31 or later is needed: run `make setup`", .path.display())]
    Runtime {
        /// The library.
        path: PathBuf,
        /// What it said.
        reason: String,
    },
    /// A manifest with a wrong, missing or unknown entry.
    #[error("`{place}`: {reason}")]
    Manifest {
        /// The file.
        place: String,
        /// What is wrong, and how to mend it.
        reason: String,
    },
    /// No manifest has this id.
    #[error("model `{id}`: not in the catalogue; known are {}", .known.join(", "))]
    Unknown {
        /// As given.
        id: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The model is there and finds something else than what it was named for.
    #[error(
        "`models.detector`: `{id}` finds {found}, and rules need {expected}; write for example \"velum-person-1\""
    )]
    Task {
        /// Which model.
        id: String,
        /// What it finds.
        found: &'static str,
        /// What was needed.
        expected: &'static str,
    },
    /// The model's file is not on this machine.
    #[error("model `{id}`: no `{file}` in {}; {fix}", listed(.searched))]
    Absent {
        /// Which model.
        id: String,
        /// Its file's name.
        file: String,
        /// Where it was looked for.
        searched: Vec<PathBuf>,
        /// How to get it.
        fix: String,
    },
    /// The file is not the one that the manifest means.
    #[error(
        "model `{id}`: `{place}` has sha256 {found}, the manifest says {expected}; \
         fetch or import it anew, and do not use this file"
    )]
    Digest {
        /// Which model.
        id: String,
        /// The file.
        place: String,
        /// By the manifest.
        expected: Digest,
        /// Of the file.
        found: Digest,
    },
    /// Nobody of this project has had the file, and so its digest is not in the manifest.
    #[error(
        "model `{id}`: its sha256 is not known to this program, for nobody of the project has had the file; get it \
         from whom you trust and run `velum-edge models fetch {id} --sha256 HEX`, or `import FILE --sha256 HEX`"
    )]
    DigestUnknown {
        /// Which model.
        id: String,
    },
    /// Reading or writing failed.
    #[error("`{}`: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no ONNX model, or is larger or deeper than any we accept.
    #[error("model `{model}`: not a readable ONNX model: {reason}")]
    Malformed {
        /// The model's id or file.
        model: String,
        /// What was met.
        reason: &'static str,
    },
    /// The model must not or cannot run here.
    #[error("model `{model}`: refused: {reason}")]
    Refused {
        /// The model's id or file.
        model: String,
        /// Why, and what is accepted.
        reason: String,
    },
    /// The provider that was asked for is not there.
    #[error(
        "model `{model}`: {provider} is not available here: {reason}; set the provider to `auto` or `cpu`"
    )]
    Provider {
        /// Which model.
        model: String,
        /// As asked for.
        provider: &'static str,
        /// What was met.
        reason: String,
    },
    /// ONNX Runtime could not load the model or run it.
    #[error("model `{model}`: {reason}")]
    Session {
        /// Which model.
        model: String,
        /// What it said.
        reason: String,
    },
    /// The answer has another shape than the head reads, or is not made of finite numbers.
    #[error("model `{model}`: unexpected answer: {reason}")]
    Answer {
        /// Which model.
        model: String,
        /// What was met.
        reason: String,
    },
    /// No answer in time.
    #[error(
        "model `{model}`: no answer within {after_ms} ms; the box is overloaded: analyse fewer frames a second"
    )]
    Timeout {
        /// Which model.
        model: String,
        /// How long was waited.
        after_ms: u64,
    },
    /// Too many frames wait already.
    #[error(
        "model `{model}`: {waiting} frames wait already; the box is overloaded: analyse fewer frames a second"
    )]
    Busy {
        /// Which model.
        model: String,
        /// The bound.
        waiting: usize,
    },
    /// The session's thread has ended.
    #[error("model `{model}`: the session has ended; restart the box")]
    Stopped {
        /// Which model.
        model: String,
    },
    /// A model could not be fetched.
    #[error("model `{id}`: cannot fetch `{address}`: {reason}; {fix}")]
    Fetch {
        /// Which model.
        id: String,
        /// From where.
        address: String,
        /// What was met.
        reason: String,
        /// What to do.
        fix: &'static str,
    },
    /// Somebody gave another digest than the manifest has.
    #[error(
        "model `{id}`: you gave sha256 {given}, the manifest says {expected}; leave `--sha256` out, or find out \
         who is wrong before you use the file"
    )]
    DigestGiven {
        /// Which model.
        id: String,
        /// By the manifest.
        expected: Digest,
        /// By the one who fetches.
        given: Digest,
    },
}

fn listed(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return "any folder (none is configured)".to_owned();
    }
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

impl ModelError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }

    pub(crate) fn refused(model: &str, reason: impl Into<String>) -> Self {
        Self::Refused { model: model.to_owned(), reason: reason.into() }
    }

    pub(crate) fn session(model: &str, error: impl std::fmt::Display) -> Self {
        Self::Session { model: model.to_owned(), reason: error.to_string() }
    }

    pub(crate) fn answer(model: &str, reason: impl Into<String>) -> Self {
        Self::Answer { model: model.to_owned(), reason: reason.into() }
    }
}
