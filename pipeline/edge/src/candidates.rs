//! `velum-edge candidates`: what the rule for objects refused and why, for whoever tunes a camera. It reads files
//! of the data folder, whether the box runs or not.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use velum_vocab::{CameraId, Timestamp};

use crate::config::Settings;
use crate::local::{self, Candidates, Row};

#[derive(Debug, Serialize)]
struct OfCamera {
    camera: String,
    rejected: u64,
    /// Counted, but of more different kinds than a day has rows.
    left_out: u64,
    rows: Vec<Row>,
}

/// What was rejected in the last days.
///
/// # Errors
/// Where a file cannot be read, or the camera is not known.
pub(crate) fn run(
    settings: &Settings,
    camera: Option<&str>,
    days: u32,
    json: bool,
    now: Timestamp,
) -> anyhow::Result<String> {
    let day = Duration::from_secs(86_400);
    let from = now.floor_to(day).minus(day.saturating_mul(days.saturating_sub(1)));
    let found = look(settings, camera, from)?;
    if json {
        return Ok(
            serde_json::to_string_pretty(&found).context("the report cannot be written as JSON")? + "\n"
        );
    }
    Ok(table(&found, days))
}

fn look(settings: &Settings, camera: Option<&str>, from: Timestamp) -> anyhow::Result<Vec<OfCamera>> {
    let all = local::read_all::<Candidates>(&settings.data_dir)
        .map_err(|problem| anyhow::anyhow!("{problem}; the box sets it aside when it next starts"))?;
    let mut names: Vec<CameraId> = settings.cameras.iter().map(|camera| camera.id.clone()).collect();
    names.extend(all.keys().filter(|name| !settings.cameras.iter().any(|c| c.id == **name)).cloned());
    if let Some(wanted) = camera {
        names.retain(|name| name.as_str() == wanted);
        if names.is_empty() {
            bail!(
                "--camera: no camera `{wanted}` is configured, and none left anything behind; see `[cameras]`"
            );
        }
    }
    let of = |name: CameraId| {
        let (rows, left_out) = all.get(&name).map(|candidates| candidates.since(from)).unwrap_or_default();
        let counted = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.count));
        OfCamera { camera: name.to_string(), rejected: counted.saturating_add(left_out), left_out, rows }
    };
    Ok(names.into_iter().map(of).collect())
}

fn table(found: &[OfCamera], days: u32) -> String {
    let mut text = String::new();
    for OfCamera { camera, rejected, left_out, rows } in found {
        // Writing to a String does not fail.
        let _ = writeln!(text, "camera {camera}: {rejected} candidates rejected in the last {days} days");
        if !rows.is_empty() {
            let _ = writeln!(
                text,
                "  {:>7}  {:18} {:14} {:>14} {:>12} {:>9}  person near",
                "count", "code", "zone", "height/person", "contrast", "stood s"
            );
        }
        for row in rows {
            let near = if row.person_near { "yes" } else { "no" };
            let _ = writeln!(
                text,
                "  {:>7}  {:18} {:14} {:>14} {:>12} {:>9}  {near}",
                row.count, row.code, row.zone, row.height_in_persons, row.contrast, row.stood_secs
            );
        }
        if *left_out > 0 {
            let _ = writeln!(text, "  {left_out:>7}  of more different kinds than are kept");
        }
    }
    text.push_str("Bands, not values; no places and no times. What each code means: docs/commissioning.md\n");
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use velum_analyse::{Rejected, Suppression};
    use velum_vocab::{Band, SimulatedClock, ZoneId};

    use super::*;
    use crate::local::{DEFAULT_KEEP, Local};
    use crate::testing::START;

    fn settings(folder: &std::path::Path) -> Settings {
        let file = folder.join("edge.toml");
        std::fs::write(&file, "[cameras.door]\nsource = \"test:ball\"\n").unwrap();
        crate::config::load(&file).unwrap()
    }

    #[test]
    fn the_table_says_what_was_refused_and_why() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let empty = run(&settings, None, 30, false, START).unwrap();
        assert!(empty.starts_with("camera door: 0 candidates rejected in the last 30 days\n"), "{empty}");
        let local = Local::new(&settings.data_dir, Arc::new(SimulatedClock::at(START)), DEFAULT_KEEP);
        let rejected = Rejected {
            code: Suppression::TakenAway,
            zone: ZoneId::parse("frame").unwrap(),
            height_in_persons: Band::of(0.3, &[0.2, 0.4]),
            contrast: Band::of(15.0, &[10.0, 20.0]),
            stood_secs: Band::of(4.0, &[5.0]),
            person_near: false,
        };
        local.reject(&CameraId::parse("door").unwrap(), &rejected);
        local.save();
        let table = run(&settings, Some("door"), 7, false, START).unwrap();
        let line = "        1  taken_away         frame                 0.2-0.4        10-20        <5  no\n";
        assert!(table.contains(line), "{table}");
        let json: serde_json::Value =
            serde_json::from_str(&run(&settings, None, 7, true, START).unwrap()).unwrap();
        assert_eq!((&json[0]["rejected"], &json[0]["rows"][0]["code"]), (&1.into(), &"taken_away".into()));
        let later = START.plus(Duration::from_secs(7 * 86_400));
        assert!(run(&settings, None, 7, false, later).unwrap().contains("door: 0 candidates"));
        let error = run(&settings, Some("dor"), 7, false, START).unwrap_err().to_string();
        assert!(error.starts_with("--camera: no camera `dor` is configured"), "{error}");
    }
}
