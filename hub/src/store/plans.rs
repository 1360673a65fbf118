//! Plans of sites, and where cameras stand on them.
//!
//! Invariant: a change counts only where it was made of the newest state, so that nobody undoes unseen what somebody else
//! did meanwhile.

use super::engine::{Row, Transaction, query};
use super::{Store, StoreError, unsigned};
use crate::plans::{Picture, Placed, PlanTitle};

/// One plan, without its picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlanRow {
    pub(crate) plan: u64,
    pub(crate) title: PlanTitle,
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
    pub(crate) version: u64,
    pub(crate) cameras: Vec<CameraPlace>,
}

/// Where one camera stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CameraPlace {
    pub(crate) r#box: String,
    pub(crate) camera: String,
    pub(crate) placed: Placed,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanChange {
    /// It is done.
    Done,
    /// There is no such plan.
    Unknown,
    /// Somebody else changed it meanwhile; nothing was done.
    Outdated,
    /// Another plan has the name; nothing was done.
    NameTaken,
}

impl Store {
    /// All plans, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn plans(&self) -> Result<Vec<PlanRow>, StoreError> {
        let mut reading = self.readers.begin_read().await?;
        let rows =
            query("SELECT plan, name, site, width_px, height_px, version FROM site_plan ORDER BY name, plan")
                .fetch_all(&mut reading)
                .await?;
        let mut plans = rows.iter().map(plan_of).collect::<Result<Vec<_>, _>>()?;
        let rows = query(
            "SELECT plan, box, camera, x_fraction, y_fraction, heading_degrees, view_degrees, reach_fraction
             FROM plan_camera ORDER BY plan, box, camera",
        )
        .fetch_all(&mut reading)
        .await?;
        for row in &rows {
            let of = unsigned(row.try_get(0)?);
            if let Some(plan) = plans.iter_mut().find(|plan| plan.plan == of) {
                plan.cameras.push(camera_of(row)?);
            }
        }
        Ok(plans)
    }

    /// The picture of a plan.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn plan_png(&self, plan: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let row = query("SELECT png FROM site_plan WHERE plan = $1")
            .bind(number(plan))
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// A new plan; none where its name is taken.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Full`].
    pub(crate) async fn add_plan(
        &self,
        title: &PlanTitle,
        picture: &Picture,
    ) -> Result<Option<u64>, StoreError> {
        let row = query(
            "INSERT INTO site_plan (name, site, png, width_px, height_px, version) VALUES ($1, $2, $3, $4, $5, 1)
             ON CONFLICT (name) DO NOTHING RETURNING plan",
        )
        .bind(&title.name)
        .bind(&title.site)
        .bind(&picture.png)
        .bind(i64::from(picture.width_px))
        .bind(i64::from(picture.height_px))
        .fetch_optional(&self.writer)
        .await
        .map_err(|error| self.located(error.into()))?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.map(unsigned))
    }

    /// Another picture of the same place: the cameras stay where they are.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Full`].
    pub(crate) async fn redraw_plan(
        &self,
        (plan, version): (u64, u64),
        picture: &Picture,
    ) -> Result<PlanChange, StoreError> {
        let mut transaction = self.begin().await?;
        let change = next_version(&mut transaction, plan, version).await?;
        if change != PlanChange::Done {
            return Ok(change);
        }
        query("UPDATE site_plan SET png = $1, width_px = $2, height_px = $3 WHERE plan = $4")
            .bind(&picture.png)
            .bind(i64::from(picture.width_px))
            .bind(i64::from(picture.height_px))
            .bind(number(plan))
            .execute(&mut transaction)
            .await
            .map_err(|error| self.located(error.into()))?;
        transaction.commit().await?;
        self.owe_fold();
        Ok(change)
    }

    /// Another name or site.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn retitle_plan(
        &self,
        (plan, version): (u64, u64),
        title: &PlanTitle,
    ) -> Result<PlanChange, StoreError> {
        let mut transaction = self.begin().await?;
        let change = next_version(&mut transaction, plan, version).await?;
        if change != PlanChange::Done {
            return Ok(change);
        }
        let done = query(
            "UPDATE site_plan SET name = $2, site = $3
             WHERE plan = $1 AND NOT EXISTS (SELECT 1 FROM site_plan WHERE name = $2 AND plan <> $1)",
        )
        .bind(number(plan))
        .bind(&title.name)
        .bind(&title.site)
        .execute(&mut transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(PlanChange::NameTaken);
        }
        transaction.commit().await?;
        Ok(change)
    }

    /// Where all cameras of a plan stand from now on.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn place_cameras(
        &self,
        (plan, version): (u64, u64),
        cameras: &[CameraPlace],
    ) -> Result<PlanChange, StoreError> {
        let mut transaction = self.begin().await?;
        let change = next_version(&mut transaction, plan, version).await?;
        if change != PlanChange::Done {
            return Ok(change);
        }
        query("DELETE FROM plan_camera WHERE plan = $1").bind(number(plan)).execute(&mut transaction).await?;
        for camera in cameras {
            insert_camera(&mut transaction, plan, camera).await?;
        }
        transaction.commit().await?;
        Ok(change)
    }

    /// Deletes a plan and where cameras stand on it.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn remove_plan(&self, (plan, version): (u64, u64)) -> Result<PlanChange, StoreError> {
        let mut transaction = self.begin().await?;
        let change = next_version(&mut transaction, plan, version).await?;
        if change != PlanChange::Done {
            return Ok(change);
        }
        for statement in ["DELETE FROM plan_camera WHERE plan = $1", "DELETE FROM site_plan WHERE plan = $1"]
        {
            query(statement).bind(number(plan)).execute(&mut transaction).await?;
        }
        transaction.commit().await?;
        self.owe_fold();
        Ok(change)
    }
}

fn number(plan: u64) -> i64 {
    i64::try_from(plan).unwrap_or(i64::MAX)
}

fn plan_of(row: &Row) -> Result<PlanRow, StoreError> {
    let title = PlanTitle { name: row.try_get(1)?, site: row.try_get(2)? };
    Ok(PlanRow {
        plan: unsigned(row.try_get(0)?),
        title,
        width_px: row.try_get(3)?,
        height_px: row.try_get(4)?,
        version: unsigned(row.try_get(5)?),
        cameras: Vec::new(),
    })
}

fn camera_of(row: &Row) -> Result<CameraPlace, StoreError> {
    let placed = Placed {
        x_fraction: row.try_get(3)?,
        y_fraction: row.try_get(4)?,
        heading_degrees: row.try_get(5)?,
        view_degrees: row.try_get(6)?,
        reach_fraction: row.try_get(7)?,
    };
    Ok(CameraPlace { r#box: row.try_get(1)?, camera: row.try_get(2)?, placed })
}

async fn next_version(
    transaction: &mut Transaction,
    plan: u64,
    version: u64,
) -> Result<PlanChange, StoreError> {
    let done = query("UPDATE site_plan SET version = version + 1 WHERE plan = $1 AND version = $2")
        .bind(number(plan))
        .bind(number(version))
        .execute(&mut *transaction)
        .await?;
    if done.rows_affected() == 1 {
        return Ok(PlanChange::Done);
    }
    let known = query("SELECT 1 FROM site_plan WHERE plan = $1")
        .bind(number(plan))
        .fetch_optional(&mut *transaction)
        .await?;
    Ok(if known.is_some() { PlanChange::Outdated } else { PlanChange::Unknown })
}

async fn insert_camera(
    transaction: &mut Transaction,
    plan: u64,
    camera: &CameraPlace,
) -> Result<(), StoreError> {
    let CameraPlace { r#box, camera, placed } = camera;
    query(
        "INSERT INTO plan_camera
         (plan, box, camera, x_fraction, y_fraction, heading_degrees, view_degrees, reach_fraction)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(number(plan))
    .bind(r#box)
    .bind(camera)
    .bind(placed.x_fraction)
    .bind(placed.y_fraction)
    .bind(placed.heading_degrees)
    .bind(placed.view_degrees)
    .bind(placed.reach_fraction)
    .execute(&mut *transaction)
    .await?;
    Ok(())
}
