//! The zones that can be paused: what the configuration of the box calls so, and what the policy does.

use std::collections::{BTreeMap, BTreeSet};

use velum_analyse::ZoneSettings;
use velum_policy::VerifiedPolicy;
use velum_policy::sections::Zone;
use velum_vocab::{CameraId, Polygon};

use crate::camera::crowds_rest;
use crate::config::CameraSettings;
use crate::local::PausedPlace;

/// The zones of the configuration, camera by camera.
#[derive(Debug, Default)]
pub(crate) struct Zones(BTreeMap<CameraId, Vec<ZoneSettings>>);

impl Zones {
    /// Of these cameras.
    pub(crate) fn of(cameras: &[CameraSettings]) -> Self {
        let zones = |camera: &CameraSettings| (camera.id.clone(), camera.analysis.zones.clone());
        Self(cameras.iter().map(zones).collect())
    }

    /// All cameras that there are.
    pub(super) fn cameras(&self) -> impl Iterator<Item = &CameraId> {
        self.0.keys()
    }

    /// What is painted over while the place is paused: of a zone whatever either calls so, of a camera nothing, since its
    /// frames are not opened.
    ///
    /// # Errors
    /// In words, with the zones that there are.
    pub(super) fn areas(
        &self,
        place: &PausedPlace,
        policy: Option<&VerifiedPolicy>,
    ) -> Result<Vec<Polygon>, String> {
        let PausedPlace { camera, zone: Some(zone) } = place else { return Ok(Vec::new()) };
        let configured = self.configured(camera).iter().map(|one| (one.id.as_str(), one.polygon.clone()));
        let of_policy = zones_of(policy, camera);
        let of_policy = of_policy.iter().map(|one| (one.id.as_str(), area_of(one)));
        let all: Vec<(&str, Polygon)> = configured.chain(of_policy).collect();
        let areas: Vec<_> =
            all.iter().filter(|(name, _)| name == zone).map(|(_, area)| area.clone()).collect();
        if !areas.is_empty() {
            return Ok(areas);
        }
        let known: BTreeSet<_> = all.iter().map(|(name, _)| format!("`{name}`")).collect();
        let known: Vec<_> = known.into_iter().collect();
        Err(format!(
            "--zone: expected one of the zones {} of camera {camera}, found `{zone}`; see `cameras.{camera}.zones` of the \
             configuration and `camera.{camera}.zone` of the policy, or leave `--zone` out",
            known.join(", ")
        ))
    }

    /// Other zones of the camera in which crowds are not judged meanwhile, since they overlap what is painted over.
    pub(super) fn also_resting(&self, place: &PausedPlace, areas: &[Polygon]) -> Vec<&str> {
        let Some(zone) = &place.zone else { return Vec::new() };
        let paused = [(zone.clone(), areas.to_vec())].into();
        let has_crowds = |one: &&ZoneSettings| one.density.is_some() || one.movement.is_some();
        let others = self.configured(&place.camera).iter().filter(|one| one.id.as_str() != zone);
        others.filter(has_crowds).filter(|one| crowds_rest(one, &paused)).map(|one| one.id.as_str()).collect()
    }

    fn configured(&self, camera: &str) -> &[ZoneSettings] {
        CameraId::parse(camera).ok().and_then(|camera| self.0.get(&camera)).map_or(&[], Vec::as_slice)
    }
}

fn zones_of<'p>(policy: Option<&'p VerifiedPolicy>, camera: &str) -> &'p [Zone] {
    let camera = policy.and_then(|policy| policy.file().document().camera.get(camera));
    camera.map_or(&[], |camera| camera.zone.as_slice())
}

/// A policy with a zone that is no area is not taken.
fn area_of(zone: &Zone) -> Polygon {
    let corners: Vec<(f64, f64)> = zone.polygon.iter().map(|[x, y]| (x.get(), y.get())).collect();
    Polygon::from_fractions(&corners).unwrap_or_else(|_| Polygon::whole_frame())
}
