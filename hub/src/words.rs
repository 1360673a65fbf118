//! What codes mean in plain words, in the languages that there are: the command line's catalogue, so that page and terminal
//! say the same, and the page's own tables beside it.
//!
//! Invariant: every language has the sentences of English with the same values in them, by a test; where one should be
//! missing all the same, the English one is there. A translation is a copy of both files and a line in `LANGUAGES`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

/// A language, and its two catalogues.
struct Language {
    /// As BCP 47 has it.
    tag: &'static str,
    codes: &'static str,
    page: &'static str,
}

/// The first is spoken where none of them is understood.
const LANGUAGES: [Language; 1] = [Language {
    tag: "en",
    codes: include_str!("../../cli/src/words/en.toml"),
    page: include_str!("console/words/en.toml"),
}];

static CATALOGUES: LazyLock<Vec<(&str, Value)>> = LazyLock::new(|| {
    let first = LANGUAGES.first().map(all_of).unwrap_or_default();
    LANGUAGES.iter().map(|one| (one.tag, Value::Object(over(first.clone(), one)))).collect()
});

fn all_of(language: &Language) -> Map<String, Value> {
    tables(language.codes).into_iter().chain(tables(language.page)).collect()
}

// That the built-in catalogues can be read is tested; should it fail, codes are shown as they are.
fn tables(of: &str) -> Map<String, Value> {
    toml::from_str(of).unwrap_or_default()
}

/// What a language says, and below it what the first one says; with its tag, for the page.
fn over(mut first: Map<String, Value>, language: &Language) -> Map<String, Value> {
    for (name, table) in all_of(language) {
        match (first.get_mut(&name), table) {
            (Some(Value::Object(known)), Value::Object(sentences)) => known.extend(sentences),
            (_, table) => drop(first.insert(name, table)),
        }
    }
    let tag = Map::from_iter([("tag".to_owned(), Value::from(language.tag))]);
    first.insert("language".to_owned(), Value::Object(tag));
    first
}

/// The catalogue in the language that a browser asks for, or the first: tables of codes and sentences.
pub(crate) fn catalogue(accept_language: &str) -> &'static Value {
    static NOTHING: Value = Value::Null;
    let mut wanted: Vec<(f32, &str)> = accept_language.split(',').filter_map(range).collect();
    wanted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let spoken = |range: &str| CATALOGUES.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(range));
    let chosen = wanted.iter().find_map(|(_, range)| spoken(range)).or_else(|| CATALOGUES.first());
    chosen.map_or(&NOTHING, |(_, catalogue)| catalogue)
}

/// The language of one range of `Accept-Language`, and how much it is wanted; none where it is not.
fn range(text: &str) -> Option<(f32, &str)> {
    let (range, parameters) = text.split_once(';').unwrap_or((text, "q=1"));
    let quality: f32 = parameters.trim().strip_prefix("q=")?.parse().ok()?;
    let language = range.trim().split('-').next()?;
    (quality > 0.0).then_some((quality, language))
}

/// A sentence in the first language, with its values, for programs and logs; the code where there is none.
pub(crate) fn sentence(table: &str, code: &str, values: &BTreeMap<&str, String>) -> String {
    let found = catalogue("").get(table).and_then(|table| table.get(code)).and_then(Value::as_str);
    values.iter().fold(found.unwrap_or(code).to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

#[cfg(test)]
mod tests {
    use velum_proto::v1::Verdict;

    use super::*;
    use crate::reviews::{Escalation, name_of};
    use crate::store::REVIEW_DEADLINE;

    #[test]
    fn every_table_that_the_page_reads_is_there() {
        for table in [
            "kind",
            "state",
            "explanation",
            "coverage",
            "confidence",
            "lost",
            "withheld",
            "movement",
            "direction",
            "verdict",
            "escalation",
            "severity",
            "coverage_short",
            "coverage_letter",
            "operation",
            "left_what",
            "log_subject",
            "log_notice",
            "receipt",
            "suppression_state",
            "suppression_reason",
            "exercise_state",
            "exercise_reason",
            "exercise_act",
            "rule_name",
            "setting_name",
            "way",
            "policy_status",
            "page",
            "refused",
            "held",
        ] {
            let sentences = catalogue("").get(table).and_then(Value::as_object).unwrap();
            assert!(!sentences.is_empty() && sentences.values().all(Value::is_string), "{table}");
        }
        let told = |table: &str, code: &str| catalogue("")[table].get(code).is_some_and(Value::is_string);
        for verdict in (1..8).map(|number| Verdict::try_from(number).unwrap()) {
            assert!(told("verdict", &name_of(verdict)), "{verdict:?}");
        }
        for reason in Escalation::ALL {
            assert!(told("escalation", reason.name()), "{reason:?}");
        }
        assert!(told("withheld", REVIEW_DEADLINE));
    }

    #[test]
    fn no_table_of_the_page_hides_one_of_the_protocol() {
        for language in &LANGUAGES {
            let (codes, page) = (tables(language.codes), tables(language.page));
            assert!(page.keys().all(|table| !codes.contains_key(table)), "{}", language.tag);
        }
    }

    #[test]
    fn whatever_the_page_is_refused_has_its_sentence() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/console");
        let sources = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let sources = sources.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
        let text: String = sources.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let calls = text.split("::of(StatusCode::").skip(1);
        let codes = calls.filter_map(|call| call.split_once(')')?.0.split('"').nth(1));
        let (codes, sentences) = (codes.collect::<Vec<_>>(), &catalogue("")["refused"]);
        assert!(codes.len() > 20, "{codes:?}");
        let missing: Vec<_> = codes.iter().filter(|code| sentences.get(**code).is_none()).collect();
        assert!(missing.is_empty(), "words/en.toml: [refused] lacks {missing:?}");
    }

    /// The values in a sentence, and its parts that may be left out.
    fn marks(sentence: &Value) -> Vec<&str> {
        let text = sentence.as_str().unwrap();
        let mut marks: Vec<_> = text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// What a language lacks, or says with other values than English.
    fn faults(of: &Language) -> Vec<String> {
        let (english, other) = (all_of(&LANGUAGES[0]), all_of(of));
        let sentences = english.iter().flat_map(|(table, sentences)| {
            sentences.as_object().unwrap().iter().map(move |(code, sentence)| (table, code, sentence))
        });
        let wrong = sentences.filter(|(table, code, sentence)| {
            let told = other.get(*table).and_then(|table| table.get(*code)).filter(|told| told.is_string());
            told.is_none_or(|told| marks(told) != marks(sentence))
        });
        wrong.map(|(table, code, _)| format!("{}: {table}.{code}", of.tag)).collect()
    }

    #[test]
    fn every_language_has_every_sentence_with_the_same_values() {
        for language in &LANGUAGES {
            assert_eq!(faults(language), Vec::<String>::new());
        }
        let half = Language { tag: "xx", codes: LANGUAGES[0].codes, page: "[verdict]\nperson = \"{who}\"" };
        let found = faults(&half);
        assert!(found.contains(&"xx: verdict.person".to_owned()), "other values");
        assert!(found.contains(&"xx: verdict.shadow".to_owned()), "none");
        assert!(!found.iter().any(|fault| fault.contains("kind.")), "it has those");
    }

    #[test]
    fn what_a_language_does_not_say_is_said_in_the_first() {
        let half = Language { tag: "xx", codes: "", page: "[verdict]\nperson = \"eine Person\"" };
        let all = over(all_of(&LANGUAGES[0]), &half);
        assert_eq!(
            (&all["verdict"]["person"], &all["verdict"]["shadow"]),
            (&"eine Person".into(), &"a shadow".into())
        );
        assert_eq!(all["language"]["tag"], "xx");
    }

    #[test]
    fn a_browser_gets_the_language_that_it_wants_most_of_those_that_there_are() {
        for accept in ["", "de-AT,de;q=0.9,en;q=0.5", "en-GB", "xx", "*", ",;q=", "en;q=zero", "\u{0}"] {
            assert_eq!(catalogue(accept)["language"]["tag"], "en", "{accept}");
        }
        assert_eq!(range(" de-AT ; q=0.9"), Some((0.9, "de")));
        assert_eq!(range("de-AT;q=0.9"), Some((0.9, "de")));
        assert_eq!(range("de;q=0"), None, "not wanted");
    }
}
