//! `velum-edge settings`: what of the cameras' settings is the hub's, and back to the file.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, bail};
use velum_policy::audit::Outcome;
use velum_vocab::SystemClock;

use super::kept::{KeptSettings, in_force};
use crate::args::SettingsCommand;
use crate::asked::operator_name;
use crate::audit::BoxLog;
use crate::config::Settings;
use crate::local::{self, Content as _};

/// Lists overlays, or removes one.
///
/// # Errors
/// In words, where it cannot be done.
pub(crate) fn run(settings: &Settings, command: SettingsCommand) -> anyhow::Result<String> {
    match command {
        SettingsCommand::List => Ok(list(settings)),
        SettingsCommand::Remove { camera, reason, operator } => {
            remove(settings, &camera, &reason, &operator_name(operator)?)
        }
    }
}

fn list(settings: &Settings) -> String {
    let mut text = String::new();
    for camera in &settings.cameras {
        if let Some(over) = in_force(&settings.data_dir, camera) {
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "{}: by the hub, over {}\n  {}",
                camera.id,
                settings.file.display(),
                over.watching.json()
            );
        }
    }
    if text.is_empty() { "every camera runs by its configuration file\n".to_owned() } else { text }
}

/// With the box's own log, and so only while the box does not run.
fn remove(settings: &Settings, camera: &str, reason: &str, operator: &str) -> anyhow::Result<String> {
    let found = settings.cameras.iter().find(|known| known.id.as_str() == camera);
    let found = found.with_context(|| {
        format!("camera `{camera}` is not one of the configuration; see `velum-edge settings list`")
    })?;
    let path = settings.data_dir.join(KeptSettings::FOLDER).join(format!("{}.json", found.id));
    let kept: Option<KeptSettings> = local::read_one(&path).map_err(anyhow::Error::msg)?;
    if kept.is_none_or(|kept| kept.settings.is_none()) {
        bail!("camera `{camera}` runs by its configuration file already");
    }
    let clock = std::sync::Arc::new(SystemClock);
    let log = BoxLog::open_if_free(&settings.data_dir, clock)?
        .context("the box runs; stop it (`systemctl stop velum-edge`), remove, and start it again")?;
    let words = format!("{operator}: {reason}");
    super::desk::log(&log, &found.id, None, ("settings-removed", &words, Outcome::Allowed))
        .map_err(|_| anyhow::anyhow!("the audit log cannot be written, so that nothing is removed"))?;
    fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
    Ok(format!("camera `{camera}` runs by {} from the next start on\n", settings.file.display()))
}
