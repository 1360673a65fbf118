//! `velum-edge pause` and `resume`: people stop the analysis of a camera, or of one of its zones, at once, for example
//! because somebody objects (GDPR Art 21; EDPB 3/2019 para 106). [`PauseWish`] is what the command leaves for the box,
//! `zones` are what can be paused beside whole cameras, `desk` is where it is done; `suspended`
//! is what the hub's administrators did of the same kind.
//!
//! Invariant: a pause holds over a restart and ends by itself. It is done even where it cannot be logged, since it only
//! makes the box see less; to resume needs the log, and so does a pause that needs the duty officer.

mod desk;
mod suspended;
mod zones;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use serde::{Deserialize, Serialize};
use velum_gate::Pauses;
use velum_policy::VerifiedPolicy;
use velum_vocab::CameraId;

use crate::args::{PauseArguments, ResumeArguments};
use crate::asked::{self, Ask, Wish, operator_name};
use crate::config::Settings;
use crate::local::{self, Paused, PausedPlace};
pub(crate) use desk::PauseDesk;
use suspended::Held;
pub(crate) use suspended::Suspended;
pub(crate) use zones::Zones;

/// Where the policy names no longest time (`rights.objection.max`).
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PauseWish {
    Pause { place: PausedPlace, minutes: u32, duty_officer: Option<String> },
    Resume { place: PausedPlace },
}

impl Default for PauseWish {
    fn default() -> Self {
        Self::Resume { place: PausedPlace::default() }
    }
}

impl Wish for PauseWish {
    const SUBJECT: &'static str = "a pause";
    const ASKED: &'static str = "paused/asked";
    const ANSWERED: &'static str = "paused/answered";
    const FORMAT: &'static str = "velum-pause-ask";
    const REASON: &'static str = "somebody objects, at the town hall desk";
}

/// Pauses a camera or a zone, or says what is paused.
///
/// # Errors
/// In words, where it cannot be done or was not allowed.
pub(crate) fn pause(settings: &Settings, arguments: PauseArguments) -> anyhow::Result<String> {
    let PauseArguments { camera, zone, minutes, reason, operator, duty_officer, .. } = arguments;
    let Some((camera, reason)) = camera.zip(reason) else { return list(settings) };
    known(settings, &camera)?;
    let place = PausedPlace { camera, zone };
    ask(settings, PauseWish::Pause { place, minutes, duty_officer }, reason, operator)
}

/// Lets a camera or a zone go on before its pause is over.
///
/// # Errors
/// In words, where it cannot be done or was not allowed.
pub(crate) fn resume(settings: &Settings, arguments: ResumeArguments) -> anyhow::Result<String> {
    let ResumeArguments { camera, zone, reason, operator, .. } = arguments;
    ask(settings, PauseWish::Resume { place: PausedPlace { camera, zone } }, reason, operator)
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
        let zones = Zones::of(&settings.cameras);
        drop(PauseDesk::new(&settings.data_dir, zones, clock).look(log, policy.as_ref()));
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
    let suspended = Held::read(&settings.data_dir).map_err(anyhow::Error::msg)?.lines();
    if paused.pauses.is_empty() && suspended.is_empty() {
        return Ok("nothing is paused\n".to_owned());
    }
    let mut text = format!("{:24} {:24} {:22} until\n", "camera", "zone", "since");
    for one in &paused.pauses {
        let [since, until] = [one.since_unix_secs, one.until_unix_secs].map(local::time_text);
        let zone = one.place.zone.as_deref().unwrap_or("(all of it)");
        // Writing to a String does not fail.
        let _ = writeln!(text, "{:24} {zone:24} {since:22} {until}", one.place.camera);
    }
    for line in suspended {
        let _ = writeln!(text, "{line}");
    }
    Ok(text)
}

/// What is paused, as the box keeps it, with what the hub suspended: for commands beside the running box.
///
/// # Errors
/// In words, where that cannot be read.
pub(crate) fn in_force<'c>(
    data_dir: &Path,
    cameras: impl Iterator<Item = &'c CameraId>,
) -> Result<Pauses, String> {
    let mut pauses = local::read_one::<Paused>(&local::paused_path(data_dir))?.unwrap_or_default().for_gate();
    Held::read(data_dir)?.add_to(&mut pauses, cameras);
    Ok(pauses)
}

/// The longest pause that a policy knows.
fn longest(policy: Option<&VerifiedPolicy>) -> Duration {
    let rights = policy.and_then(|policy| policy.file().document().rights.as_ref());
    rights.and_then(|rights| rights.objection.max).map_or(LONGEST, |most| most.get())
}

#[cfg(test)]
mod tests;
