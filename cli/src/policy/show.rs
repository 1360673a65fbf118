//! `velum policy show`: what applies to a camera, field by field, and where each value was written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use velum_policy::PolicyError;
use velum_policy::effective::{Effective, EffectiveCamera, EffectiveField};

use crate::policy::diff::Format;
use crate::policy::lint::DOES_NOT_PARSE;
use crate::policy::read;
use crate::screen::{Screen, ScreenArgs, Style, harmless, remark, say};

/// Longer values stand on lines of their own.
const WIDEST_VALUE: usize = 40;
/// More cameras than these are not listed where one is not found.
const MOST_NAMES: usize = 12;

/// What really applies to a camera, and where each value was written: pack, city, site, camera, baseline or nowhere.
///
/// A site may only tighten the city and a camera its site, and nobody keeps anything longer than the country's pack
/// lets; where nobody writes a value, that of the baseline holds, else the strictest. Values
/// are shown as the file writes them, with the line; then which events the camera may tell, with which fields, and
/// its zones.
///
/// Exit code: 0, 3 the file does not parse, 1 anything else, such as a camera that the policy does not name.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  velum policy show policy.toml --effective --camera mp-01
  velum policy show policy.toml --effective          all cameras, and what differs between them")]
pub(crate) struct ShowArgs {
    /// The policy (TOML, or signed JSON).
    file: PathBuf,
    /// Also what nobody wrote, so that the strictest value holds; without it only what is written.
    #[arg(long)]
    effective: bool,
    /// Only this camera; without it all of them, what is the same for all first.
    #[arg(long, value_name = "NAME")]
    camera: Option<String>,
    /// Packs (TOML, or signed JSON) that hold beside the built-in ones; signatures are for `packs verify`.
    #[arg(long, value_name = "FILE")]
    packs: Option<PathBuf>,
    /// Text for people, or JSON for programs.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Shows it.
pub(crate) fn run(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let file = match read(&args.file)?.file() {
        Ok(file) => file,
        Err(PolicyError::Refused(findings)) => {
            remark(&format!("{findings}\n{}: does not parse", args.file.display()))?;
            return Ok(ExitCode::from(DOES_NOT_PARSE));
        }
        Err(error) => return Err(error.into()),
    };
    let mut effective = Effective::of(&file, &super::packs::with(args.packs.as_deref())?);
    if let Some(name) = &args.camera {
        let known: Vec<_> = effective.cameras.iter().map(|camera| camera.camera.clone()).collect();
        effective.cameras.retain(|camera| camera.camera == *name);
        if effective.cameras.is_empty() {
            bail!("{}: {}", args.file.display(), unknown(name, &known));
        }
    }
    if !args.effective {
        for camera in &mut effective.cameras {
            camera.fields.retain(|field| !field.origin.0.is_empty());
        }
    }
    let shown = match args.format {
        Format::Json => serde_json::to_string_pretty(&effective)?,
        Format::Text => text(&effective),
    };
    say(&shown)?;
    Ok(ExitCode::SUCCESS)
}

fn unknown(name: &str, known: &[String]) -> String {
    let names = known
        .iter()
        .take(MOST_NAMES)
        .map(|one| format!("`{}`", crate::screen::harmless(one)))
        .collect::<Vec<_>>()
        .join(", ");
    let more = if known.len() > MOST_NAMES {
        format!(" or one of {} more", known.len() - MOST_NAMES)
    } else {
        String::new()
    };
    match known {
        [] => format!(
            "expected a camera, found `{name}`; the policy has no camera that belongs to one of its sites"
        ),
        _ => format!("expected one of its cameras ({names}{more}), found `{name}`"),
    }
}

fn text(effective: &Effective) -> String {
    let screen = Screen::of_stdout(&ScreenArgs::default());
    let mut lines = vec![harmless(&format!("{} {}", effective.id, effective.version))];
    match effective.cameras.as_slice() {
        [] => lines.push("The policy has no camera that belongs to one of its sites.".to_owned()),
        [one] => {
            lines.push(screen.styled(Style::Notice, &format!("CAMERA {} (site {})", one.camera, one.site)));
            lines.extend(table(one.fields.iter().chain(&one.facts)));
            lines.extend(telling(&screen, one));
        }
        all => {
            lines.extend(compact(&screen, all));
        }
    }
    lines.join("\n")
}

/// Key, value and origin below each other; long values on lines of their own.
fn table<'f>(fields: impl Iterator<Item = &'f EffectiveField> + Clone) -> Vec<String> {
    let key = fields.clone().map(|field| field.key.chars().count()).max().unwrap_or(0);
    let lengths = fields.clone().map(|field| field.value.chars().count());
    let value = lengths.filter(|length| *length <= WIDEST_VALUE).max().unwrap_or(0);
    let rows = fields.flat_map(|field| {
        if field.value.chars().count() <= WIDEST_VALUE {
            return vec![format!("  {:key$}  {:value$}  {}", field.key, field.value, field.origin)];
        }
        // A schedule has a line for each of its windows.
        let parts = field.value.split_inclusive("}, ").map(|part| format!("      {}", part.trim_end()));
        std::iter::once(format!("  {:key$}  {}", field.key, field.origin)).chain(parts).collect()
    });
    rows.map(|row| harmless(&row)).collect()
}

fn telling(screen: &Screen, camera: &EffectiveCamera) -> Vec<String> {
    let mut lines = vec![screen.styled(Style::Notice, "MAY TELL, as far as the analytics are allowed")];
    if camera.events.is_empty() {
        lines.push("  nothing: no class of event is for a purpose of the camera".to_owned());
    }
    for event in &camera.events {
        let line = event.line.map_or_else(String::new, |line| format!(", line {line}"));
        lines.push(harmless(&format!("  {} (kept {}{line})", event.class, event.kept)));
        lines.push(harmless(&format!("      {}", event.fields.join(", "))));
    }
    lines.push("  The state of a camera (camera_health) is told under any policy.".to_owned());
    lines.push(screen.styled(Style::Notice, "ZONES"));
    if camera.zones.is_empty() {
        lines.push("  none is written".to_owned());
    }
    for zone in &camera.zones {
        let line = zone.line.map_or_else(String::new, |line| format!("  line {line}"));
        let reason = zone.reason.as_ref().map_or_else(String::new, |reason| format!("  {reason}"));
        lines.push(harmless(&format!("  {}  {}{line}{reason}", zone.id, zone.kind)));
    }
    lines
}

/// One field over all cameras.
struct Compared<'c> {
    field: &'c EffectiveField,
    /// Which cameras have which value of which origin.
    values: BTreeMap<(&'c str, String), Vec<&'c str>>,
}

fn compared(cameras: &[EffectiveCamera]) -> Vec<Compared<'_>> {
    let mut all: Vec<Compared<'_>> = Vec::new();
    for camera in cameras {
        for field in camera.fields.iter().chain(&camera.facts) {
            let said = (field.value.as_str(), field.origin.to_string());
            match all.iter_mut().find(|one| one.field.key == field.key) {
                Some(one) => one.values.entry(said).or_default().push(&camera.camera),
                None => {
                    let values = BTreeMap::from([(said, vec![camera.camera.as_str()])]);
                    all.push(Compared { field, values });
                }
            }
        }
    }
    all
}

/// What is the same for all cameras, then what differs, then what each may tell.
fn compact(screen: &Screen, cameras: &[EffectiveCamera]) -> Vec<String> {
    let (same, differing): (Vec<_>, Vec<_>) = compared(cameras)
        .into_iter()
        .partition(|one| one.values.values().any(|named| named.len() == cameras.len()));
    let mut lines = vec![screen.styled(Style::Notice, &format!("THE SAME AT ALL {} CAMERAS", cameras.len()))];
    lines.extend(table(same.iter().map(|one| one.field)));
    lines.push(screen.styled(Style::Notice, "WHAT DIFFERS"));
    for one in &differing {
        lines.push(harmless(&format!("  {}", one.field.key)));
        for ((value, origin), named) in &one.values {
            lines.push(harmless(&format!("      {value}  ({origin}): {}", named.join(", "))));
        }
    }
    for camera in cameras {
        lines.push(screen.styled(Style::Notice, &format!("CAMERA {} (site {})", camera.camera, camera.site)));
        let told = camera.events.iter().map(|event| format!("{} (kept {})", event.class, event.kept));
        lines.push(harmless(&format!("  may tell  {}", listed(told))));
        let zones = camera.zones.iter().map(|zone| format!("{} ({})", zone.id, zone.kind));
        lines.push(harmless(&format!("  zones     {}", listed(zones))));
    }
    lines
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let items = items.collect::<Vec<_>>().join(", ");
    if items.is_empty() { "none".to_owned() } else { items }
}

#[cfg(test)]
mod tests;
