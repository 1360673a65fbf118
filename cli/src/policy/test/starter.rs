//! A first file of cases for a policy: what its cameras tell and its recipients are shown, as it does it today.
//!
//! What comes of each case is asked, not thought up here, so that the file holds from the start. Whether that is what
//! people want is for them to say.

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use velum_gate::EventKind;
use velum_policy::sections::{Camera, Document, Recipient, ZoneKind};
use velum_policy::{CameraPolicy, PolicyFile, ResolvedPolicy};

use super::cases::CasesFile;
use super::town::Town;
use crate::policy::notation::quoted;

/// No schedule has a longer turn than a week.
const HOURS: i64 = 8 * 24;

const HEADER: &str = "\
# What the policy does TODAY, case by case: velum policy test THIS-FILE
# Read every expectation: is it what you want? Where not, write what you want, and mend the policy until the case is ok.
# Then add what must never happen. Moments, zones and numbers of people are examples: put in your own.
";

/// The file; `path` is how it names the policy.
///
/// # Errors
/// Where a case cannot be asked, which is a fault of this program.
pub(super) fn file(policy: &PolicyFile, town: &Town, path: &str) -> Result<String> {
    let (document, resolved) = (policy.document(), policy.resolve()?);
    let mut asked: Vec<String> = Vec::new();
    for (name, applied) in &resolved.cameras {
        let camera = document.camera.get(name).context("each camera that applies is written")?;
        asked.extend(of_camera(&resolved, (name, applied), camera));
    }
    asked.extend(document.recipient.iter().flat_map(|one| of_recipient(document, &resolved, one)));
    let cases = asked.iter().map(|case| answered(case, policy, town)).collect::<Result<Vec<_>>>()?;
    Ok(format!("{HEADER}policy = {}\n\n{}", quoted(path), cases.join("\n")))
}

/// The case with what comes of it.
fn answered(case: &str, policy: &PolicyFile, town: &Town) -> Result<String> {
    // Any expectation that fits makes it a case.
    for expected in ["released = {}", "shown = []"] {
        let Ok(file) = CasesFile::parse(&format!("{case}{expected}\n"), "the first file of cases") else {
            break;
        };
        if let Ok([only]) = file.cases(policy).as_deref() {
            return Ok(format!("{case}{}\n", town.ask(only)?.answer));
        }
    }
    anyhow::bail!("a case for this policy cannot be read; report this as a bug of velum:\n{case}")
}

fn of_camera(
    policy: &ResolvedPolicy,
    (name, applied): (&str, &CameraPolicy),
    camera: &Camera,
) -> Vec<String> {
    let from = policy.effective_from;
    let open = moment(from, |moment| applied.scheduled(moment));
    let shut = moment(from, |moment| !applied.scheduled(moment));
    let case = |words: &str, at: Timestamp, asked: &str| {
        let title = quoted(&format!("{name}: {words}"));
        format!("[[case]]\nname   = {title}\nat     = {at}\ncamera = {}\n{asked}\n", quoted(name))
    };
    let kinds = EventKind::ALL.into_iter().filter(|kind| kind.analytic().is_some());
    let mut cases = Vec::new();
    for kind in kinds {
        let asked = seen(kind, applied, camera);
        if let Some(open) = open {
            cases.push(case(&format!("{} while its schedule is open", kind.name()), open, &asked));
        }
        if let Some(shut) = shut.filter(|_| policy.allows(kind.analytic().unwrap_or_default())) {
            cases.push(case(&format!("{} while its schedule is shut", kind.name()), shut, &asked));
        }
    }
    if let Some(open) = open {
        let keep = "keep_still = { of = \"abandoned_object\" }";
        cases.push(case("a redacted still of something left alone", open, keep));
        cases.push(case("a redacted still to align the camera", open, "maintenance_still = {}"));
    }
    cases
}

/// The first full hour of the policy's first week for which this holds.
fn moment(from: Timestamp, holds: impl Fn(Timestamp) -> bool) -> Option<Timestamp> {
    let hour = from.as_second().div_euclid(3_600).saturating_add(1);
    let first = Timestamp::from_second(hour.saturating_mul(3_600)).ok()?;
    (0..HOURS).filter_map(|n| first.checked_add(SignedDuration::from_hours(n)).ok()).find(|at| holds(*at))
}

/// Something that a rule could have seen there.
fn seen(kind: EventKind, applied: &CameraPolicy, camera: &Camera) -> String {
    let watched = |one: &&velum_policy::sections::Zone| matches!(one.kind, ZoneKind::Count | ZoneKind::Watch);
    let zone = quoted(camera.zone.iter().find(watched).map_or("zone", |one| one.id.as_str()));
    let levels = &applied.aggregation.live_levels.0;
    let level = if levels.contains("dense") { None } else { levels.iter().next().map(String::as_str) };
    let level = quoted(level.unwrap_or("dense"));
    match kind {
        EventKind::CrowdDensity => {
            format!("crowd_density = {{ zone = {zone}, level = {level}, persons = 42, persons_per_m2 = 2 }}")
        }
        EventKind::CrowdMovement => {
            format!(
                "crowd_movement = {{ zone = {zone}, pattern = \"surge\", persons = 42, speed_m_per_s = 2.5 }}"
            )
        }
        EventKind::AbandonedObject | EventKind::CameraHealth => {
            format!("abandoned_object = {{ zone = {zone}, object = \"suitcase\", unattended = \"PT5M\" }}")
        }
    }
}

fn of_recipient(document: &Document, policy: &ResolvedPolicy, recipient: &Recipient) -> Vec<String> {
    // One day after the policy began, of something that has just been.
    let at =
        policy.effective_from.checked_add(SignedDuration::from_hours(24)).unwrap_or(policy.effective_from);
    let (role, purpose) = (&recipient.role, recipient.purposes.0.iter().next());
    let purpose = quoted(purpose.map_or("none", String::as_str));
    document
        .event
        .iter()
        .map(|event| {
            let class = &event.class;
            let name = quoted(&format!("{role} reads {class} of ten minutes ago"));
            let (role, class) = (quoted(role), quoted(class));
            format!(
                "[[case]]\nname      = {name}\nat        = {at}\nrecipient = {role}\n\
                 read      = {{ event = {class}, age = \"PT10M\", purpose = {purpose} }}\n"
            )
        })
        .collect()
}
