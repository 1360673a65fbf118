//! Explanations in the words that a control room reads: the catalogue of the terminal, so that a report says what an
//! operator would have been told.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use velum_vocab::Explanation;

const ENGLISH: &str = include_str!("../../../../cli/src/words/en.toml");

#[derive(Default, Deserialize)]
struct Catalogue {
    explanation: BTreeMap<String, String>,
}

// Should it not be readable, codes are shown as they are; a test reads it.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| toml::from_str(ENGLISH).unwrap_or_default());

/// A whole explanation, its conditions joined.
pub(crate) fn told(explanation: &[Explanation]) -> String {
    explanation.iter().map(told_one).collect::<Vec<_>>().join("; ")
}

fn told_one(condition: &Explanation) -> String {
    let code = condition.code.name();
    let Some(sentence) = CATALOGUE.explanation.get(code) else { return code.to_owned() };
    let parts = sentence
        .split_once('[')
        .and_then(|(before, rest)| rest.split_once(']').map(|(optional, after)| (before, optional, after)));
    let (before, optional, after) = parts.unwrap_or((sentence, "", ""));
    let optional = condition.value.map_or_else(String::new, |value| {
        optional.replace("{secs}", &format!("{value:.0} s")).replace("{m2}", &format!("{value:.0} m²"))
    });
    format!("{before}{optional}{after}")
}

#[cfg(test)]
mod tests {
    use velum_vocab::ExplanationCode as Code;

    use super::*;

    #[test]
    fn every_code_has_its_sentence() {
        for code in Code::ALL {
            assert!(CATALOGUE.explanation.contains_key(code.name()), "{}", code.name());
        }
        let codes = [Explanation::with(Code::UnattendedSecs, 31.4), Explanation::of(Code::NewlyArrived)];
        assert_eq!(
            told(&codes),
            "nobody attended it for 31 s; it is new in the scene, not the trace of something taken away"
        );
    }
}
