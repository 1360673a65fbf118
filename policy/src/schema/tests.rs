use std::borrow::Cow;

use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::SCHEMA;
use crate::baseline::{Baseline, BaselineName, ONLY_BESIDE};
use crate::duration::PolicyDuration;
use crate::schedule::{TimeOfDay, Zone};
use crate::sections::{Document, Tasks};
use crate::version::Version;
use crate::when::When;

/// Set to anything, the test writes the file instead of comparing it.
const RENEW: &str = "VELUM_RENEW_SCHEMA";

/// Hours, minutes, seconds, at least one of them. No look-around: not every reader of patterns has it.
macro_rules! clock {
    () => {
        r"([0-9]+H([0-9]+M)?([0-9]+(\.[0-9]{1,9})?S)?|[0-9]+M([0-9]+(\.[0-9]{1,9})?S)?|[0-9]+(\.[0-9]{1,9})?S)"
    };
}

/// Types that are written as text of a certain form.
macro_rules! written_as {
    ($($type:ty, $name:literal, $pattern:expr, $description:literal;)+) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $description })
            }
        })+
    };
}
written_as!(
    PolicyDuration, "Duration",
        concat!(
            r"^P([0-9]+D(T", clock!(), r")?|T", clock!(), r")$"
        ),
        "Days, hours, minutes, seconds: `P30D`, `PT72H`, `PT0.5S`. A month or a year is not a fixed number.";
    Version, "Version", r"^[0-9]+\.[0-9]+\.[0-9]+$", "Three numbers; only ever grows.";
    When, "When",
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
        "A date, or a moment with its offset; written without quotes.";
    TimeOfDay, "TimeOfDay", r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "From `00:00` to `24:00`.";
    BaselineName, "Baseline", r"^[0-9]{4}\.[0-9]{2}(\.[0-9]+)?$", "A baseline of the program, for example `2026.11`.";
    Zone, "TimeZone", r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", "A time zone of the IANA database.";
);

impl JsonSchema for Tasks {
    fn schema_name() -> Cow<'static, str> {
        "Tasks".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" } })
    }
}

/// Texts that the types leave open and that have a form all the same, by the name of their key.
const FORMS: [(&str, &str); 5] = [
    ("schema", "^cctv-policy/1$"),
    ("country", "^[A-Z]{2}$"),
    ("sha256", "^[0-9a-f]{64}$"),
    ("report_sha256", "^[0-9a-f]{64}$"),
    ("digest", "^sha256:[0-9a-f]{64}$"),
];

fn add_forms(schema: &mut Schema) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (name, pattern) in FORMS {
        if let Some(Value::Object(property)) = properties.get_mut(name) {
            property.insert("pattern".to_owned(), pattern.into());
        }
    }
}

/// TOML has no null: a key is written or it is not.
fn drop_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(either)) = object.get_mut("anyOf") else { return };
    either.retain(|one| one.get("type").is_none_or(|of| of != "null"));
    if let [Value::Object(only)] = either.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        // What the field says of itself stays; the rest comes from the type.
        only.into_iter().for_each(|(key, value)| {
            object.entry(key).or_insert(value);
        });
    }
}

/// What a baseline says nobody must write. That a file without a baseline writes it, `velum policy lint` sees.
fn drop_required(schema: &mut Value, definition: Option<&str>, said: &toml::Table) {
    let node = match definition {
        None => &mut *schema,
        Some(name) => &mut schema["$defs"][name],
    };
    if let Some(required) = node.get_mut("required").and_then(Value::as_array_mut) {
        let is_city_s = |name: &str| definition.is_none() && ONLY_BESIDE.contains(&name);
        required.retain(|name| name.as_str().is_some_and(|name| !said.contains_key(name) || is_city_s(name)));
    }
    let named = |name: &String| {
        let path = node["properties"][name]["$ref"].as_str();
        path.map(|path| path.rsplit('/').next().unwrap().to_owned())
    };
    let below: Vec<_> =
        said.iter().filter_map(|(name, value)| Some((named(name)?, value.as_table()?))).collect();
    for (name, below) in below {
        drop_required(schema, Some(&name), below);
    }
}

fn generated() -> String {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), "Velum policy, cctv-policy/1".into());
    RecursiveTransform(drop_null).transform(&mut schema);
    RecursiveTransform(add_forms).transform(&mut schema);
    let mut schema = schema.to_value();
    for baseline in Baseline::all() {
        let said: toml::Table = baseline.text().parse().unwrap();
        drop_required(&mut schema, None, &said);
    }
    // Whatever else is built beside this crate: some dependencies have maps keep the order of insertion.
    schema.sort_all_objects();
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/policy.schema.json");
    let generated = generated();
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(path, generated).unwrap();
        return;
    }
    assert!(
        generated == SCHEMA,
        "{path} is out of date: renew it with `{RENEW}=1 cargo test -p velum-policy schema` and commit it"
    );
}
