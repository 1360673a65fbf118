//! Statements whose length depends on what is asked.

use super::query::{Query, Value};

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

    /// To be run, once.
    pub(in super::super) fn query(&mut self) -> Query<'_> {
        Query::with(&self.sql, std::mem::take(&mut self.values))
    }
}
