use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

/// Every key that a policy can have, without the names of entries, as its schema says.
fn keys_of_the_language() -> BTreeSet<String> {
    let schema: Value = serde_json::from_str(crate::SCHEMA).unwrap();
    let mut keys = BTreeSet::new();
    add_keys(&schema, &schema, "", &mut keys);
    keys
}

fn add_keys(root: &Value, node: &Value, above: &str, keys: &mut BTreeSet<String>) {
    if !node.is_object() {
        return;
    }
    if let Some(name) = node["$ref"].as_str() {
        add_keys(root, &root["$defs"][name.rsplit('/').next().unwrap()], above, keys);
    }
    for inner in [&node["items"], &node["additionalProperties"]] {
        add_keys(root, inner, above, keys);
    }
    for (name, inner) in node["properties"].as_object().into_iter().flatten() {
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        add_keys(root, inner, &key, keys);
        keys.insert(key);
    }
}

/// Keys that are called as those of the city, or are parts of one value.
fn is_named_elsewhere(key: &str) -> bool {
    let mut steps = key.splitn(3, '.');
    let below = matches!(steps.next(), Some("site" | "camera"))
        && steps.next().is_some_and(|table| crate::diff::layers::LAYERS.contains(&table));
    below || key.starts_with("site.schedule.") || key.starts_with("retention.access_gate.")
}

#[test]
fn every_field_of_the_language_has_a_name() {
    let catalogue: BTreeMap<String, String> = toml::from_str(ENGLISH).unwrap();
    let keys = keys_of_the_language();
    assert!(keys.len() > 250, "{}", keys.len());
    let nameless: Vec<_> =
        keys.iter().filter(|key| !is_named_elsewhere(key) && !catalogue.contains_key(*key)).collect();
    assert!(nameless.is_empty(), "add to policy/src/diff/words/en.toml what these are called: {nameless:?}");
    let of_cameras = ["camera.hours", "camera.kept"];
    let unknown: Vec<_> =
        catalogue.keys().filter(|key| !keys.contains(*key) && !of_cameras.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "take out of policy/src/diff/words/en.toml what is no key: {unknown:?}");
}

#[test]
fn durations_are_said_in_their_largest_whole_unit() {
    for (text, said) in [
        ("P1D", "1 day"),
        ("P14D", "14 days"),
        ("PT36H", "36 hours"),
        ("PT90M", "90 minutes"),
        ("PT1S", "1 second"),
        ("PT0S", "0 seconds"),
        ("PT0.5S", "0.5 seconds"),
    ] {
        assert_eq!(plain_duration(PolicyDuration::parse(text).unwrap()), said);
    }
    assert_eq!(plain_duration(PolicyDuration::MAX), "a time without end");
}

#[test]
fn a_field_without_a_name_is_called_by_its_key() {
    let names = ["a".to_owned()];
    assert_eq!(subject("recipient.colour", &names), "the field `recipient.colour` of `a`");
    assert_eq!(subject("recipient", &names), "the recipient `a`");
}
