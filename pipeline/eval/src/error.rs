//! What ends a measurement, one enum for the crate. Footage or models that are absent do not: they are told.

use std::path::PathBuf;

use velum_analyse::AnalyseError;
use velum_decode::DecodeError;
use velum_models::ModelError;
use velum_redaction::RedactionError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The suite does not hold together.
    #[error("{}: {key}: {problem}", .place.display())]
    Suite {
        /// The suite's file.
        place: PathBuf,
        /// The key, or the line.
        key: String,
        /// What was expected, what was found, and the fix.
        problem: String,
    },
    /// A file of truth is not what it is said to be.
    #[error("{}: {problem}", .file.display())]
    Truth {
        /// The file.
        file: PathBuf,
        /// The line, what was expected and found.
        problem: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A report cannot be compared.
    #[error("{}: {problem}", .file.display())]
    Report {
        /// The report.
        file: PathBuf,
        /// What was expected and found, and the fix.
        problem: String,
    },
    /// A photograph cannot be read.
    #[error("{}: {source}", .file.display())]
    Photograph {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: image::ImageError,
    },
    /// Nothing of the suite's footage, or none of its plans' models, is here.
    #[error("nothing can be measured: {0}")]
    NothingThere(String),
    /// A stage of the pipeline refused or failed.
    #[error("{footage}: {source}")]
    Stage {
        /// On what.
        footage: String,
        /// What the stage says.
        source: Box<StageError>,
    },
}

/// What a stage of the pipeline said.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Decoding.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Analysis.
    #[error(transparent)]
    Analyse(#[from] AnalyseError),
    /// Redaction.
    #[error(transparent)]
    Redaction(#[from] RedactionError),
    /// A frame that is none.
    #[error(transparent)]
    Frame(#[from] velum_frame::FrameError),
    /// A zone that is none.
    #[error(transparent)]
    Zone(#[from] velum_vocab::GeometryError),
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] velum_vocab::IdError),
}

impl EvalError {
    /// A file that could not be read or written.
    pub(crate) fn io(file: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }

    /// A stage that failed on this footage.
    pub(crate) fn stage<E: Into<StageError>>(footage: &str) -> impl Fn(E) -> Self {
        let footage = footage.to_owned();
        move |source| Self::Stage { footage: footage.clone(), source: Box::new(source.into()) }
    }
}
