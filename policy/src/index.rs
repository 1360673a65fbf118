//! Where in the text each key stands, so that a finding about a *value* can name line and column too.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// A key, where it is written and where its value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    /// For example `camera.mp-01.zone[1].polygon`.
    pub(crate) key: String,
    /// Bytes of the key itself.
    pub(crate) name: Range<usize>,
    /// Bytes of the value.
    pub(crate) value: Range<usize>,
}

/// Every key of a text, in no particular order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct KeyIndex(Vec<Place>);

impl KeyIndex {
    /// Of a text that is TOML; an empty index of any other.
    pub(crate) fn of(text: &str) -> Self {
        let mut index = Self::default();
        if let Ok(table) = DeTable::parse(text) {
            index.add_table("", table.get_ref());
        }
        index
    }

    /// Every key with its place.
    pub(crate) fn places(&self) -> &[Place] {
        &self.0
    }

    fn add_table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let dot = if prefix.is_empty() { "" } else { "." };
            let key = format!("{prefix}{dot}{}", name.get_ref());
            self.0.push(Place { key: key.clone(), name: name.span(), value: value.span() });
            self.add_value(&key, value.get_ref());
        }
    }

    fn add_value(&mut self, key: &str, value: &DeValue<'_>) {
        match value {
            DeValue::Table(table) => self.add_table(key, table),
            DeValue::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    let key = format!("{key}[{n}]");
                    self.0.push(Place { key: key.clone(), name: item.span(), value: item.span() });
                    self.add_value(&key, item.get_ref());
                }
            }
            _ => {}
        }
    }

    /// The place of this very key.
    pub(crate) fn exactly(&self, key: &str) -> Option<&Place> {
        self.0.iter().find(|place| place.key == key)
    }

    /// The place of this key, or of the nearest table around it that is written.
    pub(crate) fn find(&self, key: &str) -> Option<&Place> {
        let mut key = key;
        loop {
            if let Some(place) = self.exactly(key) {
                return Some(place);
            }
            key = key.get(..key.rfind(['.', '['])?)?;
        }
    }

    /// The innermost key whose name or value covers this byte.
    pub(crate) fn at(&self, offset: usize) -> Option<&Place> {
        self.0
            .iter()
            .filter_map(|place| {
                let covers = |span: &Range<usize>| span.contains(&offset).then_some(span.len());
                let width = [covers(&place.name), covers(&place.value)].into_iter().flatten().min()?;
                // Of equal spans (an array of tables and its first header), the longer key is the inner one.
                Some((width, usize::MAX - place.key.len(), place))
            })
            .min_by_key(|(width, depth, _)| (*width, *depth))
            .map(|(_, _, place)| place)
    }
}

/// The line of every key of a text that is TOML, by its path as in `camera.mp-01.zone[1].polygon`; of none else.
pub fn lines_of_keys(text: &str) -> BTreeMap<String, usize> {
    let index = KeyIndex::of(text);
    let line = |place: &Place| (place.key.clone(), line_column(text, place.name.start).0);
    index.places().iter().map(line).collect()
}

/// Line and column of a key of a text that is TOML, by its path, or of the nearest table around it that is written.
pub fn place_of_key(text: &str, key: &str) -> (usize, usize) {
    KeyIndex::of(text).find(key).map_or((1, 1), |place| line_column(text, place.name.start))
}

/// Line and column, from 1; the column in characters.
pub(crate) fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |n| n + 1);
    let line = before.matches('\n').count() + 1;
    (line, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_with_line_and_column() {
        let text = "a = 1\n[b.c]\n  d = [{ e = 'é', f = 2 }]\n[[g]]\nh = 3\n";
        let index = KeyIndex::of(text);
        let at = |key: &str| line_column(text, index.find(key).unwrap().name.start);
        assert_eq!(at("a"), (1, 1));
        assert_eq!(at("b.c.d"), (3, 3));
        assert_eq!(at("b.c.d[0].f"), (3, 19));
        assert_eq!(at("g[0].h"), (5, 1));
        assert_eq!(at("g[0].not_there"), at("g[0]"));
        assert_eq!(index.at(text.find('3').unwrap()).unwrap().key, "g[0].h");
        assert!(index.find("nowhere").is_none());
    }

    #[test]
    fn any_offset_has_a_line() {
        assert_eq!(line_column("é", 1), (1, 1));
        assert_eq!(line_column("", 99), (1, 1));
        assert_eq!(line_column("a\n", 2), (2, 1));
    }
}
