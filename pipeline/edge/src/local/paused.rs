//! Cameras and zones that people paused, each until a moment; and how often they did within the last hour.
//!
//! Content of `paused/in-force.json`, version 2:
//! ```text
//! {"pauses": [{"place": {"camera": "door", "zone": "terrace"},          zone: null for the whole camera
//!              "areas": [[[0.1, 0.2], [0.5, 0.2], [0.3, 0.9]]],         of a zone: what is painted over, as fractions of
//!              "since_unix_secs": 1795219200,                           the picture to 6 digits
//!              "until_unix_secs": 1795221000}],
//!  "begun": [{"place": {...}, "at_unix_secs": 1795219200}]}              each pause that was asked for in the last hour
//! ```
//! Who paused it and why is in the audit log.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use velum_gate::{PausedZone, Pauses};
use velum_vocab::{CameraId, Polygon, Timestamp};

use super::file::Content;

/// For so long it is remembered that a pause was asked for.
const COUNTED_FOR: Duration = Duration::from_secs(3_600);
/// Coordinates are kept to so many parts of the picture: what is read back is then what was written, to the last bit.
const PARTS: f64 = 1e6;

/// All of the box.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paused {
    pub(crate) pauses: Vec<Pause>,
    pub(crate) begun: Vec<Begun>,
}

/// A camera, or one of its zones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PausedPlace {
    pub(crate) camera: String,
    pub(crate) zone: Option<String>,
}

/// One pause that is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pause {
    pub(crate) place: PausedPlace,
    pub(crate) areas: Vec<Vec<[f64; 2]>>,
    pub(crate) since_unix_secs: i64,
    pub(crate) until_unix_secs: i64,
}

/// One pause that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Begun {
    pub(crate) place: PausedPlace,
    pub(crate) at_unix_secs: i64,
}

impl fmt::Display for PausedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.zone {
            Some(zone) => write!(f, "zone {zone} of camera {}", self.camera),
            None => write!(f, "camera {}", self.camera),
        }
    }
}

impl Content for Paused {
    const FORMAT: &'static str = "velum-paused";
    const FOLDER: &'static str = "paused";
    const VERSION: u32 = 2;

    fn is_empty(&self) -> bool {
        self.pauses.is_empty() && self.begun.is_empty()
    }
}

/// Where it is kept.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(Paused::FOLDER).join("in-force.json")
}

impl Pause {
    /// Of a place, with what is painted over.
    pub(crate) fn new(place: PausedPlace, areas: &[Polygon], since: Timestamp, lasts: Duration) -> Self {
        let part = |share: f64| (share * PARTS).round() / PARTS;
        let corners = |area: &Polygon| area.fractions().iter().map(|(x, y)| [part(*x), part(*y)]).collect();
        let [since_unix_secs, until_unix_secs] = [since, since.plus(lasts)].map(Timestamp::unix_secs);
        Self { place, areas: areas.iter().map(corners).collect(), since_unix_secs, until_unix_secs }
    }

    /// What is painted over; everything, where that is no area.
    fn polygons(&self) -> Vec<Polygon> {
        let area = |corners: &Vec<[f64; 2]>| {
            let corners: Vec<(f64, f64)> = corners.iter().map(|[x, y]| (*x, *y)).collect();
            Polygon::from_fractions(&corners).unwrap_or_else(|_| Polygon::whole_frame())
        };
        self.areas.iter().map(area).collect()
    }
}

impl Paused {
    /// Pauses a place; one that is paused stays so for at least as long as it was, with all that was painted over.
    pub(crate) fn pause(&mut self, mut pause: Pause) {
        if let Some(before) = self.resume(&pause.place) {
            if pause.areas.iter().all(|area| before.areas.contains(area)) {
                pause.since_unix_secs = before.since_unix_secs;
            }
            pause.until_unix_secs = pause.until_unix_secs.max(before.until_unix_secs);
            let more: Vec<_> = before.areas.into_iter().filter(|area| !pause.areas.contains(area)).collect();
            pause.areas.extend(more);
        }
        self.pauses.push(pause);
    }

    /// Takes a place out.
    pub(crate) fn resume(&mut self, place: &PausedPlace) -> Option<Pause> {
        let index = self.pauses.iter().position(|paused| paused.place == *place)?;
        Some(self.pauses.remove(index))
    }

    /// Whether the place is paused.
    pub(crate) fn holds(&self, place: &PausedPlace) -> bool {
        self.pauses.iter().any(|paused| paused.place == *place)
    }

    /// Counts a pause that was asked for.
    pub(crate) fn count(&mut self, place: PausedPlace, now: Timestamp) {
        self.begun.push(Begun { place, at_unix_secs: now.unix_secs() });
    }

    /// How many pauses of the place were asked for within the last hour.
    pub(crate) fn counted(&self, place: &PausedPlace) -> usize {
        self.begun.iter().filter(|begun| begun.place == *place).count()
    }

    /// Takes out those whose time is over, and what counts no more; says whether anything changed.
    pub(crate) fn expire(&mut self, now: Timestamp, over: &mut Vec<Pause>) -> bool {
        let before = (self.pauses.len(), self.begun.len());
        let is_over = |paused: &Pause| paused.until_unix_secs <= now.unix_secs();
        over.extend(self.pauses.iter().filter(|paused| is_over(paused)).cloned());
        self.pauses.retain(|paused| !is_over(paused));
        let counts_from = now.minus(COUNTED_FOR).unix_secs();
        self.begun.retain(|begun| begun.at_unix_secs > counts_from);
        before != (self.pauses.len(), self.begun.len())
    }

    /// As the gate takes it.
    pub(crate) fn for_gate(&self) -> Pauses {
        let mut all = Pauses::default();
        for paused in &self.pauses {
            let Ok(camera) = CameraId::parse(&paused.place.camera) else { continue };
            let [since, until] =
                [paused.since_unix_secs, paused.until_unix_secs].map(Timestamp::from_unix_secs);
            match paused.place.zone.clone() {
                None => drop(all.cameras.insert(camera, until)),
                Some(zone) => {
                    let areas = paused.polygons();
                    all.zones.entry(camera).or_default().push(PausedZone { zone, areas, since, until });
                }
            }
        }
        all
    }
}
