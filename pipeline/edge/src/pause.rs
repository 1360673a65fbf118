//! `velum-edge pause` and `resume`: people stop the analysis of a camera at once, for example because somebody objects
//! (GDPR Art 21; EDPB 3/2019 para 106). [`PauseWish`] is what the command leaves for the box, `desk` is where it is done.
//!
//! Invariant: a pause holds over a restart and ends by itself. It is done even where it cannot be logged, since it only
//! makes the box see less; to resume needs the log.

mod desk;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use serde::{Deserialize, Serialize};
use velum_policy::VerifiedPolicy;
use velum_vocab::{CameraId, Timestamp};

use crate::args::{PauseArguments, ResumeArguments};
use crate::asked::{self, Ask, Wish, operator_name};
use crate::config::Settings;
use crate::local::{self, Paused};
pub(crate) use desk::PauseDesk;

/// Where the policy names no longest time (`rights.objection.max`).
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PauseWish {
    Pause { camera: String, minutes: u32 },
    Resume { camera: String },
}

impl Default for PauseWish {
    fn default() -> Self {
        Self::Resume { camera: String::new() }
    }
}

impl Wish for PauseWish {
    const SUBJECT: &'static str = "a pause";
    const ASKED: &'static str = "paused/asked";
    const ANSWERED: &'static str = "paused/answered";
    const FORMAT: &'static str = "velum-pause-ask";
    const REASON: &'static str = "somebody objects, at the town hall desk";
}

/// Pauses a camera, or says which are paused.
///
/// # Errors
/// In words, where it cannot be done or was not allowed.
pub(crate) fn pause(settings: &Settings, arguments: PauseArguments) -> anyhow::Result<String> {
    let PauseArguments { camera, minutes, reason, operator, .. } = arguments;
    let Some((camera, reason)) = camera.zip(reason) else { return list(settings) };
    known(settings, &camera)?;
    ask(settings, PauseWish::Pause { camera, minutes }, reason, operator)
}

/// Lets a camera go on before its pause is over.
///
/// # Errors
/// In words, where it cannot be done or was not allowed.
pub(crate) fn resume(settings: &Settings, arguments: ResumeArguments) -> anyhow::Result<String> {
    let ResumeArguments { camera, reason, operator, .. } = arguments;
    ask(settings, PauseWish::Resume { camera }, reason, operator)
}

fn ask(
    settings: &Settings,
    wish: PauseWish,
    reason: String,
    operator: Option<String>,
) -> anyhow::Result<String> {
    let ask = Ask { wish, operator: operator_name(operator)?, reason };
    let policy =
        settings.policy.as_ref().and_then(|policy| crate::policy::in_force(&settings.data_dir, policy).ok());
    asked::send(&settings.data_dir, &ask, |log, clock| {
        let cameras = settings.cameras.iter().map(|camera| camera.id.clone()).collect();
        drop(PauseDesk::new(&settings.data_dir, cameras, clock).look(log, policy.as_ref()));
    })
}

fn known(settings: &Settings, camera: &str) -> anyhow::Result<()> {
    if settings.cameras.iter().any(|known| known.id.as_str() == camera) {
        return Ok(());
    }
    let known: Vec<_> = settings.cameras.iter().map(|known| format!("`{}`", known.id)).collect();
    bail!("expected one of the cameras {}, found `{camera}`; see `[cameras]`", known.join(", "));
}

fn list(settings: &Settings) -> anyhow::Result<String> {
    let path = local::paused_path(&settings.data_dir);
    let paused: Paused = local::read_one(&path).map_err(anyhow::Error::msg)?.unwrap_or_default();
    if paused.cameras.is_empty() {
        return Ok("no camera is paused\n".to_owned());
    }
    let mut text = format!("{:24} {:22} until\n", "camera", "since");
    for one in &paused.cameras {
        let [since, until] = [one.since_unix_secs, one.until_unix_secs].map(local::time_text);
        // Writing to a String does not fail.
        let _ = writeln!(text, "{:24} {since:22} {until}", one.camera);
    }
    Ok(text)
}

/// Which cameras are paused, as the box keeps it: for commands beside the running box.
///
/// # Errors
/// In words, where that cannot be read.
pub(crate) fn in_force(data_dir: &Path) -> Result<BTreeMap<CameraId, Timestamp>, String> {
    Ok(local::read_one::<Paused>(&local::paused_path(data_dir))?.unwrap_or_default().by_camera())
}

/// The longest pause that a policy knows.
fn longest(policy: Option<&VerifiedPolicy>) -> Duration {
    let rights = policy.and_then(|policy| policy.file().document().rights.as_ref());
    rights.and_then(|rights| rights.objection.max).map_or(LONGEST, |most| most.get())
}

#[cfg(test)]
mod tests;
