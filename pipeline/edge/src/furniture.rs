//! `velum-edge furniture`: places at which something stands for good, so that it is no abandoned object. [`FurnitureWish`]
//! is what the command leaves for the box, `desk` is where the box does it: logged first, then in force.
//!
//! Invariant: nothing is added or removed before its entry is in the audit log; a log that cannot be written means
//! that it is not done. Only what ends by itself ends without.

mod desk;
mod orders;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::bail;
use serde::{Deserialize, Serialize};

use crate::args::FurnitureCommand;
use crate::asked::{self, Ask, Wish, operator_name};
use crate::config::Settings;
use crate::local::{self, FURNITURE_MAX_DAYS, Furniture, Piece, Places, Rectangle};
pub(crate) use desk::Desk;
pub(crate) use orders::Suppressions;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FurnitureWish {
    Add { camera: String, zone: String, rectangle: Rectangle, days: u32, event: Option<String> },
    Remove { number: u64 },
}

impl Default for FurnitureWish {
    fn default() -> Self {
        Self::Remove { number: 0 }
    }
}

impl Wish for FurnitureWish {
    const SUBJECT: &'static str = "furniture";
    const ASKED: &'static str = "furniture/asked";
    const ANSWERED: &'static str = "furniture/answered";
    const FORMAT: &'static str = "velum-furniture-ask";
    const REASON: &'static str = "the new bench";
}

/// Does what the command says.
///
/// # Errors
/// In words, where it cannot be done or was not allowed.
pub(crate) fn run(settings: &Settings, command: FurnitureCommand) -> anyhow::Result<String> {
    match command {
        FurnitureCommand::List { json } => list(&settings.data_dir, json),
        FurnitureCommand::Add { event, camera, zone, rect, reason, days, operator } => {
            let place = match (&event, camera, zone, rect) {
                (Some(event), None, None, None) => known_place(settings, event)?,
                (None, Some(camera), Some(zone), Some(rect)) => named_place(settings, camera, zone, &rect)?,
                _ => bail!("expected --event EVENT, or --camera ID --zone ID --rect LEFT,TOP,RIGHT,BOTTOM"),
            };
            if !(1..=FURNITURE_MAX_DAYS).contains(&days) {
                bail!("--days: expected 1 to {FURNITURE_MAX_DAYS}, found `{days}`; use 30, for example");
            }
            let (camera, zone, rectangle) = place;
            let wish = FurnitureWish::Add { camera, zone, rectangle, days, event };
            send(&settings.data_dir, &Ask { wish, operator: operator_name(operator)?, reason })
        }
        FurnitureCommand::Remove { number, reason, operator } => {
            let wish = FurnitureWish::Remove { number };
            send(&settings.data_dir, &Ask { wish, operator: operator_name(operator)?, reason })
        }
    }
}

type Place = (String, String, Rectangle);

/// Where the object of an event lies, by the box's own memory.
fn known_place(settings: &Settings, event: &str) -> anyhow::Result<Place> {
    let places = local::read_all::<Places>(&settings.data_dir).map_err(anyhow::Error::msg)?;
    let found = places.iter().find_map(|(camera, places)| Some((camera, places.of(event)?)));
    let Some((camera, place)) = found else {
        bail!(
            "--event: this box knows no place of the event `{event}` (any more); give --camera ID --zone ID --rect \
             LEFT,TOP,RIGHT,BOTTOM instead, in fractions of the picture, for example 0.42,0.55,0.50,0.71"
        );
    };
    let rectangle = place.rectangle.checked().map_err(|problem| anyhow::anyhow!("--event: {problem}"))?;
    Ok((camera.to_string(), place.zone.clone(), rectangle))
}

fn named_place(settings: &Settings, camera: String, zone: String, rect: &str) -> anyhow::Result<Place> {
    let configured = settings.cameras.iter().find(|known| known.id.as_str() == camera);
    let Some(configured) = configured else {
        bail!("--camera: no camera `{camera}` is configured; see `[cameras]`");
    };
    if !configured.analysis.zones.iter().any(|known| known.id.as_str() == zone && known.abandoned.is_some()) {
        let known = configured.analysis.zones.iter().filter(|zone| zone.abandoned.is_some());
        let known: Vec<_> = known.map(|zone| format!("`{}`", zone.id)).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        bail!("--zone: camera {camera} looks for abandoned objects in {known}, found `{zone}`");
    }
    let rectangle = Rectangle::parse(rect).map_err(|problem| anyhow::anyhow!("--rect: {problem}"))?;
    Ok((camera, zone, rectangle))
}

fn list(data_dir: &Path, json: bool) -> anyhow::Result<String> {
    let furniture: Furniture =
        local::read_one(&local::furniture_path(data_dir)).map_err(anyhow::Error::msg)?.unwrap_or_default();
    if json {
        return Ok(serde_json::to_string_pretty(&furniture.pieces)? + "\n");
    }
    if furniture.pieces.is_empty() {
        return Ok("no furniture is in force\n".to_owned());
    }
    let mut text =
        format!("{:>6}  {:16} {:16} {:28} {:22} by\n", "number", "camera", "zone", "rectangle", "until");
    for piece in &furniture.pieces {
        let (rectangle, until) = (piece.rectangle.to_string(), local::time_text(piece.until_unix_secs));
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{:>6}  {:16} {:16} {rectangle:28} {until:22} {}",
            piece.number,
            piece.camera,
            piece.zone,
            made_by(piece)
        );
    }
    Ok(text)
}

fn made_by(piece: &Piece) -> String {
    match &piece.ordered {
        None => "people at the box".to_owned(),
        Some(ordered) => format!("the hub, after a review: {}", ordered.verdict),
    }
}

/// Has the running box do it; where none runs, it is done here, in the box's own log.
fn send(data_dir: &Path, ask: &Ask<FurnitureWish>) -> anyhow::Result<String> {
    asked::send(data_dir, ask, |log, clock| drop(Desk::new(data_dir, clock).look(log, None)))
}

#[cfg(test)]
mod tests;
