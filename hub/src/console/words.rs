//! What codes mean in plain words: the command line's catalogue, so that page and terminal say the same.

use std::sync::LazyLock;

use serde_json::{Map, Value};

const ENGLISH: &str = include_str!("../../../cli/src/words/en.toml");

static CATALOGUE: LazyLock<Value> =
    // That the built-in catalogue can be read is tested; should it fail, codes are shown as they are.
    LazyLock::new(|| toml::from_str(ENGLISH).unwrap_or_else(|_| Value::Object(Map::new())));

/// The catalogue: tables of codes and sentences.
pub(super) fn catalogue() -> &'static Value {
    &CATALOGUE
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            let sentences = catalogue().get(table).and_then(Value::as_object).unwrap();
            assert!(!sentences.is_empty() && sentences.values().all(Value::is_string), "{table}");
        }
    }
}
