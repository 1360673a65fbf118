//! The outer shape of a camera's settings: `{"zones": [...], "ground_plane": [...]}`, small enough to be kept, shown and
//! handed over. Invariant: what has this shape is bounded in every direction, whoever wrote it.

use serde_json::Value;

/// As the protocol says.
pub(crate) const MOST_BYTES: usize = 256 * 1_024;
const MOST_ENTRIES: usize = 1_024;
const MOST_DEPTH: usize = 6;
const TEXT_BYTES: usize = 256;
/// Larger numbers mean nothing on a picture, on the ground or in seconds.
const LARGEST: f64 = 1e9;
const PARTS: [&str; 2] = ["zones", "ground_plane"];

/// Settings of this shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape(Value);

impl Shape {
    /// Looks at settings as a page sends them.
    ///
    /// # Errors
    /// In words, the place first.
    pub(crate) fn of(settings: Value) -> Result<Self, String> {
        let Value::Object(parts) = &settings else {
            return Err("settings: expected an object with `zones` and `ground_plane`, found something else"
                .to_owned());
        };
        for (key, part) in parts {
            if !PARTS.contains(&key.as_str()) {
                return Err(format!("settings: expected `zones` and `ground_plane`, found `{}`", short(key)));
            }
            let entries = part.as_array().map(Vec::len);
            if entries.is_none_or(|entries| entries > MOST_ENTRIES) {
                return Err(format!("settings.{key}: expected a list of at most {MOST_ENTRIES} entries"));
            }
            bounded(key, part, MOST_DEPTH)?;
        }
        let bytes = settings.to_string().len();
        if bytes > MOST_BYTES {
            return Err(format!("settings: expected at most {MOST_BYTES} bytes, found {bytes}"));
        }
        Ok(Self(settings))
    }

    /// Reads the text of a box.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("settings: expected at most {MOST_BYTES} bytes, found {}", text.len()));
        }
        let value = serde_json::from_str(text).map_err(|_| "settings: expected JSON".to_owned())?;
        Self::of(value)
    }

    /// As JSON.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }
}

fn bounded(key: &str, value: &Value, depth: usize) -> Result<(), String> {
    let fail = |expected: String| Err(format!("settings.{key}: expected {expected}"));
    match value {
        Value::Null => fail("no `null`; leave the key out".to_owned()),
        Value::Bool(_) => Ok(()),
        Value::Number(number) if number.as_f64().is_some_and(|number| number.abs() <= LARGEST) => Ok(()),
        Value::Number(_) => fail(format!("numbers of at most {LARGEST:e}")),
        Value::String(text) if is_short(text) => Ok(()),
        Value::String(_) => fail(format!("texts of one line and at most {TEXT_BYTES} bytes")),
        Value::Array(_) | Value::Object(_) if depth == 0 => fail("less depth".to_owned()),
        Value::Array(entries) => {
            entries.iter().try_for_each(|entry| bounded(key, entry, depth.saturating_sub(1)))
        }
        Value::Object(entries) => entries.iter().try_for_each(|(name, entry)| {
            if is_short(name) {
                bounded(key, entry, depth.saturating_sub(1))
            } else {
                fail("short keys".to_owned())
            }
        }),
    }
}

fn is_short(text: &str) -> bool {
    text.len() <= TEXT_BYTES && !text.chars().any(char::is_control)
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_of_this_shape_are_taken_and_others_refused_by_their_place() {
        let check =
            |settings: Value, expected: Result<(), &str>| match (Shape::of(settings.clone()), expected) {
                (Ok(_), Ok(())) => {}
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, _) => panic!("{settings}: {found:?}"),
            };
        check(json!({}), Ok(()));
        check(
            json!({"zones": [{"id": "a", "polygon": [[0.1, 0.2]], "density": {"levels": [{"name": "busy"}]}}]}),
            Ok(()),
        );
        check(json!({"ground_plane": [{"picture": [0.5, 0.5], "ground_m": [1, -2.5]}]}), Ok(()));
        check(json!([]), Err("expected an object"));
        check(json!({"source": "rtsp://somewhere"}), Err("found `source`"));
        check(json!({"zones": {}}), Err("settings.zones: expected a list"));
        check(json!({"zones": [null]}), Err("settings.zones: expected no `null`"));
        check(json!({"zones": [{"id": "a\nb"}]}), Err("one line"));
        check(json!({"zones": [1e12]}), Err("at most 1e9"));
        check(json!({"zones": [[[[[[[[1]]]]]]]]}), Err("less depth"));
        check(json!({"zones": vec![0; 1_025]}), Err("at most 1024 entries"));
        check(json!({"zones": vec!["x".repeat(256); 1_024]}), Err("at most 262144 bytes"));
    }

    /// Found by `make fuzz`: the reader was off by one in the last place.
    #[test]
    fn a_number_reads_back_to_the_last_place() {
        let shape = Shape::of(json!({"zones": [-926_628_002.214_722_3_f64]})).unwrap();
        assert_eq!(Shape::parse(&shape.text()).unwrap(), shape);
    }

    proptest! {
        /// Whatever a box or a page sends is taken whole or refused.
        #[test]
        fn fuzz_settings(text in ".{0,400}") {
            let _judged = Shape::parse(&text);
        }

        #[test]
        fn fuzz_what_is_taken_reads_back(numbers in proptest::collection::vec(-2e9..2e9_f64, 0..20), name in ".{0,300}") {
            let value = json!({"zones": [{"id": name, "polygon": numbers}]});
            if let Ok(shape) = Shape::of(value) {
                prop_assert_eq!(Shape::parse(&shape.text()).unwrap(), shape);
            }
        }
    }
}
