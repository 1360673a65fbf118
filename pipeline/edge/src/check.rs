//! `velum-edge check`: what is wrong with this box, and how to mend it.

mod cameras;
mod exercises;
mod hub;
mod machine;
mod models;
mod policy;
mod stills;
mod trials;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use velum_policy::check::{self, Finding, Verdict};
use velum_vocab::{Clock, SystemClock};

use crate::config::{self, CameraSettings, ConfigError, Settings, ShadowRule};
use crate::overlay;
pub(crate) use policy::remembered as remembered_by_gate;

/// Looks at everything and prints it.
///
/// # Errors
/// Where nothing can be printed.
pub(crate) fn run(config_file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let findings = look(config_file);
    let text = if json { check::json(&findings)? + "\n" } else { check::table(&findings) };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::from(check::worst(&findings).exit_code()))
}

fn look(config_file: &Path) -> Vec<Finding> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match config::load(config_file) {
        Ok(of_file) => {
            let (settings, overlays) = overlaid(of_file);
            let mut findings = vec![Finding::ok("configuration", summary(&settings))];
            findings.extend(overlays);
            findings.extend(settings.cameras.iter().filter_map(in_shadow));
            findings.extend(policy::look(&settings, &clock));
            findings.extend(models::look(&settings));
            findings.extend(cameras::decoders());
            findings.extend(cameras::look(&settings.cameras));
            findings.extend(exercises::look(settings.exercises_dir.as_deref()));
            findings.extend(hub::look(settings.hub.as_ref(), &clock));
            findings.push(check::machine::clock(clock.now()));
            findings.push(machine::metrics(settings.metrics_listen));
            findings.push(machine::data_dir(&settings.data_dir));
            findings.push(machine::disk(&settings.data_dir, settings.limits.min_free_disk_mib));
            findings.push(machine::swap());
            findings
        }
        Err(error) => {
            let mut findings = configuration(&error);
            findings.extend(cameras::decoders());
            findings.push(check::machine::clock(clock.now()));
            findings.push(machine::swap());
            findings
        }
    }
}

/// The settings by which a box would run, and what of them is the hub's.
fn overlaid(mut settings: Settings) -> (Settings, Vec<Finding>) {
    let mut findings = Vec::new();
    for camera in &mut settings.cameras {
        if let Some(over) = overlay::in_force(&settings.data_dir, camera) {
            *camera = over;
            let found = format!(
                "by the hub, over this file: `velum-edge settings list` shows them, and `velum-edge settings remove {}` goes back",
                camera.id
            );
            findings.push(Finding::ok(format!("settings of {}", camera.id), found));
        }
    }
    (settings, findings)
}

fn summary(settings: &Settings) -> String {
    let count = settings.cameras.len();
    let noun = if count == 1 { "camera" } else { "cameras" };
    format!("{}: {count} {noun}", settings.file.display())
}

/// Rules that are only tried: nobody should wait for their alerts.
fn in_shadow(camera: &CameraSettings) -> Option<Finding> {
    let words = |rule: &ShadowRule| format!("{} in zone {}", rule.rule.replace('_', " "), rule.zone);
    let rules: Vec<_> = camera.shadow.iter().map(words).collect();
    (!rules.is_empty()).then(|| {
        let found = format!(
            "in shadow: {}; no alert of it leaves. `velum-edge commission` says whether it may go live",
            rules.join(", ")
        );
        Finding::ok(format!("rules of {}", camera.id), found)
    })
}

fn configuration(error: &ConfigError) -> Vec<Finding> {
    let finding = |text: &String| Finding::of_error("configuration", Verdict::Error, text);
    error.lines().iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_shadow_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("edge.toml");
        let text = "[cameras.a]\nsource = \"test:ball\"\nzones = [{ id = \"hall\", abandoned = { mode = \"shadow\" } }]\n\
            [cameras.b]\nsource = \"test:ball\"\n";
        std::fs::write(&file, text).unwrap();
        let settings = config::load(&file).unwrap();
        let found: Vec<_> = settings.cameras.iter().filter_map(in_shadow).collect();
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((finding.subject.as_str(), finding.verdict), ("rules of a", Verdict::Ok));
        assert!(
            finding.found.starts_with("in shadow: abandoned object in zone hall; no alert"),
            "{finding:?}"
        );
    }

    #[test]
    fn each_wrong_key_is_a_line_with_its_fix() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("edge.toml");
        std::fs::write(&file, "[cameras.a]\nsource = \"test:cat\"\n[cameras.b]\nsource = \"test:ball\"\nzones = [{ id = \"z\", polygon = [[0, 0], [1, 1]] }]\n").unwrap();
        let findings = configuration(&config::load(&file).unwrap_err());
        let table = check::table(&findings);
        assert!(table.contains("cameras.a.source: `test:cat`: expected one of test:ball"), "{table}");
        assert!(table.contains("cameras.b.zones[0]: needs at least 3 points, found 2\n"), "{table}");
        assert!(table.contains("-> add a point, or delete the zone to use the whole frame\n"), "{table}");
        assert!(table.ends_with("2 to mend, 0 to think about\n"), "{table}");
    }
}
