//! What codes mean in plain words: the command line's catalogue, so that page and terminal say the same, and the page's
//! own tables beside it.

use std::sync::LazyLock;

use serde_json::{Map, Value};

const ENGLISH: &str = include_str!("../../../cli/src/words/en.toml");
const PAGE_ENGLISH: &str = include_str!("words/en.toml");

static CATALOGUE: LazyLock<Value> =
    // That the built-in catalogues can be read is tested; should it fail, codes are shown as they are.
    LazyLock::new(|| Value::Object(tables(ENGLISH).into_iter().chain(tables(PAGE_ENGLISH)).collect()));

fn tables(of: &str) -> Map<String, Value> {
    toml::from_str(of).unwrap_or_default()
}

/// The catalogue: tables of codes and sentences.
pub(super) fn catalogue() -> &'static Value {
    &CATALOGUE
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
            "log_subject",
            "log_notice",
            "receipt",
            "suppression_state",
            "suppression_reason",
            "exercise_state",
            "exercise_reason",
            "exercise_act",
            "way",
            "policy_status",
            "page",
        ] {
            let sentences = catalogue().get(table).and_then(Value::as_object).unwrap();
            assert!(!sentences.is_empty() && sentences.values().all(Value::is_string), "{table}");
        }
        let told = |table: &str, code: &str| catalogue()[table].get(code).is_some_and(Value::is_string);
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
        let (codes, page) = (tables(ENGLISH), tables(PAGE_ENGLISH));
        assert!(page.keys().all(|table| !codes.contains_key(table)));
    }
}
