//! What really applies to each camera: pack ∧ city ∧ site ∧ camera, on strictest defaults.
//!
//! The pack is met last: the meet is the same in any order, and a child is told that it loosens what the city wrote,
//! not what the law says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use velum_vocab::{GeometryError, Polygon};

use crate::duration::PolicyDuration;
use crate::file::PolicyFile;
use crate::finding::{Finding, Severity};
use crate::layers::{Aggregation, Capture, Loosening, Redaction, Retention};
use crate::order::{Allow, AtMost};
use crate::outline::{Node, Outline};
use crate::pack::{Limits, Packs};
use crate::schedule::{self, Window};
use crate::sections::{
    Analytics, Authorisation, Camera, Document, EventClass, Precision, Regime, RetentionClass, Sandbox, Site,
    Status, Zone, ZoneKind,
};
use crate::version::Version;

/// A policy as a box applies it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedPolicy {
    /// The same in every version.
    pub id: String,
    /// Three numbers; only ever grows.
    pub version: Version,
    /// Where in its life it is.
    pub status: Status,
    /// Under which law.
    pub regime: Regime,
    /// From when it holds.
    pub effective_from: Timestamp,
    /// When its need must have been reviewed.
    pub review_by: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When the first waiver ends without which a rule would refuse the policy; none where no error is waived.
    pub waived_until: Option<Timestamp>,
    /// What was authorised.
    pub authorisation: Authorisation,
    /// What may be computed.
    pub analytics: Analytics,
    /// What may be told, by class.
    pub events: BTreeMap<String, EventClass>,
    /// How exactly places and times are told.
    pub precision: Precision,
    /// What is tried.
    pub trials: Vec<Trial>,
    /// The cameras.
    pub cameras: BTreeMap<String, CameraPolicy>,
}

/// What may be computed on some cameras for a time, and told to nobody: `[[sandbox]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its name.
    pub id: String,
    /// What is tried.
    pub analytics: Allow<String>,
    /// Where.
    pub cameras: Vec<String>,
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// What applies to one camera.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraPolicy {
    /// Its site.
    pub site: String,
    /// When its site may be analysed.
    pub schedule: Vec<Window>,
    /// What for.
    pub purposes: Allow<String>,
    /// What is painted over before any model looks: zones of kind `private_mask`.
    pub private_areas: Vec<Polygon>,
    /// Where no object may raise an alert: zones of kind `no_alert`.
    pub no_alert_areas: Vec<Polygon>,
    /// What it may take in.
    pub capture: Capture,
    /// How coarsely people are counted.
    pub aggregation: Aggregation,
    /// How pictures are masked.
    pub redaction: Redaction,
    /// How long what is kept.
    pub retention: Retention,
}

impl CameraPolicy {
    /// Whether the schedule of its site covers the moment.
    pub fn scheduled(&self, moment: Timestamp) -> bool {
        schedule::covers(&self.schedule, moment)
    }

    /// How long events of this class are kept.
    pub fn event_retention(&self, class: RetentionClass) -> PolicyDuration {
        let AtMost(kept) = match class {
            RetentionClass::Event => self.retention.event,
            RetentionClass::EventUnconfirmed => self.retention.event_unconfirmed,
            RetentionClass::EventConfirmed => self.retention.event_confirmed,
            RetentionClass::Statistic => self.retention.statistic,
        };
        kept
    }
}

impl ResolvedPolicy {
    /// Whether this analytic is allowed and not forbidden.
    pub fn allows(&self, analytic: &str) -> bool {
        self.analytics.allow.contains(analytic) && !self.analytics.forbid.contains(analytic)
    }

    /// Whether the authorisation still holds, where one is required. Without an end it does not.
    pub fn authorised(&self, moment: Timestamp) -> bool {
        !self.authorisation.is_required()
            || self.authorisation.valid_until.is_some_and(|until| moment < until.ends())
    }

    /// Whether the authorisation covers this analytic, where one is required.
    pub fn authorisation_covers(&self, analytic: &str) -> bool {
        !self.authorisation.is_required() || self.authorisation.covers.contains(analytic)
    }
}

impl ResolvedPolicy {
    /// The same, met with these limits as well.
    #[must_use]
    pub(crate) fn under(mut self, limits: &Limits<'_>) -> Self {
        for camera in self.cameras.values_mut() {
            camera.retention = limits.meet(&camera.retention);
        }
        self
    }
}

impl Authorisation {
    /// Whether the law asks for one.
    pub fn is_required(&self) -> bool {
        self.kind != "none-required"
    }
}

/// Resolves every camera; with what keeps a child from being only stricter.
pub(crate) fn resolve(file: &PolicyFile, packs: &Packs) -> (ResolvedPolicy, Vec<Finding>) {
    let document = file.document();
    let limits = Limits::of(packs, document);
    let mut findings = Vec::new();
    let mut cameras = BTreeMap::new();
    let city = City::of(document);
    let sites: BTreeMap<&str, (&Site, City)> = document
        .site
        .iter()
        .map(|(name, site)| {
            let patches = Patches::of_site(site);
            (name.as_str(), (site, city.tightened(&patches, file, &format!("site.{name}"), &mut findings)))
        })
        .collect();
    for (name, camera) in &document.camera {
        let key = format!("camera.{name}");
        let Some((site, tightened)) = sites.get(camera.site.as_str()) else {
            findings.push(unknown_site(file, &key, camera));
            continue;
        };
        let layers = tightened.tightened(&Patches::of_camera(camera), file, &key, &mut findings);
        findings.extend(zones_without_area(file, &key, camera));
        let applied = layers.for_camera(camera, site);
        let retention = limits.meet(&applied.retention);
        cameras.insert(name.clone(), CameraPolicy { retention, ..applied });
    }
    (policy(document, cameras), findings)
}

fn policy(document: &Document, cameras: BTreeMap<String, CameraPolicy>) -> ResolvedPolicy {
    let identity = &document.policy;
    ResolvedPolicy {
        id: identity.id.clone(),
        version: identity.version,
        status: identity.status,
        regime: identity.regime,
        effective_from: identity.effective_from.starts(),
        review_by: identity.review_by.ends(),
        expires: identity.expires.ends(),
        waived_until: None,
        authorisation: document.legal.authorisation.clone(),
        analytics: document.analytics.clone(),
        events: document.event.iter().map(|event| (event.class.clone(), event.clone())).collect(),
        precision: document.precision.clone(),
        trials: document.sandbox.iter().map(trial).collect(),
        cameras,
    }
}

fn trial(sandbox: &Sandbox) -> Trial {
    let Sandbox { id, analytics, cameras, from, until, .. } = sandbox;
    let (from, until) = (from.starts(), until.ends());
    Trial { id: id.clone(), analytics: analytics.clone(), cameras: cameras.clone(), from, until }
}

/// The four layered tables, at one level.
#[derive(Debug)]
pub(crate) struct City {
    capture: Capture,
    aggregation: Aggregation,
    redaction: Redaction,
    retention: Retention,
}

/// What one child says about them.
pub(crate) struct Patches<'d> {
    capture: &'d crate::layers::CapturePatch,
    aggregation: &'d crate::layers::AggregationPatch,
    redaction: &'d crate::layers::RedactionPatch,
    retention: &'d crate::layers::RetentionPatch,
}

impl<'d> Patches<'d> {
    pub(crate) fn of_site(site: &'d Site) -> Self {
        let Site { capture, aggregation, redaction, retention, .. } = site;
        Self { capture, aggregation, redaction, retention }
    }

    pub(crate) fn of_camera(camera: &'d Camera) -> Self {
        let Camera { capture, aggregation, redaction, retention, .. } = camera;
        Self { capture, aggregation, redaction, retention }
    }
}

/// The four tables by their names.
pub(crate) type Layers = [(&'static str, Node); 4];

fn layers(
    capture: &impl Outline,
    aggregation: &impl Outline,
    redaction: &impl Outline,
    retention: &impl Outline,
) -> Layers {
    [
        ("capture", capture.outline()),
        ("aggregation", aggregation.outline()),
        ("redaction", redaction.outline()),
        ("retention", retention.outline()),
    ]
}

impl Patches<'_> {
    /// What the child writes itself.
    pub(crate) fn layers(&self) -> Layers {
        layers(self.capture, self.aggregation, self.redaction, self.retention)
    }
}

impl CameraPolicy {
    /// What applies to the camera.
    pub(crate) fn layers(&self) -> Layers {
        layers(&self.capture, &self.aggregation, &self.redaction, &self.retention)
    }
}

impl City {
    /// What applies at this level.
    pub(crate) fn layers(&self) -> Layers {
        layers(&self.capture, &self.aggregation, &self.redaction, &self.retention)
    }

    pub(crate) fn of(document: &Document) -> Self {
        Self {
            capture: document.capture.filled(),
            aggregation: document.aggregation.filled(),
            redaction: document.redaction.filled(),
            retention: document.retention.filled(),
        }
    }

    pub(crate) fn tightened(
        &self,
        child: &Patches<'_>,
        file: &PolicyFile,
        key: &str,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut report = |table: &str, loosened: Vec<Loosening>| {
            findings.extend(loosened.iter().map(|one| loosening(file, &format!("{key}.{table}"), one)));
        };
        let (capture, loosened) = self.capture.tightened(child.capture);
        report("capture", loosened);
        let (aggregation, loosened) = self.aggregation.tightened(child.aggregation);
        report("aggregation", loosened);
        let (redaction, loosened) = self.redaction.tightened(child.redaction);
        report("redaction", loosened);
        let (retention, loosened) = self.retention.tightened(child.retention);
        report("retention", loosened);
        Self { capture, aggregation, redaction, retention }
    }

    /// How long what is kept, by city ∧ site ∧ camera and no pack.
    pub(crate) fn retention(&self, site: &Patches<'_>, camera: &Patches<'_>) -> Retention {
        self.retention.tightened(site.retention).0.tightened(camera.retention).0
    }

    fn for_camera(self, camera: &Camera, site: &Site) -> CameraPolicy {
        CameraPolicy {
            site: camera.site.clone(),
            schedule: site.schedule.clone(),
            purposes: camera.purposes.clone(),
            private_areas: areas(camera, ZoneKind::PrivateMask),
            no_alert_areas: areas(camera, ZoneKind::NoAlert),
            capture: self.capture,
            aggregation: self.aggregation,
            redaction: self.redaction,
            retention: self.retention,
        }
    }
}

fn loosening(file: &PolicyFile, table: &str, one: &Loosening) -> Finding {
    file.finding(
        Severity::Error,
        Some("INH-001"),
        &format!("{table}.{}", one.field),
        &format!("{}, or something stricter, as inherited", one.parent),
        &one.child,
        "a site may only tighten the city and a camera its site: delete the key to inherit the value, or write a \
         stricter one",
    )
}

fn area(zone: &Zone) -> Result<Polygon, GeometryError> {
    let corners: Vec<(f64, f64)> = zone.polygon.iter().map(|[x, y]| (x.get(), y.get())).collect();
    Polygon::from_fractions(&corners)
}

/// Zones that are no polygons are findings, and a policy with such is not taken.
fn areas(camera: &Camera, kind: ZoneKind) -> Vec<Polygon> {
    camera.zone.iter().filter(|zone| zone.kind == kind).filter_map(|zone| area(zone).ok()).collect()
}

fn zones_without_area(file: &PolicyFile, camera_key: &str, camera: &Camera) -> Vec<Finding> {
    let wrong = camera.zone.iter().enumerate().filter_map(|(n, zone)| Some((n, zone, area(zone).err()?)));
    let finding = |(n, zone, error): (usize, &Zone, GeometryError)| {
        let key = format!("{camera_key}.zone[{n}].polygon");
        let expected = "three or more corners around an area, as fractions of the picture";
        let fix =
            format!("mend the corners of `{}`, for example `[[0.1, 0.2], [0.5, 0.2], [0.3, 0.9]]`", zone.id);
        file.finding(Severity::Error, None, &key, expected, &error.to_string(), &fix)
    };
    wrong.map(finding).collect()
}

fn unknown_site(file: &PolicyFile, key: &str, camera: &Camera) -> Finding {
    let known: Vec<_> = file.document().site.keys().map(|name| format!("`{name}`")).collect();
    let known = if known.is_empty() { "a table `[site.NAME]`".to_owned() } else { known.join(" or ") };
    file.finding(
        Severity::Error,
        None,
        &format!("{key}.site"),
        &known,
        &format!("`{}`", camera.site),
        &format!("name a site of this file, or add `[site.{}]` with its schedule", camera.site),
    )
}
