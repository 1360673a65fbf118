//! What really applies otherwise to cameras that are in both files, whichever level it was changed at.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diff::layers::LAYERS;
use crate::diff::{Change, Verdict, ways, words};
use crate::effective::{Effective, EffectiveCamera, EffectiveField};
use crate::file::PolicyFile;
use crate::outline::{Hours, Kind, Value, Way};
use crate::pack::Packs;
use crate::resolve::{CameraPolicy, City, resolve};
use crate::sections::Document;

/// A value that applies otherwise, and the cameras that it does so for in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CameraChange {
    /// Which way.
    pub verdict: Verdict,
    /// The field, for example `retention.event`.
    pub key: String,
    /// In a sentence.
    pub sentence: String,
    /// As it was.
    pub old: Applied,
    /// As it would be.
    pub new: Applied,
    /// The cameras, all with these same values of these same origins.
    pub cameras: Vec<String>,
}

/// What applies, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The value, as one would write it in the file.
    pub value: String,
    /// `city, line 120`.
    pub origin: String,
}

/// One value of a camera in one file.
struct Row {
    key: String,
    names: Vec<String>,
    /// Why it applies, where a change of that value alone is told of elsewhere: compared if this is another.
    because: Option<String>,
    value: Value,
    applied: Applied,
}

/// Every camera that is in both.
pub(super) fn compare(old: &PolicyFile, new: &PolicyFile) -> Vec<CameraChange> {
    let (old_cameras, new_cameras) = (rows_by_camera(old), rows_by_camera(new));
    let mut found: Vec<CameraChange> = Vec::new();
    for (camera, old) in &old_cameras {
        let Some(new) = new_cameras.get(camera) else { continue };
        for old in old {
            let Some(new) = new.iter().find(|new| new.key == old.key && new.names == old.names) else {
                continue;
            };
            if let Some(change) = change(camera, old, new) {
                add(&mut found, change);
            }
        }
    }
    found
}

/// Cameras to which the same happens for the same reasons stand together.
fn add(found: &mut Vec<CameraChange>, change: CameraChange) {
    let same = |other: &&mut CameraChange| {
        (&other.key, &other.old, &other.new) == (&change.key, &change.old, &change.new)
    };
    match found.iter_mut().find(same) {
        Some(group) => group.cameras.extend(change.cameras),
        None => found.push(change),
    }
}

fn change(camera: &str, old: &Row, new: &Row) -> Option<CameraChange> {
    if old.because.is_some() && old.because == new.because {
        return None;
    }
    let way = ways::of_value(&old.key, &new.value);
    let verdict = Verdict::of(way.direction(&old.value.kind, &new.value.kind), way);
    (verdict != Verdict::Same).then(|| CameraChange {
        verdict,
        key: old.key.clone(),
        sentence: words::of_value(&words::subject(&old.key, &old.names), &old.value.kind, &new.value.kind),
        old: old.applied.clone(),
        new: new.applied.clone(),
        cameras: vec![camera.to_owned()],
    })
}

fn rows_by_camera(file: &PolicyFile) -> BTreeMap<String, Vec<Row>> {
    let (resolved, _) = resolve(file, Packs::built_in());
    let of_camera = |camera: EffectiveCamera| {
        let applied = resolved.cameras.get(&camera.camera)?;
        let mut rows: Vec<_> = camera.fields.iter().filter_map(layered).collect();
        rows.push(hours(&camera, applied));
        rows.extend(file.document().event.iter().map(|event| {
            let (limit, kept) = (event.retention.name(), applied.event_retention(event.retention));
            let kept = Kind::Duration(kept);
            Row {
                key: "camera.kept".to_owned(),
                names: vec![event.class.clone()],
                because: Some(limit.to_owned()),
                applied: Applied { value: kept.notation(), origin: format!("retention.{limit}") },
                value: Value { kind: kept, way: Way::LessIsPrivate },
            }
        }));
        Some((camera.camera, rows))
    };
    Effective::of(file, Packs::built_in()).cameras.into_iter().filter_map(of_camera).collect()
}

/// A field that sites and cameras may tighten.
fn layered(field: &EffectiveField) -> Option<Row> {
    Some(Row {
        key: field.key.clone(),
        names: Vec::new(),
        because: None,
        value: field.applied.clone()?,
        applied: Applied { value: field.value.clone(), origin: field.origin.to_string() },
    })
}

/// The hours of its site; changed hours of one site are told of there.
fn hours(camera: &EffectiveCamera, applied: &CameraPolicy) -> Row {
    let hours = Kind::Hours(Hours::of(&applied.schedule));
    Row {
        key: "camera.hours".to_owned(),
        names: Vec::new(),
        because: Some(camera.site.clone()),
        applied: Applied { value: hours.notation(), origin: format!("site {}", camera.site) },
        value: Value { kind: hours, way: Way::LessIsPrivate },
    }
}

/// Tells each change of a field that sites and cameras may tighten to which cameras it really applies.
pub(super) fn attach(changes: &mut [Change], cameras: &[CameraChange], document: &Document) {
    let city = City::of(document).layers();
    for change in changes {
        let mut steps = change.key.rsplitn(3, '.');
        let (Some(field), Some(table)) = (steps.next(), steps.next()) else { continue };
        let is_layered = city.iter().any(|(name, node)| *name == table && node.field(field).is_some());
        if !(is_layered && LAYERS.contains(&table)) {
            continue;
        }
        let level = steps.next().and_then(|level| level.split_once('.'));
        let is_below = |camera: &&String| match level {
            Some(("site", site)) => document.camera.get(*camera).is_some_and(|one| one.site == site),
            Some((_, name)) => camera.as_str() == name,
            None => true,
        };
        let key = format!("{table}.{field}");
        let touched = cameras.iter().filter(|one| one.key == key).flat_map(|one| &one.cameras);
        let mut touched: Vec<_> = touched.filter(is_below).cloned().collect();
        touched.sort();
        change.cameras = Some(touched);
    }
}
