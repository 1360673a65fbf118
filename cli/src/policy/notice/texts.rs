//! What signs and notices say, in each language: one file per language, built into the program.
//!
//! A language that lacks a text, or has one too many, does not parse; that all of them parse is tested.

use serde::Deserialize;

/// The languages that there are texts for.
pub(crate) const LANGUAGES: [(&str, &str); 6] = [
    ("en", include_str!("texts/en.toml")),
    ("nl", include_str!("texts/nl.toml")),
    ("de", include_str!("texts/de.toml")),
    ("fr", include_str!("texts/fr.toml")),
    ("es", include_str!("texts/es.toml")),
    ("it", include_str!("texts/it.toml")),
];

macro_rules! texts {
    ($($name:ident { $($field:ident : $type:ty),+ $(,)? })+) => {
        $(#[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name { $(pub(crate) $field: $type),+ })+
    };
}

texts! {
    Texts {
        sign: Sign,
        analytic: Analytic,
        event: Event,
        claim: Claim,
        duration: Duration,
        time: Time,
        picture: Picture,
        notice: Notice,
    }
    Sign {
        cameras_here: String, purpose: String, never: String, impact: String, others: String, retention: String,
        times: String, rights: String, controller: String, dpo: String, legal_basis: String, more: String, scan: String,
        draft: String, camera: String,
    }
    Analytic {
        abandoned_object: String, abandoned_object_lowlight: String, crowd_density: String, crowd_movement: String,
        crowd_statistics: String, cyclist_count: String, cargo_bike_count: String, vehicle_count: String,
        pedestrian_count: String, owner_backtracking: String, other: String,
    }
    Event {
        abandoned_object_alert: String, abandoned_object_confirmed: String, crowd_density_level: String,
        crowd_movement_alert: String, road_user_count: String, camera_health: String, other: String,
    }
    Claim {
        no_face_recognition: String, nobody_identified: String, nobody_followed: String, no_number_plates: String,
        no_rating: String, no_pictures: String, people_covered: String, no_video: String, no_sound: String,
        no_training: String, human_decides: String, no_names: String,
    }
    Duration {
        none: String, second: Counted, minute: Counted, hour: Counted, day: Counted,
    }
    Time {
        days: [String; 7], every_day: String, window: String, zone: String, never: String,
    }
    Picture {
        title: String, maintenance: String, alert: String, live: String, kept: String, seen_by: String,
        targets: String, person: String, head: String, face: String, plate: String,
    }
    Notice {
        title: String, who: String, contact: String, processors: String, purposes: String, legal: String,
        authorisation: String, necessity: String, computed: String, told: String, groups: String, personal: String,
        aggregate: String, never: String, retention: String, review: String, recipients: String, sees: String,
        sees_pictures: String, sees_log: String, other_law: String, public: String, transfers: String,
        no_transfers: String, transfer: String, rights: String, right_information: String, right_access: String,
        right_rectification: String, right_erasure: String, right_restriction: String, right_portability: String,
        right_objection: String, right_limits: String, right_indirect: String, how: String, deadline: String,
        objection: String, pause: String, pause_open: String, asked_of: String, no_objection: String,
        no_objection_stated: String, complaint: String, decisions: String, human_only: String,
        human_confirms: String, places: String, cameras: Counted, masks: Counted, trials: String, trial: String,
        registers: String, assessment: String, about: String, made_from: String, no_verdict: String,
        marks: String, missing: String, regime_gdpr: String, regime_led: String, article: String,
    }
}

/// One and several, as `{n}` asks for; that is enough in these languages.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Counted([String; 2]);

impl Counted {
    /// The text with this number.
    pub(crate) fn of(&self, n: u64) -> String {
        let [one, several] = &self.0;
        fill(if n == 1 { one } else { several }, &[("n", &n.to_string())])
    }
}

impl Texts {
    /// Those of a language, by its ISO 639 code; none where there are no texts.
    pub(crate) fn of(language: &str) -> Option<Self> {
        let (_, text) = LANGUAGES.iter().find(|(code, _)| *code == language)?;
        toml::from_str(text).ok()
    }
}

/// The text with each `{name}` replaced. What is put in is not looked at again, whatever it holds.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}');
        let value = named.and_then(|(name, _)| values.iter().find(|(given, _)| *given == name));
        match (named, value) {
            (Some((_, after)), Some((_, value))) => {
                filled.push_str(value);
                rest = after;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn flat(value: &toml::Value, key: &str, found: &mut BTreeMap<String, String>) {
        match value {
            toml::Value::Table(table) => {
                table.iter().for_each(|(name, v)| flat(v, &format!("{key}.{name}"), found))
            }
            toml::Value::Array(all) => {
                all.iter().enumerate().for_each(|(n, v)| flat(v, &format!("{key}[{n}]"), found));
            }
            toml::Value::String(text) => {
                found.insert(key.to_owned(), text.clone());
            }
            other => panic!("{key}: a text, found {other}"),
        }
    }

    fn placeholders(text: &str) -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_placeholders() {
        let texts = |text: &str| {
            let mut found = BTreeMap::new();
            flat(&toml::from_str(text).unwrap(), "", &mut found);
            found
        };
        let english = texts(LANGUAGES[0].1);
        for (code, text) in LANGUAGES {
            toml::from_str::<Texts>(text).unwrap_or_else(|error| panic!("{code}: {error}"));
            let language = texts(text);
            assert_eq!(language.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{code}");
            for (key, text) in language {
                assert!(!text.trim().is_empty(), "{code}{key}");
                assert_eq!(placeholders(&text), placeholders(&english[&key]), "{code}{key}");
                assert!(!text.to_lowercase().contains("complian"), "{code}{key}: no page gives a verdict");
            }
            assert!(Texts::of(code).is_some());
        }
        assert_eq!(Texts::of("tr"), None);
    }

    #[test]
    fn no_two_languages_share_a_sentence() {
        let mut seen = BTreeMap::new();
        for (code, text) in LANGUAGES {
            let mut found = BTreeMap::new();
            flat(&toml::from_str(text).unwrap(), "", &mut found);
            for (key, text) in found.into_iter().filter(|(_, text)| text.matches(' ').count() > 4) {
                let other = seen.insert(text, code);
                assert!(other.is_none_or(|other| other == code), "{code}{key} was left untranslated");
            }
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("{unknown} {a", &[("a", "1")]), "{unknown} {a");
        assert_eq!(Counted(["{n} day".into(), "{n} days".into()]).of(1), "1 day");
        assert_eq!(Counted(["{n} day".into(), "{n} days".into()]).of(0), "0 days");
    }
}
