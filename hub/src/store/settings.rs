//! The settings that boxes told of their cameras, and the changes of them that people proposed.

use super::engine::{Row, query};
use super::{Store, StoreError};
use crate::identity::Name;

/// So many changes of a camera are shown.
const SHOWN: u32 = 20;
/// Of all cameras together.
const WAITING: u32 = 100;
const COLUMNS: &str =
    "id, box, camera, settings, base_digest, note, proposed_by, proposed_unix_ms, state, decided_by,
    decided_unix_ms, offered_unix_ms, reason, problems";

/// What a box told last of a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingsRow {
    pub(crate) settings: String,
    pub(crate) digest: Vec<u8>,
    pub(crate) from_hub: bool,
    pub(crate) takes_settings: bool,
    pub(crate) told_unix_ms: i64,
}

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ChangeState {
    /// Nobody decided it yet.
    #[default]
    Proposed,
    /// It waits for its box.
    Approved,
    /// The box has it, and has not answered.
    Offered,
    /// The camera runs by it.
    InForce,
    /// The box did not take it.
    Refused,
    /// The box tried it, and went back.
    RolledBack,
    /// Somebody took it back.
    Withdrawn,
    /// Somebody decided against it.
    Declined,
    /// The settings are others than those it was written from.
    Superseded,
}

impl ChangeState {
    const ALL: [Self; 9] = [
        Self::Proposed,
        Self::Approved,
        Self::Offered,
        Self::InForce,
        Self::Refused,
        Self::RolledBack,
        Self::Withdrawn,
        Self::Declined,
        Self::Superseded,
    ];

    /// In the database, and for pages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Offered => "offered",
            Self::InForce => "in_force",
            Self::Refused => "refused",
            Self::RolledBack => "rolled_back",
            Self::Withdrawn => "withdrawn",
            Self::Declined => "declined",
            Self::Superseded => "superseded",
        }
    }

    /// For the log, to be followed by what it is about.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::InForce => "took",
            Self::Refused => "refused",
            Self::RolledBack => "tried, and rolled back,",
            other => other.name(),
        }
    }

    /// Whether it waits for somebody.
    pub(crate) fn waits(self) -> bool {
        matches!(self, Self::Proposed | Self::Approved | Self::Offered)
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A change that somebody proposed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ChangeRow {
    pub(crate) id: Vec<u8>,
    /// The box.
    pub(crate) of: String,
    pub(crate) camera: String,
    pub(crate) settings: String,
    pub(crate) base_digest: Vec<u8>,
    pub(crate) note: String,
    pub(crate) proposed_by: String,
    pub(crate) proposed_unix_ms: i64,
    pub(crate) state: ChangeState,
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_unix_ms: Option<i64>,
    pub(crate) offered_unix_ms: Option<i64>,
    pub(crate) reason: Option<String>,
    /// JSON.
    pub(crate) problems: String,
}

impl ChangeRow {
    /// Whether a box may say what became of it: it has it, though somebody gave up waiting.
    pub(crate) fn may_be_answered(&self) -> bool {
        self.state == ChangeState::Offered
            || (self.state == ChangeState::Withdrawn && self.offered_unix_ms.is_some())
    }
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision<'a> {
    /// By whom and when; none where a box answered.
    pub(crate) by: Option<(&'a str, i64)>,
    pub(crate) reason: &'a str,
    /// JSON.
    pub(crate) problems: Option<String>,
}

impl Store {
    /// What a box told last of a camera.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn camera_settings(
        &self,
        of: &Name,
        camera: &str,
    ) -> Result<Option<SettingsRow>, StoreError> {
        let row = query(
            "SELECT settings, digest, from_hub, takes_settings, told_unix_ms FROM camera_settings
             WHERE box = $1 AND camera = $2",
        )
        .bind(of.as_str())
        .bind(camera)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SettingsRow {
            settings: row.try_get(0)?,
            digest: row.try_get(1)?,
            from_hub: row.try_get(2)?,
            takes_settings: row.try_get(3)?,
            told_unix_ms: row.try_get(4)?,
        }))
    }

    /// Whether a box ever told of a camera of this name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn knows_camera(&self, of: &Name, camera: &str) -> Result<bool, StoreError> {
        let row = query("SELECT 1 FROM coverage WHERE box = $1 AND camera = $2 LIMIT 1")
            .bind(of.as_str())
            .bind(camera)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// Keeps what a box told; what waits and was written from other settings is out of date with it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn keep_camera_settings(
        &self,
        of: &Name,
        camera: &str,
        row: &SettingsRow,
    ) -> Result<(), StoreError> {
        let kept = self.keep_told(of, camera, row).await;
        kept.map_err(|error| self.located(error))
    }

    async fn keep_told(&self, of: &Name, camera: &str, row: &SettingsRow) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        query(
            "INSERT INTO camera_settings (box, camera, settings, digest, from_hub, takes_settings, told_unix_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (box, camera) DO UPDATE SET settings = excluded.settings, digest = excluded.digest,
                 from_hub = excluded.from_hub, takes_settings = excluded.takes_settings,
                 told_unix_ms = excluded.told_unix_ms",
        )
        .bind(of.as_str())
        .bind(camera)
        .bind(&row.settings)
        .bind(&row.digest)
        .bind(row.from_hub)
        .bind(row.takes_settings)
        .bind(row.told_unix_ms)
        .execute(&mut transaction)
        .await?;
        query(
            "UPDATE settings_change SET state = 'superseded'
             WHERE box = $1 AND camera = $2 AND state IN ('proposed', 'approved') AND base_digest <> $3",
        )
        .bind(of.as_str())
        .bind(camera)
        .bind(&row.digest)
        .execute(&mut transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// The changes of a camera, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn settings_changes(
        &self,
        of: &Name,
        camera: &str,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        let rows = query(&format!(
            "SELECT {COLUMNS} FROM settings_change WHERE box = $1 AND camera = $2 ORDER BY place DESC LIMIT {SHOWN}"
        ))
        .bind(of.as_str())
        .bind(camera)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(change).collect()
    }

    /// Changes of any camera that nobody decided yet, or that wait for their boxes, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn waiting_changes(&self) -> Result<Vec<ChangeRow>, StoreError> {
        let states = [ChangeState::Proposed, ChangeState::Approved, ChangeState::Offered];
        let [proposed, approved, offered] = states.map(ChangeState::name);
        let rows = query(&format!(
            "SELECT {COLUMNS} FROM settings_change WHERE state IN ($1, $2, $3) ORDER BY place DESC LIMIT {WAITING}"
        ))
        .bind(proposed)
        .bind(approved)
        .bind(offered)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(change).collect()
    }

    /// One change.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn settings_change(&self, id: &[u8]) -> Result<Option<ChangeRow>, StoreError> {
        let row = query(&format!("SELECT {COLUMNS} FROM settings_change WHERE id = $1"))
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(change).transpose()
    }

    /// Keeps a proposal; false where another change of the camera waits.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn add_settings_change(&self, row: &ChangeRow) -> Result<bool, StoreError> {
        let done = query(
            "INSERT INTO settings_change (id, box, camera, settings, base_digest, note, proposed_by, proposed_unix_ms, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        )
        .bind(&row.id)
        .bind(&row.of)
        .bind(&row.camera)
        .bind(&row.settings)
        .bind(&row.base_digest)
        .bind(&row.note)
        .bind(&row.proposed_by)
        .bind(row.proposed_unix_ms)
        .bind(row.state.name())
        .execute(&self.writer)
        .await;
        let done = done.map_err(|error| self.located(error.into()))?;
        Ok(done.rows_affected() == 1)
    }

    /// Brings a change from one state to another; false where it is in that one no more.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Database`].
    pub(crate) async fn settle_settings_change(
        &self,
        id: &[u8],
        (from, to): (ChangeState, ChangeState),
        decision: &Decision<'_>,
    ) -> Result<bool, StoreError> {
        let (by, at) = decision.by.unzip();
        let reason = Some(decision.reason).filter(|reason| !reason.is_empty());
        let done = query(
            "UPDATE settings_change SET state = $1, decided_by = coalesce($2, decided_by),
                 decided_unix_ms = coalesce($3, decided_unix_ms), reason = coalesce($4, reason), problems = coalesce($5, problems)
             WHERE id = $6 AND state = $7",
        )
        .bind(to.name())
        .bind(by)
        .bind(at)
        .bind(reason)
        .bind(&decision.problems)
        .bind(id)
        .bind(from.name())
        .execute(&self.writer)
        .await;
        let done = done.map_err(|error| self.located(error.into()))?;
        Ok(done.rows_affected() == 1)
    }

    /// What a box is to be handed; it counts as handed over from now on.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn settings_to_offer(
        &self,
        of: &Name,
        now_unix_ms: i64,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        let rows = query(&format!(
            "UPDATE settings_change SET state = 'offered', offered_unix_ms = coalesce(offered_unix_ms, $1)
             WHERE box = $2 AND state IN ('approved', 'offered') RETURNING {COLUMNS}"
        ))
        .bind(now_unix_ms)
        .bind(of.as_str())
        .fetch_all(&self.writer)
        .await?;
        rows.iter().map(change).collect()
    }
}

fn change(row: &Row) -> Result<ChangeRow, StoreError> {
    Ok(ChangeRow {
        id: row.try_get(0)?,
        of: row.try_get(1)?,
        camera: row.try_get(2)?,
        settings: row.try_get(3)?,
        base_digest: row.try_get(4)?,
        note: row.try_get(5)?,
        proposed_by: row.try_get(6)?,
        proposed_unix_ms: row.try_get(7)?,
        // Only these are written.
        state: ChangeState::named(row.try_get(8)?).ok_or(StoreError::Unreadable(0))?,
        decided_by: row.try_get(9)?,
        decided_unix_ms: row.try_get(10)?,
        offered_unix_ms: row.try_get(11)?,
        reason: row.try_get(12)?,
        problems: row.try_get(13)?,
    })
}
