//! A statement with its values, and where it runs.

use std::borrow::Cow;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite};

use super::{Pool, Row, Transaction};

/// A value of a statement. Each knows its type where it is none, too: PostgreSQL asks for it.
#[derive(Debug, Clone)]
pub(in super::super) enum Value<'q> {
    Integer(Option<i64>),
    Real(Option<f64>),
    Bool(Option<bool>),
    Text(Option<Cow<'q, str>>),
    Blob(Option<Cow<'q, [u8]>>),
}

macro_rules! value_of {
    ($($from:ty => $kind:ident: $into:expr;)+) => {$(
        impl<'q> From<$from> for Value<'q> {
            fn from(value: $from) -> Self {
                Self::$kind(Some($into(value)))
            }
        }

        impl<'q> From<Option<$from>> for Value<'q> {
            fn from(value: Option<$from>) -> Self {
                Self::$kind(value.map($into))
            }
        }
    )+};
}

value_of! {
    i64 => Integer: std::convert::identity;
    i32 => Integer: i64::from;
    u32 => Integer: i64::from;
    f64 => Real: std::convert::identity;
    bool => Bool: std::convert::identity;
    &'q str => Text: Cow::Borrowed;
    String => Text: Cow::Owned;
    &'q [u8] => Blob: Cow::Borrowed;
    Vec<u8> => Blob: Cow::Owned;
}

impl<'q> From<&'q String> for Value<'q> {
    fn from(value: &'q String) -> Self {
        value.as_str().into()
    }
}

impl<'q> From<&'q Vec<u8>> for Value<'q> {
    fn from(value: &'q Vec<u8>) -> Self {
        value.as_slice().into()
    }
}

impl<'q> From<&'q Option<String>> for Value<'q> {
    fn from(value: &'q Option<String>) -> Self {
        value.as_deref().into()
    }
}

/// Where a statement runs.
pub(in super::super) enum On<'c> {
    Pool(&'c Pool),
    Transaction(&'c mut Transaction),
}

impl<'c> From<&'c Pool> for On<'c> {
    fn from(pool: &'c Pool) -> Self {
        Self::Pool(pool)
    }
}

impl<'c> From<&'c mut Transaction> for On<'c> {
    fn from(transaction: &'c mut Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

/// What a statement did.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Done(u64);

impl Done {
    /// How many rows it touched.
    pub(in super::super) fn rows_affected(self) -> u64 {
        self.0
    }
}

/// A statement; values are bound in the order of their numbers.
#[derive(Debug)]
pub(in super::super) struct Query<'q> {
    sql: &'q str,
    values: Vec<Value<'q>>,
}

/// A statement without values yet.
pub(in super::super) fn query(sql: &str) -> Query<'_> {
    Query { sql, values: Vec::new() }
}

/// Runs it in one of the four ways that there are.
macro_rules! run {
    ($query:expr, $on:expr, $how:ident, $found:expr) => {
        match $on {
            On::Pool(Pool::Sqlite(pool)) => $query.for_sqlite().$how(pool).await.map($found),
            On::Pool(Pool::Postgres(pool)) => $query.for_postgres().$how(pool).await.map($found),
            On::Transaction(Transaction::Sqlite(within)) => {
                $query.for_sqlite().$how(&mut **within).await.map($found)
            }
            On::Transaction(Transaction::Postgres(within)) => {
                $query.for_postgres().$how(&mut **within).await.map($found)
            }
        }
    };
}

impl<'q> Query<'q> {
    pub(super) fn with(sql: &'q str, values: Vec<Value<'q>>) -> Self {
        Self { sql, values }
    }

    /// Binds the next value.
    pub(in super::super) fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Every row.
    pub(in super::super) async fn fetch_all<'c>(
        self,
        on: impl Into<On<'c>>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let on = on.into();
        run!(self, on, fetch_all, |rows| rows.into_iter().map(Row::from).collect())
    }

    /// The first row, where there is one.
    pub(in super::super) async fn fetch_optional<'c>(
        self,
        on: impl Into<On<'c>>,
    ) -> Result<Option<Row>, sqlx::Error> {
        let on = on.into();
        run!(self, on, fetch_optional, |row| row.map(Row::from))
    }

    /// The first row, which must be there.
    pub(in super::super) async fn fetch_one<'c>(self, on: impl Into<On<'c>>) -> Result<Row, sqlx::Error> {
        self.fetch_optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// Without rows.
    pub(in super::super) async fn execute<'c>(self, on: impl Into<On<'c>>) -> Result<Done, sqlx::Error> {
        let on = on.into();
        run!(self, on, execute, |done| Done(done.rows_affected()))
    }

    fn for_sqlite(self) -> sqlx::query::Query<'q, Sqlite, SqliteArguments<'q>> {
        self.values.into_iter().fold(sqlx::query(self.sql), |query, value| match value {
            Value::Integer(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Bool(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Blob(Some(Cow::Borrowed(value))) => query.bind(value),
            Value::Blob(value) => query.bind(value.map(Cow::into_owned)),
        })
    }

    fn for_postgres(self) -> sqlx::query::Query<'q, Postgres, PgArguments> {
        self.values.into_iter().fold(sqlx::query(self.sql), |query, value| match value {
            Value::Integer(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Bool(value) => query.bind(value),
            Value::Text(value) => query.bind(value.map(without_nul)),
            Value::Blob(Some(Cow::Borrowed(value))) => query.bind(value),
            Value::Blob(value) => query.bind(value.map(Cow::into_owned)),
        })
    }
}

/// PostgreSQL keeps no NUL in a text. A box that says one must not be refused for ever.
fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text }
}
