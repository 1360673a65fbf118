//! Whether the names and numbers of a suite hold together.

use velum_vocab::{Polygon, ZoneId};

use super::{Again, EventClip, EventSuite, ZoneSpec};
use crate::events::truth;
use crate::reading::{Wrong, check_names, each, in_range, wrong};

pub(super) fn check(suite: &EventSuite) -> Result<(), Wrong> {
    in_range("fps", suite.fps, 1.0, 30.0, "5")?;
    in_range("width_px", suite.width_px as f32, 160.0, 3840.0, "1280")?;
    in_range("lead_in_secs", suite.lead_in_secs, 0.0, 60.0, "8")?;
    if suite.detectors.is_empty() {
        return wrong(
            "detectors",
            "needs at least one model, found none; write for example [\"velum-person-1\"]".to_owned(),
        );
    }
    check_names("detectors", suite.detectors.iter().map(String::as_str))?;
    check_names("density_model", suite.density_model.iter().map(String::as_str))?;
    if suite.clips.is_empty() {
        return wrong("clips", "needs at least one [[clips]] entry, found none; add one".to_owned());
    }
    check_names("clips", suite.clips.iter().map(|clip| clip.id.as_str()))?;
    each("clips", &suite.clips, check_clip)
}

fn check_clip(path: &str, clip: &EventClip) -> Result<(), Wrong> {
    let key = |name: &str| format!("{path}.{name}");
    clip.secs.map_or(Ok(()), |secs| in_range(&key("secs"), secs, 1.0, 86_400.0, "60"))?;
    clip.lead_in_secs.map_or(Ok(()), |secs| in_range(&key("lead_in_secs"), secs, 0.0, 60.0, "8"))?;
    let deleted = clip.persons_deleted_fraction;
    in_range(&key("persons_deleted_fraction"), deleted, 0.0, 1.0, "0.5")?;
    check_names(&key("density_model"), clip.density_model.iter().map(String::as_str))?;
    check_names(&key("zones"), clip.zones.iter().map(|zone| zone.id.as_str()))?;
    each(&key("zones"), &clip.zones, check_zone)?;
    if clip.truth.is_some() && !clip.objects.is_empty() {
        let problem = "expected one of truth and [[clips.objects]], found both; delete one";
        return wrong(path, problem.to_owned());
    }
    truth::check_objects(&key("objects"), &clip.objects, clip.size_px)?;
    check_persons(path, clip)?;
    clip.again.as_ref().map_or(Ok(()), |again| check_again(path, clip, again))
}

fn check_zone(path: &str, zone: &ZoneSpec) -> Result<(), Wrong> {
    if let Err(error) = ZoneId::parse(&zone.id) {
        return wrong(&format!("{path}.id"), error.to_string());
    }
    match Polygon::from_fractions(&zone.polygon) {
        Ok(_) => Ok(()),
        Err(error) => wrong(&format!("{path}.polygon"), error.to_string()),
    }
}

fn check_persons(path: &str, clip: &EventClip) -> Result<(), Wrong> {
    let files = [&clip.persons_mot, &clip.persons_yolo, &clip.persons_points];
    let found = files.iter().filter(|file| file.is_some()).count();
    if found > 1 {
        let problem = "expected one of persons_mot, persons_yolo and persons_points, found more; keep one";
        return wrong(path, problem.to_owned());
    }
    if clip.calibrated_by_mot && clip.persons_mot.is_none() {
        let problem = "needs persons_mot, found none; name a file with positions in metres, or write false";
        return wrong(&format!("{path}.calibrated_by_mot"), problem.to_owned());
    }
    match (found, clip.persons_fps) {
        (1, Some(fps)) => in_range(&format!("{path}.persons_fps"), fps, 0.1, 240.0, "25"),
        (0, None) => Ok(()),
        (0, Some(_)) => wrong(
            &format!("{path}.persons_fps"),
            "needs a file of persons, found none; add persons_mot, or delete it".to_owned(),
        ),
        _ => wrong(
            path,
            "persons need persons_fps, found none; say how many frame numbers are a second, for example \
             persons_fps = 25"
                .to_owned(),
        ),
    }
}

fn check_again(path: &str, clip: &EventClip, again: &Again) -> Result<(), Wrong> {
    let key = |name: &str| format!("{path}.again.{name}");
    in_range(&key("loops"), again.loops as f32, 2.0, 10_000.0, "10")?;
    in_range(&key("gain_fraction"), again.gain_fraction, 0.0, 0.5, "0.1")?;
    in_range(&key("noise_sigma"), again.noise_sigma, 0.0, 50.0, "2")?;
    if clip.truth.is_some() || !clip.objects.is_empty() {
        let problem = "a clip that is played again may hold no objects: they would appear anew; delete again, or \
                       truth and objects";
        return wrong(&format!("{path}.again"), problem.to_owned());
    }
    Ok(())
}
