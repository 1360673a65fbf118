//! What really applies where a page speaks of: at one site, or at all of them.
//!
//! Where cameras differ, the page tells the least private of what applies to any of them.

use std::collections::BTreeSet;

use velum_policy::PolicyDuration;
use velum_policy::layers::{Aggregation, Capture, Egress, Redaction, Retention};
use velum_policy::order::AtMost;
use velum_policy::sections::{Camera, Document, EventClass, RetentionClass, Site, ZoneKind};

use super::known;

/// A policy as it applies at one site, or at all of them.
#[derive(Debug)]
pub(crate) struct Practice<'d> {
    /// The whole policy.
    pub(crate) document: &'d Document,
    /// The sites.
    pub(crate) places: Vec<Place<'d>>,
}

/// One site.
#[derive(Debug)]
pub(crate) struct Place<'d> {
    pub(crate) id: &'d str,
    pub(crate) site: &'d Site,
    pub(crate) cameras: Vec<&'d Camera>,
    /// What applies to each camera; without cameras, to the site.
    layers: Vec<Layers>,
}

/// The four tables that sites and cameras may tighten.
#[derive(Debug, Clone)]
pub(crate) struct Layers {
    pub(crate) capture: Capture,
    pub(crate) aggregation: Aggregation,
    pub(crate) redaction: Redaction,
    pub(crate) retention: Retention,
}

impl Layers {
    fn of_city(document: &Document) -> Self {
        Self {
            capture: document.capture.filled(),
            aggregation: document.aggregation.filled(),
            redaction: document.redaction.filled(),
            retention: document.retention.filled(),
        }
    }

    fn of_site(&self, site: &Site) -> Self {
        Self {
            capture: self.capture.tightened(&site.capture).0,
            aggregation: self.aggregation.tightened(&site.aggregation).0,
            redaction: self.redaction.tightened(&site.redaction).0,
            retention: self.retention.tightened(&site.retention).0,
        }
    }

    fn of_camera(&self, camera: &Camera) -> Self {
        Self {
            capture: self.capture.tightened(&camera.capture).0,
            aggregation: self.aggregation.tightened(&camera.aggregation).0,
            redaction: self.redaction.tightened(&camera.redaction).0,
            retention: self.retention.tightened(&camera.retention).0,
        }
    }
}

impl<'d> Practice<'d> {
    /// At every site.
    pub(crate) fn everywhere(document: &'d Document) -> Self {
        let city = Layers::of_city(document);
        let place = |(id, site): (&'d String, &'d Site)| {
            let cameras: Vec<_> = document.camera.values().filter(|camera| camera.site == *id).collect();
            let inherited = city.of_site(site);
            let mut layers: Vec<_> = cameras.iter().map(|camera| inherited.of_camera(camera)).collect();
            if layers.is_empty() {
                layers.push(inherited);
            }
            Place { id, site, cameras, layers }
        };
        Self { document, places: document.site.iter().map(place).collect() }
    }

    /// At this site alone; none where the policy has no such site.
    pub(crate) fn at(document: &'d Document, site: &str) -> Option<Self> {
        let mut practice = Self::everywhere(document);
        practice.places.retain(|place| place.id == site);
        (!practice.places.is_empty()).then_some(practice)
    }

    /// What applies to each camera here; to the whole city where no site is named.
    pub(crate) fn layers(&self) -> Vec<Layers> {
        let layers: Vec<_> = self.places.iter().flat_map(|place| place.layers.iter().cloned()).collect();
        if layers.is_empty() { vec![Layers::of_city(self.document)] } else { layers }
    }

    /// The purposes of the cameras here; all of them where no camera is named.
    pub(crate) fn purposes(&self) -> BTreeSet<&'d str> {
        let cameras = self.places.iter().flat_map(|place| &place.cameras);
        let purposes: BTreeSet<&str> =
            cameras.flat_map(|camera| camera.purposes.0.iter().map(String::as_str)).collect();
        if !purposes.is_empty() {
            return purposes;
        }
        self.document.purpose.iter().map(|purpose| purpose.id.as_str()).collect()
    }

    /// The classes of events that may be told of cameras here.
    pub(crate) fn events(&self) -> Vec<&'d EventClass> {
        let purposes = self.purposes();
        self.document.event.iter().filter(|event| purposes.contains(event.purpose.as_str())).collect()
    }

    /// What may be computed here. An analytic whose results are not told under a purpose of these cameras is
    /// not: where that cannot be known, it is named.
    pub(crate) fn analytics(&self) -> Vec<&'d str> {
        let told: BTreeSet<&str> = self.events().iter().map(|event| event.class.as_str()).collect();
        let elsewhere = |analytic: &str| {
            known::class_of(analytic).is_some_and(|class| {
                !told.contains(class) && self.document.event.iter().any(|event| event.class == class)
            })
        };
        let allowed = &self.document.analytics;
        let allowed = allowed.allow.0.difference(&allowed.forbid.0).map(String::as_str);
        allowed.filter(|analytic| !elsewhere(analytic)).collect()
    }

    /// Which pictures may leave.
    pub(crate) fn egress(&self) -> Egress {
        self.layers().iter().map(|layers| layers.redaction.imagery_egress).max().unwrap_or(Egress::None)
    }

    /// How long events of this class are kept.
    pub(crate) fn kept(&self, class: RetentionClass) -> PolicyDuration {
        self.longest(|retention| match class {
            RetentionClass::Event => retention.event,
            RetentionClass::EventUnconfirmed => retention.event_unconfirmed,
            RetentionClass::EventConfirmed => retention.event_confirmed,
            RetentionClass::Statistic => retention.statistic,
        })
    }

    /// How long redacted stills are kept.
    pub(crate) fn stills_kept(&self) -> PolicyDuration {
        self.longest(|retention| retention.redacted_still)
    }

    fn longest(&self, of: impl Fn(&Retention) -> AtMost<PolicyDuration>) -> PolicyDuration {
        self.layers().iter().map(|layers| of(&layers.retention).0).max().unwrap_or(PolicyDuration::ZERO)
    }
}

impl Place<'_> {
    /// How many areas are hidden from every analysis.
    pub(crate) fn masks(&self) -> usize {
        let zones = self.cameras.iter().flat_map(|camera| &camera.zone);
        zones.filter(|zone| zone.kind == ZoneKind::PrivateMask).count()
    }
}
