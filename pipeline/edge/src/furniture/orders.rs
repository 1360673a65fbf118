//! Suppressions that the hub orders after a decided review: furniture of which the hub knows the event, and the box the place.
//!
//! Invariants: an order is done once, however often it comes, and logged before it is in force; it ends no later than the
//! reviewer was told; where the place is not known any more, nothing is done.

use std::sync::Arc;

use parking_lot::Mutex;
use velum_policy::audit::Entry;
use velum_uplink::{SuppressionDesk, SuppressionStanding, SuppressionWish};
use velum_vocab::{Digest, Timestamp};

use super::desk::{DAY, Desk, entry_of};
use crate::audit::BoxLog;
use crate::local::{self, Furniture, Kept, Ordered, Piece, Places, furniture_path, order_text};
use crate::shared::Shared;

/// As the hub is told why nothing was done.
const OVER: &str = "over";
const TOO_MANY: &str = "too_many";
const AUDIT_LOG: &str = "audit_log";
const DISK: &str = "disk";

/// Where the hub's orders come in.
pub(crate) struct Suppressions {
    desk: Arc<Mutex<Desk>>,
    shared: Arc<Shared>,
}

impl Suppressions {
    /// By the desk that people at the box use, too: one does something at a time.
    pub(crate) fn new(desk: Arc<Mutex<Desk>>, shared: Arc<Shared>) -> Self {
        Self { desk, shared }
    }
}

impl SuppressionDesk for Suppressions {
    fn suppression(&self, wish: &SuppressionWish) -> SuppressionStanding {
        let desk = self.desk.lock();
        let log = &self.shared.stills.archive.log;
        let (standing, in_force) = desk.suppress(wish, log, self.shared.gate.policy_digest());
        self.shared.local.set_furniture(in_force);
        standing
    }
}

impl Desk {
    /// Does what the hub wants unless it is done; says how it stands, and what is in force.
    pub(super) fn suppress(
        &self,
        wish: &SuppressionWish,
        log: &BoxLog,
        policy: Option<Digest>,
    ) -> (SuppressionStanding, Furniture) {
        let mut kept = Kept::<Furniture>::open_at(furniture_path(&self.data_dir));
        let standing = self.wanted(&mut kept, wish, (log, policy)).unwrap_or_else(|standing| standing);
        tracing::info!(order = order_text(wish.order_id), ?standing, "an order about a place was answered");
        (standing, kept.content().clone())
    }

    fn wanted(
        &self,
        kept: &mut Kept<Furniture>,
        wish: &SuppressionWish,
        by: (&BoxLog, Option<Digest>),
    ) -> Result<SuppressionStanding, SuppressionStanding> {
        let order = order_text(wish.order_id);
        if let Some(number) = kept.content().lifted(&order) {
            return Ok(SuppressionStanding::Removed { number });
        }
        let found = kept.content().by_order(&order).cloned();
        match (found, wish.is_lifted) {
            (Some(piece), false) => Ok(in_force(&piece)),
            (Some(piece), true) => lift(kept, &piece, wish, by),
            // Nothing of it was ever done, and nothing of it is from now on: there is nothing to log.
            (None, true) => {
                let mut next = kept.content().clone();
                next.lift(&order, 0, wish.until.unix_secs());
                kept.put(next).map_err(not_written)?;
                Ok(SuppressionStanding::Removed { number: 0 })
            }
            (None, false) => self.add(kept, wish, by),
        }
    }

    fn add(
        &self,
        kept: &mut Kept<Furniture>,
        wish: &SuppressionWish,
        by: (&BoxLog, Option<Digest>),
    ) -> Result<SuppressionStanding, SuppressionStanding> {
        let now = self.clock.now();
        let until = wish.until.min(now.plus(DAY.saturating_mul(wish.days)));
        if until.unix_secs() <= now.unix_secs() {
            return Err(SuppressionStanding::Refused(OVER));
        }
        let mut next = kept.content().clone();
        let piece = self.piece(wish, next.next_number(), (now, until))?;
        next.check(&piece).map_err(|problem| {
            tracing::warn!(%problem, "a place is not left out");
            SuppressionStanding::Refused(TOO_MANY)
        })?;
        let why = format!("{} for {} days, ordered by the hub after a review", wish.verdict, wish.days);
        log(&piece, wish, (why, "added"), by)?;
        next.add(piece.clone());
        kept.put(next).map_err(not_written)?;
        Ok(in_force(&piece))
    }

    /// Where the object lay, by the box's own memory.
    fn piece(
        &self,
        wish: &SuppressionWish,
        number: u64,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Piece, SuppressionStanding> {
        let unknown = || SuppressionStanding::UnknownPlace;
        let event = wish.event.to_string();
        let places = local::read_all::<Places>(&self.data_dir).map_err(|problem| {
            tracing::warn!(%problem, "where objects lay cannot be read");
            unknown()
        })?;
        let found = places.iter().find_map(|(camera, places)| Some((camera, places.of(&event)?)));
        let (camera, place) = found.ok_or_else(unknown)?;
        Ok(Piece {
            number,
            camera: camera.to_string(),
            zone: place.zone.clone(),
            rectangle: place.rectangle,
            since_unix_secs: since.unix_secs(),
            until_unix_secs: until.unix_secs(),
            ordered: Some(Ordered { order: order_text(wish.order_id), event, verdict: wish.verdict.clone() }),
        })
    }
}

/// Logged, then looked at again.
fn lift(
    kept: &mut Kept<Furniture>,
    piece: &Piece,
    wish: &SuppressionWish,
    by: (&BoxLog, Option<Digest>),
) -> Result<SuppressionStanding, SuppressionStanding> {
    log(piece, wish, ("lifted by the hub".to_owned(), "removed"), by)?;
    let mut next = kept.content().clone();
    let _removed = next.remove(piece.number);
    kept.put(next).map_err(not_written)?;
    Ok(SuppressionStanding::Removed { number: piece.number })
}

fn log(
    piece: &Piece,
    wish: &SuppressionWish,
    (why, what): (String, &str),
    (log, policy): (&BoxLog, Option<Digest>),
) -> Result<(), SuppressionStanding> {
    let event = Some(wish.event.to_string());
    let entry = Entry {
        operator: Some(format!("hub:{}", wish.role).chars().take(128).collect()),
        justification: Some(why),
        reference: Some(format!("furniture-{}-{what} {}", piece.number, order_text(wish.order_id))),
        policy_digest: policy,
        ..entry_of(piece, event.as_deref(), what)
    };
    log.append(entry).map_err(|_| SuppressionStanding::Refused(AUDIT_LOG))
}

fn in_force(piece: &Piece) -> SuppressionStanding {
    let until = Timestamp::from_unix_secs(piece.until_unix_secs);
    SuppressionStanding::InForce { number: piece.number, until }
}

fn not_written(problem: String) -> SuppressionStanding {
    tracing::error!(%problem, "an order about a place cannot be kept");
    SuppressionStanding::Refused(DISK)
}

#[cfg(test)]
mod tests;
