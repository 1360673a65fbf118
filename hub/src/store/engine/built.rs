//! Statements whose length depends on what is asked.

use super::query::{Query, Value};

/// So long a list of [`filled`] is, in one statement.
const LENGTHS: [usize; 5] = [1, 4, 16, 64, 256];

/// A statement that grows with its values.
#[derive(Debug)]
pub(in super::super) struct Built<'q> {
    sql: String,
    values: Vec<Value<'q>>,
}

impl<'q> Built<'q> {
    /// Begins with a text.
    pub(in super::super) fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds a text, never one from outside.
    pub(in super::super) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds a value.
    pub(in super::super) fn bind(&mut self, value: impl Into<Value<'q>>) -> &mut Self {
        self.values.push(value.into());
        self.sql.push_str(&format!("${}", self.values.len()));
        self
    }

    /// Adds values with commas between them.
    pub(in super::super) fn list<V: Into<Value<'q>>>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self
    }

    /// Adds rows in parentheses, with commas between them.
    pub(in super::super) fn rows<const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = [Value<'q>; N]>,
    ) -> &mut Self {
        for (place, row) in rows.into_iter().enumerate() {
            self.push(if place == 0 { "(" } else { ", (" }).list(row).push(")");
        }
        self
    }

    /// To be run, once.
    pub(in super::super) fn query(&mut self) -> Query<'_> {
        Query::with(&self.sql, std::mem::take(&mut self.values))
    }
}

/// Cuts a list for several statements, and fills each piece up with its last element: of these lengths there are few, and an
/// engine keeps each as a prepared statement. For statements to which it is the same how often an element is there.
pub(in super::super) fn filled<T: Copy>(list: &[T]) -> impl Iterator<Item = Vec<T>> {
    let [.., most] = LENGTHS;
    list.chunks(most).map(move |piece| {
        let length = LENGTHS.into_iter().find(|length| *length >= piece.len()).unwrap_or(most);
        let fill = piece.last().into_iter().copied().cycle();
        piece.iter().copied().chain(fill).take(length).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_filled_up_to_one_of_few_lengths() {
        let check = |length: usize, expected: &[usize]| {
            let list: Vec<usize> = (0..length).collect();
            let pieces: Vec<Vec<usize>> = filled(&list).collect();
            assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), expected);
            let mut all = pieces.concat();
            all.dedup();
            assert_eq!(all, list);
        };
        check(0, &[]);
        check(1, &[1]);
        check(3, &[4]);
        check(64, &[64]);
        check(300, &[256, 64]);
    }

    #[test]
    fn rows_are_numbered_on() {
        let mut built = Built::new("VALUES ");
        built.rows([[1_i64, 2], [3, 4]].map(|row| row.map(Value::from)));
        assert_eq!(built.sql, "VALUES ($1, $2), ($3, $4)");
    }
}
