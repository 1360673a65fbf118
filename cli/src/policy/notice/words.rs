//! Durations, times, and the names of a policy in plain words of one language.

use velum_policy::layers::{Egress, Target};
use velum_policy::sections::{EventClass, Imagery};
use velum_policy::{Day, PolicyDuration, Window};

use super::practice::Practice;
use super::texts::{Texts, fill};

/// How long, in the largest unit that is exact: `7 days`, `36 hours`.
pub(crate) fn duration(length: PolicyDuration, texts: &Texts) -> String {
    let words = &texts.duration;
    let secs = length.get().as_secs();
    if secs == 0 {
        return words.none.clone();
    }
    let units = [(86_400, &words.day), (3_600, &words.hour), (60, &words.minute)];
    let exact = units.into_iter().find(|(unit, _)| secs.is_multiple_of(*unit));
    exact.map_or_else(|| words.second.of(secs), |(unit, text)| text.of(secs / unit))
}

/// When a site may be analysed, a line for each window.
pub(crate) fn times(schedule: &[Window], texts: &Texts) -> Vec<String> {
    let open = schedule.iter().filter(|window| !window.is_empty() && !window.days.is_empty());
    let lines: Vec<_> = open.map(|window| window_words(window, texts)).collect();
    if lines.is_empty() { vec![texts.time.never.clone()] } else { lines }
}

fn window_words(window: &Window, texts: &Texts) -> String {
    let days = if window.days.len() == Day::ALL.len() {
        texts.time.every_day.clone()
    } else {
        let named = Day::ALL.iter().zip(&texts.time.days).filter(|(day, _)| window.days.contains(day));
        named.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (from, to) = (window.from.to_string(), window.to.to_string());
    fill(&texts.time.window, &[("days", &days), ("from", &from), ("to", &to)])
}

/// What an analytic does, to go on after "cameras here".
pub(crate) fn analytic(name: &str, texts: &Texts) -> String {
    let words = &texts.analytic;
    match name {
        "abandoned_object" => words.abandoned_object.clone(),
        "abandoned_object_lowlight" => words.abandoned_object_lowlight.clone(),
        "crowd_density" => words.crowd_density.clone(),
        "crowd_movement" => words.crowd_movement.clone(),
        "crowd_statistics" => words.crowd_statistics.clone(),
        "cyclist_count" => words.cyclist_count.clone(),
        "cargo_bike_count" => words.cargo_bike_count.clone(),
        "vehicle_count" => words.vehicle_count.clone(),
        "pedestrian_count" => words.pedestrian_count.clone(),
        "owner_backtracking" => words.owner_backtracking.clone(),
        _ => fill(&words.other, &[("name", &spaced(name))]),
    }
}

/// What a class of events tells.
pub(crate) fn event(class: &str, texts: &Texts) -> String {
    let words = &texts.event;
    match class {
        "abandoned_object_alert" => words.abandoned_object_alert.clone(),
        "abandoned_object_confirmed" => words.abandoned_object_confirmed.clone(),
        "crowd_density_level" => words.crowd_density_level.clone(),
        "crowd_movement_alert" => words.crowd_movement_alert.clone(),
        "road_user_count" => words.road_user_count.clone(),
        "camera_health" => words.camera_health.clone(),
        _ => fill(&words.other, &[("name", &spaced(class))]),
    }
}

/// Which pictures may leave, a line for each level; none where none may. The highest level is always named, as
/// nothing in the policy forbids it; one below it where a class of events has pictures of it.
pub(crate) fn pictures<'t>(practice: &Practice<'_>, texts: &'t Texts) -> Vec<&'t str> {
    let (highest, events) = (practice.egress(), practice.events());
    let pictured = |of_cameras: bool| {
        events.iter().any(|event| event.imagery != Imagery::None && is_health(event) == of_cameras)
    };
    let levels = [
        (Egress::MaintenanceStill, &texts.picture.maintenance, pictured(true)),
        (Egress::AlertStill, &texts.picture.alert, pictured(false)),
        (Egress::Live, &texts.picture.live, false),
    ];
    let told =
        levels.iter().filter(|(level, _, has_any)| *level == highest || (*level < highest && *has_any));
    told.map(|(_, text, _)| text.as_str()).collect()
}

/// What is covered in them.
pub(crate) fn targets(practice: &Practice<'_>, texts: &Texts) -> String {
    let covered_everywhere =
        |target: &Target| practice.layers().iter().all(|layers| layers.redaction.targets.contains(target));
    let words = [
        (Target::Person, &texts.picture.person),
        (Target::Head, &texts.picture.head),
        (Target::Face, &texts.picture.face),
        (Target::Plate, &texts.picture.plate),
    ];
    let named = words.iter().filter(|(target, _)| covered_everywhere(target)).map(|(_, word)| word.as_str());
    fill(&texts.picture.targets, &[("targets", &named.collect::<Vec<_>>().join(", "))])
}

/// How long events of these classes, and pictures, are kept: a line for each.
pub(crate) fn retention<'d>(
    practice: &Practice<'_>,
    classes: impl IntoIterator<Item = &'d EventClass>,
    texts: &Texts,
) -> Vec<String> {
    let classes = classes.into_iter();
    let mut kept: Vec<(String, PolicyDuration)> =
        classes.map(|class| (event(&class.class, texts), practice.kept(class.retention))).collect();
    if practice.egress() != Egress::None {
        kept.push((texts.picture.kept.clone(), practice.stills_kept()));
    }
    kept.into_iter().map(|(what, kept)| format!("{what}: {}", duration(kept, texts))).collect()
}

/// Whether a class of events tells of the cameras alone.
pub(crate) fn is_health(event: &EventClass) -> bool {
    event.class == "camera_health"
}

/// An identifier of a policy, as one would read it aloud.
pub(crate) fn spaced(name: &str) -> String {
    name.replace(['_', '-'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let (en, fr) = (Texts::of("en").unwrap(), Texts::of("fr").unwrap());
        let check = |written: &str, texts: &Texts, expected: &str| {
            assert_eq!(duration(PolicyDuration::parse(written).unwrap(), texts), expected, "{written}");
        };
        check("P7D", &en, "7 days");
        check("PT24H", &en, "1 day");
        check("PT36H", &en, "36 hours");
        check("PT15M", &en, "15 minutes");
        check("PT90S", &en, "90 seconds");
        check("PT0S", &en, "not kept");
        check("P14D", &fr, "14 jours");
    }

    #[test]
    fn times_name_days_and_hours() {
        let window = |text: &str| toml::from_str::<Window>(text).unwrap();
        let en = Texts::of("en").unwrap();
        let market = window("days = ['sat', 'thu']\nfrom = '07:00'\nto = '18:30'\ntz = 'UTC'");
        let nobody = window("from = '07:00'\nto = '18:30'\ntz = 'UTC'");
        let all = "days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']\nfrom = '00:00'\nto = '24:00'\ntz = 'UTC'";
        assert_eq!(times(&[market], &en), ["Thursday, Saturday, 07:00 to 18:30"]);
        assert_eq!(times(&[window(all)], &en), ["every day, 00:00 to 24:00"]);
        assert_eq!(times(&[nobody], &en), ["never: no times are set"]);
        assert_eq!(times(&[], &en), ["never: no times are set"]);
    }
}
