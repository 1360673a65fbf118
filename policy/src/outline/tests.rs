use super::*;
use crate::file::PolicyFile;
use crate::order::Direction;

fn file(name: &str) -> PolicyFile {
    let path = format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    PolicyFile::parse(&std::fs::read_to_string(&path).unwrap(), &path).unwrap()
}

/// Every key of the tree, as the file would write it, and whether a value stands there.
fn add_keys(node: &Node, at: &str, keys: &mut BTreeMap<String, bool>) {
    keys.insert(at.to_owned(), matches!(node, Node::Value(_)));
    match node {
        Node::Nothing | Node::Value(_) => {}
        Node::Table(fields) => {
            for (name, node) in fields {
                let key = if at.is_empty() { (*name).to_owned() } else { format!("{at}.{name}") };
                add_keys(node, &key, keys);
            }
        }
        Node::Entries(entries) => {
            entries.iter().for_each(|entry| add_keys(&entry.node, &format!("{at}{}", entry.step), keys));
        }
    }
}

#[test]
fn every_key_of_a_file_has_its_place_in_the_tree() {
    for name in ["gdpr-market-square.toml", "led-tram-hub.toml"] {
        let (file, mut keys) = (file(name), BTreeMap::new());
        add_keys(&file.document().outline(), "", &mut keys);
        for place in file.places() {
            let mut key = place.key.as_str();
            // Lists and schedules are one value, whatever is written inside.
            while !keys.contains_key(key) {
                key = &key[..key.rfind(['.', '[']).unwrap_or_else(|| panic!("{name}: {}", place.key))];
            }
            assert!(key == place.key || keys[key], "{name}: {} is not in the tree", place.key);
        }
    }
}

#[test]
fn entries_of_the_same_name_are_told_apart() {
    let mut document = file("gdpr-market-square.toml").document().clone();
    document.purpose[1].id = document.purpose[0].id.clone();
    let Node::Entries(purposes) = document.purpose.outline() else { panic!("a list has entries") };
    let names: Vec<_> = purposes.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["crowd-safety", "crowd-safety (2)"]);
}

#[test]
fn values_go_the_way_they_are_told() {
    use Direction::{Judgement, LessPrivate, MorePrivate, Same};
    const RANKS: &[&[&str]] = &[&["a"], &["b", "c"]];
    let date = |text: &str| {
        Kind::Date(toml::from_str::<BTreeMap<String, When>>(&format!("d = {text}")).unwrap()["d"])
    };
    let set = |items: &[&str]| Kind::set(items);
    let choice = |name: &'static str| Kind::Choice(0, name);
    for (way, old, new, expected) in [
        (Way::LessIsPrivate, Kind::Whole(1), Kind::Whole(2), LessPrivate),
        (Way::MoreIsPrivate, Kind::Whole(1), Kind::Whole(2), MorePrivate),
        (Way::LessIsPrivate, Kind::Switch(true), Kind::Switch(false), MorePrivate),
        (Way::MoreIsPrivate, set(&["a"]), set(&["a", "b"]), MorePrivate),
        (Way::LessIsPrivate, set(&["a"]), set(&["b"]), Judgement),
        // A day ends at midnight, and begins at midnight.
        (Way::LessIsPrivate, date("2027-01-01"), date("2027-01-02T00:00:00Z"), Same),
        (Way::MoreIsPrivate, date("2027-01-01"), date("2027-01-01T00:00:00Z"), Same),
        (Way::LessIsPrivate, date("2027-01-01T12:00:00Z"), date("2027-01-01"), LessPrivate),
        (Way::Ranked(RANKS), choice("a"), choice("c"), LessPrivate),
        (Way::Ranked(RANKS), choice("b"), choice("a"), MorePrivate),
        (Way::Ranked(RANKS), choice("b"), choice("c"), Judgement),
        (Way::Ranked(RANKS), choice("a"), choice("d"), Judgement),
        (Way::LessIsPrivate, Kind::Text("a".to_owned()), Kind::Text("b".to_owned()), Judgement),
        (Way::Judgement, Kind::Whole(1), Kind::Whole(1), Same),
    ] {
        assert_eq!(way.direction(&old, &new), expected, "{way:?}: {old:?} -> {new:?}");
    }
}
