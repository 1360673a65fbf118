//! `velum-edge commission`: whether each rule that runs in shadow may go live, and why or why not. It reads files
//! of the data folder, whether the box runs or not.
//!
//! In reading order: `figures` counts what the box kept, `thresholds` tries others, `verdict` judges by
//! `[commissioning]`, `table` and `page` show it.

mod figures;
mod page;
mod table;
mod thresholds;
mod verdict;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use velum_vocab::{CameraId, Timestamp};

use crate::config::Settings;
use crate::local::{self, Candidates, ShadowLog};
use figures::Figures;
use verdict::{Reason, Verdict};

/// The report on all rules.
#[derive(Debug, Serialize)]
struct Report {
    /// When it was made, UTC.
    made_at: String,
    verdict: Verdict,
    rules: Vec<RuleReport>,
}

/// The report on one rule of one camera.
#[derive(Debug, Serialize)]
struct RuleReport {
    verdict: Verdict,
    reasons: Vec<Reason>,
    #[serde(flatten)]
    figures: Figures,
}

/// Prints the report and writes it into a folder where one is named. Exit code 0 is go for every rule.
///
/// # Errors
/// Where a file cannot be read or written, or the camera is not known.
pub(crate) fn run(
    settings: &Settings,
    camera: Option<&str>,
    json: bool,
    out: Option<&Path>,
    now: Timestamp,
) -> anyhow::Result<(String, ExitCode)> {
    let report = look(settings, camera, now)?;
    let as_json =
        serde_json::to_string_pretty(&report).context("the report cannot be written as JSON")? + "\n";
    if let Some(dir) = out {
        write(dir, &[("commissioning.json", &as_json), ("commissioning.html", &page::page(&report))])?;
    }
    let code = if report.verdict == Verdict::Go { ExitCode::SUCCESS } else { ExitCode::from(1) };
    Ok((if json { as_json } else { table::table(&report) }, code))
}

fn write(dir: &Path, files: &[(&str, &str)]) -> anyhow::Result<()> {
    let named = || format!("--out: `{}`", dir.display());
    std::fs::create_dir_all(dir).with_context(named)?;
    files.iter().try_for_each(|(name, text)| std::fs::write(dir.join(name), text).with_context(named))
}

fn look(settings: &Settings, camera: Option<&str>, now: Timestamp) -> anyhow::Result<Report> {
    let broken = |problem: String| anyhow::anyhow!("{problem}; the box sets it aside when it next starts");
    let logs = local::read_all::<ShadowLog>(&settings.data_dir).map_err(broken)?;
    let candidates = local::read_all::<Candidates>(&settings.data_dir).map_err(broken)?;
    let keep = keep(settings)?;
    let mut names: Vec<CameraId> = settings.cameras.iter().map(|camera| camera.id.clone()).collect();
    names.extend(logs.keys().filter(|name| !settings.cameras.iter().any(|c| c.id == **name)).cloned());
    if let Some(wanted) = camera {
        names.retain(|name| name.as_str() == wanted);
        if names.is_empty() {
            bail!("--camera: no camera `{wanted}` is configured, and none ran in shadow; see `[cameras]`");
        }
    }
    let mut rules = Vec::new();
    for name in names {
        let configured = settings.cameras.iter().find(|camera| camera.id == name);
        let window = figures::Window { now, keep };
        rules.extend(figures::of_camera(&name, configured, logs.get(&name), candidates.get(&name), &window));
    }
    let wanted = &settings.commissioning;
    let rules: Vec<_> = rules
        .into_iter()
        .map(|mut figures| {
            thresholds::suggest(&mut figures, wanted);
            let reasons = verdict::reasons(&figures, wanted, keep);
            RuleReport { verdict: Verdict::of(&reasons), reasons, figures }
        })
        .collect();
    // A trial goes nowhere; it keeps no other rule from going live.
    let mut judged = rules.iter().filter(|rule| rule.figures.trial.is_none()).peekable();
    let go = judged.peek().is_some() && judged.all(|rule| rule.verdict == Verdict::Go);
    let verdict = if go { Verdict::Go } else { Verdict::NoGo };
    Ok(Report { made_at: local::time_text(now.unix_secs()), verdict, rules })
}

/// How long the box keeps what it needs: as configured, and no longer than the last policy lets events be kept.
fn keep(settings: &Settings) -> anyhow::Result<Duration> {
    let configured = Duration::from_secs(settings.commissioning.keep_days.saturating_mul(86_400));
    let memory =
        crate::check::remembered_by_gate(&settings.data_dir).map_err(|words| anyhow::anyhow!("{words}"))?;
    Ok(memory.event_retention.map_or(configured, |retention| retention.min(configured)))
}

#[cfg(test)]
mod tests;
