//! Whether the names and numbers of a suite hold together.

use super::{ClipSpec, PhotographsSpec, PlanSpec, PseudoSpec, Suite};
use crate::coverage::Enough;
use crate::reading::{Wrong, check_names, each, in_range, wrong};

pub(super) fn check(suite: &Suite) -> Result<(), Wrong> {
    in_range("fps", suite.fps, 1.0, 30.0, "5")?;
    in_range("width_px", suite.width_px as f32, 160.0, 3840.0, "1280")?;
    in_range("truth_width_px", suite.truth_width_px as f32, 160.0, 3840.0, "1920")?;
    in_range("warm_up_secs", suite.warm_up_secs, 0.0, 60.0, "8")?;
    check_enough("covered.strict", &suite.covered.strict)?;
    check_enough("covered.lenient", &suite.covered.lenient)?;
    check_names("plans", suite.plans.iter().map(|plan| plan.id.as_str()))?;
    check_names("pseudo_truth", suite.pseudo_truth.iter().map(|pseudo| pseudo.id.as_str()))?;
    let footage = suite.clips.iter().map(|clip| &clip.id).chain(suite.photographs.iter().map(|p| &p.id));
    check_names("clips and photographs", footage.map(String::as_str))?;
    if suite.plans.is_empty() {
        return wrong("plans", "needs at least one [[plans]] entry, found none; add one".to_owned());
    }
    each("plans", &suite.plans, check_plan)?;
    each("pseudo_truth", &suite.pseudo_truth, check_pseudo)?;
    each("clips", &suite.clips, |path, clip| check_clip(path, clip, suite))?;
    each("photographs", &suite.photographs, |path, photographs| check_photographs(path, photographs, suite))
}

fn check_plan(path: &str, plan: &PlanSpec) -> Result<(), Wrong> {
    in_range(&format!("{path}.margin"), plan.margin, 0.0, 10.0, "0.2")?;
    in_range(&format!("{path}.score_min"), plan.score_min, 0.0, 1.0, "0.1")?;
    in_range(&format!("{path}.verify_score_min"), plan.verify_score_min, 0.0, 1.0, "0.3")?;
    let frames = plan.hold_frames.saturating_add(plan.lookahead_frames);
    in_range(&format!("{path}.hold_frames and lookahead_frames"), frames as f32, 0.0, 60.0, "12 and 6")
}

fn check_pseudo(path: &str, pseudo: &PseudoSpec) -> Result<(), Wrong> {
    in_range(&format!("{path}.score_min"), pseudo.score_min, 0.0, 1.0, "0.3")?;
    if pseudo.grids.is_empty() {
        return wrong(&format!("{path}.grids"), "needs at least one number, for example [1, 2]".to_owned());
    }
    let key = format!("{path}.grids");
    pseudo.grids.iter().try_for_each(|grid| in_range(&key, *grid as f32, 1.0, 6.0, "[1, 2]"))
}

fn check_clip(path: &str, clip: &ClipSpec, suite: &Suite) -> Result<(), Wrong> {
    check_every(path, clip.every)?;
    if let Some(secs) = clip.secs {
        in_range(&format!("{path}.secs"), secs, 1.0, 3600.0, "60")?;
    }
    match (&clip.persons_mot, clip.mot_fps) {
        (Some(_), Some(fps)) => in_range(&format!("{path}.mot_fps"), fps, 0.1, 240.0, "25")?,
        (None, None) => {}
        _ => {
            let problem =
                "persons_mot and mot_fps need each other, found one; write both, for example mot_fps = 25";
            return wrong(path, problem.to_owned());
        }
    }
    check_pseudo_names(path, &clip.pseudo, suite)
}

fn check_photographs(path: &str, photographs: &PhotographsSpec, suite: &Suite) -> Result<(), Wrong> {
    check_every(path, photographs.every)?;
    if photographs.persons_mot.is_some() && photographs.persons_yolo.is_some() {
        let problem = "expected one file of persons, found persons_mot and persons_yolo; delete one";
        return wrong(path, problem.to_owned());
    }
    check_pseudo_names(path, &photographs.pseudo, suite)
}

fn check_every(path: &str, every: usize) -> Result<(), Wrong> {
    in_range(&format!("{path}.every"), every as f32, 1.0, 1000.0, "5")
}

fn check_pseudo_names(path: &str, names: &[String], suite: &Suite) -> Result<(), Wrong> {
    let is_known = |name: &String| suite.pseudo_truth.iter().any(|pseudo| pseudo.id == *name);
    let Some(unknown) = names.iter().find(|name| !is_known(name)) else { return Ok(()) };
    let known: Vec<_> = suite.pseudo_truth.iter().map(|pseudo| pseudo.id.as_str()).collect();
    let known = known.join("`, `");
    wrong(
        &format!("{path}.pseudo"),
        format!("expected the id of a [[pseudo_truth]], found `{unknown}`; known: `{known}`"),
    )
}

fn check_enough(path: &str, enough: &Enough) -> Result<(), Wrong> {
    let shares = [("face", enough.face), ("head", enough.head), ("person", enough.person)];
    shares
        .iter()
        .try_for_each(|(name, share)| in_range(&format!("{path}.{name}"), *share as f32, 0.0, 1.0, "0.9"))
}
