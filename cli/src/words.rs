//! The words of the terminal: codes become sentences by the catalogue `words/en.toml`, and only there.
//!
//! A code without a sentence (from a newer box) is shown as it is, never dropped.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The catalogue that is built in.
pub(crate) const ENGLISH: &str = include_str!("words/en.toml");

static CATALOGUE: LazyLock<Catalogue> =
    // That the built-in catalogue can be read is tested; should it fail, codes are shown as they are.
    LazyLock::new(|| toml::from_str(ENGLISH).unwrap_or_default());

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    kind: BTreeMap<String, String>,
    state: BTreeMap<String, String>,
    explanation: BTreeMap<String, String>,
    coverage: BTreeMap<String, String>,
    confidence: BTreeMap<String, String>,
    lost: BTreeMap<String, String>,
    withheld: BTreeMap<String, String>,
    movement: BTreeMap<String, String>,
    direction: BTreeMap<String, String>,
}

fn look_up(table: &BTreeMap<String, String>, code: &str) -> String {
    table.get(code).cloned().unwrap_or_else(|| code.to_owned())
}

/// An event's kind, for its head line.
pub(crate) fn kind(code: &str) -> String {
    look_up(&CATALOGUE.kind, code)
}

/// An alert's state.
pub(crate) fn state(code: &str) -> String {
    look_up(&CATALOGUE.state, code)
}

/// What a camera's state means.
pub(crate) fn coverage(code: &str) -> String {
    look_up(&CATALOGUE.coverage, code)
}

/// A confidence band.
pub(crate) fn confidence(code: &str) -> String {
    look_up(&CATALOGUE.confidence, code)
}

/// Why a record was lost.
pub(crate) fn lost(cause: &str) -> String {
    look_up(&CATALOGUE.lost, cause)
}

/// Why something was withheld, by the rule that decided.
pub(crate) fn withheld(rule: &str) -> String {
    look_up(&CATALOGUE.withheld, rule)
}

/// In which way a crowd moves unusually.
pub(crate) fn movement(pattern: &str) -> String {
    look_up(&CATALOGUE.movement, pattern)
}

/// Where a crowd goes in the picture.
pub(crate) fn direction(sector: &str) -> String {
    look_up(&CATALOGUE.direction, sector)
}

/// One condition of an explanation, as a sentence without a full stop.
pub(crate) fn explanation(code: &str, value: Option<f64>) -> String {
    match (CATALOGUE.explanation.get(code), value) {
        (Some(sentence), value) => fill(sentence, value),
        (None, Some(value)) => format!("{code} {value}"),
        (None, None) => code.to_owned(),
    }
}

fn fill(sentence: &str, value: Option<f64>) -> String {
    let (before, optional, after) = sentence
        .split_once('[')
        .and_then(|(before, rest)| rest.split_once(']').map(|(optional, after)| (before, optional, after)))
        .unwrap_or((sentence, "", ""));
    match value {
        Some(value) => {
            let optional =
                optional.replace("{secs}", &duration(value)).replace("{m2}", &format!("{value:.0} m²"));
            format!("{before}{optional}{after}")
        }
        None => format!("{before}{after}"),
    }
}

/// Seconds in words: `45 s`, `1 min 30 s`, `2 h 5 min`.
pub(crate) fn duration(secs: f64) -> String {
    if !(0.0..1e9).contains(&secs) {
        return format!("{secs} s");
    }
    let whole = secs.round() as u64;
    let (hours, minutes, seconds) = (whole / 3_600, whole / 60 % 60, whole % 60);
    match (hours, minutes, seconds) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_well_formed() {
        let catalogue: Catalogue = toml::from_str(ENGLISH).unwrap();
        for (code, sentence) in &catalogue.explanation {
            let placeholder = sentence.contains("{secs}") || sentence.contains("{m2}");
            let has_unit = code.contains("_secs") || code.contains("_m2");
            assert_eq!(placeholder, has_unit, "{code}: a value needs a placeholder, and only a value");
            let optional = sentence.split_once('[').map_or("", |(_, rest)| rest);
            assert!(!placeholder || optional.contains('{'), "{code}: the placeholder stands in brackets");
            assert!(!sentence.ends_with('.'), "{code}: sentences are joined, no full stop");
        }
    }

    #[test]
    fn sentences_with_and_without_values() {
        let check =
            |code: &str, value: Option<f64>, expected: &str| assert_eq!(explanation(code, value), expected);
        check("unattended_secs", Some(90.0), "nobody attended it for 1 min 30 s");
        check("unattended_secs", None, "nobody attended it");
        check("zone_area_m2", Some(119.6), "the zone's area is known: 120 m²");
        check("newly_arrived", None, "it is new in the scene, not the trace of something taken away");
        check("from_a_newer_box", Some(2.0), "from_a_newer_box 2");
        check("from_a_newer_box", None, "from_a_newer_box");
    }

    #[test]
    fn durations() {
        let check = |secs: f64, expected: &str| assert_eq!(duration(secs), expected);
        check(0.0, "0 s");
        check(45.0, "45 s");
        check(60.0, "1 min");
        check(95.0, "1 min 35 s");
        check(7_500.0, "2 h 5 min");
        check(f64::NAN, "NaN s");
        check(-1.0, "-1 s");
    }
}
