//! Exercises that people ordered: what is wanted, what the box said, and what people did about its alerts.
//!
//! Invariant: an order is kept until its events go; a box answers for its own orders alone; what is over stays over.

use prost::Message as _;
use velum_proto::v1::exercise_report::State;
use velum_proto::v1::{ExerciseOrder, ExerciseReport, Record, Scenario, StoredRecord, record::End};

use super::engine::{Row, query};
use super::{Store, StoreError, Word, unsigned};
use crate::identity::Name;

/// So many of an exercise are looked through.
const MOST_RECORDS: i64 = 20_000;
const MOST_EXERCISES: i64 = 200;
/// After so much more than its time a box that runs one has long ended it.
const LATE_MS: i64 = 600_000;
const COLUMNS: &str =
    "order_id, box, camera, scenario, why, person, ordered_unix_ms, expires_unix_ms, stopped_unix_ms,
                       state, began_unix_ms, ended_unix_ms, reason";

/// One exercise, with how it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExerciseRow {
    pub(crate) order_id: [u8; 16],
    pub(crate) r#box: String,
    pub(crate) camera: String,
    pub(crate) scenario: Scenario,
    pub(crate) why: String,
    pub(crate) person: String,
    pub(crate) ordered_unix_ms: i64,
    pub(crate) expires_unix_ms: i64,
    pub(crate) stopped_unix_ms: Option<i64>,
    pub(crate) state: State,
    pub(crate) began_unix_ms: i64,
    pub(crate) ended_unix_ms: i64,
    pub(crate) reason: String,
}

/// What a person did about an alert of an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) person: String,
    pub(crate) what: String,
    pub(crate) role: String,
    pub(crate) code: String,
    pub(crate) unix_ms: i64,
}

impl ExerciseRow {
    /// Whether the camera is, or may be, in its hands.
    pub(crate) fn is_open(&self, now_unix_ms: i64) -> bool {
        match self.state {
            State::Unspecified | State::Waits => self.expires_unix_ms > now_unix_ms,
            State::Runs => self.is_in_time(now_unix_ms),
            State::Ended | State::Refused => false,
        }
    }

    /// Whether it may run still: a box that never comes back holds no camera.
    fn is_in_time(&self, now_unix_ms: i64) -> bool {
        let lasts_ms = i64::from(self.scenario.secs).saturating_mul(1_000).saturating_add(LATE_MS);
        now_unix_ms < self.expires_unix_ms.saturating_add(lasts_ms)
    }

    /// How it stands, as the page names it.
    pub(crate) fn standing(&self, now_unix_ms: i64) -> &'static str {
        match (self.state, self.stopped_unix_ms) {
            (State::Ended, _) => "ended",
            (State::Refused, _) => "refused",
            (State::Runs, _) if !self.is_in_time(now_unix_ms) => "unanswered",
            (State::Runs, Some(_)) => "stopping",
            (State::Runs, None) => "runs",
            _ if self.expires_unix_ms <= now_unix_ms => "unanswered",
            (State::Unspecified | State::Waits, Some(_)) => "stopping",
            (State::Unspecified | State::Waits, None) => "waits",
        }
    }

    /// As its events say it.
    pub(crate) fn staged(&self) -> String {
        format!("{}{}", crate::exercises::STAGED, self.scenario.title)
    }

    fn to_box(&self, role: &str) -> ExerciseOrder {
        ExerciseOrder {
            order_id: self.order_id.to_vec(),
            camera: self.camera.clone(),
            scenario: self.scenario.id.clone(),
            expires_unix_ms: self.expires_unix_ms,
            role: role.to_owned(),
            stop: self.stopped_unix_ms.is_some(),
        }
    }
}

impl Store {
    /// Keeps an order; its box is sent it from now on.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn add_exercise(&self, row: &ExerciseRow) -> Result<(), StoreError> {
        let done = query(
            "INSERT INTO exercise (order_id, box, camera, scenario, why, person, ordered_unix_ms, expires_unix_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(row.order_id.as_slice())
        .bind(&row.r#box)
        .bind(&row.camera)
        .bind(row.scenario.encode_to_vec())
        .bind(&row.why)
        .bind(&row.person)
        .bind(row.ordered_unix_ms)
        .bind(row.expires_unix_ms)
        .execute(&self.writer)
        .await;
        done.map_err(|error| self.located(error.into()))?;
        self.say(Word::Orders).await
    }

    /// It is not wanted any more.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn stop_exercise(
        &self,
        order_id: &[u8; 16],
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        query("UPDATE exercise SET stopped_unix_ms = $2 WHERE order_id = $1 AND stopped_unix_ms IS NULL")
            .bind(order_id.as_slice())
            .bind(now_unix_ms)
            .execute(&self.writer)
            .await?;
        self.say(Word::Orders).await
    }

    /// What a box said of one of its orders.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn exercise_reported(
        &self,
        of: &Name,
        report: &ExerciseReport,
    ) -> Result<(), StoreError> {
        let done = query(
            "UPDATE exercise SET state = $3, began_unix_ms = $4, ended_unix_ms = $5, reason = $6
             WHERE box = $1 AND order_id = $2 AND state < 3
                 AND (state != $3 OR began_unix_ms != $4 OR ended_unix_ms != $5 OR reason != $6)",
        )
        .bind(of.as_str())
        .bind(&report.order_id)
        .bind(report.state)
        .bind(report.began_unix_ms)
        .bind(report.ended_unix_ms)
        .bind(&report.reason)
        .execute(&self.writer)
        .await?;
        if done.rows_affected() > 0 {
            self.say(Word::Orders).await?;
        }
        Ok(())
    }

    /// The newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn exercises(&self) -> Result<Vec<ExerciseRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM exercise ORDER BY ordered_unix_ms DESC, order_id LIMIT $1");
        let rows = query(&sql).bind(MOST_EXERCISES).fetch_all(&self.readers).await?;
        rows.iter().map(row_of).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn exercise(&self, order_id: &[u8]) -> Result<Option<ExerciseRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM exercise WHERE order_id = $1");
        let row = query(&sql).bind(order_id).fetch_optional(&self.readers).await?;
        row.as_ref().map(row_of).transpose()
    }

    /// What a box is to be sent: what it has not answered or not stopped, and where it is asked how they go, what runs.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn exercise_orders(
        &self,
        of: &Name,
        role: &str,
        asks_running: bool,
    ) -> Result<Vec<ExerciseOrder>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM exercise WHERE box = $1 AND state < 3 AND (state = 0 OR stopped_unix_ms IS NOT NULL OR $2) ORDER BY ordered_unix_ms, order_id LIMIT 16"
        );
        let rows = query(&sql).bind(of.as_str()).bind(asks_running).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(row_of(row)?.to_box(role))).collect()
    }

    /// The alerts that an exercise raised, by what they say of themselves: the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub(crate) async fn exercise_events(
        &self,
        of: &ExerciseRow,
        until_unix_ms: i64,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        let rows = query(
            "SELECT cursor, incarnation, stored_unix_ms, payload FROM record
             WHERE box = $1 AND stored_unix_ms BETWEEN $2 AND $3 AND end_kind = 1 AND same_as IS NULL
             ORDER BY cursor LIMIT $4",
        )
        .bind(&of.r#box)
        .bind(of.ordered_unix_ms)
        .bind(until_unix_ms)
        .bind(MOST_RECORDS)
        .fetch_all(&self.readers)
        .await?;
        let staged = of.staged();
        let mut found = Vec::new();
        for row in &rows {
            let cursor: i64 = row.try_get(0)?;
            let record =
                Record::decode(row.try_get::<&[u8]>(3)?).map_err(|_| StoreError::Unreadable(cursor))?;
            let Some(End::Event(event)) = &record.end else { continue };
            let is_of_it = event.staged.as_deref() == Some(staged.as_str())
                && event.camera.as_ref().is_none_or(|camera| *camera == of.camera);
            if is_of_it {
                found.push(StoredRecord {
                    cursor: unsigned(cursor),
                    r#box: of.r#box.clone(),
                    incarnation: row.try_get(1)?,
                    stored_unix_ms: row.try_get(2)?,
                    record: Some(record),
                    held_back: Vec::new(),
                });
            }
        }
        Ok(found)
    }

    /// Somebody did something about an alert of an exercise; only the first time counts, but for what was said.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn exercise_act(&self, event_id: &[u8], act: &Act) -> Result<(), StoreError> {
        query(
            "INSERT INTO exercise_act (event_id, person, what, role, code, unix_ms) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (event_id, person, what) DO UPDATE SET code = $5, unix_ms = $6 WHERE exercise_act.what = 'said'",
        )
        .bind(event_id)
        .bind(&act.person)
        .bind(&act.what)
        .bind(&act.role)
        .bind(&act.code)
        .bind(act.unix_ms)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// What people did about one, in order.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn exercise_acts(&self, event_id: &[u8]) -> Result<Vec<Act>, StoreError> {
        let rows = query(
            "SELECT person, what, role, code, unix_ms FROM exercise_act WHERE event_id = $1 ORDER BY unix_ms, person, what",
        )
        .bind(event_id)
        .fetch_all(&self.readers)
        .await?;
        let act = |row: &Row| {
            Ok(Act {
                person: row.try_get(0)?,
                what: row.try_get(1)?,
                role: row.try_get(2)?,
                code: row.try_get(3)?,
                unix_ms: row.try_get(4)?,
            })
        };
        rows.iter().map(act).collect()
    }
}

fn row_of(row: &Row) -> Result<ExerciseRow, StoreError> {
    Ok(ExerciseRow {
        order_id: row.try_get::<&[u8]>(0)?.try_into().unwrap_or_default(),
        r#box: row.try_get(1)?,
        camera: row.try_get(2)?,
        scenario: Scenario::decode(row.try_get::<&[u8]>(3)?).unwrap_or_default(),
        why: row.try_get(4)?,
        person: row.try_get(5)?,
        ordered_unix_ms: row.try_get(6)?,
        expires_unix_ms: row.try_get(7)?,
        stopped_unix_ms: row.try_get(8)?,
        state: i32::try_from(row.try_get::<i64>(9)?)
            .ok()
            .and_then(|number| State::try_from(number).ok())
            .unwrap_or_default(),
        began_unix_ms: row.try_get(10)?,
        ended_unix_ms: row.try_get(11)?,
        reason: row.try_get(12)?,
    })
}
