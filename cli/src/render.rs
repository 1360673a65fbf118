//! Records in plain words, as a control room reads them: what, where, when; then why; then where it is filed.

use crate::json::{
    AbandonedObjectView, CrowdDensityView, CrowdMovementView, EventView, LostView, PersonsView, RecordLine,
    SpeedView,
};
use crate::screen::{Screen, Style, harmless};
use crate::words;

const INDENT: &str = "    ";
/// Narrow enough for a window beside others; the indent comes on top.
const WIDTH: usize = 100;

/// A record as one line, or, for an event, as a block of lines.
pub(crate) fn record(line: &RecordLine, screen: &Screen) -> String {
    let filed = screen
        .styled(Style::Faint, &format!("{} number {} · cursor {}", line.r#box, line.sequence, line.cursor));
    if let Some(event) = &line.event {
        return format!("{}\n{INDENT}{filed}", event_block(event, line.stored_unix_ms, screen));
    }
    let (style, what) = if let Some(withheld) = &line.withheld {
        (Style::Faint, format!("withheld by rule {}", withheld.rule))
    } else if let Some(expired) = &line.expired {
        (
            Style::Notice,
            format!("expired: the key of {} was destroyed before it could be sent", expired.key_day),
        )
    } else if let Some(lost) = &line.lost {
        (Style::Alarm, lost_text(lost))
    } else {
        (Style::Notice, "of a kind that this program does not know; update it".to_owned())
    };
    let text = format!("number {} {what}", line.sequence);
    let received = screen.moment(line.stored_unix_ms);
    format!(
        "{received}  {}  {}",
        screen.styled(style, &text),
        screen.styled(Style::Faint, &format!("{} · cursor {}", line.r#box, line.cursor))
    )
}

fn lost_text(lost: &LostView) -> String {
    let mut text = format!("LOST: {}", words::lost(&lost.cause));
    if let Some(incarnation) = &lost.incarnation {
        text.push_str(&format!("; incarnation {incarnation}"));
    }
    if let Some(last) = lost.last_known_sequence {
        text.push_str(&format!(", last known number {last}"));
    }
    text
}

/// A run of numbers that did not arrive.
pub(crate) fn gap(name: &str, first: u64, last: u64, screen: &Screen) -> String {
    let what =
        if first == last { format!("number {first} has") } else { format!("numbers {first} to {last} have") };
    screen.styled(Style::Alarm, &format!("GAP: {what} not arrived from {name}"))
}

/// What the hub has and does not show.
pub(crate) fn held(events: u64, message: &str) -> String {
    let count = match events {
        0 => "all events are".to_owned(),
        1 => "1 event is".to_owned(),
        events => format!("{events} events are"),
    };
    format!("velum: not shown: {count} {}", harmless(message))
}

fn event_block(event: &EventView, stored_unix_ms: i64, screen: &Screen) -> String {
    let time = match event.time {
        Some(time) => screen.time(time),
        None if stored_unix_ms == 0 => "(your recipient is told no time)".to_owned(),
        None => format!("received {}", screen.moment(stored_unix_ms)),
    };
    let style = match event.state {
        "raised" if event.kind != "camera_health" => Style::Alarm,
        "cleared" => Style::Good,
        _ => Style::Notice,
    };
    // A camera's state has no beginning and end of its own: the next state ends it.
    let plain = event.state == "unspecified" || event.camera_health.is_some();
    let state = if plain { String::new() } else { format!(" {}", words::state(event.state)) };
    let headline = screen.styled(style, &format!("{}{state}", words::kind(event.kind)));
    let mut lines = vec![format!("{time}  {headline}  {}", place(event))];
    if let Some(staged) = &event.staged {
        lines.push(screen.styled(Style::Notice, &format!("STAGED: {staged}")));
    }
    lines.extend(wrapped(&detail(event, screen)));
    if event.validity == Some("not_valid") {
        lines.push(
            screen.styled(Style::Notice, "NOT VALID: the rule could not see well enough to be believed"),
        );
    }
    let why: Vec<String> =
        event.explanation.iter().map(|one| harmless(&words::explanation(&one.code, one.value))).collect();
    if !why.is_empty() {
        lines.extend(wrapped(&format!("because {}", why.join("; "))));
    }
    lines.join(&format!("\n{INDENT}"))
}

/// Lines of at most about [`WIDTH`] characters, broken between words; no line begins with a separator.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let fits = |line: &String| word == "·" || line.chars().count() + 1 + word.chars().count() <= WIDTH;
        match lines.last_mut() {
            Some(line) if fits(line) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn place(event: &EventView) -> String {
    let parts: Vec<String> = [
        event.site.as_deref().map(|site| format!("site {site}")),
        event.camera.as_deref().map(|camera| format!("camera {camera}")),
        event.zone.as_deref().map(|zone| format!("zone {zone}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        "(the policy does not release the place)".to_owned()
    } else {
        harmless(&parts.join(", "))
    }
}

/// What is particular to the kind, and how sure it is.
fn detail(event: &EventView, screen: &Screen) -> String {
    let mut parts = Vec::new();
    if let Some(object) = &event.abandoned_object {
        parts.extend(object_parts(object, screen));
    }
    if let Some(crowd) = &event.crowd_density {
        parts.extend(crowd_parts(crowd));
    }
    if let Some(crowd) = &event.crowd_movement {
        parts.extend(movement_parts(crowd));
    }
    if let Some(health) = &event.camera_health {
        parts.push(words::coverage(health.state));
    }
    if let Some(band) = event.confidence {
        parts.push(words::confidence(band));
    }
    match (event.validity, event.epistemic) {
        (Some("valid"), Some(epistemic)) => parts.push(format!("valid machine {epistemic}")),
        (Some("valid"), None) => parts.push("valid".to_owned()),
        (_, Some(epistemic)) => parts.push(format!("machine {epistemic}")),
        (_, None) => {}
    }
    harmless(&parts.join(" · "))
}

fn object_parts(object: &AbandonedObjectView, screen: &Screen) -> Vec<String> {
    let dwell = object.dwell.as_ref().map(|dwell| {
        let least = words::duration(f64::from(dwell.at_least_secs));
        match dwell.below_secs {
            Some(below) if dwell.at_least_secs == 0 => {
                format!("unattended for less than {}", words::duration(f64::from(below)))
            }
            Some(below) => format!("unattended for {least} to {}", words::duration(f64::from(below))),
            None => format!("unattended for at least {least}"),
        }
    });
    let put_down = object.first_seen.map(|time| format!("put down {}", screen.time(time)));
    [
        object.object_kind.clone(),
        put_down,
        dwell,
        object.grid_cell.as_ref().map(|cell| format!("grid cell {cell}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn crowd_parts(crowd: &CrowdDensityView) -> Vec<String> {
    let level = match (&crowd.previous_level, &crowd.level) {
        (Some(previous), Some(level)) => Some(format!("level {previous} → {level}")),
        (None, Some(level)) => Some(format!("level {level}")),
        (Some(previous), None) => Some(format!("level was {previous}")),
        (None, None) => None,
    };
    let density = crowd
        .persons_per_m2
        .as_ref()
        .map(|interval| format!("{:.2} to {:.2} persons/m²", interval.low, interval.high));
    let relative = crowd.relative.then(|| "relative: not per square metre".to_owned());
    let demo = crowd.demo_threshold.then(|| "DEMO THRESHOLD".to_owned());
    [level, crowd.persons.as_ref().map(persons), density, relative, demo].into_iter().flatten().collect()
}

fn movement_parts(crowd: &CrowdMovementView) -> Vec<String> {
    let relative = crowd.relative.then(|| "speed from person heights: no ground plane".to_owned());
    [
        crowd.pattern.map(words::movement),
        crowd.persons.as_ref().map(persons),
        crowd.speed_m_per_s.as_ref().map(speed),
        crowd.direction.map(words::direction),
        relative,
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn speed(band: &SpeedView) -> String {
    match band.below {
        Some(below) if band.at_least == 0.0 => format!("less than {below} m/s"),
        Some(below) => format!("{} to {below} m/s", band.at_least),
        None => format!("{} m/s or more", band.at_least),
    }
}

fn persons(band: &PersonsView) -> String {
    match (band.at_least, band.below) {
        (0, Some(below)) => format!("fewer than {below} persons"),
        (least, Some(below)) if below == least.saturating_add(1) => format!("{least} persons"),
        (least, Some(below)) => format!("{least} to {} persons", below.saturating_sub(1)),
        (least, None) => format!("{least} persons or more"),
    }
}

#[cfg(test)]
mod tests;
