//! Goes through two trees side by side and writes down where they differ.

use std::collections::BTreeSet;

use crate::diff::layers::LAYERS;
use crate::diff::{Change, Side, Verdict, duties, ways, words};
use crate::lines::Lines;
use crate::order::Direction;
use crate::outline::{Entry, Node, Value, Way};

/// Two files and what was found so far.
#[derive(Debug)]
pub(super) struct Walk<'f> {
    pub(super) old: Lines<'f>,
    pub(super) new: Lines<'f>,
    changes: Vec<Change>,
}

/// Where one is, in both files.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// With the names of entries, as a reader calls it.
    pub(super) shown: String,
    /// Without them, as directions and words are looked up by.
    pub(super) key: String,
    /// The names of the entries on the way here.
    pub(super) names: Vec<String>,
    pub(super) old_key: String,
    pub(super) new_key: String,
}

fn step(key: &str, step: &str) -> String {
    if key.is_empty() { step.trim_start_matches('.').to_owned() } else { format!("{key}{step}") }
}

impl Place {
    /// A field of this table.
    pub(super) fn field(&self, name: &str) -> Self {
        let dotted = format!(".{name}");
        Self {
            shown: step(&self.shown, &dotted),
            key: step(&self.key, &dotted),
            names: self.names.clone(),
            old_key: step(&self.old_key, &dotted),
            new_key: step(&self.new_key, &dotted),
        }
    }

    /// An entry of this list, which need not stand at the same place in both files.
    fn entry(&self, name: &str, old: Option<&Entry>, new: Option<&Entry>) -> Self {
        let place = |key: &str, entry: Option<&Entry>| entry.map_or_else(String::new, |e| step(key, &e.step));
        let mut names = self.names.clone();
        names.push(name.to_owned());
        Self {
            shown: format!("{}.{name}", self.shown),
            key: self.key.clone(),
            names,
            old_key: place(&self.old_key, old),
            new_key: place(&self.new_key, new),
        }
    }
}

impl<'f> Walk<'f> {
    pub(super) fn new(old: Lines<'f>, new: Lines<'f>) -> Self {
        Self { old, new, changes: Vec::new() }
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// Two whole files. What sites and cameras tighten is left to [`crate::diff::layers`].
    pub(super) fn document(&mut self, old: &Node, new: &Node) {
        self.node(&Place::default(), old, new);
    }

    fn node(&mut self, at: &Place, old: &Node, new: &Node) {
        match (old, new) {
            (Node::Nothing, Node::Nothing) => {}
            (Node::Value(old), Node::Value(new)) => self.written_value(at, old, new),
            (Node::Table(old), Node::Table(new)) => {
                for ((name, old), (_, new)) in old.iter().zip(new) {
                    let tightens = matches!(at.key.as_str(), "site" | "camera") && LAYERS.contains(name);
                    if !tightens {
                        self.node(&at.field(name), old, new);
                    }
                }
            }
            (Node::Entries(old), Node::Entries(new)) => self.entries(at, old, new),
            (old, new) => self.presence(at, old, new),
        }
    }

    fn entries(&mut self, at: &Place, old: &[Entry], new: &[Entry]) {
        let named = |entries: &[Entry], name: &str| entries.iter().find(|entry| entry.name == name).cloned();
        let mut seen = BTreeSet::new();
        for name in new.iter().chain(old).map(|entry| entry.name.clone()) {
            if !seen.insert(name.clone()) {
                continue;
            }
            let (old, new) = (named(old, &name), named(new, &name));
            let at = at.entry(&name, old.as_ref(), new.as_ref());
            let node = |entry: Option<Entry>| entry.map_or(Node::Nothing, |entry| entry.node);
            self.node(&at, &node(old), &node(new));
        }
    }

    fn written_value(&mut self, at: &Place, old: &Value, new: &Value) {
        let side = |lines: &Lines<'_>, key: &str, value: &Value| Side {
            value: Some(lines.written(key).unwrap_or_else(|| value.kind.notation())),
            line: lines.line(key),
            inherited: false,
            baseline: lines.baseline(key),
        };
        let sides = (side(&self.old, &at.old_key, old), side(&self.new, &at.new_key, new));
        self.value(at, "", (old, sides.0), (new, sides.1));
    }

    /// A value with what is to be shown of it; `of` is added to its name in the sentence.
    pub(super) fn value(&mut self, at: &Place, of: &str, old: (&Value, Side), new: (&Value, Side)) {
        let way = ways::of_value(&at.key, new.0);
        let verdict = Verdict::of(way.direction(&old.0.kind, &new.0.kind), way);
        if verdict == Verdict::Same {
            return;
        }
        let subject = format!("{}{of}", words::subject(&at.key, &at.names));
        self.changes.push(Change {
            verdict,
            key: at.shown.clone(),
            sentence: words::of_value(&subject, &old.0.kind, &new.0.kind),
            old: old.1,
            new: new.1,
            cameras: None,
        });
    }

    /// Something that is there in one file only.
    fn presence(&mut self, at: &Place, old: &Node, new: &Node) {
        let is_added = *old == Node::Nothing;
        let there = if is_added { new } else { old };
        let way = match there {
            Node::Value(_) => ways::of_absent(&at.key),
            _ => ways::of_presence(&at.key, there),
        };
        let verdict = match way {
            Way::LessIsPrivate if is_added => Verdict::LessPrivate,
            Way::LessIsPrivate => Verdict::MorePrivate,
            Way::MoreIsPrivate if is_added => Verdict::MorePrivate,
            Way::MoreIsPrivate => Verdict::LessPrivate,
            way => Verdict::of(Direction::Judgement, way),
        };
        let subject = words::subject(&at.key, &at.names);
        let sentence = match there {
            Node::Value(_) => words::of_writing(&subject, is_added),
            _ => words::of_presence(&subject, is_added),
        };
        let side = |lines: &Lines<'_>, key: &str, node: &Node| Side {
            value: (*node != Node::Nothing)
                .then(|| node.value().and_then(|_| lines.written(key)).unwrap_or_else(|| node.to_string())),
            line: (*node != Node::Nothing).then(|| lines.line(key)).flatten(),
            inherited: false,
            baseline: lines.baseline(key),
        };
        let sides = (side(&self.old, &at.old_key, old), side(&self.new, &at.new_key, new));
        let key = at.shown.clone();
        self.push(Change { verdict, key, sentence, old: sides.0, new: sides.1, cameras: None });
        if duties::is_duty(&at.key) {
            duties::look_into(self, at, there, is_added);
        }
    }

    pub(super) fn push(&mut self, change: Change) {
        self.changes.push(change);
    }
}
