//! Plans of sites, as the page is told of them.

use serde::{Deserialize, Serialize};

use crate::plans::Placed;
use crate::store::{CameraPlace, PlanRow};

/// All plans.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct PlansView {
    plans: Vec<PlanView>,
    /// Whether this person may change them.
    is_administrator: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PlanView {
    plan: u64,
    name: String,
    site: String,
    width_px: u32,
    height_px: u32,
    version: u64,
    cameras: Vec<PlaceView>,
}

/// Where a camera stands, told and taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct PlaceView {
    r#box: String,
    camera: String,
    x_fraction: f64,
    y_fraction: f64,
    heading_degrees: f64,
    view_degrees: f64,
    reach_fraction: f64,
}

impl PlansView {
    /// Of what the store knows.
    pub(in crate::console) fn of(plans: &[PlanRow], is_administrator: bool) -> Self {
        Self { plans: plans.iter().map(plan).collect(), is_administrator }
    }
}

fn plan(of: &PlanRow) -> PlanView {
    let PlanRow { plan, title, width_px, height_px, version, cameras } = of;
    PlanView {
        plan: *plan,
        name: title.name.clone(),
        site: title.site.clone(),
        width_px: *width_px,
        height_px: *height_px,
        version: *version,
        cameras: cameras.iter().map(place).collect(),
    }
}

fn place(of: &CameraPlace) -> PlaceView {
    let CameraPlace { r#box, camera, placed } = of;
    PlaceView {
        r#box: r#box.clone(),
        camera: camera.clone(),
        x_fraction: placed.x_fraction,
        y_fraction: placed.y_fraction,
        heading_degrees: placed.heading_degrees,
        view_degrees: placed.view_degrees,
        reach_fraction: placed.reach_fraction,
    }
}

impl From<PlaceView> for CameraPlace {
    fn from(of: PlaceView) -> Self {
        let PlaceView {
            r#box,
            camera,
            x_fraction,
            y_fraction,
            heading_degrees,
            view_degrees,
            reach_fraction,
        } = of;
        let placed = Placed { x_fraction, y_fraction, heading_degrees, view_degrees, reach_fraction };
        Self { r#box, camera, placed }
    }
}
