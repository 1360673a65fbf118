//! Zones and ground planes that the hub offered, over what `edge.toml` says: the file of people is never rewritten.
//!
//! `desk` takes offers and tries them out, `kept` is what is remembered of each camera, `sketch` draws an offered ground
//! plane, `command` is `velum-edge settings`. Invariants: what is offered is judged by the parser of the file and can ask
//! for nothing that the policy does not allow anyway; it is in the audit log before it is tried; it holds only after the
//! camera was seen to run by it, and what was before is back where it was not, even after a kill; where the file changes
//! beneath it, the file holds.

mod command;
mod desk;
mod kept;
mod sketch;

use std::path::Path;

pub(crate) use command::run;
pub(crate) use desk::Overlays;
pub(crate) use kept::in_force;

use crate::config::{self, ConfigError, Loaded};

/// The configuration with what the hub offered over it, as a box that is started now would take it: for commands beside
/// the box.
///
/// # Errors
/// As [`config::load_what_works`].
pub(crate) fn load(file: &Path) -> Result<Loaded, ConfigError> {
    let mut loaded = config::load_what_works(file)?;
    let data_dir = loaded.settings.data_dir.clone();
    for camera in &mut loaded.settings.cameras {
        if let Some(over) = in_force(&data_dir, camera) {
            *camera = over;
        }
    }
    Ok(loaded)
}

#[cfg(test)]
mod tests;
