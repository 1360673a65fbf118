//! Furniture that people at the box confirmed, or reviewers in the control room: a rectangle, a zone and an end. Why and by
//! whom is in the audit log; of what the hub ordered stands here by which order, event and verdict.
//!
//! Content of `furniture/in-force.json`, version 1:
//! ```text
//! {"next": 3,                            the next number
//!  "pieces": [{"number": 1,              by which it is removed
//!    "camera": "door", "zone": "plaza",
//!    "rectangle": [0.1, 0.2, 0.15, 0.3], left, top, right, bottom, fractions of the picture
//!    "since_unix_secs": 1795219200, "until_unix_secs": 1797811200,
//!    "ordered": {"order": "1f..", "event": "0f..", "verdict": "shadow"}}],   where the hub ordered it
//!  "lifted": [{"order": "1f..", "number": 1, "until_unix_secs": 1797811200}]}             orders that are done no more, to their end
//! ```
//! At most [`MAX_PIECES`] a camera; each ends by itself.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use velum_vocab::{CameraId, Timestamp, ZoneId};

use super::file::Content;
use super::rectangle::Rectangle;

/// More than this on one camera, and its zone should be drawn anew.
pub(crate) const MAX_PIECES: usize = 32;
/// Orders that ended early and are remembered.
const MAX_LIFTED: usize = 1_024;
/// What is still there then is to be looked at again.
pub(crate) const MAX_DAYS: u32 = 365;

/// All of the box.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Furniture {
    next: u64,
    pub(crate) pieces: Vec<Piece>,
    /// Orders of the hub that ended early: heard again, they are not done again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lifted: Vec<Lifted>,
}

/// One piece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Piece {
    pub(crate) number: u64,
    pub(crate) camera: String,
    pub(crate) zone: String,
    pub(crate) rectangle: Rectangle,
    pub(crate) since_unix_secs: i64,
    pub(crate) until_unix_secs: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ordered: Option<Ordered>,
}

/// By which order of the hub it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ordered {
    /// Its id, in hexadecimal digits.
    pub(crate) order: String,
    /// Of the alert that was reviewed.
    pub(crate) event: String,
    /// What was decided.
    pub(crate) verdict: String,
}

/// An order that is done no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifted {
    order: String,
    number: u64,
    /// Until then it might be heard again.
    until_unix_secs: i64,
}

impl Content for Furniture {
    const FORMAT: &'static str = "velum-furniture";
    const FOLDER: &'static str = "furniture";

    // The next number must not be given twice.
    fn is_empty(&self) -> bool {
        self.next == 0 && self.pieces.is_empty()
    }
}

/// Where it is kept.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(Furniture::FOLDER).join("in-force.json")
}

impl Furniture {
    /// The number that the next piece gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.next.max(1)
    }

    /// Whether another piece has room, and is one.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn check(&self, piece: &Piece) -> Result<(), String> {
        piece.rectangle.checked()?;
        let known = self.pieces.iter().filter(|known| known.camera == piece.camera).count();
        if known >= MAX_PIECES {
            return Err(format!(
                "camera {} has {MAX_PIECES} pieces already; remove some, or draw its zone around them",
                piece.camera
            ));
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, piece: Piece) {
        self.next = piece.number.max(self.next).saturating_add(1);
        self.pieces.push(piece);
    }

    /// Takes a piece away.
    pub(crate) fn remove(&mut self, number: u64) -> Option<Piece> {
        let index = self.pieces.iter().position(|piece| piece.number == number)?;
        let piece = self.pieces.remove(index);
        if let Some(ordered) = &piece.ordered {
            self.lift(&ordered.order, number, piece.until_unix_secs);
        }
        Some(piece)
    }

    /// The piece that this order made.
    pub(crate) fn by_order(&self, order: &str) -> Option<&Piece> {
        self.pieces.iter().find(|piece| piece.ordered.as_ref().is_some_and(|ordered| ordered.order == order))
    }

    /// The number that an order's piece had, where it ended early; 0 where it never was.
    pub(crate) fn lifted(&self, order: &str) -> Option<u64> {
        self.lifted.iter().find(|lifted| lifted.order == order).map(|lifted| lifted.number)
    }

    /// Remembers that an order is done no more. Of too many the oldest goes.
    pub(crate) fn lift(&mut self, order: &str, number: u64, until_unix_secs: i64) {
        let surplus = (self.lifted.len() + 1).saturating_sub(MAX_LIFTED);
        self.lifted.drain(..surplus);
        self.lifted.push(Lifted { order: order.to_owned(), number, until_unix_secs });
    }

    /// Takes away those whose time is over.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<Piece> {
        let (over, left) = std::mem::take(&mut self.pieces)
            .into_iter()
            .partition(|piece| piece.until_unix_secs <= now.unix_secs());
        self.pieces = left;
        self.lifted.retain(|lifted| lifted.until_unix_secs > now.unix_secs());
        over
    }

    /// As the analysis of a camera takes it.
    pub(crate) fn of(&self, camera: &CameraId) -> Vec<velum_analyse::Furniture> {
        let pieces = self.pieces.iter().filter(|piece| piece.camera == camera.as_str());
        let furniture = pieces.filter_map(|piece| {
            let [left_fraction, top_fraction, right_fraction, bottom_fraction] = piece.rectangle.edges();
            Some(velum_analyse::Furniture {
                zone: ZoneId::parse(&piece.zone).ok()?,
                left_fraction,
                top_fraction,
                right_fraction,
                bottom_fraction,
            })
        });
        furniture.collect()
    }
}
