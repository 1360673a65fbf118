//! Whether a manifest holds together: the text says which key does not, and how to mend it.

use super::{Channels, DensityLayout, DetrLayout, HeadKind, Manifest, Source, Task};

/// No error of a count is larger: such a model counts nothing.
const ERROR_PERSONS_MAX: f32 = 10_000.0;
const ERROR_FRACTION_MAX: f32 = 10.0;

/// A density map's tensor is no larger along a side: its network works at full resolution.
const DENSITY_SIDE_PX_MAX: u32 = 2_048;

pub(super) fn check(manifest: &Manifest) -> Result<(), String> {
    check_name("id", &manifest.id)?;
    check_name("file", &manifest.file)?;
    check_size("input.width_px", manifest.input.width_px)?;
    check_size("input.height_px", manifest.input.height_px)?;
    check_planes(manifest)?;
    check_outputs(&manifest.outputs)?;
    check_head(manifest)?;
    if manifest.head == HeadKind::Density {
        check_density(manifest)?;
    } else {
        check_nms(manifest.nms_iou)?;
        check_classes(manifest)?;
    }
    check_unknown_digest(manifest)?;
    manifest.source.as_ref().map_or(Ok(()), check_source)
}

/// Head, task and the tables that only one head has.
fn check_head(manifest: &Manifest) -> Result<(), String> {
    let head = manifest.head;
    let is_density = head == HeadKind::Density;
    if is_density != (manifest.task == Task::Density) {
        let (task, wanted) = (manifest.task.name(), if is_density { "density" } else { "objects" });
        return Err(format!(
            "task: `{task}` does not go with head `{}`; write for example \"{wanted}\"",
            head.name()
        ));
    }
    match (head, &manifest.detr) {
        (HeadKind::Detr, None) => {
            return Err("detr: missing; write [detr] with activation = \"softmax\" or \"sigmoid\"".to_owned());
        }
        (HeadKind::Detr, Some(DetrLayout { .. })) | (_, None) => {}
        (_, Some(_)) => return Err(format!("detr: head `{}` has no such table; delete it", head.name())),
    }
    match (head, &manifest.density) {
        (HeadKind::Density, None) => {
            Err("density: missing; write [density] with for example stride_px = 4, error_persons = 2.5 and \
                 error_fraction = 0.2"
                .to_owned())
        }
        (HeadKind::Density, Some(layout)) => check_density_layout(layout),
        (_, None) => Ok(()),
        (_, Some(_)) => Err(format!("density: head `{}` has no such table; delete it", head.name())),
    }
}

fn check_density_layout(layout: &DensityLayout) -> Result<(), String> {
    let DensityLayout { stride_px, value_per_person, error_persons, error_fraction } = *layout;
    if !(stride_px.is_power_of_two() && stride_px <= 32) {
        return Err(format!(
            "density.stride_px: `{stride_px}` needs to be 1, 2, 4, 8, 16 or 32, for example 4"
        ));
    }
    if !(value_per_person.is_finite() && value_per_person > 0.0) {
        return Err(format!(
            "density.value_per_person: `{value_per_person}` needs to be above 0, for example 1"
        ));
    }
    check_error("error_persons", error_persons, ERROR_PERSONS_MAX)?;
    check_error("error_fraction", error_fraction, ERROR_FRACTION_MAX)?;
    if error_persons == Some(0.0) && error_fraction == Some(0.0) {
        return Err(
            "density.error_persons: `0` beside error_fraction 0 says that the model never errs; write what \
                    was measured, for example 2.5"
                .to_owned(),
        );
    }
    Ok(())
}

fn check_error(key: &str, error: Option<f32>, max: f32) -> Result<(), String> {
    let example = if key == "error_persons" { "2.5" } else { "0.2" };
    match error {
        None => Err(format!(
            "density.{key}: missing; write how wrong the model's counts were where it was measured, for example \
             {example} (docs/models.md says how)"
        )),
        Some(error) if (0.0..=max).contains(&error) => Ok(()),
        Some(error) => {
            Err(format!("density.{key}: `{error}` needs to lie between 0 and {max}, for example {example}"))
        }
    }
}

fn check_density(manifest: &Manifest) -> Result<(), String> {
    let has = [
        ("classes", !manifest.classes.is_empty()),
        ("class_count", manifest.class_count != 0),
        ("nms_iou", manifest.nms_iou.is_some()),
    ];
    if let Some((key, _)) = has.iter().find(|(_, is_there)| *is_there) {
        return Err(format!("{key}: a density model finds no boxes and has none; delete it"));
    }
    let larger = [("width_px", manifest.input.width_px), ("height_px", manifest.input.height_px)]
        .into_iter()
        .find(|(_, side)| *side > DENSITY_SIDE_PX_MAX);
    larger.map_or(Ok(()), |(key, side)| {
        Err(format!("input.{key}: `{side}` needs to be at most {DENSITY_SIDE_PX_MAX} for a density model"))
    })
}

fn check_planes(manifest: &Manifest) -> Result<(), String> {
    let input = &manifest.input;
    let planes = input.channels.count();
    for (key, values) in [("mean", &input.mean), ("std", &input.std)] {
        if !values.is_empty() && values.len() != planes {
            let found = values.len();
            return Err(format!("input.{key}: needs {planes} values, one a plane, found {found}"));
        }
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(format!("input.{key}: `{value}` is not a finite number"));
        }
    }
    if let Some(value) = input.std.iter().find(|value| **value <= 0.0) {
        return Err(format!("input.std: `{value}` needs to be above 0, for example 0.229"));
    }
    Ok(())
}

fn check_outputs(outputs: &[String]) -> Result<(), String> {
    let mut earlier = std::collections::HashSet::new();
    match outputs.iter().find(|name| !earlier.insert(name.as_str())) {
        Some(name) => Err(format!("outputs: `{name}` is there twice; delete one")),
        None => Ok(()),
    }
}

fn check_nms(nms_iou: Option<f32>) -> Result<(), String> {
    match nms_iou {
        Some(value) => check_share("nms_iou", value),
        None => {
            Err("nms_iou: missing; write for example 0.5, or 1 for a model that tells each thing once"
                .to_owned())
        }
    }
}

fn check_classes(manifest: &Manifest) -> Result<(), String> {
    if manifest.classes.is_empty() {
        return Err("classes: needs at least one [[classes]] entry".to_owned());
    }
    for (at, entry) in manifest.classes.iter().enumerate() {
        check_share(&format!("classes[{at}].score_min"), entry.score_min)?;
        if let Some(half) = entry.score_half.filter(|half| !(*half > entry.score_min && *half < 1.0)) {
            let min = entry.score_min;
            return Err(format!(
                "classes[{at}].score_half: `{half}` needs to lie between score_min {min} and 1"
            ));
        }
        if entry.index >= manifest.class_count {
            let (index, count) = (entry.index, manifest.class_count);
            return Err(format!("classes[{at}].index: `{index}` is not below class_count {count}"));
        }
        if manifest.classes.iter().take(at).any(|earlier| earlier.index == entry.index) {
            return Err(format!("classes[{at}].index: `{}` is there twice; delete one", entry.index));
        }
    }
    let has_one = matches!(manifest.head, HeadKind::Centerface | HeadKind::Yunet);
    if has_one && manifest.class_count != 1 {
        let (head, found) = (manifest.head.name(), manifest.class_count);
        return Err(format!("class_count: a {head} head has 1, found `{found}`"));
    }
    if manifest.input.channels == Channels::Gray && has_one {
        return Err(format!("input.channels: a {} model looks at colours", manifest.head.name()));
    }
    Ok(())
}

/// Letters, digits, `-`, `_` and `.`, not starting with a dot: no way out of a folder.
fn check_name(key: &str, value: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (1..=64).contains(&value.len()) && value.chars().all(plain) && !value.starts_with('.') {
        return Ok(());
    }
    Err(format!("{key}: `{value}` needs 1 to 64 letters, digits, `-`, `_` or `.`, for example `yolox-nano`"))
}

fn check_size(key: &str, value: u32) -> Result<(), String> {
    if (32..=4096).contains(&value) && value.is_multiple_of(32) {
        return Ok(());
    }
    Err(format!("{key}: `{value}` needs to be a multiple of 32 from 32 to 4096, for example 416"))
}

fn check_share(key: &str, value: f32) -> Result<(), String> {
    if value > 0.0 && value <= 1.0 {
        return Ok(());
    }
    Err(format!("{key}: `{value}` needs to be above 0 and at most 1, for example 0.45"))
}

/// A digest may be unknown only where a person gives it when the file is fetched.
fn check_unknown_digest(manifest: &Manifest) -> Result<(), String> {
    let can_be_fetched = manifest.source.as_ref().is_some_and(|source| source.address.is_some());
    if manifest.sha256.is_some() || can_be_fetched {
        return Ok(());
    }
    let file = &manifest.file;
    Err(format!("sha256: `unknown` needs a source.address; write what `sha256sum {file}` prints"))
}

fn check_source(source: &Source) -> Result<(), String> {
    if source.bytes == Some(0) {
        return Err(
            "source.bytes: `0` needs to be the file's size; delete it where it is not known".to_owned()
        );
    }
    match (&source.address, &source.wheel, &source.member) {
        (Some(address), None, None) => {
            may_be_fetched(address).map_err(|why| format!("source.address: {why}"))
        }
        (None, Some(_), Some(_)) => Ok(()),
        _ => Err("source: needs `address` alone, or `wheel` and `member`".to_owned()),
    }
}

/// Encrypted, or this very machine: whoever is in between must not see what a box fetches, nor slow it down unseen.
pub(crate) fn may_be_fetched(address: &str) -> Result<(), String> {
    if address.starts_with("https://") {
        return Ok(());
    }
    let is_loopback = address.strip_prefix("http://").is_some_and(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        is_loopback_host(authority)
    });
    if is_loopback {
        return Ok(());
    }
    Err(format!("`{address}` does not begin with https://"))
}

/// `127.x.x.x`, `[::1]` or `localhost`, with or without a port. A user name before `@` makes it none of these.
fn is_loopback_host(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    };
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
