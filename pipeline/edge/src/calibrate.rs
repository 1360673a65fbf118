//! `velum-edge calibrate`: the ground plane of a camera, from measured points or from the heights of the people that
//! it sees; what to write into the configuration, and a page that shows the grid of square metres.
//!
//! Invariant: the page holds a picture only where the policy in force allows a still to align the camera, redacted as
//! the policy says, verified, and in the audit log before it is written; else the grid is drawn on nothing.

mod easel;
mod grid;
mod page;
mod points;
mod watch;

use std::fmt::Write as _;
use std::fs::{OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;
use velum_analyse::calibration::{HeightsFit, PairsReport, View, fit_heights, report_pairs};
use velum_analyse::{GroundPlane, PointPair};
use velum_vocab::CameraId;

use crate::args::CalibrateArguments;
use crate::config::{CameraSettings, Settings};
use crate::overlay;
pub(crate) use grid::grid;
use page::Page;
use watch::Watched;

/// With points, the camera is watched for this long, so that its background is known and people can be covered.
const LOOK_SECS: f64 = 20.0;
const PAGE: &str = "calibration.html";
const TOML: &str = "ground_plane.toml";

/// A field of view that was guessed may be wrong by this much; what that means is told.
const DOUBT_DEGREES: f64 = 10.0;

/// What was fitted, and what is said of it.
struct Fitted {
    plane: GroundPlane,
    pairs: Vec<PointPair>,
    words: String,
}

/// Calibrates; the text is for standard output.
///
/// # Errors
/// Where the camera is not configured or cannot be watched, or what was given fits no plane.
pub(crate) fn run(wanted: &CalibrateArguments) -> anyhow::Result<String> {
    velum_decode::init()?;
    let settings = overlay::load(&wanted.config.file)?.settings;
    let camera = find(&settings, &wanted.camera)?;
    let measured = wanted.points.as_deref().map(points::read).transpose()?;
    let secs = wanted.from_heights.unwrap_or(LOOK_SECS);
    let watched = watch::watch(&settings, camera, secs)?;
    let fitted = match measured {
        Some(pairs) => by_points(pairs, &watched)?,
        None => by_heights(&watched, wanted.field_of_view_degrees)?,
    };
    tell(&fitted, &watched, camera, &wanted.out)
}

fn find<'s>(settings: &'s Settings, name: &str) -> anyhow::Result<&'s CameraSettings> {
    let names: Vec<&str> = settings.cameras.iter().map(|camera| camera.id.as_str()).collect();
    let id = CameraId::parse(name)?;
    settings.cameras.iter().find(|camera| camera.id == id).with_context(|| {
        format!(
            "--camera: `{name}` is not configured in {}: expected one of {}",
            settings.file.display(),
            names.join(", ")
        )
    })
}

fn by_points(pairs: Vec<PointPair>, watched: &Watched) -> anyhow::Result<Fitted> {
    let PairsReport { plane, residuals, warnings } = report_pairs(&pairs, watched.size_px)?;
    let mut words = format!("{} point pairs; how far each is from the fitted plane:\n", pairs.len());
    writeln!(words, "  pair  picture          ground m          off px  off m  off m if left out")?;
    for (index, (pair, residual)) in pairs.iter().zip(&residuals).enumerate() {
        let without = residual.off_without_m.map_or_else(|| "-".to_owned(), |off| format!("{off:.2}"));
        writeln!(
            words,
            "  {index:>4}  [{:.3}, {:.3}]  [{:>6.2}, {:>6.2}]  {:>6.1}  {:>5.2}  {without:>5}",
            pair.x_fraction,
            pair.y_fraction,
            pair.ground.x_m,
            pair.ground.y_m,
            residual.off_px,
            residual.off_m
        )?;
    }
    for warning in warnings {
        writeln!(words, "warning: {}", warning.words())?;
    }
    Ok(Fitted { plane, pairs, words })
}

fn by_heights(watched: &Watched, field_of_view_degrees: f64) -> anyhow::Result<Fitted> {
    let (width_px, height_px) = watched.size_px;
    let with = |field_of_view_degrees: f64| {
        fit_heights(&watched.samples, View { width_px, height_px, field_of_view_degrees })
    };
    let fit = with(field_of_view_degrees)?;
    let along_m =
        [field_of_view_degrees - DOUBT_DEGREES, field_of_view_degrees, field_of_view_degrees + DOUBT_DEGREES]
            .map(|degrees| with(degrees).ok().and_then(|fit| along_view_m(&fit)));
    let HeightsFit {
        plane,
        pairs,
        camera_height_m,
        tilt_degrees,
        horizon_fraction,
        scale_error_fraction,
        median_misfit_fraction,
        samples,
    } = fit;
    let mut words =
        format!("{samples} standing people in {:.0} s; a mean height of 1.7 m is assumed\n", watched.secs);
    writeln!(
        words,
        "  camera height   {:.2} m (by the samples +- {:.2} m)",
        camera_height_m.0, camera_height_m.1
    )?;
    writeln!(words, "  looks down      {:.1} degrees (+- {:.1})", tilt_degrees.0, tilt_degrees.1)?;
    writeln!(words, "  horizon         at {horizon_fraction:.2} of the picture's height")?;
    writeln!(
        words,
        "  people fit it   half of them within {:.0} % of their height",
        100.0 * median_misfit_fraction
    )?;
    writeln!(
        words,
        "  scale           +- {:.0} %, since people here may be taller or smaller on the mean; squared in areas",
        100.0 * scale_error_fraction
    )?;
    writeln!(
        words,
        "  field of view   {field_of_view_degrees:.0} degrees, as given with --field-of-view-degrees (see the data sheet)"
    )?;
    if let [Some(narrower), Some(along), Some(wider)] = along_m {
        writeln!(
            words,
            "  if it is wrong  what is {along:.1} m along the view would be {narrower:.1} m with {DOUBT_DEGREES:.0} degrees less, {wider:.1} m \
             with {DOUBT_DEGREES:.0} more"
        )?;
    }
    writeln!(words, "  check           measure one distance on the ground against the page's grid")?;
    Ok(Fitted { plane, pairs, words })
}

/// How far the row of the nearest feet is from that of the furthest, on the ground.
fn along_view_m(fit: &HeightsFit) -> Option<f64> {
    let (far, near) = (fit.pairs.first()?, fit.pairs.iter().rev().nth(1)?);
    Some((far.ground.y_m - near.ground.y_m).abs())
}

/// Writes the page and the lines for the configuration, and says both.
fn tell(fitted: &Fitted, watched: &Watched, camera: &CameraSettings, out: &Path) -> anyhow::Result<String> {
    let toml = points::toml(camera.id.as_str(), &fitted.pairs);
    let page = Page { camera: &camera.id, fitted, watched, toml: &toml }.html();
    std::fs::create_dir_all(out).with_context(|| format!("--out: `{}` cannot be made", out.display()))?;
    let mut text = format!("{}\n{toml}\n", fitted.words);
    if let Err(reason) = &watched.still {
        writeln!(text, "no picture on the page: {reason}")?;
    }
    for (name, content) in [(PAGE, &page), (TOML, &toml)] {
        let file = out.join(name);
        write_for_me_alone(&file, content.as_bytes())
            .with_context(|| format!("`{}` cannot be written", file.display()))?;
        writeln!(text, "written: {}", file.display())?;
    }
    Ok(text)
}

/// A page may hold a picture: nobody else on the machine reads it.
fn write_for_me_alone(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut to = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    to.set_permissions(Permissions::from_mode(0o600))?;
    to.write_all(content)
}

#[cfg(test)]
mod tests;
