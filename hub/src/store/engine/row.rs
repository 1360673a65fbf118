//! What comes back: columns by their place.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// One row of either engine.
pub(in super::super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

impl Row {
    /// A column, from 0.
    ///
    /// # Errors
    /// Where there is none, or it is of another type.
    pub(in super::super) fn try_get<'r, T: Column<'r>>(&'r self, place: usize) -> Result<T, sqlx::Error> {
        T::of(self, place)
    }
}

/// What a column can be read as.
pub(in super::super) trait Column<'r>: Sized {
    /// Reads it.
    fn of(row: &'r Row, place: usize) -> Result<Self, sqlx::Error>;
}

macro_rules! column {
    ($($of:ty),+) => {$(
        impl<'r> Column<'r> for $of {
            fn of(row: &'r Row, place: usize) -> Result<Self, sqlx::Error> {
                match row {
                    Row::Sqlite(row) => row.try_get(place),
                    Row::Postgres(row) => row.try_get(place),
                }
            }
        }
    )+};
}

column!(i64, f64, bool, String, &'r str, Vec<u8>, &'r [u8]);
column!(
    Option<i64>,
    Option<f64>,
    Option<bool>,
    Option<String>,
    Option<&'r str>,
    Option<Vec<u8>>,
    Option<&'r [u8]>
);

macro_rules! narrower {
    ($($of:ty),+) => {$(
        impl<'r> Column<'r> for $of {
            fn of(row: &'r Row, place: usize) -> Result<Self, sqlx::Error> {
                let wide: i64 = row.try_get(place)?;
                <$of>::try_from(wide).map_err(|error| sqlx::Error::ColumnDecode {
                    index: place.to_string(),
                    source: error.into(),
                })
            }
        }
    )+};
}

narrower!(i32, u32);
