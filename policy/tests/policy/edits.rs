//! The notation of `policy/rules/examples.toml`: edits of a worked example.

use toml::{Table, Value};

use crate::texts::example;

/// The example that a rule's edits are made to.
pub(crate) fn base(name: &str) -> String {
    match name {
        "gdpr" => example("gdpr-market-square.toml"),
        "led" => example("led-tram-hub.toml"),
        other => panic!("no example `{other}`"),
    }
}

/// The text of the example with these edits made.
pub(crate) fn edited(name: &str, edits: &str) -> String {
    let mut root = Value::Table(toml::from_str::<Table>(&base(name)).unwrap());
    for edit in split(edits) {
        apply(&mut root, edit);
    }
    toml::to_string(&root).unwrap()
}

/// At each `; ` behind which another edit begins: a `;` within a text has none.
fn split(edits: &str) -> Vec<&str> {
    let begins = |rest: &str| {
        rest.starts_with("del ")
            || rest.split_once(' ').is_some_and(|(path, _)| path == "waiver" || path.contains(['.', '[']))
    };
    let cuts = edits.match_indices("; ").filter(|(at, _)| begins(&edits[at + 2..])).map(|(at, _)| at);
    let mut from = 0;
    let mut parts = Vec::new();
    for cut in cuts.chain([edits.len()]) {
        parts.push(&edits[from..cut]);
        from = (cut + 2).min(edits.len());
    }
    parts
}

fn apply(root: &mut Value, edit: &str) {
    if let Some(path) = edit.strip_prefix("del ") {
        let (parent, last) = parent(root, path);
        parent.as_table_mut().unwrap().remove(last).unwrap_or_else(|| panic!("{edit}: nothing there"));
        return;
    }
    let (path, rest) = edit.split_once(' ').unwrap();
    let (operation, written) = rest.trim_start().split_once(' ').unwrap();
    let value = toml::from_str::<Table>(&format!("v = {written}")).unwrap().remove("v").unwrap();
    let (parent, last) = parent(root, path);
    let table = parent.as_table_mut().unwrap();
    match operation {
        "=" => drop(table.insert(last.to_owned(), value)),
        "+=" => table.get_mut(last).unwrap().as_array_mut().unwrap().push(value),
        "-=" => table.get_mut(last).unwrap().as_array_mut().unwrap().retain(|one| *one != value),
        other => panic!("{edit}: `{other}`"),
    }
}

/// The table around the last key of `a.b[0].c`.
fn parent<'v, 'p>(root: &'v mut Value, path: &'p str) -> (&'v mut Value, &'p str) {
    let (around, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut here = root;
    for part in around.split('.').filter(|part| !part.is_empty()) {
        let (name, index) = part.split_once('[').map_or((part, None), |(name, rest)| (name, Some(rest)));
        let table = here.as_table_mut().unwrap();
        here = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
        if let Some(index) = index {
            here = &mut here.as_array_mut().unwrap()[index.trim_end_matches(']').parse::<usize>().unwrap()];
        }
    }
    (here, last)
}
