//! What really applies to each camera, and where each value comes from: the city, its site, the camera itself, the
//! pack of its country, or nobody, so that the strictest value holds.
//!
//! The values are those of [`ResolvedPolicy`](crate::ResolvedPolicy), which the box applies; only their origin is
//! found out here.

use std::fmt;

use serde::Serialize;

use crate::file::PolicyFile;
use crate::lines::Lines;
use crate::outline::{Kind, Node, Outline, Value};
use crate::pack::{Ceiling, CountryPacks, Limits, Packs};
use crate::resolve::{CameraPolicy, City, Layers, Patches, ResolvedPolicy, resolve};
use crate::sections::{Camera, Document, EventField, Site, Zone, ZoneKind};

/// What applies to each camera of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effective {
    /// The policy.
    pub id: String,
    /// Its version.
    pub version: String,
    /// By camera.
    pub cameras: Vec<EffectiveCamera>,
}

/// What applies to one camera.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EffectiveCamera {
    /// Its name.
    pub camera: String,
    /// Its site.
    pub site: String,
    /// The tables that a site and a camera may tighten, field by field.
    pub fields: Vec<EffectiveField>,
    /// What else applies.
    pub facts: Vec<EffectiveField>,
    /// The classes of event that it may tell.
    pub events: Vec<EffectiveEvent>,
    /// Its zones.
    pub zones: Vec<EffectiveZone>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EffectiveField {
    /// Its key, for example `retention.event`.
    pub key: String,
    /// The value, as one would write it in the file.
    pub value: String,
    /// Where it was written; nothing if nowhere, and then the strictest value holds.
    pub origin: Origin,
    #[serde(skip)]
    pub(crate) applied: Option<Value>,
}

/// A class of event that a camera may tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EffectiveEvent {
    /// The class.
    pub class: String,
    /// The line of its `[[event]]`.
    pub line: Option<usize>,
    /// Its fields; there are no others.
    pub fields: Vec<&'static str>,
    /// How long it is kept.
    pub kept: String,
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EffectiveZone {
    /// Its name.
    pub id: String,
    /// What it is for.
    pub kind: &'static str,
    /// The line on which it stands.
    pub line: Option<usize>,
    /// Why, if somebody wrote it.
    pub reason: Option<String>,
}

/// Where a value was written. Several places together where it took them all, as for sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origin(pub Vec<Source>);

/// One place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    /// `city`, `site NAME`, `camera NAME`, `baseline VERSION` or `pack COUNTRY VERSION`.
    pub level: String,
    /// The line; none of what the file does not write itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// For a pack, its law and how well that was checked: V, K or U.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
}

impl Source {
    fn written(level: &str, line: usize) -> Self {
        Self { level: level.to_owned(), line: Some(line), law: None }
    }

    fn baseline(level: String) -> Self {
        Self { level, line: None, law: None }
    }

    fn pack(pack: &CountryPacks, ceiling: &Ceiling) -> Self {
        let level = format!("{} {} {}", pack.kind(), ceiling.country, pack.version);
        Self { level, line: None, law: Some(format!("{} [{}]", ceiling.law, ceiling.status.mark())) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.level)?;
        match (self.line, &self.law) {
            (Some(line), _) => write!(f, ", line {line}"),
            (None, Some(law)) => write!(f, " ({law})"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("not written: the strictest value");
        }
        let places: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&places.join(" and "))
    }
}

impl Effective {
    /// Of every camera of the file, be it fit to be signed or not. A camera whose site the file does not have is
    /// left out: nothing applies to it.
    pub fn of(file: &PolicyFile, packs: &Packs) -> Self {
        let lines = Lines::of(file);
        let (resolved, _) = resolve(file, packs);
        let document = file.document();
        let limits = &Limits::of(packs, document);
        let cameras = resolved.cameras.iter().filter_map(|(name, applied)| {
            let camera = document.camera.get(name)?;
            let site = document.site.get(&camera.site)?;
            let reader =
                Reader { lines: &lines, limits, document, resolved: &resolved, name, camera, site, applied };
            Some(reader.camera())
        });
        Self { id: resolved.id.clone(), version: resolved.version.to_string(), cameras: cameras.collect() }
    }
}

struct Reader<'r> {
    lines: &'r Lines<'r>,
    limits: &'r Limits<'r>,
    document: &'r Document,
    resolved: &'r ResolvedPolicy,
    name: &'r str,
    camera: &'r Camera,
    site: &'r Site,
    applied: &'r CameraPolicy,
}

impl Reader<'_> {
    fn camera(&self) -> EffectiveCamera {
        EffectiveCamera {
            camera: self.name.to_owned(),
            site: self.camera.site.clone(),
            fields: self.fields(),
            facts: self.facts(),
            events: self.events(),
            zones: self.camera.zone.iter().enumerate().map(|(n, zone)| self.zone(n, zone)).collect(),
        }
    }

    fn fields(&self) -> Vec<EffectiveField> {
        let (whole_city, of_site) = (City::of(self.document), Patches::of_site(self.site));
        let of_camera = Patches::of_camera(self.camera);
        let own = whole_city.retention(&of_site, &of_camera);
        let [city, site, camera] = [whole_city.layers(), of_site.layers(), of_camera.layers()];
        let mut fields = Vec::new();
        for (table, node) in &self.applied.layers() {
            let Node::Table(applied) = node else { continue };
            for (field, node) in applied {
                let Some(value) = node.value() else { continue };
                let key = format!("{table}.{field}");
                let limit = self.limits.below(field, &own).filter(|_| *table == "retention");
                if let Some((pack, ceiling)) = limit {
                    fields.push(of_pack(key, value, Source::pack(pack, ceiling)));
                    continue;
                }
                let written = [&city, &site, &camera].map(|layers| find(layers, table, field));
                fields.push(self.field(&key, value, written));
            }
        }
        fields
    }

    /// `written` is what city, site and camera say.
    fn field(&self, key: &str, value: &Value, written: [Option<&Value>; 3]) -> EffectiveField {
        let levels = [
            ("city".to_owned(), key.to_owned()),
            (format!("site {}", self.camera.site), format!("site.{}.{key}", self.camera.site)),
            (format!("camera {}", self.name), format!("camera.{}.{key}", self.name)),
        ];
        let mut sources = Vec::new();
        for ((level, at), written) in levels.into_iter().zip(written) {
            if let (Some(source), Some(written)) = (self.source(&at, &level), written) {
                sources.push((written.kind.same(&value.kind), at, source));
            }
        }
        // What neither the city nor its baseline writes nobody below can allow.
        if self.source(key, "city").is_none() {
            sources.clear();
        }
        // The outermost that says just this; where none does, all of them together.
        if let Some(n) = sources.iter().position(|(says_it, ..)| *says_it) {
            sources = sources.into_iter().skip(n).take(1).collect();
        }
        let shown = match sources.as_slice() {
            [(true, at, _)] => self.lines.written(at),
            _ => None,
        };
        EffectiveField {
            key: key.to_owned(),
            value: shown.unwrap_or_else(|| value.kind.notation()),
            origin: Origin(sources.into_iter().map(|(_, _, source)| source).collect()),
            applied: Some(value.clone()),
        }
    }

    /// Where the key stands at this level, or in the baseline.
    fn source(&self, at: &str, level: &str) -> Option<Source> {
        let written = self.lines.line(at).map(|line| Source::written(level, line));
        written.or_else(|| self.lines.baseline(at).map(Source::baseline))
    }

    fn facts(&self) -> Vec<EffectiveField> {
        let (site, camera) = (&self.camera.site, self.name);
        let allowed = self.document.analytics.allow.0.iter().filter(|one| self.resolved.allows(one));
        let allowed = allowed.filter(|one| self.resolved.authorisation_covers(one));
        let site_level = format!("site {site}");
        let camera_level = format!("camera {camera}");
        vec![
            self.fact("analytics", &Kind::set(allowed).notation(), "city", "analytics.allow"),
            self.trials(),
            self.of_node("precision.location", &self.document.precision.location),
            self.of_node("precision.time", &self.document.precision.time),
            self.of_node("precision.box", &self.document.precision.boxes),
            self.fact(
                "schedule",
                &self.applied.schedule.outline().to_string(),
                &site_level,
                &format!("site.{site}.schedule"),
            ),
            self.fact(
                "purposes",
                &self.applied.purposes.outline().to_string(),
                &camera_level,
                &format!("camera.{camera}.purposes"),
            ),
            self.fact(
                "models",
                &self.camera.models.outline().to_string(),
                &camera_level,
                &format!("camera.{camera}.models"),
            ),
        ]
    }

    /// Trials that name it; their output leaves nothing.
    fn trials(&self) -> EffectiveField {
        let named = self.document.sandbox.iter().enumerate();
        let named = named.filter(|(_, trial)| trial.cameras.iter().any(|camera| camera == self.name));
        let named: Vec<_> = named.collect();
        let lines = named.iter().filter_map(|(n, _)| self.lines.line(&format!("sandbox[{n}]")));
        EffectiveField {
            key: "trials".to_owned(),
            value: Kind::set(named.iter().map(|(_, trial)| &trial.id)).notation(),
            origin: Origin(lines.map(|line| Source::written("city", line)).collect()),
            applied: None,
        }
    }

    fn of_node(&self, key: &str, node: &impl Outline) -> EffectiveField {
        self.fact(key, &node.outline().to_string(), "city", key)
    }

    fn fact(&self, key: &str, value: &str, level: &str, at: &str) -> EffectiveField {
        let source = self.source(at, level);
        EffectiveField {
            key: key.to_owned(),
            value: value.to_owned(),
            origin: Origin(source.into_iter().collect()),
            applied: None,
        }
    }

    fn events(&self) -> Vec<EffectiveEvent> {
        let told = self.document.event.iter().enumerate();
        let told = told.filter(|(_, event)| self.applied.purposes.contains(&event.purpose));
        told.map(|(n, event)| EffectiveEvent {
            class: event.class.clone(),
            line: self.lines.line(&format!("event[{n}]")),
            fields: event.fields.0.iter().map(|field: &EventField| field.name()).collect(),
            kept: self.applied.event_retention(event.retention).to_string(),
        })
        .collect()
    }

    fn zone(&self, n: usize, zone: &Zone) -> EffectiveZone {
        let kind: ZoneKind = zone.kind;
        let line = self.lines.line(&format!("camera.{}.zone[{n}]", self.name));
        EffectiveZone { id: zone.id.clone(), kind: kind.name(), line, reason: zone.reason.clone() }
    }
}

/// What a pack keeps below what the policy says.
fn of_pack(key: String, value: &Value, source: Source) -> EffectiveField {
    let (origin, applied) = (Origin(vec![source]), Some(value.clone()));
    EffectiveField { key, value: value.kind.notation(), origin, applied }
}

fn find<'l>(layers: &'l Layers, table: &str, field: &str) -> Option<&'l Value> {
    layers.iter().find(|(name, _)| *name == table)?.1.field(field)?.value()
}

#[cfg(test)]
mod tests;
