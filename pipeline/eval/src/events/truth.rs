//! What is truly put down in a clip: an own file beside it, or a list in the suite.
//!
//! The file: `fps`, `width_px` and `height_px` of the clip, and `[[objects]]`, see [`ObjectSpec`].

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use velum_vocab::BoxInFrame;

use crate::EvalError;
use crate::reading::{self, Wrong, check_names, each, in_range, wrong};
use crate::truth::box_of_corner;

/// What a place in a clip truly is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// An object that its owner leaves: must alert once the definition is met. Of all others none may.
    Object,
    /// An object whose owner or company stays.
    Attended,
    /// A person who stands or sits still.
    PersonStill,
    /// A person who lies.
    PersonLying,
    /// Something was taken away.
    Removed,
    /// What somebody or something that stood long leaves behind in the background.
    Ghost,
    /// A change of light.
    Light,
    /// A shadow, or a reflection.
    Shadow,
    /// Furniture that was moved.
    Furniture,
}

impl ObjectKind {
    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Attended => "attended",
            Self::PersonStill => "person_still",
            Self::PersonLying => "person_lying",
            Self::Removed => "removed",
            Self::Ghost => "ghost",
            Self::Light => "light",
            Self::Shadow => "shadow",
            Self::Furniture => "furniture",
        }
    }
}

/// One thing that is put down, or happens, at a place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectSpec {
    /// Its name in the report.
    pub id: String,
    /// What it is.
    #[serde(default = "object")]
    pub kind: ObjectKind,
    /// When it begins, seconds from the clip's beginning.
    pub put_down_secs: f64,
    /// When its owner went beyond the owner radius, or out of view; needed of an `object`.
    pub owner_left_secs: Option<f64>,
    /// When it is taken away again.
    pub gone_secs: Option<f64>,
    /// Left, top, width and height, pixels of the clip.
    #[serde(rename = "box")]
    pub box_px: Option<[f32; 4]>,
    /// Or the same as fractions of the picture.
    pub box_fraction: Option<[f32; 4]>,
    /// By how many grey levels it differs from what is around it.
    pub contrast: Option<f64>,
    /// Its height, in multiples of the local height of a person.
    pub height_fraction: Option<f64>,
    /// A free word for breakdowns.
    #[serde(default)]
    pub scenario: String,
    /// More words for breakdowns.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn object() -> ObjectKind {
    ObjectKind::Object
}

/// What is put down in one clip.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TruthFile {
    /// Of the clip; times are seconds all the same.
    fps: f32,
    width_px: u32,
    height_px: u32,
    #[serde(default)]
    pub(crate) objects: Vec<ObjectSpec>,
}

impl TruthFile {
    /// Reads and checks a file's text.
    pub(crate) fn parse(text: &str, place: &Path) -> Result<Self, EvalError> {
        reading::parse(text, place, Self::check)
    }

    fn check(&self) -> Result<(), Wrong> {
        in_range("fps", self.fps, 0.1, 240.0, "10")?;
        in_range("width_px", self.width_px as f32, 16.0, 16_384.0, "640")?;
        in_range("height_px", self.height_px as f32, 16.0, 16_384.0, "480")?;
        check_objects("objects", &self.objects, Some(self.size_px()))
    }

    pub(crate) fn size_px(&self) -> (u32, u32) {
        (self.width_px, self.height_px)
    }
}

/// Whether the objects of one clip hold together; `size_px` is of the picture in whose pixels boxes are.
pub(crate) fn check_objects(
    path: &str,
    objects: &[ObjectSpec],
    size_px: Option<(u32, u32)>,
) -> Result<(), Wrong> {
    check_names(path, objects.iter().map(|object| object.id.as_str()))?;
    each(path, objects, |path, object| {
        check_times(path, object)?;
        check_place(path, object, size_px)
    })
}

fn check_times(path: &str, object: &ObjectSpec) -> Result<(), Wrong> {
    let check = |name: &str, secs: f64| in_range(&format!("{path}.{name}"), secs as f32, 0.0, 1e6, "20");
    check("put_down_secs", object.put_down_secs)?;
    if object.kind == ObjectKind::Object && object.owner_left_secs.is_none() {
        let problem = "an object needs the time when its owner left, found none; write for example 23.5, or say by \
                       kind that it must not alert";
        return wrong(&format!("{path}.owner_left_secs"), problem.to_owned());
    }
    for (name, secs) in [("owner_left_secs", object.owner_left_secs), ("gone_secs", object.gone_secs)] {
        let Some(secs) = secs else { continue };
        check(name, secs)?;
        if secs < object.put_down_secs {
            let problem = format!(
                "expected no earlier than put_down_secs, `{}`, found `{secs}`; write times in seconds from the \
                 clip's beginning",
                object.put_down_secs
            );
            return wrong(&format!("{path}.{name}"), problem);
        }
    }
    Ok(())
}

fn check_place(path: &str, object: &ObjectSpec, size_px: Option<(u32, u32)>) -> Result<(), Wrong> {
    let (key, edges, most) = match (object.box_px, object.box_fraction, size_px) {
        (Some(edges), None, Some(size_px)) => ("box", edges, (size_px.0 as f32, size_px.1 as f32)),
        (None, Some(edges), _) => ("box_fraction", edges, (1.0, 1.0)),
        (Some(_), None, None) => {
            let problem = "a box in pixels needs the picture's size; write size_px = [720, 480] at the clip, or \
                           box_fraction";
            return wrong(&format!("{path}.box"), problem.to_owned());
        }
        _ => {
            let problem = "expected one of box and box_fraction, found none or both; write for example \
                           box = [310, 240, 28, 36]";
            return wrong(path, problem.to_owned());
        }
    };
    let [left, top, width, height] = edges;
    let slack = (0.02 * most.0, 0.02 * most.1);
    let fits = box_of_corner(left, top, width, height).is_some_and(|b| {
        b.left_px() >= -slack.0
            && b.top_px() >= -slack.1
            && b.right_px() <= most.0 + slack.0
            && b.bottom_px() <= most.1 + slack.1
    });
    if fits {
        return Ok(());
    }
    let problem = format!(
        "expected left, top, width and height inside a picture of {} x {}, found `{edges:?}`; width and height are \
         not the right and lower edge",
        most.0, most.1
    );
    wrong(&format!("{path}.{key}"), problem)
}

impl ObjectSpec {
    /// Where it is, in analysed pictures.
    pub(crate) fn box_in(&self, size_px: Option<(u32, u32)>, analysed_px: (u32, u32)) -> Option<BoxInFrame> {
        let (across, down) = (analysed_px.0 as f32, analysed_px.1 as f32);
        let ([left, top, width, height], across, down) = match (self.box_px, self.box_fraction, size_px) {
            (_, Some(edges), _) => (edges, across, down),
            (Some(edges), None, Some(from)) => {
                (edges, across / from.0.max(1) as f32, down / from.1.max(1) as f32)
            }
            _ => return None,
        };
        box_of_corner(left * across, top * down, width * across, height * down)
    }
}

#[cfg(test)]
mod tests;
