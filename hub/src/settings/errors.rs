//! Why a change of settings was not taken.

use crate::audit::AuditFailure;
use crate::store::StoreError;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A field cannot be.
    #[error("{0}")]
    Invalid(String),
    /// No box told of such a camera.
    #[error("no box has told of this camera; choose one of the page of cameras")]
    UnknownCamera,
    /// The box has never told its settings.
    #[error(
        "box `{0}` has told no settings of this camera: it is too old to take changes, or has not connected since; update it"
    )]
    OutdatedBox(String),
    /// The settings are others by now.
    #[error("the settings of this camera have changed meanwhile; load them anew and draw the change again")]
    Outdated,
    /// Another change waits.
    #[error(
        "another change of this camera waits for a decision, or for its box; decide or withdraw it first"
    )]
    Waiting,
    /// The box refuses all.
    #[error("box `{0}` takes no settings from the hub: its edge.toml says `takes_settings = false`")]
    TakesNone(String),
    /// There is no such change.
    #[error("there is no such change; load the page anew")]
    UnknownChange,
    /// It was decided before, or withdrawn.
    #[error("this change is decided already, or was withdrawn; load the page anew")]
    Decided,
    /// Four eyes.
    #[error(
        "whoever proposed a change does not decide it: somebody else must look at it; you may withdraw it"
    )]
    OwnProposal,
    /// The box is not connected, or went away.
    #[error(
        "box `{0}` is not connected, so that nobody can say what would become of this; it can be proposed all the same"
    )]
    Away(String),
    /// The box is connected to another hub on the same database.
    #[error(
        "box `{0}` talks to the hub `{1}` at the moment; ask there, or propose the change: the box judges it anyway"
    )]
    Elsewhere(String, String),
    /// No answer came.
    #[error("box `{0}` did not answer in time; try again, or propose the change: the box judges it anyway")]
    TimedOut(String),
    /// As many as may be are under way.
    #[error("too many drafts are being looked at at the moment; try again in a few seconds")]
    Busy,
    /// The audit log failed.
    #[error("the audit log cannot be written, so that nothing is changed; the hub's log says why")]
    Audit(#[from] AuditFailure),
    /// The store failed.
    #[error("the hub cannot store at the moment; its log says why")]
    Store(#[from] StoreError),
}
