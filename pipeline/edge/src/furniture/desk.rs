//! Where requests about furniture are done, of people at the box and of the hub: by the one who holds the audit log.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_vocab::{CameraId, Clock, Digest, EventId, Timestamp};

use super::FurnitureWish;
use crate::asked::{self, Ask};
use crate::audit::BoxLog;
use crate::local::{Furniture, Kept, Piece, furniture_path, time_text};

pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// The desk of one data folder.
pub(crate) struct Desk {
    pub(super) data_dir: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
}

impl Desk {
    pub(crate) fn new(data_dir: &Path, clock: Arc<dyn Clock>) -> Self {
        Self { data_dir: data_dir.to_owned(), clock }
    }

    /// Does what was asked and ends what is over; returns what is in force.
    pub(crate) fn look(&self, log: &BoxLog, policy: Option<Digest>) -> Furniture {
        let mut kept = Kept::<Furniture>::open_at(furniture_path(&self.data_dir));
        let now = self.clock.now();
        let mut over = Vec::new();
        kept.change(|furniture| {
            let before = furniture.clone();
            over = furniture.expire(now);
            *furniture != before
        });
        kept.save();
        for piece in &over {
            tracing::info!(number = piece.number, camera = piece.camera, "furniture has ended by itself");
            // It ends whether that can be logged or not: the rule looks there again.
            let _refused = log.append(ended(piece, policy));
        }
        asked::answer_all(&self.data_dir, |request| do_one(&mut kept, request, log, policy, now));
        kept.content().clone()
    }
}

/// Logged, then done.
fn do_one(
    kept: &mut Kept<Furniture>,
    ask: &Ask<FurnitureWish>,
    log: &BoxLog,
    policy: Option<Digest>,
    now: Timestamp,
) -> Result<String, String> {
    let mut next = kept.content().clone();
    let (entry, text) = match &ask.wish {
        FurnitureWish::Add { camera, zone, rectangle, days, event } => {
            let piece = Piece {
                number: next.next_number(),
                camera: camera.clone(),
                zone: zone.clone(),
                rectangle: *rectangle,
                since_unix_secs: now.unix_secs(),
                until_unix_secs: now.plus(DAY.saturating_mul(*days)).unix_secs(),
                ordered: None,
            };
            next.check(&piece)?;
            let text =
                format!("furniture {} is in force until {}", piece.number, time_text(piece.until_unix_secs));
            let entry = entry_of(&piece, event.as_deref(), "added");
            next.add(piece);
            (entry, text)
        }
        FurnitureWish::Remove { number } => {
            let piece = next.remove(*number).ok_or_else(|| {
                format!("there is no furniture {number}; `velum-edge furniture list` shows what there is")
            })?;
            (entry_of(&piece, None, "removed"), format!("furniture {number} is removed"))
        }
    };
    let entry = Entry {
        operator: Some(ask.operator.clone()),
        justification: Some(ask.reason.clone()),
        policy_digest: policy,
        ..entry
    };
    let refused = "the audit log cannot be written, so that nothing is done; see the box's log";
    log.append(entry).map_err(|_| refused.to_owned())?;
    kept.put(next)?;
    Ok(text)
}

pub(super) fn entry_of(piece: &Piece, event: Option<&str>, what: &str) -> Entry {
    let event = event.and_then(event_of);
    Entry {
        camera: CameraId::parse(&piece.camera).ok(),
        reference: Some(format!("furniture-{}-{what}", piece.number)),
        records: Some(1),
        ..Entry::new(Operation::Alteration, Subject::Furniture(event), Outcome::Allowed)
    }
}

/// It ended by itself: by nobody.
fn ended(piece: &Piece, policy: Option<Digest>) -> Entry {
    Entry { policy_digest: policy, ..entry_of(piece, None, "expired") }
}

fn event_of(hex: &str) -> Option<EventId> {
    let number = u128::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 32)?;
    Some(EventId::from_bytes(number.to_be_bytes()))
}
