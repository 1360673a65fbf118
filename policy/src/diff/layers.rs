//! What sites and cameras tighten: wherever one of them writes something else, what then applies at its level.
//!
//! A value that is deleted below loosens to what is above, and one that is written anew tightens from there. One
//! that would loosen what is above changes nothing: it is an error of the file, and the stricter value applies.

use std::collections::BTreeMap;

use crate::diff::Side;
use crate::diff::walk::{Place, Walk};
use crate::file::PolicyFile;
use crate::lines::Lines;
use crate::outline::{Node, Value};
use crate::resolve::{City, Layers, Patches};

/// The tables that exist at every level.
pub(super) const LAYERS: [&str; 4] = ["capture", "aggregation", "redaction", "retention"];

/// One site or camera in one file: what it writes, what then applies, and where else it may come from.
struct Level {
    /// `site.marktplein`.
    key: String,
    written: Layers,
    applied: Layers,
    /// The keys above, the nearest first.
    above: Vec<String>,
}

/// Every site and camera that is in both files.
pub(super) fn compare(walk: &mut Walk<'_>) {
    let (old, new) = (levels(walk.old.file()), levels(walk.new.file()));
    for (key, old) in &old {
        let Some(new) = new.get(key) else { continue };
        for table in LAYERS {
            let (Some(old_table), Some(new_table)) =
                (fields(&old.written, table), fields(&new.written, table))
            else {
                continue;
            };
            for ((field, old_own), (_, new_own)) in old_table.iter().zip(new_table) {
                // Where nobody touched it here, whatever moved is told of above, and of the cameras.
                if old_own == new_own {
                    continue;
                }
                let at = place(&old.key, table, field);
                let of = of(&old.key);
                let was = side(&walk.old, old, table, field);
                let is = side(&walk.new, new, table, field);
                if let (Some((old, was)), Some((new, is))) = (was, is) {
                    walk.value(&at, &of, (&old, was), (&new, is));
                }
            }
        }
    }
}

fn place(level: &str, table: &str, field: &str) -> Place {
    let key = format!("{level}.{table}.{field}");
    Place {
        shown: key.clone(),
        key: format!("{table}.{field}"),
        old_key: key.clone(),
        new_key: key,
        ..Place::default()
    }
}

fn of(level: &str) -> String {
    match level.split_once('.') {
        Some((kind, name)) => format!(" at the {kind} `{name}`"),
        None => String::new(),
    }
}

fn fields<'l>(layers: &'l Layers, table: &str) -> Option<&'l Vec<(&'static str, Node)>> {
    match layers.iter().find(|(name, _)| *name == table) {
        Some((_, Node::Table(fields))) => Some(fields),
        _ => None,
    }
}

fn find(layers: &Layers, table: &str, field: &str) -> Option<Value> {
    layers.iter().find(|(name, _)| *name == table)?.1.field(field)?.value().cloned()
}

/// What applies here, and whether it is written here or comes from above.
fn side(lines: &Lines<'_>, level: &Level, table: &str, field: &str) -> Option<(Value, Side)> {
    let key =
        |at: &str| if at.is_empty() { format!("{table}.{field}") } else { format!("{at}.{table}.{field}") };
    let value = find(&level.applied, table, field)?;
    let own = key(&level.key);
    if find(&level.written, table, field).is_some_and(|written| written.kind.same(&value.kind)) {
        let shown = lines.written(&own).unwrap_or_else(|| value.kind.notation());
        let line = lines.line(&own);
        return Some((value, Side { value: Some(shown), line, inherited: false, baseline: None }));
    }
    let line = level.above.iter().find_map(|above| lines.line(&key(above)));
    let shown = value.kind.notation();
    let baseline = lines.baseline(&format!("{table}.{field}")).filter(|_| line.is_none());
    Some((value, Side { value: Some(shown), line, inherited: true, baseline }))
}

/// Sites and cameras by their keys.
fn levels(file: &PolicyFile) -> BTreeMap<String, Level> {
    let (document, mut levels, mut ignored) = (file.document(), BTreeMap::new(), Vec::new());
    let city = City::of(document);
    for (name, site) in &document.site {
        let (key, patches) = (format!("site.{name}"), Patches::of_site(site));
        let tightened = city.tightened(&patches, file, &key, &mut ignored);
        for (camera_name, camera) in document.camera.iter().filter(|(_, camera)| camera.site == *name) {
            let (camera_key, patches) = (format!("camera.{camera_name}"), Patches::of_camera(camera));
            let level = Level {
                key: camera_key.clone(),
                written: patches.layers(),
                applied: tightened.tightened(&patches, file, &camera_key, &mut ignored).layers(),
                above: vec![key.clone(), String::new()],
            };
            levels.insert(camera_key, level);
        }
        let (written, applied) = (patches.layers(), tightened.layers());
        levels.insert(key.clone(), Level { key, written, applied, above: vec![String::new()] });
    }
    levels
}
