//! `edge.toml`: text to raw values to settings, once, at the start. Every error names the key, what was
//! expected and found, and the fix; relative paths begin at the folder of the file.

mod camera;
mod finite;
mod line;
mod parse;
mod problem;
mod raw;
mod resolve;
mod settings;
mod zones;

use std::path::Path;

#[cfg(test)]
pub(crate) use camera::CredentialsFrom;
pub(crate) use problem::ConfigError;
pub(crate) use settings::{
    CameraSettings, DetectorChoice, HubSettings, LimitSettings, ModelSettings, PolicySettings, Settings,
};

/// Reads and checks a configuration file.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn load(file: &Path) -> Result<Settings, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        ConfigError::of_file(file, format!("cannot be read: {error}; name another file with --config"))
    })?;
    parse_settings(file, &text)
}

fn parse_settings(file: &Path, text: &str) -> Result<Settings, ConfigError> {
    resolve::resolve(file, parse::parse(file, text)?)
}

#[cfg(test)]
mod tests;
