//! `edge.toml`: text to raw values to settings, once, at the start. Every error names the key, what was
//! expected and found, and the fix; relative paths begin at the folder of the file.

mod camera;
mod commissioning;
mod finite;
mod line;
mod parse;
mod problem;
mod pushed;
mod raw;
mod resolve;
mod scenario;
mod settings;
mod stills;
mod zones;

use std::path::Path;

#[cfg(test)]
pub(crate) use camera::CredentialsFrom;
pub(crate) use camera::ShadowRule;
pub(crate) use commissioning::CommissioningSettings;
pub(crate) use problem::ConfigError;
#[cfg(test)]
pub(crate) use problem::Problem;
pub(crate) use resolve::processors;
pub(crate) use scenario::{Scenario, scenarios};
pub(crate) use settings::{
    CameraSettings, DensityModel, DetectorChoice, HubSettings, LimitSettings, Loaded, ModelSettings,
    PolicySettings, Settings,
};
pub(crate) use stills::{StillSettings, VerifierChoice};

/// Reads and checks a configuration file.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn load(file: &Path) -> Result<Settings, ConfigError> {
    whole(load_what_works(file)?)
}

/// Reads a configuration file to run by it: a camera that is wrong is left out, and the others go on.
///
/// # Errors
/// Everything that is wrong, where some of it is about the whole box, or no camera is left.
pub(crate) fn load_what_works(file: &Path) -> Result<Loaded, ConfigError> {
    parse_settings(file, &read(file)?)
}

/// Reads of a configuration file only what it says of models: what is wrong with a camera is no reason to refuse.
///
/// # Errors
/// Where the file cannot be read, or is wrong outside its cameras.
pub(crate) fn load_models(file: &Path) -> Result<ModelSettings, ConfigError> {
    resolve::models(file, parse::parse(file, &read(file)?)?)
}

fn read(file: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(file).map_err(|error| {
        ConfigError::of_file(file, format!("cannot be read: {error}; name another file with --config"))
    })
}

fn parse_settings(file: &Path, text: &str) -> Result<Loaded, ConfigError> {
    resolve::resolve(file, parse::parse(file, text)?)
}

fn whole(loaded: Loaded) -> Result<Settings, ConfigError> {
    loaded.refused.map_or(Ok(loaded.settings), Err)
}

#[cfg(test)]
mod tests;
